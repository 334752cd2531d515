//! The JOSE header of a token, as far as Hashi reads it.

use super::error::{AuthError, Flaw};
use super::object::UniqueObject;

/// The most bytes that a key id may have.
pub const MAX_KEY_ID_BYTES: usize = 256;

/// The signature algorithms that Supabase issues and Hashi accepts (RFC 7518 section 3.1).
///
/// There is no variant for `none`, so no token without a signature can be expressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// HMAC with SHA-256 and a shared secret.
    Hs256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
}

impl Algorithm {
    /// The algorithm of that exact name; `None` for every other spelling.
    pub fn parse(name: &str) -> Option<Algorithm> {
        match name {
            "HS256" => Some(Algorithm::Hs256),
            "ES256" => Some(Algorithm::Es256),
            "RS256" => Some(Algorithm::Rs256),
            _ => None,
        }
    }

    /// The algorithm's name in a header.
    pub const fn as_str(self) -> &'static str {
        match self {
            Algorithm::Hs256 => "HS256",
            Algorithm::Es256 => "ES256",
            Algorithm::Rs256 => "RS256",
        }
    }
}

/// What a token says about its signature: a claim of its sender, used only to pick a key.
///
/// Keys and addresses in the header (`jwk`, `jku`, `x5c`, `x5u`) are never looked at: whoever forges a token writes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The algorithm.
    pub algorithm: Algorithm,
    /// The key's id, which is only ever compared with the ids of known keys.
    pub key_id: Option<String>,
}

impl Header {
    /// Reads a decoded header.
    pub(super) fn parse(json: &[u8]) -> Result<Header, AuthError> {
        let object = UniqueObject::parse(json).ok_or(Flaw::Header)?;
        // An extension that must be understood is one that isn't (RFC 7515 section 4.1.11).
        if object.has("crit") {
            return Err(Flaw::Parameter("crit").into());
        }
        let typ: Option<String> = object.member("typ").map_err(|_| Flaw::Parameter("typ"))?;
        if typ.is_some_and(|typ| !typ.eq_ignore_ascii_case("JWT")) {
            return Err(Flaw::Parameter("typ").into());
        }
        let alg: Option<String> = object.member("alg").map_err(|_| Flaw::Parameter("alg"))?;
        let algorithm = Algorithm::parse(&alg.ok_or(Flaw::Parameter("alg"))?).ok_or(AuthError::Algorithm)?;
        let key_id: Option<String> = object.member("kid").map_err(|_| Flaw::Parameter("kid"))?;
        if key_id.as_deref().is_some_and(|kid| !is_key_id(kid)) {
            return Err(Flaw::Parameter("kid").into());
        }
        Ok(Header { algorithm, key_id })
    }
}

/// Whether `text` can be a key id: printable ASCII of a bounded length, so that it is harmless in logs as well.
pub(super) fn is_key_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= MAX_KEY_ID_BYTES && text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Result<Header, AuthError> {
        Header::parse(json.as_bytes())
    }

    #[test]
    fn a_supabase_header_is_read() {
        let header = parse(r#"{"alg":"ES256","kid":"k-1","typ":"JWT"}"#).expect("a header");
        assert_eq!(header, Header { algorithm: Algorithm::Es256, key_id: Some("k-1".into()) });
        assert_eq!(parse(r#"{"typ":"jwt","alg":"HS256"}"#).expect("a header").key_id, None);
    }

    #[test]
    fn no_spelling_of_none_and_no_unknown_algorithm_passes() {
        for alg in ["none", "None", "nOnE", "NONE", "", "none ", "hs256", "HS256 ", "HS384", "HS512", "ES384", "PS256"]
        {
            assert_eq!(parse(&format!(r#"{{"alg":"{alg}"}}"#)), Err(AuthError::Algorithm), "{alg:?}");
        }
        for alg in ["EdDSA", "RS384", "ES256K", "\\u006eone", "A256KW", "HS256\\u0000"] {
            assert_eq!(parse(&format!(r#"{{"alg":"{alg}"}}"#)), Err(AuthError::Algorithm), "{alg:?}");
        }
        for header in [r#"{}"#, r#"{"alg":null}"#, r#"{"alg":["HS256"]}"#, r#"{"alg":1}"#, r#"{"ALG":"HS256"}"#] {
            assert_eq!(parse(header), Err(Flaw::Parameter("alg").into()), "{header}");
        }
    }

    #[test]
    fn an_algorithm_given_twice_is_refused() {
        assert_eq!(parse(r#"{"alg":"HS256","alg":"none"}"#), Err(Flaw::Header.into()));
        assert_eq!(parse(r#"{"alg":"none","\u0061lg":"HS256"}"#), Err(Flaw::Header.into()));
    }

    #[test]
    fn critical_extensions_are_refused_whatever_they_say() {
        for crit in [r#"[]"#, r#"["exp"]"#, r#"["b64"]"#, "null", "1"] {
            let header = format!(r#"{{"alg":"HS256","b64":false,"crit":{crit}}}"#);
            assert_eq!(parse(&header), Err(Flaw::Parameter("crit").into()), "{crit}");
        }
    }

    #[test]
    fn other_token_types_are_refused() {
        for typ in [r#""JWE""#, r#""at+jwt""#, r#""""#, "null", "1"] {
            assert_eq!(
                parse(&format!(r#"{{"alg":"HS256","typ":{typ}}}"#)),
                Err(Flaw::Parameter("typ").into()),
                "{typ}"
            );
        }
    }

    #[test]
    fn a_key_id_is_short_printable_text() {
        let long = format!("{:?}", "k".repeat(MAX_KEY_ID_BYTES + 1));
        for kid in
            [r#""""#, "null", "1", r#"["a"]"#, r#"{"a":1}"#, r#""a\nb""#, r#""a\u0000""#, r#""é""#, long.as_str()]
        {
            assert_eq!(
                parse(&format!(r#"{{"alg":"HS256","kid":{kid}}}"#)),
                Err(Flaw::Parameter("kid").into()),
                "{kid}"
            );
        }
        assert!(parse(&format!(r#"{{"alg":"HS256","kid":{:?}}}"#, "k".repeat(MAX_KEY_ID_BYTES))).is_ok());
    }

    #[test]
    fn names_and_values_agree() {
        for algorithm in [Algorithm::Hs256, Algorithm::Es256, Algorithm::Rs256] {
            assert_eq!(Algorithm::parse(algorithm.as_str()), Some(algorithm));
        }
    }
}
