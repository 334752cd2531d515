//! One call, done.

use std::collections::VecDeque;

use crate::call::{Answer, Call, Item, Request};
use crate::database::{Ran, Wanted};
use crate::failure::{Code, Failure};
use crate::leader::Leader;
use crate::ledger::{self, CallId, ClientId, Entry};
use crate::migration::{self, Migration};
use crate::pack::{Pack, Unpack};
use crate::session::Cursor;
use crate::sql::Sql;
use crate::statement::{Facts, Kind, first_word, is_checkpoint};
use crate::transaction::{By, Effect};
use crate::value::Parameters;

/// Bytes of rows in one chunk of an iteration.
const CHUNK: usize = 128 * 1024;

impl Leader {
    pub(crate) fn perform(&mut self, client: ClientId, request: Request, now: f64) -> Result<Answer, Failure> {
        if now > request.deadline {
            return Err(Failure::new(
                Code::Timeout,
                "the deadline passed before the call was begun; nothing was applied",
            ));
        }
        if !matches!(request.call, Call::Hello(_)) {
            self.check_session(client, &request)?;
        }
        if let Some(failure) = self.transaction_missing(client, &request) {
            return Err(failure);
        }
        self.database.set_deadline(request.deadline);
        let answer = self.dispatch(client, request);
        self.database.set_deadline(f64::INFINITY);
        // SQLite may have rolled back by itself: no room, no memory, a failed disk.
        if self.open.is_some() && !self.database.in_transaction() {
            self.roll_back();
        }
        answer
    }

    fn check_session(&self, client: ClientId, request: &Request) -> Result<(), Failure> {
        let Some(session) = self.sessions.get(&client) else {
            return Err(Failure::new(Code::Internal, "the client is not connected"));
        };
        let (ours, database) = (session.schema, self.schema);
        if ours != 0 && ours < database && !matches!(request.call, Call::Rollback) {
            return Err(outdated(ours, database));
        }
        Ok(())
    }

    /// The answer of a call that an earlier leader, or this one, has applied.
    pub(crate) fn recall(&self, client: ClientId, request: &Request) -> Result<Option<Answer>, Failure> {
        let Some(entry) = self.database.own(|connection| ledger::find(connection, client, request.id))? else {
            return Ok(None);
        };
        let ran = Ran { changes: entry.changes, rowid: entry.rowid, touched: false };
        Ok(Some(match (&request.call, entry.more) {
            (Call::Run(..), _) => Answer::Ran(ran),
            (Call::Batch(_), more) => Answer::Batch(results_of(&more.unwrap_or_default())),
            (Call::Query { sql, .. }, more) => {
                let facts = self.database.facts_of(sql)?;
                let mut rows = Pack::default();
                let more = more.unwrap_or_default();
                let mut cells = Unpack::new(&more)?;
                while cells.left() > 0 {
                    rows.push(cells.next_cell()?);
                }
                Answer::Rows(facts, rows)
            }
            _ => Answer::Done,
        }))
    }

    fn dispatch(&mut self, client: ClientId, request: Request) -> Result<Answer, Failure> {
        let Request { id, acked, call, .. } = request;
        let by = By { client, id, acked };
        match call {
            Call::Hello(migrations) => self.hello(client, migrations),
            Call::Query { sql, parameters, wanted } => self.query(by, &sql, &parameters, wanted),
            Call::Run(sql, parameters) => {
                let facts = self.database.facts_of(&sql)?;
                self.statement(by, sql.as_str(), &facts, &parameters, Wanted::None).map(|(ran, _)| Answer::Ran(ran))
            }
            Call::Batch(items) => self.batch(by, &items),
            Call::Prepare(sql) => self.database.facts(&sql).map(Answer::Prepared),
            Call::Iterate(sql, parameters) => self.iterate(by, &sql, &parameters),
            Call::Begin => self.begin(client, id).map(|()| Answer::Done),
            Call::Commit => self.commit(by),
            Call::Rollback => {
                self.roll_back();
                Ok(Answer::Done)
            }
            Call::Export => self.export().map(Answer::File),
            Call::Import(bytes) => self.import(client, id, bytes).map(|()| Answer::Done),
            Call::Status | Call::Ping | Call::Cancel(_) | Call::Next(_) | Call::Drop(_) => Ok(Answer::Done),
        }
    }

    fn hello(&mut self, client: ClientId, migrations: Vec<Migration>) -> Result<Answer, Failure> {
        migration::check(&migrations)?;
        let ours = migrations.last().map_or(0, |migration| migration.version);
        if ours != 0 && ours < self.schema {
            return Err(outdated(ours, self.schema));
        }
        if self.database.own(|connection| Ok(migration::run(connection, &migrations)))?? {
            self.schema = ours;
            self.committed(Effect { touched: true, schema: true, ..Effect::default() });
        }
        if migrations.len() > self.migrations.len() {
            self.migrations = migrations;
        }
        if let Some(session) = self.sessions.get_mut(&client) {
            session.schema = ours;
        }
        Ok(Answer::Welcome(self.schema))
    }

    fn query(&mut self, by: By, sql: &Sql, parameters: &Parameters, wanted: Wanted) -> Result<Answer, Failure> {
        let facts = self.database.facts_of(sql)?;
        let (_, rows) = self.statement(by, sql.as_str(), &facts, parameters, wanted)?;
        Ok(Answer::Rows(facts, rows))
    }

