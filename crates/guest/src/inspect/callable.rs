use serde::Serialize;

use super::{Inspection, Item};

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
        let callable = self.exports.iter().filter(|export| export.item.is_callable());
        let name = |from: Option<&String>, name: &str| from.map_or(name.to_owned(), |from| format!("{from}#{name}"));
        callable
            .map(|export| Callable {
                name: name(export.from.as_ref(), &export.name),
                signature: export.item.to_string(),
            })
            .collect()
    }

    /// Interface and name of the functions that are exported and can't be called, and why; the interface is empty for those of the world itself.
    pub fn uncallable(&self) -> impl Iterator<Item = (&str, &str, Uncallable)> {
        self.exports.iter().filter_map(|export| {
            let why = export.item.why_uncallable()?;
            Some((export.from.as_deref().unwrap_or_default(), export.name.as_str(), why))
        })
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

/// Why a function that is exported can't be called from outside; displayed as what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Uncallable {
    /// A handle of a resource is of use to other components alone.
    #[error("passes a resource, which no call from outside can")]
    Handle,
    /// Of what core WebAssembly has, only numbers reach JavaScript as values.
    #[error("passes a reference or a vector, which no call from outside can")]
    Reference,
}

impl Item {
    /// What keeps a caller from calling a function. None for what can be called, and for what is no function.
    ///
    /// The one place where this is decided: the contract, what is listed and what is generated all ask here.
    pub fn why_uncallable(&self) -> Option<Uncallable> {
        match self {
            Item::Function(function) => function.passes_handles().then_some(Uncallable::Handle),
            Item::CoreFunction { params, results } => {
                let numbers = params.iter().chain(results).all(|ty| ty.is_number());
                (!numbers).then_some(Uncallable::Reference)
            }
            _ => None,
        }
    }

    /// Whether it is a function that a caller can call.
    pub fn is_callable(&self) -> bool {
        self.is_function() && self.why_uncallable().is_none()
    }
}
