use wasm_smith::Config;

use super::random::Random;

/// What kind of module to make: each seed leaves other features out, so that what is left is met more often.
pub fn shape(random: &mut Random) -> Config {
    let mut with = || !random.once_in(4);
    let (bulk, exceptions, simd, tail_calls) = (with(), with(), with(), with());
    let (references, multi_value, many_memories, start) = (with(), with(), with(), with());
    let traps = !with();
    Config {
        bulk_memory_enabled: bulk || references,
        exceptions_enabled: exceptions,
        simd_enabled: simd,
        tail_call_enabled: tail_calls,
        reference_types_enabled: references,
        multi_value_enabled: multi_value,
        allow_start_export: start,
        disallow_traps: !traps,
        // NaNs may have other bits on other processors.
        canonicalize_nans: true,
        export_everything: true,
        // A growth that only the metered module refuses, or the host for want of memory, would be a difference.
        memory_max_size_required: true,
        table_max_size_required: true,
        max_memory32_bytes: 4 << 16,
        max_memories: if many_memories { 3 } else { 1 },
        max_tables: if references { 3 } else { 1 },
        max_table_elements: 500,
        max_funcs: 1 + random.below(12),
        min_funcs: 1,
        max_globals: 10,
        max_imports: 8,
        max_instructions: [50, 200, 1_000][random.below(3)],
        max_tags: 4,
        max_data_segments: 6,
        max_element_segments: 6,
        max_type_size: 1_000,
        // Outside our feature set.
        compact_imports_enabled: false,
        custom_descriptors_enabled: false,
        custom_page_sizes_enabled: false,
        gc_enabled: false,
        memory64_enabled: false,
        relaxed_simd_enabled: false,
        shared_everything_threads_enabled: false,
        threads_enabled: false,
        wide_arithmetic_enabled: false,
        ..Config::default()
    }
}
