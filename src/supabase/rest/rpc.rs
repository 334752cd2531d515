//! Arguments of functions that are called through the URL.

use super::{Error, body, operand, operator, quote};
use serde::Serialize;
use serde_json::Value;

/// One argument as the URL holds it.
pub(super) struct Argument {
    pub(super) text: String,
    /// Whether it is a map, or a sequence with one in it.
    pub(super) holds_map: bool,
    /// Whether PostgREST would read it as something else than an argument.
    pub(super) misread: bool,
}

/// The named arguments in `arguments`, in their order.
pub(super) fn arguments(arguments: &impl Serialize) -> Result<Vec<(String, Argument)>, Error> {
    let json = serde_json::to_vec(arguments).map_err(Error::Encode)?;
    body::fields(&json)?
        .into_iter()
        .map(|(name, raw)| {
            let raw = raw.get();
            // A whole number keeps all its digits only as text.
            let whole = raw.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
            let value = if whole { Value::Null } else { serde_json::from_str(raw).map_err(Error::Encode)? };
            let text = if whole { raw.to_owned() } else { plain(&value) };
            let misread = is_reserved(&name) || operator::looks_like_filter(&text);
            Ok((name, Argument { holds_map: holds_map(&value), misread, text }))
        })
        .collect()
}

/// Whether a parameter of this name is never an argument.
fn is_reserved(name: &str) -> bool {
    name.contains('.')
        || matches!(name, "select" | "columns" | "on_conflict" | "order" | "limit" | "offset" | "and" | "or")
}

fn holds_map(value: &Value) -> bool {
    match value {
        Value::Object(_) => true,
        Value::Array(items) => items.iter().any(holds_map),
        _ => false,
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => digits(number),
        Value::Array(items) => array(items),
        other => other.to_string(),
    }
}

fn digits(number: &serde_json::Number) -> String {
    match (number.is_f64(), number.as_f64()) {
        (true, Some(float)) => operand::number(float),
        _ => number.to_string(),
    }
}

/// `items` as a Postgres array literal, nested ones as further dimensions.
fn array(items: &[Value]) -> String {
    let mut out = String::from("{");
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        match item {
            Value::Null => out.push_str("NULL"),
            Value::Array(inner) => out.push_str(&array(inner)),
            other => quote::array_item(&mut out, &plain(other)),
        }
    }
    out.push('}');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn texts(value: &Value) -> Vec<String> {
        arguments(value).expect("a map").into_iter().map(|(_, argument)| argument.text).collect()
    }

    #[test]
    fn arguments_become_what_postgres_casts_back() {
        assert_eq!(texts(&json!({"a": u64::MAX})), ["18446744073709551615"]);
        assert_eq!(texts(&json!({"a": 1.0})), ["1"]);
        assert_eq!(texts(&json!({"a": null})), ["null"]);
        assert_eq!(texts(&json!({"a": [["x,y", null], ["", 2]]})), [r#"{{"x,y",NULL},{"",2}}"#]);
        assert_eq!(texts(&json!({"a": {"k": [1]}})), [r#"{"k":[1]}"#]);
    }

    #[test]
    fn arguments_that_would_be_read_as_filters_are_told_apart() {
        let misread = |value: Value| arguments(&value).expect("a map")[0].1.misread;
        for text in ["eq.1", "is.null", "not.a.b", "like(any).{a}", "fts(english).cat", "in.(1)"] {
            assert!(misread(json!({"a": text})), "{text}");
        }
        for text in ["", "eq", "equal.1", "a.eq.1", "1.5", "{eq.1}", "Is. it"] {
            assert!(!misread(json!({"a": text})), "{text}");
        }
        assert!(misread(json!({"limit": 1})) && misread(json!({"a.b": 1})));
    }

    #[test]
    fn arguments_without_names_are_refused() {
        assert!(matches!(arguments(&[1, 2]), Err(Error::Encode(_))));
    }
}
