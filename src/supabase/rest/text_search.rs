//! Full-text search.

use super::Operator;

/// What to look for in a `tsvector` or text column; a `&str` is a query in `to_tsquery`'s language.
#[derive(Clone, Debug)]
pub struct TextSearch {
    query: String,
    kind: fn(Option<String>) -> Operator,
    config: Option<String>,
}

impl TextSearch {
    /// `to_tsquery`: words joined with `&`, `|` and `!`.
    pub fn new(query: impl Into<String>) -> TextSearch {
        TextSearch { query: query.into(), kind: Operator::Fts, config: None }
    }

    /// `plainto_tsquery`: every word must occur.
    pub fn plain(query: impl Into<String>) -> TextSearch {
        TextSearch { kind: Operator::Plfts, ..TextSearch::new(query) }
    }

    /// `phraseto_tsquery`: the words must occur in this order.
    pub fn phrase(query: impl Into<String>) -> TextSearch {
        TextSearch { kind: Operator::Phfts, ..TextSearch::new(query) }
    }

    /// `websearch_to_tsquery`: quotes, `or` and `-` as search engines read them; never a syntax error.
    pub fn websearch(query: impl Into<String>) -> TextSearch {
        TextSearch { kind: Operator::Wfts, ..TextSearch::new(query) }
    }

    /// Uses the text search configuration `config`, such as `english`.
    pub fn config(self, config: impl Into<String>) -> TextSearch {
        TextSearch { config: Some(config.into()), ..self }
    }

    /// The operator and the query.
    pub(super) fn into_parts(self) -> (Operator, String) {
        ((self.kind)(self.config), self.query)
    }
}

impl From<&str> for TextSearch {
    fn from(query: &str) -> TextSearch {
        TextSearch::new(query)
    }
}
