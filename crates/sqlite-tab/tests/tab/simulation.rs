//! What a seed makes happen to many tabs: every acknowledged write is there once, no other twice, and no call waits for ever.
//!
//! `HASHI_SEED=n cargo test -p hashi-sqlite-tab simulation` plays the one seed that failed.

use hashi_sqlite_tab::asking::Asked;
use hashi_sqlite_tab::op;

use crate::page::{Fate, Made};
use crate::rig::{RUN, read, write};
use crate::world::World;

const SEEDS: u64 = 400;
const STEPS: u64 = 400;

/// One thing that tabs, people or the browser do.
fn step(world: &mut World, newest: &mut u64) {
    let clients: Vec<u64> = world.pages.keys().copied().collect();
    if clients.is_empty() {
        *newest += 1;
        return world.open(*newest);
    }
    let client = clients[world.random.below(clients.len() as u64) as usize];
    let timeout = [f64::INFINITY, 30_000.0, 2_000.0, 100.0][world.random.below(4) as usize];
    match world.random.below(100) {
        0..60 => world.ask(client, Asked { timeout, ..write() }),
        60..70 => world.ask(client, Asked { timeout, ..read() }),
        70..78 => world.ask(client, Asked { op: op::BEGIN, timeout, ..write() }),
        78..82 => take_back(world, client),
        82..85 => {
            let pause = world.random.below(5_000) as f64;
            world.pass(pause);
        }
        85..88 => world.terminate(client),
        88..91 => {
            let long = if world.random.chance(10) { 40_000 } else { 3_000 };
            let milliseconds = world.random.below(long) as f64;
            world.freeze(milliseconds);
        }
        91..93 => world.kill_broker(),
        93..95 if clients.len() > 1 => drop(world.happen(client, |tab, now| tab.close(now))),
        95..97 if clients.len() > 1 => world.crash(client),
        _ if clients.len() < 6 => {
            *newest += 1;
            world.open(*newest);
        }
        _ => {}
    }
}

fn take_back(world: &mut World, client: u64) {
    let calls = &mut world.page(client).calls;
    let pending = calls.iter_mut().rev().find(|(_, made)| made.fate == Fate::Pending && !made.taken_back);
    let Some((&id, made)) = pending else { return };
    made.taken_back = true;
    world.happen(client, |tab, now| tab.abort(id, now));
}

/// What is wrong with a call after all that happened, if anything is.
fn wrong(world: &World, client: u64, id: u64, made: &Made, alive: bool) -> Option<String> {
    let times = world.file.applied.get(&(client, id)).copied().unwrap_or(0);
    // What a transaction does is there with its COMMIT.
    let writes = made.asked.op == RUN && made.asked.transaction == 0;
    let what = match (made.fate, times) {
        (_, 2..) => "was applied twice",
        (Fate::Pending, _) if alive => "waits for ever",
        (Fate::Acknowledged, 0) if writes => "was acknowledged and is not there",
        (Fate::Refused, 1) if writes => "was refused and is there",
        _ => return None,
    };
    Some(format!("call {id} of client {client} {what}: {made:?}"))
}

/// The writes of a transaction are there if, and only if, its COMMIT was acknowledged; whether they are is unknown where that is.
fn torn(world: &World, client: u64, calls: &std::collections::BTreeMap<u64, Made>) -> Option<String> {
    calls.iter().filter(|(_, made)| made.asked.op == op::COMMIT).find_map(|(id, commit)| {
        let inside = |made: &Made| made.asked.op == RUN && made.asked.transaction == commit.asked.transaction;
        let done = calls.iter().filter(|(_, made)| inside(made) && made.fate == Fate::Acknowledged);
        let there = done.map(|(id, _)| world.file.applied.contains_key(&(client, *id)));
        there.into_iter().find_map(|there| match (commit.fate, there) {
            (Fate::Acknowledged, false) => Some(format!("transaction with COMMIT {id} of {client} is not there")),
            (Fate::Refused, true) => Some(format!("transaction with COMMIT {id} of {client} was refused and is there")),
            _ => None,
        })
    })
}

/// Whatever happened, once nothing happens any more each open tab writes.
fn still_works(world: &mut World) -> Vec<String> {
    let clients: Vec<u64> = world.pages.keys().copied().collect();
    for client in &clients {
        world.ask(*client, write());
    }
    world.pass(60_000.0);
    let stuck = |client: &u64| {
        let (id, made) = world.pages[client].calls.last_key_value()?;
        (made.fate != Fate::Acknowledged).then(|| format!("client {client} can't write: call {id} {made:?}"))
    };
    clients.iter().filter_map(stuck).collect()
}

fn play(seed: u64) -> (World, Vec<String>) {
    let mut world = World::new(seed);
    let mut newest = 3;
    for client in 1..=newest {
        world.open(client);
    }
    for _ in 0..STEPS {
        step(&mut world, &mut newest);
        let pause = world.random.delay();
        world.pass(pause);
    }
    world.troubled = false;
    world.freeze(0.0);
    world.pass(200_000.0);
    let mut found = still_works(&mut world);
    for (alive, client, calls) in (world.pages.iter().map(|(client, page)| (true, *client, &page.calls)))
        .chain(world.gone.iter().map(|(client, calls)| (false, *client, calls)))
    {
        found.extend(calls.iter().filter_map(|(id, made)| wrong(&world, client, *id, made, alive)));
        found.extend(torn(&world, client, calls));
    }
    (world, found)
}

#[test]
fn whatever_happens_an_acknowledged_write_is_there_once_and_no_call_waits_for_ever() {
    let only = std::env::var("HASHI_SEED").ok().map(|seed| seed.parse().unwrap());
    let (mut acknowledged, mut unknown, mut epochs) = (0, 0, 0);
    for seed in only.map_or(0..SEEDS, |seed| seed..seed + 1) {
        let (world, found) = play(seed);
        assert!(found.is_empty(), "HASHI_SEED={seed}: {}", found.join("; "));
        let gone = || world.gone.iter().flat_map(|(_, calls)| calls.values());
        let fates = || world.pages.values().flat_map(|page| page.calls.values()).chain(gone()).map(|made| made.fate);
        acknowledged += fates().filter(|fate| *fate == Fate::Acknowledged).count();
        unknown += fates().filter(|fate| *fate == Fate::Unknown).count();
        epochs += world.file.epoch;
    }
    // It has to be about something.
    if only.is_none() {
        assert!(acknowledged > 60_000, "only {acknowledged} calls were acknowledged");
        assert!(unknown > 10_000, "the fate of only {unknown} calls was unknown");
        assert!(epochs > 2_000, "there were only {epochs} leaders");
    }
}
