//! An execution as its store is given it: an array, whose elements need no names for a database to find them by.

use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::execution::{Beginning, Ending, Outcome, Source};
use crate::functions::moment::Moment;

/// What the elements of a row are, in their order; one without a `result` ends before it.
pub const COLUMNS: [&str; 19] = [
    "id",
    "function_id",
    "function_name",
    "version",
    "revision",
    "caller",
    "source",
    "started_at",
    "status",
    "code",
    "duration_ms",
    "fuel",
    "memory_bytes",
    "cache_hit",
    "warm",
    "http_status",
    "logs",
    "result_bytes",
    "result",
];

/// How a row begins: the JSON text of an array.
pub fn beginning(of: &Beginning) -> serde_json::Result<String> {
    let Beginning { id, function_id, function_name, version, revision, caller, source, started_ms } = of;
    let started_at = Moment::of_ms(*started_ms).to_string();
    serde_json::to_string(&(id, function_id, function_name, version, revision, caller, source, started_at))
}

/// How a call came in, and when, whose row begins with `beginning`.
pub fn begun(beginning: &str) -> Option<(Source, Moment)> {
    type Begun<'t> = (IgnoredAny, IgnoredAny, IgnoredAny, IgnoredAny, IgnoredAny, IgnoredAny, Source, &'t str);
    let (.., source, started_at): Begun<'_> = serde_json::from_str(beginning).ok()?;
    Some((source, Moment::at_or_after(started_at)?))
}

/// How a row ends, the JSON text of an array, but for its result: where that is kept it is on the host's side, and comes to the others there
/// ([`waiting`](crate::bridge::waiting)).
pub fn ending(of: &Ending) -> serde_json::Result<String> {
    let (status, code) = match of.outcome {
        Outcome::Ok => ("ok", None),
        Outcome::Failed { code } => ("failed", Some(code)),
    };
    let Ending { duration_ms, fuel, memory_bytes, cache_hit, warm, http_status, logs, result_bytes, .. } = of;
    serde_json::to_string(&(
        status,
        code,
        duration_ms,
        fuel,
        memory_bytes,
        cache_hit,
        warm,
        http_status,
        logs,
        result_bytes,
    ))
}

/// The same rows as objects: the JSON text of an array.
pub fn named(rows: &str) -> serde_json::Result<String> {
    let rows: Vec<Vec<&RawValue>> = serde_json::from_str(rows)?;
    let mut text = String::from("[");
    for row in rows {
        text.push_str(if text.len() > 1 { ",{" } else { "{" });
        for (at, (name, value)) in COLUMNS.iter().zip(row).enumerate() {
            if at > 0 {
                text.push(',');
            }
            text.extend(["\"", name, "\":", value.get()]);
        }
        text.push('}');
    }
    text.push(']');
    Ok(text)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::ExecutionId;
    use super::*;
    use crate::functions::tests::function;
    use crate::functions::{ModuleVersion, Revision};

    fn value(text: &str) -> Value {
        serde_json::from_str(text).expect("JSON")
    }

    #[test]
    fn a_row_is_what_its_columns_say() {
        let function = function("f");
        let called = Beginning {
            id: ExecutionId("00000000-0000-7000-8000-00000000000a".into()),
            function_id: function.id,
            function_name: function.name,
            version: Some(ModuleVersion(2)),
            revision: Revision(3),
            caller: None,
            source: Source::Cron,
            started_ms: 1_763_985_600_500.0,
        };
        let begins = beginning(&called).expect("its beginning");
        assert_eq!(begun(&begins).map(|(source, at)| (source, at.as_ms())), Some((Source::Cron, 1_763_985_600_500.0)));
        let failed = Ending { fuel: 7, memory_bytes: 65_536, cache_hit: true, ..Ending::failed("trap", 1.5, None) };
        let ends = ending(&failed).expect("its end");
        let row = format!("{},{}", begins.trim_end_matches(']'), ends.trim_start_matches('['));
        let wanted = json!({
            "id": called.id.as_str(), "function_id": "00000000-0000-4000-8000-000000000001", "function_name": "f", "version": 2,
            "revision": 3, "caller": null, "source": "cron", "started_at": "2025-11-24T12:00:00.500Z", "status": "failed",
            "code": "trap", "duration_ms": 1.5, "fuel": 7, "memory_bytes": 65536, "cache_hit": true, "warm": false,
            "http_status": null, "logs": [], "result_bytes": null,
        });
        assert_eq!(value(&named(&format!("[{row}]")).expect("objects")), json!([wanted]));
        let success = ending(&Ending { outcome: Outcome::Ok, ..failed }).expect("its end");
        assert_eq!(value(&success).as_array().map(|row| &row[..2]), Some(&[json!("ok"), Value::Null][..]));
        assert!(begun("[]").is_none() && begun(&ends).is_none(), "neither is how a row begins");
    }

    #[test]
    fn rows_are_named_as_they_are() {
        assert_eq!(named("[]").expect("none"), "[]");
        let rows = format!("[[{}],[1]]", [r#""\u0000 größe \"""#; 18].join(",") + ",18446744073709551615");
        let named = named(&rows).expect("objects");
        assert!(named.ends_with(r#","result":18446744073709551615},{"id":1}]"#), "{named}");
        assert!(named.starts_with(r#"[{"id":"\u0000 größe \"","function_id":"\u0000 "#), "{named}");
    }
}
