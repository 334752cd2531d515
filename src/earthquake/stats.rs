//! Statistics: counts and extremes in groups.

use serde::{Deserialize, Serialize};

/// What the events are grouped by.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// The UTC day.
    Day,
    /// The whole magnitude below.
    Magnitude,
    /// The event type.
    Type,
}

/// The parameters of `/earthquake/stats`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatsParams {
    /// What the events are grouped by.
    pub by: By,
}
