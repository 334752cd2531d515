//! Each row of the table in `docs/sqlite.md` on what becomes of a call when the leader goes.

use hashi_sqlite_tab::asking::{Asked, Begun};
use hashi_sqlite_tab::effect::{Effect, Way};
use hashi_sqlite_tab::op;
use hashi_sqlite_tab::refusal::Refusal;
use hashi_sqlite_tab::status::Storage;
use hashi_sqlite_tab::tab::Leader;

use crate::rig::{GET, Rig, SETTINGS, leader, read, write};

/// What becomes of calls that were sent to the leader of epoch 1 when that of epoch 2 welcomes the tab.
fn after(asked: &[Asked], to: Leader) -> Vec<Effect> {
    let mut rig = Rig::started(SETTINGS);
    rig.follow(Leader { epoch: 1, ..to });
    rig.effects();
    for asked in asked {
        assert!(rig.begin(*asked).1, "{asked:?} is sent");
    }
    rig.follow(to);
    let told = |effect: &Effect| matches!(effect, Effect::Send { .. } | Effect::Reject { .. });
    rig.effects().into_iter().filter(told).collect()
}

fn in_transaction(op: u8) -> Asked {
    Asked { op, transaction: 5, epoch: Some(1), ..write() }
}

#[track_caller]
fn is_lost(asked: Asked, to: Leader, why: Refusal, unknown: bool) {
    assert_eq!(after(&[asked], to), [Effect::Reject { id: 1, refusal: why, unknown }]);
}

#[track_caller]
fn is_sent(asked: Asked, again: bool) {
    assert_eq!(after(&[asked], leader(2)), [Effect::Send { id: 1, acked: 1, again }]);
}

#[test]
fn what_was_not_sent_yet_is_sent() {
    let mut rig = Rig::started(SETTINGS);
    for asked in [write(), read(), Asked { op: op::BEGIN, ..write() }] {
        assert!(!rig.begin(asked).1, "{asked:?} is kept");
    }
    rig.effects();
    rig.follow(leader(1));
    let sent: Vec<_> = rig.effects().into_iter().filter(|effect| matches!(effect, Effect::Send { .. })).collect();
    assert_eq!(sent, [1, 2, 3].map(|id| Effect::Send { id, acked: 1, again: false }));
}

#[test]
fn a_read_is_done_again() {
    is_sent(read(), true);
}

#[test]
fn a_write_is_looked_up() {
    is_sent(write(), true);
}

#[test]
fn a_commit_is_looked_up() {
    is_sent(in_transaction(op::COMMIT), true);
}

#[test]
fn begin_is_begun_and_not_looked_up() {
    is_sent(Asked { op: op::BEGIN, ..write() }, false);
}

#[test]
fn another_call_of_a_transaction_is_lost_with_it() {
    is_lost(in_transaction(crate::rig::RUN), leader(2), Refusal::TransactionLost, false);
    is_lost(in_transaction(GET), leader(2), Refusal::TransactionLost, false);
}

#[test]
fn so_is_the_next_call_of_one_but_for_its_commit() {
    let mut rig = Rig::following();
    rig.follow(leader(2));
    assert_eq!(rig.tab.begin(in_transaction(GET), 0.0), Begun::Refused(Refusal::TransactionLost));
    assert!(matches!(rig.tab.begin(in_transaction(op::COMMIT), 0.0), Begun::Send(..)));
}

#[test]
fn a_call_of_a_transaction_that_was_made_between_two_leaders_is_lost() {
    let mut rig = Rig::following();
    rig.tab.leader_heard(leader(2), crate::rig::OTHER, 0.0);
    assert!(!rig.begin(in_transaction(GET)).1);
    rig.effects();
    rig.tab.welcome(0, hashi_sqlite_tab::protocol::VERSION);
    let lost = Effect::Reject { id: 1, refusal: Refusal::TransactionLost, unknown: false };
    assert!(rig.effects().contains(&lost));
}

#[test]
fn the_rest_of_an_iteration_is_lost() {
    let next = Asked { op: op::NEXT, epoch: Some(1), ..write() };
    is_lost(next, leader(2), Refusal::SnapshotLost, false);
    let mut rig = Rig::following();
    rig.follow(leader(2));
    assert_eq!(rig.tab.begin(next, 0.0), Begun::Refused(Refusal::SnapshotLost));
}

#[test]
fn anything_sent_to_a_database_in_memory_is_lost_and_nobody_knows_what_became_of_it() {
    let to = Leader { epoch: 2, storage: Storage::Memory };
    for asked in [write(), read(), in_transaction(op::COMMIT)] {
        is_lost(asked, to, Refusal::MemoryLost, true);
    }
}

#[test]
fn calls_keep_their_order_and_acked_is_the_first_that_stays() {
    let effects = after(&[in_transaction(GET), write(), read()], leader(2));
    let sent = [2, 3].map(|id| Effect::Send { id, acked: 2, again: true });
    assert_eq!(effects[0], Effect::Reject { id: 1, refusal: Refusal::TransactionLost, unknown: false });
    assert_eq!(effects[1..], sent);
}

#[test]
fn a_call_that_has_seen_four_leaders_go_fails() {
    let mut rig = Rig::following();
    let (id, _) = rig.begin(write());
    for epoch in 2..=4 {
        rig.follow(leader(epoch));
        assert!(rig.effects().contains(&Effect::Send { id, acked: id, again: true }), "leader {epoch}");
    }
    rig.follow(leader(5));
    assert!(rig.effects().contains(&Effect::Reject { id, refusal: Refusal::LeadersLost(4), unknown: true }));
    assert_eq!(rig.tab.pending(), 0);
}

#[test]
fn a_new_leader_is_attached_to_before_anything_is_sent_and_all_tables_count_as_changed() {
    let mut rig = Rig::following();
    rig.begin(write());
    rig.follow(leader(2));
    let effects = rig.effects();
    let at = |wanted: &Effect| effects.iter().position(|effect| effect == wanted).unwrap();
    assert!(at(&Effect::Attach(Way::Broker(2), 2)) < at(&Effect::Send { id: 1, acked: 1, again: true }));
    at(&Effect::Changed(2));
}
