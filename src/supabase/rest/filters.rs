//! The filters of a query, by supabase-js's names.

use super::{Contents, Filter, Filterable, Group, Is, Operand, Operator, Query, Shape, TextSearch};

/// The parameter for a filter on `column`, with a name quoted that means something else to PostgREST.
///
/// Unquoted, a filter on a column named `limit` would be read as a bad limit and dropped, and a delete would lose its
/// only filter.
fn key(column: String) -> String {
    let (path, name) = column.rsplit_once('.').map_or(("", column.as_str()), |(path, name)| (path, name));
    match (path, name) {
        ("", "select" | "columns" | "on_conflict" | "order" | "limit" | "offset" | "and" | "or") => {
            format!("\"{name}\"")
        }
        (_, "order" | "limit" | "offset" | "and" | "or") => format!("{path}.\"{name}\""),
        _ => column,
    }
}

macro_rules! filters {
    ($($(#[$doc:meta])* $name:ident: $value:ty;)*) => {$(
        $(#[$doc])*
        pub fn $name(self, column: &str, value: impl Into<$value>) -> Query<O::Filtered, S> {
            self.with(Filter::$name(column, value))
        }
    )*};
}

macro_rules! lists {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        pub fn $name(
            self,
            column: &str,
            values: impl IntoIterator<Item = impl Into<Operand>>,
        ) -> Query<O::Filtered, S> {
            self.with(Filter::$name(column, values))
        }
    )*};
}

impl<O: Filterable, S: Shape> Query<O, S> {
    filters! {
        /// Rows with `column = value`.
        eq: Operand;
        /// Rows with `column <> value`, which leaves out nulls; see [`is_distinct`](Self::is_distinct).
        neq: Operand;
        /// Rows with `column > value`.
        gt: Operand;
        /// Rows with `column >= value`.
        gte: Operand;
        /// Rows with `column < value`.
        lt: Operand;
        /// Rows with `column <= value`.
        lte: Operand;
        /// Rows with `column like value`; `%` (or `*`) is any text, `_` any character.
        like: Operand;
        /// [`like`](Self::like) without regard to case.
        ilike: Operand;
        /// Rows whose column matches a POSIX regular expression.
        regex_match: Operand;
        /// [`regex_match`](Self::regex_match) without regard to case.
        regex_imatch: Operand;
        /// Rows with `column is distinct from value`, nulls among them.
        is_distinct: Operand;
        /// Rows whose column `is` null, true, false or unknown.
        is: Is;
        /// Rows whose array, range or JSON holds all of `value`.
        contains: Contents;
        /// Rows whose array, range or JSON is held by `value`.
        contained_by: Contents;
        /// Rows whose array or range has something in common with `value`.
        overlaps: Contents;
        /// Rows whose range lies wholly above `value`.
        range_gt: Operand;
        /// Rows whose range has nothing below `value`.
        range_gte: Operand;
        /// Rows whose range lies wholly below `value`.
        range_lt: Operand;
        /// Rows whose range has nothing above `value`.
        range_lte: Operand;
        /// Rows whose range touches `value` without a gap or an overlap.
        range_adjacent: Operand;
        /// Rows whose text or `tsvector` matches a full-text search.
        text_search: TextSearch;
    }

    lists! {
        /// Rows whose column is one of `values`; none if the list is empty.
        in_;
        /// Rows whose column is none of `values`, which leaves out nulls.
        not_in;
        /// Rows whose column is `like` every one of `values`.
        like_all_of;
        /// Rows whose column is `like` any of `values`.
        like_any_of;
        /// [`like_all_of`](Self::like_all_of) without regard to case.
        ilike_all_of;
        /// [`like_any_of`](Self::like_any_of) without regard to case.
        ilike_any_of;
    }

