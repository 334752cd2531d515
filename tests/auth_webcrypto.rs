//! Supabase Auth with the real WebCrypto, in headless Chromium: `cargo test --target wasm32-unknown-unknown --test auth_webcrypto`.
//!
//! Keys are generated and tokens signed by the browser, so a signature that we accept is one that somebody else made.
#![cfg(target_arch = "wasm32")]

use std::cell::{Cell, RefCell};
use std::future::{Ready, ready};
use std::rc::Rc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hashi::supabase::auth::error::Outage;
use hashi::supabase::auth::{AuthError, Host, Key, NoAnswer, Policy, Timing, Verifier, WebCrypto};
use js_sys::futures::JsFuture;
use js_sys::{Array, JSON, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{Crypto, CryptoKey, SubtleCrypto};

wasm_bindgen_test_configure!(run_in_browser);

const SECRET: &str = "super-secret-jwt-token-with-at-least-32-characters-long";
const CLAIMS: &str = r#"{"iss":"https://x.supabase.co/auth/v1","aud":"authenticated","role":"authenticated","sub":"u1","exp":4102444800}"#;
const ES256: &str = r#"{"name":"ECDSA","namedCurve":"P-256","hash":"SHA-256"}"#;

fn subtle() -> SubtleCrypto {
    let crypto = Reflect::get(&js_sys::global(), &"crypto".into()).expect("crypto");
    crypto.unchecked_into::<Crypto>().subtle()
}

fn object(json: &str) -> Object {
    JSON::parse(json).expect("JSON").unchecked_into()
}

async fn settle(promise: impl Into<Promise>) -> JsValue {
    JsFuture::from(promise.into()).await.expect("the promise resolves")
}

/// An issuer's key that lives in the browser.
struct Signer {
    alg: &'static str,
    algorithm: Object,
    private: CryptoKey,
    jwk: String,
}

impl Signer {
    async fn es256(kid: &str) -> Signer {
        Signer::generate("ES256", object(ES256), kid).await
    }

    async fn rs256(kid: &str, bits: u32) -> Signer {
        let algorithm = object(&format!(r#"{{"name":"RSASSA-PKCS1-v1_5","modulusLength":{bits},"hash":"SHA-256"}}"#));
        let exponent = Uint8Array::from(&[1u8, 0, 1][..]);
        Reflect::set(&algorithm, &"publicExponent".into(), &exponent).expect("an object");
        Signer::generate("RS256", algorithm, kid).await
    }

    async fn hs256(secret: &[u8]) -> Signer {
        let algorithm = object(r#"{"name":"HMAC","hash":"SHA-256"}"#);
        let data = Uint8Array::from(secret);
        let usages = Array::of1(&"sign".into());
        let key = subtle().import_key_with_object("raw", &data, &algorithm, false, &usages).expect("an import");
        let private = settle(key).await.unchecked_into();
        Signer { alg: "HS256", algorithm, private, jwk: String::new() }
    }

    async fn generate(alg: &'static str, algorithm: Object, kid: &str) -> Signer {
        let usages = Array::of2(&"sign".into(), &"verify".into());
        let pair = settle(subtle().generate_key_with_object(&algorithm, true, &usages).expect("a generation")).await;
        let part = |name: &str| Reflect::get(&pair, &name.into()).expect("a key pair").unchecked_into::<CryptoKey>();
        let jwk = settle(subtle().export_key("jwk", &part("publicKey")).expect("an export")).await;
        Reflect::set(&jwk, &"kid".into(), &kid.into()).expect("an object");
        Reflect::set(&jwk, &"alg".into(), &alg.into()).expect("an object");
        let jwk = JSON::stringify(&jwk).expect("JSON").into();
        Signer { alg, algorithm, private: part("privateKey"), jwk }
    }

    async fn sign(&self, header: &str, claims: &str) -> String {
        let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let data = Uint8Array::from(input.as_bytes());
        let signature = subtle().sign_with_object_and_buffer_source(&self.algorithm, &self.private, &data);
        let signature = Uint8Array::new(&settle(signature.expect("a signature")).await).to_vec();
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    async fn token(&self, kid: &str) -> String {
        self.sign(&format!(r#"{{"alg":"{}","kid":"{kid}","typ":"JWT"}}"#, self.alg), CLAIMS).await
    }
}

/// The real host with a clock that a test can turn on, and a count of what reaches the cryptography.
#[derive(Clone, Default)]
struct TurnedClock {
    crypto: Rc<WebCrypto>,
    ahead: Rc<Cell<u64>>,
    checks: Rc<Cell<u32>>,
}

impl Host for TurnedClock {
    fn now(&self) -> u64 {
        self.crypto.now() + self.ahead.get()
    }

    async fn sleep(&self, milliseconds: u32) {
        self.crypto.sleep(milliseconds).await;
    }

    async fn check(&self, key: &Rc<Key>, input: &[u8], signature: &[u8]) -> Result<bool, AuthError> {
        self.checks.set(self.checks.get() + 1);
        self.crypto.check(key, input, signature).await
    }
}

type Answer = Result<(u16, Vec<u8>), NoAnswer>;
type Issuer = Rc<RefCell<Answer>>;

fn publish(issuer: &Issuer, signers: &[&Signer]) {
    let keys: Vec<_> = signers.iter().map(|signer| signer.jwk.as_str()).collect();
    *issuer.borrow_mut() = Ok((200, format!(r#"{{"keys":[{}]}}"#, keys.join(",")).into_bytes()));
}

fn issuer(signers: &[&Signer]) -> Issuer {
    let issuer = Rc::new(RefCell::new(Err(NoAnswer)));
    publish(&issuer, signers);
    issuer
}

fn verifier(host: &TurnedClock, issuer: &Issuer) -> Verifier<TurnedClock, impl Fn(String) -> Ready<Answer> + use<>> {
    let issuer = Rc::clone(issuer);
    let transport = move |_url: String| ready(issuer.borrow().clone());
    Verifier::new(host.clone(), Policy::supabase("https://x.supabase.co"))
        .with_jwks("https://x.supabase.co/auth/v1/.well-known/jwks.json", transport, Timing::default())
        .with_secret(Key::secret(SECRET).expect("a good secret"))
}

/// The same token with one bit of that part changed.
fn tampered(token: &str, part: usize) -> String {
    let mut parts: Vec<String> = token.split('.').map(ToOwned::to_owned).collect();
    let mut bytes = URL_SAFE_NO_PAD.decode(&parts[part]).expect("base64url");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    parts[part] = URL_SAFE_NO_PAD.encode(bytes);
    parts.join(".")
}

#[wasm_bindgen_test]
async fn good_tokens_of_each_algorithm_verify_and_damaged_ones_do_not() {
    let (es, rs, hs) =
        (Signer::es256("e").await, Signer::rs256("r", 2048).await, Signer::hs256(SECRET.as_bytes()).await);
    let host = TurnedClock::default();
    let verifier = verifier(&host, &issuer(&[&es, &rs]));
    for token in [es.token("e").await, rs.token("r").await, hs.token("h").await] {
        for part in [1, 2] {
            let error = verifier.verify(&tampered(&token, part)).await.expect_err("a damaged token");
            assert_eq!(error, AuthError::Signature, "part {part}");
        }
        let verified = verifier.verify(&token).await.expect("a good token");
        assert_eq!(verified.claims().sub.as_deref(), Some("u1"));
        let before = host.checks.get();
        assert!(verifier.verify(&token).await.is_ok());
        assert_eq!(host.checks.get(), before, "a second look costs no cryptography");
    }
}

#[wasm_bindgen_test]
async fn large_rsa_keys_work_and_small_ones_are_unknown() {
    let (large, small) = (Signer::rs256("large", 4096).await, Signer::rs256("small", 1024).await);
    let verifier = verifier(&TurnedClock::default(), &issuer(&[&large, &small]));
    assert!(verifier.verify(&large.token("large").await).await.is_ok());
    assert_eq!(verifier.verify(&small.token("small").await).await.err(), Some(AuthError::UnknownKey));
}

#[wasm_bindgen_test]
async fn somebody_elses_key_does_not_do() {
    let (mine, other) = (Signer::es256("k").await, Signer::es256("k").await);
    let verifier = verifier(&TurnedClock::default(), &issuer(&[&mine]));
    assert_eq!(verifier.verify(&other.token("k").await).await.err(), Some(AuthError::Signature));
    let other_secret = Signer::hs256(b"another secret of more than thirty-two bytes").await;
    assert_eq!(verifier.verify(&other_secret.token("k").await).await.err(), Some(AuthError::Signature));
}

#[wasm_bindgen_test]
async fn keys_are_not_confused() {
    let (es, rs) = (Signer::es256("e").await, Signer::rs256("r", 2048).await);
    let verifier = verifier(&TurnedClock::default(), &issuer(&[&es, &rs]));
    for public in [&es.jwk, &rs.jwk] {
        for kid in ["e", "r"] {
            let forged = Signer::hs256(public.as_bytes()).await.token(kid).await;
            assert_eq!(verifier.verify(&forged).await.err(), Some(AuthError::Signature));
        }
    }
    for (signer, header) in [(&es, r#"{"alg":"RS256","kid":"e"}"#), (&rs, r#"{"alg":"ES256","kid":"r"}"#)] {
        assert_eq!(verifier.verify(&signer.sign(header, CLAIMS).await).await.err(), Some(AuthError::Algorithm));
    }
    for (signer, header) in [(&es, r#"{"alg":"RS256","kid":"r"}"#), (&rs, r#"{"alg":"ES256","kid":"e"}"#)] {
        assert_eq!(verifier.verify(&signer.sign(header, CLAIMS).await).await.err(), Some(AuthError::Signature));
    }
    for alg in ["none", "nOnE"] {
        let header = format!(r#"{{"alg":"{alg}","kid":"e"}}"#);
        assert_eq!(verifier.verify(&es.sign(&header, CLAIMS).await).await.err(), Some(AuthError::Algorithm));
    }
}

#[wasm_bindgen_test]
async fn keys_rotate_and_an_outage_is_bridged() {
    let (old, new) = (Signer::es256("old").await, Signer::rs256("new", 2048).await);
    let (old_token, new_token) = (old.token("old").await, new.token("new").await);
    let host = TurnedClock::default();
    let issuer = issuer(&[&old]);
    let verifier = verifier(&host, &issuer);
    assert!(verifier.verify(&old_token).await.is_ok());
    assert_eq!(verifier.verify(&new_token).await.err(), Some(AuthError::UnknownKey));

    publish(&issuer, &[&new]);
    host.ahead.set(31_000);
    assert!(verifier.verify(&new_token).await.is_ok());
    assert_eq!(verifier.verify(&old_token).await.err(), Some(AuthError::UnknownKey), "withdrawn, remembered or not");

    *issuer.borrow_mut() = Err(NoAnswer);
    host.ahead.set(31_000 + 15 * 60_000);
    assert!(verifier.verify(&new_token).await.is_ok(), "the last good keys serve");
}

#[wasm_bindgen_test]
async fn a_key_that_the_browser_refuses_is_the_issuers_fault() {
    let signer = Signer::es256("k").await;
    let issuer = issuer(&[]);
    let (x, y) = (URL_SAFE_NO_PAD.encode([1u8; 32]), URL_SAFE_NO_PAD.encode([2u8; 32]));
    let off_curve = format!(r#"{{"keys":[{{"kty":"EC","crv":"P-256","kid":"k","x":"{x}","y":"{y}"}}]}}"#);
    *issuer.borrow_mut() = Ok((200, off_curve.into_bytes()));
    let verifier = verifier(&TurnedClock::default(), &issuer);
    let error = verifier.verify(&signer.token("k").await).await.expect_err("no such point");
    assert_eq!(error, AuthError::KeysUnavailable(Outage::Import));
}

#[wasm_bindgen_test]
async fn the_hosts_clock_and_timer_run() {
    let host = WebCrypto::new();
    let before = host.now();
    assert!(before > 1_700_000_000_000, "milliseconds since 1970: {before}");
    host.sleep(50).await;
    assert!((45..5000).contains(&(host.now() - before)));
}
