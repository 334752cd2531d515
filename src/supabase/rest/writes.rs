//! What only writes can say.

use super::{
    Affecting, Complete, Filterable, Inserting, Many, Minimal, Operation, Query, Shape, Unfiltered, Upsert, modifiers,
};

impl<O: Operation> Query<O, Minimal> {
    /// Asks for `columns` of the rows that were written (see [`Table::select`](super::Table::select)).
    pub fn select(mut self, columns: &str) -> Query<O, Many> {
        self.request.set("select", modifiers::columns(columns));
        self.request.prefer.said.push("return=representation".to_owned());
        self.turn()
    }
}

impl<O: Inserting, S: Shape> Query<O, S> {
    /// Whether a field that a row lacks is written as null (the default) or gets its column's default.
    pub fn default_to_null(mut self, null: bool) -> Query<O, S> {
        self.request.prefer.missing_default = !null;
        self
    }
}

impl<S: Shape> Query<Upsert, S> {
    /// Recognises a row that exists by `columns` (comma-separated, with a unique constraint) instead of the primary key.
    ///
    /// ```compile_fail,E0599
    /// # use hashi::supabase::rest::Client;
    /// # let client = Client::new("https://project.supabase.co", "key");
    /// client.from("books").select("*").on_conflict("id");
    /// ```
    pub fn on_conflict(mut self, columns: &str) -> Query<Upsert, S> {
        self.request.set_first("on_conflict", columns.to_owned());
        self
    }

    /// Leaves rows that exist as they are instead of changing them.
    pub fn ignore_duplicates(mut self) -> Query<Upsert, S> {
        self.request.prefer.resolution = Some("ignore");
        self
    }
}

impl<O, S: Shape> Query<Unfiltered<O>, S>
where
    O: Filterable<Filtered = O> + Complete,
{
    /// Says that every row of the table is meant.
    pub fn all_rows(self) -> Query<O, S> {
        self.turn()
    }
}

impl<O: Affecting, S: Shape> Query<O, S> {
    /// Undoes the whole statement, as an error, if it would change or remove more than `rows` rows.
    pub fn max_affected(mut self, rows: u64) -> Query<O, S> {
        self.request.prefer.said.push("handling=strict".to_owned());
        self.request.prefer.said.push(format!("max-affected={rows}"));
        self
    }
}
