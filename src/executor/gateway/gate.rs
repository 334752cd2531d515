//! The decision whether one request may leave.

use thiserror::Error;

use super::address;
use super::loopback::LoopbackOrigins;
use super::target::{Target, TargetError};
use crate::functions::Permissions;

/// The gate of one call: it counts what passes.
#[derive(Clone, Debug)]
pub struct Gate<'a> {
    permissions: &'a Permissions,
    loopback: &'a LoopbackOrigins,
    passed: u32,
}

/// A request that may be sent. Only a [`Gate`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admitted(Target);

impl Admitted {
    /// Where it goes.
    pub fn target(&self) -> &Target {
        &self.0
    }
}

/// Why a request may not leave.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refused {
    /// Requests are not enabled.
    #[error("this function may not send requests; enable permissions.http_enabled")]
    Disabled,
    /// The call has sent as many as it may.
    #[error("this call has sent the {0} requests that it may; raise permissions.max_http_requests")]
    Budget(u32),
    /// It leads nowhere.
    #[error("{0}")]
    Target(#[from] TargetError),
    /// The function doesn't list the host.
    #[error("{0} is not in permissions.allowed_http_hosts")]
    Host(String),
    /// Nobody may reach the host.
    #[error("{0} is {1} and can't be reached by any function")]
    Inside(String, &'static str),
    /// One redirect after another.
    #[error("more than {0} redirects")]
    Redirects(u32),
}

impl Refused {
    /// The case of `http-error` (wit/http-types.wit) that the guest gets.
    pub fn http_error(&self) -> &'static str {
        match self {
            Refused::Budget(_) => "rate-limited",
            Refused::Target(TargetError::Scheme) => "permission-denied",
            Refused::Disabled | Refused::Host(_) | Refused::Inside(..) | Refused::Target(TargetError::BadPort) => {
                "permission-denied"
            }
            Refused::Target(_) | Refused::Redirects(_) => "other",
        }
    }
}

