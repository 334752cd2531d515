//! The claims of a Supabase session.

use std::fmt;

use serde_json::value::RawValue;

use super::error::{AuthError, Flaw};
use super::object::UniqueObject;

/// The last second of the year 9999: a later date is a unit error (milliseconds), not a date.
const LATEST_DATE: u64 = 253_402_300_799;

/// The claims of a token (RFC 7519 section 4.1, and Supabase's own).
///
/// `Debug` shows who and when, never what a person is called or what is stored about them.
#[derive(Clone)]
pub struct Claims {
    /// The user's id; absent in the anon and service keys.
    pub sub: Option<String>,
    /// The Postgres role: `anon`, `authenticated`, `service_role`, or one of the project's own.
    pub role: Option<String>,
    /// The audiences, whether the token had one string or a list.
    pub aud: Vec<String>,
    /// The issuer.
    pub iss: Option<String>,
    /// The end of validity, in whole seconds since 1970.
    pub exp: u64,
    /// The begin of validity, in whole seconds since 1970.
    pub nbf: Option<u64>,
    /// When the token was made, in whole seconds since 1970.
    pub iat: Option<u64>,
    /// The user's e-mail address.
    pub email: Option<String>,
    /// The session, which a sign-out ends.
    pub session_id: Option<String>,
    /// What only the project may write, as JSON text: fit for decisions.
    pub app_metadata: Option<Box<RawValue>>,
    /// What the user may write, as JSON text: never to be used for a decision.
    pub user_metadata: Option<Box<RawValue>>,
    json: Box<str>,
}

impl Claims {
    /// Reads a payload: unique names, whole non-negative dates, `exp` present.
    ///
    /// `null` stands for an absent string, never for an absent date.
    pub(crate) fn parse(payload: Vec<u8>) -> Result<Claims, AuthError> {
        let json = String::from_utf8(payload).map_err(|_| Flaw::Payload)?.into_boxed_str();
        let object = UniqueObject::parse(json.as_bytes()).ok_or(Flaw::Payload)?;
        let text = |name| object.nullable::<String>(name).map_err(|_| Flaw::Claim(name));
        let date = |name| match object.member::<u64>(name) {
            Ok(Some(seconds)) if seconds > LATEST_DATE => Err(Flaw::Claim(name)),
            Ok(date) => Ok(date),
            Err(_) => Err(Flaw::Claim(name)),
        };
        let raw = |name| object.raw(name).map(ToOwned::to_owned);
        // By its first letter: serde's untagged enums cost 10 KB of wasm.
        let aud = match object.raw("aud") {
            Some(raw) if raw.get().starts_with('[') => object.member("aud").map_err(|_| Flaw::Claim("aud"))?,
            _ => text("aud")?.map(|one| vec![one]),
        };
        Ok(Claims {
            sub: text("sub")?,
            role: text("role")?,
            aud: aud.unwrap_or_default(),
            iss: text("iss")?,
            exp: date("exp")?.ok_or(Flaw::Claim("exp"))?,
            nbf: date("nbf")?,
            iat: date("iat")?,
            email: text("email")?,
            session_id: text("session_id")?,
            app_metadata: raw("app_metadata"),
            user_metadata: raw("user_metadata"),
            json,
        })
    }

    /// All claims as the JSON text that was signed, the value that row security reads as `request.jwt.claims`.
    pub fn json(&self) -> &str {
        &self.json
    }
}

impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claims")
            .field("sub", &self.sub)
            .field("role", &self.role)
            .field("aud", &self.aud)
            .field("iss", &self.iss)
            .field("exp", &self.exp)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Result<Claims, AuthError> {
        Claims::parse(json.as_bytes().to_vec())
    }

    #[test]
    fn a_supabase_session_is_read() {
        let json = r#"{"aud":"authenticated","exp":1800000000,"iat":1799996400,"iss":"https://x.supabase.co/auth/v1",
            "sub":"6f1c","email":"a@example.org","phone":"","app_metadata":{"provider":"email"},"user_metadata":{"n":1},
            "role":"authenticated","aal":"aal1","amr":[{"method":"password"}],"session_id":"s1","is_anonymous":false}"#;
        let claims = parse(json).expect("claims");
        assert_eq!(claims.sub.as_deref(), Some("6f1c"));
        assert_eq!(claims.role.as_deref(), Some("authenticated"));
        assert_eq!(claims.aud, ["authenticated"]);
        assert_eq!((claims.exp, claims.iat, claims.nbf), (1_800_000_000, Some(1_799_996_400), None));
        assert_eq!(claims.email.as_deref(), Some("a@example.org"));
        assert_eq!(claims.session_id.as_deref(), Some("s1"));
        assert_eq!(claims.app_metadata.as_ref().map(|raw| raw.get()), Some(r#"{"provider":"email"}"#));
        assert_eq!(claims.user_metadata.as_ref().map(|raw| raw.get()), Some(r#"{"n":1}"#));
        assert_eq!(claims.json(), json);
    }

    #[test]
    fn a_date_is_a_whole_number_of_seconds_before_the_year_10000() {
        let wrong = [
            "\"1800000000\"",
            "1800000000.5",
            "1.8e9",
            "-1",
            "-0.0",
            "null",
            "true",
            "[1800000000]",
            "{}",
            "1800000000000",
            "18446744073709551615",
            "18446744073709551616",
            "1e400",
            "99999999999999999999999999999999999999",
            "NaN",
            "Infinity",
            "0x10",
            "01800000000",
        ];
        for value in wrong {
            for name in ["exp", "nbf", "iat"] {
                let json = match name {
                    "exp" => format!(r#"{{"exp":{value}}}"#),
                    _ => format!(r#"{{"exp":1800000000,"{name}":{value}}}"#),
                };
                // Text that is no JSON at all spoils the payload, any other value the claim.
                let error = parse(&json).expect_err(&json);
                assert!(error == Flaw::Claim(name).into() || error == Flaw::Payload.into(), "{json}: {error}");
            }
        }
        assert_eq!(parse(r#"{"exp":253402300799}"#).expect("the last second").exp, LATEST_DATE);
    }

    #[test]
    fn a_token_without_an_end_is_refused() {
        assert_eq!(parse("{}").err(), Some(Flaw::Claim("exp").into()));
    }

    #[test]
    fn a_claim_given_twice_is_refused() {
        assert_eq!(parse(r#"{"exp":1,"exp":1800000000}"#).err(), Some(Flaw::Payload.into()));
        assert_eq!(parse(r#"{"exp":1,"tenant":"a","tenant":"b"}"#).err(), Some(Flaw::Payload.into()));
    }

    #[test]
    fn audiences_are_text() {
        let aud = |json: &str| parse(&format!(r#"{{"exp":1,"aud":{json}}}"#)).map(|claims| claims.aud);
        assert_eq!(aud(r#"["a","b"]"#), Ok(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(aud("[]"), Ok(vec![]));
        assert_eq!(aud("null"), Ok(vec![]));
        for wrong in ["1", "[1]", r#"["a",null]"#, r#"{"a":1}"#, "true", r#"[["a"]]"#] {
            assert_eq!(aud(wrong), Err(Flaw::Claim("aud").into()), "{wrong}");
        }
    }

    #[test]
    fn text_claims_of_another_type_are_refused() {
        for name in ["sub", "role", "iss", "email", "session_id"] {
            assert_eq!(parse(&format!(r#"{{"exp":1,"{name}":1}}"#)).err(), Some(Flaw::Claim(name).into()));
            assert!(parse(&format!(r#"{{"exp":1,"{name}":null}}"#)).is_ok());
        }
    }

    #[test]
    fn debug_hides_the_person() {
        let claims = parse(r#"{"exp":1,"sub":"u","email":"a@example.org","user_metadata":{"name":"Ada"}}"#);
        let shown = format!("{:?}", claims.expect("claims"));
        assert!(shown.contains("\"u\"") && !shown.contains("example.org") && !shown.contains("Ada"), "{shown}");
    }
}
