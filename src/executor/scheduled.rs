//! Calls by the clock.

use std::rc::Rc;

use crate::app::App;
use crate::bridge::Context;
use crate::functions::Function;

/// Calls a function that is due, and records how it ended.
pub async fn run_scheduled(_app: Rc<App>, _context: Context, function: Function) {
    tracing::error!(function = function.id.as_str(), "there is nothing yet that could run it");
}
