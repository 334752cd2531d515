//! The parameters of `/earthquake/list`, each with what is allowed.

use std::fmt::Display;

use crate::bridge::pairs::{self, Pair};
use crate::bridge::{Kind, Problem};
use crate::supabase::rest::encode::form;

use super::cursor;
use super::event::Key;
use super::place::{Bbox, FARTHEST_KM, Near, number};
use crate::time;

/// How a list is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// An array of rows.
    #[default]
    Json,
    /// A FeatureCollection (RFC 7946).
    Geojson,
    /// A table with a header line (RFC 4180).
    Csv,
}

impl Format {
    /// Its name, as the parameter has it.
    pub fn name(self) -> &'static str {
        match self {
            Format::Json => "json",
            Format::Geojson => "geojson",
            Format::Csv => "csv",
        }
    }

    /// Its content type.
    pub fn content_type(self) -> &'static str {
        match self {
            Format::Json => "application/json",
            Format::Geojson => "application/geo+json",
            Format::Csv => "text/csv; charset=utf-8",
        }
    }
}

/// What a client wants to see of the list.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "each field is the parameter of its name")]
pub struct ListParams {
    pub limit: u8,
    pub min_magnitude: Option<f64>,
    pub max_magnitude: Option<f64>,
    /// Inclusive.
    pub since: Option<String>,
    /// Exclusive.
    pub until: Option<String>,
    pub min_depth: Option<f64>,
    pub max_depth: Option<f64>,
    pub bbox: Option<Bbox>,
    pub near: Option<Near>,
    pub q: Option<String>,
    pub event_type: Option<String>,
    pub cursor: Option<Key>,
    pub format: Format,
}

impl Default for ListParams {
    fn default() -> Self {
        ListParams {
            limit: 10,
            min_magnitude: None,
            max_magnitude: None,
            since: None,
            until: None,
            min_depth: None,
            max_depth: None,
            bbox: None,
            near: None,
            q: None,
            event_type: None,
            cursor: None,
            format: Format::Json,
        }
    }
}

const KNOWN: &str = "limit, min_magnitude, max_magnitude, since, until, min_depth, max_depth, bbox, near, q, event_type, cursor, format";
const MAGNITUDE: &str = "a number from -10 to 10";
const DEPTH: &str = "a number of kilometres from -100 to 1000";
const TIME: &str = "a date such as 2018-02-06, or a time such as 2018-02-06T12:30:00Z (in a URL, + is written %2B)";

impl ListParams {
    /// Reads a query. An [`Kind::INVALID_PARAMETER`] problem names the parameter, what was given and what is allowed.
    pub fn parse(query: &str) -> Result<ListParams, Problem> {
        let given = pairs::parse(query)?;
        let mut params = ListParams::default();
        for (at, pair) in given.iter().enumerate() {
            if let Some((name, first)) = given[..at].iter().find(|(name, _)| *name == pair.0) {
                return Err(invalid(format!("{name}: expected one value, got {first:?} and {:?}", pair.1)));
            }
            params.set(pair)?;
        }
        params.check_order()?;
        Ok(params)
    }

