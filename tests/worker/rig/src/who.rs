//! A handler with a context of its own that waits in between.

use std::time::Duration;

use hashi::bridge::extract::{Json, Path, Query, Text};
use hashi::bridge::{Context, Request};
use serde::{Deserialize, Serialize};
use tracing::Instrument;
use worker::Delay;

use crate::left::Left;

#[derive(Deserialize)]
pub struct Waits {
    first: u64,
    second: u64,
}

#[derive(Serialize)]
pub struct Who {
    name: String,
    mark: Option<String>,
    body: String,
    request_id: String,
}

/// Says who asked, with what mark and body, after two waits.
pub async fn who(
    Path(name): Path<String>,
    Query(waits): Query<Waits>,
    context: Context,
    request: Request,
    Text(body): Text,
) -> Json<Who> {
    let left = Left::watch("who", name.as_str());
    tracing::info!(name, "before");
    Delay::from(Duration::from_millis(waits.first)).await;
    let mark = request.header("x-mark");
    let inner = async {
        tracing::info!(name, "between");
        Delay::from(Duration::from_millis(waits.second)).await;
        tracing::info!(name, "after");
    };
    inner.instrument(tracing::info_span!("inner", step = "second")).await;
    left.done();
    Json(Who { name, mark, body, request_id: context.request_id().to_string() })
}
