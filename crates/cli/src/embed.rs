use std::path::PathBuf;

use hashi_guest::inspect;
use hashi_guest::inspect::Kind;
use hashi_guest::prepare::prepare_reported;
use wit_component::{StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use crate::{Error, file};

/// What `hashi embed` is asked for.
pub struct Options {
    /// The core module.
    pub file: PathBuf,
    /// The folder of the WIT package, or one WIT file.
    pub wit: PathBuf,
    /// The world in it.
    pub world: String,
    /// Where the module with its world goes.
    pub out: PathBuf,
    /// How the module writes strings.
    pub encoding: StringEncoding,
}

/// Writes a core module together with the world that it is built for; what wouldn't be taken then isn't written.
pub fn run(options: &Options) -> Result<(), Error> {
    let refused = file::refused(&options.file);
    let mut bytes = file::module(&options.file)?;
    let message = match inspect(&bytes, &file::limits()).map_err(&refused)?.kind {
        Kind::Core => None,
        Kind::CoreWithWorld => Some("it carries a world already; give the module as the compiler made it"),
        Kind::Component => Some("it is a component already, which needs no world"),
    };
    if let Some(message) = message {
        return Err(Error::Embed { path: options.file.clone(), message });
    }
    let wrong = |error: anyhow::Error| Error::Wit { path: options.wit.clone(), message: format!("{error:#}") };
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_path(&options.wit).map_err(wrong)?;
    let world = resolve.select_world(&[package], Some(&options.world)).map_err(wrong)?;
    embed_component_metadata(&mut bytes, &resolve, world, options.encoding).map_err(wrong)?;
    let prepared = prepare_reported(bytes.clone(), &file::limits()).map_err(&refused)?;
    file::write(&options.out, &bytes)?;
    println!("{}: carries the world {}, {} bytes", options.out.display(), options.world, prepared.inspection.bytes);
    Ok(())
}
