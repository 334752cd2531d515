//! The `Prefer` header.

/// How PostgREST counts the rows that a query would have without its window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// Counts every row: right, and slow on big tables.
    Exact,
    /// The planner's estimate: fast, and as good as the table's statistics.
    Planned,
    /// Exact up to the server's limit, the planner's estimate past it.
    Estimated,
}

impl Count {
    fn as_str(self) -> &'static str {
        match self {
            Count::Exact => "exact",
            Count::Planned => "planned",
            Count::Estimated => "estimated",
        }
    }
}

/// The preferences of one query, written in supabase-js's order.
#[derive(Clone, Debug, Default)]
pub(super) struct Prefer {
    /// `merge` or `ignore`, on an upsert.
    pub(super) resolution: Option<&'static str>,
    pub(super) count: Option<Count>,
    pub(super) missing_default: bool,
    /// A function called for its count alone, which can't be a `HEAD` because an argument doesn't fit into a URL.
    pub(super) minimal: bool,
    /// What was said later, in the order in which it was said.
    pub(super) said: Vec<String>,
}

impl Prefer {
    pub(super) fn header(self) -> Option<String> {
        let mut parts = Vec::new();
        if let Some(resolution) = self.resolution {
            parts.push(format!("resolution={resolution}-duplicates"));
        }
        match (self.count, self.minimal) {
            (Some(count), false) => parts.push(format!("count={}", count.as_str())),
            // supabase-js sets these two as one value, so no space follows the comma.
            (Some(count), true) => parts.push(format!("count={},return=minimal", count.as_str())),
            (None, true) => parts.push("return=minimal".to_owned()),
            (None, false) => {}
        }
        if self.missing_default {
            parts.push("missing=default".to_owned());
        }
        parts.extend(self.said);
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}
