//! Everything that is decided about an upload before code is generated for it.

use std::borrow::Cow;

use crate::inspect::{Inspection, Kind, report};
use crate::validate::validate;
use crate::{PlatformLimits, Refusal, componentize::componentize, contract};

/// An upload that Hashi can run.
#[derive(Clone, Debug)]
pub struct Checked<'a> {
    /// The report on the upload.
    pub inspection: Inspection,
    /// What is to be prepared.
    pub form: Form<'a>,
}

/// The two forms that uploads have once they are checked.
#[derive(Clone, Debug)]
pub enum Form<'a> {
    /// A core module that imports nothing but `env.log`.
    Core(Cow<'a, [u8]>),
    /// A component that imports nothing but interfaces of `edge:runtime`.
    Component(Cow<'a, [u8]>),
}

/// Checks an upload in the binary format: valid, within the limits, of our feature set, with known imports and something to call. A core
/// module that carries a world is made a component.
///
/// # Errors
/// Says what is wrong with the upload; the cheapest check that fails speaks first.
pub fn check<'a>(bytes: &'a [u8], limits: &PlatformLimits) -> Result<Checked<'a>, Refusal> {
    let valid = validate(bytes, limits)?;
    let inspection = report(bytes, &valid, limits)?;
    contract::check(&valid, &inspection, limits)?;
    let form = match inspection.kind {
        Kind::Core => Form::Core(Cow::Borrowed(bytes)),
        Kind::Component => Form::Component(Cow::Borrowed(bytes)),
        Kind::CoreWithWorld => Form::Component(Cow::Owned(componentize(bytes)?)),
    };
    Ok(Checked { inspection, form })
}
