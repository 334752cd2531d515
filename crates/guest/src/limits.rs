//! What the platform takes at most.

/// The platform's maxima for a module; a function's own limits are set when it is instantiated and never change a bundle.
///
/// What they guard: prepare's time and memory, V8's compile time, and the memory of the isolate that runs the guest.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlatformLimits {
    /// Bytes of the uploaded module.
    pub module_bytes: u32,
    /// Pages of 64 KiB in all memories together.
    pub memory_pages: u32,
    /// Elements in all tables together.
    pub table_elements: u32,
    /// Types, functions, globals and other definitions of one kind in one core module.
    pub definitions: u32,
    /// Locals of one function, parameters included: V8 zeroes each of them at every call.
    pub locals: u32,
    /// Blocks inside one another in a function.
    pub nesting: u32,
    /// Exports of a module.
    pub exports: u32,
    /// Bytes of the longest name of an import or export.
    pub name_bytes: u32,
    /// Core modules and components inside one another or side by side in a component.
    pub parts: u32,
}

impl Default for PlatformLimits {
    fn default() -> PlatformLimits {
        PlatformLimits {
            module_bytes: 10 * 1024 * 1024,
            memory_pages: 1024,
            table_elements: 100_000,
            definitions: 100_000,
            locals: 1_000,
            nesting: 1_000,
            exports: 1_000,
            name_bytes: 1_024,
            parts: 32,
        }
    }
}
