//! From a token to its claims.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use super::claims::Claims;
use super::error::{AuthError, Outage};
use super::header::{Algorithm, Header};
use super::host::{FetchKeys, Host};
use super::jwks::{Decision, JwksCache, Timing};
use super::key_set::KeySet;
use super::keys::Key;
use super::policy::Policy;
use super::seen::Seen;
use super::token::Unverified;

/// How long a request waits at a time for keys that another request fetches, in milliseconds.
const WAIT_MS: u32 = 25;
/// How often it does so before it gives up: 5 seconds.
const MAX_WAITS: u32 = 200;
/// How often one request fetches the keys before it gives up.
const MAX_FETCHES: u32 = 2;

/// Verifies the tokens of one issuer.
///
/// Made once per isolate and shared by all requests: it holds the issuer's keys and recent verdicts, and nothing about
/// any request. It accepts nothing until [`with_secret`](Self::with_secret) or [`with_jwks`](Self::with_jwks) was called.
pub struct Verifier<H, F> {
    host: H,
    policy: Policy,
    secret: Option<Rc<Key>>,
    jwks: Option<Jwks<F>>,
    seen: RefCell<Seen>,
}

struct Jwks<F> {
    url: String,
    transport: F,
    cache: RefCell<JwksCache>,
}

/// The claims of a token whose signature, dates, issuer and audience were found right.
///
/// Only [`Verifier::verify`] makes one, so a function that takes it can't be called with anything less.
#[derive(Clone, Debug)]
pub struct Verified {
    claims: Rc<Claims>,
    by_secret: bool,
}

impl Verified {
    /// What was verified: claims, and whether the shared secret signed them.
    pub(super) fn new(claims: Rc<Claims>, by_secret: bool) -> Verified {
        Verified { claims, by_secret }
    }

    /// Whether the shared secret signed it, which only the issuer and this deployment have; a key set may serve others as well.
    pub fn by_secret(&self) -> bool {
        self.by_secret
    }

    /// The claims.
    pub fn claims(&self) -> &Claims {
        &self.claims
    }
}

impl<H: Host, F: FetchKeys> Verifier<H, F> {
    /// A verifier without keys.
    pub fn new(host: H, policy: Policy) -> Self {
        Verifier { host, policy, secret: None, jwks: None, seen: RefCell::default() }
    }

    /// Accepts HS256 tokens signed with the project's shared secret (made by [`Key::secret`]).
    ///
    /// Other keys are not accepted here, and a key set never provides a secret: that is what rules out key confusion.
    pub fn with_secret(mut self, secret: Key) -> Self {
        self.secret = (secret.algorithm() == Algorithm::Hs256).then(|| Rc::new(secret));
        self
    }

    /// Accepts ES256 and RS256 tokens signed with a key that the issuer publishes at `url`
    /// (Supabase: `{project}/auth/v1/.well-known/jwks.json`).
    pub fn with_jwks(mut self, url: impl Into<String>, transport: F, timing: Timing) -> Self {
        self.jwks = Some(Jwks { url: url.into(), transport, cache: RefCell::new(JwksCache::new(timing)) });
        self
    }

    /// Verifies a compact token, without `Bearer`.
    ///
    /// A token that was verified within the last minute with the same keys costs no cryptography. So a key that the
    /// issuer withdraws is honoured for at most [`Timing::ttl`] plus one minute while the issuer answers.
    pub async fn verify(&self, token: &str) -> Result<Verified, AuthError> {
        let now = self.host.now();
        let seen = self.seen.borrow_mut().get(token, self.generation(), now);
        if let Some(verified) = seen {
            verified.claims.check(&self.policy, now / 1000)?;
            return Ok(verified);
        }

        let unverified = Unverified::parse(token)?;
        let key = self.key(unverified.header()).await?;
        // Taken with the key, before anything else can run: a verdict of older keys must not be remembered.
        let generation = self.generation();
        // `key` has seen to this; said again here because everything hangs on it.
        if !key.serves(unverified.header()) {
            return Err(AuthError::Algorithm);
        }
        // A length that can't be right doesn't have to bother the host.
        if unverified.signature().len() != key.signature_bytes()
            || !self.host.check(&key, unverified.signing_input(), unverified.signature()).await?
        {
            return Err(AuthError::Signature);
        }
        let by_secret = key.algorithm() == Algorithm::Hs256;
        let verified = Verified::new(Rc::new(unverified.trust()?), by_secret);
        let now = self.host.now();
        verified.claims.check(&self.policy, now / 1000)?;
        self.seen.borrow_mut().insert(token, &verified, generation, now);
        Ok(verified)
    }

    /// The key for a header: the shared secret for HS256 and nothing else, the key set for the rest.
    async fn key(&self, header: &Header) -> Result<Rc<Key>, AuthError> {
        if header.algorithm == Algorithm::Hs256 {
            return self.secret.clone().ok_or(AuthError::Algorithm);
        }
        let jwks = self.jwks.as_ref().ok_or(AuthError::Algorithm)?;
        let (mut waits, mut fetches) = (0, 0);
        loop {
            let decision = jwks.cache.borrow_mut().decide(header, self.host.now());
            match decision {
                Decision::Use(key) => return Ok(key),
                Decision::Refuse(error) => return Err(error),
                // The state machine asks once; a clock that is set back must not make that a loop.
                Decision::Fetch(lease) if fetches < MAX_FETCHES => {
                    fetches += 1;
                    let outcome = fetch(jwks).await;
                    jwks.cache.borrow_mut().complete(lease, outcome, self.host.now());
                }
                // Each request sleeps on a timer of its own: workerd forbids waiting for another request's promise.
                Decision::Wait if waits < MAX_WAITS => {
                    waits += 1;
                    self.host.sleep(WAIT_MS).await;
                }
                Decision::Fetch(_) | Decision::Wait => return Err(AuthError::KeysUnavailable(Outage::Waiting)),
            }
        }
    }

    fn generation(&self) -> u64 {
        self.jwks.as_ref().map_or(0, |jwks| jwks.cache.borrow().generation())
    }
}

async fn fetch<F: FetchKeys>(jwks: &Jwks<F>) -> Result<KeySet, Outage> {
    let (status, body) = jwks.transport.fetch(&jwks.url).await.map_err(|_| Outage::Transport)?;
    if status != 200 {
        return Err(Outage::Status(status));
    }
    KeySet::parse(&body).map_err(Outage::Document)
}

impl<H, F> fmt::Debug for Verifier<H, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").field("policy", &self.policy).finish_non_exhaustive()
    }
}
