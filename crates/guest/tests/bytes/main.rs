//! Whatever the bytes are, `prepare` and `meter` give a bundle or a refusal, and never panic.
//!
//! The bodies are those of `cargo fuzz` (see fuzz/README.md); here they run over a bounded number of cases, the same each time.
#![allow(clippy::unwrap_used, missing_docs)]

mod body;
mod change;
mod texts;

use change::{Random, changed};

/// The sources and, for each of them, so many changed ones.
fn over_changed(sources: &[Vec<u8>], each: u64, body: fn(&[u8])) {
    let mut random = Random(1);
    for (index, source) in sources.iter().enumerate() {
        body(source);
        for round in 0..each {
            let bytes = changed(source, sources, &mut random);
            let done = std::panic::catch_unwind(|| body(&bytes));
            if done.is_err() {
                let file = std::env::temp_dir().join(format!("hashi-bytes-{index}-{round}"));
                std::fs::write(&file, &bytes).unwrap();
                panic!("source {index}, round {round}: see {}", file.display());
            }
        }
    }
}

#[test]
fn meter_takes_or_refuses_whatever_it_gets() {
    over_changed(&texts::modules(), 2_000, body::meter);
}

#[test]
fn prepare_takes_or_refuses_whatever_it_gets() {
    let sources = [texts::modules(), texts::components(), texts::with_worlds()].concat();
    over_changed(&sources, 1_000, body::prepare);
}

#[test]
fn random_modules_are_metered() {
    let mut random = Random(2);
    (0..3_000).for_each(|_| body::meter_random(&random.bytes(4_096)));
}

#[test]
fn random_components_are_taken_or_refused() {
    let mut random = Random(3);
    (0..1_500).for_each(|_| body::prepare_random(&random.bytes(2_048)));
}
