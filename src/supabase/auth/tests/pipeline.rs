//! Good tokens are accepted, and what belongs to them comes out.

use std::rc::Rc;

use super::issuer::{CLAIMS, JWKS_URL, NOW, Signer, public_keys_only, verifier};
use super::rfc7515;
use super::world::{RingHost, Transport, World, run};
use crate::supabase::auth::error::Outage;
use crate::supabase::auth::keys::Material;
use crate::supabase::auth::seen::{MAX_SEEN_BYTES, MAX_SEEN_MS};
use crate::supabase::auth::{AuthError, Key, Policy, Timing, Verifier, base64url};

#[test]
fn the_examples_of_rfc_7515_verify() {
    let world = World::at(rfc7515::BEFORE_EXP);
    let (x, y, n) = (rfc7515::EC_X, rfc7515::EC_Y, rfc7515::RSA_N);
    world.publish(&[
        format!(r#"{{"kty":"EC","crv":"P-256","x":"{x}","y":"{y}"}}"#),
        format!(r#"{{"kty":"RSA","n":"{n}","e":"AQAB"}}"#),
    ]);
    let secret = base64url::decode(rfc7515::HS256_KEY).expect("base64url");
    let verifier = Verifier::new(RingHost(Rc::clone(&world)), Policy::any().with_issuer("joe"))
        .with_jwks(JWKS_URL, Transport(Rc::clone(&world)), Timing::default())
        .with_secret(Key { id: None, material: Material::Hs256(secret) });
    for token in [rfc7515::HS256, rfc7515::RS256, rfc7515::ES256] {
        let verified = run(verifier.verify(token)).expect("the RFC's own example");
        assert_eq!(verified.claims().iss.as_deref(), Some("joe"));
        assert!(verified.claims().json().contains("http://example.com/is_root"));
    }
    assert!(run(verifier.verify(rfc7515::UNSECURED)).is_err());
    world.now.set(1_300_819_380_000 + 30_000);
    for token in [rfc7515::HS256, rfc7515::RS256, rfc7515::ES256] {
        assert_eq!(run(verifier.verify(token)).err(), Some(AuthError::Expired));
    }
}

#[test]
fn each_algorithm_verifies_with_its_own_key() {
    let world = World::at(NOW);
    let (es, rs, hs) = (Signer::es256(), Signer::rs256(), Signer::hs256(super::issuer::SECRET.as_bytes()));
    world.publish(&[es.jwk("e"), rs.jwk("r")]);
    let verifier = verifier(&world);
    for token in [es.token("e", CLAIMS), rs.token("r", CLAIMS), hs.token("anything", CLAIMS)] {
        let verified = run(verifier.verify(&token)).expect("a good token");
        assert_eq!(verified.claims().sub.as_deref(), Some("u1"));
        assert_eq!(verified.claims().json(), CLAIMS);
    }
    assert_eq!(world.fetches.get(), 1, "one fetch serves all");
}

#[test]
fn a_verifier_without_keys_accepts_nothing() {
    let world = World::at(NOW);
    let verifier: Verifier<RingHost, Transport> = Verifier::new(RingHost(world), Policy::any());
    for signer in [Signer::es256(), Signer::rs256(), Signer::hs256(b"")] {
        assert_eq!(run(verifier.verify(&signer.token("k", CLAIMS))).err(), Some(AuthError::Algorithm));
    }
}

#[test]
fn a_second_look_costs_no_cryptography_but_still_sees_the_clock() {
    let world = World::at(NOW);
    let verifier = verifier(&world);
    let short = CLAIMS.replace("1800003600", "1800000010");
    let token = Signer::hs256(super::issuer::SECRET.as_bytes()).token("k", &short);
    assert!(run(verifier.verify(&token)).is_ok());
    assert!(run(verifier.verify(&token)).is_ok());
    assert_eq!(world.checks.get(), 1);
    world.pass(39_999);
    assert!(run(verifier.verify(&token)).is_ok());
    world.pass(1);
    assert_eq!(run(verifier.verify(&token)).err(), Some(AuthError::Expired));
    assert_eq!(world.checks.get(), 1);
}

#[test]
fn a_verdict_is_forgotten_after_a_minute_and_never_given_to_another_token() {
    let world = World::at(NOW);
    let verifier = verifier(&world);
    let signer = Signer::hs256(super::issuer::SECRET.as_bytes());
    let token = signer.token("k", CLAIMS);
    assert!(run(verifier.verify(&token)).is_ok());
    world.pass(MAX_SEEN_MS);
    assert!(run(verifier.verify(&token)).is_ok());
    assert_eq!(world.checks.get(), 2);
    let forged = format!("{}.{}", token.rsplit_once('.').expect("dots").0, base64url::encode(&[0; 32]));
    assert_eq!(run(verifier.verify(&forged)).err(), Some(AuthError::Signature));
    assert_eq!(run(verifier.verify(&forged)).err(), Some(AuthError::Signature), "a refusal is never remembered as yes");
}

#[test]
fn a_token_too_long_to_remember_is_checked_each_time() {
    let world = World::at(NOW);
    let verifier = verifier(&world);
    let claims = CLAIMS.replace("\"u1\"", &format!("\"u1\",\"note\":\"{}\"", "a".repeat(MAX_SEEN_BYTES)));
    let token = Signer::hs256(super::issuer::SECRET.as_bytes()).token("k", &claims);
    assert!(run(verifier.verify(&token)).is_ok() && run(verifier.verify(&token)).is_ok());
    assert_eq!(world.checks.get(), 2);
}

#[test]
fn an_issuer_that_answers_nonsense_is_an_outage_and_not_the_callers_fault() {
    let signer = Signer::es256();
    let token = signer.token("e", CLAIMS);
    type Answer = Option<(u16, Vec<u8>)>;
    let answers: [(Answer, Outage); 4] = [
        (None, Outage::Transport),
        (Some((500, b"oops".to_vec())), Outage::Status(500)),
        (Some((302, Vec::new())), Outage::Status(302)),
        (Some((200, b"<html>".to_vec())), Outage::Document(crate::supabase::auth::keys::KeyError::Set)),
    ];
    for (answer, outage) in answers {
        let world = World::at(NOW);
        *world.answer.borrow_mut() = answer;
        let verifier = public_keys_only(&world);
        let error = run(verifier.verify(&token)).expect_err("an outage");
        assert_eq!(error, AuthError::KeysUnavailable(outage));
        assert!(!error.is_callers());
        assert_eq!(run(verifier.verify(&token)).err(), Some(error), "no second try within the pause");
        assert_eq!(world.fetches.get(), 1);
        world.publish(&[signer.jwk("e")]);
        world.pass(2_000);
        assert!(run(verifier.verify(&token)).is_ok(), "a short outage at start must not last");
    }
}

#[test]
fn an_issuer_that_hangs_until_the_deadline_is_asked_once_per_request() {
    let world = World::at(NOW);
    world.duration.set(5_000);
    let verifier = public_keys_only(&world);
    let token = Signer::es256().token("e", CLAIMS);
    assert_eq!(run(verifier.verify(&token)).err(), Some(AuthError::KeysUnavailable(Outage::Transport)));
    assert_eq!(world.fetches.get(), 1);
}
