//! `hashi`: looks at guests before they are uploaded, with the very code that the platform uses.

mod check;
mod command;
mod embed;
mod error;
mod file;
mod inspect;
mod prepare;
mod wit;

use std::process::ExitCode;

use command::Command;
use error::Error;

fn main() -> ExitCode {
    let done = Command::parse(lexopt::Parser::from_env()).and_then(Command::run);
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            error.exit_code()
        }
    }
}
