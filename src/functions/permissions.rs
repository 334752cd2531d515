//! What a guest may do beyond computing.

use serde::{Deserialize, Serialize};

use super::limits::{HOST_PATTERNS, HTTP_REQUESTS};
use crate::executor::gateway::HostPattern;

/// What a function's guest may do; nothing until it is enabled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Permissions {
    /// Where it may send requests: hosts, `*.example.com` for every host below one, or `*` for every host.
    allowed_http_hosts: Vec<HostPattern>,
    /// Whether it may send requests at all.
    http_enabled: bool,
    /// How many requests one call may send, hops of redirects among them.
    #[cfg_attr(test, schemars(range(min = 1, max = HTTP_REQUESTS.most)))]
    max_http_requests: u32,
    /// Whether its log lines are kept.
    logging_enabled: bool,
}

impl Default for Permissions {
    fn default() -> Self {
        Permissions {
            allowed_http_hosts: Vec::new(),
            http_enabled: false,
            max_http_requests: HTTP_REQUESTS.default as u32,
            logging_enabled: false,
        }
    }
}

impl Permissions {
    /// The permissions of a guest that may do nothing, to be widened step by step.
    pub fn builder() -> PermissionsBuilder {
        PermissionsBuilder(Permissions::default())
    }

    /// The budget of one call, if requests are enabled.
    pub fn http_requests(&self) -> Option<u32> {
        self.http_enabled.then_some(self.max_http_requests)
    }

    /// Where requests may go, if they are enabled; nowhere otherwise.
    pub fn http_hosts(&self) -> &[HostPattern] {
        if self.http_enabled { &self.allowed_http_hosts } else { &[] }
    }

    /// Whether log lines are kept.
    pub fn logging(&self) -> bool {
        self.logging_enabled
    }

    /// How many bytes they have, about: those of the hosts, and what holds each.
    pub fn bytes(&self) -> usize {
        const HELD: usize = 64;
        self.allowed_http_hosts.iter().map(|host| host.to_string().len() + HELD).sum()
    }

    /// Whether the numbers are in range; otherwise what would be right.
    pub fn check(&self) -> Result<(), String> {
        if self.allowed_http_hosts.len() > HOST_PATTERNS {
            let given = self.allowed_http_hosts.len();
            return Err(format!("permissions.allowed_http_hosts: expected at most {HOST_PATTERNS} hosts, got {given}"));
        }
        HTTP_REQUESTS.check(self.max_http_requests.into())
    }
}

/// Permissions while they are put together.
#[derive(Clone, Debug)]
#[must_use = "nothing is permitted until `build` is called and its permissions are used"]
pub struct PermissionsBuilder(Permissions);

impl PermissionsBuilder {
    /// Enables requests, to the hosts that are allowed.
    pub fn with_http(mut self) -> Self {
        self.0.http_enabled = true;
        self
    }

    /// Allows requests to the hosts that `pattern` matches.
    pub fn with_host(mut self, pattern: HostPattern) -> Self {
        self.0.allowed_http_hosts.push(pattern);
        self
    }

    /// Sets the budget of one call.
    pub fn with_http_requests(mut self, most: u32) -> Self {
        self.0.max_http_requests = most;
        self
    }

    /// Keeps log lines.
    pub fn with_logging(mut self) -> Self {
        self.0.logging_enabled = true;
        self
    }

    /// The permissions, if they are in range.
    pub fn build(self) -> Result<Permissions, String> {
        self.0.check().map(|()| self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> HostPattern {
        HostPattern::parse(text).expect("a pattern")
    }

    #[test]
    fn nothing_is_permitted_until_it_is_enabled() {
        for given in ["{}", r#"{"allowed_http_hosts":["*"]}"#, r#"{"max_http_requests":5}"#] {
            let permissions: Permissions = serde_json::from_str(given).expect("permissions");
            assert_eq!((permissions.http_requests(), permissions.http_hosts()), (None, &[][..]), "{given}");
            assert!(!permissions.logging());
        }
        let listed = Permissions::builder().with_host(pattern("*")).build().expect("permissions");
        assert!(listed.http_hosts().is_empty(), "a list enables nothing");
    }

    #[test]
    fn each_step_permits_one_thing() {
        let http = Permissions::builder().with_http().with_host(pattern("a.example")).with_http_requests(3);
        let http = http.build().expect("permissions");
        assert_eq!((http.http_requests(), http.http_hosts().len(), http.logging()), (Some(3), 1, false));
        let logging = Permissions::builder().with_logging().build().expect("permissions");
        assert_eq!((logging.http_requests(), logging.logging()), (None, true));
    }

    #[test]
    fn what_is_out_of_range_or_unknown_is_refused() {
        assert!(Permissions::builder().with_http_requests(100).build().is_ok());
        assert_eq!(
            Permissions::builder().with_http_requests(101).build().err().as_deref(),
            Some("permissions.max_http_requests: expected a whole number from 1 to 100, got 101")
        );
        assert!(Permissions::builder().with_http_requests(0).build().is_err());
        let crowd =
            (0..65).fold(Permissions::builder(), |builder, at| builder.with_host(pattern(&format!("h{at}.example"))));
        assert!(crowd.build().is_err());
        for wrong in [r#"{"http":true}"#, r#"{"allowed_http_hosts":["http://a"]}"#, r#"{"http_enabled":"yes"}"#] {
            assert!(serde_json::from_str::<Permissions>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_tables_take_what_is_read_here() {
        let [taken, refused] = crate::functions::tests::settings("permissions");
        let read = |given: &serde_json::Value| {
            let permissions: Permissions = serde_json::from_value(given.clone()).map_err(|error| error.to_string())?;
            permissions.check()
        };
        for given in &taken {
            assert_eq!(read(given), Ok(()), "{given}");
        }
        for given in &refused {
            assert!(read(given).is_err(), "{given}");
        }
    }
}
