//! Base64url without padding, the alphabet of JOSE (RFC 7515 section 2).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The bytes that `text` stands for, or `None` unless it is the one canonical spelling of them.
///
/// Padding, white space, the `+/` alphabet and set bits behind the last byte are all refused: with two spellings for one
/// signature, a token could be altered and still verify.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// The canonical spelling of `bytes`.
pub(super) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_per_value() {
        assert_eq!(decode("AA").as_deref(), Some(&[0][..]));
        for other in ["AB", "AP", "AA=", "AA==", " AA", "AA\n", "A", "A+", "A/", "AAAAA"] {
            assert_eq!(decode(other), None, "{other:?}");
        }
    }

    #[test]
    fn both_letters_of_the_url_alphabet() {
        assert_eq!(encode(&[0xfb, 0xff]), "-_8");
        assert_eq!(decode("-_8").as_deref(), Some(&[0xfb, 0xff][..]));
    }
}
