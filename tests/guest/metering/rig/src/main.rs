//! Makes the modules on which metering is tested, for hosts to run.
//!
//! - `suite FOLDER`: the WebAssembly test suite, one JSON file for each of its files;
//! - `smith FOLDER FIRST COUNT`: random modules from seed FIRST on, in `modules.json`;
//! - `meter FOLDER FILE…`: each file (text or binary) metered, in `modules.json`;
//! - `prepare FOLDER FILE…`: a bundle of each file.

mod adapter;
mod base64;
mod bundle;
mod meter;
mod smith;
mod suite;
mod value;

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments[..] {
        ["suite", folder] => suite::write(Path::new(folder)),
        ["smith", folder, first, count] => match (first.parse(), count.parse()) {
            (Ok(first), Ok(count)) => smith::write(Path::new(folder), first, count),
            _ => Err("FIRST and COUNT are numbers".into()),
        },
        ["meter", folder, ref files @ ..] => meter::write(Path::new(folder), files),
        ["prepare", folder, ref files @ ..] => bundle::write(Path::new(folder), files),
        _ => Err("suite FOLDER · smith FOLDER FIRST COUNT · meter FOLDER FILE… · prepare FOLDER FILE…".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Whatever went wrong; the tests show it.
type Failure = Box<dyn std::error::Error>;
