//! The hosts that a function may reach.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use thiserror::Error;

use super::host::{Host, HostError};

/// A host, every host below a domain, or every host.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(with = "String", extend("example" = "*.example.com")))]
pub enum HostPattern {
    /// `*`: every host.
    Any,
    /// `*.example.com`: every name below the domain, not the domain itself.
    Below(Box<str>),
    /// `example.com` or an address: that host.
    Exact(Host),
}

/// A text that is no pattern.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PatternError {
    /// An asterisk somewhere else.
    #[error("a host pattern is a host, *.example.com for every host below it, or * for every host")]
    Star,
    /// What is left is no host.
    #[error("a host pattern has neither scheme nor port nor path: {0}")]
    Host(#[from] HostError),
}

impl HostPattern {
    /// Reads a pattern.
    pub fn parse(text: &str) -> Result<HostPattern, PatternError> {
        if text == "*" {
            return Ok(HostPattern::Any);
        }
        let (below, host) = text.strip_prefix("*.").map_or((false, text), |domain| (true, domain));
        if host.contains('*') {
            return Err(PatternError::Star);
        }
        match Host::parse(host)? {
            Host::Name(domain) if below => Ok(HostPattern::Below(domain)),
            _ if below => Err(PatternError::Star),
            host => Ok(HostPattern::Exact(host)),
        }
    }

    /// Whether `host` is one of those meant.
    pub fn matches(&self, host: &Host) -> bool {
        match (self, host) {
            (HostPattern::Any, _) => true,
            (HostPattern::Exact(allowed), host) => allowed == host,
            (HostPattern::Below(domain), Host::Name(name)) => {
                name.strip_suffix(&**domain).is_some_and(|rest| rest.ends_with('.'))
            }
            (HostPattern::Below(_), _) => false,
        }
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HostPattern::Any => f.write_str("*"),
            HostPattern::Below(domain) => write!(f, "*.{domain}"),
            HostPattern::Exact(host) => host.fmt(f),
        }
    }
}

impl Serialize for HostPattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for HostPattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<HostPattern, D::Error> {
        HostPattern::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, host: &str) -> bool {
        HostPattern::parse(pattern).expect(pattern).matches(&Host::parse(host).expect(host))
    }

    #[test]
    fn a_pattern_matches_what_it_says() {
        for (pattern, host) in [
            ("example.com", "example.com"),
            ("Example.COM.", "eXample.com"),
            ("*.example.com", "a.example.com"),
            ("*.example.com", "a.b.example.com."),
            ("*", "anything.example"),
            ("*", "8.8.8.8"),
            ("8.8.8.8", "134744072"),
            ("[2606:4700::1111]", "[2606:4700:0:0::1111]"),
        ] {
            assert!(matches(pattern, host), "{pattern} {host}");
        }
    }

    #[test]
    fn a_pattern_matches_no_neighbour() {
        for (pattern, host) in [
            ("example.com", "a.example.com"),
            ("example.com", "example.com.evil.example"),
            ("example.com", "notexample.com"),
            ("*.example.com", "example.com"),
            ("*.example.com", "notexample.com"),
            ("*.example.com", "example.com.evil.example"),
            ("8.8.8.8", "8.8.4.4"),
            ("*.com", "8.8.8.8"),
        ] {
            assert!(!matches(pattern, host), "{pattern} {host}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for wrong in [
            "",
            "**",
            "*.",
            "*.*.com",
            "a.*.com",
            "a*.com",
            "*com",
            "https://a.com",
            "a.com:80",
            "a.com/x",
            "*.8.8.8.8",
            "u@a.com",
            "a b",
            "*.[::1]",
        ] {
            assert!(HostPattern::parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_pattern_is_written_as_it_is_compared() {
        for (given, written) in [
            ("*", "*"),
            ("*.Example.com", "*.example.com"),
            ("0x08080808", "8.8.8.8"),
            ("[::ffff:0:1]", "[::ffff:0.0.0.1]"),
        ] {
            let pattern = HostPattern::parse(given).expect(given);
            assert_eq!(pattern.to_string(), written);
            assert_eq!(HostPattern::parse(written), Ok(pattern));
        }
    }
}
