//! The leader over a real SQLite, natively: turns, transactions, the ledger, what commits tell.
#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod ledger;
mod schema;
mod statements;
mod table;
mod turns;

use std::collections::BTreeSet;

use hashi_sqlite::call::{Answer, Call, Item, Request};
use hashi_sqlite::database::{Database, Place, Synchronous, Wanted};
use hashi_sqlite::failure::{Code, Failure};
use hashi_sqlite::leader::{Leader, Out, Patience};
use hashi_sqlite::ledger::{CallId, ClientId};
use hashi_sqlite::value::{Cell, Parameters, Value};

/// What came out, in order.
#[derive(Default)]
pub(crate) struct Heard {
    pub(crate) answers: Vec<(ClientId, CallId, Result<Answer, Failure>)>,
    pub(crate) outdated: Vec<(ClientId, i64, i64)>,
}

impl Out for Heard {
    fn answer(&mut self, client: ClientId, id: CallId, answer: Result<Answer, Failure>) {
        self.answers.push((client, id, answer));
    }

    fn outdated(&mut self, client: ClientId, ours: i64, database: i64) {
        self.outdated.push((client, ours, database));
    }
}

thread_local! {
    /// What the database's clock says.
    pub(crate) static CLOCK: std::cell::Cell<f64> = const { std::cell::Cell::new(1000.0) };
}

/// A leader, its clock and the clients' ids of calls.
pub(crate) struct Rig {
    pub(crate) leader: Leader,
    pub(crate) heard: Heard,
    pub(crate) now: f64,
    next: CallId,
}

pub(crate) fn database(place: Place<'_>) -> Database {
    Database::open(place, Synchronous::Full, || CLOCK.get()).unwrap()
}

impl Rig {
    /// In memory, with clients 1 and 2.
    pub(crate) fn new() -> Self {
        Self::over(database(Place::Memory), &[])
    }

    pub(crate) fn over(database: Database, live: &[ClientId]) -> Self {
        let leader = Leader::new(database, live, 1, Patience { busy: 1000.0, idle: 5000.0 }).unwrap();
        let mut rig = Self { leader, heard: Heard::default(), now: CLOCK.get(), next: 100 };
        for client in [1, 2] {
            rig.leader.connect(client, None, &mut rig.heard);
        }
        rig
    }

    /// Sends a call without waiting for its answer; returns its id.
    pub(crate) fn send(&mut self, client: ClientId, transaction: CallId, call: Call) -> CallId {
        self.next += 1;
        self.send_as(client, self.next, transaction, false, call)
    }

    pub(crate) fn send_as(
        &mut self,
        client: ClientId,
        id: CallId,
        transaction: CallId,
        again: bool,
        call: Call,
    ) -> CallId {
        let request = Request { id, acked: 0, transaction, deadline: f64::INFINITY, again, call };
        self.leader.receive(client, request, self.now, &mut self.heard);
        id
    }

    /// The answer that a call has got, or none yet.
    pub(crate) fn answer(&mut self, client: ClientId, id: CallId) -> Option<Result<Answer, Failure>> {
        let at = self.heard.answers.iter().position(|(to, of, _)| (*to, *of) == (client, id))?;
        Some(self.heard.answers.remove(at).2)
    }

    /// Sends a call and takes its answer.
    pub(crate) fn ask(&mut self, client: ClientId, transaction: CallId, call: Call) -> Result<Answer, Failure> {
        let id = self.send(client, transaction, call);
        self.answer(client, id).expect("the call has its answer")
    }

    pub(crate) fn code(&mut self, client: ClientId, transaction: CallId, call: Call) -> Option<Code> {
        self.ask(client, transaction, call).err().map(|failure| failure.code)
    }

    pub(crate) fn exec(&mut self, client: ClientId, transaction: CallId, sql: &str) {
        self.ask(client, transaction, script(sql)).unwrap();
    }

    /// The single number that a query gives.
    pub(crate) fn number(&mut self, client: ClientId, sql: &str) -> i64 {
        number(self.ask(client, 0, query(sql)).unwrap())
    }

    pub(crate) fn tick(&mut self, milliseconds: f64) {
        self.now += milliseconds;
        CLOCK.set(self.now);
        self.leader.tick(self.now, &mut self.heard);
    }

    /// Tables told since the last time; `Some(None)` for all.
    pub(crate) fn told(&mut self) -> Option<Option<BTreeSet<String>>> {
        self.leader.take_change().map(|change| change.tables)
    }
}

pub(crate) fn number(answer: Answer) -> i64 {
    let Answer::Rows(_, rows) = answer else { panic!("no rows: {answer:?}") };
    let mut found = None;
    rows.each(|cell| {
        if let Cell::Integer(value) = cell {
            found = Some(value);
        }
    });
    found.expect("a number")
}

pub(crate) fn script(sql: &str) -> Call {
    Call::Batch(vec![Item::Script(sql.into())])
}

pub(crate) fn query(sql: &str) -> Call {
    Call::Query { sql: sql.into(), parameters: Parameters::None, wanted: Wanted::All }
}

pub(crate) fn run(sql: &str, values: &[i64]) -> Call {
    Call::Run(sql.into(), Parameters::Positional(values.iter().copied().map(Value::Integer).collect()))
}

pub(crate) fn tables(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}
