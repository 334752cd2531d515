//! Keys that signatures are checked with.

use std::fmt;

use thiserror::Error;

use super::header::{Algorithm, Header};

/// The fewest bytes of an HS256 secret (RFC 7518 section 3.2: no shorter than the hash).
pub const MIN_SECRET_BYTES: usize = 32;

/// A key together with the one algorithm that it serves.
///
/// The algorithm belongs to the key and not to the token, so a public key can never be used as an HMAC secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    pub(super) id: Option<String>,
    pub(super) material: Material,
}

/// The bytes of a key, by kind.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Material {
    /// A shared secret.
    Hs256(Vec<u8>),
    /// A point on P-256: its coordinates, big-endian.
    Es256 {
        /// The x coordinate.
        x: [u8; 32],
        /// The y coordinate.
        y: [u8; 32],
    },
    /// An RSA public key: modulus and exponent, big-endian without leading zeros.
    Rs256 {
        /// The modulus.
        n: Vec<u8>,
        /// The public exponent.
        e: Vec<u8>,
    },
}

impl Key {
    /// The project's shared secret, as Supabase shows it: its UTF-8 bytes are the key, even where it looks like base64.
    pub fn secret(secret: &str) -> Result<Key, KeyError> {
        if secret.len() < MIN_SECRET_BYTES {
            return Err(KeyError::ShortSecret);
        }
        // A public key in the place of the secret would let everybody sign.
        let start = secret.trim_start();
        if start.starts_with("-----BEGIN") || start.starts_with('{') || start.starts_with("ssh-") {
            return Err(KeyError::PublicSecret);
        }
        Ok(Key { id: None, material: Material::Hs256(secret.as_bytes().to_vec()) })
    }

    /// The key's id; a shared secret has none.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The only algorithm that this key serves.
    pub fn algorithm(&self) -> Algorithm {
        match self.material {
            Material::Hs256(_) => Algorithm::Hs256,
            Material::Es256 { .. } => Algorithm::Es256,
            Material::Rs256 { .. } => Algorithm::Rs256,
        }
    }

    /// The key's bytes, for the host that imports it.
    pub fn material(&self) -> &Material {
        &self.material
    }

    /// How long a signature by this key is, in bytes. ECDSA is `r || s` (RFC 7518 section 3.4), never DER.
    pub fn signature_bytes(&self) -> usize {
        match &self.material {
            Material::Hs256(_) => 32,
            Material::Es256 { .. } => 64,
            Material::Rs256 { n, .. } => n.len(),
        }
    }

    /// Whether this key may check a token with that header.
    pub fn serves(&self, header: &Header) -> bool {
        self.algorithm() == header.algorithm
    }
}

/// Says which kind of key it is and hides the secret.
impl fmt::Debug for Material {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Material::Hs256(_) => f.write_str("Hs256(redacted)"),
            Material::Es256 { .. } => f.write_str("Es256(P-256)"),
            Material::Rs256 { n, .. } => write!(f, "Rs256({} bits)", n.len() * 8),
        }
    }
}

/// Why a key or a set of keys is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The shared secret is shorter than [`MIN_SECRET_BYTES`].
    #[error("the JWT secret must have at least 32 bytes")]
    ShortSecret,
    /// What was given as a shared secret is a public key.
    #[error("the JWT secret is a key in PEM, JWK or SSH form; it must be the project's shared secret")]
    PublicSecret,
    /// The document is too large.
    #[error("the key set is larger than 64 KiB")]
    LargeSet,
    /// The document is no JSON object with a `keys` array of objects.
    #[error("the key set must be a JSON object with an array of keys")]
    Set,
    /// A key lacks a member or has one that does not fit its kind.
    #[error("a key's {0} is missing or wrong")]
    Member(&'static str),
    /// A key of the set contains its private part.
    #[error("a key in the set is private")]
    Private,
    /// The RSA modulus has fewer than 2048 or more than 8192 bits.
    #[error("an RSA key must have 2048 to 8192 bits")]
    ModulusSize,
    /// Another key of the set has the same id and algorithm.
    #[error("two keys have the same id and algorithm")]
    Ambiguous,
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "super-secret-jwt-token-with-at-least-32-characters-long";

    #[test]
    fn a_secret_is_long_and_secret() {
        assert!(Key::secret(SECRET).is_ok());
        assert_eq!(Key::secret(""), Err(KeyError::ShortSecret));
        assert_eq!(Key::secret(&"a".repeat(31)), Err(KeyError::ShortSecret));
        for public in [
            "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIB",
            "\n-----BEGIN CERTIFICATE-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIB",
            r#"{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWh","e":"AQAB"}"#,
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ",
        ] {
            assert_eq!(Key::secret(public), Err(KeyError::PublicSecret));
        }
    }

    #[test]
    fn debug_hides_the_secret() {
        let shown = format!("{:?}", Key::secret(SECRET));
        assert!(shown.contains("redacted") && !shown.contains("super") && !shown.contains("115"), "{shown}");
    }
}
