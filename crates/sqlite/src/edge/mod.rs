//! The leader as the worker's JavaScript sees it.

mod answer;
mod engine;
mod open;
mod request;
mod slate;
#[cfg(test)]
mod tests;
