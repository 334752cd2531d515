use std::path::PathBuf;
use std::process::ExitCode;

use hashi_guest::Refusal;

/// Why a command did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command line makes no sense.
    #[error("error: {0}; `hashi help` shows how")]
    Usage(String),
    /// A file can't be read or written.
    #[error("error: {}: {source}", path.display())]
    File { path: PathBuf, source: std::io::Error },
    /// The platform would not take the module.
    #[error("error[{}]: {}: {refusal}", refusal.code(), path.display())]
    Refused { path: PathBuf, refusal: Refusal },
    /// A world can't be put into this module.
    #[error("error: {}: {message}", path.display())]
    Embed { path: PathBuf, message: &'static str },
    /// The WIT package or the world in it can't be used.
    #[error("error[invalid_wit]: {}: {message}", path.display())]
    Wit { path: PathBuf, message: String },
}

impl Error {
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Error::Refused { .. } | Error::Embed { .. } | Error::Wit { .. } => ExitCode::from(1),
            Error::Usage(_) | Error::File { .. } => ExitCode::from(2),
        }
    }
}

impl From<lexopt::Error> for Error {
    fn from(error: lexopt::Error) -> Error {
        Error::Usage(error.to_string())
    }
}
