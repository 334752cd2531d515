//! One operation of the document.

use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Value, json};

use crate::bridge::Kind;

/// An operation while it is put together.
pub(super) struct Operation {
    pub(super) path: &'static str,
    pub(super) method: &'static str,
    document: Value,
    problems: Vec<Kind>,
    /// The further members of its problems, as properties.
    members: Value,
}

/// What any problem of a status has in its headers.
const PROBLEM_HEADERS: [(u16, &str, &str); 5] = [
    (401, "WWW-Authenticate", "Bearer, with error=\"invalid_token\" for a token that isn't valid (RFC 6750)"),
    (412, "ETag", "That of the revision that the function is in"),
    (416, "Content-Range", "bytes */ and how many there are"),
    (429, "Retry-After", "After how many seconds the client may come again"),
    (503, "Retry-After", "After how many seconds it is worth another try, where that can be said"),
];

impl Operation {
    pub(super) fn new(method: &'static str, path: &'static str, id: &str, summary: &str) -> Operation {
        let parameters: Vec<Value> = path.split(['{', '}']).skip(1).step_by(2).map(in_path).collect();
        let document = json!({ "operationId": id, "summary": summary, "parameters": parameters, "responses": {} });
        // What any request may meet.
        let problems = [Kind::UNAUTHORIZED, Kind::RATE_LIMITED, Kind::INTERNAL, Kind::CONFIGURATION, Kind::UNAVAILABLE];
        let in_path = path.contains('{').then_some(Kind::MALFORMED_PATH);
        let problems = problems.into_iter().chain(in_path).collect();
        Operation { path, method, document, problems, members: json!({}) }
    }

    /// With a longer text.
    pub(super) fn about(mut self, text: &str) -> Operation {
        self.document["description"] = text.into();
        self
    }

    /// Only for those who are signed in.
    pub(super) fn signed_in(mut self) -> Operation {
        self.document["security"] = json!([{ "bearer": [] }]);
        self
    }

    /// With the members of `T` as parameters of the query.
    pub(super) fn query<T: JsonSchema>(mut self, schemas: &mut SchemaGenerator) -> Operation {
        let schema = T::json_schema(schemas);
        let members = schema.as_value()["properties"].as_object().cloned().unwrap_or_default();
        for (name, mut schema) in members {
            let description = schema.as_object_mut().and_then(|schema| schema.remove("description"));
            self.parameter(json!({ "name": name, "in": "query", "description": description, "schema": schema }));
        }
        self
    }

    /// With a header of the request.
    pub(super) fn header(mut self, name: &str, description: &str) -> Operation {
        self.parameter(
            json!({ "name": name, "in": "header", "description": description, "schema": { "type": "string" } }),
        );
        self
    }

    fn parameter(&mut self, parameter: Value) {
        if let Some(parameters) = self.document["parameters"].as_array_mut() {
            parameters.push(parameter);
        }
    }

    /// With a body of JSON.
    pub(super) fn body<T: JsonSchema>(self, schemas: &mut SchemaGenerator, example: Value) -> Operation {
        let schema = schemas.subschema_for::<T>();
        self.contents(true, json!({ "application/json": { "schema": schema, "example": example } }))
    }

    /// With a body of these media types, which may be left out unless it is `required`.
    pub(super) fn contents(mut self, required: bool, content: Value) -> Operation {
        self.document["requestBody"] = json!({ "required": required, "content": content });
        self
    }

    /// Answered with JSON.
    pub(super) fn answers<T: JsonSchema>(
        self,
        schemas: &mut SchemaGenerator,
        status: u16,
        description: &str,
        example: Value,
    ) -> Operation {
        let schema = schemas.subschema_for::<T>();
        self.answer(status, description, json!({ "application/json": { "schema": schema, "example": example } }))
    }

    /// Answered with these media types, none if there are none.
    pub(super) fn answer(self, status: u16, description: &str, content: Value) -> Operation {
        self.answer_of(&status.to_string(), description, content)
    }

    /// Answered with these media types, whatever else the status is.
    pub(super) fn answer_otherwise(self, description: &str, content: Value) -> Operation {
        self.answer_of("default", description, content)
    }

    fn answer_of(mut self, status: &str, description: &str, content: Value) -> Operation {
        let mut response = json!({ "description": description });
        if content.as_object().is_some_and(|content| !content.is_empty()) {
            response["content"] = content;
        }
        self.document["responses"][status] = response;
        self
    }

    /// Whose answer of this status, described before, has this header.
    pub(super) fn with_header(mut self, status: u16, name: &str, description: &str) -> Operation {
        self.document["responses"][status.to_string()]["headers"][name] = header_of_a_response(description);
        self
    }

    /// Whose problems have these members beside those that all have.
    pub(super) fn problem_members(mut self, properties: Value) -> Operation {
        self.members = properties;
        self
    }

    /// May fail with these, too.
    pub(super) fn fails(mut self, problems: &[Kind]) -> Operation {
        self.problems.extend(problems);
        self
    }

    /// The operation's document. Its problems go to `responses`, where each that several operations have stands once.
    pub(super) fn document(mut self, responses: &mut Vec<Value>) -> Value {
        self.problems.sort_by_key(|kind| (kind.status, kind.code));
        self.problems.dedup();
        for kinds in self.problems.chunk_by(|one, other| one.status == other.status) {
            let status = kinds[0].status;
            let problem = problem(status, kinds, &self.members);
            let at = responses.iter().position(|there| *there == problem).unwrap_or_else(|| {
                responses.push(problem);
                responses.len() - 1
            });
            self.document["responses"][status.to_string()] =
                json!({ "$ref": format!("#/components/responses/{}", name_of_problem(at)) });
        }
        self.document
    }
}

/// What the document calls the problem at this place.
pub(super) fn name_of_problem(at: usize) -> String {
    format!("problem{}", at + 1)
}

/// The answer of a status that is a problem of one of these kinds.
fn problem(status: u16, kinds: &[Kind], members: &Value) -> Value {
    let described: Vec<String> = kinds.iter().map(|kind| format!("`{}`: {}", kind.code, kind.title)).collect();
    let codes: Vec<&str> = kinds.iter().map(|kind| kind.code).collect();
    let mut properties = members.clone();
    properties["code"] = json!({ "enum": codes });
    let schema = json!({ "allOf": [{ "$ref": "#/components/schemas/Problem" }, { "properties": properties }] });
    let mut answer = json!({
        "description": described.join("; "),
        "content": { "application/problem+json": { "schema": schema } },
    });
    for (_, name, description) in PROBLEM_HEADERS.iter().filter(|(of, ..)| *of == status) {
        answer["headers"][name] = header_of_a_response(description);
    }
    answer
}

fn header_of_a_response(description: &str) -> Value {
    json!({ "description": description, "schema": { "type": "string" } })
}

fn in_path(name: &str) -> Value {
    let (description, schema) = match name {
        "version" => ("The module's number in its function", json!({ "type": "integer", "minimum": 1 })),
        "path" => ("Whatever follows, with its slashes", json!({ "type": "string" })),
        "name" => ("The function's name", json!({ "type": "string" })),
        _ => ("The function's id or its name", json!({ "type": "string" })),
    };
    json!({ "name": name, "in": "path", "required": true, "description": description, "schema": schema })
}
