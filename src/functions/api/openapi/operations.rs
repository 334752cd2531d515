//! The operations, each as its route has it.

use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Value, json};

use super::operation::Operation;
use crate::bridge::Kind;
use crate::executor::api::execute::CallRequest;
use crate::functions::api::answer::{FunctionPage, ListQuery, ModulePage, PageQuery, Uploaded};
use crate::functions::api::execution::{ExecutionPage, ExecutionQuery};
use crate::functions::api::upload::UploadQuery;
use crate::functions::draft::Draft;
use crate::functions::function::Function;

const IF_MATCH: (&str, &str) =
    ("If-Match", "The ETag of the revision that the change is made for; another one is refused");
const KEY: (&str, &str) = (
    "Idempotency-Key",
    "1 to 255 printable characters; a repeated request with the same one does nothing anew, for a day and as long as it is one of the caller's last 100",
);
const REPLAYED: (&str, &str) = ("Idempotent-Replayed", "true, where this was answered to a request of before");
const ETAG: (&str, &str) = ("ETag", "The function's revision, for If-Match");
const DIGEST: (&str, &str) = ("ETag", "The SHA-256 of the bytes");
const CHANGE: [Kind; 4] = [Kind::FORBIDDEN, Kind::NOT_FOUND, Kind::CONFLICT, Kind::PRECONDITION_FAILED];

fn function() -> Value {
    json!({
        "id": "0b54ad4c-6d2f-4d3c-9a77-0d8f0a1f5d11", "name": "hello-world", "owner_type": "user", "owner": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
        "entrypoint": "_start", "runtime": "wasm", "memory_pages": 256, "max_execution_ms": 5000, "max_fuel": 1_000_000_000, "visibility": "private",
        "trigger": "anonymous", "cron": null,
        "permissions": { "allowed_http_hosts": [], "http_enabled": false, "max_http_requests": 100, "logging_enabled": true },
        "active_version": 1, "revision": 2, "created_at": "2026-11-25T12:00:00.000Z", "updated_at": "2026-11-25T12:00:07.250Z",
    })
}

fn module() -> Value {
    json!({
        "version": 1, "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "size": 40_960, "kind": "component",
        "prepared": {
            "prepare": 1, "bundle": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "worlds": ["http-handler"],
            "exports": [{ "name": "handle", "signature": "func(request: request) -> result<response, string>" }],
            "types": ["enum method { get, head, post, put, patch, delete, options }"],
        },
        "created_at": "2026-11-25T12:00:07.250Z",
    })
}

fn execution() -> Value {
    json!({
        "id": "3f2b8a52-8a1d-4b5e-9b61-0a7e5a1c2d3e", "function_id": "0b54ad4c-6d2f-4d3c-9a77-0d8f0a1f5d11", "function_name": "hello-world",
        "version": 1, "revision": 2, "caller": null, "source": "http", "status": "failed", "code": "fuel_exhausted",
        "started_at": "2026-11-25T12:01:00.000Z", "duration_ms": 12.0, "fuel": 1_000_000_000, "memory_bytes": 1_114_112, "cache_hit": true,
        "warm": true, "http_status": 500, "logs": [{ "level": "info", "message": "began" }], "result_bytes": null, "result": null,
    })
}

