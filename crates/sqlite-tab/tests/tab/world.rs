//! Many tabs, a model of the leader over a file that outlives it, and between them what can be late, lost or there twice.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use hashi_sqlite_tab::asking::{Answer, Asked, Begun, Settled};
use hashi_sqlite_tab::effect::{Effect, Way};
use hashi_sqlite_tab::op;
use hashi_sqlite_tab::protocol::VERSION;
use hashi_sqlite_tab::status::Storage;
use hashi_sqlite_tab::tab::{Leader as Known, Tab};

use crate::random::Random;
use crate::rig::{RUN, SETTINGS};

pub type Client = u64;
pub type Id = u64;

/// A way of messages between a client and a leader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Port {
    /// The n-th that was made.
    Made(u64),
    Channel(Client),
    /// To the n-th worker of a client's page.
    Worker(Client, u32),
}

#[derive(Clone, Debug)]
pub enum Message {
    /// A port comes, with the number of the attempt.
    Connect(u32),
    Hello,
    Ping,
    Cancel(Id),
    Call {
        id: Id,
        acked: Id,
        again: bool,
        op: u8,
        tx: Id,
        deadline: f64,
        text: bool,
    },
}

#[derive(Clone, Copy, Debug)]
pub enum Reply {
    Welcome,
    Pong,
    Settled(Id, Answer),
}

#[derive(Clone, Debug)]
pub enum Event {
    WorkerAlive(Client),
    WorkerGone(Client, u32),
    Elect,
    Elected(Client, u32, u64),
    Announced(Client, u64, Client),
    WhoLeads,
    SilenceTold(Client, Option<u64>),
    Connected(Client, u32, u64, Port),
    ToLeader(Client, Port, Message),
    ToTab(Client, Port, Reply),
    Thawed,
    Disconnected(Client),
    BrokerAlive(Client),
    BrokerGone(Client, u32),
    Released(Client),
}

/// Messages of one lane come in the order in which they were posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Lane {
    None,
    Up(Port),
    Down(Port),
    Broker,
    Channel(Client),
}

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
    pub calls: BTreeMap<Id, Made>,
    pub freed: bool,
}

/// The file: it outlives leaders.
#[derive(Default)]
pub struct File {
    pub applied: HashMap<(Client, Id), u32>,
    pub ledger: BTreeSet<(Client, Id)>,
    pub epoch: u64,
}

pub struct Leader {
    pub client: Client,
    worker: u32,
    epoch: u64,
    ports: HashMap<Client, Port>,
    attempts: HashMap<Client, u32>,
    inbox: VecDeque<(Client, Port, Message)>,
    waiting: VecDeque<(Client, Message)>,
    /// Whose, named by which BEGIN, with what in it, since when idle.
    transaction: Option<(Client, Id, Vec<Id>, f64)>,
    frozen_until: f64,
}

pub struct World {
    pub random: Random,
    pub now: f64,
    pub pages: BTreeMap<Client, Page>,
    /// What was made by pages that are gone.
    pub gone: Vec<(Client, BTreeMap<Id, Made>)>,
    pub file: File,
    pub leader: Option<Leader>,
    line: VecDeque<(Client, u32)>,
    events: BTreeMap<(u64, u64), Event>,
    posted: u64,
    lanes: HashMap<Lane, u64>,
    /// What a port that no leader has yet holds back.
    held: HashMap<Port, Vec<Message>>,
    /// Connections that the broker holds for a leader to come.
    brokered: BTreeMap<Client, (u32, u64, Port)>,
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

