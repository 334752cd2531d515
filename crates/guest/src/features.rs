//! The WebAssembly that guests may use.

use wasmparser::WasmFeatures;

/// The proposals that a guest may use, all of which V8 has switched on and the meter knows.
///
/// Not in it: threads and shared memories (they would outlive a call), memory64, garbage collection and typed function references,
/// relaxed SIMD (its results differ between machines, so the same call would not cost the same fuel), and custom page sizes.
pub const FEATURES: WasmFeatures = WasmFeatures::MUTABLE_GLOBAL
    .union(WasmFeatures::SATURATING_FLOAT_TO_INT)
    .union(WasmFeatures::SIGN_EXTENSION)
    .union(WasmFeatures::REFERENCE_TYPES)
    .union(WasmFeatures::CALL_INDIRECT_OVERLONG)
    .union(WasmFeatures::MULTI_VALUE)
    .union(WasmFeatures::BULK_MEMORY)
    .union(WasmFeatures::BULK_MEMORY_OPT)
    .union(WasmFeatures::SIMD)
    .union(WasmFeatures::TAIL_CALL)
    .union(WasmFeatures::FLOATS)
    .union(WasmFeatures::MULTI_MEMORY)
    .union(WasmFeatures::EXTENDED_CONST)
    .union(WasmFeatures::EXCEPTIONS)
    .union(WasmFeatures::GC_TYPES)
    .union(WasmFeatures::COMPONENT_MODEL);

/// What guests may use, as an answer to what the validator said about something else.
pub(crate) fn advice(message: &str) -> &'static str {
    if message.contains("component model") {
        "guests export and import synchronous functions over plain values (records, variants, lists, options, results, strings), and the host \
         lets them wait where they call out; build without it"
    } else {
        "guests use WebAssembly 2.0 (SIMD, bulk memory, reference types, multi-value) with tail calls, multiple memories, exceptions with \
         exnref and extended constant expressions; build without it"
    }
}
