//! The leader as the worker's JavaScript sees it.

mod answer;
mod engine;
mod open;
mod request;
#[cfg(test)]
mod tests;
