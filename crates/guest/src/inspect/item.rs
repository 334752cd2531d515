use std::fmt::{Display, Formatter};

use serde::{Deserialize, Serialize};
use wasmparser::{MemoryType, RefType, ValType};

use crate::wit;

/// What an import or export is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Item {
    /// A function over WIT types.
    Function(wit::Function),
    /// A function over numbers and references.
    CoreFunction {
        /// The types of its parameters.
        params: Vec<CoreType>,
        /// The types of its results.
        results: Vec<CoreType>,
    },
    /// A memory.
    Memory(Memory),
    /// A table.
    Table {
        /// What it holds.
        element: CoreType,
        /// How many it holds at the beginning.
        minimum: u64,
        /// How many it holds at most.
        maximum: Option<u64>,
    },
    /// A global.
    Global {
        /// What it holds.
        content: CoreType,
        /// Whether it can be changed.
        mutable: bool,
    },
    /// An exception's tag.
    Tag {
        /// The types of what is thrown with it.
        params: Vec<CoreType>,
    },
    /// A WIT interface without functions, or a type.
    Types,
    /// A resource, or anything else that functions over plain values don't need.
    Other {
        /// What it is.
        what: String,
    },
}

impl Item {
    /// Whether it is a function, if only for other modules or components.
    pub fn is_function(&self) -> bool {
        matches!(self, Item::Function(_) | Item::CoreFunction { .. })
    }
}

/// A memory's limits, in pages of 64 KiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// Pages at the beginning.
    pub minimum: u64,
    /// Pages at most, if the module says so.
    pub maximum: Option<u64>,
}

/// A type of core WebAssembly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CoreType {
    /// `i32`
    I32,
    /// `i64`
    I64,
    /// `f32`
    F32,
    /// `f64`
    F64,
    /// `v128`
    V128,
    /// `funcref`
    FuncRef,
    /// `externref`
    ExternRef,
    /// `exnref`
    ExnRef,
    /// Any other reference.
    Ref,
}

impl CoreType {
    /// Whether its values are numbers, which JavaScript has too.
    pub fn is_number(self) -> bool {
        matches!(self, CoreType::I32 | CoreType::I64 | CoreType::F32 | CoreType::F64)
    }

    /// Its name in the text format; `ref` for references without one.
    pub fn name(self) -> &'static str {
        match self {
            CoreType::I32 => "i32",
            CoreType::I64 => "i64",
            CoreType::F32 => "f32",
            CoreType::F64 => "f64",
            CoreType::V128 => "v128",
            CoreType::FuncRef => "funcref",
            CoreType::ExternRef => "externref",
            CoreType::ExnRef => "exnref",
            CoreType::Ref => "ref",
        }
    }
}

impl From<ValType> for CoreType {
    fn from(ty: ValType) -> CoreType {
        match ty {
            ValType::I32 => CoreType::I32,
            ValType::I64 => CoreType::I64,
            ValType::F32 => CoreType::F32,
            ValType::F64 => CoreType::F64,
            ValType::V128 => CoreType::V128,
            ValType::Ref(RefType::FUNCREF) => CoreType::FuncRef,
            ValType::Ref(RefType::EXTERNREF) => CoreType::ExternRef,
            ValType::Ref(RefType::EXNREF) => CoreType::ExnRef,
            ValType::Ref(_) => CoreType::Ref,
        }
    }
}

impl From<&MemoryType> for Memory {
    fn from(ty: &MemoryType) -> Memory {
        Memory { minimum: ty.initial, maximum: ty.maximum }
    }
}

impl Display for CoreType {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// Shown as WIT where it is WIT, and close to it otherwise: `func(i32, i32) -> (i32)`, `memory of 1 page, at most 16`.
impl Display for Item {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Item::Function(function) => function.fmt(f),
            Item::CoreFunction { params, results } => {
                write!(f, "func({})", list(params))?;
                if results.is_empty() { Ok(()) } else { write!(f, " -> ({})", list(results)) }
            }
            Item::Memory(memory) => memory.fmt(f),
            Item::Table { element, minimum, maximum } => {
                write!(f, "table of {minimum} {element}")?;
                maximum.map_or(Ok(()), |most| write!(f, ", at most {most}"))
            }
            Item::Global { content, mutable } => write!(f, "global {}{content}", if *mutable { "mut " } else { "" }),
            Item::Tag { params } => write!(f, "tag({})", list(params)),
            Item::Types => f.write_str("types"),
            Item::Other { what } => f.write_str(what),
        }
    }
}

impl Display for Memory {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let pages = if self.minimum == 1 { "page" } else { "pages" };
        write!(f, "memory of {} {pages}", self.minimum)?;
        self.maximum.map_or(Ok(()), |most| write!(f, ", at most {most}"))
    }
}

fn list(types: &[CoreType]) -> String {
    types.iter().map(CoreType::to_string).collect::<Vec<_>>().join(", ")
}
