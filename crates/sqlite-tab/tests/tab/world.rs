//! Many tabs, the model of a leader, and between them what can be late, lost or there twice.

use std::collections::{BTreeMap, HashMap, VecDeque};

use hashi_sqlite_tab::asking::{Asked, Begun, Settled};
use hashi_sqlite_tab::effect::{Effect, Way};
use hashi_sqlite_tab::op;
use hashi_sqlite_tab::protocol::VERSION;
use hashi_sqlite_tab::status::Storage;
use hashi_sqlite_tab::tab::{Leader as Known, Tab};

use crate::leader::{File, Leader};
use crate::message::{Client, Event, Id, Lane, Message, Port, Reply};
use crate::page::{Fate, Made, Page};
use crate::random::Random;
use crate::rig::RUN;

pub struct World {
    pub random: Random,
    pub now: f64,
    pub pages: BTreeMap<Client, Page>,
    /// What was made by pages that are gone.
    pub gone: Vec<(Client, BTreeMap<Id, Made>)>,
    pub file: File,
    pub leader: Option<Leader>,
    pub line: VecDeque<(Client, u32)>,
    events: BTreeMap<(u64, u64), Event>,
    posted: u64,
    lanes: HashMap<Lane, u64>,
    /// What a port that no leader has yet holds back.
    pub held: HashMap<Port, Vec<Message>>,
    /// Connections that the broker holds for a leader to come.
    pub brokered: BTreeMap<Client, (u32, u64, Port)>,
    /// Whether things go wrong.
    pub troubled: bool,
}

impl World {
    pub fn new(seed: u64) -> Self {
        Self {
            random: Random::new(seed),
            now: 0.0,
            pages: BTreeMap::new(),
            gone: Vec::new(),
            file: File::default(),
            leader: None,
            line: VecDeque::new(),
            events: BTreeMap::new(),
            posted: 0,
            lanes: HashMap::new(),
            held: HashMap::new(),
            brokered: BTreeMap::new(),
            troubled: true,
        }
    }

    pub fn post(&mut self, lane: Lane, delay: f64, event: Event) {
        self.posted += 1;
        // Thousandths of a millisecond.
        let mut at = ((self.now + delay) * 1000.0) as u64;
        if lane != Lane::None {
            let last = self.lanes.entry(lane).or_default();
            at = at.max(*last);
            *last = at;
        }
        self.events.insert((at, self.posted), event);
    }

    pub fn post_soon(&mut self, lane: Lane, event: Event) {
        let delay = self.random.delay();
        self.post(lane, delay, event);
    }

    pub fn open(&mut self, client: Client) {
        self.pages.insert(client, Page::new(client));
        self.happen(client, |tab, now| tab.start(now, now));
    }

    /// Something happens to a tab; what it has done then is done.
    pub fn happen<T>(&mut self, client: Client, what: impl FnOnce(&mut Tab, f64) -> T) -> Option<T> {
        let now = self.now;
        let result = what(&mut self.pages.get_mut(&client)?.tab, now);
        while let Some(effect) = self.pages.get_mut(&client).and_then(|page| page.tab.next_effect()) {
            self.carry(client, effect);
        }
        Some(result)
    }

    fn carry(&mut self, client: Client, effect: Effect) {
        match effect {
            Effect::StartWorker(count) => {
                self.end_worker(client);
                self.page(client).worker = count;
                self.line.push_back((client, count));
                self.post_soon(Lane::None, Event::WorkerAlive(client));
                self.post_soon(Lane::None, Event::Elect);
            }
            Effect::StartBroker(count) => {
                self.page(client).broker = count;
                if self.troubled && self.random.chance(10) {
                    self.brokered.clear();
                    // One that is just dying takes the connection, and may never answer.
                    if self.random.chance(50) {
                        return;
                    }
                    return self.post_soon(Lane::None, Event::BrokerGone(client, count));
                }
                self.post_soon(Lane::None, Event::BrokerAlive(client));
            }
            Effect::AskWhoLeads => self.post_soon(Lane::Channel(client), Event::WhoLeads),
            Effect::TellSilence(epoch) => {
                for to in self.others(client) {
                    self.post_soon(Lane::Channel(client), Event::SilenceTold(to, epoch));
                }
            }
            Effect::Attach(way, epoch) => self.attach(client, way, epoch),
            Effect::Detach => self.page(client).port = None,
            Effect::Send { id, acked, again } => self.send(client, id, acked, again, true),
            Effect::Cancel(id) => self.say(client, Message::Cancel(id)),
            Effect::Ping => self.say(client, Message::Ping),
            Effect::Reject { id, unknown, .. } => {
                self.settle(client, id, if unknown { Fate::Unknown } else { Fate::Refused });
            }
            Effect::TakeBack(id) => {
                let made = &self.page(client).calls[&id];
                let fate = if made.asked.reads { Fate::Refused } else { Fate::Unknown };
                self.settle(client, id, fate);
            }
            Effect::Release => self.post_soon(Lane::None, Event::Released(client)),
            Effect::Free => {
                self.end_worker(client);
                self.page(client).freed = true;
                self.post_soon(Lane::None, Event::Disconnected(client));
            }
            Effect::Opened
            | Effect::NotOpened(_)
            | Effect::FindHolder
            | Effect::Changed(_)
            | Effect::Outdated { .. } => {}
        }
    }

