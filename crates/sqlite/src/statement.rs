//! What is known of a statement before it runs.

use std::rc::Rc;

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
