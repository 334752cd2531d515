//! The versions of a function.

use super::answer::{self, ModulePage, PageQuery};
use super::repeated::{self, Repeated, replayed};
use super::visit::Visit;
use crate::bridge::{Kind, Problem, Response, pairs};
use crate::functions::access::Access;
use crate::functions::client_key::Keyed;
use crate::functions::function::Function;
use crate::functions::revision::ModuleVersion;
use crate::functions::store::Store;

/// The first version of a function.
const FIRST: ModuleVersion = ModuleVersion(1);

/// `GET /api/v1/functions/{id}/versions`: its modules, the newest first; fewer than the limit on a page that is full by its bytes.
pub(super) async fn list(visit: Visit) -> Result<Response, Problem> {
    let query: PageQuery = pairs::decode(&pairs::parse(visit.request.query())?)?;
    let limit = answer::page(query.limit)?;
    let wrong =
        || Problem::new(Kind::INVALID_PARAMETER).with_detail("cursor: expected the next of another page of this list");
    let before = query.cursor.map(|cursor| ModuleVersion::parse(&cursor).ok_or_else(wrong)).transpose()?;
    let caller = visit.caller().await?;
    let store = visit.store()?;
    let function = visit.function(&store).await?;
    let readable = Access::read(&caller, &function)?;
    let mut versions = store.modules(&readable, before, limit + 1).await?;
    let full = versions.len() > limit as usize;
    versions.truncate(limit as usize);
    let mut next = versions.last().map(|last| last.version);
    if !full && let Some(last) = next {
        // Only what is first has none before it for sure: there may have been no room for them.
        let more = last > FIRST && !store.modules(&readable, next, 1).await?.is_empty();
        next = next.filter(|_| more);
    }
    let next = next.map(|next| next.to_string());
    answer::json(&ModulePage { versions, active_version: function.active_version, next })
}

/// `POST /api/v1/functions/{id}/versions/{version}/activate`: calls run this version from now on.
pub(super) async fn activate(visit: Visit) -> Result<Response, Problem> {
    let version = visit.version()?;
    let caller = visit.caller().await?;
    let store = visit.store()?;
    let function = visit.function(&store).await?;
    let updatable = Access::update(&caller, &function)?;
    let repeated = Repeated::look(&visit, &caller, &store).await?;
    let keyed = repeated::keyed(repeated.key(), &format!("activate {} {version}", function.id)).await?;
    if let Some(before) = repeated.answer::<Function>(keyed.as_ref())? {
        return Ok(replayed(answer::function(&before)?));
    }
    visit.check_precondition(&function)?;
    let changing = visit.app.executor.changing(&function.id);
    let key = keyed.as_ref().map(Keyed::of_store);
    let activated = store.activate(&updatable, version, key.as_ref()).await;
    changing.ended(activated.as_ref().err());
    answer::function(&activated.map_err(|error| visit.refused(error))?)
}
