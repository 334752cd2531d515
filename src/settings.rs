//! A deployment's settings, read from its bindings once per isolate.

use std::fmt;

use worker::Env;

use crate::bridge::binding::BindingError;
use crate::bridge::{Kind, Problem};

/// What a deployment chooses. Docs for each variable are in `.dev.vars.example` and wrangler.toml.
#[derive(Clone)]
pub struct Settings {
    /// The Supabase project; none where another issuer signs callers' tokens and nothing is kept in one.
    pub supabase: Option<Project>,
    /// `SUPABASE_TIMEOUT_MS`: how long one call to Supabase may take, retries included. Default 5000.
    pub supabase_timeout_ms: u32,
    /// `SUPABASE_JWT_SECRET`, or `AUTH_JWT_SECRET`: what the issuer signs with, where it signs with a shared secret (HS256).
    pub jwt_secret: Option<String>,
    /// `AUTH_ISSUER`: who signs callers' tokens, as `iss` names it. Default: the Supabase project's own, `{SUPABASE_URL}/auth/v1`.
    pub auth_issuer: String,
    /// `AUTH_AUDIENCE`: whom users' tokens are meant for, as `aud` names it. Default: authenticated.
    pub auth_audience: String,
    /// `AUTH_JWKS_URL`: where the issuer publishes its keys. Default `{AUTH_ISSUER}/.well-known/jwks.json`; nowhere if that is no
    /// address and there is a secret, or if `AUTH_ISSUER` and `AUTH_JWT_SECRET` are set.
    pub auth_jwks_url: Option<String>,
    /// `STORE`: where functions, modules and history are kept (`d1`, `supabase`). Default d1.
    pub store: StoreChoice,
    /// `SUPABASE_SERVICE_ROLE_KEY`: the key that is past every policy, for what has no caller; needed where `STORE` is `supabase`.
    pub service_role_key: Option<String>,
    /// `FUNCTIONS_PER_USER`: how many functions a user may have. Default 100.
    pub functions_per_user: u32,
    /// `STORAGE_PER_USER_MIB`: how much a user's modules may have in all, in MiB. Default 256.
    pub storage_per_user_mib: u32,
    /// `HISTORY_DAYS`: how long executions are remembered. Default 30.
    pub history_days: u32,
    /// `HISTORY_MB`: how much executions take of the database, in MB of 1,000,000 bytes, as estimated; above that, whichever function has the most loses its
    /// earliest. Default 400.
    pub history_mb: u32,
    /// `HISTORY_RESULTS`: whether the history keeps what calls returned (`on`, `off`). Default on.
    pub history_results: bool,
    /// `UPLOAD_SECONDS`: how long an upload may take: what is older and used by nothing was left behind. Default 3600; 0 sweeps at once and bounds no
    /// upload.
    pub upload_seconds: u32,
    /// `FUNCTION_CACHE_SECONDS`: for how long an isolate goes by what it knows of a function, 0 for not at all. Default 5.
    pub function_cache_seconds: u32,
    /// `CACHE`: whether good answers are kept (`on`, `off`). Default on.
    pub cache: bool,
    /// `CACHE_FRESH_SECONDS`: how long a kept answer is as good as a new one. Default 30.
    pub cache_fresh_seconds: u32,
    /// `CACHE_STALE_SECONDS`: how long after that it is still given, while a new one is made. Default 300.
    pub cache_stale_seconds: u32,
    /// `SERVER_TIMING`: whether responses say how long they took (`on`, `off`). Default off.
    pub server_timing: bool,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Keys are among them.
        f.debug_struct("Settings").field("store", &self.store).finish_non_exhaustive()
    }
}

/// A Supabase project.
#[derive(Clone)]
pub struct Project {
    /// `SUPABASE_URL`: its address without a slash at its end.
    pub url: String,
    /// `SUPABASE_ANON_KEY`: the key that everyone may know; row security decides what it reads.
    pub anon_key: String,
}

/// Where a deployment keeps functions, modules and history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StoreChoice {
    /// D1 and R2.
    #[default]
    D1,
    /// Supabase's Postgres and Storage.
    Supabase,
}

impl Settings {
    /// The Supabase project of a deployment that has one.
    pub(crate) fn project(&self) -> Result<&Project, BindingError> {
        self.supabase.as_ref().ok_or(BindingError::Missing("SUPABASE_URL"))
    }

    /// The key for what has no caller.
    pub(crate) fn service_role_key(&self) -> Result<&str, BindingError> {
        self.service_role_key.as_deref().ok_or(BindingError::Missing("SUPABASE_SERVICE_ROLE_KEY"))
    }

    /// Reads the settings, or names in the log the first that is missing or wrong; the client learns only that there is one.
    pub fn read(env: &Env) -> Result<Settings, Problem> {
        Settings::parse(|name| env.var(name).ok().map(|value| value.to_string())).map_err(|reason| {
            tracing::error!(reason, "the deployment's settings can't be used");
            Problem::new(Kind::CONFIGURATION)
        })
    }

