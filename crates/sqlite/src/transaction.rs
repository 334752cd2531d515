//! Transactions: a client's open one, and the one that each write has otherwise.

use std::collections::BTreeSet;

use crate::call::{Answer, Request};
use crate::database::Ran;
use crate::failure::{Code, Failure};
use crate::leader::{Change, Leader};
use crate::ledger::{self, CallId, ClientId, Entry};
use crate::statement::{Facts, Kind};

/// Entries in the ledger that a client may leave before those with answers are removed.
const NOTED: u32 = 64;

/// What a call changed and has not committed yet.
#[derive(Debug, Default)]
pub(crate) struct Effect {
    pub(crate) touched: bool,
    pub(crate) schema: bool,
    pub(crate) tables: BTreeSet<String>,
}

/// A client's open transaction.
#[derive(Debug)]
pub(crate) struct Open {
    pub(crate) client: ClientId,
    pub(crate) name: CallId,
    pub(crate) effect: Effect,
    /// When its last call ended.
    pub(crate) last: f64,
}

/// Whose call it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct By {
    pub(crate) client: ClientId,
    pub(crate) id: CallId,
    pub(crate) acked: CallId,
}

impl Effect {
    pub(crate) fn add(&mut self, facts: &Facts, ran: Ran) {
        if ran.touched {
            self.touched = true;
            self.schema |= facts.kind == Kind::Schema;
            self.tables.extend(facts.writes.iter().cloned());
        }
    }
}

impl Leader {
    pub(crate) fn transaction_missing(&self, client: ClientId, request: &Request) -> Option<Failure> {
        let name = request.transaction;
        let open = |open: &Open| open.client == client && open.name == name;
        if name == 0 || self.open.as_ref().is_some_and(open) {
            return None;
        }
        let expired = self.sessions.get(&client).is_some_and(|session| session.expired == name);
        Some(if expired {
            let what =
                "the transaction did nothing for longer than transactionIdle while others waited, and was rolled back";
            Failure::new(Code::TransactionExpired, what)
        } else if request.again {
            Failure::new(
                Code::TransactionLost,
                "the tab that held the database went before COMMIT: nothing of the transaction was applied",
            )
        } else {
            Failure::new(
                Code::TransactionOver,
                "the transaction is over: it was rolled back after an error, or has ended",
            )
        })
    }

    /// A client's open transaction, with a new effect to note.
    pub(crate) fn begin(&mut self, client: ClientId, name: CallId) -> Result<(), Failure> {
        self.database.own(|connection| connection.prepare_cached("BEGIN IMMEDIATE /* own */")?.execute([]))?;
        self.open = Some(Open { client, name, effect: Effect::default(), last: self.database.now() });
        Ok(())
    }

    pub(crate) fn commit(&mut self, by: By) -> Result<Answer, Failure> {
        let Some(open) = self.open.take() else { return Ok(Answer::Done) };
        let noted = if open.effect.touched { self.note(by, &Entry::default()) } else { Ok(()) };
        let committed = noted.and_then(|()| self.end());
        match committed {
            Ok(()) => {
                self.committed(open.effect);
                Ok(Answer::Done)
            }
            Err(failure) => {
                self.open = Some(open);
                self.roll_back();
                Err(failure)
            }
        }
    }

    /// Runs a write: in the client's open transaction, or in one of its own that ends with the ledger's entry.
    pub(crate) fn write<T>(
        &mut self,
        by: By,
        act: impl FnOnce(&mut Self, &mut Effect) -> Result<(T, Entry), Failure>,
    ) -> Result<T, Failure> {
        if let Some(mut open) = self.open.take() {
            let result = act(self, &mut open.effect);
            self.open = Some(open);
            return result.map(|(result, _)| result);
        }
        self.database.own(|connection| connection.prepare_cached("BEGIN IMMEDIATE /* own */")?.execute([]))?;
        let mut effect = Effect::default();
        let result = act(self, &mut effect).and_then(|(result, entry)| {
            if effect.touched {
                self.note(by, &entry)?;
            }
            self.end()?;
            Ok(result)
        });
        match result {
            Ok(result) => {
                self.committed(effect);
                Ok(result)
            }
            Err(failure) => {
                if self.database.in_transaction() {
                    self.database.own(|connection| connection.execute_batch("ROLLBACK"))?;
                }
                if effect.schema {
                    self.database.forget();
                }
                Err(failure)
            }
        }
    }

    fn note(&mut self, by: By, entry: &Entry) -> Result<(), Failure> {
        let departed = std::mem::take(&mut self.departed);
        let full = self.sessions.get_mut(&by.client).is_some_and(|session| {
            session.noted += 1;
            let full = session.noted >= NOTED;
            session.noted %= NOTED;
            full
        });
        self.database.own(|connection| {
            for client in departed {
                ledger::forget(connection, client, CallId::MAX)?;
            }
            if full {
                ledger::forget(connection, by.client, by.acked)?;
            }
            ledger::note(connection, by.client, by.id, entry)
        })
    }

    fn end(&self) -> Result<(), Failure> {
        let ended = self.database.own(|connection| connection.prepare_cached("COMMIT /* own */")?.execute([]));
        ended.map(|_| ()).map_err(|failure| {
            // Only a failed flush leaves a whole commit in the log that this connection disowns.
            let unknown = failure.sqlite == Some(rusqlite::ffi::SQLITE_IOERR_FSYNC);
            Failure { unknown, ..failure }
        })
    }

    /// Notes what a commit changed.
    pub(crate) fn committed(&mut self, effect: Effect) {
        if effect.schema {
            self.database.forget();
        }
        if !effect.touched {
            return;
        }
        self.sequence += 1;
        let tables = (!effect.schema).then_some(effect.tables);
        let change = self.change.get_or_insert(Change { sequence: 0, tables: Some(BTreeSet::new()) });
        change.sequence = self.sequence;
        match (&mut change.tables, tables) {
            (Some(known), Some(more)) => known.extend(more),
            (known, _) => *known = None,
        }
    }

    /// Gives up the open transaction.
    pub(crate) fn roll_back(&mut self) {
        let Some(open) = self.open.take() else { return };
        if self.database.in_transaction() {
            // It fails only where SQLite has rolled back by itself.
            let _ = self.database.own(|connection| connection.execute_batch("ROLLBACK"));
        }
        if open.effect.schema {
            self.database.forget();
        }
    }
}
