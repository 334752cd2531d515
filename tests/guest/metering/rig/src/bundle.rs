//! Bundles of given modules.

use std::path::Path;

use hashi_guest::{PlatformLimits, prepare};

use crate::Failure;

/// Prepares each of `files`: `NAME.json` is the manifest, `NAME.core.wasm` and so on are its files.
pub fn write(folder: &Path, files: &[&str]) -> Result<(), Failure> {
    std::fs::create_dir_all(folder)?;
    for file in files {
        let name = Path::new(file).file_stem().unwrap_or_default().to_string_lossy();
        let bundle = prepare(&wat::parse_file(file)?, &PlatformLimits::default())?;
        std::fs::write(folder.join(format!("{name}.json")), bundle.manifest_json())?;
        for module in bundle.modules {
            std::fs::write(folder.join(format!("{name}.{}", module.name)), module.bytes)?;
        }
    }
    Ok(())
}
