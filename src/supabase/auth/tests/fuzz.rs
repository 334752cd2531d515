//! Random damage: nothing panics, and nothing that was changed is accepted.

use super::issuer::{CLAIMS, NOW, SECRET, Signer, TestVerifier, verifier};
use super::world::{World, run};
use crate::supabase::auth::key_set::KeySet;

/// xorshift64*: the same damage in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % bound.max(1)
    }

    /// A letter that is likely to pass the first checks, or now and then any character.
    fn letter(&mut self) -> char {
        const LIKELY: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/";
        match self.below(8) {
            0 => char::from_u32(self.below(0x3000) as u32).unwrap_or('\0'),
            _ => LIKELY[self.below(LIKELY.len())] as char,
        }
    }

    /// One to three small changes.
    fn damage(&mut self, text: &str, other: &str) -> String {
        let mut letters: Vec<char> = text.chars().collect();
        for _ in 0..=self.below(3) {
            let at = self.below(letters.len());
            match self.below(8) {
                0..3 => letters[at] = self.letter(),
                3 => letters.insert(at, self.letter()),
                4 if letters.len() > 1 => drop(letters.remove(at)),
                5 => {
                    let to = self.below(letters.len());
                    letters.swap(at, to);
                }
                6 => {
                    let tail: Vec<char> = other.chars().skip(at).collect();
                    letters.truncate(at);
                    letters.extend(tail);
                }
                _ => letters.truncate(at.max(1)),
            }
            if letters.is_empty() {
                letters.push('.');
            }
        }
        letters.into_iter().collect()
    }
}

fn world_and_signers() -> (TestVerifier, [Signer; 3]) {
    let world = World::at(NOW);
    let signers = [Signer::hs256(SECRET.as_bytes()), Signer::es256(), Signer::rs256()];
    world.publish(&[signers[1].jwk("k1"), signers[2].jwk("k2")]);
    (verifier(&world), signers)
}

#[test]
fn a_hundred_thousand_damaged_tokens_are_all_refused() {
    let (verifier, signers) = world_and_signers();
    let good: Vec<String> =
        signers.iter().enumerate().map(|(n, signer)| signer.token(&format!("k{n}"), CLAIMS)).collect();
    for token in &good {
        assert!(run(verifier.verify(token)).is_ok());
    }
    let mut random = Random(0x6861_7368_6921);
    let (mut tried, mut signatures) = (0, 0);
    while tried < 100_000 {
        // Mostly HS256, which is quick to check.
        let pick = |n: usize| if n < 8 { 0 } else { n - 7 };
        let (one, other) = (pick(random.below(10)), pick(random.below(10)));
        let token = random.damage(&good[one], &good[other]);
        if good.contains(&token) {
            continue;
        }
        tried += 1;
        let error = run(verifier.verify(&token)).expect_err(&token);
        signatures += u32::from(error.code() == "jwt_signature");
    }
    assert!(signatures > 10_000, "the damage must reach the signature check often: {signatures}");
}

#[test]
fn signed_nonsense_never_panics_and_keeps_its_end() {
    let (verifier, signers) = world_and_signers();
    let header = r#"{"alg":"HS256","typ":"JWT","kid":"k"}"#;
    let mut random = Random(7);
    let mut accepted = 0;
    for _ in 0..20_000 {
        let claims = random.damage(CLAIMS, header);
        let header = if random.below(2) == 0 { random.damage(header, CLAIMS) } else { header.to_owned() };
        if let Ok(verified) = run(verifier.verify(&signers[0].sign(&header, &claims))) {
            accepted += 1;
            let claims = verified.claims();
            assert!(claims.exp + 30 > NOW, "{claims:?}");
            assert_eq!(claims.iss.as_deref(), Some("https://x.supabase.co/auth/v1"));
            assert!(claims.aud.iter().any(|aud| aud == "authenticated"), "{claims:?}");
            // Another reader of the same text must not see other values (it may refuse a number that nobody here reads).
            if let Ok(value) = serde_json::from_str::<serde_json::Value>(claims.json()) {
                assert_eq!(value["exp"], claims.exp);
                assert_eq!(value["sub"].as_str(), claims.sub.as_deref());
                assert_eq!(value["role"].as_str(), claims.role.as_deref());
            }
        }
    }
    assert!(accepted > 100, "some damage hits what nobody reads: {accepted}");
}

#[test]
fn damaged_key_sets_never_panic() {
    let (_, signers) = world_and_signers();
    let set = format!(r#"{{"keys":[{},{}]}}"#, signers[1].jwk("k1"), signers[2].jwk("k2"));
    let mut random = Random(11);
    let mut read = 0;
    for _ in 0..20_000 {
        read += u32::from(KeySet::parse(random.damage(&set, &set).as_bytes()).is_ok());
    }
    assert!(read > 1000, "{read}");
}
