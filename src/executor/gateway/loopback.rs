//! The one exception, for development: servers on the machine that a developer names.

use thiserror::Error;

use super::host::Host;
use super::target::{Target, TargetError};

/// Loopback origins that guests may reach, although loopback is blocked. Read from `GATEWAY_LOOPBACK_ORIGINS`, a list such as
/// `http://127.0.0.1:3000, http://localhost:9000`; `npm run deploy` refuses to deploy with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoopbackOrigins(Vec<Target>);

/// A list that names more than loopback origins.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoopbackError {
    /// It can't be read.
    #[error("{0:?} is no origin: {1}")]
    Target(String, TargetError),
    /// It isn't loopback, or has a path.
    #[error("{0:?} is no loopback origin; name one such as http://127.0.0.1:3000, with its port and nothing behind it")]
    Elsewhere(String),
}

impl LoopbackOrigins {
    /// Reads a list, separated by commas; empty text is an empty list.
    pub fn parse(list: &str) -> Result<LoopbackOrigins, LoopbackError> {
        let origins = list.split(',').map(str::trim).filter(|origin| !origin.is_empty());
        let read = |origin: &str| {
            let target = Target::parse(origin).map_err(|error| LoopbackError::Target(origin.to_owned(), error))?;
            let bare = target.path == "/" && !origin.ends_with('/');
            if is_loopback(&target.host) && bare {
                Ok(target)
            } else {
                Err(LoopbackError::Elsewhere(origin.to_owned()))
            }
        };
        origins.map(read).collect::<Result<_, _>>().map(LoopbackOrigins)
    }

    /// Whether `target` is of one of the origins.
    pub fn allows(&self, target: &Target) -> bool {
        self.0.iter().any(|origin| origin.is_same_origin(target))
    }
}

fn is_loopback(host: &Host) -> bool {
    match host {
        Host::Name(name) => &**name == "localhost",
        Host::V4(address) => address.is_loopback(),
        Host::V6(address) => address.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_named_origins_are_allowed() {
        let origins = LoopbackOrigins::parse("http://127.0.0.1:3000, http://localhost:9000").expect("origins");
        let allows = |url: &str| origins.allows(&Target::parse(url).expect(url));
        for right in ["http://127.0.0.1:3000/x", "http://2130706433:3000/", "http://LOCALHOST:9000/"] {
            assert!(allows(right), "{right}");
        }
        for wrong in
            ["http://127.0.0.1:3001/", "https://127.0.0.1:3000/", "http://localhost:3000/", "http://127.0.0.2:3000/"]
        {
            assert!(!allows(wrong), "{wrong}");
        }
        assert!(!LoopbackOrigins::default().allows(&Target::parse("http://127.0.0.1:3000/").expect("a target")));
    }

    #[test]
    fn what_is_not_loopback_can_not_be_named() {
        for wrong in [
            "http://10.0.0.1:80",
            "https://example.com",
            "http://169.254.169.254",
            "http://127.0.0.1:3000/x",
            "127.0.0.1:3000",
            "*",
            "http://localhost.example:80",
            "http://127.0.0.1:22",
        ] {
            assert!(LoopbackOrigins::parse(wrong).is_err(), "{wrong}");
        }
        assert_eq!(LoopbackOrigins::parse(" , "), Ok(LoopbackOrigins::default()));
    }
}
