//! Who leads, and ways there.

use hashi_sqlite_tab::asking::Begun;
use hashi_sqlite_tab::effect::{Effect, Way};
use hashi_sqlite_tab::protocol;
use hashi_sqlite_tab::refusal::Refusal;
use hashi_sqlite_tab::settings::Settings;
use hashi_sqlite_tab::status::{State, Storage};
use hashi_sqlite_tab::tab::{Leader, Tab};

use crate::rig::{OTHER, OURS, Rig, SETTINGS, leader, write};

fn ways(effects: &[Effect]) -> Vec<Way> {
    effects.iter().filter_map(|effect| if let Effect::Attach(way, _) = effect { Some(*way) } else { None }).collect()
}

#[test]
fn a_tab_starts_broker_and_worker_and_asks_who_leads() {
    let mut rig = Rig::started(SETTINGS);
    let expected = [Effect::StartBroker(1), Effect::StartWorker(1), Effect::AskWhoLeads];
    assert_eq!(rig.effects(), expected);
    let mut rig = Rig::started(Settings { brokered: false, ..SETTINGS });
    assert_eq!(rig.effects(), [Effect::StartWorker(1), Effect::AskWhoLeads]);
}

#[test]
fn a_hello_without_an_answer_goes_through_the_broker_twice_and_then_over_the_channel() {
    let mut rig = Rig::started(SETTINGS);
    rig.tab.broker_alive();
    rig.tab.leader_heard(leader(1), OTHER, 0.0);
    assert_eq!(ways(&rig.pass(399.0)), [Way::Broker(1)]);
    assert_eq!(ways(&rig.pass(801.0)), [Way::Broker(2), Way::Channel(3)], "after 400 and 1200 ms");
    assert_eq!(ways(&rig.pass(1600.0)), [Way::Broker(4)], "after 2800 ms");
    assert_eq!(ways(&rig.pass(6000.0)), [Way::Broker(5), Way::Channel(6)], "every 3 s from then on");
    rig.tab.welcome(0, protocol::VERSION);
    assert_eq!(ways(&rig.pass(60_000.0)), []);
}

#[test]
fn without_a_broker_the_channel_is_taken() {
    let mut rig = Rig::started(Settings { brokered: false, ..SETTINGS });
    rig.tab.leader_heard(leader(1), OTHER, 0.0);
    assert_eq!(ways(&rig.pass(500.0)), [Way::Channel(1), Way::Channel(2)]);
    let mut rig = Rig::started(SETTINGS);
    rig.tab.broker_failed();
    rig.tab.leader_heard(leader(1), OTHER, 0.0);
    assert_eq!(ways(&rig.effects()), [Way::Channel(1)]);
}

#[test]
fn only_a_newer_leader_is_news() {
    let mut rig = Rig::following();
    for epoch in [0, 1] {
        rig.tab.leader_heard(leader(epoch), OTHER, 0.0);
        assert_eq!(rig.effects(), [], "epoch {epoch}");
    }
    rig.tab.leader_heard(leader(2), OURS, 0.0);
    assert_eq!(rig.effects(), [], "our own worker's announcement");
    rig.tab.leader_heard(leader(2), OTHER, 0.0);
    assert_eq!(ways(&rig.effects()), [Way::Broker(2)]);
    assert_eq!(rig.tab.state(), State::Connecting);
}

#[test]
fn a_late_welcome_does_not_make_a_client_ready_twice() {
    let mut rig = Rig::following();
    rig.begin(write());
    rig.tab.welcome(0, protocol::VERSION);
    assert_eq!(rig.effects(), [], "nothing is sent a second time");
}

#[test]
fn the_page_of_the_leader_takes_the_short_way() {
    let mut rig = Rig::started(SETTINGS);
    rig.effects();
    rig.tab.elected(1, Storage::Opfs, 0.0);
    assert_eq!(rig.effects(), [Effect::Attach(Way::Worker, 1)]);
    rig.tab.welcome(3, protocol::VERSION);
    assert!(rig.tab.leads());
    assert_eq!(rig.tab.schema(), Some(3));
    assert!(rig.effects().contains(&Effect::Opened));
}

