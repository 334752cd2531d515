//! What a token has to say to be accepted.

use super::claims::Claims;
use super::error::AuthError;

/// The default tolerance for clocks that differ, in seconds.
pub const DEFAULT_LEEWAY_SECONDS: u64 = 30;

/// The demands on a token's claims.
///
/// `exp` is always required. `nbf` and `iat` are optional, but where they are present they must not lie in the future.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    issuer: Option<String>,
    audiences: Vec<String>,
    leeway: u64,
}

impl Policy {
    /// The policy for sessions of signed-in users of the Supabase project at `url`: issuer `{url}/auth/v1`, audience
    /// `authenticated`, and a leeway of [`DEFAULT_LEEWAY_SECONDS`].
    pub fn supabase(url: &str) -> Policy {
        Policy::any().with_issuer(format!("{}/auth/v1", url.trim_end_matches('/'))).with_audience("authenticated")
    }

    /// A policy that looks at dates only: for API keys, which name no audience. Add demands with `with_*`.
    pub fn any() -> Policy {
        Policy { issuer: None, audiences: Vec::new(), leeway: DEFAULT_LEEWAY_SECONDS }
    }

    /// Demands that `iss` is exactly `issuer`.
    pub fn with_issuer(mut self, issuer: impl Into<String>) -> Policy {
        self.issuer = Some(issuer.into());
        self
    }

    /// Demands that `aud` names `audience` or one of those given before.
    pub fn with_audience(mut self, audience: impl Into<String>) -> Policy {
        self.audiences.push(audience.into());
        self
    }

    /// Sets the tolerance for clocks that differ, in seconds.
    pub fn with_leeway(mut self, seconds: u64) -> Policy {
        self.leeway = seconds;
        self
    }
}

impl Claims {
    /// Whether these claims satisfy `policy` at `now`, in seconds since 1970.
    ///
    /// A token is valid while `now < exp + leeway` (RFC 7519 section 4.1.4: "on or after" the date it is not).
    pub fn check(&self, policy: &Policy, now: u64) -> Result<(), AuthError> {
        if now >= self.exp.saturating_add(policy.leeway) {
            return Err(AuthError::Expired);
        }
        let latest = now.saturating_add(policy.leeway);
        if [self.nbf, self.iat].into_iter().flatten().any(|date| date > latest) {
            return Err(AuthError::NotYetValid);
        }
        if policy.issuer.is_some() && self.iss != policy.issuer {
            return Err(AuthError::Issuer);
        }
        if !policy.audiences.is_empty() && !self.aud.iter().any(|aud| policy.audiences.contains(aud)) {
            return Err(AuthError::Audience);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(json: &str) -> Claims {
        Claims::parse(json.as_bytes().to_vec()).expect("claims")
    }

    #[test]
    fn a_token_ends_at_exp_plus_leeway() {
        let claims = claims(r#"{"exp":1000}"#);
        assert_eq!(claims.check(&Policy::any(), 1029), Ok(()));
        assert_eq!(claims.check(&Policy::any(), 1030), Err(AuthError::Expired));
        assert_eq!(claims.check(&Policy::any().with_leeway(0), 999), Ok(()));
        assert_eq!(claims.check(&Policy::any().with_leeway(0), 1000), Err(AuthError::Expired));
    }

    #[test]
    fn a_token_from_the_future_is_not_valid_yet() {
        for json in [r#"{"exp":2000,"nbf":1031}"#, r#"{"exp":2000,"iat":1031}"#, r#"{"exp":2000,"nbf":1,"iat":1031}"#] {
            assert_eq!(claims(json).check(&Policy::any(), 1000), Err(AuthError::NotYetValid), "{json}");
            assert_eq!(claims(json).check(&Policy::any(), 1001), Ok(()), "{json}");
        }
    }

    #[test]
    fn the_issuer_is_compared_exactly() {
        let policy = Policy::supabase("https://x.supabase.co/");
        let with =
            |iss: &str| claims(&format!(r#"{{"exp":2000,"aud":"authenticated","iss":{iss}}}"#)).check(&policy, 1000);
        assert_eq!(with(r#""https://x.supabase.co/auth/v1""#), Ok(()));
        for wrong in [
            r#""https://x.supabase.co/auth/v1/""#,
            r#""https://X.supabase.co/auth/v1""#,
            r#""https://y.supabase.co/auth/v1""#,
            r#""https://x.supabase.co""#,
            r#""""#,
            "null",
        ] {
            assert_eq!(with(wrong), Err(AuthError::Issuer), "{wrong}");
        }
        assert_eq!(claims(r#"{"exp":2000,"aud":"authenticated"}"#).check(&policy, 1000), Err(AuthError::Issuer));
    }

    #[test]
    fn one_of_the_audiences_has_to_match() {
        let policy = Policy::any().with_audience("authenticated").with_audience("admin");
        let with = |aud: &str| claims(&format!(r#"{{"exp":2000,"aud":{aud}}}"#)).check(&policy, 1000);
        assert_eq!(with(r#""authenticated""#), Ok(()));
        assert_eq!(with(r#"["other","admin"]"#), Ok(()));
        for wrong in [r#""anon""#, r#"[]"#, "null", r#""authenticated ""#, r#"["authenticate","d"]"#] {
            assert_eq!(with(wrong), Err(AuthError::Audience), "{wrong}");
        }
    }

    #[test]
    fn dates_near_the_end_of_u64_do_not_overflow() {
        let claims = claims(r#"{"exp":253402300799}"#);
        assert_eq!(claims.check(&Policy::any().with_leeway(u64::MAX), u64::MAX), Err(AuthError::Expired));
    }
}
