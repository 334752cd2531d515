//! Who signs callers' tokens.

use futures_util::future::LocalBoxFuture;

use super::caller::Caller;
use super::id::is_uuid;
use crate::bridge::{Kind, Method, Outbound, Problem, clock, fetch};
use crate::settings::{Settings, StoreChoice};
use crate::supabase::auth::{AuthError, Claims, Key, NoAnswer, Policy, Timing, Verifier, WebCrypto, key_set};

type Answer = LocalBoxFuture<'static, Result<(u16, Vec<u8>), NoAnswer>>;

/// The deployment's issuer: a Supabase project, or whoever it names.
pub struct Issuer {
    verifier: Verifier<WebCrypto, fn(String) -> Answer>,
    /// What a token has to say beside its dates; the project's own keys, which its secret signs, name neither issuer nor audience.
    sessions: Policy,
    /// Whether the store takes users for Supabase's, who are UUIDs in the role `authenticated`.
    postgres: bool,
}

impl Issuer {
    /// The issuer of a deployment with these settings.
    pub fn new(settings: &Settings) -> Issuer {
        let verifier = Verifier::new(WebCrypto::new(), Policy::any());
        let verifier = match settings.auth_jwks_url.as_deref() {
            Some(url) => verifier.with_jwks(url, get as fn(_) -> _, Timing::default()),
            None => verifier,
        };
        let verifier = match settings.jwt_secret.as_deref().map(Key::secret) {
            Some(Ok(secret)) => verifier.with_secret(secret),
            Some(Err(error)) => {
                tracing::error!(%error, "the issuer's secret can't be used");
                verifier
            }
            None => verifier,
        };
        let sessions = Policy::any().with_issuer(&*settings.auth_issuer).with_audience(&*settings.auth_audience);
        Issuer { verifier, sessions, postgres: settings.store == StoreChoice::Supabase }
    }

    /// Who calls with this `Authorization` header.
    ///
    /// # Errors
    /// `unauthorized` for a token that isn't valid, `unavailable` if nobody can tell. A token that isn't valid is never taken for no token.
    pub async fn caller(&self, authorization: Option<&str>) -> Result<Caller, Problem> {
        let Some(authorization) = authorization else { return Ok(Caller::Anonymous) };
        let Some(token) = bearer(authorization) else {
            return Err(unauthorized("authorization: expected Bearer and a token".to_owned()));
        };
        let verified = self.verifier.verify(token).await.map_err(problem)?;
        let caller = Caller::of(verified.claims());
        let is_user = !matches!(caller, Some(Caller::Anonymous | Caller::Admin(None)));
        // A key set may be that of many: what another's token calls its role is nothing here.
        if is_user || !verified.by_secret() {
            verified.claims().check(&self.sessions, (clock::now_ms() / 1000.0) as u64).map_err(problem)?;
        }
        if is_user && self.postgres {
            known_to_postgres(verified.claims())?;
        }
        caller.ok_or_else(|| unauthorized("the token names no user: its claim sub is missing".to_owned()))
    }
}

/// Refuses what Postgres can't take for one of its users: it would fail at each question, whoever asks again.
fn known_to_postgres(claims: &Claims) -> Result<(), Problem> {
    if claims.role.as_deref() != Some("authenticated") {
        return Err(unauthorized("the token's claim role has to be authenticated".to_owned()));
    }
    // One without sub is refused in other words.
    if claims.sub.as_deref().is_some_and(|sub| !is_uuid(sub)) {
        return Err(unauthorized("the token names no user of the project: its claim sub is no UUID".to_owned()));
    }
    Ok(())
}

/// The token of an `Authorization` header.
pub(crate) fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn problem(error: AuthError) -> Problem {
    if error.is_callers() {
        return unauthorized(error.to_string());
    }
    tracing::error!(code = error.code(), %error, "tokens can't be checked");
    Problem::new(Kind::UNAVAILABLE)
        .with_detail("tokens can't be checked now; try again")
        .with_header("retry-after", "5")
}

fn unauthorized(detail: String) -> Problem {
    Problem::new(Kind::UNAUTHORIZED)
        .with_detail(detail)
        .with_header("www-authenticate", "Bearer error=\"invalid_token\"")
}

fn get(url: String) -> Answer {
    Box::pin(async move {
        let outbound = Outbound { method: Method::Get, url, headers: Vec::new(), body: None };
        let answer = fetch::send(&outbound, 5000).await.map_err(|_| NoAnswer)?;
        let status = answer.status();
        Ok((status, answer.bytes(key_set::MAX_SET_BYTES).await.map_err(|_| NoAnswer)?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_what_follows_bearer() {
        assert_eq!(bearer("Bearer a.b.c"), Some("a.b.c"));
        assert_eq!(bearer("bearer  a.b.c "), Some("a.b.c"));
        assert_eq!([bearer("Basic x"), bearer("a.b.c"), bearer("")], [None; 3]);
    }
}
