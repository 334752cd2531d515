//! From the caller's types to parameters.

use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsValue;

use crate::error::Error;

/// Values as SQL has them: null for what is missing, 64 bits for 64 bits, objects for what has names.
const SERIALIZER: Serializer = Serializer::new()
    .serialize_missing_as_null(true)
    .serialize_large_number_types_as_bigints(true)
    .serialize_maps_as_objects(true);

/// A value as it is bound.
pub(crate) fn parameter(value: &(impl Serialize + ?Sized)) -> Result<JsValue, Error> {
    value.serialize(&SERIALIZER).map_err(|error| Error::Parameters(error.to_string()))
}

/// A tuple, an array or a list for `?`; a struct or a map by name for `:name`; `()` for none.
pub(crate) fn parameters(given: &(impl Serialize + ?Sized)) -> Result<JsValue, Error> {
    let values = parameter(given)?;
    Ok(if values.is_null() { JsValue::UNDEFINED } else { values })
}
