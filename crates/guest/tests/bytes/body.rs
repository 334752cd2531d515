//! What must hold whatever the bytes are. Shared with the targets of `cargo fuzz`.

use hashi_guest::features::FEATURES;
use hashi_guest::{PlatformLimits, Role};
use wasmparser::{Parser, Payload, Validator};

/// Prepares `bytes`: a bundle whose modules are valid, the same each time, or a refusal that says something.
pub fn prepare(bytes: &[u8]) {
    let limits = PlatformLimits::default();
    match hashi_guest::prepare(bytes, &limits) {
        Ok(bundle) => {
            assert_eq!(bundle.modules.len(), bundle.manifest.files.len());
            bundle.modules.iter().for_each(|module| valid(&module.bytes));
            let again = hashi_guest::prepare(bytes, &limits).unwrap();
            assert_eq!(bundle.manifest_json(), again.manifest_json(), "the same bytes, the same bundle");
        }
        Err(refusal) => assert!(!refusal.to_string().is_empty() && !refusal.code().is_empty()),
    }
}

/// Meters `bytes` in both roles: a valid module in which the reserved names are the platform's, or a refusal.
pub fn meter(bytes: &[u8]) {
    let limits = PlatformLimits::default();
    for role in [Role::Owner, Role::Sharer] {
        match hashi_guest::meter(bytes, &limits, role) {
            Ok(metered) => {
                valid(&metered);
                let again = hashi_guest::meter(&metered, &limits, role).unwrap_err();
                assert_eq!(again.code(), "reserved_name");
            }
            Err(refusal) => assert!(!refusal.to_string().is_empty()),
        }
    }
}

/// Meters a random module that `bytes` decide; it is valid, so that it is refused for a limit at most, or for a name of ours.
pub fn meter_random(bytes: &[u8]) {
    let config = wasm_smith::Config {
        allow_start_export: true,
        compact_imports_enabled: false,
        custom_descriptors_enabled: false,
        custom_page_sizes_enabled: false,
        export_everything: bytes.len().is_multiple_of(2),
        gc_enabled: false,
        max_memories: 3,
        max_memory32_bytes: 16 << 16,
        max_tables: 3,
        max_table_elements: 1_000,
        memory64_enabled: false,
        relaxed_simd_enabled: false,
        shared_everything_threads_enabled: false,
        threads_enabled: false,
        wide_arithmetic_enabled: false,
        ..wasm_smith::Config::default()
    };
    let Ok(module) = wasm_smith::Module::new(config, &mut arbitrary::Unstructured::new(bytes)) else { return };
    let wasm = module.to_bytes();
    valid(&wasm);
    let limits = PlatformLimits::default();
    for role in [Role::Owner, Role::Sharer] {
        match hashi_guest::meter(&wasm, &limits, role) {
            Ok(metered) => valid(&metered),
            // A fuzzer finds the platform's prefix out of what the names are compared with.
            Err(refusal) if refusal.code() == "reserved_name" => assert!(takes_our_names(&wasm), "{refusal}"),
            Err(refusal) => assert_eq!(refusal.code(), "limit_exceeded", "{refusal}"),
        }
    }
    prepare(&wasm);
}

/// Prepares a random component that `bytes` decide.
pub fn prepare_random(bytes: &[u8]) {
    let config = wasm_smith::Config { gc_enabled: false, ..wasm_smith::Config::default() };
    if let Ok(component) = wasm_smith::Component::new(config, &mut arbitrary::Unstructured::new(bytes)) {
        prepare(&component.to_bytes());
    }
}

/// Whether it imports or exports something by a name that is reserved for the platform.
fn takes_our_names(wasm: &[u8]) -> bool {
    let ours = |name: &str| name.starts_with("hashi:");
    Parser::new(0).parse_all(wasm).any(|payload| match payload.unwrap() {
        Payload::ImportSection(imports) => imports.into_imports().any(|import| {
            let import = import.unwrap();
            import.module == "hashi" || ours(import.module) || ours(import.name)
        }),
        Payload::ExportSection(exports) => exports.into_iter().any(|export| ours(export.unwrap().name)),
        _ => false,
    })
}

fn valid(wasm: &[u8]) {
    if let Err(error) = Validator::new_with_features(FEATURES).validate_all(wasm) {
        panic!("what comes out is not valid: {error}");
    }
}
