use super::*;
use crate::supabase::auth::header::Algorithm;

const T: Timing = Timing { ttl: 1000, cooldown: 100, stale: 5000, retry: 10, lease: 50 };

fn set(ids: &[&str]) -> KeySet {
    let (x, y) = ("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0");
    let key = |id: &&str| format!(r#"{{"kty":"EC","crv":"P-256","kid":"{id}","x":"{x}","y":"{y}"}}"#);
    let keys: Vec<_> = ids.iter().map(key).collect();
    KeySet::parse(format!(r#"{{"keys":[{}]}}"#, keys.join(",")).as_bytes()).expect("a set")
}

fn header(id: &str) -> Header {
    Header { algorithm: Algorithm::Es256, key_id: Some(id.into()) }
}

fn lease(cache: &mut JwksCache, id: &str, now: u64) -> Lease {
    match cache.decide(&header(id), now) {
        Decision::Fetch(lease) => lease,
        other => panic!("expected a fetch at {now}, got {other:?}"),
    }
}

/// What `decide` says, in short.
fn decide(cache: &mut JwksCache, id: &str, now: u64) -> String {
    match cache.decide(&header(id), now) {
        Decision::Use(key) => format!("use {}", key.id().unwrap_or("?")),
        Decision::Fetch(_) => "fetch".into(),
        Decision::Wait => "wait".into(),
        Decision::Refuse(error) => error.code().into(),
    }
}

fn filled(ids: &[&str]) -> JwksCache {
    let mut cache = JwksCache::new(T);
    let first = lease(&mut cache, "a", 0);
    cache.complete(first, Ok(set(ids)), 0);
    cache
}

#[test]
fn the_first_fetches_and_the_others_wait_for_it() {
    let mut cache = JwksCache::new(T);
    let first = lease(&mut cache, "a", 0);
    assert_eq!(decide(&mut cache, "a", 1), "wait");
    assert_eq!(decide(&mut cache, "b", 1), "wait");
    cache.complete(first, Ok(set(&["a"])), 1);
    assert_eq!(decide(&mut cache, "a", 2), "use a");
    assert_eq!(decide(&mut cache, "b", 2), "jwt_unknown_key");
}

#[test]
fn an_unknown_id_fetches_once_per_cooldown() {
    let mut cache = filled(&["a"]);
    assert_eq!(decide(&mut cache, "x", 99), "jwt_unknown_key");
    let second = lease(&mut cache, "x", 100);
    assert_eq!(decide(&mut cache, "y", 101), "wait");
    assert_eq!(decide(&mut cache, "a", 101), "use a", "known keys don't wait for strangers");
    cache.complete(second, Ok(set(&["a", "y"])), 100);
    assert_eq!(decide(&mut cache, "y", 102), "use y");
    assert_eq!(decide(&mut cache, "x", 199), "jwt_unknown_key");
    assert_eq!(decide(&mut cache, "x", 200), "fetch");
}

#[test]
fn the_wrong_algorithm_for_a_known_id_is_refused_without_a_fetch() {
    let mut cache = filled(&["a"]);
    let confused = Header { algorithm: Algorithm::Rs256, key_id: Some("a".into()) };
    assert!(matches!(cache.decide(&confused, 500), Decision::Refuse(AuthError::Algorithm)));
}

#[test]
fn one_caller_refreshes_old_keys_while_the_others_use_them() {
    let mut cache = filled(&["a"]);
    assert_eq!(decide(&mut cache, "a", 999), "use a");
    let second = lease(&mut cache, "a", 1000);
    assert_eq!(decide(&mut cache, "a", 1001), "use a");
    cache.complete(second, Ok(set(&["b"])), 1001);
    assert_eq!(decide(&mut cache, "a", 1002), "jwt_unknown_key");
    assert_eq!(decide(&mut cache, "b", 1002), "use b");
}

#[test]
fn a_failed_refresh_keeps_the_keys_for_a_while_and_is_not_repeated_at_once() {
    let mut cache = filled(&["a"]);
    let second = lease(&mut cache, "a", 1000);
    cache.complete(second, Err(Outage::Status(503)), 1000);
    assert_eq!(decide(&mut cache, "a", 1001), "use a");
    assert_eq!(decide(&mut cache, "x", 1001), "keys_unavailable");
    let third = lease(&mut cache, "a", 1100);
    cache.complete(third, Err(Outage::Transport), 1100);
    assert_eq!(decide(&mut cache, "a", 1101), "use a");
    let fourth = lease(&mut cache, "a", 5990);
    cache.complete(fourth, Err(Outage::Transport), 5990);
    assert_eq!(decide(&mut cache, "a", 5999), "use a");
    assert_eq!(decide(&mut cache, "a", 6000), "fetch", "too old to be trusted");
}

#[test]
fn without_keys_a_failure_is_retried_soon_but_not_at_once() {
    let mut cache = JwksCache::new(T);
    let first = lease(&mut cache, "a", 0);
    cache.complete(first, Err(Outage::Transport), 0);
    assert_eq!(decide(&mut cache, "a", 9), "keys_unavailable");
    assert_eq!(decide(&mut cache, "a", 10), "fetch");
}

#[test]
fn the_pause_counts_from_the_end_of_a_slow_failure() {
    let mut cache = JwksCache::new(T);
    let slow = lease(&mut cache, "a", 0);
    cache.complete(slow, Err(Outage::Transport), 40);
    assert_eq!(decide(&mut cache, "a", 40), "keys_unavailable");
    assert_eq!(decide(&mut cache, "a", 49), "keys_unavailable");
    assert_eq!(decide(&mut cache, "a", 50), "fetch");
}

#[test]
fn a_lost_fetch_is_taken_over_and_its_late_report_ignored() {
    let mut cache = JwksCache::new(T);
    let lost = lease(&mut cache, "a", 0);
    assert_eq!(decide(&mut cache, "a", 49), "wait");
    let second = lease(&mut cache, "a", 50);
    cache.complete(second, Ok(set(&["new"])), 50);
    cache.complete(lost, Ok(set(&["old"])), 50);
    assert_eq!(decide(&mut cache, "new", 51), "use new");
    assert_eq!(decide(&mut cache, "old", 51), "jwt_unknown_key");
}

#[test]
fn a_slow_report_counts_while_the_one_that_took_over_is_still_out() {
    let mut cache = JwksCache::new(T);
    let slow = lease(&mut cache, "a", 0);
    let second = lease(&mut cache, "a", 50);
    cache.complete(slow, Ok(set(&["a"])), 50);
    assert_eq!(decide(&mut cache, "a", 60), "use a");
    assert_eq!(decide(&mut cache, "b", 60), "wait", "the second may still bring it");
    cache.complete(second, Ok(set(&["b"])), 60);
    assert_eq!(decide(&mut cache, "b", 61), "use b");
}

#[test]
fn a_slow_failure_does_not_spoil_a_later_success() {
    let mut cache = JwksCache::new(T);
    let slow = lease(&mut cache, "a", 0);
    let second = lease(&mut cache, "a", 50);
    cache.complete(second, Ok(set(&["a"])), 50);
    cache.complete(slow, Err(Outage::Transport), 50);
    assert_eq!(decide(&mut cache, "b", 61), "jwt_unknown_key", "the issuer has answered: the token is wrong");
}

#[test]
fn hanging_up_neither_keeps_known_keys_from_being_refreshed_nor_lets_strangers_ask_more_often() {
    let mut cache = filled(&["a"]);
    assert_eq!(decide(&mut cache, "x", 500), "fetch");
    assert_eq!(decide(&mut cache, "x", 549), "wait");
    assert_eq!(decide(&mut cache, "x", 550), "jwt_unknown_key", "lost, but the pause goes on");
    assert_eq!(decide(&mut cache, "x", 600), "fetch");
    assert_eq!(decide(&mut cache, "a", 1000), "fetch");
    assert_eq!(decide(&mut cache, "a", 1049), "use a");
    assert_eq!(decide(&mut cache, "a", 1050), "fetch", "the next caller takes over at once");
}

#[test]
fn a_late_report_still_counts_when_nobody_took_over() {
    let mut cache = JwksCache::new(T);
    let slow = lease(&mut cache, "a", 0);
    cache.complete(slow, Ok(set(&["a"])), 0);
    assert_eq!(decide(&mut cache, "a", 60), "use a");
}

#[test]
fn the_age_of_keys_counts_from_the_question_not_from_the_answer() {
    let mut cache = JwksCache::new(T);
    let slow = lease(&mut cache, "a", 0);
    assert_eq!(decide(&mut cache, "a", 40), "wait");
    cache.complete(slow, Ok(set(&["a"])), 40);
    assert_eq!(decide(&mut cache, "a", 1000), "fetch");
}

#[test]
fn the_generation_grows_only_when_keys_change() {
    let mut cache = filled(&["a"]);
    let before = cache.generation();
    let Decision::Use(key) = cache.decide(&header("a"), 1) else { panic!("a key") };
    let second = lease(&mut cache, "a", 1000);
    cache.complete(second, Ok(set(&["a"])), 1000);
    assert_eq!(cache.generation(), before);
    let Decision::Use(same) = cache.decide(&header("a"), 1001) else { panic!("a key") };
    assert!(Rc::ptr_eq(&key, &same), "a key that stayed keeps its identity");
    let third = lease(&mut cache, "a", 2000);
    cache.complete(third, Ok(set(&["a", "b"])), 2000);
    assert_eq!(cache.generation(), before + 1);
}

#[test]
fn an_issuer_that_withdraws_all_keys_is_obeyed() {
    let mut cache = filled(&["a"]);
    let second = lease(&mut cache, "a", 1000);
    cache.complete(second, Ok(KeySet::default()), 1000);
    assert_eq!(decide(&mut cache, "a", 1001), "jwt_unknown_key");
}

#[test]
fn a_clock_that_is_set_back_does_not_freeze_the_cache() {
    let mut cache = JwksCache::new(T);
    let first = lease(&mut cache, "a", 1_000_000);
    cache.complete(first, Ok(set(&["a"])), 1_000_000);
    assert_eq!(decide(&mut cache, "a", 5), "fetch");
}
