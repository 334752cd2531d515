//! The control plane's routes, below `/api/v1`.

mod answer;
mod artifact;
mod deadline;
mod execution;
mod form;
mod function;
mod module;
#[cfg(test)]
mod openapi;
mod problems;
mod repeated;
mod upload;
mod visit;

use crate::app::App;
use crate::bridge::{Method, Router};

/// The routes.
pub fn routes() -> Router<App> {
    Router::new()
        .post("/functions", function::create)
        .get("/functions", function::list)
        .get("/functions/{id}", function::one)
        .route(&[Method::Patch], "/functions/{id}", function::change)
        .route(&[Method::Delete], "/functions/{id}", function::delete)
        .post("/functions/{id}/upload", upload::upload)
        .get("/functions/{id}/versions", module::list)
        .post("/functions/{id}/versions/{version}/activate", module::activate)
        .get("/artifacts/{id}/{version}", artifact::bytes)
        .get("/executions", execution::list)
}
