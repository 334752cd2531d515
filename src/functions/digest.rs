//! The hash that a client says its bytes have.

use thiserror::Error;

use super::hash::ArtifactHash;

/// A digest that can't be read, or two that differ.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum DigestError {
    /// None that is understood.
    #[error(
        "expected a SHA-256: sha256 with 64 hexadecimal digits, Content-Digest: sha-256=:BASE64:, or Digest: SHA-256=BASE64"
    )]
    Malformed,
    /// Two of them differ.
    #[error("the request has two digests that differ")]
    Two,
}

/// What of `sha256` (hexadecimal, said in any of several places), `content-digest`, `repr-digest` (RFC 9530) and `digest` (RFC 3230) is said; other algorithms
/// are passed over.
pub fn expected(sha256: &[Option<&str>], headers: [Option<&str>; 3]) -> Result<Option<ArtifactHash>, DigestError> {
    let mut found = None;
    for hex in sha256.iter().flatten() {
        let digest = ArtifactHash::parse(hex).map_err(|_| DigestError::Malformed)?;
        if found.get_or_insert_with(|| digest.clone()) != &digest {
            return Err(DigestError::Two);
        }
    }
    for header in headers.into_iter().flatten() {
        for item in header.split(',') {
            let (algorithm, value) = item.trim().split_once('=').ok_or(DigestError::Malformed)?;
            if !algorithm.eq_ignore_ascii_case("sha-256") {
                continue;
            }
            let value = value.strip_prefix(':').and_then(|value| value.strip_suffix(':')).unwrap_or(value);
            let digest = ArtifactHash::from_base64(value).map_err(|_| DigestError::Malformed)?;
            if found.get_or_insert_with(|| digest.clone()) != &digest {
                return Err(DigestError::Two);
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    const NEW: &str = "sha-256=:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=:";
    const OLD: &str = "SHA-256=ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";

    #[test]
    fn every_way_to_say_it_is_read() {
        let hash = ArtifactHash::parse(HEX).ok();
        assert_eq!(expected(&[], [None; 3]), Ok(None));
        assert_eq!(expected(&[Some(HEX)], [None; 3]), Ok(hash.clone()));
        assert_eq!(expected(&[], [Some(NEW), None, None]), Ok(hash.clone()));
        assert_eq!(expected(&[], [None, None, Some(OLD)]), Ok(hash.clone()));
        assert_eq!(expected(&[Some(HEX)], [Some(NEW), Some(NEW), Some(OLD)]), Ok(hash.clone()));
        let several = format!("sha-512=:AAAA:, {NEW}");
        assert_eq!(expected(&[], [Some(&several), None, None]), Ok(hash));
        assert_eq!(expected(&[], [Some("md5=x"), None, None]), Ok(None));
    }

    #[test]
    fn what_can_not_be_read_or_contradicts_is_refused() {
        for wrong in ["sha-256", "sha-256=:x:", "sha-256=", ""] {
            assert_eq!(expected(&[], [Some(wrong), None, None]), Err(DigestError::Malformed), "{wrong:?}");
        }
        assert_eq!(expected(&[Some("abc")], [None; 3]), Err(DigestError::Malformed));
        assert_eq!(expected(&[None, Some(HEX)], [None; 3]), expected(&[Some(HEX), Some(HEX)], [None; 3]));
        assert_eq!(expected(&[Some(HEX), Some(&HEX.replace('b', "c"))], [None; 3]), Err(DigestError::Two));
        assert_eq!(expected(&[Some(&HEX.replace('b', "c"))], [Some(NEW), None, None]), Err(DigestError::Two));
    }
}
