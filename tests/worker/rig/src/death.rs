//! Every way in which an instance dies.

use std::hint::black_box;
use std::str::FromStr;
use std::time::Duration;

use hashi::bridge::extract::{Path, Query};
use hashi::bridge::{Kind, Problem};
use serde::Deserialize;
use worker::Delay;

/// A way to die.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Death {
    /// A Rust panic.
    Panic,
    /// The `unreachable` instruction.
    Trap,
    /// An allocation that doesn't end.
    Memory,
    /// One allocation larger than the memory may become.
    Huge,
    /// A recursion that exhausts the host's stack: frames without a place in linear memory.
    Stack,
    /// A recursion that exhausts the stack in linear memory: few, large frames.
    Frames,
}

impl Death {
    /// Dies.
    pub fn die(self) {
        match self {
            Death::Panic => panic!("as asked"),
            Death::Trap => {
                #[cfg(target_arch = "wasm32")]
                core::arch::wasm32::unreachable();
            }
            Death::Memory => {
                let mut held = Vec::new();
                while held.len() < usize::MAX {
                    held.push(black_box(vec![1u8; 1 << 20]));
                }
            }
            Death::Huge => drop(black_box(vec![1u8; 1 << 30])),
            Death::Stack => {
                black_box(narrow(black_box(1)));
            }
            Death::Frames => {
                black_box(wide(black_box(1)));
            }
        }
    }
}

impl FromStr for Death {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Death, Problem> {
        let known = serde_json::from_value(serde_json::Value::from(text));
        known.map_err(|error| Problem::new(Kind::INVALID_PARAMETER).with_detail(error.to_string()))
    }
}

#[expect(unconditional_recursion, reason = "it is what is tested")]
#[inline(never)]
fn narrow(depth: u64) -> u64 {
    // Where the compiler can't see through the result, it can't make a loop of the calls.
    black_box(narrow(black_box(depth + 1))) ^ depth
}

#[expect(unconditional_recursion, reason = "it is what is tested")]
#[inline(never)]
fn wide(depth: u8) -> u8 {
    let frame = black_box([depth; 60_000]);
    wide(frame[usize::from(depth)].wrapping_add(1)).wrapping_add(frame[1])
}

/// Dies before there is a promise.
pub fn die(Path(how): Path<Death>) -> &'static str {
    how.die();
    "still alive"
}

/// Waits, and dies when its client leaves.
pub async fn die_left(Path(how): Path<Death>) -> &'static str {
    struct Dying(Death);
    impl Drop for Dying {
        fn drop(&mut self) {
            self.0.die();
        }
    }
    let dying = Dying(how);
    tracing::info!(name = "die-left", "before");
    Delay::from(Duration::from_secs(60)).await;
    std::mem::forget(dying);
    "nobody left"
}

#[derive(Deserialize)]
pub struct When {
    ms: u64,
}

/// Dies after an await, in a callback of the host.
pub async fn die_later(Path(how): Path<Death>, Query(when): Query<When>) -> &'static str {
    Delay::from(Duration::from_millis(when.ms)).await;
    how.die();
    "still alive"
}
