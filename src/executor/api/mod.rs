//! The executor's routes.

pub(crate) mod execute;
mod trigger;
mod visit;

use crate::app::App;
use crate::bridge::Router;

/// The routes: `POST /functions/v1/wasm-executor` and `/fn/…`.
pub fn routes() -> Router<App> {
    Router::new()
        .post("/functions/v1/wasm-executor", execute::execute)
        .any("/fn/{name}", trigger::trigger)
        .any("/fn/{name}/", trigger::trigger)
        .any("/fn/{name}/{*path}", trigger::trigger)
}
