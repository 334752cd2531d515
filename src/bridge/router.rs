//! Routing: patterns and methods to handlers.
//!
//! Patterns are [`matchit`]'s: `/quakes/{id}`, `/files/{*path}`. A path is decoded before it is matched, except for an encoded slash, which
//! never splits a segment. The trailing-slash rule: a path that only a slash at its end keeps from a route, or only the lack of one, is
//! redirected there with 308, so every resource has one address.

use std::borrow::Cow;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use thiserror::Error;

use super::handler::{BoxedHandler, Call, Handler, Outcome, Reply};
use super::layer::Layer;
use super::path::{self, PathError};
use super::{Context, Kind, Method, Problem, Request, Response};

/// Routes while they are collected. `S` is what the whole application shares.
pub struct Router<S> {
    routes: Vec<Route<S>>,
    elsewhere: Vec<&'static str>,
    layers: Vec<Box<dyn Layer>>,
}

struct Route<S> {
    methods: Vec<Method>,
    pattern: String,
    handler: Rc<BoxedHandler<S>>,
}

/// Routes that can't stand in one table.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RouteError {
    /// A pattern is malformed, or another stands in its way.
    #[error("route {pattern}: {reason}")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// What the matcher says of it.
        reason: String,
    },
    /// Two handlers for one method and pattern.
    #[error("route {method} {pattern} has two handlers")]
    Twice {
        /// The method.
        method: Method,
        /// The pattern.
        pattern: String,
    },
}

impl<S: 'static> Default for Router<S> {
    fn default() -> Self {
        Router::new()
    }
}

impl<S: 'static> Router<S> {
    /// No routes.
    pub fn new() -> Router<S> {
        Router { routes: Vec::new(), elsewhere: Vec::new(), layers: Vec::new() }
    }

    /// The same with `handler` for `methods` at `pattern`.
    pub fn route<M>(mut self, methods: &[Method], pattern: &str, handler: impl Handler<S, M>) -> Router<S> {
        let handler: Rc<BoxedHandler<S>> = Rc::new(Box::new(move |call| handler.call(call)));
        self.routes.push(Route { methods: methods.to_vec(), pattern: pattern.to_owned(), handler });
        self
    }

    /// The same with `handler` for `GET`, and for `HEAD` unless that has its own, at `pattern`.
    pub fn get<M>(self, pattern: &str, handler: impl Handler<S, M>) -> Router<S> {
        self.route(&[Method::Get], pattern, handler)
    }

    /// The same with `handler` for `POST` at `pattern`.
    pub fn post<M>(self, pattern: &str, handler: impl Handler<S, M>) -> Router<S> {
        self.route(&[Method::Post], pattern, handler)
    }

    /// The same with `handler` for every method at `pattern`.
    pub fn any<M>(self, pattern: &str, handler: impl Handler<S, M>) -> Router<S> {
        self.route(&Method::ALL, pattern, handler)
    }

    /// The same with every method at `pattern` left to another instance, whose table answers it whole, its layers included.
    pub fn elsewhere(mut self, pattern: &'static str) -> Router<S> {
        self.elsewhere.push(pattern);
        self
    }

    /// The same with the routes of `router` below `prefix`, which begins with a slash and doesn't end with one.
    ///
    /// A route `/` of `router` is at `prefix` itself. Layers of `router` move to the whole table.
    pub fn nest(mut self, prefix: &str, router: Router<S>) -> Router<S> {
        self.routes.extend(router.routes.into_iter().map(|route| {
            let below = if route.pattern == "/" { "" } else { &route.pattern };
            Route { pattern: format!("{prefix}{below}"), ..route }
        }));
        self.layers.extend(router.layers);
        self
    }

    /// The same with a layer around every handler.
    pub fn layer(mut self, layer: impl Layer) -> Router<S> {
        self.layers.push(Box::new(layer));
        self
    }

    /// Each route below `prefix` as its method and pattern, for who documents them.
    #[cfg(test)]
    pub(crate) fn described(&self, prefix: &str) -> Vec<String> {
        let each =
            self.routes.iter().flat_map(|route| route.methods.iter().map(move |method| (method, &route.pattern)));
        each.map(|(method, pattern)| format!("{method} {prefix}{pattern}")).collect()
    }

    /// Whether the paths of `pattern` are another instance's to answer.
    #[cfg(test)]
    pub(crate) fn leaves(&self, pattern: &str) -> bool {
        self.elsewhere.iter().any(|left| match left.strip_suffix("{*path}") {
            Some(prefix) => pattern.starts_with(prefix),
            None => pattern == *left,
        })
    }

    /// The table, to be built once per isolate.
    pub fn build(self, state: S) -> Result<RouteTable<S>, RouteError> {
        let mut entries: Vec<(String, Entry<S>)> = Vec::new();
        for route in self.routes {
            let at = match entries.iter().position(|(pattern, _)| *pattern == route.pattern) {
                Some(at) => at,
                None => {
                    entries.push((route.pattern.clone(), Entry::default()));
                    entries.len() - 1
                }
            };
            for method in route.methods {
                let slot = &mut entries[at].1.handlers[method as usize];
                if slot.is_some() {
                    return Err(RouteError::Twice { method, pattern: route.pattern });
                }
                *slot = Some(route.handler.clone());
            }
        }
        let left = left(&self.elsewhere, entries.iter().map(|(pattern, _)| &**pattern));
        entries.extend(
            self.elsewhere
                .into_iter()
                .map(|pattern| (pattern.to_owned(), Entry { elsewhere: true, ..Entry::default() })),
        );
        let mut matcher = matchit::Router::new();
        for (pattern, mut entry) in entries {
            entry.allow = entry.allowed();
            matcher
                .insert(pattern.clone(), entry)
                .map_err(|error| RouteError::Pattern { pattern, reason: error.to_string() })?;
        }
        Ok(RouteTable { matcher, layers: self.layers.into(), state: Rc::new(state), left })
    }
}

