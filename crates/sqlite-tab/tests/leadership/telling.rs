//! Commits are told at once, and together when they follow one another.

use hashi_sqlite_tab::leadership::opening::Wanted;
use hashi_sqlite_tab::leadership::task::Task;

use crate::rig::{EPOCH, Rig};

const TELL: Task = Task::Tell(EPOCH);

#[test]
fn the_first_commit_is_told_at_once_and_those_within_8_ms_after_it_together() {
    let mut rig = Rig::leading();
    let begun = rig.now;
    assert_eq!(rig.served(true, None), [TELL]);
    for _ in 0..3 {
        rig.now += 1.0;
        assert_eq!(rig.served(true, None), []);
    }
    assert_eq!(rig.pass(100.0), [(begun + 8.0, TELL)]);
    assert_eq!(rig.served(true, None), [TELL], "the last one is long ago");
}

#[test]
fn what_changes_nothing_is_not_told() {
    let mut rig = Rig::leading();
    assert_eq!((rig.served(false, None), rig.worker.due()), (vec![], None));
    let mut rig = Rig::opening(Wanted::Opfs);
    rig.tasks();
    assert_eq!(rig.served(true, Some(5.0)), [], "and nothing by who doesn't lead");
    assert_eq!(rig.worker.due(), None);
}

#[test]
fn who_is_closed_tells_nothing_and_never_ticks() {
    let mut rig = Rig::leading();
    rig.served(true, Some(20.0));
    rig.served(true, None);
    rig.close();
    assert_eq!((rig.worker.due(), rig.served(true, Some(1.0))), (None, vec![]));
}
