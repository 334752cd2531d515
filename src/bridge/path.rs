//! Paths: percent-decoding that keeps segments apart.

use std::borrow::Cow;

use thiserror::Error;

/// What is wrong with a request's path.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PathError {
    /// A `%` that two hexadecimal digits don't follow.
    #[error("the path has a malformed percent-escape at byte {at}; write a literal percent sign as %25")]
    Escape {
        /// The byte offset of the `%` in the path.
        at: usize,
    },
    /// Escapes that don't decode to UTF-8.
    #[error("the path's percent-escapes don't decode to UTF-8")]
    Utf8,
    /// A NUL or another control character.
    #[error("the path has a control character; none is allowed")]
    Control,
    /// A segment that is `.` or `..`, in any spelling.
    #[error("the path has a segment that is . or ..; send the path already resolved")]
    DotSegment,
}

/// Decodes `path` for route matching: every escape except `%2F` and `%25`, so that an encoded slash never splits a segment.
///
/// [`finish`] decodes the two that are left. A path without `%` is borrowed. Dot segments are refused rather than resolved, because a
/// proxy that appends the raw path to an upstream's address would let them climb out of it.
pub fn decode(path: &str) -> Result<Cow<'_, str>, PathError> {
    let bytes = path.as_bytes();
    let decoded = if bytes.contains(&b'%') { Cow::Owned(unescape(bytes)?) } else { Cow::Borrowed(path) };
    if decoded.bytes().any(|byte| byte < 0x20 || byte == 0x7f) {
        return Err(PathError::Control);
    }
    if decoded.contains("/.") && decoded.split('/').any(|segment| segment == "." || segment == "..") {
        return Err(PathError::DotSegment);
    }
    Ok(decoded)
}

/// Decodes the escapes that [`decode`] left in a parameter's value: `%2F` and `%25`.
pub fn finish(value: &str) -> Cow<'_, str> {
    if !value.contains('%') {
        return Cow::Borrowed(value);
    }
    let mut text = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(at) = rest.find('%') {
        text.push_str(&rest[..at]);
        text.push(if rest[at..].starts_with("%25") { '%' } else { '/' });
        rest = &rest[at + 3..];
    }
    text.push_str(rest);
    Cow::Owned(text)
}

fn unescape(bytes: &[u8]) -> Result<String, PathError> {
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] != b'%' {
            decoded.push(bytes[at]);
            at += 1;
            continue;
        }
        let byte = escaped(bytes, at).ok_or(PathError::Escape { at })?;
        match byte {
            b'%' => decoded.extend_from_slice(b"%25"),
            b'/' => decoded.extend_from_slice(b"%2F"),
            byte => decoded.push(byte),
        }
        at += 3;
    }
    String::from_utf8(decoded).map_err(|_| PathError::Utf8)
}

/// The byte that the escape at `at` stands for, or `None` if it is malformed.
pub(super) fn escaped(bytes: &[u8], at: usize) -> Option<u8> {
    let digit = |offset| bytes.get(at + offset).and_then(|byte| char::from(*byte).to_digit(16));
    Some((digit(1)? * 16 + digit(2)?) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(path: &str) -> Result<String, PathError> {
        decode(path).map(|decoded| finish(&decoded).into_owned())
    }

    #[test]
    fn a_path_without_escapes_is_not_copied() {
        assert!(matches!(decode("/a/b"), Ok(Cow::Borrowed("/a/b"))));
    }

    #[test]
    fn an_encoded_slash_or_percent_survives_matching_and_is_decoded_at_the_end() {
        assert_eq!(decode("/a%2Fb%252F").as_deref(), Ok("/a%2Fb%252F"));
        assert_eq!(both("/a%2fb").as_deref(), Ok("/a/b"));
        assert_eq!(both("/100%25").as_deref(), Ok("/100%"));
        assert_eq!(both("/%252F").as_deref(), Ok("/%2F"));
    }

    #[test]
    fn unreserved_and_unicode_escapes_are_decoded_before_matching() {
        assert_eq!(decode("/%68ello").as_deref(), Ok("/hello"));
        assert_eq!(decode("/%E6%A9%8B").as_deref(), Ok("/橋"));
    }

    #[test]
    fn malformed_escapes_are_refused_with_their_place() {
        for (path, at) in [("/%", 1), ("/a%2", 2), ("/a%zz", 2), ("/%+1", 1), ("/é%g0", 3)] {
            assert_eq!(decode(path), Err(PathError::Escape { at }), "{path}");
        }
        assert_eq!(decode("/%ff"), Err(PathError::Utf8));
        assert_eq!(decode("/%C0%AF"), Err(PathError::Utf8), "an overlong slash is not a slash");
        assert_eq!(decode("/a%00"), Err(PathError::Control));
    }

    #[test]
    fn dot_segments_are_refused_in_every_spelling() {
        for path in ["/a/../b", "/..", "/a/.", "/%2e%2e/b", "/a/.%2E", "/a/%2e"] {
            assert_eq!(decode(path), Err(PathError::DotSegment), "{path}");
        }
        for path in ["/a..b", "/...", "/.well-known/x", "/a/..b"] {
            assert!(decode(path).is_ok(), "{path}");
        }
    }
}
