//! The issuer changes its keys, goes away, and many ask at once.

use std::task::{Context, Poll, Waker};

use super::issuer::{CLAIMS, NOW, Signer, public_keys_only};
use super::world::{World, run, run_all};
use crate::supabase::auth::AuthError;
use crate::supabase::auth::error::Outage;

const MINUTE: u64 = 60_000;

#[test]
fn a_new_key_is_picked_up_and_a_withdrawn_one_is_dropped() {
    let world = World::at(NOW);
    let (old, new) = (Signer::es256(), Signer::es256());
    let (old_token, new_token) = (old.token("old", CLAIMS), new.token("new", CLAIMS));
    world.publish(&[old.jwk("old")]);
    let verifier = public_keys_only(&world);
    assert!(run(verifier.verify(&old_token)).is_ok());

    world.publish(&[old.jwk("old"), new.jwk("new")]);
    world.pass(MINUTE / 2);
    assert!(run(verifier.verify(&new_token)).is_ok(), "an unknown key id asks the issuer");
    assert!(run(verifier.verify(&old_token)).is_ok());
    assert_eq!(world.fetches.get(), 2);

    world.publish(&[new.jwk("new")]);
    world.pass(10 * MINUTE);
    assert_eq!(run(verifier.verify(&old_token)).err(), Some(AuthError::UnknownKey));
    assert!(run(verifier.verify(&new_token)).is_ok());
}

#[test]
fn a_remembered_verdict_ends_with_its_key() {
    let world = World::at(NOW);
    let (old, new) = (Signer::es256(), Signer::es256());
    let token = old.token("old", CLAIMS);
    world.publish(&[old.jwk("old")]);
    let verifier = public_keys_only(&world);
    assert!(run(verifier.verify(&token)).is_ok());
    world.publish(&[new.jwk("new")]);
    world.pass(MINUTE / 2);
    assert!(run(verifier.verify(&new.token("new", CLAIMS))).is_ok());
    assert_eq!(run(verifier.verify(&token)).err(), Some(AuthError::UnknownKey), "within its minute, and yet");
}

#[test]
fn a_key_that_changes_under_its_id_is_honoured_as_the_new_one() {
    let world = World::at(NOW);
    let (old, new) = (Signer::es256(), Signer::es256());
    world.publish(&[old.jwk("k")]);
    let verifier = public_keys_only(&world);
    assert!(run(verifier.verify(&old.token("k", CLAIMS))).is_ok());
    world.publish(&[new.jwk("k")]);
    world.pass(10 * MINUTE);
    assert!(run(verifier.verify(&new.token("k", CLAIMS))).is_ok());
    assert_eq!(run(verifier.verify(&old.token("k", CLAIMS))).err(), Some(AuthError::Signature));
}

#[test]
fn strangers_with_random_key_ids_cause_one_fetch_per_half_minute() {
    let world = World::at(NOW);
    let signer = Signer::es256();
    world.publish(&[signer.jwk("k")]);
    let verifier = public_keys_only(&world);
    assert!(run(verifier.verify(&signer.token("k", CLAIMS))).is_ok());
    for n in 0..1200 {
        let error = run(verifier.verify(&signer.token(&format!("made-up-{n}"), CLAIMS))).expect_err("unknown");
        assert_eq!(error, AuthError::UnknownKey);
        world.pass(100);
    }
    assert_eq!(world.fetches.get(), 1 + 3, "two minutes of it");
}

#[test]
fn the_last_good_keys_serve_through_an_outage_of_an_hour() {
    let world = World::at(NOW);
    let signer = Signer::es256();
    world.publish(&[signer.jwk("k")]);
    let verifier = public_keys_only(&world);
    let late = CLAIMS.replace("1800003600", "1800086400");
    let token = signer.token("k", &late);
    assert!(run(verifier.verify(&token)).is_ok());

    *world.answer.borrow_mut() = None;
    for _ in 0..69 {
        world.pass(MINUTE);
        assert!(run(verifier.verify(&token)).is_ok());
    }
    assert!(world.fetches.get() <= 61, "{} fetches", world.fetches.get());
    let unknown = run(verifier.verify(&signer.token("other", &late))).expect_err("unknown");
    assert_eq!(unknown, AuthError::KeysUnavailable(Outage::Transport), "it may be a key that we could not look up");
    world.pass(MINUTE);
    assert_eq!(run(verifier.verify(&token)).err(), Some(AuthError::KeysUnavailable(Outage::Transport)));
    world.publish(&[signer.jwk("k")]);
    world.pass(2_000);
    assert!(run(verifier.verify(&token)).is_ok());
}

#[test]
fn two_hundred_callers_at_a_cold_start_cause_one_fetch() {
    let world = World::at(NOW);
    let signer = Signer::es256();
    world.publish(&[signer.jwk("k")]);
    world.latency.set(3);
    let verifier = public_keys_only(&world);
    let tokens: Vec<_> = (0..200).map(|n| signer.token("k", &CLAIMS.replace("\"u1\"", &format!("\"u{n}\"")))).collect();
    let verdicts = run_all(tokens.iter().map(|token| verifier.verify(token)).collect());
    for (n, verdict) in verdicts.into_iter().enumerate() {
        assert_eq!(verdict.expect("a good token").claims().sub, Some(format!("u{n}")), "each gets its own claims");
    }
    assert_eq!(world.fetches.get(), 1);
}

#[test]
fn a_fetch_that_never_comes_back_neither_blocks_for_ever_nor_for_good() {
    let world = World::at(NOW);
    let signer = Signer::es256();
    let token = signer.token("k", CLAIMS);
    world.publish(&[signer.jwk("k")]);
    world.latency.set(u32::MAX);
    let verifier = public_keys_only(&world);
    // A client that hung up: its future is polled once and then never again, nor dropped.
    let mut gone = Box::pin(verifier.verify(&token));
    assert!(gone.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());

    world.latency.set(0);
    assert!(run(verifier.verify(&token)).is_ok(), "the next caller waits a little and takes over");
    assert_eq!(world.fetches.get(), 2);
    assert!((2_000..2_100).contains(&(world.now.get() - NOW * 1000)), "{}", world.now.get());
}

#[test]
fn nobody_waits_longer_than_five_seconds_for_others() {
    let world = World::at(NOW);
    let signer = Signer::es256();
    let token = signer.token("k", CLAIMS);
    world.latency.set(u32::MAX);
    let verifier = public_keys_only(&world);
    let mut context = Context::from_waker(Waker::noop());
    let mut gone = Vec::new();
    let mut patient = Box::pin(verifier.verify(&token));
    for _ in 0..1000 {
        // Somebody who hangs up always comes first.
        world.pass(25);
        gone.push(Box::pin(verifier.verify(&token)));
        assert!(gone.last_mut().is_some_and(|gone| gone.as_mut().poll(&mut context).is_pending()));
        if let Poll::Ready(verdict) = patient.as_mut().poll(&mut context) {
            assert_eq!(verdict.err(), Some(AuthError::KeysUnavailable(Outage::Waiting)));
            let waited = world.now.get() - NOW * 1000;
            assert!((5_000..5_100).contains(&waited), "{waited}");
            return;
        }
    }
    panic!("still waiting");
}
