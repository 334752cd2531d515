//! The route table.

use hashi::app::App;
use hashi::bridge::extract::{Json, Path, RawJson};
use hashi::bridge::layer::{AccessLog, Cors, RequestIds};
use hashi::bridge::{Kind, Problem, RouteTable, Router};
use hashi::settings::Settings;
use serde::Serialize;
use worker::Env;

use crate::{memory, typed};

/// The table for the bench's bindings: its own routes, and the product's earthquakes as they are, with `CACHE` off.
pub fn table(env: &Env) -> Result<RouteTable<App>, Problem> {
    let app = App::new(Settings::read(env)?);
    let routes = Router::new()
        .layer(RequestIds)
        .layer(Cors { expose: "x-request-id", max_age: "86400" })
        .layer(AccessLog)
        .get("/hello", hello)
        .get("/users/{id}/posts/{post}", post)
        .post("/echo", echo)
        .post("/typed", typed::revise)
        .nest("/earthquake", hashi::earthquake::routes())
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
