//! A Durable Object: a counter that keeps its count in storage.

use std::time::Duration;

use hashi::bridge::extract::Path;
use hashi::bridge::{Context, Kind, Problem, Response};
use worker::{Delay, DurableObject, Env, State, durable_object};

use crate::death::Death;

/// A counter with a name of its own.
#[durable_object(fetch)]
pub struct Counter {
    state: State,
}

impl DurableObject for Counter {
    fn new(state: State, _: Env) -> Self {
        Counter { state }
    }

    async fn fetch(&self, request: worker::Request) -> worker::Result<worker::Response> {
        let path = request.path();
        let count = self.state.storage().get::<u32>("count").await?.unwrap_or(0);
        match path.trim_start_matches('/') {
            "read" => worker::Response::ok(count.to_string()),
            "add" => {
                self.state.storage().put("count", count + 1).await?;
                worker::Response::ok((count + 1).to_string())
            }
            "wait" => {
                Delay::from(Duration::from_millis(5000)).await;
                worker::Response::ok(count.to_string())
            }
            "error" => Err(worker::Error::RustError("as asked".into())),
            path => {
                if let Ok(death) = path.parse::<Death>() {
                    death.die();
                }
                worker::Response::error("no such action", 404)
            }
        }
    }
}

/// Asks the counter `name` to do `action`.
pub async fn call(Path((name, action)): Path<(String, String)>, context: Context) -> Result<Response, Problem> {
    let failed = |error: worker::Error| {
        tracing::warn!(%error, "the Durable Object failed");
        Problem::new(Kind::BAD_UPSTREAM).with_detail("the Durable Object failed")
    };
    let stub = context.env().durable_object("COUNTER").and_then(|namespace| namespace.get_by_name(&name));
    let mut answer = stub.map_err(failed)?.fetch_with_str(&format!("http://counter/{action}")).await.map_err(failed)?;
    let text = answer.text().await.map_err(failed)?;
    Ok(Response::text(text).with_status(answer.status_code()))
}
