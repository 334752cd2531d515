//! What a query does, as types: they decide which methods a query has.

mod sealed {
    pub trait Sealed {}
}

/// What a query does: read, write or call.
pub trait Operation: sealed::Sealed {}

/// An operation that can be sent as it stands. [`Unfiltered`] is the one that can't.
pub trait Complete: Operation {}

/// An operation whose rows can be chosen by filters.
pub trait Filterable: Operation {
    /// The operation once it has a filter.
    type Filtered: Filterable<Filtered = Self::Filtered> + Complete;
}

/// An operation whose rows can be cut to a window with `limit` and `range`.
pub trait Windowed: Operation {}

/// An operation that adds rows.
pub trait Inserting: Operation {}

/// An operation that can be held to a number of rows with `max_affected`.
pub trait Affecting: Operation {}

/// Reads rows of a table or view.
#[derive(Debug)]
pub enum Select {}
/// Adds rows; a row that exists is an error.
#[derive(Debug)]
pub enum Insert {}
/// Adds rows, or changes those that exist.
#[derive(Debug)]
pub enum Upsert {}
/// Changes rows.
#[derive(Debug)]
pub enum Update {}
/// Removes rows.
#[derive(Debug)]
pub enum Delete {}
/// Calls a function.
#[derive(Debug)]
pub enum Rpc {}
/// An update or delete that has no filter yet, and can't be built until it has one or says `all_rows()`.
///
/// A filter on a column of an embedded resource (`authors.name`) counts as one here, but chooses no rows of the table.
#[derive(Debug)]
pub struct Unfiltered<O>(std::marker::PhantomData<O>);

macro_rules! implement {
    ($($role:ident for $($operation:ty),+;)*) => {$($(impl $role for $operation {})+)*};
}

impl sealed::Sealed for Select {}
impl sealed::Sealed for Insert {}
impl sealed::Sealed for Upsert {}
impl sealed::Sealed for Update {}
impl sealed::Sealed for Delete {}
impl sealed::Sealed for Rpc {}
impl<O: Operation> sealed::Sealed for Unfiltered<O> {}
impl<O: Operation> Operation for Unfiltered<O> {}

implement! {
    Operation for Select, Insert, Upsert, Update, Delete, Rpc;
    Complete for Select, Insert, Upsert, Update, Delete, Rpc;
    Windowed for Select, Rpc;
    Inserting for Insert, Upsert;
    Affecting for Update, Delete, Rpc;
}

impl<O: Affecting> Affecting for Unfiltered<O> {}

impl Filterable for Select {
    type Filtered = Select;
}
impl Filterable for Rpc {
    type Filtered = Rpc;
}
impl Filterable for Update {
    type Filtered = Update;
}
impl Filterable for Delete {
    type Filtered = Delete;
}
impl<O: Filterable<Filtered = O> + Complete> Filterable for Unfiltered<O> {
    type Filtered = O;
}
