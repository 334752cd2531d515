//! Events as GeoJSON (RFC 7946).

use serde::Serialize;

use super::event::Event;

#[derive(Serialize)]
struct FeatureCollection<'a> {
    r#type: &'static str,
    features: Vec<Feature<'a>>,
}

#[derive(Serialize)]
struct Feature<'a> {
    r#type: &'static str,
    id: &'a str,
    geometry: Geometry,
    properties: &'a Event,
}

#[derive(Serialize)]
struct Geometry {
    r#type: &'static str,
    /// Longitude, latitude. Depth is no altitude over the ellipsoid: it stays a property.
    coordinates: [f64; 2],
}

/// A FeatureCollection of points, each with the whole event as its properties.
pub fn write(events: &[Event]) -> Result<Vec<u8>, serde_json::Error> {
    let features = events.iter().map(|event| Feature {
        r#type: "Feature",
        id: &event.event_id,
        geometry: Geometry { r#type: "Point", coordinates: [event.longitude, event.latitude] },
        properties: event,
    });
    serde_json::to_vec(&FeatureCollection { r#type: "FeatureCollection", features: features.collect() })
}
