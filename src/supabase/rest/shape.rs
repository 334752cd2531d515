//! What a reply holds, as types: they decide the `Accept` header and how the reply is read.

mod sealed {
    pub trait Sealed {
        /// The media type to ask for; `None` asks for PostgREST's default, a JSON array.
        const ACCEPT: Option<&'static str>;
        /// The media type to ask for when fields that are null may be left out.
        const ACCEPT_STRIPPED: Option<&'static str>;
    }
}
pub(super) use sealed::Sealed;

/// What a reply holds.
pub trait Shape: Sealed {}

/// Any number of rows.
#[derive(Debug)]
pub enum Many {}
/// Exactly one row; any other number is [`Error::NotOne`](super::Error::NotOne).
#[derive(Debug)]
pub enum One {}
/// One row or none; more is [`Error::NotOne`](super::Error::NotOne).
#[derive(Debug)]
pub enum MaybeOne {}
/// CSV text with a header line.
#[derive(Debug)]
pub enum Csv {}
/// Whatever a function returns, not seen as rows.
#[derive(Debug)]
pub enum Scalar {}
/// No body; at most a count.
#[derive(Debug)]
pub enum CountOnly {}
/// Nothing: a write that doesn't ask for its rows back.
#[derive(Debug)]
pub enum Minimal {}

macro_rules! shapes {
    ($($shape:ident: $accept:expr, $stripped:expr;)*) => {$(
        impl Sealed for $shape {
            const ACCEPT: Option<&'static str> = $accept;
            const ACCEPT_STRIPPED: Option<&'static str> = $stripped;
        }
        impl Shape for $shape {}
    )*};
}

const STRIPPED: Option<&str> = Some("application/vnd.pgrst.array+json;nulls=stripped");

shapes! {
    Many: None, STRIPPED;
    One: Some("application/vnd.pgrst.object+json"), Some("application/vnd.pgrst.object+json;nulls=stripped");
    MaybeOne: None, STRIPPED;
    Csv: Some("text/csv"), Some("text/csv");
    Scalar: None, STRIPPED;
    CountOnly: None, STRIPPED;
    Minimal: None, STRIPPED;
}