    /// Rows with `column = value` for each of the pairs, of which there must be at least one.
    ///
    /// ```compile_fail,E0080
    /// # use hashi::supabase::rest::Client;
    /// # let client = Client::new("https://project.supabase.co", "key");
    /// client.from("books").delete().match_::<&str, 0>([]).build();
    /// ```
    pub fn match_<V: Into<Operand>, const N: usize>(mut self, pairs: [(&str, V); N]) -> Query<O::Filtered, S> {
        // A delete that matches on nothing would be a delete of everything.
        const { assert!(N > 0, "match_ needs at least one pair") };
        for (column, value) in pairs {
            self.add(Filter::eq(column, value));
        }
        self.turn()
    }

    /// Rows of which `column operator value` isn't true; operator and value are as for [`filter`](Self::filter).
    pub fn not(self, column: &str, operator: Operator, value: impl Into<Operand>) -> Query<O::Filtered, S> {
        self.with(!Filter::raw(column, operator, value))
    }

    /// Rows of which any of `filters` is true.
    pub fn or(mut self, filters: impl Into<Group>) -> Query<O::Filtered, S> {
        self.request.append("or", filters.into().0);
        self.turn()
    }

    /// Rows of which every one of `filters` is true, as all that is said of a query must be.
    pub fn and(mut self, filters: impl Into<Group>) -> Query<O::Filtered, S> {
        self.request.append("and", filters.into().0);
        self.turn()
    }

    /// Keeps of the embedded resource `table` the rows of which any of `filters` is true.
    pub fn or_of(mut self, table: &str, filters: impl Into<Group>) -> Query<O, S> {
        self.request.append(format!("{table}.or"), filters.into().0);
        self
    }

    /// Rows of which `column operator value` is true, with a value in the form that PostgREST reads.
    ///
    /// The value is not quoted: this is the way past the typed filters, not for values that strangers choose.
    pub fn filter(self, column: &str, operator: Operator, value: impl Into<Operand>) -> Query<O::Filtered, S> {
        self.with(Filter::raw(column, operator, value))
    }

    /// Rows of which `filter` is true; what is said before and after holds too.
    pub fn with(mut self, filter: Filter) -> Query<O::Filtered, S> {
        self.add(filter);
        self.turn()
    }

    fn add(&mut self, filter: Filter) {
        let is_column = filter.is_column();
        let (name, value) = filter.into_param();
        self.request.append(if is_column { key(name) } else { name }, value);
    }
}

#[cfg(test)]
mod tests {
    use crate::supabase::rest::{Client, Filter};

    #[test]
    fn a_column_with_a_reserved_name_stays_a_filter() {
        let url = Client::new("http://localhost", "key").from("t").delete().eq("limit", 5).build().url;
        assert_eq!(url, "http://localhost/rest/v1/t?%22limit%22=eq.5");
        let url = Client::new("http://localhost", "key").from("t").select("*").eq("a.b.order", 5).eq("a.select", 6);
        assert_eq!(url.build().url, "http://localhost/rest/v1/t?select=*&a.b.%22order%22=eq.5&a.select=eq.6");
    }

    #[test]
    fn and_is_or_s_twin() {
        let query = Client::new("http://localhost", "key").from("t").select("*");
        let url = query.and([Filter::eq("a", 1), Filter::or([Filter::eq("b", "x,y")])]).build().url;
        assert_eq!(url, "http://localhost/rest/v1/t?select=*&and=%28a.eq.1%2Cor%28b.eq.%22x%2Cy%22%29%29");
    }

    #[test]
    fn groups_nest_and_negate() {
        let inner = Filter::in_("id", [1, 2]) | !Filter::is("year", true);
        let filter = !(inner & Filter::contains("tags", ["a,b"]));
        let url = Client::new("http://localhost", "key").from("t").select("*").with(filter).build().url;
        assert_eq!(
            url,
            "http://localhost/rest/v1/t?select=*&not.and=%28or%28id.in.%281%2C2%29%2Cyear.not.is.true%29%2C\
             tags.cs.%22%7B%5C%22a%2Cb%5C%22%7D%22%29"
        );
    }
}
