//! Response headers.

use std::borrow::Cow;

/// Response headers in order; names are in lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(Vec<(Cow<'static, str>, Cow<'static, str>)>);

impl Headers {
    /// No headers.
    pub const fn new() -> Headers {
        Headers(Vec::new())
    }

    /// The first value of `name`, which is in lower case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// Replaces every value of `name` by `value`.
    pub fn set(&mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Cow<'static, str>>) {
        let name = name.into();
        self.remove(&name);
        self.0.push((name, value.into()));
    }

    /// Adds a value of `name` to those that are there.
    pub fn append(&mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Cow<'static, str>>) {
        self.0.push((name.into(), value.into()));
    }

    /// Removes every value of `name`.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|(known, _)| known != name);
    }

    /// Adds `name` to the list in `Vary`, once.
    pub fn vary(&mut self, name: &str) {
        let listed = self.get("vary").map(str::to_owned);
        match listed {
            None => self.append("vary", name.to_owned()),
            Some(list) if list.split(',').any(|known| known.trim().eq_ignore_ascii_case(name)) => {}
            Some(list) => self.set("vary", format!("{list}, {name}")),
        }
    }

    /// The names and values in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value.as_ref()))
    }

    /// The names and values in order, told apart by whether they are `'static`.
    pub(super) fn entries(&self) -> &[(Cow<'static, str>, Cow<'static, str>)] {
        &self.0
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a name comes twice.
    pub(super) fn repeats(&self) -> bool {
        self.0.iter().enumerate().any(|(at, (name, _))| self.0[..at].iter().any(|(other, _)| other == name))
    }

    /// Adds the first `most` of the `'static` headers of `others`.
    pub(super) fn extend_fixed(&mut self, others: &Headers, most: usize) {
        let fixed = |(name, value): &&(Cow<'static, str>, Cow<'static, str>)| {
            matches!((name, value), (Cow::Borrowed(_), Cow::Borrowed(_)))
        };
        self.0.extend(others.0.iter().filter(fixed).take(most).cloned());
    }

    /// The headers as the host takes them: names and values, each ended by a line feed.
    ///
    /// `None` if a name or a value has a line feed, a carriage return or a NUL, which would forge another header.
    pub(super) fn to_lines(&self) -> Option<String> {
        let mut lines = String::with_capacity(self.0.iter().map(|(name, value)| name.len() + value.len() + 2).sum());
        for (name, value) in self.iter() {
            if name.is_empty()
                || [name, value].iter().any(|text| text.bytes().any(|byte| matches!(byte, b'\n' | b'\r' | 0)))
            {
                return None;
            }
            lines.push_str(name);
            lines.push('\n');
            lines.push_str(value);
            lines.push('\n');
        }
        Some(lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn set_replaces_and_append_keeps() {
        let mut headers = Headers::new();
        headers.append("set-cookie", "a=1");
        headers.append("set-cookie", "b=2");
        headers.set("etag", "\"1\"");
        headers.set("etag", "\"2\"");
        assert_eq!(headers.iter().filter(|(name, _)| *name == "set-cookie").count(), 2);
        assert_eq!(headers.get("etag"), Some("\"2\""));
        assert_eq!(headers.iter().count(), 3);
    }

    #[test]
    fn vary_lists_a_name_once() {
        let mut headers = Headers::new();
        headers.vary("origin");
        headers.vary("accept");
        headers.vary("Origin");
        assert_eq!(headers.get("vary"), Some("origin, accept"));
    }

    #[test]
    fn a_value_cannot_forge_a_header() {
        let mut headers = Headers::new();
        headers.set("location", "/a\nset-cookie: x=1");
        assert_eq!(headers.to_lines(), None);
        headers.set("location", "/a");
        assert_eq!(headers.to_lines().as_deref(), Some("location\n/a\n"));
    }
}
