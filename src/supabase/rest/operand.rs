//! The right side of a filter.

/// A value as PostgREST reads it in a filter: plain text, to be cast to the column's type by Postgres.
///
/// There is no way from `Option`: `eq` with a null is never true in SQL, and what is meant is
/// [`is`](super::Query::is) with [`Is::Null`](super::Is::Null).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operand(String);

impl Operand {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn into_string(self) -> String {
        self.0
    }
}

impl From<&str> for Operand {
    fn from(text: &str) -> Operand {
        Operand(text.to_owned())
    }
}

impl From<String> for Operand {
    fn from(text: String) -> Operand {
        Operand(text)
    }
}

impl From<&String> for Operand {
    fn from(text: &String) -> Operand {
        Operand(text.clone())
    }
}

impl From<bool> for Operand {
    fn from(value: bool) -> Operand {
        Operand(value.to_string())
    }
}

impl From<f64> for Operand {
    fn from(value: f64) -> Operand {
        Operand(number(value))
    }
}

macro_rules! whole {
    ($($kind:ty),*) => {$(
        impl From<$kind> for Operand {
            fn from(value: $kind) -> Operand {
                Operand(value.to_string())
            }
        }
    )*};
}

whole!(i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize);

/// Writes `value` as JavaScript's `Number::toString` does, which Postgres reads back as the same number.
pub(super) fn number(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    // Rust's `{}` and `{:e}` both give the shortest digits that read back as the same number, as JavaScript does;
    // they differ only in when an exponent is written.
    if (1e-6..1e21).contains(&value.abs()) {
        return value.to_string();
    }
    let text = format!("{value:e}");
    if text.contains("e-") { text } else { text.replacen('e', "e+", 1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_look_as_javascript_writes_them() {
        for (value, text) in [
            (1.0, "1"),
            (-0.0, "0"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (-1.5e300, "-1.5e+300"),
            (1e-6, "0.000001"),
            (1.5e-7, "1.5e-7"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn big_whole_numbers_keep_every_digit() {
        assert_eq!(Operand::from(9_007_199_254_740_993_i64).as_str(), "9007199254740993");
        assert_eq!(Operand::from(u64::MAX).as_str(), "18446744073709551615");
    }
}