/// All of them.
pub(super) fn operations(schemas: &mut SchemaGenerator) -> Vec<Operation> {
    let nothing = || json!({});
    let mut operations = vec![
        Operation::new("post", "/api/v1/functions", "createFunction", "Make a function")
            .signed_in()
            .header(KEY.0, KEY.1)
            .contents(true, json!({ "application/json": { "schema": new_function(schemas), "example": {
                "name": "hello-world", "trigger": "anonymous", "permissions": { "logging_enabled": true },
            } } }))
            .answers::<Function>(schemas, 201, "The function", function())
            .with_header(201, ETAG.0, ETAG.1)
            .with_header(201, "Location", "Where the function is")
            .with_header(201, REPLAYED.0, REPLAYED.1)
            .fails(&[Kind::INVALID_BODY, Kind::FORBIDDEN, Kind::QUOTA_EXCEEDED, Kind::NAME_TAKEN, Kind::BODY_TOO_LARGE, Kind::REQUEST_TIMEOUT])
            .fails(&[Kind::UNSUPPORTED_MEDIA_TYPE, Kind::IDEMPOTENCY_KEY_REUSED, Kind::INVALID_PARAMETER]),
        Operation::new("get", "/api/v1/functions", "listFunctions", "The functions that the caller may read, by name")
            .query::<ListQuery>(schemas)
            .answers::<FunctionPage>(schemas, 200, "A page", json!({ "functions": [function()], "next": null }))
            .fails(&[Kind::INVALID_PARAMETER]),
        Operation::new("get", "/api/v1/functions/{id}", "readFunction", "One function")
            .header("If-None-Match", "The ETag of what the client has")
            .answers::<Function>(schemas, 200, "The function; its ETag names the revision", function())
            .answer(304, "The client has it", nothing())
            .with_header(200, ETAG.0, ETAG.1)
            .with_header(304, ETAG.0, ETAG.1)
            .fails(&[Kind::NOT_FOUND]),
        Operation::new("patch", "/api/v1/functions/{id}", "changeFunction", "Change settings")
            .about("What is left out stays. `permissions` is replaced as a whole, `owner_type` can't be changed.")
            .signed_in()
            .header(IF_MATCH.0, IF_MATCH.1)
            .body::<Draft>(schemas, json!({ "visibility": "public", "cron": "*/15 * * * *" }))
            .answers::<Function>(schemas, 200, "The function", function())
            .with_header(200, ETAG.0, ETAG.1)
            .fails(&CHANGE)
            .fails(&[Kind::INVALID_BODY, Kind::NAME_TAKEN, Kind::BODY_TOO_LARGE, Kind::UNSUPPORTED_MEDIA_TYPE, Kind::REQUEST_TIMEOUT]),
        Operation::new("delete", "/api/v1/functions/{id}", "deleteFunction", "Delete a function with its modules")
            .signed_in()
            .header(IF_MATCH.0, IF_MATCH.1)
            .answer(204, "It is gone", nothing())
            .fails(&CHANGE),
        Operation::new("post", "/api/v1/functions/{id}/upload", "uploadModule", "Upload a module")
            .about(
                "At most 10 MiB, as application/wasm or as the part `file` of a form. The same bytes again are the same module. A Content-Digest, \
                 Repr-Digest or Digest with a SHA-256 is compared where the body is the module itself; a form with one of them is refused, and has \
                 sha256 in the query or as a part before `file` instead.",
            )
            .signed_in()
            .header(IF_MATCH.0, IF_MATCH.1)
            .header(KEY.0, KEY.1)
            .header("Content-Digest", "sha-256=:BASE64: (RFC 9530)")
            .header("Repr-Digest", "The same")
            .header("Digest", "SHA-256=BASE64 (RFC 3230)")
            .query::<UploadQuery>(schemas)
            .contents(true, json!({
                "application/wasm": { "schema": { "type": "string", "contentMediaType": "application/wasm" } },
                "multipart/form-data": { "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "sha256": { "type": "string", "description": "Before `file`: the SHA-256 that it has, in hexadecimal" },
                        "file": { "type": "string", "contentMediaType": "application/wasm" },
                    },
                } },
            }))
            .answers::<Uploaded>(schemas, 201, "What it is, and what can be called in it", json!({
                "function_id": "0b54ad4c-6d2f-4d3c-9a77-0d8f0a1f5d11", "module": module(), "active": true, "revision": 2,
            }))
            .with_header(201, ETAG.0, ETAG.1)
            .with_header(201, REPLAYED.0, REPLAYED.1)
            .with_header(201, "Location", "Where the module's bytes are")
            .fails(&CHANGE)
            .fails(&[Kind::INVALID_PARAMETER, Kind::INVALID_BODY, Kind::QUOTA_EXCEEDED, Kind::REQUEST_TIMEOUT, Kind::BODY_TOO_LARGE])
            .fails(&[Kind::UNSUPPORTED_MEDIA_TYPE, Kind::DIGEST_MISMATCH, Kind::INVALID_MODULE, Kind::ARTIFACT_CORRUPT, Kind::OVERLOADED])
            .fails(&[Kind::IDEMPOTENCY_KEY_REUSED]),
        Operation::new("get", "/api/v1/functions/{id}/versions", "listVersions", "A function's modules, the newest first")
            .about("A page ends at its limit, or once it has 1 MiB: `next` says whether there are more.")
            .query::<PageQuery>(schemas)
            .answers::<ModulePage>(schemas, 200, "A page", json!({ "versions": [module()], "active_version": 1, "next": null }))
            .fails(&[Kind::INVALID_PARAMETER, Kind::NOT_FOUND]),
        Operation::new("post", "/api/v1/functions/{id}/versions/{version}/activate", "activateVersion", "Let calls run a version")
            .about("Any version that was uploaded, older ones among them: to roll back.")
            .signed_in()
            .header(IF_MATCH.0, IF_MATCH.1)
            .header(KEY.0, KEY.1)
            .answers::<Function>(schemas, 200, "The function", function())
            .with_header(200, ETAG.0, ETAG.1)
            .with_header(200, REPLAYED.0, REPLAYED.1)
            .fails(&CHANGE)
            .fails(&[Kind::INVALID_PARAMETER, Kind::IDEMPOTENCY_KEY_REUSED]),
        Operation::new("get", "/api/v1/artifacts/{id}/{version}", "readModule", "A module's bytes")
            .about("Checked against their SHA-256, which is also their ETag, each time they are read.")
            .header("Range", "One range of bytes (RFC 9110); a HEAD request has none")
            .header("If-Range", "The ETag of what the client has the rest of: the range, if these are still the bytes, otherwise all of them")
            .header("If-None-Match", "The ETag of what the client has")
            .answer(200, "All of them", json!({ "application/wasm": { "schema": { "type": "string", "contentMediaType": "application/wasm" } } }))
            .answer(206, "The range", json!({ "application/wasm": { "schema": { "type": "string", "contentMediaType": "application/wasm" } } }))
            .answer(304, "The client has them", nothing())
            .with_header(200, DIGEST.0, DIGEST.1)
            .with_header(206, DIGEST.0, DIGEST.1)
            .with_header(206, "Content-Range", "Which bytes they are, of how many")
            .with_header(304, DIGEST.0, DIGEST.1)
            .fails(&[Kind::INVALID_PARAMETER, Kind::NOT_FOUND, Kind::RANGE_NOT_SATISFIABLE, Kind::ARTIFACT_CORRUPT]),
        Operation::new("get", "/api/v1/executions", "listExecutions", "The history of calls, the latest first")
            .about("The caller's own calls, and every call of the functions that they may change.")
            .signed_in()
            .query::<ExecutionQuery>(schemas)
            .answers::<ExecutionPage>(schemas, 200, "A page", json!({ "executions": [execution()], "next": null }))
            .fails(&[Kind::INVALID_PARAMETER]),
        execute(schemas),
    ];
    operations.extend(triggers());
    operations
}

