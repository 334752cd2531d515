//! Writes executions in batches, after the responses that they belong to.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use super::execution::{Beginning, Ending, Source};
use super::row;
use super::store::Executions;
use crate::bridge::waiting::{self, Dead, Excerpt};
use crate::bridge::{Context, Kind, clock};
use crate::functions::store::StoreError;

/// How long after its response the first execution of a batch is written at the latest, while others join it.
const GATHER: Duration = Duration::from_millis(5);
/// How long the next batch is gathered after one was written: a call costs half as much where many share a write (docs/decisions/0058).
const NEXT: Duration = Duration::from_millis(100);
/// The same after a batch of at least [`MANY`] bytes: where there is much to write, rows that lie beside each other share pages too.
const AFTER_MANY: Duration = Duration::from_millis(500);
/// A hundred successes without a log have more.
const MANY: usize = 32 * 1024;
/// A batch of at least as many bytes has others waiting behind it: js/worker/waiting.js takes no more than 1,000,000 at once, and a row is no longer than that.
const FULL: usize = 500_000;
/// How long one request writes for all before the next one takes over, in milliseconds: the host gives it 30 s after its response.
const WATCH_MS: f64 = 10_000.0;
/// What no call takes, with all that it waits for, in milliseconds.
const LONGEST_MS: f64 = 300_000.0;
/// How often a batch is tried.
const TRIES: u32 = 4;

/// The history of an isolate: what still has to be written waits on the host's side, where it outlives this instance.
///
/// One request writes for all: the first that records something while nobody writes. Its context lives until everything is written, so the others
/// can end; what is left when it fails or is cut off is written with the next record, or at the next tick of the clock.
#[derive(Clone, Debug, Default)]
pub struct History(Rc<Cell<Watch>>);

/// Who writes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Watch {
    number: u32,
    since_ms: Option<f64>,
}

impl Watch {
    /// The watch that begins now, unless somebody has one.
    fn begin(self, now_ms: f64) -> Option<Watch> {
        let taken = self.since_ms.is_some_and(|since| now_ms - since < WATCH_MS);
        (!taken).then_some(Watch { number: self.number.wrapping_add(1), since_ms: Some(now_ms) })
    }
}

impl History {
    /// Remembers that an execution began. If this instance dies before its end, the next one writes that it did.
    pub fn begin(&self, beginning: &Beginning) -> Begun {
        Begun(row::beginning(beginning).ok().and_then(|text| waiting::begin(&text)))
    }

    /// Remembers how an execution ended, with `result` where that is kept and still on the host's side: it is written after the response, by whatever
    /// request writes then, to the store that this one opens. If that can't be opened now, the execution waits for the next one.
    pub fn record<S: Executions + 'static>(
        &self,
        context: &Context,
        open: impl FnOnce() -> Result<S, StoreError>,
        begun: Begun,
        ending: &Ending,
        result: Option<Excerpt<'_>>,
    ) {
        begun.end(ending, result);
        if let Some(watch) = self.0.get().begin(clock::now_ms()) {
            let store = match open() {
                Ok(store) => store,
                Err(error) => {
                    return tracing::error!(%error, "the history can't be written; it waits for the next execution");
                }
            };
            self.0.set(watch);
            let history = self.clone();
            context.wait_until(async move {
                clock::sleep(GATHER).await;
                history.write(watch, &store).await;
            });
        }
    }

    /// Remembers the end of an execution whose own request can do nothing any more: it is written with the next one, or at the next tick of the clock.
    pub fn keep(&self, begun: Begun, ending: &Ending) {
        begun.end(ending, None);
    }

    /// Writes what waits, unless somebody does already; for the clock, which has no response to be after.
    pub async fn flush(&self, store: &impl Executions) {
        if let Some(watch) = self.0.get().begin(clock::now_ms()) {
            self.0.set(watch);
            self.write(watch, store).await;
        }
    }

    async fn write(&self, watch: Watch, store: &impl Executions) {
        let _end = End(self, watch);
        // What another had on its way whom the host cut off, or who is too long: a row that arrives twice is one.
        if !waiting::give_all_back() {
            earliest_lost();
        }
        end_those_of_the_dead();
        let mut failures = 0;
        // Another takes over from a watch that is too long.
        while self.0.get() == watch {
            let Some(batch) = Batch::take() else { break };
            let text = batch.rows.text();
            match store.add(&text).await {
                Ok(()) => {
                    let next = match text.len() {
                        FULL.. => GATHER,
                        MANY.. => AFTER_MANY,
                        _ => NEXT,
                    };
                    batch.written();
                    failures = 0;
                    clock::sleep(next).await;
                }
                Err(error) => {
                    drop(batch);
                    failures += 1;
                    if failures == TRIES {
                        tracing::error!(%error, "the history can't be written; it waits for the next execution");
                        break;
                    }
                    clock::sleep(GATHER * 10_u32.pow(failures)).await;
                }
            }
        }
    }
}

