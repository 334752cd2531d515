//! The application: what it shares, and its routes.

use std::cell::Cell;

use worker::Env;

use crate::bridge::extract::State;
use crate::bridge::layer::{AccessLog, Cors, RequestIds, Timing};
use crate::bridge::{Context, Kind, Method, Problem, Request, Response, RouteTable, Router};
use crate::cache::{Cache, Freshness};
use crate::executor::Executor;
use crate::executor::history::History;
use crate::functions::Caller;
use crate::functions::issuer::Issuer;
use crate::functions::rate_limit::RateLimits;
use crate::settings::{Project, Settings};
use crate::supabase::proxy::Upstream;
use crate::supabase::{Transport, rest};
use crate::{earthquake, executor, functions, pages};

/// What a browser's script may read of a response beside the headers that are always readable.
const EXPOSED: &str = "accept-ranges, age, allow, content-location, content-profile, content-range, etag, idempotent-replayed, link, location, preference-applied, range-unit, retry-after, server-timing, warning, www-authenticate, x-request-id";

/// What the whole application shares; nothing in it is about a request.
pub struct App {
    /// The deployment's settings.
    pub settings: Settings,
    /// The Supabase project, as anyone may use it; none if the deployment has none.
    pub project: Option<Supabase>,
    /// How queries are sent.
    pub transport: Transport,
    /// Kept answers.
    pub cache: Cache,
    /// Who signs callers' tokens.
    pub issuer: Issuer,
    /// How often somebody is served.
    pub limits: RateLimits,
    /// What is remembered of calls.
    pub history: History,
    /// What runs functions.
    pub executor: Executor,
    /// Whether the last sweep may have left more.
    pub unswept: Cell<bool>,
}

/// A Supabase project, as anyone may use it.
pub struct Supabase {
    /// The data API.
    pub rest: rest::Client,
    /// Where the proxy leads.
    pub upstream: Upstream,
}

impl Supabase {
    fn new(project: &Project, deadline_ms: u32) -> Supabase {
        Supabase {
            rest: rest::Client::new(&project.url, project.anon_key.as_str()),
            upstream: Upstream {
                url: project.url.as_str().into(),
                anon_key: project.anon_key.as_str().into(),
                deadline_ms,
            },
        }
    }
}

impl App {
    /// The application of a deployment with these settings.
    pub fn new(settings: Settings) -> App {
        let project = settings.supabase.as_ref();
        App {
            project: project.map(|project| Supabase::new(project, settings.supabase_timeout_ms)),
            transport: Transport { deadline_ms: settings.supabase_timeout_ms, retry: Default::default() },
            cache: Cache::new(
                settings.cache,
                Freshness {
                    fresh: settings.cache_fresh_seconds,
                    while_revalidate: settings.cache_stale_seconds,
                    if_error: 86_400,
                },
                project.map_or(("", ""), |project| (&project.url, &project.anon_key)),
            ),
            issuer: Issuer::new(&settings),
            limits: RateLimits::default(),
            history: History::default(),
            executor: Executor::new(&settings),
            unswept: Cell::default(),
            settings,
        }
    }

    /// The Supabase project, for a route that reads it.
    pub fn supabase(&self) -> Result<&Supabase, Problem> {
        self.project.as_ref().ok_or_else(|| {
            tracing::error!("SUPABASE_URL and SUPABASE_ANON_KEY are not set, and this route reads a Supabase project");
            Problem::new(Kind::CONFIGURATION)
                .with_detail("this route reads a Supabase project, and this deployment has none")
        })
    }

    /// Who sends `request`, if they don't send too many. One with a token that isn't valid is nobody's: it counts as its address's.
    pub async fn caller(&self, context: &Context, request: &Request) -> Result<Caller, Problem> {
        match self.issuer.caller(request.header("authorization").as_deref()).await {
            Ok(caller) => {
                self.limits.admit_caller(context.env(), &caller, request).await?;
                Ok(caller)
            }
            Err(problem) => {
                // That nobody can tell whether a token is valid is not its sender's fault.
                if problem.kind() == Kind::UNAUTHORIZED {
                    self.limits.admit_address(context.env(), request).await?;
                }
                Err(problem)
            }
        }
    }
}

/// The route table of a deployment's Worker: what is not the platform's.
pub fn table(env: &Env) -> Result<RouteTable<App>, Problem> {
    build(routes(), env)
}

/// The route table of the platform, which is an instance of its own (docs/decisions/0050-a-platform-of-its-own.md).
pub fn platform_table(env: &Env) -> Result<RouteTable<App>, Problem> {
    build(platform_routes(), env)
}

fn build(mut routes: Router<App>, env: &Env) -> Result<RouteTable<App>, Problem> {
    let settings = Settings::read(env)?;
    if settings.server_timing {
        routes = routes.layer(Timing);
    }
    routes.build(App::new(settings)).map_err(|error| {
        tracing::error!(%error, "the routes don't make a table");
        Problem::new(Kind::INTERNAL)
    })
}

fn layered() -> Router<App> {
    Router::new().layer(RequestIds).layer(Cors { expose: EXPOSED, max_age: "86400" }).layer(AccessLog)
}

fn routes() -> Router<App> {
    const PROXIED: [Method; 6] = [Method::Get, Method::Head, Method::Post, Method::Put, Method::Patch, Method::Delete];
    PLATFORM
        .into_iter()
        .fold(layered(), Router::elsewhere)
        .get("/", pages::index)
        .get("/hello", pages::hello)
        .get("/healthz", pages::health)
        .nest("/earthquake", earthquake::routes())
        .route(&PROXIED, "/rest/v1/{*path}", proxy)
}

/// What the platform answers.
const PLATFORM: [&str; 4] = ["/api/v1/{*path}", "/functions/v1/{*path}", "/fn/{*path}", "/openapi.json"];

fn platform_routes() -> Router<App> {
    let all = layered().nest("/api/v1", functions::api::routes()).nest("", executor::api::routes());
    all.get("/openapi.json", pages::openapi)
}

async fn proxy(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    app.supabase()?.upstream.pass(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_routes_make_a_table() {
        let settings = Settings {
            supabase: None,
            supabase_timeout_ms: 1,
            cache: false,
            cache_fresh_seconds: 0,
            cache_stale_seconds: 0,
            server_timing: false,
            jwt_secret: None,
            auth_issuer: "http://h/auth/v1".into(),
            auth_audience: "authenticated".into(),
            auth_jwks_url: None,
            store: Default::default(),
            service_role_key: None,
            functions_per_user: 1,
            storage_per_user_mib: 1,
            history_days: 1,
            history_mb: 1,
            history_results: true,
            upload_seconds: 1,
            function_cache_seconds: 5,
        };
        assert!(routes().build(App::new(settings.clone())).is_ok());
        assert!(platform_routes().build(App::new(settings)).is_ok());
    }

    #[test]
    fn what_the_platform_answers_is_left_to_it() {
        let ours = routes();
        let platforms = platform_routes().described("");
        assert!(platforms.len() > 20);
        for route in &platforms {
            let pattern = route.split(' ').nth(1).expect("a pattern");
            assert!(ours.leaves(pattern), "{route} is the platform's, and never gets there");
        }
        for prefix in PLATFORM {
            let prefix = prefix.trim_end_matches("{*path}");
            let answered = |route: &String| route.split(' ').nth(1).is_some_and(|pattern| pattern.starts_with(prefix));
            assert!(platforms.iter().any(answered), "nobody answers below {prefix}");
        }
    }
}
