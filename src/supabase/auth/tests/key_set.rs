use super::*;
use crate::supabase::auth::header::Algorithm;

const N: &str = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
const X: &str = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
const Y: &str = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";

fn parse(keys: &[String]) -> KeySet {
    KeySet::parse(format!(r#"{{"keys":[{}]}}"#, keys.join(",")).as_bytes()).expect("a set")
}

fn ec(more: &str) -> String {
    format!(r#"{{"kty":"EC","crv":"P-256","x":"{X}","y":"{Y}"{more}}}"#)
}

fn rsa(n: &str, e: &str) -> String {
    format!(r#"{{"kty":"RSA","n":"{n}","e":"{e}"}}"#)
}

fn header(algorithm: Algorithm, key_id: Option<&str>) -> Header {
    Header { algorithm, key_id: key_id.map(ToOwned::to_owned) }
}

#[test]
fn keys_for_other_things_are_skipped_without_complaint() {
    let set = parse(&[
        r#"{"kty":"oct","k":"c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA","alg":"HS256"}"#.into(),
        r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#.into(),
        r#"{"kty":"new-kind"}"#.into(),
        format!(r#"{{"kty":"EC","crv":"P-384","x":"{X}","y":"{Y}"}}"#),
        format!(r#"{{"kty":"EC","crv":"secp256k1","x":"{X}","y":"{Y}"}}"#),
        ec(r#","use":"enc""#),
        ec(r#","alg":"ECDH-ES""#),
        ec(r#","alg":"HS256""#),
        ec(r#","alg":"none""#),
        ec(r#","key_ops":["sign"]"#),
        ec(r#","key_ops":[]"#),
        format!(r#"{{"kty":"RSA","alg":"PS256","n":"{N}","e":"AQAB"}}"#),
        format!(r#"{{"kty":"RSA","alg":"RS512","n":"{N}","e":"AQAB"}}"#),
    ]);
    assert!(set.is_empty() && set.refused().is_empty(), "{set:?}");
}

#[test]
fn a_broken_key_is_refused_and_the_others_serve() {
    let broken = [
        (r#"{"kid":"a"}"#.to_owned(), KeyError::Member("kty")),
        (r#"{"kty":1}"#.to_owned(), KeyError::Member("kty")),
        (r#"{"kty":"EC","crv":"P-256"}"#.to_owned(), KeyError::Member("x")),
        (format!(r#"{{"kty":"EC","crv":"P-256","x":"{X}"}}"#), KeyError::Member("y")),
        (format!(r#"{{"kty":"EC","crv":"P-256","x":"{X}AA","y":"{Y}"}}"#), KeyError::Member("x")),
        (format!(r#"{{"kty":"EC","crv":"P-256","x":"{X}=","y":"{Y}"}}"#), KeyError::Member("x")),
        (format!(r#"{{"kty":"EC","crv":"P-256","x":"","y":"{Y}"}}"#), KeyError::Member("x")),
        (ec(r#","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI""#), KeyError::Private),
        (ec(r#","kid":"""#), KeyError::Member("kid")),
        (ec(r#","kid":7"#), KeyError::Member("kid")),
        (ec(r#","key_ops":"verify""#), KeyError::Member("key_ops")),
        (rsa("", "AQAB"), KeyError::ModulusSize),
        (rsa(N, "AQ"), KeyError::Member("e")),
        (rsa(N, "Ag"), KeyError::Member("e")),
        (rsa(N, ""), KeyError::Member("e")),
        (rsa(N, "AAAAAAAA"), KeyError::Member("e")),
        (rsa(N, "AQAAAAE"), KeyError::Member("e")),
        (rsa(&format!("{}A", &N[..N.len() - 1]), "AQAB"), KeyError::Member("n")),
    ];
    for (key, error) in broken {
        let set = parse(&[key.clone(), ec(r#","kid":"good""#)]);
        assert_eq!(set.refused(), [error], "{key}");
        assert_eq!(set.len(), 1, "{key}");
    }
}

#[test]
fn an_rsa_key_has_2048_to_8192_bits_counted_without_zeros() {
    let of_bits = |bits: usize| {
        let mut bytes = vec![0xffu8; bits.div_ceil(8)];
        if !bits.is_multiple_of(8) {
            bytes[0] = (1 << (bits % 8)) - 1;
        }
        bytes
    };
    let refused = |bytes: &[u8]| parse(&[rsa(&base64url::encode(bytes), "AQAB")]).refused().first().copied();
    for bits in [512, 1024, 2040, 2047, 8193, 16384] {
        assert_eq!(refused(&of_bits(bits)), Some(KeyError::ModulusSize), "{bits}");
    }
    for bits in [2048, 3072, 4096, 8192] {
        assert_eq!(refused(&of_bits(bits)), None, "{bits}");
    }
    let padded = [vec![0; 200], of_bits(1024)].concat();
    assert_eq!(refused(&padded), Some(KeyError::ModulusSize), "zeros in front don't make a key strong");
}

#[test]
fn what_is_no_key_set_is_refused() {
    for json in ["", "[]", "{}", r#"{"keys":{}}"#, r#"{"keys":[1]}"#, r#"{"keys":[null]}"#, "<html>", r#"{"keys":[{}"#]
    {
        assert_eq!(KeySet::parse(json.as_bytes()).err(), Some(KeyError::Set), "{json}");
    }
    let twice = format!(r#"{{"keys":[{{"kty":"EC","crv":"P-256","x":"{X}","x":"{Y}","y":"{Y}"}}]}}"#);
    assert_eq!(KeySet::parse(twice.as_bytes()).err(), Some(KeyError::Set));
    let bomb = format!(r#"{{"keys":[{}]}}"#, "[".repeat(MAX_SET_BYTES - 20));
    assert_eq!(KeySet::parse(bomb.as_bytes()).err(), Some(KeyError::Set));
    assert_eq!(KeySet::parse(&vec![b' '; MAX_SET_BYTES + 1]).err(), Some(KeyError::LargeSet));
    assert!(KeySet::parse(br#"{"keys":[]}"#).is_ok_and(|set| set.is_empty()), "an issuer without keys is one");
}

#[test]
fn a_key_is_selected_by_id_and_must_have_the_headers_algorithm() {
    let set = parse(&[ec(r#","kid":"e""#), format!(r#"{{"kty":"RSA","kid":"r","n":"{N}","e":"AQAB"}}"#)]);
    let select = |algorithm, id| set.select(&header(algorithm, id)).map(|key| key.algorithm());
    assert_eq!(select(Algorithm::Es256, Some("e")), Ok(Algorithm::Es256));
    assert_eq!(select(Algorithm::Rs256, Some("r")), Ok(Algorithm::Rs256));
    for (algorithm, id) in
        [(Algorithm::Rs256, "e"), (Algorithm::Es256, "r"), (Algorithm::Hs256, "e"), (Algorithm::Hs256, "r")]
    {
        assert_eq!(select(algorithm, Some(id)), Err(AuthError::Algorithm), "{algorithm:?} {id}");
    }
    for id in ["E", "e ", "e\u{0}", "../e", "' or 1=1", "*"] {
        assert_eq!(select(Algorithm::Es256, Some(id)), Err(AuthError::UnknownKey), "{id:?}");
    }
}

#[test]
fn without_an_id_there_must_be_one_key_only() {
    let one = parse(&[ec(r#","kid":"a""#), rsa(N, "AQAB")]);
    assert!(one.select(&header(Algorithm::Es256, None)).is_ok());
    assert!(one.select(&header(Algorithm::Rs256, None)).is_ok());
    assert_eq!(one.select(&header(Algorithm::Hs256, None)).err(), Some(AuthError::UnknownKey));
    let two = parse(&[ec(r#","kid":"a""#), ec(r#","kid":"b""#)]);
    assert_eq!(two.select(&header(Algorithm::Es256, None)).err(), Some(AuthError::UnknownKey));
    let nameless = parse(&[ec("")]);
    assert_eq!(nameless.select(&header(Algorithm::Es256, Some("a"))).err(), Some(AuthError::UnknownKey));
}

#[test]
fn of_two_keys_with_one_id_the_first_serves() {
    let other = format!(r#"{{"kty":"EC","crv":"P-256","kid":"a","x":"{Y}","y":"{X}"}}"#);
    let set = parse(&[ec(r#","kid":"a""#), other]);
    assert_eq!((set.len(), set.refused()), (1, &[KeyError::Ambiguous][..]));
    let both_kinds = parse(&[ec(r#","kid":"a""#), format!(r#"{{"kty":"RSA","kid":"a","n":"{N}","e":"AQAB"}}"#)]);
    assert_eq!(both_kinds.len(), 2, "RFC 7517 section 4.5 allows one id for two kinds");
    assert!(both_kinds.select(&header(Algorithm::Rs256, Some("a"))).is_ok());
}

#[test]
fn a_set_uses_a_bounded_number_of_keys() {
    let keys: Vec<_> = (0..100).map(|n| ec(&format!(r#","kid":"k{n}""#))).collect();
    assert_eq!(parse(&keys).len(), MAX_KEYS);
}
