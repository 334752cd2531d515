//! How often a caller or a function may be served.

use worker::Env;

use super::caller::Caller;
use super::id::FunctionId;
use crate::bridge::binding::RateLimiter;
use crate::bridge::{Kind, Problem, Request};

/// The period of both bindings, in seconds: as long as it may take until a refused caller is served again.
const PERIOD_SECONDS: &str = "10";

/// Counts a request of `caller`; a `rate_limited` problem if there were too many. Those who aren't signed in are told apart by their address.
pub async fn admit_caller(env: &Env, caller: &Caller, request: &Request) -> Result<(), Problem> {
    let key = match (caller, caller.user()) {
        (_, Some(user)) => format!("user:{}", user.as_str()),
        (Caller::Admin(_), None) => "service".to_owned(),
        _ => format!("address:{}", request.header("cf-connecting-ip").unwrap_or_default()),
    };
    admit(env, "CALLER_RATE", &key).await
}

/// Counts a call of a function, whoever calls.
pub async fn admit_function(env: &Env, function: &FunctionId) -> Result<(), Problem> {
    admit(env, "FUNCTION_RATE", function.as_str()).await
}

async fn admit(env: &Env, binding: &'static str, key: &str) -> Result<(), Problem> {
    // A deployment without the binding has no limit; a limiter that fails is no reason to serve nobody.
    let Some(limiter) = RateLimiter::find(env, binding) else { return Ok(()) };
    match limiter.allows(key).await {
        Ok(false) => Err(Problem::new(Kind::RATE_LIMITED)
            .with_detail("too many requests; wait until Retry-After has passed")
            .with_header("retry-after", PERIOD_SECONDS)),
        _ => Ok(()),
    }
}
