//! `cargo run --example bundle -- FILE FOLDER [--any-import] [--every-module]`: prepares a module, binary or text, into a folder. What the
//! tests of the glue use: with other imports than the platform has, and without taking shims out.
#![expect(clippy::unwrap_used, reason = "a tool of the tests, which see its panic")]

use std::path::PathBuf;

use hashi_guest::componentize::componentize;
use hashi_guest::transpile::{flatten, transpile};
use hashi_guest::{Kind, PlatformLimits, Sha256, inspect, prepare};

fn main() {
    let (options, paths): (Vec<_>, Vec<_>) = std::env::args().skip(1).partition(|arg| arg.starts_with("--"));
    let [file, folder] = paths.try_into().unwrap();
    let bytes = wat::parse_file(file).unwrap();
    let limits = PlatformLimits::default();
    let bundle = if options.is_empty() {
        prepare(&bytes, &limits).unwrap()
    } else {
        let component =
            if wasmparser::Parser::is_component(&bytes) { bytes.clone() } else { componentize(&bytes).unwrap() };
        let whole = options.iter().any(|option| option == "--every-module");
        let inspection = inspect(&bytes, &limits).unwrap();
        let transpile = if whole { flatten } else { transpile };
        let transpiled = transpile(&component, &inspection).unwrap();
        hashi_guest::prepare::assemble(Sha256::of(&bytes), Kind::Component, transpiled, &limits).unwrap()
    };
    let folder = PathBuf::from(folder);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("manifest.json"), bundle.manifest_json()).unwrap();
    for module in bundle.modules {
        std::fs::write(folder.join(module.name), module.bytes).unwrap();
    }
}
