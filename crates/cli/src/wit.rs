use std::path::Path;

use hashi_guest::contract::FILES;

use crate::{Error, file};

/// Writes the WIT package of the platform into a folder.
pub fn run(folder: &Path) -> Result<(), Error> {
    for (name, text) in FILES {
        file::write(&folder.join(name), text.as_bytes())?;
    }
    println!("{}: edge:runtime@0.1.0, {} files", folder.display(), FILES.len());
    Ok(())
}
