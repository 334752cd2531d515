use serde::Serialize;

use super::{CoreType, Inspection, Item};

/// A function that a caller can call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Callable {
    /// What it is called by: its name, after that of its interface and `#` where it belongs to one.
    pub name: String,
    /// Its type: WIT, such as `func(name: string) -> string`, or `func(i32, i64) -> (f64)` of a core module.
    pub signature: String,
}

impl Inspection {
    /// What can be called: functions over WIT types that pass no resource, and of a core module those over numbers.
    pub fn functions(&self) -> Vec<Callable> {
        let callable =
            self.exports.iter().filter(|export| export.item.is_function() && export.item.uncallable().is_none());
        let name = |from: Option<&String>, name: &str| from.map_or(name.to_owned(), |from| format!("{from}#{name}"));
        callable
            .map(|export| Callable {
                name: name(export.from.as_ref(), &export.name),
                signature: export.item.to_string(),
            })
            .collect()
    }

    /// The definitions of all types that are named in signatures, such as `enum method { get, head }`: each once, those that others
    /// use first.
    pub fn types(&self) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for item in self.exports.iter().chain(&self.imports) {
            if let Item::Function(function) = &item.item {
                let new = function.definitions().into_iter().filter(|definition| !found.contains(definition));
                let new: Vec<_> = new.collect();
                found.extend(new);
            }
        }
        found
    }
}

/// What keeps a caller from calling a function of a component.
const HANDLE: &str = "it passes a resource, which no call from outside can";

/// What keeps a caller from calling a function of a core module.
const REFERENCE: &str = "it passes a reference or a vector, which no call from outside can";

impl Item {
    /// What keeps a caller from calling a function. None for what can be called, and for what is no function.
    pub fn uncallable(&self) -> Option<&'static str> {
        let number = |ty: &CoreType| matches!(ty, CoreType::I32 | CoreType::I64 | CoreType::F32 | CoreType::F64);
        match self {
            Item::Function(function) => function.passes_handles().then_some(HANDLE),
            Item::CoreFunction { params, results } => (!params.iter().chain(results).all(number)).then_some(REFERENCE),
            _ => None,
        }
    }
}