/// How a guest's call may fail.
const GUEST: [Kind; 14] = [
    Kind::MODULE_NOT_FOUND,
    Kind::GUEST_ERROR,
    Kind::PERMISSION_DENIED,
    Kind::TRAP,
    Kind::FUEL_EXHAUSTED,
    Kind::MEMORY_LIMIT_EXCEEDED,
    Kind::CALL_DEPTH_EXCEEDED,
    Kind::EXECUTION_TIMEOUT,
    Kind::VALUE_TOO_LARGE,
    Kind::COMPILATION_FAILED,
    Kind::ARTIFACT_CORRUPT,
    Kind::OVERLOADED,
    Kind::EXPORT_NOT_FOUND,
    Kind::BODY_TOO_LARGE,
];

/// The settings of a function, of which a new one has to say its name.
fn new_function(schemas: &mut SchemaGenerator) -> Value {
    let settings = schemas.subschema_for::<Draft>();
    json!({ "allOf": [settings, { "required": ["name"], "properties": { "name": { "type": "string" } } }] })
}

fn execute(schemas: &mut SchemaGenerator) -> Operation {
    let text = || json!({ "type": "string" });
    let mut request = CallRequest::json_schema(schemas).to_value();
    request["description"] = "Which export is called, and with what.".into();
    // It never enters our memory, so the type hasn't it.
    request["properties"]["args"] = json!({
        "type": "array", "items": true, "default": [], "description": "One for each parameter, converted by its WIT type (docs/bundles.md)",
    });
    let answer = json!({
        "type": "object",
        "required": ["result", "executionId", "executionTimeMs", "memoryUsedBytes", "fuelConsumed", "cacheHit", "module", "logs"],
        "properties": {
            "result": { "description": "what the export returned, by its WIT type" },
            "executionId": { "type": "string", "format": "uuid", "description": "as in the history" },
            "executionTimeMs": { "type": "number" },
            "memoryUsedBytes": { "type": "integer" },
            "fuelConsumed": { "type": "integer" },
            "cacheHit": { "type": "boolean" },
            "module": {
                "type": "object",
                "required": ["id", "name", "version", "ownerType"],
                "properties": { "id": text(), "name": text(), "version": text(), "ownerType": text() },
            },
            "logs": { "type": "array", "items": { "$ref": "#/components/schemas/LogLine" } },
        },
    });
    let asked = json!({ "moduleId": "image-resize", "functionName": "dimensions", "args": ["iVBORw0KGgo="], "timeoutMs": 1000 });
    let answered = json!({
        "result": { "width": 640, "height": 480 }, "executionId": "3f2b8a52-8a1d-4b5e-9b61-0a7e5a1c2d3e", "executionTimeMs": 12.0,
        "memoryUsedBytes": 1_114_112, "fuelConsumed": 480_000, "cacheHit": true,
        "module": { "id": "0b54ad4c-6d2f-4d3c-9a77-0d8f0a1f5d11", "name": "image-resize", "version": "1.0.0", "ownerType": "user" },
        "logs": [{ "level": "info", "message": "a picture" }],
    });
    Operation::new("post", "/functions/v1/wasm-executor", "execute", "Call an export of a function")
        .about("A failure is a problem with the further members executionId, fuelConsumed and logs, and kind where a guest trapped.")
        .contents(true, json!({ "application/json": { "schema": request, "example": asked } }))
        .answer(200, "The result", json!({ "application/json": { "schema": answer, "example": answered } }))
        .problem_members(json!({
            "executionId": { "type": "string", "format": "uuid", "description": "as in the history" },
            "fuelConsumed": { "type": "integer" },
            "logs": { "type": "array", "items": { "$ref": "#/components/schemas/LogLine" } },
            "kind": { "type": "string", "description": "how a guest trapped" },
        }))
        .fails(&[Kind::INVALID_BODY, Kind::INVALID_ARGUMENT, Kind::UNSUPPORTED_MEDIA_TYPE, Kind::REQUEST_TIMEOUT])
        .fails(&GUEST)
}

