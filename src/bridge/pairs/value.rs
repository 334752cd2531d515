//! Values as serde reads them: one with its name, or the several that one name was given.

use serde::de::{self, Deserializer, IntoDeserializer, Visitor};

use super::PairsError;

/// The values that one name was given, in order.
pub(super) struct Values<'a> {
    pub(super) name: &'a str,
    pub(super) values: Vec<&'a str>,
}

impl<'a> Values<'a> {
    fn one(&self) -> Result<Value<'a>, PairsError> {
        match self.values[..] {
            [value] => Ok(Value { name: self.name, value }),
            _ => {
                let given: Vec<String> = self.values.iter().map(|value| format!("{value:?}")).collect();
                Err(PairsError::Repeated { name: self.name.to_owned(), given: given.join(" and ") })
            }
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
pub(super) struct Value<'a> {
    pub(super) name: &'a str,
    pub(super) value: &'a str,
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
