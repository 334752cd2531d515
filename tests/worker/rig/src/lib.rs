//! The rig: a Worker with routes that prove the bridge in a real isolate.

mod conformance;
mod counter;
mod death;
mod echo;
mod everyone;
mod heap;
mod history;
mod instance;
mod left;
mod outside;
mod promises;
mod streams;
mod turnstile;
mod who;
mod whoami;

use hashi::bridge::layer::{AccessLog, Cors, RequestIds, Timing};
use hashi::bridge::{Kind, Problem, RouteTable, Router};
use worker::Env;

/// What the routes share: nothing.
#[derive(Debug)]
pub struct Rig;

/// The route table.
pub fn table(_: &Env) -> Result<RouteTable<Rig>, Problem> {
    instance::table_built();
    let routes = Router::new()
        .layer(RequestIds)
        .layer(Timing)
        .layer(Cors { expose: "x-request-id", max_age: "86400" })
        .layer(AccessLog)
        .get("/hello", || "hello")
        // As the platform of another's first module, and with another's platform.
        .get("/fn/hello", || "hello")
        .get("/fn/die/{how}", death::die)
        .elsewhere("/api/v1/{*path}")
        .get("/instance", instance::report)
        .get("/heap", || heap::live().to_string())
        .post("/echo/bytes", echo::bytes)
        .post("/echo/small", echo::small)
        .post("/echo/json", echo::json)
        .post("/echo/raw-json", echo::raw_json)
        .post("/echo/form", echo::form)
        .post("/echo/multipart", echo::multipart)
        .post("/echo/stream", echo::stream)
        .post("/echo/host", echo::host)
        .post("/echo/count", echo::count)
        .post("/echo/beginning", echo::beginning)
        .get("/path/{segment}/end", echo::segment)
        .get("/rest/{*path}", echo::rest)
        .get("/slash/", || "slash")
        .any("/header", echo::header)
        .any("/who/{name}", who::who)
        .get("/whoami", whoami::whoami)
        .get("/die/{how}", death::die)
        .get("/die-later/{how}", death::die_later)
        .get("/die-left/{how}", death::die_left)
        .get("/stream/slow", streams::slow)
        .get("/stream/events", streams::events)
        .get("/stream/die/{how}", streams::die)
        .get("/stream/fail", streams::fail)
        .get("/stream/live", streams::live)
        .post("/stream/stage", streams::stage)
        .get("/promise/{what}", promises::await_one)
        .get("/turnstile", turnstile::pass)
        .get("/turnstile/late", turnstile::late)
        .any("/proxy", outside::proxy)
        .any("/fetch", outside::fetch)
        .any("/count/{name}/{action}", counter::call)
        .get("/after", instance::after)
        .post("/history/record", history::record)
        .get("/history/writes", history::writes)
        .post("/history/flush", history::flush)
        .get("/conformance/{suite}", conformance::cases)
        .get("/conformance/{suite}/{case}", conformance::run);
    routes.build(Rig).map_err(|error| Problem::new(Kind::CONFIGURATION).with_detail(error.to_string()))
}

hashi::worker!(crate::Rig, crate::table);