/// An execution that began and has not ended.
#[derive(Debug)]
pub struct Begun(Option<waiting::BegunRow>);

impl Begun {
    fn end(self, ending: &Ending, result: Option<Excerpt<'_>>) {
        let Some(row) = self.0 else { return tracing::error!("an execution whose beginning was not kept is lost") };
        match row::ending(ending) {
            Ok(ending) => {
                if !row.end(&ending, result) {
                    earliest_lost();
                }
            }
            Err(error) => tracing::error!(%error, "an execution can't be written down"),
        }
    }
}

/// Ends the executions that were under way when an earlier instance died: their callers were answered that the server failed.
fn end_those_of_the_dead() {
    for Dead { row, died_ms, beginning } in waiting::take_dead() {
        let ending = ending_by_death(&beginning, died_ms);
        Begun(Some(row)).end(&ending, None);
    }
}

/// How an execution ended whose row begins with `beginning`, and whose instance died at `died_ms`.
fn ending_by_death(beginning: &str, died_ms: f64) -> Ending {
    let begun = row::begun(beginning);
    let ms = begun.as_ref().map_or(0.0, |(_, started)| (died_ms - started.as_ms()).max(0.0));
    // Of a request that the host had ended long before, without a word, nobody was answered.
    let answered = ms <= LONGEST_MS && begun.is_none_or(|(source, _)| source != Source::Cron);
    Ending::failed(Kind::INTERNAL.code, ms, answered.then_some(Kind::INTERNAL.status))
}

/// Ends a watch however its future ends.
struct End<'h>(&'h History, Watch);

impl Drop for End<'_> {
    fn drop(&mut self) {
        if self.0.0.get() == self.1 {
            self.0.0.set(Watch { since_ms: None, ..self.1 });
        }
    }
}

/// Rows on their way: they wait again unless they arrive.
struct Batch {
    rows: waiting::Rows,
    arrived: bool,
}

impl Batch {
    fn take() -> Option<Batch> {
        waiting::take().map(|rows| Batch { rows, arrived: false })
    }

    fn written(mut self) {
        self.arrived = true;
        self.rows.written();
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        if !self.arrived && !self.rows.give_back() {
            earliest_lost();
        }
    }
}

fn earliest_lost() {
    tracing::error!("the history can't be written fast enough; its earliest lines are lost");
}

#[cfg(test)]
mod tests {
    use super::super::execution::Outcome;
    use super::*;

    #[test]
    fn who_was_under_way_at_a_death_was_answered_that_the_server_failed() {
        let ending = |source, started_at| {
            let beginning = format!(r#"["x","y","f",null,1,null,"{source}","{started_at}"]"#);
            let Ending { outcome, duration_ms, http_status, .. } = ending_by_death(&beginning, 1_763_985_600_750.0);
            (outcome, duration_ms, http_status)
        };
        let failed = Outcome::Failed { code: "internal" };
        assert_eq!(ending("http", "2025-11-24T12:00:00.500Z"), (failed, 250.0, Some(500)));
        assert_eq!(ending("executor", "2025-11-24T12:00:01.000Z"), (failed, 0.0, Some(500)), "the clock was set back");
        assert_eq!(ending("http", "2025-11-24T11:55:00.749Z"), (failed, 300_001.0, None), "the host had ended it");
        assert_eq!(ending("cron", "2025-11-24T12:00:00.500Z"), (failed, 250.0, None), "nobody was answered");
    }

    #[test]
    fn one_writes_at_a_time_and_not_for_ever() {
        let nobody = Watch::default();
        let first = nobody.begin(1000.0).expect("nobody writes");
        assert_eq!(first.begin(1000.0 + WATCH_MS - 1.0), None, "somebody writes");
        let second = first.begin(1000.0 + WATCH_MS).expect("the first has written long enough");
        assert_ne!(first, second);
        let history = History::default();
        history.0.set(second);
        drop(End(&history, first));
        assert_eq!(history.0.get(), second, "who was relieved ends nobody's watch but their own");
        drop(End(&history, second));
        assert!(history.0.get().begin(0.0).is_some(), "nobody writes any more");
    }
}
