//! The routes below `/earthquake`.

use std::rc::Rc;

use crate::app::App;
use crate::bridge::extract::{Path, Query, State};
use crate::bridge::{Context, Kind, Problem, Request, Response, Router};
use crate::cache::{Fresh, Lookup};
use crate::supabase::rest::Error;

use super::cursor;
use super::event::Event;
use super::page::Page;
use super::params::ListParams;
use super::query;
use super::stats::StatsParams;

/// `GET /list`, `/stats` and `/{event_id}`.
pub fn routes() -> Router<App> {
    Router::new().get("/list", list).get("/stats", stats).get("/{event_id}", one)
}

async fn list(State(app): State<App>, context: Context, request: Request) -> Result<Response, Problem> {
    let params = ListParams::parse(request.query())?;
    let (outbound, expected) = query::list(&app.rest, &params)?;
    let (limit, format) = (params.limit, params.format);
    let key = key(&app, &outbound.url, format.content_type());
    let next = next_link(&request);
    let transport = app.transport;
    let make = async move {
        let answer = transport.send(&outbound).await?;
        let page = Page::write(answer, expected, limit, format)?;
        let link = page.next.map(|cursor| format!("<{next}cursor={cursor}>; rel=\"next\""));
        Ok(Fresh { body: page.body, content_type: format.content_type().to_owned(), link })
    };
    app.cache.answer(Lookup { request, context, key }, Box::pin(make)).await
}

async fn one(
    State(app): State<App>,
    Path(event_id): Path<String>,
    context: Context,
    request: Request,
) -> Result<Response, Problem> {
    if !cursor::is_event_id(&event_id) {
        return Err(Problem::new(Kind::INVALID_PARAMETER)
            .with_detail(format!("event_id: expected 1 to 64 letters, digits, _ or -, got {event_id:?}")));
    }
    let (outbound, expected) = query::one(&app.rest, &event_id);
    let key = key(&app, &outbound.url, "one");
    let transport = app.transport;
    let make = async move {
        let answer = transport.send(&outbound).await?;
        let event: Option<Event> = expected.decode(answer.reply())?.value;
        let event = event.ok_or_else(|| {
            Problem::new(Kind::NOT_FOUND).with_detail(format!("there is no event with the id {event_id}"))
        })?;
        json(serde_json::to_vec(&event).map_err(Error::Encode)?)
    };
    app.cache.answer(Lookup { request, context, key }, Box::pin(make)).await
}

async fn stats(
    State(app): State<App>,
    Query(params): Query<StatsParams>,
    context: Context,
    request: Request,
) -> Result<Response, Problem> {
    let (outbound, expected) = query::stats(&app.rest, params.by)?;
    let key = key(&app, &outbound.url, "stats");
    let transport = app.transport;
    let make = async move {
        let answer = transport.send(&outbound).await?;
        json(expected.decode_raw(answer.reply())?.value.get().as_bytes().to_vec())
    };
    app.cache.answer(Lookup { request, context, key }, Box::pin(make)).await
}

fn json(body: Vec<u8>) -> Result<Fresh, Problem> {
    Ok(Fresh { body, content_type: "application/json".to_owned(), link: None })
}

/// The cache's key for a question to Supabase: its address without the project's, since every spelling of a request ends in the same one.
fn key(app: &Rc<App>, url: &str, form: &str) -> String {
    let question = url.strip_prefix(&app.settings.supabase_url).unwrap_or(url);
    let joint = if question.contains('?') { '&' } else { '?' };
    format!("https://cache.hashi.invalid{question}{joint}form={}", form.replace([';', ' ', '='], "-"))
}

/// The address of this list without its cursor, ready for another one.
fn next_link(request: &Request) -> String {
    let kept = request.query().split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("cursor="));
    let query: String = kept.flat_map(|pair| [pair, "&"]).collect();
    let query = query.replace('<', "%3C").replace('>', "%3E").replace('"', "%22");
    format!("{}?{query}", request.path())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bridge::Method;

    #[test]
    fn the_next_page_keeps_every_parameter_but_the_cursor() {
        let link = |query: &str| {
            next_link(&Request::made(Method::Get, format!("http://h/earthquake/list{query}"), vec![], vec![]))
        };
        assert_eq!(link(""), "/earthquake/list?");
        assert_eq!(link("?limit=5&cursor=abc&q=a%20b"), "/earthquake/list?limit=5&q=a%20b&");
        assert_eq!(link("?q=<x>\""), "/earthquake/list?q=%3Cx%3E%22&");
    }
}
