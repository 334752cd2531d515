//! Why bytes don't become a bundle.

/// Why an upload is refused: what was wrong, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
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
    /// The bytes are not WebAssembly, or not valid WebAssembly of our feature set.
    #[error("not valid WebAssembly at byte {offset}: {message}")]
    Invalid {
        /// Where, in bytes from the module's beginning.
        offset: usize,
        /// What the validator said.
        message: String,
    },
    /// A component that does something beyond functions over plain values.
    #[error("{what} can't be used: {hint}")]
    Component {
        /// What is beyond the platform, and where.
        what: String,
        /// What to do instead.
        hint: String,
    },
    /// An import or export has a name that belongs to the platform.
    #[error(
        "the {what} `{name}` has a name that belongs to the platform: no import may come from `hashi`, no name may begin with `hashi:`"
    )]
    ReservedName {
        /// `import` or `export`.
        what: &'static str,
        /// The name; for an import, its module and field.
        name: String,
    },
    /// An operator that the meter doesn't know, so that it could not be charged for.
    #[error("the operator {name} at byte {offset} is not one that the platform can meter")]
    Operator {
        /// The operator.
        name: String,
        /// Where, in bytes from the module's beginning.
        offset: usize,
    },
    /// A module that should do nothing but pass calls on does more.
    #[error("a module that should only pass calls on does more: {why}")]
    NotTrampoline {
        /// What it does.
        why: String,
    },
}

impl Refusal {
    /// A stable code for programs; documented in docs/guests.md.
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::Limit { .. } => "limit_exceeded",
            Refusal::Invalid { .. } => "invalid_module",
            Refusal::Component { .. } => "unsupported_component",
            Refusal::ReservedName { .. } => "reserved_name",
            Refusal::Operator { .. } => "unknown_operator",
            Refusal::NotTrampoline { .. } => "not_a_trampoline",
        }
    }
}
