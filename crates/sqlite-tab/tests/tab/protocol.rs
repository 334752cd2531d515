//! The version of the protocol, on both sides.

use hashi_sqlite_tab::asking::Begun;
use hashi_sqlite_tab::effect::Effect;
use hashi_sqlite_tab::names::{client_lock, client_of, worker_lock};
use hashi_sqlite_tab::protocol::VERSION;
use hashi_sqlite_tab::refusal::Refusal;

use crate::rig::{GET, OTHER, RUN, Rig, SETTINGS, leader, write};

#[test]
fn both_sides_speak_the_same_version() {
    assert_eq!(VERSION, hashi_sqlite::protocol::VERSION);
}

#[test]
fn calls_have_the_same_numbers_in_javascript() {
    use hashi_sqlite_tab::op;
    let text = include_str!("../../../../js/sqlite/op.js");
    let known = [
        ("GET", GET),
        ("RUN", RUN),
        ("PREPARE", op::PREPARE),
        ("ITERATE", op::ITERATE),
        ("NEXT", op::NEXT),
        ("BEGIN", op::BEGIN),
        ("COMMIT", op::COMMIT),
        ("EXPORT", op::EXPORT),
        ("STATUS", op::STATUS),
    ];
    for (name, number) in known {
        assert!(text.contains(&format!("\n  {name}: {number},\n")), "{name} is not {number}");
    }
}

#[test]
fn a_client_is_looked_for_by_the_lock_that_it_holds() {
    let (key, id) = ("hashi-sqlite:notes", (1 << 48) - 1);
    assert_eq!(client_of(key, &client_lock(key, id)), Some(id));
    let others =
        [client_lock("hashi-sqlite:notes2", id), worker_lock(key, id, 1), key.into(), format!("{key}:client:")];
    for other in others {
        assert_eq!(client_of(key, &other), None, "{other}");
    }
}

#[test]
fn both_sides_name_it_alike() {
    let theirs = hashi_sqlite::protocol::check(0.0).unwrap_err();
    let ours = Refusal::Protocol { leader: 0 };
    assert_eq!(ours.code(), theirs.code.as_str());
}

#[test]
fn a_leader_of_another_version_is_refused_until_there_is_another() {
    for (version, what) in [(0, "the tab that leads is older"), (VERSION + 1, "reload the page")] {
        let mut rig = Rig::started(SETTINGS);
        let (id, _) = rig.begin(write());
        rig.tab.leader_heard(leader(1), OTHER, 0.0);
        rig.effects();
        rig.tab.welcome(0, version);
        let refusal = Refusal::Protocol { leader: version };
        assert!(refusal.to_string().contains(what), "{refusal}");
        let failed = Effect::Reject { id, refusal: refusal.clone(), unknown: false };
        assert_eq!(rig.effects(), [failed, Effect::NotOpened(refusal.clone())]);
        assert_eq!(rig.tab.begin(write(), 0.0), Begun::Refused(refusal));
        assert!(rig.tab.is_outdated());
        rig.follow(leader(2));
        assert!(!rig.tab.is_outdated());
        assert!(matches!(rig.tab.begin(write(), 0.0), Begun::Send(..)));
    }
}

#[test]
fn a_leader_that_refuses_this_version_is_believed() {
    let mut rig = Rig::following();
    let (id, _) = rig.begin(write());
    rig.tab.leader_heard(leader(2), OTHER, 0.0);
    rig.effects();
    let told = Refusal::Told { code: "protocol_outdated".into(), message: "reload".into(), sqlite: None };
    rig.tab.not_welcome(told.clone(), Some([1, 2]));
    let failed = Effect::Reject { id, refusal: told.clone(), unknown: true };
    assert_eq!(rig.effects()[0], failed, "an earlier leader may have done it");
    assert_eq!(rig.tab.begin(write(), 0.0), Begun::Refused(told));
    assert!(rig.tab.is_outdated());
}