    fn parse(var: impl Fn(&str) -> Option<String>) -> Result<Settings, String> {
        let required = |name: &str| {
            var(name)
                .filter(|value| !value.is_empty())
                .ok_or_else(|| format!("{name} is not set; see .dev.vars.example"))
        };
        let number = |name: &str, default: u32| match var(name) {
            None => Ok(default),
            Some(text) => text.parse().map_err(|_| format!("{name} is {text:?}; it must be a whole number")),
        };
        let switch = |name: &str, default: bool| match var(name).as_deref() {
            None => Ok(default),
            Some("on") => Ok(true),
            Some("off") => Ok(false),
            Some(text) => Err(format!("{name} is {text:?}; it must be on or off")),
        };
        let history_mb = number("HISTORY_MB", 400)?;
        if history_mb == 0 {
            return Err(
                "HISTORY_MB is 0, and no execution would be remembered; it must be a whole number from 1".to_owned()
            );
        }
        let address = |name: &str, value: String| match value.starts_with("https://") || value.starts_with("http://") {
            true => Ok(value.trim_end_matches('/').to_owned()),
            false => Err(format!("{name} must begin with https:// or http://")),
        };
        let given = |name: &str| var(name).filter(|value| !value.is_empty());
        let store = match var("STORE").as_deref() {
            None | Some("" | "d1") => StoreChoice::D1,
            Some("supabase") => StoreChoice::Supabase,
            Some(text) => return Err(format!("STORE is {text:?}; it must be d1 or supabase")),
        };
        let service_role_key = given("SUPABASE_SERVICE_ROLE_KEY");
        if store == StoreChoice::Supabase && service_role_key.is_none() {
            return Err(
                "SUPABASE_SERVICE_ROLE_KEY is not set, and STORE is \"supabase\"; see .dev.vars.example".to_owned()
            );
        }
        let elsewhere = given("AUTH_ISSUER").filter(|_| store == StoreChoice::D1);
        let supabase = match (elsewhere, given("SUPABASE_URL"), given("SUPABASE_ANON_KEY")) {
            (Some(_), None, None) => None,
            _ => Some(Project {
                url: address("SUPABASE_URL", required("SUPABASE_URL")?)?,
                anon_key: required("SUPABASE_ANON_KEY")?,
            }),
        };
        let url = supabase.as_ref().map_or("", |project| project.url.as_str());
        let auth_issuer = given("AUTH_ISSUER").unwrap_or_else(|| format!("{url}/auth/v1"));
        let own_secret = given("AUTH_JWT_SECRET");
        let auth_jwks_url = match given("AUTH_JWKS_URL") {
            Some(url) => Some(address("AUTH_JWKS_URL", url)?),
            // Whoever signs with a secret alone publishes no keys, and a token of another kind is nobody's.
            None if own_secret.is_some() && given("AUTH_ISSUER").is_some() => None,
            None if auth_issuer.starts_with("https://") || auth_issuer.starts_with("http://") => {
                Some(format!("{}/.well-known/jwks.json", auth_issuer.trim_end_matches('/')))
            }
            None if given("SUPABASE_JWT_SECRET").is_some() => None,
            None => {
                return Err("AUTH_ISSUER is no address, so AUTH_JWKS_URL or AUTH_JWT_SECRET has to be set".to_owned());
            }
        };
        Ok(Settings {
            supabase,
            jwt_secret: own_secret.or_else(|| given("SUPABASE_JWT_SECRET")),
            auth_jwks_url,
            auth_issuer,
            auth_audience: given("AUTH_AUDIENCE").unwrap_or_else(|| "authenticated".to_owned()),
            store,
            service_role_key,
            functions_per_user: number("FUNCTIONS_PER_USER", 100)?,
            storage_per_user_mib: number("STORAGE_PER_USER_MIB", 256)?,
            history_days: number("HISTORY_DAYS", 30)?,
            history_mb,
            history_results: switch("HISTORY_RESULTS", true)?,
            upload_seconds: number("UPLOAD_SECONDS", 3600)?,
            function_cache_seconds: number("FUNCTION_CACHE_SECONDS", 5)?,
            supabase_timeout_ms: number("SUPABASE_TIMEOUT_MS", 5000)?,
            cache: switch("CACHE", true)?,
            cache_fresh_seconds: number("CACHE_FRESH_SECONDS", 30)?,
            cache_stale_seconds: number("CACHE_STALE_SECONDS", 300)?,
            server_timing: switch("SERVER_TIMING", false)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(vars: &[(&str, &str)]) -> Result<Settings, String> {
        Settings::parse(|name| vars.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
    }

    const NEEDED: [(&str, &str); 2] = [("SUPABASE_URL", "http://127.0.0.1:54321/"), ("SUPABASE_ANON_KEY", "anon")];

    #[test]
    fn what_is_not_set_has_a_default() {
        let settings = parse(&NEEDED).expect("all that is needed");
        assert_eq!(settings.supabase.expect("a project").url, "http://127.0.0.1:54321");
        assert_eq!(settings.auth_jwks_url.as_deref(), Some("http://127.0.0.1:54321/auth/v1/.well-known/jwks.json"));
        assert_eq!(settings.auth_audience, "authenticated");
        assert_eq!((settings.supabase_timeout_ms, settings.cache, settings.cache_fresh_seconds), (5000, true, 30));
    }

    #[test]
    fn supabase_as_the_store_needs_its_key() {
        let with = |extra: &[(&str, &str)]| parse(&[&NEEDED, extra].concat()).map(|settings| settings.store);
        assert_eq!(with(&[]), Ok(StoreChoice::D1));
        assert_eq!(with(&[("STORE", "d1")]), Ok(StoreChoice::D1));
        assert_eq!(with(&[("STORE", "supabase"), ("SUPABASE_SERVICE_ROLE_KEY", "k")]), Ok(StoreChoice::Supabase));
        assert!(with(&[("STORE", "supabase")]).is_err_and(|said| said.starts_with("SUPABASE_SERVICE_ROLE_KEY")));
        assert_eq!(with(&[("STORE", "r2")]), Err("STORE is \"r2\"; it must be d1 or supabase".to_owned()));
    }

    #[test]
    fn another_issuer_needs_no_supabase() {
        let issuer = ("AUTH_ISSUER", "https://issuer.example/");
        let settings = parse(&[issuer, ("AUTH_AUDIENCE", "hashi")]).expect("all that is needed");
        assert!(settings.supabase.is_none());
        assert_eq!(settings.auth_jwks_url.as_deref(), Some("https://issuer.example/.well-known/jwks.json"));
        assert_eq!((settings.auth_issuer.as_str(), settings.auth_audience.as_str()), (issuer.1, "hashi"));
        let named = ("AUTH_ISSUER", "our own");
        let secret = parse(&[named, ("AUTH_JWT_SECRET", "s")]).expect("a secret is enough");
        assert_eq!((secret.auth_jwks_url, secret.jwt_secret.as_deref()), (None, Some("s")));
        let alone = parse(&[issuer, ("AUTH_JWT_SECRET", "s")]).expect("a secret is enough");
        assert_eq!(alone.auth_jwks_url, None, "who signs with a secret publishes no keys");
        let both = [issuer, ("AUTH_JWT_SECRET", "s"), ("AUTH_JWKS_URL", "https://keys.example/")];
        let both = parse(&both).expect("both are named");
        assert_eq!((both.auth_jwks_url.is_some(), both.jwt_secret.is_some()), (true, true));
        let project = parse(&[NEEDED[0], NEEDED[1], ("AUTH_JWT_SECRET", "s")]).expect("a project's secret");
        assert!(project.auth_jwks_url.is_some(), "a project has keys besides");
        let like = parse(&[("AUTH_ISSUER", "http-issuer"), ("AUTH_JWT_SECRET", "s")]).expect("no address");
        assert_eq!(like.auth_jwks_url, None);
        assert!(parse(&[named]).is_err_and(|said| said.contains("AUTH_JWKS_URL or AUTH_JWT_SECRET")));
        // Half a project is none, and a store in it needs it.
        assert!(parse(&[issuer, NEEDED[0]]).is_err_and(|said| said.starts_with("SUPABASE_ANON_KEY")));
        let store = [("STORE", "supabase"), ("SUPABASE_SERVICE_ROLE_KEY", "k")];
        assert!(parse(&[issuer, store[0], store[1]]).is_err_and(|said| said.starts_with("SUPABASE_URL")));
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        assert_eq!(parse(&[]).err().as_deref(), Some("SUPABASE_URL is not set; see .dev.vars.example"));
        let wrong = |extra: (&'static str, &'static str)| parse(&[extra, NEEDED[0], NEEDED[1]]).err();
        assert_eq!(parse(&NEEDED[..1]).err().as_deref(), Some("SUPABASE_ANON_KEY is not set; see .dev.vars.example"));
        assert_eq!(wrong(("CACHE", "yes")).as_deref(), Some("CACHE is \"yes\"; it must be on or off"));
        let number = wrong(("SUPABASE_TIMEOUT_MS", "5s"));
        assert_eq!(number.as_deref(), Some("SUPABASE_TIMEOUT_MS is \"5s\"; it must be a whole number"));
        assert!(wrong(("HISTORY_MB", "0")).is_some_and(|error| error.ends_with("a whole number from 1")));
        assert!(wrong(("SUPABASE_URL", "example.org")).is_some());
    }
}
