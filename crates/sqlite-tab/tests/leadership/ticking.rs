//! The engine ticks when something has waited too long, and not for each call.

use hashi_sqlite_tab::leadership::task::Task;

use crate::rig::Rig;

#[test]
fn it_ticks_when_it_is_wanted_and_only_then() {
    let mut rig = Rig::leading();
    let begun = rig.now;
    rig.served(false, Some(50.0));
    assert_eq!(rig.pass(200.0), [(begun + 50.0, Task::Tick)]);
    rig.served(false, Some(0.0));
    assert_eq!(rig.pass(1.0), [(begun + 201.0, Task::Tick)], "never in the same moment, which would be a loop");
}

#[test]
fn an_earlier_wish_counts_and_a_later_one_waits_for_the_tick_before_it() {
    let mut rig = Rig::leading();
    let begun = rig.now;
    rig.served(false, Some(50.0));
    rig.served(false, Some(20.0));
    rig.served(false, Some(90.0));
    // A millisecond is not worth another timer.
    rig.served(false, Some(19.5));
    assert_eq!(rig.pass(200.0), [(begun + 20.0, Task::Tick)]);
    rig.served(false, None);
    assert_eq!(rig.worker.due(), None);
}

#[test]
fn who_waits_for_ever_sets_no_other_aside() {
    let mut rig = Rig::leading();
    rig.served(false, Some(f64::INFINITY));
    rig.served(false, Some(5.0));
    assert_eq!(rig.worker.due(), Some(rig.now + 5.0));
}
