//! A page of the list: the rows that are shown, and where the next page begins.

use serde_json::value::RawValue;

use crate::bridge::Problem;
use crate::supabase::Answer;
use crate::supabase::rest::{Error, Expected, Many};

use super::event::{Event, Key};
use super::params::Format;
use super::{csv, cursor, geojson};

/// A page, written as the client wants it.
pub struct Page {
    /// The body.
    pub body: Vec<u8>,
    /// The cursor of the next page, if there is one.
    pub next: Option<String>,
}

impl Page {
    /// Writes the first `limit` rows of an answer.
    ///
    /// As JSON, rows are checked and then passed on byte for byte: what Postgres wrote is what the client reads.
    pub fn write(mut answer: Answer, expected: Expected<Many>, limit: u8, format: Format) -> Result<Page, Problem> {
        let limit = usize::from(limit);
        let (next, shown) = cut(&answer, expected, limit)?;
        let body = match format {
            Format::Json => {
                if let Some(end) = shown {
                    answer.body.truncate(end);
                    answer.body.push(b']');
                }
                answer.body
            }
            Format::Geojson => geojson::write(&events(&answer, expected, limit)?).map_err(Error::Encode)?,
            Format::Csv => csv::write(&events(&answer, expected, limit)?).into_bytes(),
        };
        Ok(Page { body, next })
    }
}

/// The cursor after the last row that is shown and the byte where that row ends, if there are more rows than that.
fn cut(answer: &Answer, expected: Expected<Many>, limit: usize) -> Result<(Option<String>, Option<usize>), Error> {
    if answer.body.is_empty() {
        return Err(Error::Malformed { status: 200, reason: "the body is empty", position: (0, 0) });
    }
    let rows = expected.decode::<&RawValue>(answer.reply())?.rows;
    if let Some(row) = rows.iter().find(|row| !row.get().starts_with('{')) {
        return Err(not_a_row(offset(answer, row)));
    }
    if rows.len() <= limit {
        // The last row vouches for the others: a list of something else fails here as well as with a next page.
        if let Some(row) = rows.last() {
            key(answer, row)?;
        }
        return Ok((None, None));
    }
    let last = rows[limit - 1];
    Ok((Some(cursor::encode(&key(answer, last)?)), Some(offset(answer, last) + last.get().len())))
}

fn key(answer: &Answer, row: &RawValue) -> Result<Key, Error> {
    serde_json::from_str(row.get()).map_err(|_| not_a_row(offset(answer, row)))
}

/// Where a row, which is a part of the body, begins in it.
fn offset(answer: &Answer, row: &RawValue) -> usize {
    row.get().as_ptr().addr() - answer.body.as_ptr().addr()
}

fn not_a_row(at: usize) -> Error {
    Error::Malformed { status: 200, reason: "a row is not an event", position: (1, at + 1) }
}

fn events(answer: &Answer, expected: Expected<Many>, limit: usize) -> Result<Vec<Event>, Error> {
    let mut events = expected.decode::<Event>(answer.reply())?.rows;
    events.truncate(limit);
    Ok(events)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::supabase::rest::Client;

    fn row(id: u32) -> String {
        format!(
            r#"{{"event_id":"e{id}","origin_time":"2018-02-0{id}T00:00:00+00:00", "magnitude":1.50,"place":"a ] \" b"}}"#
        )
    }

    fn write(body: String, limit: u8, format: Format) -> Result<Page, Problem> {
        let (_, expected) = Client::new("http://h", "k").from("earthquake").select("*").prepare();
        Page::write(Answer::new(200, body.into_bytes()), expected, limit, format)
    }

    #[test]
    fn rows_are_passed_on_byte_for_byte_and_the_extra_one_is_cut_off() {
        let whole = format!("[{},\n {}]", row(2), row(1));
        let page = write(whole.clone(), 2, Format::Json).expect("rows");
        assert_eq!((String::from_utf8_lossy(&page.body).into_owned(), page.next), (whole.clone(), None));
        let page = write(whole, 1, Format::Json).expect("rows");
        assert_eq!(String::from_utf8_lossy(&page.body), format!("[{}]", row(2)));
        let key = cursor::decode(&page.next.expect("a next page")).expect("our own cursor");
        assert_eq!((key.event_id.as_str(), key.origin_time.as_str()), ("e2", "2018-02-02T00:00:00+00:00"));
    }

    #[test]
    fn an_empty_list_is_a_list() {
        assert_eq!(write("[]".into(), 5, Format::Json).expect("no rows").body, b"[]");
    }

    #[test]
    fn what_is_not_a_list_of_events_is_the_upstream_s_fault() {
        for body in ["{}", "[1]", "[{}]", "[{\"event_id\":1}]", "<html>", "", "[", "[[],[]]", "null"] {
            let problem = write(body.into(), 5, Format::Json).err().map(|problem| problem.kind().code);
            assert_eq!(problem, Some("bad_upstream"), "{body}");
        }
    }
}
