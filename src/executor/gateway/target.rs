//! Where a request goes: an absolute URL, taken apart.

use thiserror::Error;

use super::host::{Host, HostError};
use super::port;

/// The longest URL, in bytes.
const LONGEST: usize = 8192;

/// Where a request goes.
///
/// Stricter than a browser, which guesses: two slashes behind the scheme, no backslash, no white space, no user information. A fragment is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Whether it is `https`.
    pub secure: bool,
    /// The host.
    pub host: Host,
    /// The port.
    pub port: u16,
    /// Path and query; it begins with a slash.
    pub path: String,
}

/// Why a URL is nowhere to go.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum TargetError {
    /// It is too long.
    #[error("the address is longer than 8,192 bytes")]
    Long,
    /// No scheme, or not two slashes behind it, or a character that no URL has.
    #[error("the address must be absolute, such as https://example.com/path, without spaces and backslashes")]
    Malformed,
    /// Another scheme.
    #[error("the scheme must be http or https")]
    Scheme,
    /// User information, which makes one host look like another.
    #[error("the address must not have a user name or a password; send an authorization header")]
    Credentials,
    /// The host.
    #[error("{0}")]
    Host(#[from] HostError),
    /// No number, or too large.
    #[error("the port must be a number from 1 to 65535")]
    Port,
    /// A port that browsers block.
    #[error("the port belongs to another protocol")]
    BadPort,
}

impl Target {
    /// Reads an absolute URL.
    pub fn parse(url: &str) -> Result<Target, TargetError> {
        check(url)?;
        let (scheme, rest) = url.split_once(':').ok_or(TargetError::Malformed)?;
        let secure = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            scheme if is_scheme(scheme) => return Err(TargetError::Scheme),
            _ => return Err(TargetError::Malformed),
        };
        Target::behind_scheme(secure, rest)
    }

    /// Where `reference` leads from here (RFC 3986 section 5): the `location` of a redirect.
    pub fn resolve(&self, reference: &str) -> Result<Target, TargetError> {
        check(reference)?;
        let reference = reference.split('#').next().unwrap_or_default();
        if let Some((scheme, _)) = reference.split_once(':').filter(|(scheme, _)| is_scheme(scheme)) {
            return if scheme.contains('/') { Err(TargetError::Malformed) } else { Target::parse(reference) };
        }
        if reference.starts_with("//") {
            return Target::behind_scheme(self.secure, reference);
        }
        let (own_path, _) = self.path.split_once('?').unwrap_or((&self.path, ""));
        let path = match reference.as_bytes().first() {
            None => self.path.clone(),
            Some(b'/') => reference.to_owned(),
            Some(b'?') => format!("{own_path}{reference}"),
            Some(_) => {
                let folder = own_path.rfind('/').map_or("/", |at| &own_path[..=at]);
                format!("{folder}{reference}")
            }
        };
        let (path, query) = path.split_at(path.find('?').unwrap_or(path.len()));
        let path = format!("{}{query}", without_dots(path));
        Ok(Target { path, ..self.clone() })
    }

    /// The URL.
    pub fn url(&self) -> String {
        format!("{}{}", self.origin(), self.path)
    }

    /// Scheme, host and port, the port only where it is not the scheme's own.
    pub fn origin(&self) -> String {
        let (scheme, own) = if self.secure { ("https", 443) } else { ("http", 80) };
        if self.port == own {
            format!("{scheme}://{}", self.host)
        } else {
            format!("{scheme}://{}:{}", self.host, self.port)
        }
    }

    /// Whether both are of one origin.
    pub fn is_same_origin(&self, other: &Target) -> bool {
        self.secure == other.secure && self.host == other.host && self.port == other.port
    }

    fn behind_scheme(secure: bool, rest: &str) -> Result<Target, TargetError> {
        let rest = rest.strip_prefix("//").ok_or(TargetError::Malformed)?;
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err(TargetError::Credentials);
        }
        if authority.starts_with('[') && !authority.contains(']') {
            return Err(HostError::V6.into());
        }
        // Colons inside brackets belong to the address.
        let end_of_host = authority.rfind(']').map_or(0, |at| at + 1);
        let (host, port) = match authority[end_of_host..].find(':') {
            Some(at) => (&authority[..end_of_host + at], &authority[end_of_host + at + 1..]),
            None => (authority, ""),
        };
        let port = match port {
            "" => {
                if secure {
                    443
                } else {
                    80
                }
            }
            digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse().ok().filter(|port| *port > 0).ok_or(TargetError::Port)?
            }
            _ => return Err(TargetError::Port),
        };
        if port::is_bad(port) {
            return Err(TargetError::BadPort);
        }
        let path = path.split('#').next().unwrap_or_default();
        let (path, query) = path.split_at(path.find('?').unwrap_or(path.len()));
        let path = format!("{}{query}", without_dots(path));
        Ok(Target { secure, host: Host::parse(host)?, port, path })
    }
}

