//! A Worker that serves the control plane alone: the product doesn't until it fits the product's budget of wasm.

use hashi::app::App;
use hashi::bridge::layer::{AccessLog, Cors, RequestIds};
use hashi::bridge::{Kind, Problem, RouteTable, Router};
use hashi::settings::Settings;
use worker::Env;

hashi::worker!(hashi::app::App, crate::table);

fn table(env: &Env) -> Result<RouteTable<App>, Problem> {
    Router::new()
        .layer(RequestIds)
        .layer(Cors { expose: "etag, location, x-request-id", max_age: "86400" })
        .layer(AccessLog)
        .nest("/api/v1", hashi::functions::api::routes())
        .build(App::new(Settings::read(env)?))
        .map_err(|_| Problem::new(Kind::CONFIGURATION))
}
