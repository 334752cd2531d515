//! A page: its tab, and what became of each call that it made.

use std::collections::BTreeMap;

use hashi_sqlite_tab::asking::Asked;
use hashi_sqlite_tab::tab::Tab;

use crate::message::{Client, Id, Port};
use crate::rig::SETTINGS;

/// What is known of a call from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Pending,
    Acknowledged,
    Refused,
    Unknown,
}

#[derive(Clone, Debug)]
pub struct Made {
    pub asked: Asked,
    pub deadline: f64,
    pub fate: Fate,
    pub taken_back: bool,
}

pub struct Page {
    pub tab: Tab,
    pub port: Option<Port>,
    /// The number of its worker, and of its link to the broker.
    pub worker: u32,
    pub broker: u32,
    pub calls: BTreeMap<Id, Made>,
    pub freed: bool,
}

impl Page {
    pub fn new(client: Client) -> Self {
        Self { tab: Tab::new(client, SETTINGS), port: None, worker: 0, broker: 0, calls: BTreeMap::new(), freed: false }
    }
}
