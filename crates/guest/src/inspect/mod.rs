//! What an upload is: its name, kind, size, hash, exports, imports, memories and makers.

mod callable;
mod component;
mod core;
mod custom;
mod decodable;
mod item;
mod names;
mod world;

use serde::{Deserialize, Serialize};

pub use callable::{Callable, Uncallable};
pub use item::{CoreType, Item, Memory};

use crate::validate::{Valid, validate};
use crate::{PlatformLimits, Refusal, Sha256};

/// A report on an upload.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Inspection {
    /// The name that the module gives itself.
    pub name: Option<String>,
    /// What it is.
    pub kind: Kind,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its hash.
    pub sha256: Sha256,
    /// The worlds of `edge:runtime` whose exports it has, such as `http-handler`.
    pub worlds: Vec<String>,
    /// What it exports, in its own order.
    pub exports: Vec<Extern>,
    /// What it imports, in its own order.
    pub imports: Vec<Extern>,
    /// The memories of all core modules in it.
    pub memories: Vec<Memory>,
    /// Who made it, by its producers sections.
    pub producers: Vec<Producer>,
}

/// What an upload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A core module: functions over numbers.
    Core,
    /// A core module that carries a WIT world: prepare makes a component of it.
    CoreWithWorld,
    /// A component: functions over WIT types.
    Component,
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Kind::Core => "core module",
            Kind::CoreWithWorld => "core module for a WIT world",
            Kind::Component => "component",
        })
    }
}

/// Something imported or exported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extern {
    /// Where it comes from or is reached through: the module name of a core import, or the interface of a component's function.
    pub from: Option<String>,
    /// Its name there.
    pub name: String,
    /// What it is.
    #[serde(flatten)]
    pub item: Item,
}

impl Extern {
    /// Whether it is the memory `memory`, which `env.log` reads from.
    pub(crate) fn is_memory_of_log(&self) -> bool {
        self.name == "memory" && matches!(self.item, Item::Memory(_))
    }
}

/// One entry of a producers section.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Producer {
    /// `language`, `processed-by` or `sdk`.
    pub field: String,
    /// Such as `rustc`.
    pub name: String,
    /// Its version, or nothing.
    pub version: String,
}

/// Reports on an upload in the binary format that is valid and within the limits, whether or not it could be run.
///
/// The functions of a core module that carries a world are those of its world.
///
/// # Errors
/// Whatever makes the upload unreadable: not WebAssembly, invalid, of an unsupported feature, past a limit, or of a form that neither
/// core modules nor components of plain functions have.
pub fn inspect(bytes: &[u8], limits: &PlatformLimits) -> Result<Inspection, Refusal> {
    report(bytes, &validate(bytes, limits)?, limits)
}

/// The report on bytes that have been validated.
pub(crate) fn report(bytes: &[u8], valid: &Valid, limits: &PlatformLimits) -> Result<Inspection, Refusal> {
    let census = &valid.census;
    if let Some(what) = &census.other {
        return Err(component::beyond(what.clone()));
    }
    let (kind, surface) = match (census.component, census.world) {
        (true, _) => (Kind::Component, component::of_component(bytes, &valid.types, limits)?),
        (false, true) => (Kind::CoreWithWorld, component::of_world(bytes, limits)?),
        (false, false) => (Kind::Core, core::surface(&valid.types)),
    };
    let (name, producers) = custom::read(bytes, &census.custom);
    Ok(Inspection {
        name,
        kind,
        bytes: bytes.len() as u64,
        sha256: Sha256::of(bytes),
        worlds: crate::contract::worlds(&surface.exports),
        exports: surface.exports,
        imports: surface.imports,
        memories: census.memories.iter().map(Memory::from).collect(),
        producers,
    })
}

/// What an upload shows to the outside.
pub(crate) struct Surface {
    pub(crate) exports: Vec<Extern>,
    pub(crate) imports: Vec<Extern>,
}