#[test]
fn a_worker_that_is_gone_is_replaced_once_and_leadership_goes_with_it() {
    let mut rig = Rig::started(SETTINGS);
    rig.tab.worker_alive();
    rig.tab.elected(1, Storage::Opfs, 0.0);
    rig.tab.welcome(0, protocol::VERSION);
    rig.effects();
    rig.tab.worker_gone(1, 0.0);
    assert_eq!(rig.effects(), [Effect::Detach, Effect::StartWorker(2)]);
    assert_eq!((rig.tab.leads(), rig.tab.state()), (false, State::Connecting));
    rig.tab.worker_gone(1, 0.0);
    assert_eq!(rig.effects(), [], "that was the one before");
}

#[test]
fn a_worker_whose_script_never_runs_is_replaced_after_ten_seconds() {
    let mut rig = Rig::started(SETTINGS);
    rig.follow(leader(1));
    assert!(!rig.pass(9_999.0).contains(&Effect::StartWorker(2)));
    assert!(rig.pass(2.0).contains(&Effect::StartWorker(2)));
    rig.tab.worker_alive();
    assert_eq!(rig.pass(60_000.0).iter().filter(|effect| matches!(effect, Effect::StartWorker(_))).count(), 0);
}

#[test]
fn a_leader_that_hangs_is_ended_by_its_own_tab_and_by_no_other() {
    let mut own = Rig::started(SETTINGS);
    own.tab.worker_alive();
    own.tab.elected(1, Storage::Opfs, 0.0);
    own.tab.welcome(0, protocol::VERSION);
    let mut other = Rig::following();
    for rig in [&mut own, &mut other] {
        rig.effects();
        rig.begin(hashi_sqlite_tab::asking::Asked { timeout: f64::INFINITY, ..write() });
        let before = rig.pass(35_000.0);
        assert!(!before.contains(&Effect::StartWorker(2)));
    }
    assert!(own.pass(1000.0).contains(&Effect::StartWorker(2)));
    assert!(!other.pass(60_000.0).contains(&Effect::StartWorker(2)));
}

#[test]
fn a_leaders_page_looks_when_another_tab_hears_nothing() {
    let mut rig = Rig::started(SETTINGS);
    rig.tab.worker_alive();
    rig.tab.broker_alive();
    rig.tab.elected(1, Storage::Opfs, 0.0);
    rig.tab.welcome(0, protocol::VERSION);
    rig.effects();
    rig.tab.silence_told(Some(9), 0.0);
    assert_eq!(rig.pass(1000.0), [], "of another leader");
    rig.tab.silence_told(Some(1), rig.now);
    assert_eq!(rig.pass(260.0), [Effect::Ping]);
    let mut follower = Rig::following();
    follower.tab.silence_told(Some(1), 0.0);
    assert_eq!(follower.pass(1000.0), []);
}

#[test]
fn a_file_that_can_not_be_opened_fails_who_opens_and_is_tried_again_by_who_was_open() {
    let why = || Refusal::Told { code: "io".into(), message: "no".into(), sqlite: None };
    let mut rig = Rig::started(SETTINGS);
    rig.effects();
    rig.tab.worker_failed(why(), 0.0);
    assert_eq!(rig.effects(), [Effect::NotOpened(why())]);
    let mut rig = Rig::following();
    rig.tab.worker_failed(why(), 0.0);
    assert_eq!(rig.effects(), []);
    assert!(rig.pass(1001.0).contains(&Effect::StartWorker(2)));
}

#[test]
fn a_broker_that_never_answers_is_tried_again_with_more_patience_and_a_dead_one_at_once() {
    let mut rig = Rig::started(SETTINGS);
    let started = |effects: Vec<Effect>| effects.iter().filter(|e| matches!(e, Effect::StartBroker(_))).count();
    assert_eq!(started(rig.pass(249.0)), 1);
    assert_eq!(started(rig.pass(2.0)), 1, "after 250 ms");
    assert_eq!(started(rig.pass(498.0)), 0);
    assert_eq!(started(rig.pass(2.0)), 1, "after 500 ms more");
    let count = rig.tab.broker_alive();
    assert_eq!(started(rig.pass(9000.0)), 0);
    rig.tab.broker_gone(count, rig.now);
    assert_eq!(rig.effects(), [Effect::StartBroker(count + 1)]);
    rig.tab.broker_gone(count, rig.now);
    assert_eq!(rig.effects(), [], "that was the one before");
}

