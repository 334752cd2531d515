//! What `is` compares with.

/// The right side of `is`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Is {
    /// `is null`
    Null,
    /// `is not null`
    NotNull,
    /// `is true`
    True,
    /// `is false`
    False,
    /// `is unknown`: a boolean that is null
    Unknown,
}

impl From<bool> for Is {
    fn from(value: bool) -> Is {
        if value { Is::True } else { Is::False }
    }
}

impl Is {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Is::Null => "null",
            Is::NotNull => "not_null",
            Is::True => "true",
            Is::False => "false",
            Is::Unknown => "unknown",
        }
    }
}
