use std::fmt::{Display, Formatter, Result};

use super::{Function, Type};

impl Function {
    /// How the named types in the signature are defined, such as `enum method { get, head }`: each once, those that others use first.
    pub fn definitions(&self) -> Vec<String> {
        let mut found = Vec::new();
        self.params.iter().map(|param| &param.ty).chain(&self.result).for_each(|ty| collect(ty, &mut found));
        found
    }
}

fn collect(ty: &Type, found: &mut Vec<String>) {
    match ty {
        Type::List(of) | Type::Option(of) => collect(of, found),
        Type::Result { ok, err } => ok.iter().chain(err).for_each(|ty| collect(ty, found)),
        Type::Tuple(of) => of.iter().for_each(|ty| collect(ty, found)),
        Type::Record { fields, .. } => fields.iter().for_each(|field| collect(&field.ty, found)),
        Type::Variant { cases, .. } => {
            cases.iter().filter_map(|case| case.ty.as_ref()).for_each(|ty| collect(ty, found))
        }
        _ => {}
    }
    if let Some(definition) = definition(ty).filter(|definition| !found.contains(definition)) {
        found.push(definition);
    }
}

fn definition(ty: &Type) -> Option<String> {
    let (kind, name, inside) = match ty {
        Type::Record { name: Some(name), fields } => {
            ("record", name, list(fields, |field| format!("{}: {}", field.name, field.ty)))
        }
        Type::Variant { name: Some(name), cases } => (
            "variant",
            name,
            list(cases, |case| case.ty.as_ref().map_or(case.name.clone(), |ty| format!("{}({ty})", case.name))),
        ),
        Type::Enum { name: Some(name), cases } => ("enum", name, cases.join(", ")),
        Type::Flags { name: Some(name), flags } => ("flags", name, flags.join(", ")),
        _ => return None,
    };
    Some(format!("{kind} {name} {{ {inside} }}"))
}

fn list<T>(items: &[T], show: impl Fn(&T) -> String) -> String {
    items.iter().map(show).collect::<Vec<_>>().join(", ")
}

impl Display for Type {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Type::Bool => f.write_str("bool"),
            Type::U8 => f.write_str("u8"),
            Type::U16 => f.write_str("u16"),
            Type::U32 => f.write_str("u32"),
            Type::U64 => f.write_str("u64"),
            Type::S8 => f.write_str("s8"),
            Type::S16 => f.write_str("s16"),
            Type::S32 => f.write_str("s32"),
            Type::S64 => f.write_str("s64"),
            Type::F32 => f.write_str("f32"),
            Type::F64 => f.write_str("f64"),
            Type::Char => f.write_str("char"),
            Type::String => f.write_str("string"),
            Type::List(of) => write!(f, "list<{of}>"),
            Type::Option(of) => write!(f, "option<{of}>"),
            Type::Result { ok: None, err: None } => f.write_str("result"),
            Type::Result { ok: Some(ok), err: None } => write!(f, "result<{ok}>"),
            Type::Result { ok: None, err: Some(err) } => write!(f, "result<_, {err}>"),
            Type::Result { ok: Some(ok), err: Some(err) } => write!(f, "result<{ok}, {err}>"),
            Type::Tuple(of) => write!(f, "tuple<{}>", list(of, Type::to_string)),
            Type::Record { name, .. } => f.write_str(name.as_deref().unwrap_or("record")),
            Type::Variant { name, .. } => f.write_str(name.as_deref().unwrap_or("variant")),
            Type::Enum { name, .. } => f.write_str(name.as_deref().unwrap_or("enum")),
            Type::Flags { name, .. } => f.write_str(name.as_deref().unwrap_or("flags")),
            Type::Own(of) => write!(f, "own<{of}>"),
            Type::Borrow(of) => write!(f, "borrow<{of}>"),
        }
    }
}

impl Display for Function {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "func({})", list(&self.params, |param| format!("{}: {}", param.name, param.ty)))?;
        self.result.as_ref().map_or(Ok(()), |result| write!(f, " -> {result}"))
    }
}
