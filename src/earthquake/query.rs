//! The queries that the API asks Supabase.

use serde::Serialize;

use crate::bridge::Outbound;
use crate::supabase::rest::{
    Client, Complete, Error, Expected, Filter, Filterable, Many, MaybeOne, Order, Query, Windowed,
};

use super::event::COLUMNS;
use super::params::ListParams;
use super::stats::By;

/// A request with what reads its reply.
pub type Prepared<S> = (Outbound, Expected<S>);

/// The list: one row more than the client wants, to know whether there is a next page.
pub fn list(client: &Client, params: &ListParams) -> Result<Prepared<Many>, Error> {
    #[derive(Serialize)]
    struct Arguments {
        lat: f64,
        lon: f64,
        km: f64,
    }
    match params.near {
        None => Ok(page(client.from("earthquake").select(COLUMNS), params)),
        Some(near) => {
            let arguments = Arguments { lat: near.lat, lon: near.lon, km: near.km };
            Ok(page(client.rpc_get("earthquake_near", &arguments)?.select(COLUMNS), params))
        }
    }
}

/// One event.
pub fn one(client: &Client, event_id: &str) -> Prepared<MaybeOne> {
    client.from("earthquake").select(COLUMNS).eq("event_id", event_id).maybe_single().prepare()
}

/// The statistics.
pub fn stats(client: &Client, by: By) -> Result<Prepared<Many>, Error> {
    #[derive(Serialize)]
    struct Arguments {
        by: By,
    }
    Ok(client.rpc_get("earthquake_stats", &Arguments { by })?.prepare())
}

/// The cheapest question that only a working database answers.
pub fn probe(client: &Client) -> Prepared<Many> {
    client.from("earthquake").select("event_id").limit(1).prepare()
}

fn page<O>(mut query: Query<O, Many>, params: &ListParams) -> Prepared<Many>
where
    O: Complete + Filterable<Filtered = O> + Windowed,
{
    for filter in filters(params) {
        query = query.with(filter);
    }
    query.order(Order::desc("origin_time")).order(Order::desc("event_id")).limit(u64::from(params.limit) + 1).prepare()
}

fn filters(params: &ListParams) -> Vec<Filter> {
    let number = |value: f64| value.to_string();
    let mut filters = Vec::new();
    filters.extend(params.min_magnitude.map(|low| Filter::gte("magnitude", number(low))));
    filters.extend(params.max_magnitude.map(|high| Filter::lte("magnitude", number(high))));
    filters.extend(params.min_depth.map(|low| Filter::gte("depth_km", number(low))));
    filters.extend(params.max_depth.map(|high| Filter::lte("depth_km", number(high))));
    filters.extend(params.since.as_deref().map(|since| Filter::gte("origin_time", since)));
    filters.extend(params.until.as_deref().map(|until| Filter::lt("origin_time", until)));
    filters.extend(params.event_type.as_deref().map(|kind| Filter::eq("event_type", kind)));
    // A regular expression rather than ILIKE: PostgREST turns every * of a pattern into %, which no escape prevents.
    filters.extend(params.q.as_deref().map(|text| Filter::regex_imatch("place", literal(text))));
    if let Some(bbox) = params.bbox {
        filters.push(Filter::gte("latitude", number(bbox.south)));
        filters.push(Filter::lte("latitude", number(bbox.north)));
        let (west, east) = (Filter::gte("longitude", number(bbox.west)), Filter::lte("longitude", number(bbox.east)));
        if bbox.crosses_antimeridian() {
            filters.push(west | east);
        } else {
            filters.extend([west, east]);
        }
    }
    if let Some(key) = &params.cursor {
        let time = key.origin_time.as_str();
        let same_time = Filter::eq("origin_time", time) & Filter::lt("event_id", key.event_id.as_str());
        filters.push(Filter::lt("origin_time", time) | same_time);
    }
    filters
}

/// A POSIX regular expression that matches `text` and nothing else.
fn literal(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for char in text.chars() {
        if char.is_ascii_punctuation() {
            pattern.push('\\');
        }
        pattern.push(char);
    }
    // A pattern that begins with *** would change its flavour; a leading group keeps any text a plain one.
    format!("(?:{pattern})")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(query: &str) -> String {
        let client = Client::new("https://p.supabase.co", "anon");
        let params = ListParams::parse(query).expect(query);
        list(&client, &params).expect("plain arguments").0.url
    }

    #[test]
    fn the_list_asks_for_one_row_more_newest_first() {
        let url = url("limit=3");
        assert!(url.starts_with("https://p.supabase.co/rest/v1/earthquake?select=event_id%2Corigin_time%2C"), "{url}");
        assert!(url.ends_with("&order=origin_time.desc%2Cevent_id.desc&limit=4"), "{url}");
    }

    #[test]
    fn a_box_over_the_antimeridian_is_two_halves() {
        assert!(url("bbox=170,-50,-170,10").contains("&or=%28longitude.gte.170%2Clongitude.lte.-170%29"));
        let plain = url("bbox=-10,40,5,50");
        assert!(plain.contains("&longitude=gte.-10&longitude=lte.5"), "{plain}");
    }

    #[test]
    fn a_cursor_is_a_keyset_not_an_offset() {
        let key =
            super::super::event::Key { origin_time: "2018-02-07T01:28:51.93+00:00".into(), event_id: "us1".into() };
        let url = url(&format!("cursor={}", super::super::cursor::encode(&key)));
        assert!(url.contains("origin_time.lt."), "{url}");
        assert!(url.contains("event_id.lt.us1"), "{url}");
        assert!(!url.contains("offset"), "{url}");
    }

    #[test]
    fn a_search_text_is_taken_literally() {
        assert_eq!(literal("a.*(b|c)\\"), "(?:a\\.\\*\\(b\\|c\\)\\\\)");
        assert_eq!(literal("***:x"), "(?:\\*\\*\\*\\:x)");
    }

    #[test]
    fn near_calls_the_function() {
        let url = url("near=35.7,139.7,300&min_magnitude=4");
        assert!(
            url.starts_with("https://p.supabase.co/rest/v1/rpc/earthquake_near?lat=35.7&lon=139.7&km=300&"),
            "{url}"
        );
        assert!(url.contains("magnitude=gte.4"), "{url}");
    }
}
