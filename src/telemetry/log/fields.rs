//! What an event or a span says, as a part of a line.

use std::fmt::{self, Write};

use tracing::Level;
use tracing::field::{Field, Visit};

use super::served;

/// The fields of an event or a span, rendered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fields {
    pub(super) request: Option<u64>,
    message: String,
    /// Names with JSON values.
    rest: Vec<(&'static str, String)>,
}

impl Fields {
    /// Takes over what a span says, unless it is said here.
    pub(super) fn inherit(&mut self, outer: &Fields) {
        self.request = self.request.or(outer.request);
        for (name, value) in &outer.rest {
            if self.rest.iter().all(|(known, _)| known != name) {
                self.rest.push((name, value.clone()));
            }
        }
    }

    /// Belongs to the request that is served, unless to another one already.
    pub(super) fn enter(&mut self) {
        self.request = self.request.or(served::number().map(u64::from));
    }

    fn put(&mut self, field: &Field, json: String) {
        self.rest.push((field.name(), json));
    }

    fn request_id(&self) -> Option<String> {
        self.request.map(|number| super::request_name(number as u32))
    }

    pub(super) fn json(&self, level: &Level, target: &str) -> String {
        let mut line = format!("{{\"level\":{},\"target\":{}", quoted(name(level)), quoted(target));
        if let Some(id) = self.request_id() {
            line.push_str(&format!(",\"request_id\":{}", quoted(&id)));
        }
        line.push_str(&format!(",\"message\":{}", quoted(&self.message)));
        for (name, value) in &self.rest {
            line.push_str(&format!(",{}:{value}", quoted(name)));
        }
        line.push('}');
        line
    }

    pub(super) fn readable(&self, level: &Level, target: &str) -> String {
        let mut line = format!("{level:>5} {target}: {}", self.message);
        for (name, value) in &self.rest {
            line.push_str(&format!(" {name}={value}"));
        }
        if let Some(id) = self.request_id() {
            line.push_str(&format!(" [{id}]"));
        }
        line
    }
}

fn name(level: &Level) -> &'static str {
    match *level {
        Level::ERROR => "error",
        Level::WARN => "warn",
        Level::INFO => "info",
        Level::DEBUG => "debug",
        Level::TRACE => "trace",
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

impl Visit for Fields {
    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "request" {
            self.request = Some(value);
        } else {
            self.put(field, value.to_string());
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.to_string());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, if value.is_finite() { value.to_string() } else { "null".to_owned() });
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.to_string());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            self.message.push_str(value);
        } else {
            self.put(field, quoted(value));
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            // Writing into a String can't fail.
            let _ = write!(self.message, "{value:?}");
        } else {
            self.put(field, quoted(&format!("{value:?}")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_json_whatever_its_fields_hold() {
        let mut fields =
            Fields { request: Some(7), message: "a \"quoted\"\nline".into(), rest: vec![("path", quoted("/\u{1}"))] };
        fields.inherit(&Fields {
            request: Some(8),
            message: "outer".into(),
            rest: vec![("path", "1".into()), ("x", "2".into())],
        });
        let line: serde_json::Value = serde_json::from_str(&fields.json(&Level::WARN, "t")).expect("a line is JSON");
        assert_eq!(
            line,
            serde_json::json!({"level": "warn", "target": "t", "request_id": "7",
                "message": "a \"quoted\"\nline", "path": "/\u{1}", "x": 2})
        );
    }
}
