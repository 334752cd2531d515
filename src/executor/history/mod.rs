//! History: every execution, recorded after its response.

#[cfg(feature = "conformance")]
pub mod conformance;
pub mod d1;
pub mod execution;
pub mod filter;
pub mod recorder;
pub mod row;
pub mod store;

pub use execution::{Beginning, Ending, Execution, ExecutionId, LogLine, Source};
pub use filter::{ExecutionFilter, ExecutionScope};
pub use recorder::{Begun, History};
pub use store::Executions;
