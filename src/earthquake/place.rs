//! Places on the globe, as a query writes them.

use std::fmt;

/// A box of longitudes and latitudes in degrees; it crosses the antimeridian if `west` is greater than `east`.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs, reason = "the four names say it all")]
pub struct Bbox {
    pub west: f64,
    pub south: f64,
    pub east: f64,
    pub north: f64,
}

/// The surroundings of a point: degrees, and kilometres along the surface.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs, reason = "the three names say it all")]
pub struct Near {
    pub lat: f64,
    pub lon: f64,
    pub km: f64,
}

/// Half of the Earth's circumference in kilometres: everything is nearer.
pub const FARTHEST_KM: f64 = 20_016.0;

impl Bbox {
    /// `west,south,east,north`.
    pub fn parse(text: &str) -> Option<Bbox> {
        let [west, south, east, north] = numbers(text)?;
        let right = longitude(west) && longitude(east) && latitude(south) && latitude(north) && south <= north;
        right.then_some(Bbox { west, south, east, north })
    }

    /// Whether the box crosses the line of 180 degrees.
    pub fn crosses_antimeridian(&self) -> bool {
        self.west > self.east
    }
}

impl Near {
    /// `lat,lon,km`.
    pub fn parse(text: &str) -> Option<Near> {
        let [lat, lon, km] = numbers(text)?;
        (latitude(lat) && longitude(lon) && km > 0.0 && km <= FARTHEST_KM).then_some(Near { lat, lon, km })
    }
}

impl fmt::Display for Bbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{},{},{}", self.west, self.south, self.east, self.north)
    }
}

impl fmt::Display for Near {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{},{}", self.lat, self.lon, self.km)
    }
}

fn latitude(degrees: f64) -> bool {
    (-90.0..=90.0).contains(&degrees)
}

fn longitude(degrees: f64) -> bool {
    (-180.0..=180.0).contains(&degrees)
}

fn numbers<const N: usize>(text: &str) -> Option<[f64; N]> {
    let numbers: Option<Vec<f64>> = text.split(',').map(|part| number(part.trim())).collect();
    numbers?.try_into().ok()
}

/// A plain decimal number: Rust's own parser also takes `inf`, `nan` and exponents that overflow.
pub(super) fn number(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E'));
    text.parse().ok().filter(|number: &f64| plain && number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_may_cross_the_antimeridian_but_not_the_poles() {
        assert_eq!(Bbox::parse("170,-50,-170,10.5").map(|bbox| bbox.crosses_antimeridian()), Some(true));
        assert_eq!(Bbox::parse("-10, 40, 5, 50").map(|bbox| bbox.crosses_antimeridian()), Some(false));
        for text in
            ["1,2,3", "1,2,3,4,5", "a,1,2,3", "181,0,0,1", "0,50,1,40", "0,-91,1,0", "nan,0,1,1", "1e999,0,1,1", ""]
        {
            assert_eq!(Bbox::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_radius_is_positive_and_at_most_half_way_round() {
        assert_eq!(Near::parse("35.7,139.7,300"), Some(Near { lat: 35.7, lon: 139.7, km: 300.0 }));
        for text in ["35.7,139.7,0", "35.7,139.7,-1", "35.7,139.7,20017", "91,0,1", "0,181,1", "0,0", "0,0,inf"] {
            assert_eq!(Near::parse(text), None, "{text}");
        }
    }
}
