//! A JSON body that is parsed into a type, changed and written again.

use hashi::bridge::extract::Json;
use serde::{Deserialize, Serialize};

/// A bulletin of events, as the bench sends it.
#[derive(Deserialize, Serialize)]
pub struct Bulletin {
    station: String,
    revision: u32,
    events: Vec<Event>,
}

#[derive(Deserialize, Serialize)]
struct Event {
    event_id: String,
    origin_time: String,
    magnitude: f64,
    magnitude_type: String,
    depth_km: f64,
    latitude: f64,
    longitude: f64,
    place: String,
    status: String,
    significance: u32,
    felt: Option<u32>,
}

/// Counts the revision up and marks every event as reviewed.
pub async fn revise(Json(mut bulletin): Json<Bulletin>) -> Json<Bulletin> {
    bulletin.revision += 1;
    for event in &mut bulletin.events {
        event.status = "reviewed".to_owned();
    }
    Json(bulletin)
}
