//! `cargo run --example other -- FILE FOLDER`: what js-component-bindgen makes of a module, binary or text, for the tests that compare our glue
//! with it.
#![expect(clippy::unwrap_used, reason = "a tool of the tests, which see its panic")]

use std::path::PathBuf;

use hashi_guest::componentize::componentize;
use js_component_bindgen::{InstantiationMode, TranspileOpts, transpile};

fn main() {
    let [file, folder] = std::env::args().skip(1).collect::<Vec<_>>().try_into().unwrap();
    let bytes = wat::parse_file(file).unwrap();
    let component = if wasmparser::Parser::is_component(&bytes) { bytes } else { componentize(&bytes).unwrap() };
    let options = TranspileOpts::builder()
        .name("other".to_owned())
        .no_typescript(true)
        .instantiation_mode(InstantiationMode::Sync)
        .nodejs_compat_disabled(true)
        .build();
    let folder = PathBuf::from(folder);
    std::fs::create_dir_all(&folder).unwrap();
    for (name, bytes) in transpile(&component, options).unwrap().files {
        std::fs::write(folder.join(name), bytes).unwrap();
    }
}
