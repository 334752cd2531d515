//! How often a caller or a function may be served.

use std::cell::OnceCell;

use worker::Env;

use super::caller::Caller;
use super::id::FunctionId;
use crate::bridge::binding::RateLimiter;
use crate::bridge::{Kind, Problem, Request};

/// The period of both bindings, in seconds: as long as it may take until a refused caller is served again.
const PERIOD_SECONDS: &str = "10";

/// The limits of a deployment; their bindings are looked for once.
#[derive(Debug, Default)]
pub struct RateLimits {
    callers: Limit,
    functions: Limit,
}

type Limit = OnceCell<Option<RateLimiter>>;

impl RateLimits {
    /// Counts a request of `caller`; a `rate_limited` problem if there were too many. Those who aren't signed in are told apart by their address.
    pub async fn admit_caller(&self, env: &Env, caller: &Caller, request: &Request) -> Result<(), Problem> {
        let Some(limiter) = found(&self.callers, env, "CALLER_RATE") else { return Ok(()) };
        let key = match (caller, caller.user()) {
            (_, Some(user)) => format!("user:{}", user.as_str()),
            (Caller::Admin(_), None) => "service".to_owned(),
            _ => format!("address:{}", request.header("cf-connecting-ip").unwrap_or_default()),
        };
        admit(limiter, &key).await
    }

    /// Counts a call of a function, whoever calls.
    pub async fn admit_function(&self, env: &Env, function: &FunctionId) -> Result<(), Problem> {
        let Some(limiter) = found(&self.functions, env, "FUNCTION_RATE") else { return Ok(()) };
        admit(limiter, function.as_str()).await
    }
}

/// A deployment without the binding has no limit.
fn found<'l>(limit: &'l Limit, env: &Env, binding: &'static str) -> Option<&'l RateLimiter> {
    limit.get_or_init(|| RateLimiter::find(env, binding)).as_ref()
}

async fn admit(limiter: &RateLimiter, key: &str) -> Result<(), Problem> {
    // A limiter that fails is no reason to serve nobody.
    match limiter.allows(key).await {
        Ok(false) => Err(Problem::new(Kind::RATE_LIMITED)
            .with_detail("too many requests; wait until Retry-After has passed")
            .with_header("retry-after", PERIOD_SECONDS)),
        _ => Ok(()),
    }
}
