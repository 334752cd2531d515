//! The one connection: its settings, its statements, its deadline.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::{Connection, OpenFlags, Statement};

use crate::failure::{Code, Failure};
use crate::guard::{Guard, Seen};
use crate::pack::Pack;
use crate::sql::Sql;
use crate::statement::{Facts, Kind, refusal};
use crate::value::Parameters;

/// Milliseconds since 1970, from whoever knows the time here.
pub type Clock = fn() -> f64;

/// Virtual machine instructions between two looks at the clock: about a millisecond.
const LOOK_EVERY: i32 = 20_000;

/// Statements kept prepared; with each its facts.
pub(crate) const KEPT: usize = 256;

/// Where the database is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'a> {
    /// In memory, gone with the connection.
    Memory,
    /// A file of SQLite's default VFS.
    File(&'a str),
}

/// How far an acknowledged write is to be trusted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Synchronous {
    /// It survives a loss of power.
    #[default]
    Full,
    /// It survives a crash of the browser; a loss of power may take the last ones, never a part of one.
    Normal,
}

/// How many rows are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// None: the statement is run for what it changes.
    None,
    /// The first.
    First,
    /// All.
    All,
}

/// What a statement did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ran {
    /// Rows changed by the statement itself.
    pub changes: u64,
    /// The connection's last inserted rowid.
    pub rowid: i64,
    /// Whether anything may be different now.
    pub touched: bool,
}

/// One SQLite connection with what is known of its statements.
#[derive(Debug)]
pub struct Database {
    pub(crate) connection: Connection,
    pub(crate) guard: Guard,
    pub(crate) facts: RefCell<HashMap<String, Rc<Facts>>>,
    /// Counts how often what is known of statements was forgotten.
    generation: Cell<u64>,
    deadline: Arc<AtomicU64>,
    clock: Clock,
}

