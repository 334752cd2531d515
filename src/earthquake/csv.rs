//! Events as CSV (RFC 4180), with the columns of the table and its empty fields for what the source didn't have.

use std::fmt::{Display, Write};

use super::event::{COLUMNS, Event};

/// A header line and a line for each event, ended by CRLF.
pub fn write(events: &[Event]) -> String {
    let mut text = format!("{COLUMNS}\r\n");
    for event in events {
        line(&mut text, event);
    }
    text
}

fn line(text: &mut String, event: &Event) {
    let fields = [
        quoted(&event.event_id),
        quoted(&event.origin_time),
        quoted(&event.updated_at),
        plain(event.magnitude),
        optional(&event.magnitude_type),
        plain(event.depth_km),
        plain(Some(event.latitude)),
        plain(Some(event.longitude)),
        optional(&event.place),
        quoted(&event.event_type),
        quoted(&event.status),
        quoted(&event.network),
        plain(Some(event.tsunami)),
        plain(event.significance),
        plain(event.felt),
        plain(event.cdi),
        plain(event.mmi),
        optional(&event.alert),
        plain(event.station_count),
        plain(event.azimuthal_gap),
        plain(event.rms),
    ];
    // Writing into a String can't fail.
    let _ = write!(text, "{}\r\n", fields.join(","));
}

fn plain(value: Option<impl Display>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn optional(value: &Option<String>) -> String {
    value.as_deref().map(quoted).unwrap_or_default()
}

fn quoted(value: &str) -> String {
    if value.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", value.replace('"', "\"\""))
    } else {
        value.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_where_they_must_be() {
        assert_eq!(quoted("6km \"W\" of A, B"), "\"6km \"\"W\"\" of A, B\"");
        assert_eq!(quoted("plain"), "plain");
        assert_eq!((plain(None::<f64>), plain(Some(-0.5))), (String::new(), "-0.5".to_owned()));
    }

    #[test]
    fn a_line_has_a_field_for_each_column() {
        let row = serde_json::json!({"event_id": "a", "origin_time": "t", "updated_at": "t", "latitude": 1.0, "longitude": 2.0,
            "event_type": "earthquake", "status": "reviewed", "network": "us", "tsunami": false});
        let event: Event = serde_json::from_value(row).expect("what may be null may be missing");
        let text = write(&[event]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0].split(',').count(), lines[1].split(',').count());
        assert_eq!(lines[1], "a,t,t,,,,1,2,,earthquake,reviewed,us,false,,,,,,,,");
    }
}
