//! The bench's routes on the worker crate's own Router, as its documentation shows it.

mod ids;
mod quakes;
mod typed;

use serde::Serialize;
use worker::{Context, Env, Request, Response, Result, Router, event};

#[derive(Serialize)]
struct Post<'a> {
    user: &'a str,
    post: &'a str,
    title: String,
    published: bool,
}

#[event(fetch)]
async fn fetch(request: Request, env: Env, _context: Context) -> Result<Response> {
    let mut response = Router::new()
        .get("/hello", |_, _| Response::ok("Hello from the edge.\n"))
        .get("/users/:id/posts/:post", |_, context| match (context.param("id"), context.param("post")) {
            (Some(user), Some(post)) => {
                let title = format!("Post {post} of {user}");
                Response::from_json(&Post { user, post, title, published: true })
            }
            _ => Response::error("not found", 404),
        })
        .post_async("/echo", |mut request, _| async move {
            let text = request.text().await?;
            if serde_json::from_str::<serde::de::IgnoredAny>(&text).is_err() {
                return Response::error("the body is not JSON", 400);
            }
            let mut response = Response::ok(text)?;
            response.headers_mut().set("content-type", "application/json")?;
            Ok(response)
        })
        .post_async("/typed", |mut request, _| async move {
            let bulletin: typed::Bulletin = request.json().await?;
            Response::from_json(&bulletin.revised())
        })
        .get_async("/earthquake/list", quakes::list)
        .run(request, env)
        .await?;
    let headers = response.headers_mut();
    headers.set("x-request-id", &ids::next())?;
    headers.set("access-control-allow-origin", "*")?;
    headers.set("access-control-expose-headers", "x-request-id")?;
    Ok(response)
}
