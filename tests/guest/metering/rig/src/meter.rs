//! Metering of given modules.

use std::path::Path;

use hashi_guest::{PlatformLimits, Role, meter};
use serde_json::{Value, json};
use wasmparser::{Validator, WasmFeatures};

use crate::Failure;
use crate::base64::base64;

/// Limits that no test of V8's own behaviour meets.
pub fn wide_limits() -> PlatformLimits {
    let mut limits = PlatformLimits::default();
    limits.memory_pages = 65_536;
    limits.table_elements = 10_000_000;
    limits
}

/// A module, plain and metered in both roles, or why it was refused.
pub fn metered(wasm: &[u8], limits: &PlatformLimits) -> Value {
    let owner = meter(wasm, limits, Role::Owner);
    let sharer = meter(wasm, limits, Role::Sharer);
    match (owner, sharer) {
        (Ok(owner), Ok(sharer)) => json!({ "plain": base64(wasm), "owner": base64(&owner), "sharer": base64(&sharer) }),
        (Err(refusal), _) | (_, Err(refusal)) => {
            json!({ "plain": base64(wasm), "refusal": refusal.to_string(), "code": refusal.code(), "needs": needs(wasm) })
        }
    }
}

/// The proposal outside our feature set with which a refused module would be valid.
fn needs(wasm: &[u8]) -> Option<&'static str> {
    let ours = WasmFeatures::from_bits_truncate(hashi_guest::features::FEATURES.bits());
    let proposals = [
        ("typed function references", WasmFeatures::FUNCTION_REFERENCES),
        ("garbage collection", WasmFeatures::FUNCTION_REFERENCES.union(WasmFeatures::GC)),
        ("64-bit memories", WasmFeatures::MEMORY64),
    ];
    let found =
        proposals.iter().find(|(_, more)| Validator::new_with_features(ours.union(*more)).validate_all(wasm).is_ok());
    found.map(|(name, _)| *name)
}

/// Writes `modules.json` with an entry for each of `files`, by its name without folder and ending.
pub fn write(folder: &Path, files: &[&str]) -> Result<(), Failure> {
    let mut modules = serde_json::Map::new();
    for file in files {
        let wasm = wat::parse_file(file)?;
        let name = Path::new(file).file_stem().unwrap_or_default().to_string_lossy();
        modules.insert(name.into_owned(), metered(&wasm, &PlatformLimits::default()));
    }
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join("modules.json"), serde_json::to_string(&modules)?)?;
    Ok(())
}
