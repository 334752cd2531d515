//! One call of the table: a method's name and its arguments.

use hashi::supabase::rest::{Count, Operand};
use serde::Deserialize;
use serde_json::{Value, value::RawValue};

#[derive(Deserialize)]
#[serde(transparent)]
pub struct Step<'a>(#[serde(borrow)] Vec<&'a RawValue>);

impl Step<'_> {
    pub fn name(&self) -> String {
        self.text(0)
    }

    /// The argument at `index` (the name is 0), null if it isn't given.
    pub fn value(&self, index: usize) -> Value {
        self.0.get(index).map_or(Value::Null, |raw| serde_json::from_str(raw.get()).expect("JSON"))
    }

    pub fn text(&self, index: usize) -> String {
        self.value(index).as_str().unwrap_or_else(|| panic!("a string at {index} of {:?}", self.0)).to_owned()
    }

    pub fn number(&self, index: usize) -> u64 {
        self.value(index).as_u64().unwrap_or_else(|| panic!("a whole number at {index} of {:?}", self.0))
    }

    /// A field of the options, which supabase-js takes as its last argument.
    pub fn option(&self, name: &str) -> Value {
        let options = self.0.last().map(|raw| serde_json::from_str::<Value>(raw.get()).expect("JSON"));
        options.and_then(|options| options.get(name).cloned()).unwrap_or_default()
    }

    pub fn count(&self) -> Option<Count> {
        Some(match self.option("count").as_str()? {
            "exact" => Count::Exact,
            "planned" => Count::Planned,
            "estimated" => Count::Estimated,
            other => panic!("the count {other}"),
        })
    }

    /// The argument at `index` with its fields in the order of the table, without the table's white space.
    pub fn body(&self, index: usize) -> Box<RawValue> {
        compact(self.0[index].get())
    }
}

fn compact(json: &str) -> Box<RawValue> {
    let mut quoted = false;
    let mut escaped = false;
    let mut out = String::new();
    for c in json.chars() {
        if !quoted && c.is_ascii_whitespace() {
            continue;
        }
        if c == '"' && !escaped {
            quoted = !quoted;
        }
        escaped = c == '\\' && !escaped;
        out.push(c);
    }
    RawValue::from_string(out).expect("JSON")
}

/// The right side of a filter; `null` is the word, as in `not("year", "is", null)`.
pub fn operand(value: &Value) -> Operand {
    match value {
        Value::Null => Operand::from("null"),
        Value::Bool(value) => Operand::from(*value),
        Value::String(text) => Operand::from(text),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Operand::from(whole),
            (None, Some(float)) => Operand::from(float),
            _ => panic!("the number {number}"),
        },
        other => match other.get("$bigint").and_then(Value::as_str) {
            Some(digits) => Operand::from(digits.parse::<i128>().expect("digits")),
            None => panic!("the operand {other}"),
        },
    }
}

pub fn operands(value: &Value) -> Vec<Operand> {
    value.as_array().unwrap_or_else(|| panic!("an array, not {value}")).iter().map(operand).collect()
}