/// Where a function answers requests, each with the name that its operations' ids begin with.
const TRIGGERS: [(&str, &str); 3] =
    [("/fn/{name}", "trigger"), ("/fn/{name}/", "triggerRoot"), ("/fn/{name}/{path}", "triggerPath")];
/// The methods that a guest can get.
const METHODS: [&str; 7] = ["get", "head", "post", "put", "patch", "delete", "options"];

fn triggers() -> impl Iterator<Item = Operation> {
    let each = TRIGGERS.into_iter().flat_map(|(path, name)| METHODS.map(|method| (method, path, name)));
    each.map(|(method, path, name)| {
        let (first, rest) = method.split_at(1);
        trigger(method, path, &format!("{name}{}{rest}", first.to_uppercase()))
    })
}

fn trigger(method: &'static str, path: &'static str, id: &str) -> Operation {
    let anything = || json!({ "*/*": { "schema": {} } });
    let about = match method {
        "options" => {
            "The guest answers as to any other method, but never a preflight (one with Access-Control-Request-Method): that is answered with 204."
        }
        _ => {
            "The guest sees method, path and query below its address, headers and body, but no credentials. Who may call is the function's trigger."
        }
    };
    let operation = Operation::new(method, path, id, "Give a function a request to answer").about(about);
    let operation = match method {
        "get" | "head" => operation,
        _ => operation.contents(false, anything()),
    };
    operation
        .answer_otherwise("Whatever the guest answers, with any status and any headers", anything())
        .fails(&[Kind::NOT_FOUND, Kind::INVALID_RESPONSE])
        .fails(&GUEST)
}
