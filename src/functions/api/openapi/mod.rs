//! docs/openapi.json, made of the very types that the routes read and answer with.
//!
//! It is made by a test, which also says when the file is stale: `HASHI_WRITE=1 cargo test openapi` writes it.

mod operation;
mod operations;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::bridge::Kind;
use operation::name_of_problem;
use operations::operations;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/openapi.json");

/// The document.
fn document() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut schemas = settings.into_generator();
    let (mut paths, mut problems) = (Map::new(), Vec::new());
    for operation in operations(&mut schemas) {
        let methods = paths.entry(operation.path).or_insert_with(|| json!({}));
        let method = operation.method;
        methods[method] = operation.document(&mut problems);
    }
    let problems = problems.into_iter().enumerate().map(|(at, problem)| (name_of_problem(at), problem));
    let problems: Map<String, Value> = problems.collect();
    let mut schemas = schemas.take_definitions(true);
    schemas.insert("Problem".to_owned(), problem());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Hashi",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Register functions, upload WebAssembly modules, run them, look at their history.",
            "description": "Whatever answers GET answers HEAD as well, with the same headers and without the body.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "security": [{ "bearer": [] }, {}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": problems,
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "A user's access token as Supabase Auth issues it. A user whose app_metadata.role is admin is an admin, and so is the \
                        service role. Without a token the caller is anonymous; a token that is not valid is refused and never taken for none.",
                },
            },
        },
    })
}

/// A problem document (RFC 9457).
fn problem() -> Value {
    let codes: Vec<&str> = Kind::ALL.iter().map(|kind| kind.code).collect();
    json!({
        "type": "object",
        "description": "An error (RFC 9457). Match on code; detail is for people and may change. docs/problems.md says what to do about each.",
        "required": ["type", "title", "status", "code", "requestId"],
        "properties": {
            "type": { "type": "string", "format": "uri", "description": "urn:hashi:problem: and the code" },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "detail": { "type": "string", "description": "what was wrong and what would be right" },
            "code": { "type": "string", "enum": codes },
            "requestId": { "type": "string", "description": "as in x-request-id and on every line of the log" },
        },
        "examples": [{
            "type": "urn:hashi:problem:name_taken",
            "title": "The name is taken",
            "status": 409,
            "detail": "another function has this name; names are a deployment's, choose another",
            "code": "name_taken",
            "requestId": "5f0c2a9be1d34c77-00000001",
        }],
    })
}

#[test]
fn the_document_is_what_the_types_say() {
    let document = format!("{:#}\n", document());
    if std::env::var_os("HASHI_WRITE").is_some() {
        std::fs::write(PATH, &document).expect("docs/ can be written");
    }
    let there = std::fs::read_to_string(PATH).unwrap_or_default();
    assert!(there == document, "docs/openapi.json is stale: HASHI_WRITE=1 cargo test openapi");
}

#[test]
fn every_route_is_documented_and_nothing_else() {
    let documented: Vec<String> = {
        let document = document();
        let paths = document["paths"].as_object().expect("paths");
        let each = paths.iter().flat_map(|(path, methods)| {
            methods.as_object().expect("methods").keys().map(move |method| format!("{} {path}", method.to_uppercase()))
        });
        each.collect()
    };
    let executors = crate::executor::api::routes().described("");
    let mut routed = super::routes().described("/api/v1");
    routed.extend(executors.into_iter().map(|route| route.replace("{*path}", "{path}")));
    routed.sort();
    let mut documented = documented;
    documented.sort();
    assert_eq!(documented, routed);
}
