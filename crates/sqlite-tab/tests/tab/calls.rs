//! Calls: answered, taken back, given up, closed.

use hashi_sqlite_tab::asking::{Answer, Asked, Begun, Settled};
use hashi_sqlite_tab::effect::Effect;
use hashi_sqlite_tab::refusal::Refusal;
use hashi_sqlite_tab::status::State;

use crate::rig::{Rig, SETTINGS, leader, read, write};

#[test]
fn acked_is_the_lowest_id_without_an_answer() {
    let mut rig = Rig::following();
    for id in 1..=3 {
        assert_eq!(rig.tab.begin(write(), 0.0), Begun::Send(id, 1));
    }
    assert_eq!(rig.tab.settle(2, Answer::Done), Settled::Resolve);
    assert_eq!(rig.tab.begin(write(), 0.0), Begun::Send(4, 1));
    assert_eq!(rig.tab.settle(1, Answer::Done), Settled::Resolve);
    assert_eq!(rig.tab.begin(write(), 0.0), Begun::Send(5, 3));
    for id in 3..=5 {
        assert_eq!(rig.tab.settle(id, Answer::Failed), Settled::Reject);
    }
    assert_eq!(rig.tab.begin(write(), 0.0), Begun::Send(6, 6));
}

#[test]
fn a_second_answer_and_one_to_nothing_are_dropped() {
    let mut rig = Rig::following();
    let (id, _) = rig.begin(write());
    assert_eq!(rig.tab.settle(id, Answer::Done), Settled::Resolve);
    for of in [id, 99] {
        assert_eq!(rig.tab.settle(of, Answer::Done), Settled::Dropped);
    }
}

#[test]
fn a_statement_that_the_leader_does_not_know_is_sent_with_its_text() {
    let mut rig = Rig::following();
    let (id, _) = rig.begin(write());
    assert_eq!(rig.tab.settle(id, Answer::UnknownStatement), Settled::SendText { acked: id, again: false });
    assert_eq!(rig.tab.pending(), 1);
    rig.tab.abort(id, 0.0);
    assert_eq!(rig.tab.settle(id, Answer::UnknownStatement), Settled::TakenBack, "it was not done, and is not wanted");
    assert_eq!(rig.tab.settle(id, Answer::UnknownStatement), Settled::Dropped);
}

#[test]
fn a_read_that_is_taken_back_is_over_and_a_write_waits_for_the_leaders_word() {
    let mut rig = Rig::following();
    let ((a_read, _), (a_write, _)) = (rig.begin(read()), rig.begin(write()));
    rig.tab.abort(a_read, 0.0);
    rig.tab.abort(a_write, 0.0);
    assert_eq!(rig.effects(), [Effect::Cancel(a_read), Effect::TakeBack(a_read), Effect::Cancel(a_write)]);
    assert_eq!(rig.tab.settle(a_write, Answer::Done), Settled::Resolve, "it was done before");
    let (another, _) = rig.begin(write());
    rig.tab.abort(another, 0.0);
    assert_eq!(rig.tab.settle(another, Answer::Cancelled), Settled::TakenBack);
}

#[test]
fn a_silent_leader_is_not_waited_for_by_who_takes_a_write_back() {
    let mut rig = Rig::following();
    let (id, _) = rig.begin(Asked { timeout: f64::INFINITY, ..write() });
    rig.tab.abort(id, 0.0);
    assert!(rig.pass(900.0).iter().all(|effect| !matches!(effect, Effect::TakeBack(_))));
    assert!(rig.pass(400.0).contains(&Effect::TakeBack(id)));
}

#[test]
fn a_call_that_was_never_sent_is_taken_back_without_a_word_to_the_leader() {
    let mut rig = Rig::started(SETTINGS);
    let (id, _) = rig.begin(write());
    rig.effects();
    rig.tab.abort(id, 0.0);
    assert_eq!(rig.effects(), [Effect::TakeBack(id)]);
}

#[test]
fn a_deadline_is_the_leaders_for_150_ms_and_then_ours() {
    let mut rig = Rig::following();
    let (id, _) = rig.begin(Asked { timeout: 100.0, ..write() });
    rig.tab.heard();
    assert!(rig.pass(240.0).iter().all(|effect| *effect == Effect::Ping));
    let given_up = Effect::Reject { id, refusal: Refusal::Timeout, unknown: true };
    assert_eq!(rig.pass(20.0), [Effect::Ping, Effect::Cancel(id), given_up]);
    let (id, _) = rig.begin(Asked { timeout: 100.0, ..read() });
    let read = Effect::Reject { id, refusal: Refusal::Timeout, unknown: false };
    assert!(rig.pass(300.0).contains(&read));
}