/// The beginnings of those patterns of `elsewhere` that leave everything below them, unless one of the patterns `own` answers something there.
fn left<'p>(elsewhere: &[&'static str], own: impl Iterator<Item = &'p str> + Clone) -> Vec<&'static str> {
    let prefixes = elsewhere.iter().filter_map(|pattern| pattern.strip_suffix("{*path}"));
    let answers = |pattern: &str, prefix: &str| {
        let fixed = pattern.split('{').next().unwrap_or_default();
        fixed.starts_with(prefix) || (fixed.len() < pattern.len() && prefix.starts_with(fixed))
    };
    prefixes.filter(|prefix| !own.clone().any(|pattern| answers(pattern, prefix))).collect()
}

#[cfg(test)]
#[test]
fn what_is_left_whole_needs_no_question() {
    let left = |own: &[&str]| left(&["/fn/{*path}", "/one"], own.iter().copied());
    assert_eq!(left(&["/", "/hello", "/fnord", "/rest/{*path}"]), ["/fn/"]);
    for own in ["/fn/hello", "/fn/{name}", "/{*path}", "/{any}/x"] {
        assert!(left(&["/", own]).is_empty(), "{own}");
    }
}

/// What is at one pattern.
struct Entry<S> {
    handlers: [Option<Rc<BoxedHandler<S>>>; Method::ALL.len()],
    allow: String,
    /// Another instance answers.
    elsewhere: bool,
}

impl<S> Default for Entry<S> {
    fn default() -> Self {
        Entry { handlers: Default::default(), allow: String::new(), elsewhere: false }
    }
}

impl<S> Entry<S> {
    fn handler(&self, method: Method) -> Option<&BoxedHandler<S>> {
        let head = (method == Method::Head).then_some(Method::Get);
        let own = self.handlers.get(method as usize)?.as_ref();
        own.or_else(|| self.handlers[head? as usize].as_ref()).map(|handler| &**handler)
    }

    fn options(&self) -> Reply {
        Reply::Ready(Ok(Response::no_content().with_header("allow", self.allow.clone())))
    }

    fn allowed(&self) -> String {
        let allowed = |method: &Method| *method == Method::Options || self.handler(*method).is_some();
        let names: Vec<&str> = Method::ALL.into_iter().filter(allowed).map(Method::as_str).collect();
        names.join(", ")
    }
}

