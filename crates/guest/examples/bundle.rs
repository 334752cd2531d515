//! `cargo run --example bundle -- FILE FOLDER`: prepares a module, binary or text, into a folder.
#![expect(clippy::unwrap_used, reason = "a tool of the tests, which see its panic")]

fn main() {
    let mut args = std::env::args().skip(1);
    let (file, folder) = (args.next().unwrap(), std::path::PathBuf::from(args.next().unwrap()));
    let bytes = wat::parse_file(file).unwrap();
    let bundle = hashi_guest::prepare(&bytes, &Default::default()).unwrap();
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("manifest.json"), bundle.manifest_json()).unwrap();
    for module in bundle.modules {
        std::fs::write(folder.join(module.name), module.bytes).unwrap();
    }
}