#[test]
fn without_a_leader_a_deadline_says_so_and_nothing_was_applied() {
    let mut rig = Rig::started(SETTINGS);
    let (id, _) = rig.begin(Asked { timeout: 100.0, ..write() });
    let effects = rig.pass(101.0);
    assert!(effects.contains(&Effect::Reject { id, refusal: Refusal::Unresponsive, unknown: false }), "{effects:?}");
}

#[test]
fn a_leader_that_owes_an_answer_for_too_long_is_unresponsive_until_it_speaks() {
    let mut rig = Rig::following();
    rig.begin(write());
    assert!(rig.pass(1200.0).iter().all(|effect| *effect == Effect::Ping));
    assert!(rig.pass(400.0).contains(&Effect::TellSilence(Some(1))));
    assert_eq!(rig.tab.state(), State::Unresponsive);
    assert!(rig.begin(write()).1, "calls are sent all the same");
    rig.tab.heard();
    assert_eq!(rig.tab.state(), State::Ready);
}

#[test]
fn advice_is_the_sentence_that_refusals_end_with() {
    let advice = hashi_sqlite_tab::refusal::advice();
    assert!(advice.starts_with("The tab that leads gives no sign of life"), "{advice}");
    assert!(Refusal::Unresponsive.to_string().ends_with(&advice[1..advice.len() - 1]), "{advice}");
    assert!(advice.ends_with("close it."), "{advice}");
}

#[test]
fn nobody_is_asked_while_nobody_waits() {
    let mut rig = Rig::following();
    let (id, _) = rig.begin(write());
    rig.tab.settle(id, Answer::Done);
    assert_eq!(rig.pass(60_000.0), [Effect::Ping], "the one that was due");
    assert_eq!(rig.tab.due(), None);
}

#[test]
fn closing_waits_for_what_was_sent_and_not_for_ever() {
    let mut rig = Rig::following();
    let ((first, _), (second, _)) = (rig.begin(write()), rig.begin(write()));
    rig.tab.close(rig.now);
    assert_eq!(rig.tab.settle(first, Answer::Done), Settled::Resolve);
    assert_eq!(rig.effects(), []);
    assert_eq!(rig.tab.settle(second, Answer::Done), Settled::Resolve);
    assert_eq!(rig.effects(), [Effect::Release]);
    assert_eq!(rig.tab.begin(write(), 0.0), Begun::Refused(Refusal::Closed));
    rig.tab.released();
    assert_eq!(rig.effects()[0], Effect::Free);
    assert_eq!((rig.tab.due(), rig.tab.state()), (None, State::Closed));

    let mut rig = Rig::following();
    let (id, _) = rig.begin(Asked { timeout: f64::INFINITY, ..write() });
    rig.tab.close(rig.now);
    let effects = rig.pass(2001.0);
    assert!(effects.contains(&Effect::Reject { id, refusal: Refusal::Closed, unknown: true }), "{effects:?}");
    assert!(effects.contains(&Effect::Free), "{effects:?}");
    assert_eq!(rig.tab.due(), None);
}

#[test]
fn a_tab_that_led_leads_no_more_once_it_is_closed() {
    let mut rig = Rig::started(SETTINGS);
    rig.tab.elected(1, hashi_sqlite_tab::status::Storage::Opfs, 0.0);
    rig.tab.welcome(0, hashi_sqlite_tab::protocol::VERSION);
    rig.tab.close(0.0);
    assert!(rig.tab.leads(), "its worker still has the file");
    rig.tab.released();
    assert!(!rig.tab.leads());
    assert_eq!(rig.tab.way(), None);
}

#[test]
fn a_tab_that_is_closed_does_nothing_about_anything() {
    let mut rig = Rig::following();
    rig.tab.close(0.0);
    rig.tab.released();
    rig.effects();
    rig.tab.start(0.0, 0.0);
    rig.follow(leader(9));
    rig.tab.elected(10, hashi_sqlite_tab::status::Storage::Opfs, 0.0);
    rig.tab.worker_gone(1, 0.0);
    rig.tab.broker_gone(1, 0.0);
    assert_eq!(rig.effects(), []);
    assert_eq!(rig.tab.due(), None);
}
