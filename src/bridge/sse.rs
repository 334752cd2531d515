//! Server-sent events (WHATWG HTML section 9.2).

use futures_util::{Stream, StreamExt};

use super::{ByteStream, Response};

/// One event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// The event's type; `message` if none is given.
    pub event: Option<String>,
    /// What the client sends back as `Last-Event-ID` when it connects again.
    pub id: Option<String>,
    /// The text, of any number of lines.
    pub data: String,
    /// How long the client waits before it connects again, in milliseconds.
    pub retry_ms: Option<u32>,
}

impl Event {
    /// An event with nothing but text.
    pub fn data(data: impl Into<String>) -> Event {
        Event { data: data.into(), ..Event::default() }
    }

    /// The event on the wire. Line breaks in `event` and `id` would end the field and are left out.
    pub fn encode(&self) -> String {
        let mut text = String::with_capacity(self.data.len() + 32);
        let mut field = |name: &str, value: &str| {
            text.push_str(name);
            text.push_str(": ");
            text.extend(value.chars().filter(|char| !matches!(char, '\r' | '\n' | '\0')));
            text.push('\n');
        };
        if let Some(event) = &self.event {
            field("event", event);
        }
        if let Some(id) = &self.id {
            field("id", id);
        }
        if let Some(retry) = self.retry_ms {
            field("retry", &retry.to_string());
        }
        for line in self.data.replace("\r\n", "\n").split(['\n', '\r']) {
            field("data", line);
        }
        text.push('\n');
        text
    }
}

/// A response that sends `events` as they come and ends when they end.
///
/// The stream is dropped when the client goes away.
pub fn response(events: impl Stream<Item = Event> + 'static) -> Response {
    let stream = ByteStream::new(events.map(|event| Ok(event.encode().into_bytes())));
    Response::stream("text/event-stream", stream).with_header("cache-control", "no-cache")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_encoded_field_by_field() {
        let event = Event {
            event: Some("quake".into()),
            id: Some("7".into()),
            data: "first\nsecond\r\nthird".into(),
            retry_ms: Some(500),
        };
        assert_eq!(event.encode(), "event: quake\nid: 7\nretry: 500\ndata: first\ndata: second\ndata: third\n\n");
    }

    #[test]
    fn a_line_break_cannot_forge_a_field() {
        let event = Event { event: Some("a\ndata: forged".into()), ..Event::data("x") };
        assert_eq!(event.encode(), "event: adata: forged\ndata: x\n\n");
    }
}
