use std::path::{Path, PathBuf};

use hashi_guest::prepare;

use crate::{Error, file};

/// What `hashi prepare` is asked for.
pub struct Options {
    /// The module.
    pub file: PathBuf,
    /// The folder that the bundle goes into.
    pub out: PathBuf,
}

/// Writes the bundle that the platform would make of a module: `manifest.json` and the metered core modules.
pub fn run(Options { file, out }: &Options) -> Result<(), Error> {
    let bytes = file::module(file)?;
    let bundle = prepare(&bytes, &file::limits()).map_err(file::refused(file))?;
    let write = |name: &str, bytes: &[u8]| {
        file::write(&out.join(name), bytes)?;
        println!("{}: {} bytes", Path::new(out).join(name).display(), bytes.len());
        Ok(())
    };
    write("manifest.json", bundle.manifest_json().as_bytes())?;
    bundle.modules.iter().try_for_each(|module| write(&module.name, &module.bytes))
}