/// The routes of an application, ready to answer.
pub struct RouteTable<S> {
    matcher: matchit::Router<Entry<S>>,
    layers: Rc<[Box<dyn Layer>]>,
    state: Rc<S>,
    left: Vec<&'static str>,
}

/// A whole answer: nothing of it is left to render.
pub enum Answer {
    /// The response.
    Ready(Response),
    /// The response, later.
    Pending(Pin<Box<dyn Future<Output = Response>>>),
    /// None: another instance answers.
    Elsewhere,
}

impl<S: 'static> RouteTable<S> {
    /// The beginnings of paths that are another instance's to answer, whatever follows.
    pub fn left(&self) -> &[&'static str] {
        &self.left
    }

    /// What the whole application shares.
    pub fn state(&self) -> &Rc<S> {
        &self.state
    }

    /// Answers `request`.
    pub fn answer(&self, request: Request, context: Context) -> Answer {
        let early = self.layers.iter().find_map(|layer| layer.before(&request, &context));
        let reply = match early {
            Some(response) => Reply::Ready(Ok(response)),
            None => self.dispatch(&request, &context).unwrap_or_else(|problem| Reply::Ready(Err(problem))),
        };
        let layers = self.layers.clone();
        match reply {
            Reply::Ready(outcome) => Answer::Ready(finish(&layers, &request, &context, outcome)),
            Reply::Pending(future) => Answer::Pending(Box::pin(async move {
                let outcome = future.await;
                finish(&layers, &request, &context, outcome)
            })),
            Reply::Elsewhere => Answer::Elsewhere,
        }
    }

    fn dispatch(&self, request: &Request, context: &Context) -> Result<Reply, Problem> {
        let path = match path::decode(request.path()) {
            // Nothing is stored under such a path, and a preflight asks before it sends anything: either way, say what is wrong.
            Err(error @ (PathError::Escape { .. } | PathError::Utf8 | PathError::Control | PathError::DotSegment)) => {
                return Err(error.into());
            }
            Ok(path) => path,
        };
        let Ok(found) = self.matcher.at(&path) else { return self.other_slash(request, &path) };
        if found.value.elsewhere {
            return Ok(Reply::Elsewhere);
        }
        let Some(handler) = found.value.handler(request.method()) else {
            if request.method() == Method::Options {
                return Ok(found.value.options());
            }
            return Err(Problem::new(Kind::METHOD_NOT_ALLOWED)
                .with_detail(format!("this path takes {}", found.value.allow))
                .with_header("allow", found.value.allow.clone()));
        };
        let params: Vec<(&str, Cow<'_, str>)> =
            found.params.iter().map(|(name, value)| (name, path::finish(value))).collect();
        Ok(handler(&Call { request, context, params: &params, state: &self.state }))
    }

    /// The redirect to the path with or without a slash at its end, if a route is there. A question for its methods is answered as there: a
    /// browser takes no redirect for an answer to a preflight.
    fn other_slash(&self, request: &Request, path: &str) -> Result<Reply, Problem> {
        let not_found = || Problem::new(Kind::NOT_FOUND).with_detail("no route has this path; GET / lists the routes");
        let raw = request.path();
        // A location that begins with two slashes would name another host.
        if raw.starts_with("//") {
            return Err(not_found());
        }
        let (other, location) = match (path.strip_suffix('/'), raw.strip_suffix('/')) {
            (Some(path), Some(raw)) if !path.is_empty() => (path.to_owned(), raw.to_owned()),
            (None, None) => (format!("{path}/"), format!("{raw}/")),
            _ => return Err(not_found()),
        };
        let Ok(found) = self.matcher.at(&other) else { return Err(not_found()) };
        if request.method() == Method::Options && !found.value.elsewhere {
            return Ok(found.value.options());
        }
        let location = if request.query().is_empty() { location } else { format!("{location}?{}", request.query()) };
        Ok(Reply::Ready(Ok(Response::redirect(308, location))))
    }
}

fn finish(layers: &[Box<dyn Layer>], request: &Request, context: &Context, outcome: Outcome) -> Response {
    let mut response = outcome.unwrap_or_else(|problem| problem.into_response(&context.request_id().to_string()));
    if request.method() == Method::Head {
        response = response.without_body();
    }
    for layer in layers.iter().rev() {
        layer.after(request, context, &mut response);
    }
    response
}