#[test]
fn a_tab_whose_code_came_late_blames_nobody_else() {
    for (late, blames) in [(4_000.0, false), (6_000.0, true), (11_000.0, true)] {
        let mut rig = Rig { tab: Tab::new(1, SETTINGS), now: late };
        rig.tab.start(0.0, late);
        rig.tab.open_timed_out(true);
        let said = rig.effects().into_iter().find_map(|effect| match effect {
            Effect::NotOpened(refusal) => Some(refusal.to_string()),
            _ => None,
        });
        let said = said.expect("a refusal");
        assert_eq!(said.contains("fetch this tab's code"), blames, "{late}: {said}");
    }
}

#[test]
fn opening_ends_in_time_and_says_whether_somebody_holds_the_database() {
    let mut rig = Rig::started(SETTINGS);
    assert!(rig.pass(9_999.0).iter().all(|effect| *effect != Effect::FindHolder));
    assert!(rig.pass(2.0).contains(&Effect::FindHolder));
    for (held, what) in [(true, "another tab holds the database"), (false, "no leader was elected")] {
        rig.tab.open_timed_out(held);
        let effects = rig.effects();
        let Some(Effect::NotOpened(refusal)) = effects.first() else { panic!("{effects:?}") };
        assert_eq!(refusal.code(), "open_timeout");
        assert!(refusal.to_string().starts_with(&format!("not open after 10000 ms: {what}")), "{refusal}");
    }
    let mut rig = Rig::following();
    assert!(rig.pass(60_000.0).iter().all(|effect| *effect != Effect::FindHolder), "it is open");
}

#[test]
fn a_database_in_memory_is_refused_by_who_did_not_ask_for_one() {
    let mut rig = Rig::started(Settings { only_opfs: true, ..SETTINGS });
    rig.effects();
    rig.follow(Leader { epoch: 1, storage: Storage::Memory });
    assert!(rig.effects().contains(&Effect::NotOpened(Refusal::OnlyMemory)));
    let mut rig = Rig::started(SETTINGS);
    rig.follow(Leader { epoch: 1, storage: Storage::Memory });
    assert!(rig.effects().contains(&Effect::Opened));
}

#[test]
fn a_newer_schema_fails_all_calls_and_is_told_once() {
    let mut rig = Rig::following();
    let (id, _) = rig.begin(write());
    rig.tab.outdate(1, 2);
    let refusal = Refusal::Outdated { ours: 1, database: 2 };
    let failed = Effect::Reject { id, refusal: refusal.clone(), unknown: false };
    assert_eq!(rig.effects(), [failed, Effect::Outdated { ours: 1, database: 2 }]);
    rig.tab.outdate(1, 3);
    assert_eq!(rig.effects(), []);
    assert_eq!(rig.tab.begin(write(), 0.0), Begun::Refused(refusal));
    assert!(rig.tab.is_outdated());
}

#[test]
fn a_tab_that_is_too_old_stays_so_whatever_the_next_leader_says() {
    let outdated = Refusal::Outdated { ours: 1, database: 2 };
    for version in [protocol::VERSION, protocol::VERSION + 1] {
        let mut rig = Rig::following();
        rig.tab.outdate(1, 2);
        rig.tab.leader_heard(leader(2), OTHER, 0.0);
        assert_eq!(rig.tab.begin(write(), 0.0), Begun::Refused(outdated.clone()), "before it answers");
        rig.tab.welcome(0, version);
        assert_eq!(rig.tab.begin(write(), 0.0), Begun::Refused(outdated.clone()), "version {version}");
        assert!(rig.tab.is_outdated());
    }
}

#[test]
fn what_an_earlier_leader_may_have_done_is_unknown_to_a_tab_that_is_too_old_for_the_next() {
    let mut rig = Rig::following();
    let (id, _) = rig.begin(write());
    rig.tab.leader_heard(leader(2), OTHER, 0.0);
    rig.effects();
    let told = Refusal::Told { code: "schema_outdated".into(), message: String::new(), sqlite: None };
    rig.tab.not_welcome(told, Some([1, 2]));
    let refusal = Refusal::Outdated { ours: 1, database: 2 };
    assert_eq!(rig.effects()[0], Effect::Reject { id, refusal, unknown: true });
}
