//! What goes wrong on purpose.

use crate::message::{Client, Event, Lane};
use crate::world::World;

impl World {
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
        let count = self.page(client).worker;
        self.end_worker(client);
        self.post_soon(Lane::None, Event::WorkerGone(client, count));
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
        let links: Vec<(Client, u32)> = self.pages.iter().map(|(client, page)| (*client, page.broker)).collect();
        for (client, count) in links {
            self.post_soon(Lane::None, Event::BrokerGone(client, count));
        }
    }
}
