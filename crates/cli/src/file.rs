use std::fs;
use std::path::Path;

use hashi_guest::{PlatformLimits, Refusal, text};

use crate::Error;

/// The module in a file; the text format becomes binary.
pub fn module(path: &Path) -> Result<Vec<u8>, Error> {
    let bytes = read(path)?;
    text::binary(&bytes).map(|binary| binary.into_owned()).map_err(refused(path))
}

/// Puts the file's name to a refusal.
pub fn refused(path: &Path) -> impl Fn(Refusal) -> Error {
    move |refusal| Error::Refused { path: path.into(), refusal }
}

/// The limits of a platform that nobody has configured otherwise.
pub fn limits() -> PlatformLimits {
    PlatformLimits::default()
}

pub fn read(path: &Path) -> Result<Vec<u8>, Error> {
    fs::read(path).map_err(|source| Error::File { path: path.into(), source })
}

/// Writes a file, with the folders above it.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder
        .map_or(Ok(()), fs::create_dir_all)
        .and_then(|()| fs::write(path, bytes))
        .map_err(|source| Error::File { path: path.into(), source })
}
