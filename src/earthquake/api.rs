//! The routes below `/earthquake`.

use crate::app::App;
use crate::bridge::extract::{Path, Query, State};
use crate::bridge::{Context, Kind, Problem, Request, Response, Router, pairs};
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
    let (outbound, expected) = query::list(&app.supabase()?.rest, &params)?;
    let (limit, format) = (params.limit, params.format);
    let question = question(&app, &outbound.url, format.name());
    let list = format!("{}?{}", request.path(), params.query());
    let transport = app.transport;
    let make = async move {
        let answer = transport.send(&outbound).await?;
        let page = Page::write(answer, expected, limit, format)?;
        Ok(Fresh { body: page.body, content_type: format.content_type().to_owned(), next: page.next })
    };
    app.cache.answer(Lookup { request, context, question, list: Some(list) }, Box::pin(make)).await
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
    if let Some((name, _)) = pairs::parse(request.query())?.first() {
        return Err(Problem::new(Kind::INVALID_PARAMETER)
            .with_detail(format!("{name}: unknown parameter; an event takes none")));
    }
    let (outbound, expected) = query::one(&app.supabase()?.rest, &event_id);
    let question = question(&app, &outbound.url, "one");
    let transport = app.transport;
    let make = async move {
        let answer = transport.send(&outbound).await?;
        let event: Option<Event> = expected.decode(answer.reply())?.value;
        let event = event.ok_or_else(|| {
            Problem::new(Kind::NOT_FOUND).with_detail(format!("there is no event with the id {event_id}"))
        })?;
        json(serde_json::to_vec(&event).map_err(Error::Encode)?)
    };
    app.cache.answer(Lookup { request, context, question, list: None }, Box::pin(make)).await
}

async fn stats(
    State(app): State<App>,
    Query(params): Query<StatsParams>,
    context: Context,
    request: Request,
) -> Result<Response, Problem> {
    let (outbound, expected) = query::stats(&app.supabase()?.rest, params.by)?;
    let question = question(&app, &outbound.url, "stats");
    let transport = app.transport;
    let make = async move {
        let answer = transport.send(&outbound).await?;
        json(expected.decode_raw(answer.reply())?.value.get().as_bytes().to_vec())
    };
    app.cache.answer(Lookup { request, context, question, list: None }, Box::pin(make)).await
}

fn json(body: Vec<u8>) -> Result<Fresh, Problem> {
    Ok(Fresh { body, content_type: "application/json".to_owned(), next: None })
}

/// What Supabase is asked, without the project's address, and the form of the answer: every spelling of a request ends in the same one.
fn question(app: &App, url: &str, form: &str) -> String {
    let project = app.settings.supabase.as_ref().map_or("", |project| &project.url);
    let question = url.strip_prefix(project).unwrap_or(url);
    let joint = if question.contains('?') { '&' } else { '?' };
    format!("{question}{joint}form={form}")
}
