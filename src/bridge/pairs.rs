//! Name-and-value pairs, as a query, a form or a path's parameters give them, decoded into serde types.

use std::borrow::Cow;
use std::fmt;

use serde::de::value::MapDeserializer;
use serde::de::{self, DeserializeOwned, Deserializer, IntoDeserializer, Visitor};
use thiserror::Error;

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
    /// A single value where several were given.
    #[error("{name}: given {count} times; give it once")]
    Repeated {
        /// The parameter's name.
        name: String,
        /// How often it was given.
        count: usize,
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

/// Makes a `T` of pairs: a struct or a map by name, repeated names as a sequence.
pub fn decode<T: DeserializeOwned>(pairs: &[Pair<'_>]) -> Result<T, PairsError> {
    let mut groups: Vec<(&str, Values<'_>)> = Vec::with_capacity(pairs.len());
    for (name, value) in pairs {
        match groups.iter_mut().find(|(known, _)| *known == name.as_ref()) {
            Some((_, values)) => values.values.push(value),
            None => groups.push((name, Values { name, values: vec![value] })),
        }
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

/// The values that one name was given, in order.
struct Values<'a> {
    name: &'a str,
    values: Vec<&'a str>,
}

impl<'a> Values<'a> {
    fn one(&self) -> Result<Value<'a>, PairsError> {
        match self.values[..] {
            [value] => Ok(Value { name: self.name, value }),
            _ => Err(PairsError::Repeated { name: self.name.to_owned(), count: self.values.len() }),
        }
    }
}

/// Forwards a method that wants one value to [`Value`].
macro_rules! forward_one {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PairsError> {
            self.one()?.$method(visitor)
        }
    )*};
}

impl<'de, 'a> Deserializer<'de> for Values<'a> {
    type Error = PairsError;

    forward_one! {
        deserialize_any deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8
        deserialize_u16 deserialize_u32 deserialize_u64 deserialize_f32 deserialize_f64 deserialize_char deserialize_str
        deserialize_string deserialize_bytes deserialize_byte_buf deserialize_unit deserialize_map deserialize_identifier
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PairsError> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, PairsError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, PairsError> {
        self.one()?.deserialize_unit(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, PairsError> {
        self.one()?.deserialize_enum(name, variants, visitor)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PairsError> {
        let name = self.name;
        let values = self.values.into_iter().map(move |value| Value { name, value });
        visitor.visit_seq(de::value::SeqDeserializer::new(values))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, PairsError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, PairsError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, PairsError> {
        self.one()?.deserialize_map(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PairsError> {
        visitor.visit_unit()
    }
}

impl<'de> IntoDeserializer<'de, PairsError> for Values<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// One value with the name that errors cite.
struct Value<'a> {
    name: &'a str,
    value: &'a str,
}

impl Value<'_> {
    fn wrong(&self, expected: &str) -> PairsError {
        PairsError::Value { name: self.name.to_owned(), expected: expected.to_owned(), given: self.value.to_owned() }
    }
}

/// Reads the value as a number before it is visited.
macro_rules! parsed {
    ($($method:ident $visit:ident $type:ty, $expected:literal;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PairsError> {
            visitor.$visit(self.value.parse::<$type>().map_err(|_| self.wrong($expected))?)
        }
    )*};
}

impl<'de> Deserializer<'de> for Value<'_> {
    type Error = PairsError;

    parsed! {
        deserialize_bool visit_bool bool, "true or false";
        deserialize_i8 visit_i8 i8, "a whole number from -128 to 127";
        deserialize_i16 visit_i16 i16, "a whole number from -32768 to 32767";
        deserialize_i32 visit_i32 i32, "a whole number from -2147483648 to 2147483647";
        deserialize_i64 visit_i64 i64, "a whole number of 64 bits";
        deserialize_u8 visit_u8 u8, "a whole number from 0 to 255";
        deserialize_u16 visit_u16 u16, "a whole number from 0 to 65535";
        deserialize_u32 visit_u32 u32, "a whole number from 0 to 4294967295";
        deserialize_u64 visit_u64 u64, "a whole number from 0 to 18446744073709551615";
        deserialize_f32 visit_f32 f32, "a number";
        deserialize_f64 visit_f64 f64, "a number";
        deserialize_char visit_char char, "one character";
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PairsError> {
        visitor.visit_str(self.value)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PairsError> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, PairsError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, PairsError> {
        if !variants.contains(&self.value) {
            return Err(self.wrong(&format!("one of {}", variants.join(", "))));
        }
        visitor.visit_enum(self.value.into_deserializer())
    }

    serde::forward_to_deserialize_any! {
        str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

impl<'de> IntoDeserializer<'de, PairsError> for Value<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// A path's parameters, in the order of the pattern.
struct PathValues<'a> {
    pairs: &'a [(&'a str, Cow<'a, str>)],
}

impl<'a> PathValues<'a> {
    fn only(&self) -> Result<Value<'a>, PairsError> {
        match self.pairs {
            [(name, value)] => Ok(Value { name, value }),
            pairs => Err(PairsError::Shape(format!(
                "the route has {} parameters where the handler reads one; take a tuple or a struct",
                pairs.len()
            ))),
        }
    }
}

macro_rules! forward_only {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PairsError> {
            self.only()?.$method(visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for PathValues<'_> {
    type Error = PairsError;

    forward_only! {
        deserialize_any deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8
        deserialize_u16 deserialize_u32 deserialize_u64 deserialize_f32 deserialize_f64 deserialize_char deserialize_str
        deserialize_string deserialize_bytes deserialize_byte_buf deserialize_unit deserialize_identifier deserialize_option
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, PairsError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, PairsError> {
        visitor.visit_unit()
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, PairsError> {
        self.only()?.deserialize_enum(name, variants, visitor)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PairsError> {
        let values = self.pairs.iter().map(|(name, value)| Value { name, value });
        visitor.visit_seq(de::value::SeqDeserializer::new(values))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, PairsError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, PairsError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PairsError> {
        let pairs = self.pairs.iter().map(|(name, value)| (*name, Value { name, value }));
        visitor.visit_map(MapDeserializer::new(pairs))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, PairsError> {
        self.deserialize_map(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PairsError> {
        visitor.visit_unit()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

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
            ("limit=1&limit=2", "limit: given 2 times; give it once"),
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
