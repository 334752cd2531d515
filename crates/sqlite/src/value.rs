//! What a column holds and what a parameter is.

use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};

/// A value that someone else keeps. Text is bytes: SQLite doesn't promise that they are UTF-8.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'a> {
    /// NULL.
    Null,
    /// A 64-bit integer.
    Integer(i64),
    /// A real.
    Real(f64),
    /// Text.
    Text(&'a [u8]),
    /// Bytes.
    Blob(&'a [u8]),
}

impl<'a> From<ValueRef<'a>> for Cell<'a> {
    fn from(value: ValueRef<'a>) -> Self {
        match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(value) => Self::Integer(value),
            ValueRef::Real(value) => Self::Real(value),
            ValueRef::Text(bytes) => Self::Text(bytes),
            ValueRef::Blob(bytes) => Self::Blob(bytes),
        }
    }
}

impl ToSql for Cell<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match *self {
            Self::Null => ValueRef::Null,
            Self::Integer(value) => ValueRef::Integer(value),
            Self::Real(value) => ValueRef::Real(value),
            Self::Text(bytes) => ValueRef::Text(bytes),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

/// A value of its own.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// NULL.
    Null,
    /// A 64-bit integer.
    Integer(i64),
    /// A real.
    Real(f64),
    /// Text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

impl Value {
    /// The same, borrowed.
    pub fn cell(&self) -> Cell<'_> {
        match self {
            Self::Null => Cell::Null,
            Self::Integer(value) => Cell::Integer(*value),
            Self::Real(value) => Cell::Real(*value),
            Self::Text(text) => Cell::Text(text.as_bytes()),
            Self::Blob(bytes) => Cell::Blob(bytes),
        }
    }

    /// A JavaScript number: an integer if it is a whole one that JavaScript counts exactly.
    pub fn number(value: f64) -> Self {
        let whole = value.trunc() == value && value.abs() <= crate::pack::MAX_SAFE as f64;
        if whole { Self::Integer(value as i64) } else { Self::Real(value) }
    }
}

/// The parameters of one statement.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Parameters {
    /// The statement has none.
    #[default]
    None,
    /// For `?`, `?1`, in order.
    Positional(Vec<Value>),
    /// For `:name`, `@name`, `$name`; the names without their first sign.
    Named(Vec<(String, Value)>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_an_integer_while_javascript_counts_exactly() {
        assert_eq!(Value::number(3.0), Value::Integer(3));
        assert_eq!(Value::number(-0.0), Value::Integer(0));
        assert_eq!(Value::number(9_007_199_254_740_991.0), Value::Integer(9_007_199_254_740_991));
        assert_eq!(Value::number(9_007_199_254_740_992.0), Value::Real(9_007_199_254_740_992.0));
        assert_eq!(Value::number(0.5), Value::Real(0.5));
        assert!(matches!(Value::number(f64::INFINITY), Value::Real(_)));
    }
}