    fn post(&mut self, lane: Lane, delay: f64, event: Event) {
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

    fn post_soon(&mut self, lane: Lane, event: Event) {
        let delay = self.random.delay();
        self.post(lane, delay, event);
    }

    pub fn open(&mut self, client: Client) {
        let page = Page { tab: Tab::new(client, SETTINGS), port: None, calls: BTreeMap::new(), freed: false };
        self.pages.insert(client, page);
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
                self.line.push_back((client, count));
                self.post_soon(Lane::None, Event::WorkerAlive(client));
                self.post_soon(Lane::None, Event::Elect);
            }
            Effect::StartBroker(count) => {
                if self.troubled && self.random.chance(10) {
                    self.brokered.clear();
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
            Effect::OfferWorker
            | Effect::ForgetStatements
            | Effect::Opened
            | Effect::NotOpened(_)
            | Effect::FindHolder
            | Effect::Changed(_)
            | Effect::Outdated { .. } => {}
        }
    }

    pub fn page(&mut self, client: Client) -> &mut Page {
        self.pages.get_mut(&client).unwrap()
    }

    fn others(&self, client: Client) -> Vec<Client> {
        self.pages.keys().copied().filter(|other| *other != client).collect()
    }

    fn settle(&mut self, client: Client, id: Id, fate: Fate) {
        let made = self.page(client).calls.get_mut(&id).unwrap();
        assert_eq!(made.fate, Fate::Pending, "call {id} of client {client} has two outcomes");
        made.fate = fate;
    }

    fn attach(&mut self, client: Client, way: Way, epoch: u64) {
        let port = match way {
            Way::Worker => Port::Worker(client, self.page(client).tab_worker()),
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
            let twice = self.troubled && self.random.chance(10);
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

    /// A tab dies.
    pub fn crash(&mut self, client: Client) {
        self.end_worker(client);
        if let Some(page) = self.pages.remove(&client) {
            self.gone.push((client, page.calls));
            self.post_soon(Lane::None, Event::Disconnected(client));
        }
    }

    /// Somebody ends a page's worker.
    pub fn terminate(&mut self, client: Client) {
        let count = self.page(client).tab_worker();
        self.end_worker(client);
        self.post_soon(Lane::None, Event::WorkerGone(client, count));
    }

    fn end_worker(&mut self, client: Client) {
        self.line.retain(|(waiting, _)| *waiting != client);
        if self.leader.take_if(|leader| leader.client == client).is_some() {
            self.post_soon(Lane::None, Event::Elect);
        }
    }

    /// The leader computes, or its tab is frozen.
    pub fn freeze(&mut self, milliseconds: f64) {
        if let Some(leader) = &mut self.leader {
            leader.frozen_until = self.now + milliseconds;
            self.post(Lane::None, milliseconds, Event::Thawed);
        }
    }

    pub fn kill_broker(&mut self) {
        self.brokered.clear();
        for client in self.others(0) {
            let count = self.page(client).tab.broker_alive();
            self.post_soon(Lane::None, Event::BrokerGone(client, count));
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

impl Page {
    /// The number of its worker.
    fn tab_worker(&self) -> u32 {
        self.tab.worker_count()
    }
}

// The model of the leader.
impl World {
    fn elect(&mut self) {
        if self.leader.is_some() {
            return;
        }
        let Some((client, worker)) = self.line.pop_front() else { return };
        self.file.epoch += 1;
        let epoch = self.file.epoch;
        let own = Port::Worker(client, worker);
        self.leader = Some(Leader {
            client,
            worker,
            epoch,
            ports: HashMap::from([(client, own)]),
            attempts: HashMap::from([(client, u32::MAX)]),
            inbox: VecDeque::new(),
            waiting: VecDeque::new(),
            transaction: None,
            frozen_until: 0.0,
        });
        self.post_soon(Lane::Down(own), Event::Elected(client, worker, epoch));
        self.announce();
        for (client, (attempt, wanted, port)) in std::mem::take(&mut self.brokered) {
            self.post_soon(Lane::Broker, Event::Connected(client, attempt, wanted, port));
        }
    }

    fn announce(&mut self) {
        let Some(leader) = &self.leader else { return };
        let (epoch, client) = (leader.epoch, leader.client);
        let times = if self.random.chance(20) { 2 } else { 1 };
        for to in self.others(client).repeat(times) {
            self.post_soon(Lane::Channel(client), Event::Announced(to, epoch, client));
        }
    }

    fn connected(&mut self, client: Client, attempt: u32, wanted: u64, port: Port) {
        let Some(leader) =
            self.leader.as_mut().filter(|leader| matches!(port, Port::Channel(_)) || leader.epoch >= wanted)
        else {
            if matches!(port, Port::Made(_)) {
                self.brokered.insert(client, (attempt, wanted, port));
            }
            return;
        };
        // In line with what came before it: a leader that is frozen hears of neither.
        leader.inbox.push_back((client, port, Message::Connect(attempt)));
        self.serve();
    }

    fn accept(&mut self, client: Client, attempt: u32, port: Port) {
        let leader = self.leader.as_mut().unwrap();
        if leader.attempts.get(&client).is_some_and(|known| attempt <= *known) {
            return;
        }
        leader.attempts.insert(client, attempt);
        leader.ports.insert(client, port);
        leader.release(client);
        self.drain();
        for message in self.held.remove(&port).unwrap_or_default() {
            self.post_soon(Lane::Up(port), Event::ToLeader(client, port, message));
        }
    }

    fn disconnected(&mut self, client: Client) {
        if let Some(leader) = &mut self.leader {
            leader.release(client);
            leader.ports.remove(&client);
            leader.attempts.remove(&client);
            self.drain();
        }
    }

    /// Now and then: a transaction that does nothing for 5 s is rolled back.
    fn tick(&mut self) {
        let now = self.now;
        let Some(leader) = &mut self.leader else { return };
        if leader.frozen_until <= now && leader.transaction.take_if(|(.., since)| now - *since > 5000.0).is_some() {
            self.drain();
        }
    }

    fn serve(&mut self) {
        loop {
            let now = self.now;
            let Some(leader) = self.leader.as_mut().filter(|leader| leader.frozen_until <= now) else { return };
            let Some((client, port, message)) = leader.inbox.pop_front() else { return };
            if let Message::Connect(attempt) = message {
                self.accept(client, attempt, port);
            } else if leader.ports.get(&client) == Some(&port) {
                self.receive(client, message);
            }
        }
    }

    fn receive(&mut self, client: Client, message: Message) {
        let leader = self.leader.as_mut().unwrap();
        match message {
            Message::Connect(_) => {}
            Message::Hello => self.reply(client, Reply::Welcome),
            Message::Ping => self.reply(client, Reply::Pong),
            Message::Cancel(wanted) => {
                let is = |message: &Message| matches!(message, Message::Call { id, .. } if *id == wanted);
                if let Some(at) = leader.waiting.iter().position(|(of, message)| *of == client && is(message)) {
                    leader.waiting.remove(at);
                    return self.reply(client, Reply::Settled(wanted, Answer::Cancelled));
                }
                if leader.transaction.take_if(|(of, name, ..)| (*of, *name) == (client, wanted)).is_some() {
                    self.drain();
                }
            }
            Message::Call { id, again, op, tx, .. } => {
                if again {
                    if self.file.ledger.contains(&(client, id)) {
                        return self.reply(client, Reply::Settled(id, Answer::Done));
                    }
                    if op == op::COMMIT {
                        return self.reply(client, Reply::Settled(id, Answer::Failed));
                    }
                }
                if leader.transaction.is_some() && tx == 0 {
                    return leader.waiting.push_back((client, message));
                }
                self.perform(client, message);
            }
        }
    }

    fn perform(&mut self, client: Client, message: Message) {
        let Message::Call { id, acked, op, tx, deadline, text, .. } = message else { return };
        let now = self.now;
        let reads = op == op::GET;
        let leader = self.leader.as_mut().unwrap();
        let own = leader.transaction.as_mut().filter(|(of, name, ..)| (*of, *name) == (client, tx));
        let answer = if now > deadline || (tx != 0 && own.is_none()) || (self.troubled && self.random.chance(3)) {
            Answer::Failed
        } else if !text && op == RUN && self.troubled && self.random.chance(3) {
            Answer::UnknownStatement
        } else if let Some((_, _, inside, since)) = own {
            *since = now;
            if op == op::COMMIT {
                let inside = std::mem::take(inside);
                leader.transaction = None;
                self.apply(client, &inside, id, acked);
            } else {
                inside.push(id);
            }
            Answer::Done
        } else if op == op::BEGIN {
            leader.transaction = Some((client, id, Vec::new(), now));
            Answer::Done
        } else {
            if !reads {
                self.apply(client, &[id], id, acked);
            }
            Answer::Done
        };
        self.reply(client, Reply::Settled(id, answer));
        self.drain();
    }

    /// A commit: what it changes, its entry in the ledger, and those go that have been answered.
    fn apply(&mut self, client: Client, writes: &[Id], named: Id, acked: Id) {
        for id in writes {
            *self.file.applied.entry((client, *id)).or_default() += 1;
        }
        self.file.ledger.retain(|(of, id)| *of != client || *id >= acked);
        self.file.ledger.insert((client, named));
    }

    /// Those who wait have their turn, until one of them opens a transaction.
    fn drain(&mut self) {
        while let Some(leader) = self.leader.as_mut().filter(|leader| leader.transaction.is_none()) {
            let Some((client, message)) = leader.waiting.pop_front() else { return };
            self.perform(client, message);
        }
    }

    fn reply(&mut self, client: Client, reply: Reply) {
        let Some(port) = self.leader.as_ref().and_then(|leader| leader.ports.get(&client).copied()) else { return };
        self.post_soon(Lane::Down(port), Event::ToTab(client, port, reply));
    }
}

impl Leader {
    /// A client is gone, or there anew: what it had here is given up.
    fn release(&mut self, client: Client) {
        self.waiting.retain(|(of, _)| *of != client);
        self.transaction.take_if(|(of, ..)| *of == client);
    }
}
