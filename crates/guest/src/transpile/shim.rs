//! Does without the two small modules by which wit-component ties a knot.

use super::Transpiled;

pub(super) fn elide(_transpiled: &mut Transpiled) {}
