//! One uploaded version of a function.

use serde::{Deserialize, Serialize};

use super::hash::ArtifactHash;
use super::revision::ModuleVersion;

/// What a module is, by its first eight bytes
/// ([Component Model, binary format](https://github.com/WebAssembly/component-model/blob/main/design/mvp/Binary.md)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum ModuleKind {
    /// A core module.
    Core,
    /// A component.
    Component,
}

impl ModuleKind {
    /// What begins with these bytes, in hexadecimal: `\0asm`, a version and a layer; `None` if no WebAssembly does.
    pub fn of(head: &str) -> Option<ModuleKind> {
        match head {
            "0061736d01000000" => Some(ModuleKind::Core),
            "0061736d0d000100" => Some(ModuleKind::Component),
            _ => None,
        }
    }
}

/// What prepare made of a module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Prepared {
    /// The version of prepare, which decides what a bundle looks like.
    pub prepare: u32,
    /// The hash of the bundle as it is stored, all its files in one object.
    pub bundle: ArtifactHash,
    /// The worlds of `edge:runtime` that it exports: `edge-worker`, `http-handler`.
    pub worlds: Vec<String>,
    /// The functions that can be called, in the order of the module.
    pub exports: Vec<Export>,
    /// The definitions of the types that the signatures name, such as `enum method { get, head }`.
    pub types: Vec<String>,
}

impl Prepared {
    /// How many bytes it has, about: those of its texts, and what holds each.
    pub fn bytes(&self) -> usize {
        const HELD: usize = 64;
        let exports = self.exports.iter().map(|export| export.name.len() + export.signature.len() + 2 * HELD);
        exports.chain(self.types.iter().map(|text| text.len() + HELD)).sum()
    }
}

/// A function that a module exports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Export {
    /// Its name.
    pub name: String,
    /// Its type, in WIT's notation: `func(name: string) -> string`.
    pub signature: String,
}

/// A module on its way into a store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewModule {
    /// The hash of its bytes.
    pub sha256: ArtifactHash,
    /// How many they are.
    pub size: u64,
    /// What they are.
    pub kind: ModuleKind,
    /// What prepare made of them; `None` if it hasn't seen them.
    pub prepared: Option<Prepared>,
}

/// A module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Module {
    /// Its number in its function.
    pub version: ModuleVersion,
    /// The hash of its bytes.
    pub sha256: ArtifactHash,
    /// How many they are.
    pub size: u64,
    /// What they are.
    pub kind: ModuleKind,
    /// What prepare made of them; `null` until it has seen them, and a module can't be called before.
    pub prepared: Option<Prepared>,
    /// When it was first uploaded (RFC 3339, UTC).
    pub created_at: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_told_by_the_first_eight_bytes() {
        assert_eq!(ModuleKind::of("0061736d01000000"), Some(ModuleKind::Core));
        assert_eq!(ModuleKind::of("0061736d0d000100"), Some(ModuleKind::Component));
        for other in ["", "0061736d", "0061736d02000000", "0061736d0c000100", "7f454c4602010100", "286d6f64756c6529"] {
            assert_eq!(ModuleKind::of(other), None, "{other}");
        }
    }

    #[test]
    fn the_tables_take_what_is_read_here() {
        let [taken, refused] = crate::functions::tests::settings("prepared");
        let read = |given: &serde_json::Value| serde_json::from_value::<Prepared>(given.clone());
        for given in &taken {
            assert!(read(given).is_ok(), "{given}");
        }
        for given in &refused {
            let mut whole = taken[0].clone();
            let (members, given_members) =
                (whole.as_object_mut().expect("an object"), given.as_object().expect("an object"));
            if given_members.is_empty() {
                members.clear();
            }
            members.extend(given_members.clone());
            assert!(read(&whole).is_err(), "{given}");
        }
    }
}