impl Database {
    /// Opens or creates it: WAL, exclusive locking, foreign keys on.
    pub fn open(place: Place<'_>, synchronous: Synchronous, clock: Clock) -> Result<Self, Failure> {
        let mut connection = match place {
            Place::Memory => Connection::open_in_memory()?,
            Place::File(name) => {
                let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
                Connection::open_with_flags(name, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?
            }
        };
        connection.set_prepared_statement_cache_capacity(KEPT);
        // Exclusive before WAL: then SQLite needs no shared memory, which OPFS doesn't have.
        connection.execute_batch(
            "PRAGMA locking_mode = EXCLUSIVE; PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; PRAGMA temp_store = MEMORY;
             PRAGMA foreign_keys = ON; PRAGMA journal_size_limit = 16777216;",
        )?;
        connection.execute_batch(match synchronous {
            Synchronous::Full => "PRAGMA synchronous = FULL",
            Synchronous::Normal => "PRAGMA synchronous = NORMAL",
        })?;
        let guard = Guard::default();
        let asked = guard.clone();
        connection.authorizer(Some(move |context: rusqlite::hooks::AuthContext<'_>| asked.answer(&context)))?;
        let deadline = Arc::new(AtomicU64::new(f64::INFINITY.to_bits()));
        let watched = deadline.clone();
        let late = move || {
            let deadline = f64::from_bits(watched.load(Ordering::Relaxed));
            deadline.is_finite() && clock() > deadline
        };
        connection.progress_handler(LOOK_EVERY, Some(late))?;
        Ok(Self { connection, guard, facts: RefCell::default(), generation: Cell::new(0), deadline, clock })
    }

    /// Whether it is in a file.
    pub fn is_file(&self) -> bool {
        self.connection.path().is_some_and(|path| !path.is_empty())
    }

    /// The connection, for statements of our own.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The connection, where SQLite wants it alone.
    pub fn connection_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// Closes it; the last checkpoint is made by then.
    pub fn close(self) -> Result<(), Failure> {
        self.connection.close().map_err(|(_, error)| error.into())
    }

    /// Runs statements of our own.
    pub fn own<T>(&self, act: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, Failure> {
        self.guard.own(|| act(&self.connection)).map_err(Failure::from)
    }

    /// Whether a transaction is open.
    pub fn in_transaction(&self) -> bool {
        !self.connection.is_autocommit()
    }

    /// The time, in milliseconds since 1970.
    pub fn now(&self) -> f64 {
        (self.clock)()
    }

    /// Interrupts what runs after this time, in milliseconds since 1970; infinity for never.
    pub fn set_deadline(&self, deadline: f64) {
        self.deadline.store(deadline.to_bits(), Ordering::Relaxed);
    }

    /// What is known of a statement whose text is kept.
    pub(crate) fn facts_of(&self, sql: &Sql) -> Result<Rc<Facts>, Failure> {
        sql.facts(self.generation.get(), |text| self.facts(text))
    }

    /// Forgets what is known of statements: the schema is another now, or may be (ROLLBACK TO).
    pub fn forget(&self) {
        self.facts.borrow_mut().clear();
        self.generation.set(self.generation.get() + 1);
        self.connection.flush_prepared_statement_cache();
    }

    /// Runs one statement; its rows go to `rows`.
    pub fn step(
        &self,
        sql: &str,
        facts: &Facts,
        parameters: &Parameters,
        wanted: Wanted,
        rows: &mut Pack,
    ) -> Result<Ran, Failure> {
        let before = self.connection.total_changes();
        let mut statement = self.connection.prepare_cached(sql)?;
        parameters.bind(&mut statement)?;
        if facts.kind == Kind::Outside {
            self.guard.own(|| fetch(&mut statement, facts, wanted, rows))?;
        } else {
            fetch(&mut statement, facts, wanted, rows)?;
        }
        drop(statement);
        if matches!(facts.kind, Kind::Schema | Kind::Savepoint) {
            self.forget();
        }
        Ok(self.ran(facts.kind, before))
    }

    /// Runs one statement for each row of cells, as many as it has parameters; the changes are summed.
    pub fn step_each(&self, sql: &str, facts: &Facts, rows: &mut crate::pack::Unpack<'_>) -> Result<Ran, Failure> {
        let before = self.connection.total_changes();
        let mut changes = 0;
        let mut statement = self.connection.prepare_cached(sql)?;
        while rows.left() > 0 {
            for index in 1..=facts.parameters {
                statement.raw_bind_parameter(index, rows.next_cell()?)?;
            }
            fetch(&mut statement, facts, Wanted::None, &mut Pack::default())?;
            changes += self.changes(facts.kind);
        }
        drop(statement);
        Ok(Ran { changes, ..self.ran(facts.kind, before) })
    }

    /// Runs a statement that reads, and gives its rows away whenever they weigh `weight` bytes.
    pub fn step_chunks(
        &self,
        sql: &str,
        facts: &Facts,
        parameters: &Parameters,
        weight: usize,
        mut give: impl FnMut(&Pack),
    ) -> Result<(), Failure> {
        let mut statement = self.connection.prepare_cached(sql)?;
        parameters.bind(&mut statement)?;
        let mut rows = statement.raw_query();
        let mut pack = Pack::default();
        while let Some(row) = rows.next()? {
            for column in 0..facts.columns.len() {
                pack.push(row.get_ref(column)?.into());
            }
            if pack.weight() >= weight {
                give(&pack);
                pack.clear();
            }
        }
        give(&pack);
        Ok(())
    }

    /// Rows that the last statement changed, if it was one of this kind.
    fn changes(&self, kind: Kind) -> u64 {
        // SQLite's own count is that of the last statement that changed rows.
        if kind == Kind::Write { self.connection.changes() } else { 0 }
    }

    fn ran(&self, kind: Kind, before: u64) -> Ran {
        Ran {
            changes: self.changes(kind),
            rowid: self.connection.last_insert_rowid(),
            touched: kind == Kind::Schema || self.connection.total_changes() != before,
        }
    }

    /// Runs any number of statements without parameters; `each` hears of what was prepared before it runs.
    pub fn script(&self, sql: &str, mut each: impl FnMut(&Seen, Ran)) -> Result<(), Failure> {
        use rusqlite::fallible_iterator::FallibleIterator;
        let mut batch = rusqlite::Batch::new(&self.connection, sql);
        loop {
            self.guard.begin();
            let prepared = batch.next();
            let seen = self.guard.seen();
            let Some(mut statement) = prepared.map_err(|error| refusal(error, &seen))? else { return Ok(()) };
            if statement.parameter_count() > 0 {
                let what = "exec() takes statements without parameters: use run() or batch()";
                return Err(Failure::new(Code::Parameter, what));
            }
            let before = self.connection.total_changes();
            let mut rows = statement.raw_query();
            while rows.next()?.is_some() {}
            drop(rows);
            if seen.schema || seen.savepoint {
                self.forget();
            }
            let touched = seen.schema || self.connection.total_changes() != before;
            each(&seen, Ran { touched, ..Ran::default() });
        }
    }
}

fn fetch(statement: &mut Statement<'_>, facts: &Facts, wanted: Wanted, into: &mut Pack) -> Result<(), Failure> {
    let columns = facts.columns.len();
    let mut rows = statement.raw_query();
    let mut taken = false;
    while let Some(row) = rows.next()? {
        if wanted == Wanted::None || (wanted == Wanted::First && taken) {
            // A write has to run to its end; a read has not.
            if facts.kind == Kind::Read {
                break;
            }
            continue;
        }
        for column in 0..columns {
            into.push(row.get_ref(column)?.into());
        }
        if wanted == Wanted::First && facts.kind == Kind::Read {
            break;
        }
        taken = true;
    }
    Ok(())
}
