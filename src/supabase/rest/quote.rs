//! Quoting inside the lists that PostgREST and Postgres read.

use super::Operand;
use std::collections::HashSet;

fn quoted(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
}

fn has_outer_space(text: &str) -> bool {
    text.trim().len() != text.len()
}

/// The list of an `in` filter: `(1,2,"a,b")`.
///
/// Doubles are dropped and values are quoted as supabase-js does it. Where that would be misread (quotes within a
/// quoted value, a leading quote, outer spaces) the value is quoted and escaped.
pub(super) fn list(values: impl IntoIterator<Item = impl Into<Operand>>) -> String {
    let mut seen = HashSet::new();
    let mut out = String::from("(");
    for value in values {
        let text = value.into().into_string();
        if !seen.insert(text.clone()) {
            continue;
        }
        if seen.len() > 1 {
            out.push(',');
        }
        if text.contains([',', '(', ')']) || text.starts_with('"') || has_outer_space(&text) {
            quoted(&mut out, &text);
        } else {
            out.push_str(&text);
        }
    }
    // PostgREST reads one empty item as "no items", so the empty string alone has to be said twice.
    if seen.len() == 1 && seen.contains("") {
        out.push_str("\"\",\"\"");
    }
    out.push(')');
    out
}

/// A Postgres array literal: `{1,2,"a,b"}` (Postgres manual, section 8.15.6).
pub(super) fn array(items: impl IntoIterator<Item = impl Into<Operand>>) -> String {
    let mut out = String::from("{");
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        array_item(&mut out, item.into().as_str());
    }
    out.push('}');
    out
}

/// Appends one item of a Postgres array literal, quoted if Postgres would read it as something else.
pub(super) fn array_item(out: &mut String, text: &str) {
    let plain = !text.is_empty()
        && !text.contains([',', '"', '\\', '{', '}'])
        && !has_outer_space(text)
        && !text.eq_ignore_ascii_case("null");
    if plain {
        out.push_str(text);
    } else {
        quoted(out, text);
    }
}

/// Appends a value inside a logic group such as `or=(a.eq.…)`, quoted if it would end the value or the group.
pub(super) fn grouped(out: &mut String, text: &str) {
    if text.contains([',', '(', ')', '"', '\\', '{', '}']) || has_outer_space(text) {
        quoted(out, text);
    } else {
        out.push_str(text);
    }
}

/// `name` as a quoted identifier in a list of columns.
pub(super) fn column(out: &mut String, name: &str) {
    quoted(out, name);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_lists_are_quoted_where_postgrest_would_misread_them() {
        assert_eq!(list([1, 2, 1]), "(1,2)");
        assert_eq!(list([] as [&str; 0]), "()");
        assert_eq!(list(["a,b", "(c)", "d.e:f"]), r#"("a,b","(c)",d.e:f)"#);
        assert_eq!(list(["say \"hi\"", "\"hi\"", "a\\b, \"c\""]), r#"(say "hi","\"hi\"","a\\b, \"c\"")"#);
        assert_eq!(list([" a", "b"]), r#"(" a",b)"#);
    }

    #[test]
    fn an_empty_string_in_a_list_is_not_an_empty_list() {
        assert_eq!(list([""]), r#"("","")"#);
        assert_eq!(list(["", "a"]), "(,a)");
    }

    #[test]
    fn array_literals_are_quoted_where_postgres_would_misread_them() {
        assert_eq!(array(["a", "b c"]), "{a,b c}");
        assert_eq!(array(["a,b", "", "NULL", "{x}", "q\"\\", " y"]), r#"{"a,b","","NULL","{x}","q\"\\"," y"}"#);
        assert_eq!(array([1.5, 2.0]), "{1.5,2}");
    }

    #[test]
    fn a_value_cannot_break_out_of_its_group() {
        let mut out = String::new();
        grouped(&mut out, "x),id.gt.(0");
        assert_eq!(out, r#""x),id.gt.(0""#);
    }
}
