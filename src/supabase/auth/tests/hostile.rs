//! Tokens that somebody made in order to get in.

use super::issuer::{CLAIMS, NOW, SECRET, Signer, public_keys_only, verifier};
use super::rfc7515::RSA_N;
use super::world::{World, run};
use crate::supabase::auth::AuthError;
use crate::supabase::auth::base64url::{decode, encode};
use crate::supabase::auth::error::Flaw;

fn verdict(token: &str, keys: &[String]) -> Result<String, AuthError> {
    let world = World::at(NOW);
    world.publish(keys);
    run(verifier(&world).verify(token)).map(|verified| verified.claims().json().to_owned())
}

#[test]
fn no_spelling_of_none_gets_in_with_or_without_a_signature() {
    let key = Signer::es256();
    for alg in ["none", "None", "nOnE", "NONE", "n\\u006fne", " none", "none\\u0000", ""] {
        let input =
            format!("{}.{}", encode(format!(r#"{{"alg":"{alg}","kid":"k"}}"#).as_bytes()), encode(CLAIMS.as_bytes()));
        assert_eq!(verdict(&format!("{input}."), &[key.jwk("k")]), Err(Flaw::Parts.into()), "{alg}");
        let signed = format!("{input}.{}", encode(&key.signature(input.as_bytes())));
        assert_eq!(verdict(&signed, &[key.jwk("k")]), Err(AuthError::Algorithm), "{alg}");
    }
}

#[test]
fn a_public_key_is_never_an_hmac_secret() {
    let (rs, es) = (Signer::rs256(), Signer::es256());
    let (rs_jwk, es_jwk) = (rs.jwk("r"), es.jwk("e"));
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{RSA_N}\n-----END PUBLIC KEY-----\n");
    let modulus = decode(RSA_N).expect("base64url");
    let set = format!(r#"{{"keys":[{rs_jwk},{es_jwk}]}}"#);
    for bytes in [rs_jwk.as_bytes(), es_jwk.as_bytes(), pem.as_bytes(), &modulus, RSA_N.as_bytes(), set.as_bytes(), b""]
    {
        for kid in ["r", "e", "other"] {
            let token = Signer::hs256(bytes).token(kid, CLAIMS);
            assert_eq!(verdict(&token, &[rs_jwk.clone(), es_jwk.clone()]), Err(AuthError::Signature));
            let world = World::at(NOW);
            world.publish(&[rs_jwk.clone(), es_jwk.clone()]);
            assert_eq!(run(public_keys_only(&world).verify(&token)).err(), Some(AuthError::Algorithm));
            assert_eq!(world.checks.get() + world.fetches.get(), 0, "refused before any key is looked at");
        }
    }
}

#[test]
fn a_published_symmetric_key_opens_nothing() {
    let leaked = b"an-issuer-should-not-publish-this-secret";
    let jwk = format!(r#"{{"kty":"oct","alg":"HS256","kid":"o","k":"{}"}}"#, encode(leaked));
    assert_eq!(verdict(&Signer::hs256(leaked).token("o", CLAIMS), &[jwk]), Err(AuthError::Signature));
}

#[test]
fn the_algorithm_of_the_key_decides() {
    let (rs, es) = (Signer::rs256(), Signer::es256());
    let keys = [rs.jwk("r"), es.jwk("e")];
    for (signer, alg, kid) in [(&rs, "ES256", "r"), (&es, "RS256", "e"), (&es, "RS256", "r"), (&rs, "ES256", "e")] {
        let token = signer.sign(&format!(r#"{{"alg":"{alg}","kid":"{kid}"}}"#), CLAIMS);
        assert!(matches!(verdict(&token, &keys), Err(AuthError::Algorithm | AuthError::Signature)), "{alg} {kid}");
    }
    for (signer, kid) in [(&rs, "r"), (&es, "e")] {
        let token = signer.sign(&format!(r#"{{"alg":"HS256","kid":"{kid}"}}"#), CLAIMS);
        assert_eq!(verdict(&token, &keys), Err(AuthError::Signature), "an HS256 header looks at the secret alone");
    }
}

#[test]
fn keys_in_the_header_are_not_looked_at() {
    let (issuer, thief) = (Signer::es256(), Signer::es256());
    let jwk = thief.jwk("k");
    for more in [
        format!(r#""jwk":{jwk}"#),
        r#""jku":"https://thief.example/jwks.json""#.into(),
        r#""x5u":"https://thief.example/cert.pem""#.into(),
        r#""x5c":["MIIB"]"#.into(),
    ] {
        let token = thief.sign(&format!(r#"{{"alg":"ES256","kid":"k",{more}}}"#), CLAIMS);
        assert_eq!(verdict(&token, &[issuer.jwk("k")]), Err(AuthError::Signature), "{more}");
    }
}

#[test]
fn a_key_id_is_a_name_and_nothing_else() {
    let signer = Signer::es256();
    for kid in ["../../../../dev/null", "k' or '1'='1", "https://thief.example/jwks.json", "k;ls", "${k}", "k\\u0020"] {
        assert_eq!(verdict(&signer.token(kid, CLAIMS), &[signer.jwk("k")]), Err(AuthError::UnknownKey), "{kid}");
    }
    for kid in ["", "k\\u0000", "k\\n", "\\ud83d\\ude00"] {
        assert_eq!(
            verdict(&signer.token(kid, CLAIMS), &[signer.jwk("k")]),
            Err(Flaw::Parameter("kid").into()),
            "{kid}"
        );
    }
}

#[test]
fn ecdsa_signatures_of_other_forms_are_refused() {
    let signer = Signer::es256();
    let token = signer.token("k", CLAIMS);
    let (input, signature) = token.rsplit_once('.').expect("dots");
    let signature = decode(signature).expect("base64url");
    let der = |r: &[u8], s: &[u8]| [&[0x30, 68, 2, 32], r, &[2, 32], s].concat();
    for forged in [
        vec![0; 64],
        [&[0; 32][..], &signature[32..]].concat(),
        [&signature[..32], &[0; 32]].concat(),
        [&signature[32..], &signature[..32]].concat(),
        der(&signature[..32], &signature[32..]),
        signature[..63].to_vec(),
        [&signature[..], &[0]].concat(),
        vec![0xff; 64],
    ] {
        assert_eq!(verdict(&format!("{input}.{}", encode(&forged)), &[signer.jwk("k")]), Err(AuthError::Signature));
    }
}

#[test]
fn another_spelling_of_the_same_signature_is_refused() {
    let signer = Signer::es256();
    let token = signer.token("k", CLAIMS);
    let keys = [signer.jwk("k")];
    let last = token.chars().next_back().expect("a letter");
    for other in ('A'..='Z').chain('a'..='z').chain('0'..='9').filter(|other| *other != last) {
        let forged = format!("{}{other}", &token[..token.len() - 1]);
        assert!(verdict(&forged, &keys).is_err(), "{other} for {last}");
    }
    for forged in
        [format!("{token}="), format!("{token}=="), format!(" {token}"), format!("{token} "), format!("{token}\n")]
    {
        assert_eq!(verdict(&forged, &keys), Err(Flaw::Base64.into()));
    }
    assert!(verdict(&token, &keys).is_ok());
}

#[test]
fn parts_of_two_good_tokens_make_no_third() {
    let signer = Signer::hs256(SECRET.as_bytes());
    let mine = signer.token("k", CLAIMS);
    let yours = signer.token("k", &CLAIMS.replace("\"u1\"", "\"u2\""));
    let (mine, yours): (Vec<_>, Vec<_>) = (mine.split('.').collect(), yours.split('.').collect());
    assert_eq!(verdict(&[mine[0], yours[1], mine[2]].join("."), &[]), Err(AuthError::Signature));
    assert_eq!(verdict(&[mine[0], mine[1], yours[2]].join("."), &[]), Err(AuthError::Signature));
}

#[test]
fn a_good_signature_does_not_excuse_bad_claims() {
    let signer = Signer::hs256(SECRET.as_bytes());
    let claims = |from: &str, to: &str| verdict(&signer.token("k", &CLAIMS.replace(from, to)), &[]).err();
    assert!(verdict(&signer.token("k", CLAIMS), &[]).is_ok());
    assert_eq!(claims("1800003600", "1799999970"), Some(AuthError::Expired));
    assert_eq!(claims("1800003600", "\"1800003600\""), Some(Flaw::Claim("exp").into()));
    assert_eq!(claims("1800003600", "1.8e9"), Some(Flaw::Claim("exp").into()));
    assert_eq!(claims("1800003600", "1800003600000"), Some(Flaw::Claim("exp").into()));
    assert_eq!(claims(",\"exp\":1800003600", ""), Some(Flaw::Claim("exp").into()));
    assert_eq!(claims("1799999990", "1800000031"), Some(AuthError::NotYetValid));
    assert_eq!(claims("\"authenticated\",\"role\"", "\"anon\",\"role\""), Some(AuthError::Audience));
    assert_eq!(claims("https://x.", "https://y."), Some(AuthError::Issuer));
    assert_eq!(claims("\"u1\"", "\"u1\",\"sub\":\"admin\""), Some(Flaw::Payload.into()));
    for payload in ["", "null", "[]", "\"text\"", "{\"exp\":1800003600", "\u{feff}{}"] {
        let result = verdict(&signer.token("k", payload), &[]).err();
        let expected = if payload.is_empty() { Flaw::Parts } else { Flaw::Payload };
        assert_eq!(result, Some(expected.into()), "{payload:?}");
    }
}

#[test]
fn deep_nesting_does_no_harm() {
    let signer = Signer::hs256(SECRET.as_bytes());
    let bomb = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
    let claims = CLAIMS.replace("\"u1\"", &format!("\"u1\",\"user_metadata\":{bomb}"));
    // Kept as text; whoever reads it as values meets serde_json's depth limit, not the end of the stack.
    let json = verdict(&signer.token("k", &claims), &[]).expect("signed by the issuer");
    assert!(serde_json::from_str::<serde_json::Value>(&json).is_err());
    let header = format!(r#"{{"alg":"HS256","kid":{bomb}}}"#);
    assert_eq!(verdict(&signer.sign(&header, CLAIMS), &[]), Err(Flaw::Parameter("kid").into()));
    let open = format!(r#"{{"alg":"HS256","x":{}"#, "{\"a\":".repeat(2000));
    assert_eq!(verdict(&signer.sign(&open, CLAIMS), &[]), Err(Flaw::Header.into()));
}

#[test]
fn errors_quote_nothing() {
    let signer = Signer::hs256(b"some other secret, long enough for HS256");
    let claims = CLAIMS.replace("\"u1\"", "\"needle-in-claims\"");
    let world = World::at(NOW);
    world.publish(&[]);
    let verifier = verifier(&world);
    for token in
        [signer.token("needle-in-kid", &claims), Signer::es256().token("needle-in-kid", &claims), "needle".into()]
    {
        let error = run(verifier.verify(&token)).expect_err("a forged token");
        let shown = format!("{error} {error:?} {} {verifier:?}", error.code());
        assert!(!shown.contains("needle") && !shown.contains(SECRET), "{shown}");
    }
}
