//! What is known of a statement before it runs.

use std::rc::Rc;

use crate::database::{Database, KEPT};
use crate::failure::{Code, Failure};
use crate::guard::{OWN, OWN_MARK, Seen};

/// How a statement has to be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Reads.
    Read,
    /// Changes rows.
    Write,
    /// Changes the schema, and perhaps rows.
    Schema,
    /// SAVEPOINT, RELEASE, ROLLBACK TO: only inside a transaction.
    Savepoint,
    /// VACUUM and checkpoints, which SQLite runs outside of transactions only; done twice they do no harm.
    Outside,
}

/// A prepared statement's properties, kept beside it.
#[derive(Debug)]
pub struct Facts {
    /// How it has to be run.
    pub kind: Kind,
    /// Names of its columns.
    pub columns: Vec<String>,
    /// How many parameters it has.
    pub parameters: usize,
    /// Tables it reads, sorted.
    pub reads: Rc<[String]>,
    /// Tables it may change, sorted.
    pub writes: Rc<[String]>,
}

/// The first word of a statement in capitals, comments and empty statements before it left out.
pub fn first_word(sql: &str) -> String {
    let mut rest = sql;
    loop {
        rest = rest.trim_start_matches(|letter: char| letter.is_whitespace() || letter == ';' || letter == '\u{feff}');
        if let Some(comment) = rest.strip_prefix("--") {
            rest = comment.split_once('\n').map_or("", |(_, after)| after);
        } else if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.split_once("*/").map_or("", |(_, after)| after);
        } else {
            break;
        }
    }
    let end = rest.find(|letter: char| !letter.is_ascii_alphabetic()).unwrap_or(rest.len());
    rest[..end].to_ascii_uppercase()
}

/// Whether it is a checkpoint, which SQLite refuses inside a transaction.
pub fn is_checkpoint(sql: &str) -> bool {
    first_word(sql) == "PRAGMA" && sql.to_ascii_lowercase().contains("wal_checkpoint")
}

pub(crate) fn refusal(error: rusqlite::Error, seen: &Seen) -> Failure {
    match &seen.refused {
        Some(reason) => Failure::new(Code::NotAllowed, reason.clone()),
        None => error.into(),
    }
}

impl Database {
    /// What is known of a statement, which is prepared if it isn't yet.
    pub fn facts(&self, sql: &str) -> Result<Rc<Facts>, Failure> {
        if let Some(facts) = self.facts.borrow().get(sql) {
            return Ok(facts.clone());
        }
        let word = first_word(sql);
        if word.is_empty() {
            return Err(Failure::new(Code::Sql, "the text has no statement"));
        }
        if word == "VACUUM" && sql.to_ascii_uppercase().split_whitespace().any(|word| word == "INTO") {
            return Err(Failure::new(
                Code::NotAllowed,
                "VACUUM INTO would leave a file that no tab owns: use export()",
            ));
        }
        self.guard.begin();
        // A text that is one of our own may be in the cache already, where nobody asks the guard.
        let own = sql.contains(OWN) || sql.contains(OWN_MARK);
        let prepared = if own { self.connection.prepare(sql).map(drop) } else { Ok(()) };
        let prepared = prepared.and_then(|()| self.connection.prepare_cached(sql));
        let seen = self.guard.seen();
        let statement = prepared.map_err(|error| refusal(error, &seen))?;
        let kind = match () {
            () if word == "VACUUM" || is_checkpoint(sql) => Kind::Outside,
            () if seen.schema => Kind::Schema,
            () if seen.savepoint => Kind::Savepoint,
            () if statement.readonly() => Kind::Read,
            () => Kind::Write,
        };
        let facts = Rc::new(Facts {
            kind,
            columns: statement.column_names().map(str::to_owned).collect(),
            parameters: statement.parameter_count(),
            reads: seen.reads.into_iter().collect(),
            writes: seen.writes.into_iter().collect(),
        });
        drop(statement);
        let mut known = self.facts.borrow_mut();
        if known.len() >= KEPT {
            known.clear();
        }
        known.insert(sql.to_owned(), facts.clone());
        Ok(facts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_space_hide_no_word() {
        assert_eq!(first_word("  -- BEGIN\n /* COMMIT */ ;; select 1"), "SELECT");
        assert_eq!(first_word("begin;"), "BEGIN");
        assert_eq!(first_word("-- nothing"), "");
        assert_eq!(first_word("/* open"), "");
        assert!(is_checkpoint("/* x */ pragma main.wal_checkpoint(TRUNCATE)"));
        assert!(!is_checkpoint("SELECT 'wal_checkpoint'"));
    }
}
