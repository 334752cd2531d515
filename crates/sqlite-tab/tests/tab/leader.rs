//! A model of the leader, over a file that outlives it.

use std::collections::{BTreeSet, HashMap, VecDeque};

use hashi_sqlite_tab::asking::Answer;
use hashi_sqlite_tab::leadership::candidate::Candidate;
use hashi_sqlite_tab::leadership::clients::Over;
use hashi_sqlite_tab::leadership::opening::{Opening, Wanted};
use hashi_sqlite_tab::op;

use crate::message::{Client, Event, Id, Lane, Message, Port, Reply};
use crate::rig::{GET, RUN};
use crate::world::World;

/// The file: it outlives leaders.
#[derive(Default)]
pub struct File {
    pub applied: HashMap<(Client, Id), u32>,
    pub ledger: BTreeSet<(Client, Id)>,
    pub epoch: u64,
}

pub struct Leader {
    pub client: Client,
    pub worker: u32,
    epoch: u64,
    pub ports: HashMap<Client, Port>,
    /// The worker's own part, which says who is taken in.
    candidate: Candidate,
    pub inbox: VecDeque<(Client, Port, Message)>,
    waiting: VecDeque<(Client, Message)>,
    /// Whose, named by which BEGIN, with what in it, since when idle.
    transaction: Option<(Client, Id, Vec<Id>, f64)>,
    pub frozen_until: f64,
}

/// A worker that leads, with its own page's client.
fn leading(client: Client, epoch: u64) -> Candidate {
    let mut candidate = Candidate::new(Opening::new(Wanted::Opfs, 0.0));
    candidate.granted();
    candidate.opened(epoch);
    candidate.connect(client, Over::Page, 0);
    candidate
}

impl World {
    pub fn elect(&mut self) {
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
            candidate: leading(client, epoch),
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

    pub fn announce(&mut self) {
        let Some(leader) = &self.leader else { return };
        let (epoch, client) = (leader.epoch, leader.client);
        let times = if self.random.chance(20) { 2 } else { 1 };
        for to in self.others(client).repeat(times) {
            self.post_soon(Lane::Channel(client), Event::Announced(to, epoch, client));
        }
    }

    pub fn connected(&mut self, client: Client, attempt: u32, wanted: u64, port: Port) {
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
        let over = if matches!(port, Port::Channel(_)) { Over::Channel } else { Over::Port };
        if leader.candidate.connect(client, over, attempt).is_none() {
            return;
        }
        leader.ports.insert(client, port);
        leader.release(client);
        self.drain();
        for message in self.held.remove(&port).unwrap_or_default() {
            self.post_soon(Lane::Up(port), Event::ToLeader(client, port, message));
        }
    }

    pub fn disconnected(&mut self, client: Client) {
        if let Some(leader) = &mut self.leader {
            leader.release(client);
            leader.ports.remove(&client);
            leader.candidate.gone(client);
            self.drain();
        }
    }

    /// Now and then: a transaction that does nothing for 5 s is rolled back.
    pub fn tick(&mut self) {
        let now = self.now;
        let Some(leader) = &mut self.leader else { return };
        if leader.frozen_until <= now && leader.transaction.take_if(|(.., since)| now - *since > 5000.0).is_some() {
            self.drain();
        }
    }

    pub fn serve(&mut self) {
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
        let reads = op == GET;
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
