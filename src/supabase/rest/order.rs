//! Sort orders.

/// One key of a sort order; a `&str` is that column, ascending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    column: String,
    descending: bool,
    nulls: Option<&'static str>,
    of: Option<String>,
}

impl Order {
    /// Smallest first.
    pub fn asc(column: impl Into<String>) -> Order {
        Order { column: column.into(), descending: false, nulls: None, of: None }
    }

    /// Largest first.
    pub fn desc(column: impl Into<String>) -> Order {
        Order { descending: true, ..Order::asc(column) }
    }

    /// Nulls before all else.
    pub fn nulls_first(self) -> Order {
        Order { nulls: Some(".nullsfirst"), ..self }
    }

    /// Nulls after all else.
    pub fn nulls_last(self) -> Order {
        Order { nulls: Some(".nullslast"), ..self }
    }

    /// Sorts the rows of the embedded resource `table` instead of the query's own.
    pub fn of(self, table: impl Into<String>) -> Order {
        Order { of: Some(table.into()), ..self }
    }

    pub(super) fn key(&self) -> String {
        match &self.of {
            Some(table) => format!("{table}.order"),
            None => "order".to_owned(),
        }
    }

    pub(super) fn value(&self) -> String {
        let direction = if self.descending { "desc" } else { "asc" };
        format!("{}.{direction}{}", self.column, self.nulls.unwrap_or_default())
    }
}

impl From<&str> for Order {
    fn from(column: &str) -> Order {
        Order::asc(column)
    }
}
