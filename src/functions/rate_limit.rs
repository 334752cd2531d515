//! How often a caller or a function may be served.

use std::cell::OnceCell;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use worker::Env;

use super::caller::Caller;
use super::id::FunctionId;
use crate::bridge::binding::RateLimiter;
use crate::bridge::{Kind, Problem, Request};

/// The period of both bindings, in seconds: as long as it may take until a refused caller is served again.
const PERIOD_SECONDS: &str = "10";

/// How long a limiter is waited for, which counts on the machine that asks: what takes as long is broken.
const WAIT: Duration = Duration::from_secs(2);

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
            _ => of_address(request),
        };
        admit(limiter, &key).await
    }

    /// Counts a request whose token is not valid, as one of its address; a `rate_limited` problem if there were too many.
    pub async fn admit_address(&self, env: &Env, request: &Request) -> Result<(), Problem> {
        let Some(limiter) = found(&self.callers, env, "CALLER_RATE") else { return Ok(()) };
        admit(limiter, &of_address(request)).await
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

fn of_address(request: &Request) -> String {
    format!("address:{}", network(&request.header("cf-connecting-ip").unwrap_or_default()))
}

/// What stands for an address: an IPv4 address for itself, however it is written, an IPv6 address for its /64. Whoever has one address of a /64 has
/// all of them ([RFC 6177](https://www.rfc-editor.org/rfc/rfc6177)), and would have a budget for each.
fn network(address: &str) -> String {
    match address.parse().map(|address: IpAddr| address.to_canonical()) {
        Ok(IpAddr::V6(address)) => format!("{}/64", Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        Ok(address) => address.to_string(),
        Err(_) => address.to_owned(),
    }
}

async fn admit(limiter: &RateLimiter, key: &str) -> Result<(), Problem> {
    // A limiter that fails, or says nothing, is no reason to serve nobody.
    match limiter.allows(key, WAIT).await {
        Ok(false) => Err(Problem::new(Kind::RATE_LIMITED)
            .with_detail("too many requests; wait until Retry-After has passed")
            .with_header("retry-after", PERIOD_SECONDS)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_period_is_that_of_the_bindings() {
        let toml = include_str!("../../wrangler.toml");
        let periods: Vec<&str> = toml.lines().filter_map(|line| line.split("period = ").nth(1)).collect();
        assert_eq!(periods, [format!("{PERIOD_SECONDS} }}"), format!("{PERIOD_SECONDS} }}")]);
    }

    #[test]
    fn addresses_of_one_network_count_together() {
        for (address, counted) in [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("::ffff:c000:207", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
            ("2001:DB8:1:2::", "2001:db8:1:2::/64"),
            ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
            ("::1", "::/64"),
            ("", ""),
            ("nowhere", "nowhere"),
        ] {
            assert_eq!(network(address), counted, "{address}");
        }
    }
}
