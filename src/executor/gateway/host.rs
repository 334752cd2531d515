//! Hosts of URLs, in whatever spelling.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use thiserror::Error;

/// A host, in the one spelling that is compared.
///
/// Read as a browser reads it ([URL Standard, host parsing](https://url.spec.whatwg.org/#host-parsing)): percent-escapes are decoded, letters
/// are lower-cased, and what ends in a number is an IPv4 address in decimal, octal or hexadecimal, of one to four parts. Stricter than that: a name
/// beyond ASCII has to come as punycode, and empty labels are refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// A name, in lower case, without a dot at its end.
    Name(Box<str>),
    /// An IPv4 address.
    V4(Ipv4Addr),
    /// An IPv6 address.
    V6(Ipv6Addr),
}

/// A text that is no host.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum HostError {
    /// There is nothing.
    #[error("the host is empty")]
    Empty,
    /// A percent sign without two hexadecimal digits.
    #[error("the host has a malformed percent-escape")]
    Escape,
    /// Letters beyond ASCII.
    #[error("the host is not ASCII; write it as punycode (xn--…)")]
    NotAscii,
    /// A character that no host has.
    #[error("the host has a character that no host has")]
    Character,
    /// Labels that are empty or too long.
    #[error("the host's labels must have 1 to 63 characters, 253 in all")]
    Labels,
    /// It ends in a number but is no IPv4 address.
    #[error("the host ends in a number but is no IPv4 address")]
    V4,
    /// It has brackets but is no IPv6 address.
    #[error("the host has brackets but is no IPv6 address")]
    V6,
}

impl Host {
    /// Reads a host.
    pub fn parse(text: &str) -> Result<Host, HostError> {
        if let Some(inside) = text.strip_prefix('[') {
            let inside = inside.strip_suffix(']').ok_or(HostError::V6)?;
            return inside.parse().map(Host::V6).map_err(|_| HostError::V6);
        }
        let mut name = decode(text)?;
        if name.ends_with('.') {
            name.pop();
        }
        if name.is_empty() {
            return Err(HostError::Empty);
        }
        let right = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.');
        if !name.bytes().all(right) {
            return Err(HostError::Character);
        }
        if name.len() > 253 || name.split('.').any(|label| label.is_empty() || label.len() > 63) {
            return Err(HostError::Labels);
        }
        let last = name.rsplit('.').next().unwrap_or_default();
        if last.bytes().all(|byte| byte.is_ascii_digit()) || number(last).is_some() {
            return v4(&name).map(Host::V4).ok_or(HostError::V4);
        }
        Ok(Host::Name(name.into()))
    }
}

/// Percent-escapes decoded, letters in lower case, all of it ASCII.
fn decode(text: &str) -> Result<String, HostError> {
    let mut bytes = text.bytes();
    let mut decoded = String::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        let byte = if byte == b'%' {
            let mut digit = || char::from(bytes.next()?).to_digit(16);
            let (high, low) = (digit().ok_or(HostError::Escape)?, digit().ok_or(HostError::Escape)?);
            (high << 4 | low) as u8
        } else {
            byte
        };
        if !byte.is_ascii() {
            return Err(HostError::NotAscii);
        }
        decoded.push(byte.to_ascii_lowercase().into());
    }
    Ok(decoded)
}

/// A part of an IPv4 address: decimal, octal behind `0`, hexadecimal behind `0x`, where nothing at all is 0.
fn number(part: &str) -> Option<u64> {
    let (digits, radix) = match (part.strip_prefix("0x"), part.strip_prefix('0')) {
        (Some(digits), _) => (digits, 16),
        (None, Some(digits)) if !digits.is_empty() => (digits, 8),
        _ => (part, 10),
    };
    if digits.is_empty() {
        return (radix == 16).then_some(0);
    }
    if !digits.chars().all(|digit| digit.is_digit(radix)) {
        return None;
    }
    // What doesn't fit is too large for any part.
    Some(u64::from_str_radix(digits, radix).unwrap_or(u64::MAX))
}

