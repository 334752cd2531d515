//! How a database is opened, and what a call takes.

use std::time::Duration;

use js_sys::{Object, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

/// Sets a property of an object of our own.
pub(crate) fn set(object: &Object, name: &str, value: &JsValue) {
    // It fails for frozen objects and for proxies.
    let _ = Reflect::set(object, &name.into(), value);
}

fn copy(object: &Object) -> Object {
    Object::assign(&Object::new(), object)
}

fn milliseconds(time: Duration) -> JsValue {
    (time.as_secs_f64() * 1000.0).into()
}

/// Where a database is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storage {
    /// In the browser's private file system: it persists.
    Opfs,
    /// In the leader's memory: it goes with the leader's tab.
    Memory,
    /// In memory where this browser or mode has no OPFS; the status tells which.
    OpfsOrMemory,
}

/// How far an acknowledged write is to be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Synchronous {
    /// It survives a loss of power.
    Full,
    /// It survives a crash of the browser.
    Normal,
}

/// How tabs reach the leader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// By MessagePorts where there is SharedWorker, else by a BroadcastChannel.
    Auto,
    /// By a BroadcastChannel.
    Broadcast,
}

/// One step of the schema. Versions count up from 1 without a gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migration {
    /// The version that it leads to.
    pub version: u32,
    /// Any number of statements.
    pub sql: String,
}

impl Migration {
    /// A step to a version.
    pub fn new(version: u32, sql: impl Into<String>) -> Self {
        Self { version, sql: sql.into() }
    }
}

/// How to open a database; what isn't set is as `js/sqlite/index.d.ts` says. Tabs that share one should open it alike.
#[derive(Clone, Debug)]
pub struct OpenOptions(pub(crate) Object);

impl Default for OpenOptions {
    fn default() -> Self {
        Self(Object::new())
    }
}

impl OpenOptions {
    fn with(self, name: &str, value: impl Into<JsValue>) -> Self {
        set(&self.0, name, &value.into());
        self
    }

    /// Where it is kept (default: OPFS).
    pub fn with_storage(self, storage: Storage) -> Self {
        let word = match storage {
            Storage::Opfs => "opfs",
            Storage::Memory => "memory",
            Storage::OpfsOrMemory => "opfs-or-memory",
        };
        self.with("storage", word)
    }

    /// Run once by the leader, all missing ones in one transaction.
    pub fn with_migrations(self, migrations: impl IntoIterator<Item = Migration>) -> Self {
        let list: js_sys::Array = migrations
            .into_iter()
            .map(|Migration { version, sql }| {
                let step = Object::new();
                set(&step, "version", &version.into());
                set(&step, "sql", &sql.into());
                step
            })
            .collect();
        self.with("migrations", list)
    }

    /// Until opening fails with `open_timeout` (default 10 s).
    pub fn with_open_timeout(self, time: Duration) -> Self {
        self.with("openTimeout", milliseconds(time))
    }

    /// How long a call waits while another tab's transaction is open (default 1 s).
    pub fn with_busy_timeout(self, time: Duration) -> Self {
        self.with("busyTimeout", milliseconds(time))
    }

    /// The deadline of each call that has none of its own (default 30 s). Zero: none.
    pub fn with_timeout(self, time: Duration) -> Self {
        self.with("timeout", milliseconds(time))
    }

    /// How long a transaction may do nothing while others wait (default 5 s).
    pub fn with_transaction_idle(self, time: Duration) -> Self {
        self.with("transactionIdle", milliseconds(time))
    }

    /// Without a sign of life for how long a leader is called unresponsive (default 1 s).
    pub fn with_unresponsive_after(self, time: Duration) -> Self {
        self.with("unresponsiveAfter", milliseconds(time))
    }

    /// After how long a tab replaces its own worker that hangs as leader (default 35 s).
    pub fn with_hang_after(self, time: Duration) -> Self {
        self.with("hangAfter", milliseconds(time))
    }

    /// `PRAGMA synchronous` (default: full).
    pub fn with_synchronous(self, synchronous: Synchronous) -> Self {
        let word = match synchronous {
            Synchronous::Full => "full",
            Synchronous::Normal => "normal",
        };
        self.with("synchronous", word)
    }

    /// How tabs reach the leader (default: automatic).
    pub fn with_transport(self, transport: Transport) -> Self {
        let word = match transport {
            Transport::Auto => "auto",
            Transport::Broadcast => "broadcast",
        };
        self.with("transport", word)
    }

    /// Called once, with our schema version and the database's, when another tab has brought a newer schema: reload the page.
    /// What it holds stays until the page's end if that never happens.
    pub fn with_on_outdated(self, callback: impl FnOnce(u32, u32) + 'static) -> Self {
        let told = move |versions: JsValue| {
            let version = |name: &str| {
                Reflect::get(&versions, &name.into()).ok().and_then(|version| version.as_f64()).unwrap_or(0.0) as u32
            };
            callback(version("ours"), version("database"));
        };
        self.with("onOutdated", Closure::once_into_js(told))
    }
}

/// What every call of a handle takes: its deadline, its signal.
#[derive(Clone, Debug, Default)]
pub(crate) struct CallOptions(Option<Object>);

impl CallOptions {
    fn with(&self, name: &str, value: &JsValue) -> Self {
        let options = self.0.as_ref().map_or_else(Object::new, copy);
        set(&options, name, value);
        Self(Some(options))
    }

    /// The deadline; less than a millisecond is one, for 0 means none.
    pub(crate) fn with_timeout(&self, time: Option<Duration>) -> Self {
        let time = time.map_or(0.0, |time| (time.as_secs_f64() * 1000.0).max(1.0));
        self.with("timeout", &time.into())
    }

    pub(crate) fn with_signal(&self, signal: &AbortSignal) -> Self {
        self.with("signal", signal)
    }

    pub(crate) fn with_retries(&self, retries: u32) -> Self {
        self.with("retries", &retries.into())
    }

    /// As JavaScript takes it.
    pub(crate) fn value(&self) -> JsValue {
        self.0.as_ref().map_or(JsValue::UNDEFINED, Into::into)
    }
}
