//! What can be wrong with a token, with the keys, or with the host.

use thiserror::Error;

use super::keys::KeyError;

/// Why a token was not accepted.
///
/// No message and no variant holds a part of a token or of a key, so all of them may be logged and shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AuthError {
    /// The text is not a JWT that Hashi reads.
    #[error("the token is malformed: {0}")]
    Malformed(Flaw),
    /// The header's `alg` is `none`, unknown, not accepted here, or not the algorithm of the key that it names.
    #[error("the token's algorithm is not accepted; it must be the algorithm of the issuer's key")]
    Algorithm,
    /// No key of the issuer matches the header's `kid` and `alg`.
    #[error("the token names no key of the issuer")]
    UnknownKey,
    /// The signature does not belong to this token and key.
    #[error("the token's signature is wrong")]
    Signature,
    /// `exp` has passed.
    #[error("the token has expired; refresh the session")]
    Expired,
    /// `nbf` or `iat` lies in the future.
    #[error("the token is not valid yet; check the issuer's clock")]
    NotYetValid,
    /// `aud` is missing or names none of the accepted audiences.
    #[error("the token is meant for another audience")]
    Audience,
    /// `iss` is missing or is not the expected issuer.
    #[error("the token comes from another issuer")]
    Issuer,
    /// The issuer's keys could not be had, so nothing can be said about the token.
    #[error("the issuer's keys are not available: {0}")]
    KeysUnavailable(Outage),
    /// The host's WebCrypto failed, so nothing can be said about the token.
    #[error("the host could not check the signature")]
    Host,
}

impl AuthError {
    /// The stable name of the error, for problem documents and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            AuthError::Malformed(_) => "jwt_malformed",
            AuthError::Algorithm => "jwt_algorithm",
            AuthError::UnknownKey => "jwt_unknown_key",
            AuthError::Signature => "jwt_signature",
            AuthError::Expired => "jwt_expired",
            AuthError::NotYetValid => "jwt_not_yet_valid",
            AuthError::Audience => "jwt_audience",
            AuthError::Issuer => "jwt_issuer",
            AuthError::KeysUnavailable(_) => "keys_unavailable",
            AuthError::Host => "crypto_unavailable",
        }
    }

    /// Whether the token is to blame (401); otherwise the token may be fine and a later try may succeed (503).
    pub const fn is_callers(&self) -> bool {
        !matches!(self, AuthError::KeysUnavailable(_) | AuthError::Host)
    }
}

/// What makes a token malformed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Flaw {
    /// More bytes than [`MAX_TOKEN_BYTES`](super::token::MAX_TOKEN_BYTES).
    #[error("it is longer than 16 KiB")]
    TooLong,
    /// Not three parts between two dots, or an empty part.
    #[error("it must have three parts separated by dots")]
    Parts,
    /// A part is not canonical base64url without padding.
    #[error("each part must be base64url without padding")]
    Base64,
    /// The header is not a JSON object with unique names.
    #[error("the header must be a JSON object with unique names")]
    Header,
    /// A header parameter has the wrong type or a refused value.
    #[error("the header parameter {0} is not acceptable")]
    Parameter(&'static str),
    /// The payload is not a JSON object with unique names.
    #[error("the payload must be a JSON object with unique names")]
    Payload,
    /// A claim is missing or has the wrong type.
    #[error("the claim {0} is missing or has the wrong type")]
    Claim(&'static str),
}

impl From<Flaw> for AuthError {
    fn from(flaw: Flaw) -> Self {
        AuthError::Malformed(flaw)
    }
}

/// Why the issuer's keys are not available.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Outage {
    /// The request got no answer; the transport that failed has logged why.
    #[error("the key set could not be fetched")]
    Transport,
    /// The answer was not 200.
    #[error("the key set was answered with status {0}")]
    Status(u16),
    /// The answer was no key set.
    #[error("{0}")]
    Document(KeyError),
    /// Another request was fetching the keys and took too long.
    #[error("the key set is still being fetched")]
    Waiting,
    /// The host refused to import the key, for example because its point is not on the curve.
    #[error("the host refused the key")]
    Import,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_outages_are_not_the_callers_fault() {
        assert!(AuthError::Signature.is_callers());
        assert!(AuthError::Malformed(Flaw::Parts).is_callers());
        assert!(!AuthError::KeysUnavailable(Outage::Transport).is_callers());
        assert!(!AuthError::Host.is_callers());
    }
}
