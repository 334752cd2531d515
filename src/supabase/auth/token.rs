//! Compact tokens before their signature has been checked.

use super::base64url;
use super::claims::Claims;
use super::error::{AuthError, Flaw};
use super::header::Header;

/// The most bytes that a token may have: more than any Supabase session needs, less than a header block may hold.
pub const MAX_TOKEN_BYTES: usize = 16 * 1024;

/// A well-formed compact JWS (RFC 7515 section 3.1) that nobody has verified.
///
/// Its claims can't be read: they come out of [`Verifier::verify`](super::Verifier::verify) alone, so that no caller can
/// trust them by accident.
pub struct Unverified<'a> {
    header: Header,
    payload: Vec<u8>,
    signing_input: &'a str,
    signature: Vec<u8>,
}

impl<'a> Unverified<'a> {
    /// Takes a token apart: three non-empty parts, canonical base64url, a header that Hashi reads.
    pub fn parse(token: &'a str) -> Result<Unverified<'a>, AuthError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(Flaw::TooLong.into());
        }
        let (signing_input, signature) = token.rsplit_once('.').ok_or(Flaw::Parts)?;
        let (header, payload) = signing_input.split_once('.').ok_or(Flaw::Parts)?;
        if header.is_empty() || payload.is_empty() || payload.contains('.') || signature.is_empty() {
            return Err(Flaw::Parts.into());
        }
        let part = |text| base64url::decode(text).ok_or(Flaw::Base64);
        Ok(Unverified {
            header: Header::parse(&part(header)?)?,
            payload: part(payload)?,
            signing_input,
            signature: part(signature)?,
        })
    }

    /// What the token says about its signature.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The bytes that the signature covers: the first two parts with the dot between them.
    pub fn signing_input(&self) -> &'a [u8] {
        self.signing_input.as_bytes()
    }

    /// The signature, as JOSE writes it.
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// The claims. To be called by `verify.rs` only, after the signature has been found right.
    pub(super) fn trust(self) -> Result<Claims, AuthError> {
        Claims::parse(self.payload)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "eyJhbGciOiJIUzI1NiJ9";

    fn flaw(token: &str) -> Option<AuthError> {
        Unverified::parse(token).err()
    }

    #[test]
    fn a_token_has_three_parts() {
        assert!(Unverified::parse(&format!("{HEADER}.e30.AA")).is_ok());
        let wrong = [
            String::new(),
            ".".into(),
            "..".into(),
            HEADER.into(),
            format!("{HEADER}."),
            format!("{HEADER}.e30"),
            format!("{HEADER}.e30."),
            format!("{HEADER}..AA"),
            format!(".{HEADER}.e30"),
            format!("{HEADER}.e30.AA."),
            format!("{HEADER}.e30.AA.AA"),
            format!("{HEADER}.e30..AA"),
            format!("{HEADER}.e30.AA.AA.AA"),
        ];
        for token in wrong {
            assert_eq!(flaw(&token), Some(Flaw::Parts.into()), "{token:?}");
        }
    }

    #[test]
    fn each_part_is_canonical_base64url() {
        for token in [
            format!("{HEADER}=.e30.AA"),
            format!("{HEADER}.e30=.AA"),
            format!("{HEADER}.e30.AA=="),
            format!("{HEADER}.e30.AB"),
            format!("{HEADER}.e31.AB"),
            format!("{HEADER}.e30.A+"),
            format!("{HEADER}.e30.A"),
            format!("{HEADER}.e30. AA"),
            format!("{HEADER}.e30.AA\n"),
            format!("Bearer {HEADER}.e30.AA"),
            format!("{HEADER}.é.AA"),
        ] {
            assert_eq!(flaw(&token), Some(Flaw::Base64.into()), "{token:?}");
        }
    }

    #[test]
    fn a_huge_token_is_refused_before_it_is_read() {
        let token = format!("{HEADER}.{}.AA", "A".repeat(MAX_TOKEN_BYTES));
        assert_eq!(flaw(&token), Some(Flaw::TooLong.into()));
    }

    #[test]
    fn the_signature_covers_exactly_the_first_two_parts() {
        let token = format!("{HEADER}.e30.AQI");
        let parsed = Unverified::parse(&token).expect("a token");
        assert_eq!(parsed.signing_input(), format!("{HEADER}.e30").as_bytes());
        assert_eq!(parsed.signature(), [1, 2]);
    }
}
