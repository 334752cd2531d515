//! `prepare` behind a small interface of plain WebAssembly: bytes in, bytes out, no JavaScript types. `js/prepare/` is the other side.
//!
//! One instance prepares one upload and is thrown away, so no upload can leave anything behind for the next.

#[cfg(target_arch = "wasm32")]
mod abi;
mod answer;

pub use answer::{Answer, answer};
