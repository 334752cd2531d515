//! Functions: made, found, changed, deleted.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::answer::{self, FunctionPage, ListQuery};
use super::repeated;
use super::visit::Visit;
use crate::bridge::extract::{ExtractBody, RawJson};
use crate::bridge::{Kind, Problem, Response, clock};
use crate::functions::access::Access;
use crate::functions::client_key::Keyed;
use crate::functions::draft::Draft;
use crate::functions::id::{FunctionId, FunctionName};
use crate::functions::precondition;
use crate::functions::store::{Created, Filter, Store};

/// The most bytes of a body of settings.
const SETTINGS_BYTES: usize = 64 * 1024;

/// `POST /api/v1/functions`: makes a function.
pub(super) async fn create(visit: Visit) -> Result<Response, Problem> {
    let caller = visit.caller().await?;
    let body = RawJson::<SETTINGS_BYTES>::extract_body(visit.request.clone()).await?;
    let draft: Draft = visit.object(body.text())?;
    let creation = Access::create(&caller, draft.owner_type.unwrap_or_default())?;
    let id = FunctionId::parse(&clock::uuid()).map_err(|_| Problem::new(Kind::INTERNAL))?;
    let function = draft.create(id, &creation)?;
    let key = repeated::key(&visit, &caller)?;
    let keyed = repeated::keyed(key.as_ref(), body.text()).await?;
    let key = keyed.as_ref().map(Keyed::of_store);
    let created = visit.store()?.create(&function, visit.quota(), key.as_ref()).await?;
    let (function, replayed) = match &created {
        Created::New(function) => (function, false),
        Created::Before(function) => (function, true),
    };
    let response = answer::function(function)?
        .with_status(201)
        .with_header("location", format!("/api/v1/functions/{}", function.id));
    Ok(if replayed { repeated::replayed(response) } else { response })
}

/// `GET /api/v1/functions`: those that the caller may read, by name.
pub(super) async fn list(visit: Visit) -> Result<Response, Problem> {
    let (query, limit) = ListQuery::parse(visit.request.query())?;
    let after = query.cursor.as_deref().map(after).transpose()?;
    let caller = visit.caller().await?;
    let filter =
        Filter { owner_type: query.owner_type, owner: query.owner, search: query.search, after, limit: limit + 1 };
    let mut functions = visit.store()?.list(&Access::list(&caller), &filter).await?;
    let more = functions.len() > limit as usize;
    functions.truncate(limit as usize);
    let next = functions.last().filter(|_| more).map(|last| URL_SAFE_NO_PAD.encode(last.name.as_str()));
    // The scope says the same; said again here because everything hangs on it.
    functions.retain(|function| Access::read(&caller, function).is_ok());
    answer::json(&FunctionPage { functions, next })
}

/// The name that a cursor stands after.
fn after(cursor: &str) -> Result<FunctionName, Problem> {
    let name = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    name.and_then(|name| FunctionName::parse(&name).ok()).ok_or_else(|| {
        Problem::new(Kind::INVALID_PARAMETER).with_detail("cursor: expected the next of another page of this list")
    })
}

/// `GET /api/v1/functions/{id}`: one function, by id or name.
pub(super) async fn one(visit: Visit) -> Result<Response, Problem> {
    let caller = visit.caller().await?;
    let function = visit.function(&visit.store()?).await?;
    let readable = Access::read(&caller, &function)?;
    if precondition::is_known(visit.request.header("if-none-match").as_deref(), &readable.etag()) {
        return Ok(answer::function_is_known(&readable));
    }
    answer::function(&readable)
}

/// `PATCH /api/v1/functions/{id}`: changes settings; what is left out stays.
pub(super) async fn change(visit: Visit) -> Result<Response, Problem> {
    let caller = visit.caller().await?;
    let store = visit.store()?;
    let function = visit.function(&store).await?;
    let current = Access::update(&caller, &function)?;
    visit.check_precondition(&function)?;
    let body = RawJson::<SETTINGS_BYTES>::extract_body(visit.request.clone()).await?;
    let changed = visit.object::<Draft>(body.text())?.change(&current)?;
    if changed == function {
        return answer::function(&function);
    }
    let changing = visit.app.executor.changing(&function.id);
    let updated = store.update(&current, &changed).await;
    changing.ended(updated.as_ref().err());
    answer::function(&updated.map_err(|error| visit.refused(error))?)
}

/// `DELETE /api/v1/functions/{id}`: deletes a function with its modules.
pub(super) async fn delete(visit: Visit) -> Result<Response, Problem> {
    let caller = visit.caller().await?;
    let store = visit.store()?;
    let function = visit.function(&store).await?;
    let deletable = Access::delete(&caller, &function)?;
    visit.check_precondition(&function)?;
    let changing = visit.app.executor.changing(&function.id);
    let deleted = store.delete(&deletable).await;
    changing.ended(deleted.as_ref().err());
    deleted.map_err(|error| visit.refused(error))?;
    Ok(Response::no_content())
}
