//! JSON objects whose member names are unique.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;

/// A JSON object read one member at a time, refused as a whole when a name occurs twice.
///
/// Parsers disagree on which of two equal names wins, and a disagreement between us and whoever reads the same token
/// next is a way in (RFC 7515 section 4, RFC 8725 section 2.4). Names are compared after unescaping.
pub(super) struct UniqueObject<'a>(BTreeMap<String, &'a RawValue>);

/// A member had another type than the one asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct WrongType;

impl<'a> UniqueObject<'a> {
    /// The object that `json` holds; `None` for broken UTF-8, broken JSON, another kind of value, or a repeated name.
    pub(super) fn parse(json: &'a [u8]) -> Option<Self> {
        serde_json::from_str(std::str::from_utf8(json).ok()?).ok()
    }

    /// The member's text as it was written, if there is such a member.
    pub(super) fn raw(&self, name: &str) -> Option<&'a RawValue> {
        self.0.get(name).copied()
    }

    /// Whether a member of that name exists, with any value.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The member as a `T`: `Ok(None)` when it is absent, an error when it is anything else (`null` included).
    pub(super) fn member<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, WrongType> {
        self.raw(name).map(|raw| serde_json::from_str(raw.get()).map_err(|_| WrongType)).transpose()
    }

    /// Like [`member`](Self::member), with `null` read as absent.
    pub(super) fn nullable<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, WrongType> {
        Ok(self.member::<Option<T>>(name)?.flatten())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for UniqueObject<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = UniqueObject<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object with unique member names")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = BTreeMap::new();
                while let Some((name, value)) = map.next_entry::<String, &'de RawValue>()? {
                    if members.insert(name, value).is_some() {
                        return Err(A::Error::custom("a member name occurs twice"));
                    }
                }
                Ok(UniqueObject(members))
            }
        }

        deserializer.deserialize_map(Members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_name_is_refused_even_when_it_is_escaped() {
        assert!(UniqueObject::parse(br#"{"a":1,"b":2}"#).is_some());
        assert!(UniqueObject::parse(br#"{"a":1,"a":1}"#).is_none());
        assert!(UniqueObject::parse(br#"{"a":1,"\u0061":2}"#).is_none());
    }

    #[test]
    fn only_an_object_is_an_object() {
        for json in ["", "null", "[]", "[1]", "\"a\"", "1", "{", "{}x", "{\"a\":}", "{\"a\":1,}", "\u{feff}{}"] {
            assert!(UniqueObject::parse(json.as_bytes()).is_none(), "{json:?}");
        }
        assert!(UniqueObject::parse(b"{\"a\":\"\xff\"}").is_none());
    }

    #[test]
    fn deep_nesting_neither_overflows_the_stack_nor_reaches_a_typed_member() {
        let json = format!(r#"{{"bomb":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
        if let Some(object) = UniqueObject::parse(json.as_bytes()) {
            assert_eq!(object.member::<serde_json::Value>("bomb"), Err(WrongType));
        }
        assert!(UniqueObject::parse("{\"a\":".repeat(100_000).as_bytes()).is_none());
    }

    #[test]
    fn absent_null_and_wrong_are_three_things() {
        let object = UniqueObject::parse(br#"{"null":null,"number":1}"#).expect("an object");
        assert_eq!(object.member::<String>("absent"), Ok(None));
        assert_eq!(object.member::<String>("null"), Err(WrongType));
        assert_eq!(object.nullable::<String>("null"), Ok(None));
        assert_eq!(object.nullable::<String>("number"), Err(WrongType));
    }
}
