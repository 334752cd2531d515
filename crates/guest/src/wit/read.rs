use wit_parser::{Handle, Resolve, TypeDef, TypeDefKind, TypeId};

use super::{Case, Field, Function, Param, Type};
use crate::Refusal;

/// Reads types out of a [`Resolve`], each definition written out where it is named.
///
/// A definition that names another twice, which names another twice, … doubles with each step: the reader counts about the bytes that it
/// writes and stops at a limit. It also bounds how deep it goes, because aliases of aliases have no other end.
pub(crate) struct Reader<'a> {
    resolve: &'a Resolve,
    written: u32,
    most: u32,
    depth: u32,
}

/// As deep as wasmparser lets types be nested, aliases included: it is also how deep others recurse who read the types.
const DEPTH: u32 = 100;
/// What a type costs beside its names, such as `list<` `>, `.
const SYNTAX: usize = 8;

impl<'a> Reader<'a> {
    /// A reader of `resolve` that writes at most `most` bytes in its life.
    pub(crate) fn new(resolve: &'a Resolve, most: u32) -> Reader<'a> {
        Reader { resolve, written: 0, most, depth: 0 }
    }

    /// The signature of a function.
    pub(crate) fn function(&mut self, function: &wit_parser::Function) -> Result<Function, Refusal> {
        let param = |param: &wit_parser::Param| Ok(Param { name: self.copy(&param.name)?, ty: self.ty(&param.ty)? });
        let params = function.params.iter().map(param).collect::<Result<_, Refusal>>()?;
        Ok(Function { params, result: self.optional(function.result.as_ref())? })
    }

    fn optional(&mut self, ty: Option<&wit_parser::Type>) -> Result<Option<Type>, Refusal> {
        ty.map(|ty| self.ty(ty)).transpose()
    }

    fn boxed(&mut self, ty: Option<&wit_parser::Type>) -> Result<Option<Box<Type>>, Refusal> {
        Ok(self.optional(ty)?.map(Box::new))
    }

    fn ty(&mut self, ty: &wit_parser::Type) -> Result<Type, Refusal> {
        self.count(SYNTAX)?;
        Ok(match ty {
            wit_parser::Type::Bool => Type::Bool,
            wit_parser::Type::U8 => Type::U8,
            wit_parser::Type::U16 => Type::U16,
            wit_parser::Type::U32 => Type::U32,
            wit_parser::Type::U64 => Type::U64,
            wit_parser::Type::S8 => Type::S8,
            wit_parser::Type::S16 => Type::S16,
            wit_parser::Type::S32 => Type::S32,
            wit_parser::Type::S64 => Type::S64,
            wit_parser::Type::F32 => Type::F32,
            wit_parser::Type::F64 => Type::F64,
            wit_parser::Type::Char => Type::Char,
            wit_parser::Type::String => Type::String,
            wit_parser::Type::ErrorContext => return Err(beyond("error-context")),
            wit_parser::Type::Id(id) => {
                self.depth += 1;
                Refusal::limit("types inside one another", self.depth, DEPTH)?;
                let defined = self.defined(*id);
                self.depth -= 1;
                return defined;
            }
        })
    }

    fn defined(&mut self, id: TypeId) -> Result<Type, Refusal> {
        let resolve = self.resolve;
        let TypeDef { name, kind, .. } = &resolve.types[id];
        Ok(match kind {
            TypeDefKind::Type(ty) => self.renamed(ty, name)?,
            TypeDefKind::List(of) => Type::List(Box::new(self.ty(of)?)),
            TypeDefKind::Option(of) => Type::Option(Box::new(self.ty(of)?)),
            TypeDefKind::Result(of) => {
                Type::Result { ok: self.boxed(of.ok.as_ref())?, err: self.boxed(of.err.as_ref())? }
            }
            TypeDefKind::Tuple(of) => Type::Tuple(of.types.iter().map(|ty| self.ty(ty)).collect::<Result<_, _>>()?),
            TypeDefKind::Record(of) => {
                let field =
                    |field: &wit_parser::Field| Ok(Field { name: self.copy(&field.name)?, ty: self.ty(&field.ty)? });
                let fields = of.fields.iter().map(field).collect::<Result<_, Refusal>>()?;
                Type::Record { name: self.name(name)?, fields }
            }
            TypeDefKind::Variant(of) => {
                let case = |case: &wit_parser::Case| {
                    Ok(Case { name: self.copy(&case.name)?, ty: self.optional(case.ty.as_ref())? })
                };
                let cases = of.cases.iter().map(case).collect::<Result<_, Refusal>>()?;
                Type::Variant { name: self.name(name)?, cases }
            }
            TypeDefKind::Enum(of) => {
                let cases = of.cases.iter().map(|case| self.copy(&case.name)).collect::<Result<_, _>>()?;
                Type::Enum { name: self.name(name)?, cases }
            }
            TypeDefKind::Flags(of) => {
                let flags = of.flags.iter().map(|flag| self.copy(&flag.name)).collect::<Result<_, _>>()?;
                Type::Flags { name: self.name(name)?, flags }
            }
            TypeDefKind::Handle(Handle::Own(of)) => Type::Own(self.resource(*of)?),
            TypeDefKind::Handle(Handle::Borrow(of)) => Type::Borrow(self.resource(*of)?),
            TypeDefKind::Resource => Type::Own(self.resource(id)?),
            TypeDefKind::Map(..) | TypeDefKind::FixedLengthList(..) => return Err(beyond(kind.as_str())),
            TypeDefKind::Future(_) | TypeDefKind::Stream(_) | TypeDefKind::Unknown => {
                return Err(beyond(kind.as_str()));
            }
        })
    }

    /// What an alias stands for, under the alias's own name.
    fn renamed(&mut self, ty: &wit_parser::Type, alias: &Option<String>) -> Result<Type, Refusal> {
        let mut ty = self.ty(ty)?;
        match &mut ty {
            Type::Record { name, .. }
            | Type::Variant { name, .. }
            | Type::Enum { name, .. }
            | Type::Flags { name, .. } => *name = self.name(alias)?.or(name.take()),
            _ => {}
        }
        Ok(ty)
    }

    fn name(&mut self, name: &Option<String>) -> Result<Option<String>, Refusal> {
        name.as_ref().map(|name| self.copy(name)).transpose()
    }

    fn resource(&mut self, id: TypeId) -> Result<String, Refusal> {
        Ok(self.name(&self.resolve.types[id].name)?.unwrap_or_else(|| "resource".into()))
    }

    fn copy(&mut self, name: &str) -> Result<String, Refusal> {
        self.count(name.len() + SYNTAX)?;
        Ok(name.into())
    }

    fn count(&mut self, more: usize) -> Result<(), Refusal> {
        self.written = self.written.saturating_add(u32::try_from(more).unwrap_or(u32::MAX));
        Refusal::limit("bytes of the signatures, each definition written out", self.written, self.most)
    }
}

fn beyond(what: &str) -> Refusal {
    let what = format!("the type `{what}`");
    Refusal::Component {
        what,
        hint: "functions take and give plain values, such as list<u8>, records and results".into(),
    }
}
