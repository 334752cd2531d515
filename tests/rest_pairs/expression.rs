//! Filters of the table as typed expressions: `["eq", "id", 1]`, `["and", […]]`, `["not", […]]`.

use super::step::{operand, operands};
use hashi::supabase::rest::{Contents, Filter, Group, Is, Operator};
use serde_json::Value;

pub fn is(value: &Value) -> Is {
    match value {
        Value::Null => Is::Null,
        Value::Bool(value) => Is::from(*value),
        Value::String(word) if word == "not_null" => Is::NotNull,
        Value::String(word) if word == "unknown" => Is::Unknown,
        other => panic!("is {other}"),
    }
}

pub fn contents(value: &Value) -> Contents {
    match value {
        Value::String(literal) => Contents::from(literal.as_str()),
        Value::Array(_) => Contents::from(operands(value)),
        json => Contents::from(json),
    }
}

pub fn operator(name: &str) -> Operator {
    match name {
        "eq" => Operator::Eq,
        "in" => Operator::In,
        "is" => Operator::Is,
        "like" => Operator::Like,
        "ilike" => Operator::Ilike,
        "cs" => Operator::Cs,
        "wfts(english)" => Operator::Wfts(Some("english".to_owned())),
        other => panic!("the operator {other}"),
    }
}

/// The members of an `or`: a string as supabase-js takes it, or typed ones.
pub fn group(value: &Value) -> Group {
    match value {
        // The type takes literals alone, and the table's are as good as that.
        Value::String(members) => Group::from(&*members.clone().leak()),
        members => Group::from(filters(members)),
    }
}

fn filters(value: &Value) -> Vec<Filter> {
    value.as_array().expect("an array of filters").iter().map(filter).collect()
}

fn filter(value: &Value) -> Filter {
    let parts = value.as_array().expect("a filter");
    let column = || parts[1].as_str().expect("a column");
    match parts[0].as_str().expect("the name of a filter") {
        "eq" => Filter::eq(column(), operand(&parts[2])),
        "gt" => Filter::gt(column(), operand(&parts[2])),
        "gte" => Filter::gte(column(), operand(&parts[2])),
        "like" => Filter::like(column(), operand(&parts[2])),
        "is" => Filter::is(column(), is(&parts[2])),
        "in" => Filter::in_(column(), operands(&parts[2])),
        "notIn" => Filter::not_in(column(), operands(&parts[2])),
        "contains" => Filter::contains(column(), contents(&parts[2])),
        "and" => Filter::and(filters(&parts[1])),
        "or" => Filter::or(filters(&parts[1])),
        "not" => !filter(&parts[1]),
        other => panic!("the filter {other}"),
    }
}
