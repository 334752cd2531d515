//! Structured values across the border, in headless Chromium: `cargo test --target wasm32-unknown-unknown --test structured_values`.
#![cfg(target_arch = "wasm32")]

use std::collections::BTreeMap;

use js_sys::{Array, JSON};
use serde::{Deserialize, Serialize};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
fn structured_values_cross_the_border_both_ways() {
    #[derive(Debug, Deserialize, PartialEq, Serialize)]
    struct Event {
        id: String,
        magnitude: Option<f64>,
        count: u32,
        place: (f64, f64),
        tags: BTreeMap<String, Vec<bool>>,
    }
    let event = Event {
        id: "橋".into(),
        magnitude: None,
        count: u32::MAX,
        place: (-0.5, 179.9),
        tags: BTreeMap::from([("felt".into(), vec![true, false])]),
    };
    let plain = serde_wasm_bindgen::Serializer::json_compatible();
    let value = event.serialize(&plain).expect("a value");
    let wanted = r#"{"id":"橋","magnitude":null,"count":4294967295,"place":[-0.5,179.9],"tags":{"felt":[true,false]}}"#;
    assert_eq!(JSON::stringify(&value).expect("JSON"), wanted);
    assert_eq!(serde_wasm_bindgen::from_value::<Event>(value).expect("the same"), event);

    let wrong = JSON::parse(r#"{ "id": 1, "count": -1, "place": [], "tags": {} }"#).expect("JSON");
    assert!(serde_wasm_bindgen::from_value::<Event>(wrong).is_err());
    assert!(serde_wasm_bindgen::from_value::<u32>(Array::new().into()).is_err());
}