    fn set(&mut self, (name, value): &Pair<'_>) -> Result<(), Problem> {
        let wrong = |allowed: &str| invalid(format!("{name}: expected {allowed}, got {value:?}"));
        let within = |low: f64, high: f64, allowed: &str| {
            number(value).filter(|number| (low..=high).contains(number)).map(Some).ok_or_else(|| wrong(allowed))
        };
        let text = |longest: usize| {
            let right = !value.is_empty() && value.chars().count() <= longest && !value.chars().any(char::is_control);
            right.then(|| Some(value.to_string())).ok_or_else(|| wrong(&format!("1 to {longest} characters of text")))
        };
        match name.as_ref() {
            "limit" => {
                let limit = value.parse().ok().filter(|limit| (1..=100).contains(limit));
                self.limit = limit.ok_or_else(|| wrong("a whole number from 1 to 100"))?;
            }
            "min_magnitude" => self.min_magnitude = within(-10.0, 10.0, MAGNITUDE)?,
            "max_magnitude" => self.max_magnitude = within(-10.0, 10.0, MAGNITUDE)?,
            "min_depth" => self.min_depth = within(-100.0, 1000.0, DEPTH)?,
            "max_depth" => self.max_depth = within(-100.0, 1000.0, DEPTH)?,
            "since" => self.since = Some(time::parse(value).ok_or_else(|| wrong(TIME))?),
            "until" => self.until = Some(time::parse(value).ok_or_else(|| wrong(TIME))?),
            "bbox" => {
                let allowed =
                    "west,south,east,north in degrees, south not above north (west > east crosses the antimeridian)";
                self.bbox = Some(Bbox::parse(value).ok_or_else(|| wrong(allowed))?);
            }
            "near" => {
                let near = Near::parse(value);
                self.near = Some(
                    near.ok_or_else(|| wrong(&format!("lat,lon,km in degrees and kilometres up to {FARTHEST_KM}")))?,
                );
            }
            "q" => self.q = text(100)?,
            "event_type" => self.event_type = text(40)?,
            "cursor" => {
                let key = cursor::decode(value);
                self.cursor = Some(key.ok_or_else(|| wrong("the cursor of a Link header, unchanged"))?);
            }
            "format" => {
                let known = [Format::Json, Format::Geojson, Format::Csv];
                let format = known.into_iter().find(|format| format.name() == value);
                self.format = format.ok_or_else(|| wrong("json, geojson or csv"))?;
            }
            _ => return Err(invalid(format!("{name}: unknown parameter; the known ones are {KNOWN}"))),
        }
        Ok(())
    }

    /// A range that holds nothing is a mistake, not an empty list.
    fn check_order(&self) -> Result<(), Problem> {
        let crossed = |low: Option<f64>, high: Option<f64>| low.zip(high).filter(|(low, high)| low > high);
        for (name, other, range) in [
            ("min_magnitude", "max_magnitude", crossed(self.min_magnitude, self.max_magnitude)),
            ("min_depth", "max_depth", crossed(self.min_depth, self.max_depth)),
        ] {
            if let Some((low, high)) = range {
                return Err(invalid(format!("{name}: expected at most {other}, which is {high}, got {low}")));
            }
        }
        match (&self.since, &self.until) {
            (Some(since), Some(until)) if time::instant(since) >= time::instant(until) => {
                Err(invalid(format!("since: expected a time before until, which is {until}, got {since}")))
            }
            _ => Ok(()),
        }
    }

    /// The query in its one spelling and without its cursor: the same for all that ask for the same list, whatever they wrote.
    pub fn query(&self) -> String {
        let mut query = Written(String::new());
        let usual = ListParams::default();
        query.put("limit", (self.limit != usual.limit).then_some(self.limit));
        query.put("min_magnitude", self.min_magnitude);
        query.put("max_magnitude", self.max_magnitude);
        query.put("since", self.since.as_deref());
        query.put("until", self.until.as_deref());
        query.put("min_depth", self.min_depth);
        query.put("max_depth", self.max_depth);
        query.put("bbox", self.bbox);
        query.put("near", self.near);
        query.put("q", self.q.as_deref());
        query.put("event_type", self.event_type.as_deref());
        query.put("format", (self.format != usual.format).then_some(self.format.name()));
        query.0
    }
}

/// A query while it is written.
struct Written(String);

impl Written {
    fn put(&mut self, name: &str, value: Option<impl Display>) {
        let Some(value) = value else { return };
        if !self.0.is_empty() {
            self.0.push('&');
        }
        self.0.push_str(name);
        self.0.push('=');
        form(&mut self.0, &value.to_string());
    }
}

