//! What the control plane answers.

use serde::{Deserialize, Serialize};

use crate::bridge::{Body, Kind, Problem, Response, pairs};
use crate::functions::function::{Function, OwnerType};
use crate::functions::module::Module;

/// How many entries a page has where nothing is said, and at most.
const PAGE: (u32, u32) = (50, 100);

/// Which functions a list shows.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct ListQuery {
    /// Of this kind only.
    pub owner_type: Option<OwnerType>,
    /// Made by this user only.
    pub owner: Option<String>,
    /// With this text in their name only.
    pub search: Option<String>,
    /// The `next` of the page before.
    pub cursor: Option<String>,
    /// 1 to 100; 50 by default.
    pub limit: Option<u32>,
}

/// Which page of a function's modules is shown.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct PageQuery {
    /// The `next` of the page before.
    pub cursor: Option<String>,
    /// 1 to 100; 50 by default.
    pub limit: Option<u32>,
}

impl ListQuery {
    pub(super) fn parse(query: &str) -> Result<(ListQuery, u32), Problem> {
        let wanted: ListQuery = pairs::decode(&pairs::parse(query)?)?;
        let limit = page(wanted.limit)?;
        sought("owner", wanted.owner.as_deref())?;
        sought("search", wanted.search.as_deref())?;
        Ok((wanted, limit))
    }
}

/// Checks a text that is looked for. U+0000 is in none, and Postgres takes it for no text at all: every store refuses it alike.
pub(super) fn sought(name: &str, text: Option<&str>) -> Result<(), Problem> {
    if text.is_some_and(|text| text.contains('\0')) {
        let detail = format!("{name}: expected text without U+0000");
        return Err(Problem::new(Kind::INVALID_PARAMETER).with_detail(detail));
    }
    Ok(())
}

/// How many entries a page has.
pub(super) fn page(limit: Option<u32>) -> Result<u32, Problem> {
    let limit = limit.unwrap_or(PAGE.0);
    if (1..=PAGE.1).contains(&limit) {
        return Ok(limit);
    }
    let detail = format!("limit: expected a whole number from 1 to {}, got {limit}", PAGE.1);
    Err(Problem::new(Kind::INVALID_PARAMETER).with_detail(detail))
}

/// A page of functions, by name.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct FunctionPage {
    /// The functions.
    pub functions: Vec<Function>,
    /// The cursor of the next page; `null` on the last.
    pub next: Option<String>,
}

/// A page of a function's modules, the newest first.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct ModulePage {
    /// The modules.
    pub versions: Vec<Module>,
    /// The one that calls run.
    pub active_version: Option<crate::functions::ModuleVersion>,
    /// The cursor of the next page; `null` on the last.
    pub next: Option<String>,
}

/// What came of an upload.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Uploaded<'a> {
    /// The function.
    pub function_id: &'a str,
    /// The module.
    pub module: &'a Module,
    /// Whether calls run it from now on.
    pub active: bool,
    /// The function's revision.
    pub revision: crate::functions::Revision,
}

/// A function with its ETag.
pub(super) fn function(function: &Function) -> Result<Response, Problem> {
    Ok(json(function)?.with_header("etag", function.etag()))
}

/// That a client has this function already: the same headers without the function (RFC 9110 section 15.4.5).
pub(super) fn function_is_known(function: &Function) -> Response {
    kept_by_one(Response::new(304, Body::Empty)).with_header("etag", function.etag())
}

/// JSON that nobody else may keep.
pub(super) fn json<T: Serialize>(value: &T) -> Result<Response, Problem> {
    Ok(kept_by_one(Response::json(value)?))
}

/// What is read depends on who reads, so a cache keeps it for nobody else, and asks before it gives it again.
pub(super) fn kept_by_one(response: Response) -> Response {
    response.with_header("cache-control", "private, no-cache").with_header("vary", "authorization")
}
