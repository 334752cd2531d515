use serde::Deserialize;

/// What the digest needs of an event.
#[derive(Deserialize)]
pub struct Event {
    pub magnitude: Option<f64>,
    pub place: Option<String>,
    pub tsunami: bool,
}

/// From this magnitude on an earthquake is felt by many.
const STRONG: f64 = 4.5;

/// The lines of the digest: how many events there were, and the strongest of them.
pub fn digest(events: &[Event]) -> Vec<String> {
    let magnitude = |event: &Event| event.magnitude.unwrap_or(f64::NEG_INFINITY);
    let strong = events.iter().filter(|event| magnitude(event) >= STRONG).count();
    let mut lines = vec![format!("{} events, {strong} of magnitude {STRONG} or more", events.len())];
    let mut strongest: Vec<_> = events.iter().filter(|event| event.magnitude.is_some()).collect();
    strongest.sort_by(|a, b| magnitude(b).total_cmp(&magnitude(a)));
    lines.extend(strongest.iter().take(3).map(|event| {
        let place = event.place.as_deref().unwrap_or("at an unnamed place");
        let tsunami = if event.tsunami { ", tsunami warning" } else { "" };
        format!("magnitude {:.1}: {place}{tsunami}", magnitude(event))
    }));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strongest_come_first_and_those_without_magnitude_not_at_all() {
        let json = r#"[
            { "magnitude": 4.5, "place": "A", "tsunami": false },
            { "magnitude": null, "place": "B", "tsunami": false },
            { "magnitude": 6.44, "place": null, "tsunami": true },
            { "magnitude": -0.8, "place": "C", "tsunami": false, "depth_km": 3 }
        ]"#;
        let events: Vec<Event> = serde_json::from_str(json).unwrap();
        let wanted = [
            "4 events, 2 of magnitude 4.5 or more",
            "magnitude 6.4: at an unnamed place, tsunami warning",
            "magnitude 4.5: A",
            "magnitude -0.8: C",
        ];
        assert_eq!(digest(&events), wanted);
        assert_eq!(digest(&[]), ["0 events, 0 of magnitude 4.5 or more"]);
    }
}
