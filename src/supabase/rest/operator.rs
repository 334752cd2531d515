//! PostgREST's operators by name.

use std::fmt;

/// An operator of [`filter`](super::Query::filter) and [`not`](super::Query::not), under PostgREST's name for it.
///
/// It is an enum and not a string because PostgREST takes `id=equals.5` for an argument of a function, and ignores it:
/// a delete with a misspelt operator would remove every row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `=`
    Eq,
    /// `<>`
    Neq,
    /// `>`
    Gt,
    /// `>=`
    Gte,
    /// `<`
    Lt,
    /// `<=`
    Lte,
    /// `like`
    Like,
    /// `ilike`
    Ilike,
    /// `like all`, of a Postgres array literal
    LikeAll,
    /// `like any`, of a Postgres array literal
    LikeAny,
    /// `ilike all`, of a Postgres array literal
    IlikeAll,
    /// `ilike any`, of a Postgres array literal
    IlikeAny,
    /// `~`
    Match,
    /// `~*`
    Imatch,
    /// `is`, of `null`, `not_null`, `true`, `false` or `unknown`
    Is,
    /// `is distinct from`
    IsDistinct,
    /// `in`, of a list in parentheses
    In,
    /// `@>`
    Cs,
    /// `<@`
    Cd,
    /// `&&`
    Ov,
    /// `<<`
    Sl,
    /// `>>`
    Sr,
    /// `&<`
    Nxr,
    /// `&>`
    Nxl,
    /// `-|-`
    Adj,
    /// `@@ to_tsquery`, with a text search configuration
    Fts(Option<String>),
    /// `@@ plainto_tsquery`, with a text search configuration
    Plfts(Option<String>),
    /// `@@ phraseto_tsquery`, with a text search configuration
    Phfts(Option<String>),
    /// `@@ websearch_to_tsquery`, with a text search configuration
    Wfts(Option<String>),
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, config) = match self {
            Operator::Eq => ("eq", &None),
            Operator::Neq => ("neq", &None),
            Operator::Gt => ("gt", &None),
            Operator::Gte => ("gte", &None),
            Operator::Lt => ("lt", &None),
            Operator::Lte => ("lte", &None),
            Operator::Like => ("like", &None),
            Operator::Ilike => ("ilike", &None),
            Operator::LikeAll => ("like(all)", &None),
            Operator::LikeAny => ("like(any)", &None),
            Operator::IlikeAll => ("ilike(all)", &None),
            Operator::IlikeAny => ("ilike(any)", &None),
            Operator::Match => ("match", &None),
            Operator::Imatch => ("imatch", &None),
            Operator::Is => ("is", &None),
            Operator::IsDistinct => ("isdistinct", &None),
            Operator::In => ("in", &None),
            Operator::Cs => ("cs", &None),
            Operator::Cd => ("cd", &None),
            Operator::Ov => ("ov", &None),
            Operator::Sl => ("sl", &None),
            Operator::Sr => ("sr", &None),
            Operator::Nxr => ("nxr", &None),
            Operator::Nxl => ("nxl", &None),
            Operator::Adj => ("adj", &None),
            Operator::Fts(config) => ("fts", config),
            Operator::Plfts(config) => ("plfts", config),
            Operator::Phfts(config) => ("phfts", config),
            Operator::Wfts(config) => ("wfts", config),
        };
        match config {
            Some(config) => write!(f, "{name}({config})"),
            None => f.write_str(name),
        }
    }
}

/// The words by which PostgREST recognises a filter's value, up to the first `.` or `(`.
const WORDS: [&str; 26] = [
    "not",
    "is",
    "in",
    "isdistinct",
    "eq",
    "neq",
    "gt",
    "gte",
    "lt",
    "lte",
    "like",
    "ilike",
    "match",
    "imatch",
    "cs",
    "cd",
    "ov",
    "sl",
    "sr",
    "nxr",
    "nxl",
    "adj",
    "fts",
    "plfts",
    "phfts",
    "wfts",
];

/// Whether PostgREST would read `text` as a filter where it stands for a function's argument.
pub(super) fn looks_like_filter(text: &str) -> bool {
    text.find(['.', '(']).is_some_and(|end| WORDS.contains(&&text[..end]))
}
