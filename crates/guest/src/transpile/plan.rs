//! How a bundle is linked and called: the part of the manifest that the glue reads.

use serde::Serialize;

/// What a host does with a bundle's core modules: instantiate them in order, give each its imports, and call its exports.
///
/// Everything is data: no name that a stranger chose ever becomes code.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Plan {
    /// The types that [`Type::Index`] points at.
    pub types: Vec<TypeDef>,
    /// Core instances, in the order in which they are made.
    pub instances: Vec<Instance>,
    /// Where values of functions lie: a memory, its allocator, and how strings are encoded.
    pub contexts: Vec<Context>,
    /// Functions that the host gives to core modules.
    pub lowered: Vec<Lowered>,
    /// Functions that recode strings between the parts of a composed component.
    pub transcoders: Vec<Transcoder>,
    /// Types of resources that parts define; absent where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<Resource>,
    /// The parts' own views of those types: what [`Definition::New`], [`Definition::Rep`] and [`Definition::Drop`] count, and adapters too,
    /// in the numbers that they hold. None for a type that nothing can have a handle of. Absent where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub handles: Vec<Option<HandleType>>,
    /// Functions that a caller can call.
    pub exports: Vec<Export>,
    /// Interface and name of the exported functions that no caller can call, and why, as in "passes a resource, …". Absent where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub uncallable: Vec<(String, String, String)>,
}

/// A type of WIT: a primitive by its name (`"u8"`, `"string"`, …) or an index into [`Plan::types`].
///
/// Exports of plain core modules have numbers of either sign besides: `"i32"` and `"i64"`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Type {
    /// A primitive type, by the name that WIT has for it.
    Primitive(&'static str),
    /// An index into [`Plan::types`].
    Index(u32),
}

/// A type made of others; JSON such as `{"list":"u8"}` or `{"record":[["name","string"],["age",3]]}`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TypeDef {
    /// Names and types of the fields.
    Record(Vec<(String, Type)>),
    /// Names of the cases and what they carry.
    Variant(Vec<(String, Option<Type>)>),
    /// Elements of one type.
    List(Type),
    /// One element of each type.
    Tuple(Vec<Type>),
    /// Names that are set or not.
    Flags(Vec<String>),
    /// Names of which there is one.
    Enum(Vec<String>),
    /// A value or none.
    Option(Type),
    /// What success and failure carry.
    Result(Option<Type>, Option<Type>),
}

/// A core instance to make.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Instance {
    /// An index into the bundle's core modules.
    pub module: u32,
    /// What it imports: module, name, and where that comes from.
    pub imports: Vec<(String, String, Definition)>,
}

/// Something that a core module can import; JSON such as `{"export":[0,"memory"]}`, `{"lowered":2}` or `{"scope":"enter"}`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Definition {
    /// An export of a core instance made before: its index and the name.
    Export(u32, String),
    /// One of [`Plan::lowered`].
    Lowered(u32),
    /// The `may-leave` flag of a part of a composed component, a mutable `i32` global that is 1 at first.
    Flags(u32),
    /// One of [`Plan::transcoders`].
    Transcoder(u32),
    /// A function that traps with this reason.
    Trap(String),
    /// `resource.new`: from a representation to a handle of one of [`Plan::handles`].
    New(u32),
    /// `resource.rep`: from a handle of one of [`Plan::handles`] to the representation.
    Rep(u32),
    /// `resource.drop` of a handle of one of [`Plan::handles`].
    Drop(u32),
    /// Takes a handle, its index in [`Plan::handles`] and that of the part that receives it; gives that part's handle.
    Transfer(Transfer),
    /// Marks where a call from part to part that lends resources begins and ends.
    Scope(Scope),
}

/// How a handle passes from part to part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Transfer {
    /// For good.
    Own,
    /// For the time of the call.
    Borrow,
}

/// One end of a call that lends resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Before its arguments are passed; called with three numbers that say nothing here.
    Enter,
    /// After the function has returned: traps where it has kept what was lent to it.
    Leave,
}

/// The type of a resource.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Resource {
    /// The part that defines it, and sees its representations.
    pub component: u32,
    /// Core instance and name of the function that is called with the representation once the owner has dropped it.
    pub destructor: Option<(u32, String)>,
}

/// The type of a resource as a part knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct HandleType {
    /// An index into [`Plan::resources`].
    pub resource: u32,
    /// The part whose handles these are; it has one table of handles for all types.
    pub component: u32,
}

/// Where the values of a function lie.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Context {
    /// The part of a composed component whose `may-leave` flag holds; 0 where there is but one.
    pub component: u32,
    /// Core instance and name of the memory.
    pub memory: Option<(u32, String)>,
    /// Core instance and name of the function `realloc`.
    pub realloc: Option<(u32, String)>,
    /// `utf8`, `utf16` or `latin1+utf16`.
    pub encoding: &'static str,
}

/// A function of the host as a core function.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Lowered {
    /// The interface that it belongs to, such as `edge:runtime/logging@0.1.0`; empty for a function of the world itself.
    pub interface: String,
    /// Its name.
    pub name: String,
    /// Names and types of its parameters.
    pub params: Vec<(String, Type)>,
    /// The type of its result.
    pub result: Option<Type>,
    /// An index into [`Plan::contexts`].
    pub context: u32,
    /// Whether the guest waits for it.
    pub suspends: bool,
}

/// Recodes a string from one memory into another.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Transcoder {
    /// What it does, such as `utf8-to-utf16`.
    pub operation: &'static str,
    /// Core instance and name of the memory read.
    pub from: (u32, String),
    /// Core instance and name of the memory written.
    pub to: (u32, String),
}

/// A function that a caller can call.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Export {
    /// The interface that it belongs to; empty for a function of the world itself.
    pub interface: String,
    /// Its name.
    pub name: String,
    /// Names and types of its parameters.
    pub params: Vec<(String, Type)>,
    /// The type of its result.
    pub result: Option<Type>,
    /// Of a plain core module: the types of its results, `i32`, `i64`, `f32` or `f64`; else absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub results: Option<Vec<Type>>,
    /// Core instance and name of the function to call.
    pub function: (u32, String),
    /// Core instance and name of the function to call once its result was read.
    pub post_return: Option<(u32, String)>,
    /// An index into [`Plan::contexts`].
    pub context: u32,
    /// Whether it may wait for the host, and so has to be called with JSPI.
    pub suspends: bool,
}
