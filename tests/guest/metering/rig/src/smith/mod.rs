//! Random modules, each with a module that gives it what it imports and one that calls what it exports.
//!
//! All three are WebAssembly, so that a host has nothing to convert and every kind of value, vectors and exceptions included, passes.

mod driver;
mod environment;
mod random;
mod shape;
mod values;

use std::path::Path;

use hashi_guest::features::FEATURES;
use hashi_guest::{Role, meter};
use serde_json::{Value, json};
use wasm_encoder::reencode::{self, Reencode, utils};
use wasm_encoder::{ExportKind, ExportSection, Module};
use wasmparser::types::{EntityType, Types};
use wasmparser::{Parser, Validator};

use self::random::Random;
use crate::Failure;
use crate::meter::wide_limits;

/// The entries and rounds that a call may make before the module stops itself: work without an end is of no use here. The driver sets them
/// again before each call.
const STEPS: u32 = 500;
/// The name of the global that counts them down.
const STEPS_NAME: &str = "steps left";

/// Writes `count` modules from seed `first` on: `SEED.plain.wasm`, `SEED.owner.wasm`, `SEED.sharer.wasm`, `SEED.environment.wasm`,
/// `SEED.driver.wasm` each, and `cases.json`.
pub fn write(folder: &Path, first: u64, count: u64) -> Result<(), Failure> {
    std::fs::create_dir_all(folder)?;
    let cases: Result<Vec<Value>, Failure> = (first..first + count)
        .map(|seed| case(folder, seed).map_err(|error| format!("seed {seed}: {error}").into()))
        .collect();
    std::fs::write(folder.join("cases.json"), serde_json::to_string(&cases?)?)?;
    Ok(())
}

fn case(folder: &Path, seed: u64) -> Result<Value, Failure> {
    let plain = module(seed)?;
    let types = Validator::new_with_features(FEATURES).validate_all(&plain)?;
    let limits = wide_limits();
    let save = |kind: &str, wasm: &[u8]| std::fs::write(folder.join(format!("{seed}.{kind}.wasm")), wasm);
    save("plain", &plain)?;
    for (kind, role) in [("owner", Role::Owner), ("sharer", Role::Sharer)] {
        let metered = meter(&plain, &limits, role)?;
        if metered != meter(&plain, &limits, role)? {
            return Err("metered twice, it is not the same".into());
        }
        Validator::new_with_features(FEATURES).validate_all(&metered)?;
        save(kind, &metered)?;
    }
    let mut random = Random::of(seed);
    save("environment", &environment::environment(&types, &mut random)?)?;
    let (driver, calls) = driver::driver(&types, &mut random)?;
    save("driver", &driver)?;
    let imports: Vec<_> = imports(&types).into_iter().map(|(module, name, _)| json!([module, name])).collect();
    Ok(json!({ "seed": seed, "imports": imports, "calls": calls }))
}

/// The random module of a seed: valid, within our feature set, and certain to end.
pub fn module(seed: u64) -> Result<Vec<u8>, Failure> {
    let mut random = Random::of(seed ^ 0x7368_6170_6573);
    // Some seeds make nothing, or two imports of one name, which JavaScript can't tell apart.
    for _ in 0..64 {
        let config = shape::shape(&mut random);
        let bytes = random.bytes(32_768);
        let Ok(mut module) = wasm_smith::Module::new(config, &mut arbitrary::Unstructured::new(&bytes)) else {
            continue;
        };
        let steps = module.ensure_termination(STEPS)?;
        let wasm = exporting(&module.to_bytes(), steps)?;
        let types = Validator::new_with_features(FEATURES).validate_all(&wasm)?;
        let mut names: Vec<_> = imports(&types).into_iter().map(|(module, name, _)| (module, name)).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        let calls = exports(&types).into_iter().any(|(_, ty)| matches!(ty, EntityType::Func(_)));
        if names.len() == all && calls {
            return Ok(wasm);
        }
    }
    Err("no module in 64 attempts".into())
}

/// The module with global `steps` among its exports.
fn exporting(wasm: &[u8], steps: u32) -> Result<Vec<u8>, Failure> {
    struct Exporting(u32);
    impl Reencode for Exporting {
        type Error = std::convert::Infallible;
        fn parse_export_section(
            &mut self,
            exports: &mut ExportSection,
            section: wasmparser::ExportSectionReader<'_>,
        ) -> Result<(), reencode::Error> {
            utils::parse_export_section(self, exports, section)?;
            exports.export(STEPS_NAME, ExportKind::Global, self.0);
            Ok(())
        }
    }
    let mut module = Module::new();
    Exporting(steps).parse_core_module(&mut module, Parser::new(0), wasm)?;
    Ok(module.finish())
}

fn imports(types: &Types) -> Vec<(&str, &str, EntityType)> {
    types.as_ref().core_imports().into_iter().flatten().collect()
}

fn exports(types: &Types) -> Vec<(&str, EntityType)> {
    types.as_ref().core_exports().into_iter().flatten().collect()
}
