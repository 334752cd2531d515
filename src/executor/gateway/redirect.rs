//! What follows a redirect: the method, the body and the headers of the next hop.
//! ([Fetch Standard, HTTP-redirect fetch](https://fetch.spec.whatwg.org/#http-redirect-fetch))

use super::gate::{Admitted, Gate, Refused};
use super::headers;
use crate::bridge::Method;

/// The most redirects of one request, as browsers have it.
pub const MOST: u32 = 20;

/// A request on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// Where it goes.
    pub to: Admitted,
    /// The method.
    pub method: Method,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: HopBody,
    /// How many redirects came before it.
    pub redirects: u32,
}

/// What is known of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HopBody {
    /// There is none.
    None,
    /// It is there, and can be sent again.
    Whole,
}

impl Hop {
    /// The hop that an answer with `status` and `location` leads to; `None` if the answer is the last.
    pub fn next(self, gate: &mut Gate<'_>, status: u16, location: Option<&str>) -> Result<Option<Hop>, Refused> {
        let Some(location) = location.filter(|_| matches!(status, 301 | 302 | 303 | 307 | 308)) else {
            return Ok(None);
        };
        if self.redirects >= MOST {
            return Err(Refused::Redirects(MOST));
        }
        let to = gate.admit_hop(&self.to, location)?;
        let same_origin = to.target().is_same_origin(self.to.target());
        let becomes_get = match status {
            301 | 302 => self.method == Method::Post,
            303 => !matches!(self.method, Method::Get | Method::Head),
            _ => false,
        };
        let mut hop = Hop { to, redirects: self.redirects + 1, ..self };
        if becomes_get {
            hop.method = Method::Get;
            hop.body = HopBody::None;
            headers::without_body(&mut hop.headers);
        }
        if !same_origin {
            headers::without_credentials(&mut hop.headers);
        }
        Ok(Some(hop))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{HostPattern, LoopbackOrigins};
    use super::*;
    use crate::functions::Permissions;

    fn follow(method: Method, body: HopBody, status: u16, location: Option<&str>) -> Result<Option<Hop>, Refused> {
        let permissions = Permissions::builder().with_http().with_host(HostPattern::Any).build().expect("permissions");
        let loopback = LoopbackOrigins::default();
        let mut gate = Gate::new(&permissions, &loopback);
        let to = gate.admit("https://a.example/one").expect("the first");
        let headers = ["authorization", "cookie", "content-type", "content-language", "accept"];
        let headers = headers.map(|name| (name.to_owned(), "v".to_owned())).to_vec();
        Hop { to, method, headers, body, redirects: 0 }.next(&mut gate, status, location)
    }

    fn names(hop: &Hop) -> Vec<&str> {
        hop.headers.iter().map(|(name, _)| name.as_str()).collect()
    }

    #[test]
    fn a_redirect_has_a_status_and_a_location() {
        for status in [200, 204, 300, 304, 305, 306, 400, 500] {
            assert_eq!(follow(Method::Get, HopBody::None, status, Some("/two")), Ok(None), "{status}");
        }
        for status in [301, 302, 303, 307, 308] {
            assert_eq!(follow(Method::Get, HopBody::None, status, None), Ok(None), "{status}");
            let hop = follow(Method::Get, HopBody::None, status, Some("two")).expect("allowed").expect("a hop");
            assert_eq!((hop.to.target().url().as_str(), hop.redirects), ("https://a.example/two", 1));
        }
    }

    #[test]
    fn the_method_changes_as_in_browsers() {
        use Method::{Delete, Get, Head, Post, Put};
        for (method, status, next) in [
            (Post, 301, Get),
            (Post, 302, Get),
            (Post, 303, Get),
            (Post, 307, Post),
            (Post, 308, Post),
            (Put, 301, Put),
            (Put, 303, Get),
            (Delete, 302, Delete),
            (Head, 303, Head),
            (Head, 302, Head),
            (Get, 303, Get),
        ] {
            let hop = follow(method, HopBody::Whole, status, Some("/")).expect("allowed").expect("a hop");
            assert_eq!(hop.method, next, "{method} {status}");
            let kept = next != Get || method == Get;
            assert_eq!(hop.body, if kept { HopBody::Whole } else { HopBody::None }, "{method} {status}");
            assert_eq!(names(&hop).contains(&"content-type"), kept, "{method} {status}");
            assert!(names(&hop).contains(&"accept"));
        }
    }

    #[test]
    fn credentials_stay_with_their_origin() {
        let kept = follow(Method::Get, HopBody::None, 302, Some("/two")).expect("allowed").expect("a hop");
        assert!(names(&kept).contains(&"authorization") && names(&kept).contains(&"cookie"));
        for other in ["https://b.example/", "http://a.example/", "https://a.example:8443/"] {
            let left = follow(Method::Get, HopBody::None, 302, Some(other)).expect("allowed").expect("a hop");
            assert!(!names(&left).contains(&"authorization") && !names(&left).contains(&"cookie"), "{other}");
            assert!(names(&left).contains(&"accept"), "{other}");
        }
    }

    #[test]
    fn redirects_end() {
        let permissions = Permissions::builder().with_http().with_host(HostPattern::Any).build().expect("permissions");
        let loopback = LoopbackOrigins::default();
        let mut gate = Gate::new(&permissions, &loopback);
        let to = gate.admit("https://a.example/").expect("the first");
        let mut hop = Hop { to, method: Method::Get, headers: Vec::new(), body: HopBody::None, redirects: 0 };
        for _ in 0..MOST {
            hop = hop.next(&mut gate, 302, Some("/")).expect("allowed").expect("a hop");
        }
        assert_eq!(hop.next(&mut gate, 302, Some("/")), Err(Refused::Redirects(MOST)));
        assert_eq!(gate.passed(), 1 + MOST);
    }
}
