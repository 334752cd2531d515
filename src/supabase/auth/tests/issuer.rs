//! An issuer that signs whatever a test wants.

use std::rc::Rc;

use ring::hmac;
use ring::rand::SystemRandom;
use ring::rsa::{KeyPair as RsaKeyPair, KeyPairComponents, PublicKeyComponents};
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256};

use super::rfc7515::{RSA_N, RSA_PRIVATE};
use super::world::{RingHost, Transport, World};
use crate::supabase::auth::base64url::{decode, encode};
use crate::supabase::auth::{Key, Policy, Timing, Verifier};

pub const PROJECT: &str = "https://x.supabase.co";
pub const JWKS_URL: &str = "https://x.supabase.co/auth/v1/.well-known/jwks.json";
pub const SECRET: &str = "super-secret-jwt-token-with-at-least-32-characters-long";
pub const NOW: u64 = 1_800_000_000;
pub const CLAIMS: &str = r#"{"iss":"https://x.supabase.co/auth/v1","aud":"authenticated","role":"authenticated","sub":"u1","iat":1799999990,"exp":1800003600}"#;

pub type TestVerifier = Verifier<RingHost, Transport>;

/// A verifier with the secret and the key set.
pub fn verifier(world: &Rc<World>) -> TestVerifier {
    public_keys_only(world).with_secret(Key::secret(SECRET).expect("a good secret"))
}

/// A verifier that knows the key set alone.
pub fn public_keys_only(world: &Rc<World>) -> TestVerifier {
    Verifier::new(RingHost(Rc::clone(world)), Policy::supabase(PROJECT)).with_jwks(
        JWKS_URL,
        Transport(Rc::clone(world)),
        Timing::default(),
    )
}

pub enum Signer {
    Hs256(Vec<u8>),
    Es256(Box<EcdsaKeyPair>),
    Rs256(Box<RsaKeyPair>),
}

impl Signer {
    pub fn hs256(secret: &[u8]) -> Signer {
        Signer::Hs256(secret.to_vec())
    }

    /// A new key each time.
    pub fn es256() -> Signer {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("a key");
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random);
        Signer::Es256(Box::new(pair.expect("a key")))
    }

    /// The key of RFC 7515 A.2.
    pub fn rs256() -> Signer {
        let [d, p, q, dp, dq, qi] = RSA_PRIVATE.map(|text| decode(text).expect("base64url"));
        let public_key = PublicKeyComponents { n: decode(RSA_N).expect("base64url"), e: vec![1, 0, 1] };
        let pair = RsaKeyPair::from_components(&KeyPairComponents { public_key, d, p, q, dP: dp, dQ: dq, qInv: qi });
        Signer::Rs256(Box::new(pair.expect("a key")))
    }

    pub fn signature(&self, input: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Signer::Hs256(secret) => hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), input).as_ref().to_vec(),
            Signer::Es256(pair) => pair.sign(&random, input).expect("a signature").as_ref().to_vec(),
            Signer::Rs256(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, input, &mut signature).expect("a signature");
                signature
            }
        }
    }

    /// A compact token with exactly these two JSON texts.
    pub fn sign(&self, header: &str, claims: &str) -> String {
        let input = format!("{}.{}", encode(header.as_bytes()), encode(claims.as_bytes()));
        let signature = encode(&self.signature(input.as_bytes()));
        format!("{input}.{signature}")
    }

    /// A token with the right `alg` and that `kid`.
    pub fn token(&self, kid: &str, claims: &str) -> String {
        let alg = match self {
            Signer::Hs256(_) => "HS256",
            Signer::Es256(_) => "ES256",
            Signer::Rs256(_) => "RS256",
        };
        self.sign(&format!(r#"{{"alg":"{alg}","kid":"{kid}","typ":"JWT"}}"#), claims)
    }

    /// The public key as Supabase publishes it.
    pub fn jwk(&self, kid: &str) -> String {
        match self {
            Signer::Hs256(_) => panic!("a secret is not published"),
            Signer::Es256(pair) => {
                let point = pair.public_key().as_ref();
                let (x, y) = (encode(&point[1..33]), encode(&point[33..]));
                format!(
                    r#"{{"alg":"ES256","crv":"P-256","ext":true,"key_ops":["verify"],"kid":"{kid}","kty":"EC","use":"sig","x":"{x}","y":"{y}"}}"#
                )
            }
            Signer::Rs256(_) => {
                format!(r#"{{"alg":"RS256","kid":"{kid}","kty":"RSA","use":"sig","n":"{RSA_N}","e":"AQAB"}}"#)
            }
        }
    }
}
