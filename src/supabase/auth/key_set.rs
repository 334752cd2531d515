//! JSON Web Key Sets (RFC 7517 section 5).

use std::rc::Rc;

use serde::Deserialize;

use super::base64url;
use super::error::AuthError;
use super::header::{Algorithm, Header, is_key_id};
use super::keys::{Key, KeyError, Material};
use super::object::UniqueObject;

/// The most bytes of a document that is read.
pub const MAX_SET_BYTES: usize = 64 * 1024;
/// The most keys of a document that are used; Supabase publishes one to four.
pub const MAX_KEYS: usize = 32;
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// The keys of one issuer that Hashi can use, and why it does not use others.
#[derive(Clone, Debug, Default)]
pub struct KeySet {
    keys: Vec<Rc<Key>>,
    refused: Vec<KeyError>,
}

impl KeySet {
    /// Reads a document.
    ///
    /// Keys of other kinds, for other uses or algorithms are skipped as RFC 7517 asks; keys that claim to be ours and are
    /// broken or weak are refused one by one, so that one bad key does not lock everybody out.
    pub fn parse(json: &[u8]) -> Result<KeySet, KeyError> {
        #[derive(Deserialize)]
        struct Document<'a> {
            #[serde(borrow)]
            keys: Vec<UniqueObject<'a>>,
        }

        if json.len() > MAX_SET_BYTES {
            return Err(KeyError::LargeSet);
        }
        let json = std::str::from_utf8(json).map_err(|_| KeyError::Set)?;
        let document: Document<'_> = serde_json::from_str(json).map_err(|_| KeyError::Set)?;
        let mut set = KeySet::default();
        for object in document.keys {
            if set.keys.len() == MAX_KEYS {
                break;
            }
            match read_key(&object) {
                Ok(None) => {}
                Ok(Some(key)) if set.has_twin(&key) => set.refused.push(KeyError::Ambiguous),
                Ok(Some(key)) => set.keys.push(Rc::new(key)),
                Err(error) => set.refused.push(error),
            }
        }
        Ok(set)
    }

    /// Why keys of the document are not used, for the log.
    pub fn refused(&self) -> &[KeyError] {
        &self.refused
    }

    /// How many keys can be used.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether no key can be used.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The key that has to have signed a token with that header.
    ///
    /// With a `kid` that is the key of that id, whose own algorithm has to be the header's. Without one, there has to be
    /// exactly one key of the algorithm: nothing is tried out.
    pub fn select(&self, header: &Header) -> Result<Rc<Key>, AuthError> {
        let Some(id) = header.key_id.as_deref() else {
            let mut serving = self.keys.iter().filter(|key| key.serves(header));
            return match (serving.next(), serving.next()) {
                (Some(only), None) => Ok(Rc::clone(only)),
                _ => Err(AuthError::UnknownKey),
            };
        };
        let mut named = self.keys.iter().filter(|key| key.id() == Some(id)).peekable();
        if named.peek().is_none() {
            return Err(AuthError::UnknownKey);
        }
        named.find(|key| key.serves(header)).map(Rc::clone).ok_or(AuthError::Algorithm)
    }

    /// Whether both sets have the same keys in the same order.
    pub(super) fn same_keys(&self, other: &KeySet) -> bool {
        self.keys == other.keys
    }

    fn has_twin(&self, key: &Key) -> bool {
        self.keys.iter().any(|other| other.id == key.id && other.algorithm() == key.algorithm())
    }
}

/// One JWK: `Ok(None)` for one that is not for us.
fn read_key(jwk: &UniqueObject<'_>) -> Result<Option<Key>, KeyError> {
    let text = |name| jwk.member::<String>(name).map_err(|_| KeyError::Member(name));
    let algorithm = match text("kty")?.as_deref() {
        Some("EC") if text("crv")?.as_deref() == Some("P-256") => Algorithm::Es256,
        Some("RSA") => Algorithm::Rs256,
        Some(_) => return Ok(None), // "oct" too: a published secret is none
        None => return Err(KeyError::Member("kty")),
    };
    if text("use")?.is_some_and(|purpose| purpose != "sig") || text("alg")?.is_some_and(|alg| alg != algorithm.as_str())
    {
        return Ok(None);
    }
    let operations: Option<Vec<String>> = jwk.member("key_ops").map_err(|_| KeyError::Member("key_ops"))?;
    if operations.is_some_and(|operations| !operations.iter().any(|operation| operation == "verify")) {
        return Ok(None);
    }
    if jwk.has("d") {
        return Err(KeyError::Private);
    }
    let id = text("kid")?;
    if id.as_deref().is_some_and(|id| !is_key_id(id)) {
        return Err(KeyError::Member("kid"));
    }
    let bytes = |name| text(name)?.and_then(|text| base64url::decode(&text)).ok_or(KeyError::Member(name));
    let coordinate = |name| bytes(name)?.try_into().map_err(|_| KeyError::Member(name));
    let material = match algorithm {
        Algorithm::Es256 => Material::Es256 { x: coordinate("x")?, y: coordinate("y")? },
        _ => rsa(bytes("n")?, bytes("e")?)?,
    };
    Ok(Some(Key { id, material }))
}

/// An RSA key of a size that is neither weak nor a waste of CPU.
fn rsa(n: Vec<u8>, e: Vec<u8>) -> Result<Material, KeyError> {
    let (n, e) = (without_leading_zeros(n), without_leading_zeros(e));
    let bits = n.len() * 8 - n.first().map_or(0, |byte| byte.leading_zeros() as usize);
    if !RSA_BITS.contains(&bits) {
        return Err(KeyError::ModulusSize);
    }
    let is_odd = |bytes: &[u8]| bytes.last().is_some_and(|byte| byte % 2 == 1);
    if !is_odd(&n) {
        return Err(KeyError::Member("n"));
    }
    // With an exponent of 1 every message is its own signature; past 32 bits, hosts disagree.
    if !is_odd(&e) || e == [1] || e.len() > 4 {
        return Err(KeyError::Member("e"));
    }
    Ok(Material::Rs256 { n, e })
}

fn without_leading_zeros(mut bytes: Vec<u8>) -> Vec<u8> {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.drain(..zeros);
    bytes
}

#[cfg(test)]
#[path = "tests/key_set.rs"]
mod tests;