/// Bytes that a URL never has, and that browsers drop or turn into others.
fn check(url: &str) -> Result<(), TargetError> {
    if url.len() > LONGEST {
        return Err(TargetError::Long);
    }
    if url.bytes().any(|byte| byte <= b' ' || byte == b'\\' || byte == 0x7f) {
        return Err(TargetError::Malformed);
    }
    Ok(())
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

/// The path with its `.` and `..` segments taken out (RFC 3986 section 5.2.4), escaped dots among them as browsers have it.
fn without_dots(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    let mut open = false;
    for segment in path.strip_prefix('/').unwrap_or(path).split('/') {
        open = false;
        match segment.to_ascii_lowercase().replace("%2e", ".").as_str() {
            "." => open = true,
            ".." => {
                segments.pop();
                open = true;
            }
            _ => segments.push(segment),
        }
    }
    let mut path = format!("/{}", segments.join("/"));
    if open && !path.ends_with('/') {
        path.push('/');
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(url: &str) -> Target {
        Target::parse(url).expect(url)
    }

    #[test]
    fn a_url_is_taken_apart_and_put_together() {
        for (given, url) in [
            ("https://example.com", "https://example.com/"),
            ("HTTPS://Example.com:443/a?b#c", "https://example.com/a?b"),
            ("http://example.com:80/a/./b/../c", "http://example.com/a/c"),
            ("http://example.com:8080?x=1", "http://example.com:8080/?x=1"),
            ("https://[2606:4700::1111]:8443/", "https://[2606:4700::1111]:8443/"),
            ("http://134744072/", "http://8.8.8.8/"),
            ("http://a.example:/x", "http://a.example/x"),
            ("http://a.example/%2e%2E/x/%2e", "http://a.example/x/"),
            ("http://a.example/?q=a:b@c", "http://a.example/?q=a:b@c"),
        ] {
            assert_eq!(target(given).url(), url, "{given}");
            assert_eq!(target(url).url(), url, "{given}");
        }
    }

    #[test]
    fn what_leads_nowhere_is_refused_by_its_fault() {
        for (wrong, error) in [
            ("", TargetError::Malformed),
            ("/path", TargetError::Malformed),
            ("example.com", TargetError::Malformed),
            ("http:example.com", TargetError::Malformed),
            ("http:/example.com", TargetError::Malformed),
            ("http:\\\\example.com", TargetError::Malformed),
            ("http://a.example\\@10.0.0.1/", TargetError::Malformed),
            ("ht\ttp://a.example", TargetError::Malformed),
            (" http://a.example", TargetError::Malformed),
            ("http://a.example/\r\nhost: b", TargetError::Malformed),
            ("ftp://a.example", TargetError::Scheme),
            ("file:///etc/passwd", TargetError::Scheme),
            ("data:text/plain,x", TargetError::Scheme),
            ("ws://a.example", TargetError::Scheme),
            ("gopher://a.example", TargetError::Scheme),
            ("http://allowed.example@10.0.0.1/", TargetError::Credentials),
            ("http://a:b@c.example/", TargetError::Credentials),
            ("http://@c.example/", TargetError::Credentials),
            ("http://allowed.example:80@10.0.0.1/", TargetError::Credentials),
            ("http:///path", TargetError::Host(HostError::Empty)),
            ("http://:80/", TargetError::Host(HostError::Empty)),
            ("http://[::1", TargetError::Host(HostError::V6)),
            ("http://a.example:x/", TargetError::Port),
            ("http://a.example:65536/", TargetError::Port),
            ("http://a.example:0/", TargetError::Port),
            ("http://a.example:-1/", TargetError::Port),
            ("http://a.example:80:80/", TargetError::Port),
            ("http://a.example:22/", TargetError::BadPort),
            ("https://a.example:6667/", TargetError::BadPort),
        ] {
            assert_eq!(Target::parse(wrong), Err(error), "{wrong:?}");
        }
        assert_eq!(Target::parse(&format!("http://a.example/{}", "x".repeat(8192))), Err(TargetError::Long));
    }

    #[test]
    fn a_fragment_is_no_place_to_hide_a_host() {
        assert_eq!(target("http://10.0.0.1#@allowed.example").host, Host::parse("10.0.0.1").expect("a host"));
        assert_eq!(target("http://10.0.0.1?@allowed.example").host, Host::parse("10.0.0.1").expect("a host"));
    }

    #[test]
    fn references_resolve_as_rfc_3986_says() {
        // Section 5.4.1 and 5.4.2, on a base of ours.
        let base = target("http://a.example/b/c/d;p?q");
        for (reference, url) in [
            ("https://g.example", "https://g.example/"),
            ("g", "http://a.example/b/c/g"),
            ("./g", "http://a.example/b/c/g"),
            ("g/", "http://a.example/b/c/g/"),
            ("/g", "http://a.example/g"),
            ("//g.example", "http://g.example/"),
            ("?y", "http://a.example/b/c/d;p?y"),
            ("g?y", "http://a.example/b/c/g?y"),
            ("#s", "http://a.example/b/c/d;p?q"),
            ("g?y#s", "http://a.example/b/c/g?y"),
            (";x", "http://a.example/b/c/;x"),
            ("", "http://a.example/b/c/d;p?q"),
            (".", "http://a.example/b/c/"),
            ("..", "http://a.example/b/"),
            ("../g", "http://a.example/b/g"),
            ("../../g", "http://a.example/g"),
            ("../../../g", "http://a.example/g"),
            ("/./g", "http://a.example/g"),
            ("g.", "http://a.example/b/c/g."),
            ("g?y/../x", "http://a.example/b/c/g?y/../x"),
            ("g;x=1/../y", "http://a.example/b/c/y"),
            ("g/a:b", "http://a.example/b/c/g/a:b"),
        ] {
            assert_eq!(base.resolve(reference).map(|target| target.url()).as_deref(), Ok(url), "{reference}");
        }
        for (reference, error) in [
            ("ftp://a.example", TargetError::Scheme),
            ("javascript:alert(1)", TargetError::Scheme),
            ("http:g", TargetError::Malformed),
            ("//u@g.example", TargetError::Credentials),
            ("\\\\g.example", TargetError::Malformed),
            ("/a\nb", TargetError::Malformed),
        ] {
            assert_eq!(base.resolve(reference), Err(error), "{reference}");
        }
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        let base = target("https://a.example/x");
        assert!(base.is_same_origin(&target("https://A.example:443/y?z")));
        for other in ["http://a.example/", "https://b.example/", "https://a.example:8443/"] {
            assert!(!base.is_same_origin(&target(other)), "{other}");
        }
    }
}