    fn statement(
        &mut self,
        by: By,
        sql: &str,
        facts: &Facts,
        parameters: &Parameters,
        wanted: Wanted,
    ) -> Result<(Ran, Pack), Failure> {
        if facts.kind == Kind::Savepoint && self.open.is_none() {
            return Err(Failure::new(Code::NotAllowed, "SAVEPOINT belongs inside transaction()"));
        }
        let mut rows = Pack::default();
        let ran = match facts.kind {
            Kind::Read | Kind::Outside => self.database.step(sql, facts, parameters, wanted, &mut rows)?,
            _ => self.write(by, |leader, effect| {
                let ran = leader.database.step(sql, facts, parameters, wanted, &mut rows)?;
                effect.add(facts, ran);
                let more = (wanted != Wanted::None && rows.cells() > 0).then(|| rows.to_counted_bytes());
                Ok((ran, Entry { changes: ran.changes, rowid: ran.rowid, more }))
            })?,
        };
        Ok((ran, rows))
    }

    fn batch(&mut self, by: By, items: &[Item]) -> Result<Answer, Failure> {
        if let [Item::Script(sql)] = items
            && (first_word(sql) == "VACUUM" || is_checkpoint(sql))
        {
            let sql = sql.trim().trim_end_matches(';');
            let facts = self.database.facts(sql)?;
            let (ran, _) = self.statement(by, sql, &facts, &Parameters::None, Wanted::None)?;
            return Ok(Answer::Batch(vec![ran]));
        }
        let results = self.write(by, |leader, effect| {
            let mut results = Vec::with_capacity(items.len());
            for (index, item) in items.iter().enumerate() {
                let ran = leader.item(item, effect).map_err(|failure| match items.len() {
                    1 => failure,
                    _ => Failure {
                        message: format!("statement {} of the batch: {}", index + 1, failure.message),
                        ..failure
                    },
                })?;
                results.push(ran);
            }
            let entry = Entry { changes: 0, rowid: 0, more: Some(results_to_bytes(&results)) };
            Ok((results, entry))
        })?;
        Ok(Answer::Batch(results))
    }

    fn item(&mut self, item: &Item, effect: &mut Effect) -> Result<Ran, Failure> {
        match item {
            Item::Script(sql) => {
                self.database.script(sql, |seen, ran| {
                    effect.touched |= ran.touched;
                    effect.schema |= seen.schema;
                    if ran.touched {
                        effect.tables.extend(seen.writes.iter().cloned());
                    }
                })?;
                Ok(Ran::default())
            }
            Item::Once(sql, parameters) => {
                let facts = self.database.facts(sql)?;
                let ran = self.database.step(sql, &facts, parameters, Wanted::None, &mut Pack::default())?;
                effect.add(&facts, ran);
                Ok(ran)
            }
            Item::Each(sql, block, width) => {
                let facts = self.database.facts(sql)?;
                if *width != facts.parameters || *width == 0 {
                    let count = facts.parameters;
                    let what = format!("the statement has {count} parameters, and the rows have {width} values");
                    return Err(Failure::new(Code::Parameter, what));
                }
                let ran = self.database.step_each(sql, &facts, &mut Unpack::new(block)?)?;
                effect.add(&facts, ran);
                Ok(ran)
            }
        }
    }

    fn iterate(&mut self, by: By, sql: &str, parameters: &Parameters) -> Result<Answer, Failure> {
        let facts = self.database.facts(sql)?;
        if facts.kind != Kind::Read {
            return Err(Failure::new(Code::NotAllowed, "iterate() reads: use all() for a write that returns rows"));
        }
        let mut chunks = VecDeque::new();
        self.database.step_chunks(sql, &facts, parameters, CHUNK, |rows| chunks.push_back(rows.to_bytes()))?;
        if let Some(session) = self.sessions.get_mut(&by.client) {
            session.cursors.insert(by.id, Cursor { facts, chunks });
        }
        self.next_chunk(by.client, by.id)
    }

    pub(crate) fn next_chunk(&mut self, client: ClientId, cursor: CallId) -> Result<Answer, Failure> {
        let gone =
            || Failure::new(Code::LeaderLost, "the iteration's snapshot went with the tab that held the database");
        let session = self.sessions.get_mut(&client).ok_or_else(gone)?;
        let open = session.cursors.get_mut(&cursor).ok_or_else(gone)?;
        let chunk = open.chunks.pop_front().unwrap_or_else(|| Pack::default().to_bytes());
        let (facts, last) = (open.facts.clone(), open.chunks.is_empty());
        if last {
            session.cursors.remove(&cursor);
        }
        Ok(Answer::Chunk(facts, chunk, last))
    }
}

fn outdated(ours: i64, database: i64) -> Failure {
    let what = format!("the database has schema version {database}, this tab's code knows {ours}: reload the page");
    Failure { versions: Some([ours, database]), ..Failure::new(Code::SchemaOutdated, what) }
}

fn results_to_bytes(results: &[Ran]) -> Vec<u8> {
    results.iter().flat_map(|ran| [ran.changes.to_le_bytes(), ran.rowid.to_le_bytes()]).flatten().collect()
}

fn results_of(bytes: &[u8]) -> Vec<Ran> {
    let word = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().unwrap_or_default());
    bytes
        .as_chunks::<16>()
        .0
        .iter()
        .map(|pair| Ran { changes: word(&pair[..8]), rowid: word(&pair[8..]).cast_signed(), touched: false })
        .collect()
}
