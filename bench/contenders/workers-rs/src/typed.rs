//! A JSON body that is parsed into a type, changed and written again.

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

impl Bulletin {
    /// The next revision, with every event reviewed.
    pub fn revised(mut self) -> Bulletin {
        self.revision += 1;
        for event in &mut self.events {
            event.status = "reviewed".to_owned();
        }
        self
    }
}
