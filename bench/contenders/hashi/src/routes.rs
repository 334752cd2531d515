//! The route table.

use hashi::bridge::extract::{Json, Path, RawJson};
use hashi::bridge::layer::{AccessLog, Cors, RequestIds};
use hashi::bridge::{Kind, Problem, RouteTable, Router};
use hashi::supabase::rest::Client;
use serde::Serialize;
use worker::Env;

use crate::{memory, quakes, typed};

/// What the routes share.
pub struct App {
    /// The upstream of the list.
    pub client: Client,
}

/// The table for the bench's bindings.
pub fn table(env: &Env) -> Result<RouteTable<App>, Problem> {
    let var = |name: &str| env.var(name).map(|value| value.to_string()).map_err(|_| Problem::new(Kind::CONFIGURATION));
    let app = App { client: Client::new(&var("SUPABASE_URL")?, var("SUPABASE_ANON_KEY")?) };
    let routes = Router::new()
        .layer(RequestIds)
        .layer(Cors { expose: "x-request-id", max_age: "86400" })
        .layer(AccessLog)
        .get("/hello", hello)
        .get("/users/{id}/posts/{post}", post)
        .post("/echo", echo)
        .post("/typed", typed::revise)
        .get("/earthquake/list", quakes::list)
        .get("/memory", memory::size)
        .get("/panic", memory::die);
    routes.build(app).map_err(|_| Problem::new(Kind::CONFIGURATION))
}

fn hello() -> &'static str {
    "Hello from the edge.\n"
}

#[derive(Serialize)]
struct Post {
    user: String,
    post: String,
    title: String,
    published: bool,
}

fn post(Path((user, post)): Path<(String, String)>) -> Json<Post> {
    let title = format!("Post {post} of {user}");
    Json(Post { user, post, title, published: true })
}

async fn echo(body: RawJson) -> RawJson {
    body
}
