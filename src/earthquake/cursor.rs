//! Where the next page begins.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::event::Key;
use crate::time;

/// The cursor after an event: opaque to clients, checked when it comes back.
pub fn encode(key: &Key) -> String {
    URL_SAFE_NO_PAD.encode(format!("1|{}|{}", key.origin_time, key.event_id))
}

/// The event that a cursor stands after, or `None` if it is none of ours.
pub fn decode(cursor: &str) -> Option<Key> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    let (origin_time, event_id) = text.strip_prefix("1|")?.split_once('|')?;
    time::parse(origin_time)?;
    is_event_id(event_id).then(|| Key { origin_time: origin_time.to_owned(), event_id: event_id.to_owned() })
}

/// Whether `text` can be an event's id: 1 to 64 ASCII letters, digits, `_` or `-`.
pub fn is_event_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_as_its_key() {
        let key = Key { origin_time: "2018-02-07T01:28:51.93+00:00".into(), event_id: "us2000cwpt".into() };
        assert_eq!(decode(&encode(&key)), Some(key));
    }

    #[test]
    fn what_is_not_ours_is_refused() {
        let forged = |text: &str| decode(&URL_SAFE_NO_PAD.encode(text));
        assert_eq!(forged("1|2018-02-07|a,b)"), None);
        assert_eq!(forged("1|yesterday|a"), None);
        assert_eq!(forged("2|2018-02-07|a"), None);
        assert_eq!(forged("1|2018-02-07"), None);
        for cursor in ["", "x", "====", "MXwy"] {
            assert_eq!(decode(cursor), None, "{cursor}");
        }
    }
}
