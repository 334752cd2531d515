//! A module comes in.

use std::rc::Rc;

use super::answer::{self, Uploaded};
use super::deadline::Deadline;
use super::form::{FORM_BYTES, ModuleForm};
use super::repeated::{Repeated, replayed};
use super::visit::Visit;
use crate::bridge::host_body::HostBody;
use crate::bridge::{Kind, Problem, Response, pairs};
use crate::functions::access::{Access, Denied};
use crate::functions::artifacts::ArtifactError;
use crate::functions::digest;
use crate::functions::function::Function;
use crate::functions::limits::MODULE_BYTES;
use crate::functions::module::Module;
use crate::functions::precondition;
use crate::functions::prepare::Isolated;
use crate::functions::revision::ModuleVersion;
use crate::functions::store::Store;
use crate::functions::upload::{Upload, UploadError};

/// What the query of an upload may say.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct UploadQuery {
    /// The SHA-256 that the bytes have, in hexadecimal; others are refused.
    pub sha256: Option<String>,
    /// Whether calls run the module from now on; `true` by default.
    pub activate: Option<bool>,
}

/// `POST /api/v1/functions/{id}/upload`: takes in a module, raw as `application/wasm` or as the part `file` of `multipart/form-data`.
pub(super) async fn upload(visit: Visit) -> Result<Response, Problem> {
    let query: UploadQuery = pairs::decode(&pairs::parse(visit.request.query())?)?;
    let caller = visit.caller().await?;
    let store = visit.store()?;
    let function = visit.function(&store).await?;
    let updatable = Access::update(&caller, &function)?;
    let repeated = Repeated::look(&visit, &caller, &store).await?;
    // What was done before has changed the function itself.
    if !repeated.is_one() {
        visit.check_precondition(&function)?;
    }
    let header = |name: &str| visit.request.header(name);
    let content_type = header("content-type").unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let multipart = essence == "multipart/form-data";
    if !multipart && essence != "application/wasm" {
        let detail = format!("content-type: expected application/wasm or multipart/form-data, got {content_type:?}");
        return Err(Problem::new(Kind::UNSUPPORTED_MEDIA_TYPE).with_detail(detail));
    }
    if let Some(coding) = header("content-encoding").filter(|coding| !coding.eq_ignore_ascii_case("identity")) {
        let detail = format!("content-encoding: a module is sent as it is, not compressed; got {coding:?}");
        return Err(Problem::new(Kind::UNSUPPORTED_MEDIA_TYPE).with_detail(detail));
    }
    let declared = header("content-length").and_then(|length| length.parse::<u64>().ok());
    if declared.unwrap_or_default() > MODULE_BYTES as u64 + if multipart { FORM_BYTES } else { 0 } {
        return Err(ArtifactError::TooLarge(MODULE_BYTES).into());
    }
    let digests = [header("content-digest"), header("repr-digest"), header("digest")];
    // Of a form they would be its own, boundaries and all, which nobody here computes: a client that sends one means something to be compared.
    if multipart && digests.iter().any(Option::is_some) {
        let detail = "content-digest, repr-digest and digest are compared for application/wasm only; of a form, say what its file has to be by ?sha256=";
        return Err(Problem::new(Kind::INVALID_PARAMETER).with_detail(detail));
    }
    let expected = digest::expected(&[query.sha256.as_deref()], digests.each_ref().map(Option::as_deref))?;
    // Before anybody holds the body: nobody could hear out whoever is refused then.
    let artifacts = visit.artifacts(&caller, &function.id)?;
    let deadline = Deadline::begin(visit.app.settings.upload_seconds);
    let (stream, expected, refused) = if multipart {
        let form = deadline.bound(ModuleForm::read(visit.request.clone())).await?;
        let expected = digest::expected(&[query.sha256.as_deref(), form.sha256.as_deref()], [None; 3])?;
        (form.file, expected, form.refused)
    } else {
        (raw(&visit)?, expected, Rc::default())
    };
    let stream = deadline.bound_stream(stream)?;
    let if_match = header("if-match");
    let unchanged = precondition::names_a_state(if_match.as_deref());
    let activate = query.activate.unwrap_or(true);
    let quota = visit.quota();
    let prepare = Isolated(visit.context.env());
    let most = declared.map_or(MODULE_BYTES, |declared| MODULE_BYTES.min(declared as usize));
    let upload = Upload {
        store: &store,
        artifacts: &artifacts,
        prepare: &prepare,
        most,
        quota,
        expected,
        activate,
        unchanged,
        key: repeated.key(),
    };
    let refuse = |error| match error {
        UploadError::Artifact(ArtifactError::Unavailable | ArtifactError::Stalled) if deadline.is_over() => {
            deadline.problem()
        }
        UploadError::Artifact(_) if let Some(problem) = refused.get() => problem.clone(),
        // Storing is what failed, or the client's stream: the log knows which, and a client that is still there tries again.
        UploadError::Artifact(ArtifactError::Unavailable) => Problem::new(Kind::UNAVAILABLE)
            .with_detail("the upload broke off, or can't be stored now; try again")
            .with_header("retry-after", "5"),
        UploadError::Store(error) => visit.refused(error),
        error => error.into(),
    };
    if repeated.is_one() {
        let keyed = upload.keyed(&updatable, stream).await.map_err(refuse)?;
        let before: Option<(Function, ModuleVersion)> = repeated.answer(keyed.as_ref())?;
        let (before, version) = before.ok_or_else(|| Problem::new(Kind::INTERNAL))?;
        let module = store.module(&Access::read(&caller, &function)?, version).await?.ok_or(Denied::Hidden)?;
        return Ok(replayed(uploaded(&before, &module)?));
    }
    let changing = visit.app.executor.changing(&updatable.id);
    let outcome = upload.run(&updatable, stream).await;
    changing.ended(outcome.as_ref().err().and_then(UploadError::of_store));
    let (function, module) = outcome.map_err(refuse)?;
    uploaded(&function, &module)
}

fn uploaded(function: &Function, module: &Module) -> Result<Response, Problem> {
    let active = function.active_version == Some(module.version);
    let uploaded = Uploaded { function_id: function.id.as_str(), module, active, revision: function.revision };
    let response = answer::json(&uploaded)?.with_status(201);
    Ok(response
        .with_header("etag", function.etag())
        .with_header("location", format!("/api/v1/artifacts/{}/{}", function.id, module.version)))
}

/// The body as it comes, which never enters our memory.
fn raw(visit: &Visit) -> Result<HostBody, Problem> {
    visit
        .request
        .host_body()
        .ok_or_else(|| Problem::new(Kind::INVALID_BODY).with_detail("the body is empty; send a module"))
}
