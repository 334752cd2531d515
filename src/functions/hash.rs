//! What an artifact is called: the hash of its bytes.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The SHA-256 of an artifact's bytes, as 64 hexadecimal digits in lower case.
///
/// The host computes it, as the bytes stream by; here it is only compared and shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
#[cfg_attr(
    test,
    derive(schemars::JsonSchema),
    schemars(with = "String", extend("pattern" = "^[0-9a-f]{64}$"))
)]
pub struct ArtifactHash(Box<str>);

/// A text that is no SHA-256.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("a SHA-256 is 64 hexadecimal digits")]
pub struct HashError;

impl ArtifactHash {
    /// Reads hexadecimal digits of either case.
    pub fn parse(text: &str) -> Result<ArtifactHash, HashError> {
        let right = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        right.then(|| ArtifactHash(text.to_ascii_lowercase().into())).ok_or(HashError)
    }

    /// Reads Base64, as digest headers have it.
    pub fn from_base64(text: &str) -> Result<ArtifactHash, HashError> {
        let bytes = STANDARD.decode(text).ok().filter(|bytes| bytes.len() == 32).ok_or(HashError)?;
        Ok(ArtifactHash(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into()))
    }

    /// Its digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The entity tag (RFC 9110 section 8.8.3) of these bytes.
    pub fn etag(&self) -> String {
        format!("\"{}\"", self.0)
    }
}

impl TryFrom<String> for ArtifactHash {
    type Error = HashError;

    fn try_from(text: String) -> Result<ArtifactHash, HashError> {
        ArtifactHash::parse(&text)
    }
}

impl fmt::Display for ArtifactHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // FIPS 180-2, appendix B.1.
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn one_hash_has_one_text() {
        let hash = ArtifactHash::parse(ABC).expect("a hash");
        assert_eq!(ArtifactHash::parse(&ABC.to_uppercase()).as_ref(), Ok(&hash));
        assert_eq!(ArtifactHash::from_base64("ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="), Ok(hash));
    }

    #[test]
    fn what_is_no_hash_is_refused() {
        for wrong in ["", "ba78", &ABC[1..], &ABC.replace('b', "g"), &format!("{ABC}0")] {
            assert_eq!(ArtifactHash::parse(wrong), Err(HashError), "{wrong}");
        }
        for wrong in ["", "ungW", "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0", "*"] {
            assert_eq!(ArtifactHash::from_base64(wrong), Err(HashError), "{wrong}");
        }
    }
}
