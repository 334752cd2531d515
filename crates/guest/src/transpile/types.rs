//! The types of a component, as the plan has them.

use std::collections::HashMap;

use wasmtime_environ::component::{ComponentTypes, InterfaceType, TypeTupleIndex};

use super::plan::{Type, TypeDef};
use crate::Refusal;

/// Fills [`Plan::types`](super::plan::Plan::types) with what is used, each type once, in the order of first use.
pub(super) struct Types<'a> {
    types: &'a ComponentTypes,
    known: HashMap<InterfaceType, u32>,
    defined: Vec<TypeDef>,
}

impl<'a> Types<'a> {
    pub(super) fn new(types: &'a ComponentTypes) -> Types<'a> {
        Types { types, known: HashMap::new(), defined: Vec::new() }
    }

    pub(super) fn finish(self) -> Vec<TypeDef> {
        self.defined
    }

    /// `ty` as the plan has it; `place` says whose type it is where it can't be used.
    pub(super) fn ty(&mut self, ty: &InterfaceType, place: &str) -> Result<Type, Refusal> {
        use InterfaceType as I;
        let primitive = match ty {
            I::Bool => "bool",
            I::S8 => "s8",
            I::U8 => "u8",
            I::S16 => "s16",
            I::U16 => "u16",
            I::S32 => "s32",
            I::U32 => "u32",
            I::S64 => "s64",
            I::U64 => "u64",
            I::Float32 => "f32",
            I::Float64 => "f64",
            I::Char => "char",
            I::String => "string",
            _ => return self.defined(ty, place),
        };
        Ok(Type::Primitive(primitive))
    }

    fn defined(&mut self, ty: &InterfaceType, place: &str) -> Result<Type, Refusal> {
        if let Some(&index) = self.known.get(ty) {
            return Ok(Type::Index(index));
        }
        // Types are trees: what one is made of has been numbered before itself, and nesting was bounded by the validator.
        let definition = self.definition(ty, place)?;
        let index = self.defined.len() as u32;
        self.defined.push(definition);
        self.known.insert(*ty, index);
        Ok(Type::Index(index))
    }

    fn definition(&mut self, ty: &InterfaceType, place: &str) -> Result<TypeDef, Refusal> {
        use InterfaceType as I;
        let types = self.types;
        Ok(match ty {
            I::Record(index) => {
                let fields = types[*index].fields.iter();
                TypeDef::Record(
                    fields.map(|f| Ok((f.name.clone(), self.ty(&f.ty, place)?))).collect::<Result<_, Refusal>>()?,
                )
            }
            I::Variant(index) => {
                let cases = types[*index].cases.iter();
                let cases = cases.map(|(name, ty)| Ok((name.clone(), self.optional(ty.as_ref(), place)?)));
                TypeDef::Variant(cases.collect::<Result<_, Refusal>>()?)
            }
            I::List(index) => TypeDef::List(self.ty(&types[*index].element, place)?),
            I::Tuple(index) => TypeDef::Tuple(self.tuple(*index, place)?),
            I::Flags(index) => TypeDef::Flags(types[*index].names.iter().cloned().collect()),
            I::Enum(index) => TypeDef::Enum(types[*index].names.iter().cloned().collect()),
            I::Option(index) => TypeDef::Option(self.ty(&types[*index].ty, place)?),
            I::Result(index) => {
                let result = &types[*index];
                TypeDef::Result(self.optional(result.ok.as_ref(), place)?, self.optional(result.err.as_ref(), place)?)
            }
            // Exported functions with one can't be called, and were left out.
            I::Own(_) | I::Borrow(_) => return Err(beyond("an imported resource", place)),
            I::Future(_) => return Err(beyond("a future", place)),
            I::Stream(_) => return Err(beyond("a stream", place)),
            I::ErrorContext(_) => return Err(beyond("an error context", place)),
            _ => return Err(beyond("a map or a list of fixed length", place)),
        })
    }

    /// The types of a tuple's elements, such as those of parameters.
    pub(super) fn tuple(&mut self, index: TypeTupleIndex, place: &str) -> Result<Vec<Type>, Refusal> {
        self.types[index].types.iter().map(|ty| self.ty(ty, place)).collect()
    }

    fn optional(&mut self, ty: Option<&InterfaceType>, place: &str) -> Result<Option<Type>, Refusal> {
        ty.map(|ty| self.ty(ty, place)).transpose()
    }
}

fn beyond(what: &str, place: &str) -> Refusal {
    super::unsupported(
        format!("{what} in the type of {place}"),
        "pass records, variants, lists and plain values instead",
    )
}
