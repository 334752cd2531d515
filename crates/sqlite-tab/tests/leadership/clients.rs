//! Who is taken in, over what, and until when.

use hashi_sqlite_tab::leadership::clients::{Admission, Over};
use hashi_sqlite_tab::leadership::opening::Wanted;
use hashi_sqlite_tab::leadership::task::Task;
use hashi_sqlite_tab::status::Storage;

use crate::rig::{CLIENT, EPOCH, OTHER, Rig};

#[test]
fn nobody_is_taken_in_by_a_worker_that_doesnt_lead() {
    let mut rig = Rig::opening(Wanted::Opfs);
    assert_eq!(rig.worker.connect(CLIENT, Over::Port, 1), None);
    rig.worker.opened(EPOCH);
    assert_eq!(rig.worker.connect(CLIENT, Over::Port, 1), Some(Admission::New));
    rig.close();
    assert_eq!(rig.worker.connect(OTHER, Over::Port, 1), None);
}

#[test]
fn a_late_attempt_doesnt_undo_a_newer_one() {
    let mut rig = Rig::leading();
    assert_eq!(rig.worker.connect(CLIENT, Over::Port, 2), Some(Admission::New));
    for late in [1, 2] {
        assert_eq!(rig.worker.connect(CLIENT, Over::Channel, late), None);
    }
    assert!(!rig.worker.hears_on_channel(CLIENT), "it is where it was");
    assert_eq!(rig.worker.connect(CLIENT, Over::Channel, 3), Some(Admission::Again), "it is watched for already");
    assert_eq!(rig.worker.connect(OTHER, Over::Port, 1), Some(Admission::New), "each client counts for itself");
}

#[test]
fn the_pages_own_way_is_the_last() {
    let mut rig = Rig::leading();
    rig.worker.connect(CLIENT, Over::Page, 0);
    // A broker may still hold one that was made when another tab led.
    assert_eq!(rig.worker.connect(CLIENT, Over::Port, 99), None);
}

#[test]
fn a_call_on_the_channel_is_heard_of_clients_that_come_over_it() {
    let mut rig = Rig::leading();
    assert!(!rig.worker.hears_on_channel(CLIENT), "a stranger");
    rig.worker.connect(CLIENT, Over::Channel, 1);
    assert!(rig.worker.hears_on_channel(CLIENT));
    assert!(!rig.worker.hears_on_channel(OTHER));
    rig.worker.connect(CLIENT, Over::Port, 2);
    assert!(!rig.worker.hears_on_channel(CLIENT), "it has a better way");
}

#[test]
fn a_client_that_is_gone_is_told_to_the_engine_once_and_may_come_again() {
    let mut rig = Rig::leading();
    rig.worker.connect(CLIENT, Over::Port, 5);
    rig.worker.gone(CLIENT);
    rig.worker.gone(CLIENT);
    rig.worker.gone(OTHER);
    assert_eq!(rig.tasks(), [Task::Disconnect(CLIENT)]);
    assert_eq!(rig.worker.connect(CLIENT, Over::Port, 1), Some(Admission::New));
    rig.close();
    rig.worker.gone(CLIENT);
    assert_eq!(rig.tasks(), [], "there is no engine to tell");
}

#[test]
fn who_leads_is_said_by_who_leads() {
    let mut rig = Rig::opening(Wanted::Opfs);
    rig.tasks();
    rig.worker.asked();
    assert_eq!(rig.tasks(), []);
    rig.worker.opened(EPOCH);
    rig.tasks();
    rig.worker.asked();
    assert_eq!(rig.tasks(), [Task::Announce { epoch: EPOCH, storage: Storage::Opfs }]);
    rig.close();
    rig.worker.asked();
    assert_eq!(rig.tasks(), []);
}
