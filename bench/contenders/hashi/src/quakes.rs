//! The list of earthquakes, from the upstream through validated but not rebuilt.

use hashi::bridge::extract::{Query, State};
use hashi::bridge::fetch::{self, FetchError};
use hashi::bridge::{Kind, Problem, Response};
use hashi::supabase::rest::{self, Order, Reply};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::routes::App;

const COLUMNS: &str = "event_id,origin_time,updated_at,magnitude,magnitude_type,depth_km,latitude,longitude,place,event_type,status,\
                       network,tsunami,significance,felt,cdi,mmi,alert,station_count,azimuthal_gap,rms";

/// The most bytes of an answer that are read.
const MOST: usize = 8 * 1024 * 1024;

/// What the list can be asked.
#[derive(Deserialize)]
pub struct Search {
    limit: u64,
}

/// The newest events.
pub async fn list(State(app): State<App>, Query(search): Query<Search>) -> Result<Response, Problem> {
    let newest = app.client.from("earthquake").select(COLUMNS).order(Order::desc("origin_time")).limit(search.limit);
    let (outbound, expected) = newest.prepare();
    let answer = fetch::send(&outbound, 5000).await.map_err(unanswered)?;
    let status = answer.status();
    let body = answer.bytes(MOST).await.map_err(unanswered)?;
    let rows = expected.decode::<&RawValue>(Reply { status, headers: &[], body: &body }).map_err(unusable)?;
    Response::json(&rows.rows)
}

fn unanswered(error: FetchError) -> Problem {
    Problem::new(Kind::BAD_UPSTREAM).with_detail(error.to_string())
}

fn unusable(_: rest::Error) -> Problem {
    Problem::new(Kind::BAD_UPSTREAM)
}