/// One to four parts, the last of which fills the rest.
fn v4(name: &str) -> Option<Ipv4Addr> {
    let parts: Vec<u64> = name.split('.').map(number).collect::<Option<_>>()?;
    let (last, first) = parts.split_last()?;
    if first.len() > 3 || first.iter().any(|part| *part > 255) || *last >= 1 << (8 * (4 - first.len())) {
        return None;
    }
    let high = first.iter().enumerate().map(|(at, part)| part << (8 * (3 - at))).sum::<u64>();
    Some(Ipv4Addr::from((high + last) as u32))
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Host::Name(name) => f.write_str(name),
            Host::V4(address) => address.fmt(f),
            Host::V6(address) => write!(f, "[{address}]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_an_ipv4_address_is_that_address() {
        for spelling in [
            "127.0.0.1",
            "127.0.0.1.",
            "2130706433",
            "017700000001",
            "0x7f000001",
            "0X7F000001",
            "127.1",
            "127.0.1",
            "0177.0.0.1",
            "0x7f.0x0.0x0.0x1",
            "0x7f.1",
            "127.0.0.0x1",
            "00000177.00.0x.01",
            "%31%32%37.0.0.1",
            "127%2e0%2E0%2e1",
            "127.0.0.%31",
        ] {
            assert_eq!(Host::parse(spelling), Ok(Host::V4(Ipv4Addr::LOCALHOST)), "{spelling}");
        }
        assert_eq!(Host::parse("0"), Ok(Host::V4(Ipv4Addr::UNSPECIFIED)));
        assert_eq!(Host::parse("4294967295"), Ok(Host::V4(Ipv4Addr::BROADCAST)));
        assert_eq!(Host::parse("0x"), Ok(Host::V4(Ipv4Addr::UNSPECIFIED)));
    }

    #[test]
    fn what_ends_in_a_number_is_an_address_or_nothing() {
        for wrong in [
            "256.0.0.1",
            "1.2.3.4.5",
            "4294967296",
            "1.2.3.256",
            "1.256.3",
            "09",
            "08.0.0.1",
            "a.1",
            "127.0.0.0x100",
            "1.0x1000000",
            "99999999999999999999999999",
            "foo.0x",
            "1..1",
        ] {
            let error = Host::parse(wrong).expect_err(wrong);
            assert!(matches!(error, HostError::V4 | HostError::Labels), "{wrong}: {error}");
        }
    }

    #[test]
    fn every_spelling_of_an_ipv6_address_is_that_address() {
        for spelling in ["[::1]", "[0:0:0:0:0:0:0:1]", "[0000:0000::0001]", "[::0.0.0.1]"] {
            assert_eq!(Host::parse(spelling), Ok(Host::V6(Ipv6Addr::LOCALHOST)), "{spelling}");
        }
        for wrong in ["[::1", "[]", "[::1%25lo]", "[::1%lo]", "[1.2.3.4]", "[::1]x", "[g::]", "::1", "[[::1]]"] {
            assert!(Host::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_name_has_one_spelling() {
        for spelling in
            ["example.com", "EXAMPLE.com", "example.com.", "%65xample.com", "ex%41mple.com", "example%2ecom"]
        {
            assert_eq!(Host::parse(spelling), Ok(Host::Name("example.com".into())), "{spelling}");
        }
        assert_eq!(Host::parse("xn--bcher-kva.example"), Ok(Host::Name("xn--bcher-kva.example".into())));
    }

    #[test]
    fn what_is_no_host_is_refused_by_its_fault() {
        for (wrong, error) in [
            ("", HostError::Empty),
            (".", HostError::Empty),
            ("a..b", HostError::Labels),
            (".a", HostError::Labels),
            ("a..", HostError::Labels),
            ("a%2", HostError::Escape),
            ("a%zz", HostError::Escape),
            ("bücher.example", HostError::NotAscii),
            ("%c3%a9.example", HostError::NotAscii),
            // Full-width digits and dots, and a soft hyphen, which a browser would map to plain ones or to nothing.
            ("１２７.0.0.1", HostError::NotAscii),
            ("127。0。0。1", HostError::NotAscii),
            ("local\u{ad}host", HostError::NotAscii),
            ("a b", HostError::Character),
            ("a%20b", HostError::Character),
            ("a%00", HostError::Character),
            ("a%2fb", HostError::Character),
            ("a@b", HostError::Character),
            ("a%40b", HostError::Character),
            ("a\\b", HostError::Character),
            ("a:b", HostError::Character),
            ("a%25b", HostError::Character),
            ("a\tb", HostError::Character),
        ] {
            assert_eq!(Host::parse(wrong), Err(error), "{wrong:?}");
        }
        assert_eq!(Host::parse(&format!("{}.a", "x".repeat(64))), Err(HostError::Labels));
        assert_eq!(Host::parse(&"x.".repeat(130)), Err(HostError::Labels));
    }
}
