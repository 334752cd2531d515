use serde::{Deserialize, Serialize};

/// A type of the component model, with all definitions that it names written out; displayed as WIT, with names where there are any.
///
/// Two types are equal if they look the same to a caller: field, case and flag names count, the names of the types themselves too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Type {
    /// `bool`
    Bool,
    /// `u8`
    U8,
    /// `u16`
    U16,
    /// `u32`
    U32,
    /// `u64`
    U64,
    /// `s8`
    S8,
    /// `s16`
    S16,
    /// `s32`
    S32,
    /// `s64`
    S64,
    /// `f32`
    F32,
    /// `f64`
    F64,
    /// `char`: a Unicode scalar value
    Char,
    /// `string`
    String,
    /// `list<T>`
    List(Box<Type>),
    /// `option<T>`
    Option(Box<Type>),
    /// `result<T, E>`, each side of which may hold nothing
    Result {
        /// What a success holds.
        ok: Option<Box<Type>>,
        /// What an error holds.
        err: Option<Box<Type>>,
    },
    /// `tuple<A, B, …>`
    Tuple(Vec<Type>),
    /// `record`
    Record {
        /// What WIT calls it.
        name: Option<String>,
        /// Its fields, in order.
        fields: Vec<Field>,
    },
    /// `variant`
    Variant {
        /// What WIT calls it.
        name: Option<String>,
        /// Its cases, in order.
        cases: Vec<Case>,
    },
    /// `enum`
    Enum {
        /// What WIT calls it.
        name: Option<String>,
        /// Its cases, in order.
        cases: Vec<String>,
    },
    /// `flags`
    Flags {
        /// What WIT calls it.
        name: Option<String>,
        /// Its flags, in order.
        flags: Vec<String>,
    },
    /// `own<R>`: a resource of that name, which passes to the receiver
    Own(String),
    /// `borrow<R>`: a resource of that name, for the time of the call
    Borrow(String),
}

/// A field of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Its name, in kebab-case.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: Type,
}

/// A case of a variant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Its name, in kebab-case.
    pub name: String,
    /// What it holds.
    #[serde(rename = "type")]
    pub ty: Option<Type>,
}

/// A function's signature; displayed as WIT, such as `func(name: string) -> result<u32, string>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Function {
    /// Its parameters, in order.
    pub params: Vec<Param>,
    /// What it gives.
    pub result: Option<Type>,
}

/// A parameter of a function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Param {
    /// Its name, in kebab-case.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: Type,
}

impl Function {
    /// Whether it takes or gives a resource.
    pub fn passes_handles(&self) -> bool {
        self.params.iter().map(|param| &param.ty).chain(&self.result).any(Type::holds_handles)
    }
}

impl Type {
    /// Whether a value of the type holds a handle of a resource.
    pub fn holds_handles(&self) -> bool {
        match self {
            Type::Own(_) | Type::Borrow(_) => true,
            Type::List(of) | Type::Option(of) => of.holds_handles(),
            Type::Result { ok, err } => ok.iter().chain(err).any(|ty| ty.holds_handles()),
            Type::Tuple(of) => of.iter().any(Type::holds_handles),
            Type::Record { fields, .. } => fields.iter().any(|field| field.ty.holds_handles()),
            Type::Variant { cases, .. } => cases.iter().filter_map(|case| case.ty.as_ref()).any(Type::holds_handles),
            _ => false,
        }
    }
}
