//! One event, as the table `earthquake` has it.

use serde::{Deserialize, Serialize};

/// The columns that are read, in the order of the fields of [`Event`].
pub const COLUMNS: &str = "event_id,origin_time,updated_at,magnitude,magnitude_type,depth_km,latitude,longitude,place,event_type,\
                           status,network,tsunami,significance,felt,cdi,mmi,alert,station_count,azimuthal_gap,rms";

/// A seismic event of the USGS feed. Times are UTC as Postgres writes them; `None` means that the source had no value.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the names are the documentation: they are the feed's own")]
pub struct Event {
    pub event_id: String,
    pub origin_time: String,
    pub updated_at: String,
    pub magnitude: Option<f64>,
    pub magnitude_type: Option<String>,
    /// Kilometres below sea level; negative above it.
    pub depth_km: Option<f64>,
    pub latitude: f64,
    pub longitude: f64,
    pub place: Option<String>,
    pub event_type: String,
    pub status: String,
    pub network: String,
    pub tsunami: bool,
    pub significance: Option<i32>,
    pub felt: Option<i32>,
    pub cdi: Option<f64>,
    pub mmi: Option<f64>,
    pub alert: Option<String>,
    pub station_count: Option<i32>,
    pub azimuthal_gap: Option<f64>,
    pub rms: Option<f64>,
}

/// What orders events: newest first, then by id, both descending.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub struct Key {
    /// When the event began.
    pub origin_time: String,
    /// The feed's id.
    pub event_id: String,
}
