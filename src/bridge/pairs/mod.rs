//! Name-and-value pairs, as a query, a form or a path's parameters give them, decoded into serde types.

mod path;
mod value;

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use serde::de::value::MapDeserializer;
use serde::de::{self, DeserializeOwned};
use thiserror::Error;

use self::path::PathValues;
use self::value::Values;
use super::path::escaped;

/// Why pairs don't make the wanted type.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PairsError {
    /// A value that can't be read as its parameter's type.
    #[error("{name}: expected {expected}, got {given:?}")]
    Value {
        /// The parameter's name.
        name: String,
        /// What would be right.
        expected: String,
        /// What was given.
        given: String,
    },
    /// Several values where one is wanted.
    #[error("{name}: expected one value, got {given}")]
    Repeated {
        /// The parameter's name.
        name: String,
        /// What was given.
        given: String,
    },
    /// A malformed percent-escape or escapes that aren't UTF-8.
    #[error("{name}: malformed percent-escape; write a literal percent sign as %25")]
    Escape {
        /// The name or the value that holds it, undecoded.
        name: String,
    },
    /// Anything that serde says of the whole: a missing or an unknown name.
    #[error("{0}")]
    Shape(String),
}

impl de::Error for PairsError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        PairsError::Shape(message.to_string())
    }

    fn missing_field(field: &'static str) -> Self {
        PairsError::Shape(format!("{field}: missing; it is required"))
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        PairsError::Shape(format!("{field}: unknown parameter; the known ones are {}", expected.join(", ")))
    }
}

/// A decoded name with its decoded value; borrowed where nothing had to be decoded.
pub type Pair<'a> = (Cow<'a, str>, Cow<'a, str>);

/// Reads `application/x-www-form-urlencoded` text (WHATWG URL section 5.1), strict about malformed escapes.
pub fn parse(text: &str) -> Result<Vec<Pair<'_>>, PairsError> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((unescape(name, name)?, unescape(value, name)?))
        })
        .collect()
}

/// How many names are looked through.
const FEW: usize = 16;

/// Makes a `T` of pairs: a struct or a map by name, repeated names as a sequence.
pub fn decode<T: DeserializeOwned>(pairs: &[Pair<'_>]) -> Result<T, PairsError> {
    let mut groups: Vec<(&str, Values<'_>)> = Vec::with_capacity(pairs.len());
    // Of a few it is quicker to look through them; of a stranger's thousands it would take seconds.
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (name, value) in pairs {
        let name = name.as_ref();
        let place = if groups.len() < FEW {
            groups.iter().position(|(known, _)| *known == name)
        } else {
            if places.is_empty() {
                places = groups.iter().enumerate().map(|(at, (known, _))| (*known, at)).collect();
            }
            places.get(name).copied()
        };
        if let Some(at) = place {
            groups[at].1.values.push(value);
            continue;
        }
        if !places.is_empty() {
            places.insert(name, groups.len());
        }
        groups.push((name, Values { name, values: vec![value] }));
    }
    T::deserialize(MapDeserializer::new(groups.into_iter()))
}

/// Makes a `T` of a path's parameters: one of them alone, several in order as a tuple, or a struct by name.
pub fn decode_path<T: DeserializeOwned>(pairs: &[(&str, Cow<'_, str>)]) -> Result<T, PairsError> {
    T::deserialize(PathValues { pairs })
}

fn unescape<'a>(text: &'a str, name: &str) -> Result<Cow<'a, str>, PairsError> {
    let bytes = text.as_bytes();
    if !bytes.iter().any(|byte| matches!(byte, b'%' | b'+')) {
        return Ok(Cow::Borrowed(text));
    }
    let malformed = || PairsError::Escape { name: name.to_owned() };
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'+' => decoded.push(b' '),
            b'%' => {
                decoded.push(escaped(bytes, at).ok_or_else(malformed)?);
                at += 2;
            }
            byte => decoded.push(byte),
        }
        at += 1;
    }
    String::from_utf8(decoded).map(Cow::Owned).map_err(|_| malformed())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use std::collections::BTreeMap;

    #[test]
    fn of_many_names_each_has_its_values() {
        for count in [1, FEW - 1, FEW, FEW + 1, 5000] {
            let text: String = (0..count).flat_map(|at| [format!("n{at}=a"), "&".to_owned()]).collect();
            let text = format!("{text}{text}n0=b&last=c");
            let pairs = parse(&text).expect("pairs");
            let groups: BTreeMap<String, Vec<String>> = decode(&pairs).expect("groups");
            assert_eq!(groups.len(), count + 1);
            assert_eq!(groups["n0"], ["a", "a", "b"]);
            assert_eq!(groups["last"], ["c"]);
            assert!((1..count).all(|at| groups[&format!("n{at}")] == ["a", "a"]), "{count}");
        }
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "snake_case")]
    enum Order {
        Newest,
        Largest,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Search {
        limit: u8,
        q: Option<String>,
        #[serde(default)]
        tag: Vec<String>,
        order: Option<Order>,
    }

    fn search(text: &str) -> Result<Search, PairsError> {
        decode(&parse(text)?)
    }

    #[test]
    fn a_query_becomes_a_struct() {
        let wanted = Search {
            limit: 7,
            q: Some("a b&c".into()),
            tag: vec!["x".into(), "y z".into()],
            order: Some(Order::Largest),
        };
        assert_eq!(search("limit=7&q=a+b%26c&tag=x&tag=y%20z&order=largest"), Ok(wanted));
    }

    #[test]
    fn what_is_wrong_is_named_with_what_would_be_right() {
        for (text, message) in [
            ("limit=300", "limit: expected a whole number from 0 to 255, got \"300\""),
            ("limit=1&limit=2", "limit: expected one value, got \"1\" and \"2\""),
            ("q=x", "limit: missing; it is required"),
            ("limit=1&zoom=2", "zoom: unknown parameter; the known ones are limit, q, tag, order"),
            ("limit=1&order=odd", "order: expected one of newest, largest, got \"odd\""),
            ("limit=%", "limit: malformed percent-escape; write a literal percent sign as %25"),
            ("limit=1&q=%ff", "q: malformed percent-escape; write a literal percent sign as %25"),
        ] {
            assert_eq!(search(text).expect_err(text).to_string(), message);
        }
    }

    #[test]
    fn path_parameters_become_a_value_a_tuple_or_a_struct() {
        #[derive(Debug, Deserialize, PartialEq)]
        struct Named {
            id: u32,
            name: String,
        }
        let one: &[(&str, Cow<str>)] = &[("id", "42".into())];
        let two: &[(&str, Cow<str>)] = &[("id", "42".into()), ("name", "a/b".into())];
        assert_eq!(decode_path::<u32>(one), Ok(42));
        assert_eq!(decode_path::<String>(one), Ok("42".to_owned()));
        assert_eq!(decode_path::<(u32, String)>(two), Ok((42, "a/b".into())));
        assert_eq!(decode_path::<Named>(two), Ok(Named { id: 42, name: "a/b".into() }));
        assert!(decode_path::<u32>(two).is_err());
        let wrong: &[(&str, Cow<str>)] = &[("id", "x".into())];
        let message = decode_path::<u32>(wrong).expect_err("x is no number").to_string();
        assert_eq!(message, "id: expected a whole number from 0 to 4294967295, got \"x\"");
    }
}
