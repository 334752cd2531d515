//! Why bytes don't become a bundle.

/// Why an upload is refused: what was wrong, and what would be right.
///
/// Each kind has a stable [`code`](Refusal::code) for programs; docs/guests.md shows each as the author of a guest reads it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The bytes are something else than WebAssembly.
    #[error(
        "not WebAssembly: {found}; upload a core module or a component in the binary format, which begins with the bytes 00 61 73 6d"
    )]
    NotWasm {
        /// What the bytes look like.
        found: String,
    },
    /// The text format, where it can be read, doesn't say a module or component.
    #[error("the text format can't be read: {message}")]
    Text {
        /// What the reader said, with line and column.
        message: String,
    },
    /// The bytes are broken, or not valid by the WebAssembly specification.
    #[error(
        "not valid WebAssembly at byte {offset}: {message}; build the module anew, or ask `wasm-tools validate` about it"
    )]
    Invalid {
        /// Where, in bytes from the upload's beginning.
        offset: u64,
        /// What the validator said.
        message: String,
    },
    /// Valid WebAssembly of a proposal that guests may not use.
    #[error("at byte {offset}: {message}; {}", crate::features::advice(.message))]
    Feature {
        /// Where, in bytes from the upload's beginning.
        offset: u64,
        /// What the validator said, which names the proposal.
        message: String,
    },
    /// More of something than the platform takes.
    #[error("{what}: {given} is more than the {most} that the platform takes")]
    Limit {
        /// What there is too much of, such as `bytes of the module` or `locals of function 7`.
        what: String,
        /// How much there is, or how much had been seen when the limit was passed.
        given: u64,
        /// How much is taken.
        most: u64,
    },
    /// An import that the platform doesn't provide.
    #[error("unknown import `{import}`: {hint}")]
    UnknownImport {
        /// Its name: `module.name` of a core module, the name of a component's import otherwise.
        import: String,
        /// What to do about it.
        hint: String,
    },
    /// An import that the platform provides, but with another type.
    #[error("import `{import}` is used as `{used}`, but the platform provides `{provided}`; {hint}")]
    ImportType {
        /// Its name.
        import: String,
        /// Its type in the upload.
        used: String,
        /// The type that it has.
        provided: String,
        /// What to do about it.
        hint: String,
    },
    /// An import or export with a name that the platform keeps for itself.
    #[error(
        "the name `{name}` is reserved: names that begin with `{}` are the platform's; rename it",
        crate::contract::RESERVED
    )]
    Reserved {
        /// The name.
        name: String,
    },
    /// An exported function with a name that can't be kept.
    #[error("the export {name:?} has U+0000 in its name, which not every store of modules can keep; rename it")]
    Name {
        /// The name.
        name: String,
    },
    /// There is nothing to call.
    #[error("nothing to call: {hint}")]
    NothingExported {
        /// What there is instead, and how functions get exported.
        hint: String,
    },
    /// A module lacks an export that something else in it needs.
    #[error("no export `{export}`: {reason}")]
    MissingExport {
        /// The name that the export must have.
        export: String,
        /// What needs it, and what it has to be.
        reason: String,
    },
    /// A core module that doesn't fit the world it carries.
    #[error("the module doesn't fit its WIT world: {message}; bindings, world and module must be of one build")]
    World {
        /// What doesn't fit.
        message: String,
    },
    /// A WIT package in binary form: interfaces without code.
    #[error(
        "a WIT package, not a component: it describes interfaces but holds no code; upload the component that implements them"
    )]
    WitPackage,
    /// A component that does something beyond functions over plain values.
    #[error("{what} can't be used: {hint}")]
    Component {
        /// What is beyond the platform, and where.
        what: String,
        /// What to do instead.
        hint: String,
    },
    /// An operator that the meter doesn't know, so that it could not be charged for.
    #[error("the operator {name} at byte {offset} is not one that the platform can meter")]
    Operator {
        /// The operator.
        name: String,
        /// Where, in bytes from the module's beginning.
        offset: usize,
    },
}

impl Refusal {
    /// A stable code for programs; documented in docs/guests.md.
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::NotWasm { .. } => "not_webassembly",
            Refusal::Text { .. } => "invalid_text",
            Refusal::Invalid { .. } => "invalid_module",
            Refusal::Feature { .. } => "unsupported_feature",
            Refusal::Limit { .. } => "limit_exceeded",
            Refusal::UnknownImport { .. } => "unknown_import",
            Refusal::ImportType { .. } => "import_type_mismatch",
            Refusal::Reserved { .. } => "reserved_name",
            Refusal::Name { .. } => "unusable_name",
            Refusal::NothingExported { .. } => "nothing_exported",
            Refusal::MissingExport { .. } => "missing_export",
            Refusal::World { .. } => "world_mismatch",
            Refusal::WitPackage => "wit_package",
            Refusal::Component { .. } => "unsupported_component",
            Refusal::Operator { .. } => "unknown_operator",
        }
    }

    /// `given` of `what`, if that is not more than `most`.
    pub(crate) fn limit(what: impl Into<String>, given: impl Into<u64>, most: impl Into<u64>) -> Result<(), Refusal> {
        let (given, most) = (given.into(), most.into());
        if given > most { Err(Refusal::Limit { what: what.into(), given, most }) } else { Ok(()) }
    }
}
