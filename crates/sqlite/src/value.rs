//! What a column holds and what a parameter is.

use rusqlite::Statement;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};

use crate::failure::{Code, Failure};

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

impl Parameters {
    /// Binds them, all of them and no other.
    pub(crate) fn bind(&self, statement: &mut Statement<'_>) -> Result<(), Failure> {
        let count = statement.parameter_count();
        let refuse = |what: String| Err(Failure::new(Code::Parameter, what));
        match self {
            Self::None if count == 0 => {}
            Self::None => return refuse(format!("the statement has {count} parameters, and none was given")),
            Self::Positional(values) => {
                if values.len() != count {
                    return refuse(format!("the statement has {count} parameters, and {} were given", values.len()));
                }
                for (index, value) in values.iter().enumerate() {
                    statement.raw_bind_parameter(index + 1, value.cell())?;
                }
            }
            Self::Named(values) => {
                let mut used = 0;
                for index in 1..=count {
                    let name = statement.parameter_name(index).and_then(|name| name.get(1..)).unwrap_or("").to_owned();
                    let Some((_, value)) = values.iter().find(|(given, _)| *given == name) else {
                        return refuse(format!(
                            "parameter {index} of the statement is named {name:?}, and no such value was given"
                        ));
                    };
                    statement.raw_bind_parameter(index, value.cell())?;
                    used += 1;
                }
                if used < values.len() {
                    let names: Vec<_> = values.iter().map(|(name, _)| name.as_str()).collect();
                    return refuse(format!(
                        "the statement has {count} named parameters, and given were {}",
                        names.join(", ")
                    ));
                }
            }
        }
        Ok(())
    }
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