    pub fn page(&mut self, client: Client) -> &mut Page {
        self.pages.get_mut(&client).unwrap()
    }

    pub fn others(&self, client: Client) -> Vec<Client> {
        self.pages.keys().copied().filter(|other| *other != client).collect()
    }

    fn settle(&mut self, client: Client, id: Id, fate: Fate) {
        let made = self.page(client).calls.get_mut(&id).unwrap();
        assert_eq!(made.fate, Fate::Pending, "call {id} of client {client} has two outcomes");
        made.fate = fate;
    }

    fn attach(&mut self, client: Client, way: Way, epoch: u64) {
        let port = match way {
            Way::Worker => Port::Worker(client, self.page(client).worker),
            Way::Broker(_) => {
                self.posted += 1;
                Port::Made(self.posted)
            }
            Way::Channel(_) => Port::Channel(client),
        };
        self.page(client).port = Some(port);
        if let Way::Broker(attempt) | Way::Channel(attempt) = way {
            let lane = if matches!(way, Way::Broker(_)) { Lane::Broker } else { Lane::Up(port) };
            let lost = self.troubled && self.random.chance(10);
            // A port is transferred: it can't come a second time, at another leader.
            let twice = matches!(way, Way::Channel(_)) && self.troubled && self.random.chance(10);
            for _ in 0..usize::from(!lost) + usize::from(twice) {
                self.post_soon(lane, Event::Connected(client, attempt, epoch, port));
            }
        }
        self.say(client, Message::Hello);
    }

    fn say(&mut self, client: Client, message: Message) {
        let Some(port) = self.page(client).port else { return };
        let connected = self.leader.as_ref().is_some_and(|leader| leader.ports.get(&client) == Some(&port));
        if matches!(port, Port::Made(_)) && !connected {
            return self.held.entry(port).or_default().push(message);
        }
        self.post_soon(Lane::Up(port), Event::ToLeader(client, port, message));
    }

    pub fn ask(&mut self, client: Client, asked: Asked) {
        let deadline = self.now + asked.timeout;
        let Some(begun) = self.happen(client, |tab, now| tab.begin(asked, now)) else { return };
        let (Begun::Send(id, _) | Begun::Keep(id)) = begun else { return };
        let made = Made { asked, deadline, fate: Fate::Pending, taken_back: false };
        self.page(client).calls.insert(id, made);
        if let Begun::Send(id, acked) = begun {
            self.send(client, id, acked, false, false);
        }
    }

    fn send(&mut self, client: Client, id: Id, acked: Id, again: bool, text: bool) {
        let Made { asked, deadline, .. } = self.page(client).calls[&id];
        let (op, tx) = (asked.op, asked.transaction);
        self.say(client, Message::Call { id, acked, again, op, tx, deadline, text });
    }

    pub fn end_worker(&mut self, client: Client) {
        self.line.retain(|(waiting, _)| *waiting != client);
        if self.leader.take_if(|leader| leader.client == client).is_some() {
            self.post_soon(Lane::None, Event::Elect);
        }
    }

