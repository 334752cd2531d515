//! What the platform takes at most.

/// The platform's maxima for a module; a function's own limits are set when it is instantiated and never change a bundle.
///
/// What they guard: prepare's time and memory, V8's compile time, and the memory of the isolate that runs the guest.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlatformLimits {
    /// Bytes of the uploaded module.
    pub module_bytes: u32,
    /// Bytes of one function's code. V8 refuses 7,654,321, which leaves room for what metering adds.
    pub function_bytes: u32,
    /// Bytes of a core module once the charges are in it.
    pub metered_bytes: u32,
    /// Pages of 64 KiB in all memories together.
    pub memory_pages: u32,
    /// Memories of all instances together: V8 sets 8 GiB of the process's address space aside for each, however small.
    pub memories: u32,
    /// Elements in all tables together, and in all element segments together.
    pub table_elements: u32,
    /// Elements by which the tables of one core module may grow while it runs.
    pub table_growth: u32,
    /// Mutable globals of one core module: the host reads and writes each of them to restore an instance.
    pub mutable_globals: u32,
    /// Bytes of one constant expression, which is evaluated for each new instance.
    pub constant_bytes: u32,
    /// Values that an exception carries; it lives on the host's heap.
    pub exception_values: u32,
    /// Types, functions, globals and other definitions of one kind in one core module.
    pub definitions: u32,
    /// Parameters of a function or block.
    pub parameters: u32,
    /// Results of a function or block: branches and calls are checked and compiled in time proportional to it.
    pub results: u32,
    /// Locals of one function, parameters included: V8 zeroes each of them at every call.
    pub locals: u32,
    /// Blocks inside one another in a function.
    pub nesting: u32,
    /// Values (locals and operands) at the branches of one function, each branch counted with all of them: V8 takes 20 to 40 bytes of memory
    /// for each while it compiles.
    pub joined_values: u32,
    /// The same, of all functions together: V8 takes about 30 ns for each at the functions' first calls.
    pub all_joined_values: u32,
    /// Imports of a module.
    pub imports: u32,
    /// Exports of a module.
    pub exports: u32,
    /// Bytes of the longest name of an import or export.
    pub name_bytes: u32,
    /// Bytes of the signatures of a component's imports and exports, written as WIT with each definition in full.
    pub signature_bytes: u32,
    /// Bytes of the names and types of all functions that can be called, as JSON: the platform keeps them with the module.
    pub described_bytes: u32,
    /// Core modules and components inside one another or side by side in a component, and instances that it makes of them.
    pub parts: u32,
    /// Types, aliases and other items of a component, those of components inside it included.
    pub items: u32,
    /// Types of resources: as they are defined, and then each once for each part that knows it.
    pub resources: u32,
    /// Bytes of the WIT world that a core module carries.
    pub world_bytes: u32,
}

impl Default for PlatformLimits {
    fn default() -> PlatformLimits {
        PlatformLimits {
            module_bytes: 10 * 1024 * 1024,
            function_bytes: 2 * 1024 * 1024,
            metered_bytes: 24 * 1024 * 1024,
            memory_pages: 1024,
            memories: 16,
            table_elements: 100_000,
            table_growth: 100_000,
            mutable_globals: 1_000,
            constant_bytes: 256,
            exception_values: 8,
            definitions: 100_000,
            parameters: 100,
            results: 16,
            locals: 1_000,
            nesting: 1_000,
            joined_values: 2_000_000,
            all_joined_values: 20_000_000,
            imports: 1_000,
            exports: 1_000,
            name_bytes: 1_024,
            signature_bytes: 256 * 1024,
            described_bytes: 128 * 1024,
            parts: 32,
            items: 10_000,
            resources: 1_000,
            world_bytes: 256 * 1024,
        }
    }
}
