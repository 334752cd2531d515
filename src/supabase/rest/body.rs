//! What has to be known about a body that is already JSON.

use super::{Error, quote};
use serde::{
    Deserialize,
    de::{Deserializer, MapAccess, Visitor},
};
use serde_json::value::RawValue;
use std::{collections::HashSet, fmt, marker::PhantomData};

/// A JSON object's fields in the order of the text, values unread.
struct Fields<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder<'de>(PhantomData<&'de ()>);
        impl<'de> Visitor<'de> for InOrder<'de> {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a struct or a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::with_capacity(map.size_hint().unwrap_or_default());
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(InOrder(PhantomData))
    }
}

/// The fields of the JSON object `json`.
pub(super) fn fields(json: &[u8]) -> Result<Vec<(String, &RawValue)>, Error> {
    serde_json::from_slice::<Fields<'_>>(json).map(|fields| fields.0).map_err(Error::Encode)
}

/// The `columns` parameter for the body `json`: of an array of rows, every field that any row has, once, in the order of
/// the text; `None` if there is none, and for one row, which speaks for itself.
pub(super) fn columns(json: &[u8]) -> Result<Option<String>, Error> {
    if !json.trim_ascii_start().starts_with(b"[") {
        return fields(json).map(|_| None);
    }
    let rows: Vec<Fields<'_>> = serde_json::from_slice(json).map_err(Error::Encode)?;
    let mut seen = HashSet::new();
    let mut list = String::new();
    for (name, _) in rows.into_iter().flat_map(|row| row.0) {
        if seen.contains(&name) {
            continue;
        }
        if !list.is_empty() {
            list.push(',');
        }
        quote::column(&mut list, &name);
        seen.insert(name);
    }
    Ok((!list.is_empty()).then_some(list))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_the_union_in_order_of_appearance() {
        let rows = br#"[{"b": 1, "a": {"z": 2}}, {"a": 1, "c \"d\"": []}]"#;
        assert_eq!(columns(rows).expect("rows").as_deref(), Some(r#""b","a","c \"d\"""#));
        assert_eq!(columns(b"[]").expect("rows"), None);
        assert_eq!(columns(b"[{}]").expect("rows"), None);
        assert_eq!(columns(b"{\"a\": 1}").expect("a row"), None);
    }

    #[test]
    fn rows_that_are_not_objects_are_refused() {
        for rows in ["[1]", "[[]]", "1", "null", "\"a\""] {
            assert!(matches!(columns(rows.as_bytes()), Err(Error::Encode(_))), "{rows}");
        }
    }
}