fn invalid(detail: String) -> Problem {
    Problem::new(Kind::INVALID_PARAMETER).with_detail(detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detail(query: &str) -> String {
        let problem = ListParams::parse(query).expect_err(query);
        assert_eq!(problem.kind(), Kind::INVALID_PARAMETER);
        problem.detail().unwrap_or_default().to_owned()
    }

    #[test]
    fn no_parameters_are_the_defaults() {
        assert_eq!(ListParams::parse(""), Ok(ListParams::default()));
    }

    #[test]
    fn every_parameter_is_read() {
        let params = ListParams::parse(
            "limit=100&min_magnitude=-1.5&max_magnitude=9&since=2018-02-01&until=2018-02-06T00:00:00%2B09:00&min_depth=-2&max_depth=700\
             &bbox=170,-50,-170,10&near=1,2,3&q=off%20Japan&event_type=quarry%20blast&format=geojson",
        );
        let params = params.expect("all of them are right");
        assert_eq!((params.limit, params.min_magnitude, params.max_depth), (100, Some(-1.5), Some(700.0)));
        assert_eq!(params.until.as_deref(), Some("2018-02-06T00:00:00+09:00"));
        assert_eq!((params.q.as_deref(), params.format), (Some("off Japan"), Format::Geojson));
        assert!(params.bbox.is_some() && params.near.is_some() && params.event_type.is_some());
    }

    #[test]
    fn a_wrong_value_is_named_with_what_is_allowed() {
        for limit in ["0", "101", "-1", "1.5", "ten", "", "256", "9999999999"] {
            assert_eq!(
                detail(&format!("limit={limit}")),
                format!("limit: expected a whole number from 1 to 100, got {limit:?}")
            );
        }
        for (query, start) in [
            ("min_magnitude=nan", "min_magnitude: expected a number from -10 to 10, got \"nan\""),
            ("max_magnitude=11", "max_magnitude: expected a number"),
            ("min_depth=deep", "min_depth: expected a number of kilometres"),
            ("since=yesterday", "since: expected a date such as"),
            ("until=2018-02-30", "until: expected a date such as"),
            ("bbox=1,2,3", "bbox: expected west,south,east,north"),
            ("near=1,2", "near: expected lat,lon,km"),
            ("q=", "q: expected 1 to 100 characters"),
            ("q=a%00b", "q: expected 1 to 100 characters"),
            ("cursor=abc", "cursor: expected the cursor of a Link header"),
            ("format=xml", "format: expected json, geojson or csv, got \"xml\""),
            ("limit=1&l%69mit=2", "limit: expected one value, got \"1\" and \"2\""),
            ("lmit=1", "lmit: unknown parameter; the known ones are limit,"),
            ("min_magnitude=5&max_magnitude=4", "min_magnitude: expected at most max_magnitude, which is 4, got 5"),
            ("min_depth=5&max_depth=4", "min_depth: expected at most max_depth"),
            (
                "since=2018-02-02&until=2018-02-01",
                "since: expected a time before until, which is 2018-02-01T00:00:00Z, got 2018-02-02T00:00:00Z",
            ),
            ("since=2018-02-01T09:00:00%2B09:00&until=2018-02-01", "since: expected a time before until"),
            ("limit=%zz", "limit: malformed percent-escape"),
        ] {
            assert!(detail(query).starts_with(start), "{query}: {}", detail(query));
        }
        assert!(detail(&format!("q={}", "x".repeat(101))).starts_with("q: expected"));
    }

    #[test]
    fn however_a_list_is_asked_for_its_query_is_written_in_one_way() {
        let written = |query: &str| ListParams::parse(query).expect(query).query();
        let cursor = "MXwyMDE4LTAyLTA3VDAxOjI4OjUxLjkzKzAwOjAwfHVzMQ";
        for (given, wanted) in [
            ("".to_owned(), ""),
            ("limit=10&format=json".to_owned(), ""),
            (format!("limit=0005&cursor={cursor}"), "limit=5"),
            (format!("%63ursor={cursor}&limit=%35"), "limit=5"),
            ("limit=+5".replace('+', "%2B"), "limit=5"),
            (
                "format=csv&q=<a>\"+%26&since=2018-02-01T00:00:00%2B09:00&min_magnitude=1e0".to_owned(),
                "min_magnitude=1&since=2018-02-01T00%3A00%3A00%2B09%3A00&q=%3Ca%3E%22+%26&format=csv",
            ),
            ("near=1,2,3.50&bbox=+1,2,+3,4".to_owned(), "bbox=1%2C2%2C3%2C4&near=1%2C2%2C3.5"),
        ] {
            assert_eq!(written(&given), wanted, "{given}");
            assert_eq!(written(wanted), wanted, "what is written means the same");
        }
    }
}
