//! Once the lock is held: SQLite is loaded, the file opened, and what stands in the way is waited for, gone around, or said.

use hashi_sqlite_tab::leadership::opening::{NO_ENGINE, Obstacle, Wanted};
use hashi_sqlite_tab::leadership::task::Task;
use hashi_sqlite_tab::refusal::Refusal;
use hashi_sqlite_tab::status::Storage;

use crate::rig::{EPOCH, Rig, WITHIN, thrown};

/// What a worker does that can't open: it says why, and lets the lock go.
fn failure(tasks: Vec<Task>) -> Refusal {
    match <[Task; 2]>::try_from(tasks).unwrap() {
        [Task::Fail(refusal), Task::Free] => refusal,
        other => panic!("{other:?}"),
    }
}

#[test]
fn nothing_is_loaded_or_opened_before_the_lock_is_held() {
    let mut rig = Rig::waiting(Wanted::Opfs);
    assert_eq!((rig.tasks(), rig.worker.due()), (vec![], None));
    rig.worker.granted();
    assert_eq!(rig.tasks(), [Task::Open(Storage::Opfs)]);
}

#[test]
fn who_has_opened_leads_with_that_epoch_where_it_was_wanted() {
    for (wanted, storage) in
        [(Wanted::Opfs, Storage::Opfs), (Wanted::OpfsOrMemory, Storage::Opfs), (Wanted::Memory, Storage::Memory)]
    {
        let mut rig = Rig::opening(wanted);
        assert_eq!(rig.tasks(), [Task::Open(storage)]);
        assert_eq!(rig.worker.leads(), None, "not before it is open");
        rig.worker.opened(EPOCH);
        assert_eq!(rig.tasks(), [Task::Lead { epoch: EPOCH, storage }]);
    }
}

#[test]
fn handles_that_are_still_held_are_tried_again_every_5_ms_until_the_time_is_over() {
    for name in ["NoModificationAllowedError", "InvalidStateError"] {
        let mut rig = Rig::opening(Wanted::Opfs);
        rig.tasks();
        let begun = rig.now;
        let mut attempts = 0;
        let refusal = loop {
            let tasks = rig.fails(thrown(name));
            if !tasks.is_empty() {
                break failure(tasks);
            }
            attempts += 1;
            assert_eq!(rig.pass(5.0), [(rig.now, Task::Open(Storage::Opfs))]);
        };
        assert_eq!((f64::from(attempts) * 5.0, rig.now - begun), (WITHIN, WITHIN));
        assert_eq!((refusal.code(), refusal.to_string()), ("io", format!("the database can't be opened: {name}: no")));
    }
    // A file that comes free meanwhile is opened.
    let mut rig = Rig::opening(Wanted::Opfs);
    rig.tasks();
    rig.fails(thrown("InvalidStateError"));
    rig.pass(5.0);
    rig.worker.opened(EPOCH);
    assert_eq!(rig.tasks(), [Task::Lead { epoch: EPOCH, storage: Storage::Opfs }]);
    assert_eq!(rig.worker.due(), None);
}

#[test]
fn what_the_browser_throws_has_its_code() {
    for (name, code) in [
        ("QuotaExceededError", "quota_exceeded"),
        ("SecurityError", "no_opfs"),
        ("NotSupportedError", "no_opfs"),
        ("UnknownError", "no_opfs"),
        ("TypeError", "no_opfs"),
        ("RuntimeError", "io"),
        ("Error", "io"),
    ] {
        let mut rig = Rig::opening(Wanted::Opfs);
        rig.tasks();
        let refusal = failure(rig.fails(thrown(name)));
        assert_eq!(refusal.code(), code, "{name}");
        assert!(refusal.to_string().contains(&format!("{name}: no")), "{refusal}");
    }
}

#[test]
fn memory_is_for_who_asked_for_it_and_only_for_want_of_opfs() {
    let mut rig = Rig::opening(Wanted::OpfsOrMemory);
    rig.tasks();
    assert_eq!(rig.fails(thrown("SecurityError")), [Task::Open(Storage::Memory)]);
    // Not for ever.
    assert_eq!(failure(rig.fails(thrown("SecurityError"))).code(), "no_opfs");

    for other in ["QuotaExceededError", "Error"] {
        let mut rig = Rig::opening(Wanted::OpfsOrMemory);
        rig.tasks();
        failure(rig.fails(thrown(other)));
    }
    let told = Refusal::Told { code: "corrupt".into(), message: "not a database".into(), sqlite: Some(26) };
    let mut rig = Rig::opening(Wanted::OpfsOrMemory);
    rig.tasks();
    assert_eq!(failure(rig.fails(Obstacle::Told(told.clone()))), told, "in SQLite's own words");
}

#[test]
fn sqlite_that_cant_be_loaded_is_said_to_be_that_whatever_was_wanted() {
    for wanted in [Wanted::Opfs, Wanted::OpfsOrMemory, Wanted::Memory] {
        let mut rig = Rig::opening(wanted);
        rig.tasks();
        let message = "SQLite can't be loaded from here: 404".to_owned();
        let refusal = failure(rig.fails(Obstacle::Thrown { name: NO_ENGINE.into(), message: message.clone() }));
        assert_eq!((refusal.code(), refusal.to_string()), ("no_engine", message));
    }
}

#[test]
fn the_option_is_read_by_its_name() {
    let named = ["opfs", "opfs-or-memory", "memory", "anything"].map(Wanted::named);
    assert_eq!(named, [Wanted::Opfs, Wanted::OpfsOrMemory, Wanted::Memory, Wanted::Opfs]);
}
