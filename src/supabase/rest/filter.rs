//! Conditions on rows, as values that can be combined.

use super::{Contents, Is, Operand, Operator, TextSearch, quote};

/// A condition on a row.
///
/// Values are quoted where the place they end up in needs it, so no value can change a condition's meaning. Column
/// names are in PostgREST's grammar (`meta->>key`, `authors.name`) and are not for strangers to choose.
///
/// ```
/// use hashi::supabase::rest::{Client, Filter};
///
/// let query = Client::new("https://project.supabase.co", "key").from("books").select("*");
/// let url = query.or([Filter::eq("title", "a,b"), Filter::gt("year", 1990) & Filter::lt("year", 2000)]).build().url;
/// assert!(url.ends_with("&or=%28title.eq.%22a%2Cb%22%2Cand%28year.gt.1990%2Cyear.lt.2000%29%29"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    negated: bool,
    node: Node,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Node {
    Column { column: String, operator: Operator, value: Value },
    Group { joint: &'static str, members: Vec<Filter> },
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    /// One value, to be quoted inside a group.
    One(String),
    /// Already in the form that PostgREST reads wherever it stands.
    Ready(String),
}

fn on(column: impl Into<String>, operator: Operator, value: Value) -> Filter {
    Filter { negated: false, node: Node::Column { column: column.into(), operator, value } }
}

macro_rules! comparisons {
    ($($(#[$doc:meta])* $name:ident = $operator:ident;)*) => {$(
        $(#[$doc])*
        pub fn $name(column: impl Into<String>, value: impl Into<Operand>) -> Filter {
            on(column, Operator::$operator, Value::One(value.into().into_string()))
        }
    )*};
}

macro_rules! pattern_lists {
    ($($(#[$doc:meta])* $name:ident = $operator:ident;)*) => {$(
        $(#[$doc])*
        pub fn $name(column: impl Into<String>, patterns: impl IntoIterator<Item = impl Into<Operand>>) -> Filter {
            on(column, Operator::$operator, Value::One(quote::array(patterns)))
        }
    )*};
}

macro_rules! containers {
    ($($(#[$doc:meta])* $name:ident = $operator:ident;)*) => {$(
        $(#[$doc])*
        pub fn $name(column: impl Into<String>, value: impl Into<Contents>) -> Filter {
            on(column, Operator::$operator, Value::One(value.into().0))
        }
    )*};
}

impl Filter {
    comparisons! {
        /// `column = value`
        eq = Eq;
        /// `column <> value`; not true of a null, see [`is_distinct`](Self::is_distinct)
        neq = Neq;
        /// `column > value`
        gt = Gt;
        /// `column >= value`
        gte = Gte;
        /// `column < value`
        lt = Lt;
        /// `column <= value`
        lte = Lte;
        /// `column like pattern`; `%` (or `*`) is any text, `_` any character
        like = Like;
        /// `column ilike pattern`: [`like`](Self::like) without regard to case
        ilike = Ilike;
        /// `column ~ pattern`, a POSIX regular expression
        regex_match = Match;
        /// `column ~* pattern`: [`regex_match`](Self::regex_match) without regard to case
        regex_imatch = Imatch;
        /// `column is distinct from value`: [`neq`](Self::neq), but true of a null
        is_distinct = IsDistinct;
        /// `column >> range`: every element is greater than any in the range
        range_gt = Sr;
        /// `column &> range`: no element is less than any in the range
        range_gte = Nxl;
        /// `column << range`: every element is less than any in the range
        range_lt = Sl;
        /// `column &< range`: no element is greater than any in the range
        range_lte = Nxr;
        /// `column -|- range`: the ranges touch and don't overlap
        range_adjacent = Adj;
    }

    pattern_lists! {
        /// `column like` every one of `patterns`
        like_all_of = LikeAll;
        /// `column like` any of `patterns`
        like_any_of = LikeAny;
        /// `column ilike` every one of `patterns`
        ilike_all_of = IlikeAll;
        /// `column ilike` any of `patterns`
        ilike_any_of = IlikeAny;
    }

    containers! {
        /// `column @> value`: array, range or JSON holds all of it
        contains = Cs;
        /// `column <@ value`: all of array, range or JSON is held by it
        contained_by = Cd;
        /// `column && value`: array or range has something in common with it
        overlaps = Ov;
    }

    /// `column is null`, `is true` and so on.
    pub fn is(column: impl Into<String>, value: impl Into<Is>) -> Filter {
        on(column, Operator::Is, Value::Ready(value.into().as_str().to_owned()))
    }

    /// `column in (values)`; an empty list is true of no row.
    pub fn in_(column: impl Into<String>, values: impl IntoIterator<Item = impl Into<Operand>>) -> Filter {
        on(column, Operator::In, Value::Ready(quote::list(values)))
    }

    /// `column not in (values)`; not true of a null.
    pub fn not_in(column: impl Into<String>, values: impl IntoIterator<Item = impl Into<Operand>>) -> Filter {
        !Filter::in_(column, values)
    }

    /// `column @@ query`: full-text search.
    pub fn text_search(column: impl Into<String>, search: impl Into<TextSearch>) -> Filter {
        let (operator, query) = search.into().into_parts();
        on(column, operator, Value::One(query))
    }

    /// Any operator, with a value in the form that PostgREST reads.
    ///
    /// The value is not quoted: this is the way past the typed ones, not for values that strangers choose.
    pub fn raw(column: impl Into<String>, operator: Operator, value: impl Into<Operand>) -> Filter {
        on(column, operator, Value::Ready(value.into().into_string()))
    }

    /// True if every one of `filters` is; PostgREST refuses an empty group.
    pub fn and(filters: impl IntoIterator<Item = Filter>) -> Filter {
        Filter { negated: false, node: Node::Group { joint: "and", members: filters.into_iter().collect() } }
    }

    /// True if any of `filters` is; PostgREST refuses an empty group.
    pub fn or(filters: impl IntoIterator<Item = Filter>) -> Filter {
        Filter { negated: false, node: Node::Group { joint: "or", members: filters.into_iter().collect() } }
    }

    /// Whether this is a condition on one column.
    pub(super) fn is_column(&self) -> bool {
        matches!(self.node, Node::Column { .. })
    }

    /// The query parameter that stands for this condition.
    pub(super) fn into_param(self) -> (String, String) {
        let not = if self.negated { "not." } else { "" };
        match self.node {
            Node::Column { column, operator, value: Value::One(value) | Value::Ready(value) } => {
                (column, format!("{not}{operator}.{value}"))
            }
            Node::Group { joint, members } => (format!("{not}{joint}"), Group::from(members).0),
        }
    }

    /// Appends this condition as a member of a group.
    fn write(&self, out: &mut String) {
        let not = if self.negated { "not." } else { "" };
        match &self.node {
            Node::Column { column, operator, value } => {
                out.push_str(column);
                out.push('.');
                out.push_str(not);
                out.push_str(&operator.to_string());
                out.push('.');
                match value {
                    Value::One(text) => quote::grouped(out, text),
                    Value::Ready(text) => out.push_str(text),
                }
            }
            Node::Group { joint, members } => {
                out.push_str(not);
                out.push_str(joint);
                write_members(out, members);
            }
        }
    }
}

impl std::ops::Not for Filter {
    type Output = Filter;

    fn not(self) -> Filter {
        Filter { negated: !self.negated, ..self }
    }
}

impl std::ops::BitAnd for Filter {
    type Output = Filter;

    fn bitand(self, other: Filter) -> Filter {
        Filter::and([self, other])
    }
}

impl std::ops::BitOr for Filter {
    type Output = Filter;

    fn bitor(self, other: Filter) -> Filter {
        Filter::or([self, other])
    }
}

fn write_members(out: &mut String, members: &[Filter]) {
    out.push('(');
    for (index, member) in members.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        member.write(out);
    }
    out.push(')');
}

/// The members of an `or` or `and`: typed filters, or a literal in PostgREST's grammar as supabase-js takes it.
///
/// A `String` is refused, so that no value can be pasted into the grammar:
///
/// ```compile_fail,E0716
/// # use hashi::supabase::rest::Client;
/// # let (client, title) = (Client::new("https://project.supabase.co", "key"), "x");
/// client.from("books").select("*").or(format!("title.eq.{title}").as_str()).build();
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group(pub(super) String);

impl From<&'static str> for Group {
    fn from(members: &'static str) -> Group {
        Group(format!("({members})"))
    }
}

impl From<Vec<Filter>> for Group {
    fn from(members: Vec<Filter>) -> Group {
        let mut out = String::new();
        write_members(&mut out, &members);
        Group(out)
    }
}

impl<const N: usize> From<[Filter; N]> for Group {
    fn from(members: [Filter; N]) -> Group {
        Group::from(Vec::from(members))
    }
}
