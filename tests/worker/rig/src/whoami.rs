//! Supabase's tokens, verified in the isolate with its own WebCrypto and the issuer's own keys.

use std::cell::OnceCell;
use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
use hashi::bridge::extract::Json;
use hashi::bridge::{Context, Kind, Method, Outbound, Problem, Request, fetch};
use hashi::supabase::auth::{Key, NoAnswer, Policy, Timing, Verifier, WebCrypto};
use serde::Serialize;

type Answer = LocalBoxFuture<'static, Result<(u16, Vec<u8>), NoAnswer>>;
type Issuer = Verifier<WebCrypto, fn(String) -> Answer>;

thread_local! {
    /// About the issuer, never about a request.
    static ISSUER: OnceCell<Rc<Issuer>> = const { OnceCell::new() };
}

#[derive(Serialize)]
pub struct Caller {
    sub: Option<String>,
    role: Option<String>,
    email: Option<String>,
}

/// Says whose token the request carries.
pub async fn whoami(context: Context, request: Request) -> Result<Json<Caller>, Problem> {
    let issuer = ISSUER.with(|issuer| issuer.get_or_init(|| Rc::new(issuer_of(&context))).clone());
    let header = request.header("authorization").unwrap_or_default();
    let Some(token) = header.strip_prefix("Bearer ") else {
        return Err(Problem::new(Kind::UNAUTHORIZED).with_detail("authorization: expected Bearer and a token"));
    };
    let verified = issuer.verify(token).await.map_err(|error| {
        let kind = if error.is_callers() { Kind::UNAUTHORIZED } else { Kind::BAD_UPSTREAM };
        Problem::new(kind).with_detail(error.code())
    })?;
    let claims = verified.claims();
    Ok(Json(Caller { sub: claims.sub.clone(), role: claims.role.clone(), email: claims.email.clone() }))
}

fn issuer_of(context: &Context) -> Issuer {
    let var = |name: &str| context.env().var(name).map(|value| value.to_string()).unwrap_or_default();
    let url = var("SUPABASE_URL");
    let keys = format!("{url}/auth/v1/.well-known/jwks.json");
    let issuer =
        Verifier::new(WebCrypto::new(), Policy::supabase(&url)).with_jwks(keys, get as fn(_) -> _, Timing::default());
    match Key::secret(&var("SUPABASE_JWT_SECRET")) {
        Ok(secret) => issuer.with_secret(secret),
        Err(_) => issuer,
    }
}

fn get(url: String) -> Answer {
    Box::pin(async move {
        let outbound = Outbound { method: Method::Get, url, headers: Vec::new(), body: None };
        let answer = fetch::send(&outbound, 5000).await.map_err(|_| NoAnswer)?;
        let status = answer.status();
        Ok((status, answer.bytes(64 * 1024).await.map_err(|_| NoAnswer)?))
    })
}
