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
}

impl Refusal {
    /// A stable code for programs; documented in docs/guests.md.
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::Limit { .. } => "limit_exceeded",
            Refusal::Invalid { .. } => "invalid_module",
            Refusal::Component { .. } => "unsupported_component",
        }
    }
}
