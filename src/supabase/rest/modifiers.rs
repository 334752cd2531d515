//! What a query says about its reply: order, window, count, shape.

use super::{
    Count, CountOnly, Csv, Many, MaybeOne, One, Operation, Order, Query, Rpc, Scalar, Select, Shape, Windowed,
};
use crate::bridge::Method;
use std::ops::RangeInclusive;

/// `list` without the white space outside double quotes.
pub(super) fn columns(list: &str) -> String {
    let mut quoted = false;
    let mut out = String::with_capacity(list.len());
    for c in list.chars() {
        if is_js_space(c) && !quoted {
            continue;
        }
        if c == '"' {
            quoted = !quoted;
        }
        out.push(c);
    }
    out
}

/// What `\s` matches in JavaScript, which differs from Unicode's white space in two characters.
fn is_js_space(c: char) -> bool {
    c == '\u{feff}' || (c.is_whitespace() && c != '\u{85}')
}

fn window(range: &RangeInclusive<u64>) -> (String, String) {
    let rows = if range.is_empty() { 0 } else { (range.end() - range.start()).saturating_add(1) };
    (range.start().to_string(), rows.to_string())
}

impl<O: Operation> Query<O, Many> {
    /// Sorts the rows; further calls add further keys.
    pub fn order(mut self, order: impl Into<Order>) -> Query<O, Many> {
        let order = order.into();
        self.request.extend(order.key(), order.value());
        self
    }

    /// Asks for exactly one row; any other number is [`Error::NotOne`](super::Error::NotOne), and a write that meets it
    /// is undone.
    pub fn single(self) -> Query<O, One> {
        self.turn()
    }

    /// Asks for one row or none; more is [`Error::NotOne`](super::Error::NotOne).
    ///
    /// The number is checked when the reply is read, so a write that touched more rows stays written.
    pub fn maybe_single(self) -> Query<O, MaybeOne> {
        self.turn()
    }

    /// Asks for CSV text with a header line.
    pub fn csv(self) -> Query<O, Csv> {
        self.turn()
    }
}

impl<O: Windowed> Query<O, Many> {
    /// Gives at most `rows` rows.
    pub fn limit(mut self, rows: u64) -> Query<O, Many> {
        self.request.set("limit", rows.to_string());
        self
    }

    /// Gives at most `rows` rows of the embedded resource `table` for each row.
    pub fn limit_of(mut self, table: &str, rows: u64) -> Query<O, Many> {
        self.request.set(format!("{table}.limit"), rows.to_string());
        self
    }

    /// Gives the rows at these positions, counted from 0.
    pub fn range(mut self, rows: RangeInclusive<u64>) -> Query<O, Many> {
        let (offset, limit) = window(&rows);
        self.request.set("offset", offset);
        self.request.set("limit", limit);
        self
    }

    /// Gives the rows of the embedded resource `table` at these positions for each row, counted from 0.
    pub fn range_of(mut self, table: &str, rows: RangeInclusive<u64>) -> Query<O, Many> {
        let (offset, limit) = window(&rows);
        self.request.set(format!("{table}.offset"), offset);
        self.request.set(format!("{table}.limit"), limit);
        self
    }
}

impl Query<Select, Many> {
    /// Asks for the count alone: a `HEAD` request, to be used with [`count`](Query::count).
    pub fn head(mut self) -> Query<Select, CountOnly> {
        self.request.method = Method::Head;
        self.turn()
    }
}

impl Query<Rpc, Many> {
    /// Asks for `columns` of the rows that the function returns (see [`Table::select`](super::Table::select)).
    pub fn select(mut self, list: &str) -> Query<Rpc, Many> {
        self.request.set("select", columns(list));
        self.request.prefer.said.push("return=representation".to_owned());
        self
    }

    /// Reads the reply as one value of any type, for a function that doesn't return rows.
    pub fn scalar(self) -> Query<Rpc, Scalar> {
        self.turn()
    }
}

impl<O: Operation, S: Shape> Query<O, S> {
    /// Counts the rows that the filters choose, whatever the window is.
    pub fn count(mut self, count: Count) -> Query<O, S> {
        self.request.prefer.count = Some(count);
        self
    }

    /// Leaves fields that are null out of the rows. PostgREST does this for JSON alone.
    pub fn strip_nulls(mut self) -> Query<O, S> {
        self.request.strip_nulls = true;
        self
    }

    /// Undoes the transaction after answering, where the server allows it: a dry run.
    pub fn rollback(mut self) -> Query<O, S> {
        self.request.prefer.said.push("tx=rollback".to_owned());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_goes_except_within_quotes() {
        assert_eq!(columns(" id ,\n\t\"my  col\", x\u{a0}y\u{feff} "), "id,\"my  col\",xy");
        assert_eq!(columns("a\u{85}b"), "a\u{85}b");
    }

    #[test]
    fn an_empty_range_asks_for_no_rows_and_the_widest_does_not_overflow() {
        #[expect(clippy::reversed_empty_ranges, reason = "that is the case under test")]
        let reversed = 5..=4;
        assert_eq!(window(&reversed), ("5".to_owned(), "0".to_owned()));
        assert_eq!(window(&(0..=u64::MAX)).1, u64::MAX.to_string());
        assert_eq!(window(&(10..=19)), ("10".to_owned(), "10".to_owned()));
    }
}