impl<'a> Gate<'a> {
    /// The gate of a call of a function with these permissions.
    pub fn new(permissions: &'a Permissions, loopback: &'a LoopbackOrigins) -> Gate<'a> {
        Gate { permissions, loopback, passed: 0 }
    }

    /// The same after `passed` requests, for a host that keeps the count itself.
    pub fn with_passed(self, passed: u32) -> Gate<'a> {
        Gate { passed, ..self }
    }

    /// Whether a request for `url` may leave. What is refused for another reason than the budget counts as well: a guest that tries addresses
    /// doesn't get to try for ever.
    pub fn admit(&mut self, url: &str) -> Result<Admitted, Refused> {
        self.count()?;
        self.pass(Target::parse(url)?)
    }

    /// Whether the next hop of a redirect, to `location` from `from`, may leave.
    pub fn admit_hop(&mut self, from: &Admitted, location: &str) -> Result<Admitted, Refused> {
        self.count()?;
        self.pass(from.0.resolve(location)?)
    }

    /// How many requests were counted.
    pub fn passed(&self) -> u32 {
        self.passed
    }

    fn count(&mut self) -> Result<(), Refused> {
        let budget = self.permissions.http_requests().ok_or(Refused::Disabled)?;
        if self.passed >= budget {
            return Err(Refused::Budget(budget));
        }
        self.passed += 1;
        Ok(())
    }

    fn pass(&self, target: Target) -> Result<Admitted, Refused> {
        if !self.permissions.http_hosts().iter().any(|pattern| pattern.matches(&target.host)) {
            return Err(Refused::Host(target.host.to_string()));
        }
        match address::inside(&target.host) {
            Some(what) if !self.loopback.allows(&target) => Err(Refused::Inside(target.host.to_string(), what)),
            _ => Ok(Admitted(target)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::HostPattern;
    use super::*;

    fn permissions(hosts: &[&str], requests: u32) -> Permissions {
        let builder = Permissions::builder().with_http().with_http_requests(requests);
        let builder =
            hosts.iter().fold(builder, |builder, host| builder.with_host(HostPattern::parse(host).expect(host)));
        builder.build().expect("permissions")
    }

    fn admit(hosts: &[&str], url: &str) -> Result<String, Refused> {
        let (permissions, loopback) = (permissions(hosts, 1), LoopbackOrigins::default());
        Gate::new(&permissions, &loopback).admit(url).map(|admitted| admitted.target().url())
    }

    #[test]
    fn nothing_leaves_until_requests_are_enabled() {
        let loopback = LoopbackOrigins::default();
        let listed = Permissions::builder().with_host(HostPattern::Any).build().expect("permissions");
        assert_eq!(Gate::new(&listed, &loopback).admit("https://a.example/"), Err(Refused::Disabled));
        assert!(admit(&["*"], "https://a.example/").is_ok());
    }

    #[test]
    fn only_listed_hosts_are_reached() {
        assert_eq!(admit(&["a.example"], "https://a.example/x").as_deref(), Ok("https://a.example/x"));
        assert_eq!(admit(&["a.example"], "https://b.example/x"), Err(Refused::Host("b.example".into())));
        assert_eq!(admit(&[], "https://a.example/"), Err(Refused::Host("a.example".into())));
        // The list comes before what the address is.
        assert_eq!(admit(&["a.example"], "http://10.0.0.1/"), Err(Refused::Host("10.0.0.1".into())));
        assert!(admit(&["*.a.example"], "https://b.a.example/").is_ok());
        assert!(admit(&["*.a.example"], "https://a.example/").is_err());
    }

    #[test]
    fn no_list_opens_what_leads_inside() {
        for url in [
            "http://127.0.0.1/",
            "http://2130706433/",
            "http://0177.0.0.1/",
            "http://0x7f.1/",
            "http://127.1/",
            "http://%31%32%37.0.0.1/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::127.0.0.1]/",
            "http://localhost/",
            "http://LocalHost./",
            "http://a.localhost/",
            "http://169.254.169.254/latest/meta-data/",
            "http://metadata.google.internal/",
            "http://10.1.2.3/",
            "http://192.168.1.1/",
            "http://172.16.0.1/",
            "http://100.64.0.1/",
            "http://0.0.0.0/",
            "http://224.0.0.1/",
            "http://[fd00::1]/",
            "http://[fe80::1]/",
            "http://[64:ff9b::7f00:1]/",
        ] {
            let exact = Target::parse(url).expect(url).host.to_string();
            assert!(matches!(admit(&["*"], url), Err(Refused::Inside(..))), "{url} under *");
            assert!(matches!(admit(&[&exact], url), Err(Refused::Inside(..))), "{url} by its name");
        }
        for url in [
            "http://8.8.8.8/",
            "http://134744072/",
            "http://[2606:4700::1111]/",
            "http://[::ffff:8.8.8.8]/",
            "http://localhost.example/",
        ] {
            assert!(admit(&["*"], url).is_ok(), "{url}");
        }
    }

    #[test]
    fn a_call_has_its_budget_and_no_more() {
        let (permissions, loopback) = (permissions(&["a.example"], 3), LoopbackOrigins::default());
        let mut gate = Gate::new(&permissions, &loopback);
        assert!(gate.admit("http://a.example/1").is_ok());
        assert!(gate.admit("http://b.example/2").is_err(), "what is refused counts");
        let last = gate.admit("http://a.example/3").expect("the third");
        assert_eq!(gate.admit("http://a.example/4"), Err(Refused::Budget(3)));
        assert_eq!(gate.admit_hop(&last, "/5"), Err(Refused::Budget(3)), "a hop is a request");
        assert_eq!(gate.passed(), 3);
        assert_eq!(
            Gate::new(&permissions, &loopback).with_passed(3).admit("http://a.example/"),
            Err(Refused::Budget(3))
        );
    }

    #[test]
    fn each_hop_is_asked_again() {
        let (permissions, loopback) = (permissions(&["a.example", "*.b.example", "*"], 10), LoopbackOrigins::default());
        let mut gate = Gate::new(&permissions, &loopback);
        let first = gate.admit("https://a.example/x/y").expect("the first");
        assert_eq!(gate.admit_hop(&first, "z").map(|hop| hop.target().url()).as_deref(), Ok("https://a.example/x/z"));
        assert!(gate.admit_hop(&first, "https://c.b.example/").is_ok());
        for inside in ["http://169.254.169.254/", "//127.0.0.1/", "http://0x7f000001/", "http://localhost:8787/"] {
            assert!(matches!(gate.admit_hop(&first, inside), Err(Refused::Inside(..))), "{inside}");
        }
        assert_eq!(gate.admit_hop(&first, "file:///etc/passwd"), Err(Refused::Target(TargetError::Scheme)));
    }

    #[test]
    fn a_named_loopback_origin_is_open_where_the_function_lists_it() {
        let loopback = LoopbackOrigins::parse("http://127.0.0.1:3000").expect("origins");
        let with = |hosts: &[&str], url: &str| {
            let permissions = permissions(hosts, 1);
            Gate::new(&permissions, &loopback).admit(url).map(drop)
        };
        assert_eq!(with(&["127.0.0.1"], "http://127.0.0.1:3000/"), Ok(()));
        assert_eq!(with(&["a.example"], "http://127.0.0.1:3000/"), Err(Refused::Host("127.0.0.1".into())));
        assert!(with(&["*"], "http://127.0.0.1:3001/").is_err());
        assert!(with(&["*"], "http://10.0.0.1:3000/").is_err());
    }

    #[test]
    fn every_refusal_is_a_case_of_http_error() {
        let wit = [
            "permission-denied",
            "timeout",
            "dns-error",
            "connection-failed",
            "tls-error",
            "body-too-large",
            "rate-limited",
            "other",
        ];
        for refused in [
            Refused::Disabled,
            Refused::Budget(1),
            Refused::Target(TargetError::Scheme),
            Refused::Target(TargetError::Malformed),
            Refused::Host(String::new()),
            Refused::Inside(String::new(), ""),
            Refused::Redirects(20),
        ] {
            assert!(wit.contains(&refused.http_error()), "{refused}");
        }
    }
}