    /// Lets time pass, with all that happens in it.
    pub fn pass(&mut self, milliseconds: f64) {
        let end = self.now + milliseconds;
        loop {
            let event = self.events.first_key_value().map(|((at, _), _)| *at as f64 / 1000.0);
            let due = self.pages.iter().filter_map(|(client, page)| Some((page.tab.due()?, *client)));
            let due = due.min_by(|(one, _), (other, _)| one.total_cmp(other));
            match (event, due) {
                (event, Some((at, client))) if at <= end && event.is_none_or(|event| at < event) => {
                    self.now = self.now.max(at);
                    self.happen(client, |tab, now| tab.wake(now));
                }
                (Some(at), _) if at <= end => {
                    self.now = self.now.max(at);
                    let (_, event) = self.events.pop_first().unwrap();
                    self.take(event);
                }
                _ => break,
            }
            self.tick();
        }
        self.now = end;
        self.retire();
    }

    /// Closed pages go: nobody waits there any more, and nothing is due.
    fn retire(&mut self) {
        let freed = self.pages.extract_if(.., |_, page| page.freed);
        for (client, page) in freed.collect::<Vec<_>>() {
            let waiting = page.calls.iter().find(|(_, made)| made.fate == Fate::Pending);
            assert!(waiting.is_none(), "client {client} is closed, and a call waits: {waiting:?}");
            assert_eq!(page.tab.due(), None, "client {client} is closed, and something is due");
            self.gone.push((client, page.calls));
        }
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::WorkerAlive(client) => drop(self.happen(client, |tab, _| tab.worker_alive())),
            Event::WorkerGone(client, count) => drop(self.happen(client, |tab, now| tab.worker_gone(count, now))),
            Event::Elect => self.elect(),
            Event::Elected(client, worker, epoch) => {
                if self.leader.as_ref().is_some_and(|leader| (leader.client, leader.worker) == (client, worker)) {
                    self.happen(client, |tab, now| tab.elected(epoch, Storage::Opfs, now));
                }
            }
            Event::Announced(to, epoch, client) => {
                let leader = Known { epoch, storage: Storage::Opfs };
                self.happen(to, |tab, now| tab.leader_heard(leader, client, now));
            }
            Event::WhoLeads => self.announce(),
            Event::SilenceTold(to, epoch) => drop(self.happen(to, |tab, now| tab.silence_told(epoch, now))),
            Event::Connected(client, attempt, epoch, port) => self.connected(client, attempt, epoch, port),
            Event::ToLeader(client, port, message) => {
                if let Some(leader) = &mut self.leader {
                    leader.inbox.push_back((client, port, message));
                    self.serve();
                }
            }
            Event::ToTab(client, port, reply) => self.hear(client, port, reply),
            Event::Thawed => self.serve(),
            Event::Disconnected(client) => self.disconnected(client),
            Event::BrokerAlive(client) => drop(self.happen(client, |tab, _| tab.broker_alive())),
            Event::BrokerGone(client, count) => drop(self.happen(client, |tab, now| tab.broker_gone(count, now))),
            Event::Released(client) => drop(self.happen(client, |tab, _| tab.released())),
        }
    }

    fn hear(&mut self, client: Client, port: Port, reply: Reply) {
        if self.pages.get(&client).is_none_or(|page| page.port != Some(port)) {
            return;
        }
        match reply {
            Reply::Welcome => drop(self.happen(client, |tab, _| tab.welcome(0, VERSION))),
            Reply::Pong => drop(self.happen(client, |tab, _| tab.heard())),
            Reply::Settled(id, answer) => {
                let settled = self.happen(client, |tab, _| tab.settle(id, answer)).unwrap();
                match settled {
                    Settled::Dropped => {}
                    Settled::Resolve => self.resolved(client, id),
                    Settled::Reject | Settled::TakenBack => self.settle(client, id, Fate::Refused),
                    Settled::SendText { acked, again } => self.send(client, id, acked, again, true),
                }
            }
        }
    }

    /// A BEGIN that is answered is followed by a write and a COMMIT.
    fn resolved(&mut self, client: Client, id: Id) {
        self.settle(client, id, Fate::Acknowledged);
        let asked = self.page(client).calls[&id].asked;
        if asked.op == op::BEGIN {
            let epoch = self.page(client).tab.welcomed().map(|leader| leader.epoch);
            let inside = Asked { op: RUN, transaction: id, epoch, ..asked };
            self.ask(client, inside);
            self.ask(client, Asked { op: op::COMMIT, ..inside });
        }
    }
}
