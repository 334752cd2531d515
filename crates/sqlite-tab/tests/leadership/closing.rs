//! A worker that its page ends gives back what it holds, and says so however far it has come.

use hashi_sqlite_tab::leadership::opening::Wanted;
use hashi_sqlite_tab::leadership::task::Task;
use hashi_sqlite_tab::status::Storage;

use crate::rig::{EPOCH, Rig, thrown};

#[test]
fn who_waits_leaves_the_line() {
    let mut rig = Rig::waiting(Wanted::Opfs);
    assert_eq!(rig.close(), [Task::Withdraw, Task::Closed]);
    // The lock may come in that very moment.
    rig.worker.granted();
    assert_eq!(rig.tasks(), [Task::Free]);
}

#[test]
fn who_leads_tells_the_last_commits_then_closes_the_file_then_lets_the_lock_go() {
    let mut rig = Rig::leading();
    rig.served(true, None);
    rig.served(true, Some(5.0));
    assert_eq!(rig.close(), [Task::Tell(EPOCH), Task::Shut, Task::Free]);
    assert_eq!((rig.worker.due(), rig.worker.leads()), (None, None));
    rig.worker.freed();
    assert_eq!(rig.tasks(), [Task::Closed], "only when it is let go");
}

#[test]
fn what_is_opened_when_nobody_wants_it_any_more_is_closed_again() {
    let mut rig = Rig::opening(Wanted::Opfs);
    rig.tasks();
    assert_eq!(rig.close(), [Task::Closed], "its page doesn't wait for that");
    rig.worker.opened(EPOCH);
    assert_eq!(rig.tasks(), [Task::Shut, Task::Free]);

    // Nor is it tried in memory.
    let mut rig = Rig::opening(Wanted::OpfsOrMemory);
    rig.tasks();
    rig.close();
    assert_eq!(rig.fails(thrown("SecurityError")), [Task::Free]);
}

#[test]
fn who_pauses_between_two_attempts_makes_no_other() {
    let mut rig = Rig::opening(Wanted::Opfs);
    assert_eq!(rig.tasks(), [Task::Open(Storage::Opfs)]);
    rig.fails(thrown("InvalidStateError"));
    assert_eq!(rig.close(), [Task::Free]);
    assert_eq!(rig.pass(100.0), []);
}

#[test]
fn who_has_failed_says_that_nothing_is_held_as_often_as_it_is_asked() {
    let mut rig = Rig::opening(Wanted::Opfs);
    rig.tasks();
    rig.fails(thrown("Error"));
    rig.worker.freed();
    assert_eq!(rig.tasks(), [Task::Closed]);
    assert_eq!(rig.close(), [Task::Closed], "its page may not have waited for the first");
}
