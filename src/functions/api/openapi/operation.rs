//! One operation of the document.

use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::bridge::Kind;

/// An operation while it is put together.
pub(super) struct Operation {
    pub(super) path: &'static str,
    pub(super) method: &'static str,
    document: Value,
    problems: Vec<Kind>,
}

impl Operation {
    pub(super) fn new(method: &'static str, path: &'static str, id: &str, summary: &str) -> Operation {
        let parameters: Vec<Value> = path.split(['{', '}']).skip(1).step_by(2).map(in_path).collect();
        let document = json!({ "operationId": id, "summary": summary, "parameters": parameters, "responses": {} });
        // What any request may meet.
        let problems =
            vec![Kind::UNAUTHORIZED, Kind::RATE_LIMITED, Kind::INTERNAL, Kind::CONFIGURATION, Kind::UNAVAILABLE];
        Operation { path, method, document, problems }
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
        self.contents(json!({ "application/json": { "schema": schema, "example": example } }))
    }

    /// With a body of these media types.
    pub(super) fn contents(mut self, content: Value) -> Operation {
        self.document["requestBody"] = json!({ "required": true, "content": content });
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
    pub(super) fn answer(mut self, status: u16, description: &str, content: Value) -> Operation {
        let mut response = json!({ "description": description });
        if content.as_object().is_some_and(|content| !content.is_empty()) {
            response["content"] = content;
        }
        self.document["responses"][status.to_string()] = response;
        self
    }

    /// May fail with these, too.
    pub(super) fn fails(mut self, problems: &[Kind]) -> Operation {
        self.problems.extend(problems);
        self
    }

    pub(super) fn document(mut self) -> Value {
        let mut by_status: Map<String, Value> = Map::new();
        self.problems.sort_by_key(|kind| (kind.status, kind.code));
        self.problems.dedup();
        for kind in self.problems {
            let listed = by_status.entry(kind.status.to_string()).or_insert_with(|| json!([]));
            if let Some(listed) = listed.as_array_mut() {
                listed.push(format!("`{}`: {}", kind.code, kind.title).into());
            }
        }
        for (status, codes) in by_status {
            let codes: Vec<&str> = codes.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            self.document["responses"][status] = json!({
                "description": codes.join("; "),
                "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
            });
        }
        self.document
    }
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
