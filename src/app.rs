//! The application: its settings and its routes.

use worker::Env;

use crate::bridge::layer::{AccessLog, Cors, RequestIds};
use crate::bridge::{Problem, RouteTable, Router};

/// What the whole application shares; nothing in it is about a request.
pub struct App {}

/// The route table for a deployment's bindings.
pub fn table(env: &Env) -> Result<RouteTable<App>, Problem> {
    let _ = env;
    let routes = Router::new()
        .layer(RequestIds)
        .layer(Cors { expose: "x-request-id", max_age: "86400" })
        .layer(AccessLog)
        .get("/hello", hello);
    Ok(routes.build(App {}).expect("the routes don't collide"))
}

fn hello() -> &'static str {
    "Hello from Hashi, in Rust on the edge.\n"
}
