//! The routes that are about Hashi itself.

use serde::Serialize;

use crate::app::App;
use crate::bridge::extract::State;
use crate::bridge::{Body, Problem, Response, clock};
use crate::earthquake::query;
use crate::supabase::{Transport, rest};

/// How long Supabase may take to say that it is well.
const HEALTH_DEADLINE_MS: u32 = 2000;

/// `GET /`: a page that lists the routes.
pub fn index() -> Response {
    Response::html(include_str!("pages/index.html"))
        .with_header(
            "content-security-policy",
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
        )
        .with_header("x-content-type-options", "nosniff")
}

/// `GET /hello`: the shortest way through the bridge.
pub fn hello() -> &'static str {
    "Hello from Hashi, in Rust on the edge.\n"
}

/// `GET /openapi.json`: what the platform's routes take and give (OpenAPI 3.1), for programs.
pub fn openapi() -> Response {
    Response::new(200, Body::Text(include_str!("../docs/openapi.json").into()))
        .with_header("content-type", "application/json")
        .with_header("cache-control", "public, max-age=300")
}

#[derive(Serialize)]
struct Health {
    status: &'static str,
    version: &'static str,
    supabase: &'static str,
    supabase_ms: f64,
}

/// `GET /healthz`: whether this program runs, and Supabase answers if the deployment has a project; 503 if Supabase doesn't.
pub async fn health(State(app): State<App>) -> Result<Response, Problem> {
    let began = clock::now_ms();
    let (well, supabase) = match &app.project {
        Some(project) => match probe(&project.rest, app.transport).await {
            Ok(()) => (true, "ok"),
            Err(error) => {
                tracing::error!(%error, "Supabase is not well");
                (false, "unavailable")
            }
        },
        None => (true, "none"),
    };
    let health = Health {
        status: if well { "ok" } else { "degraded" },
        version: env!("CARGO_PKG_VERSION"),
        supabase,
        supabase_ms: (clock::now_ms() - began).round(),
    };
    let response = Response::json(&health)?.with_header("cache-control", "no-store");
    Ok(if well { response } else { response.with_status(503) })
}

async fn probe(rest: &rest::Client, transport: Transport) -> Result<(), rest::Error> {
    let (outbound, expected) = query::probe(rest);
    let transport = Transport { deadline_ms: HEALTH_DEADLINE_MS.min(transport.deadline_ms), ..transport };
    let answer = transport.send(&outbound).await?;
    expected.decode_raw(answer.reply())?;
    Ok(())
}
