use super::*;

const NOW: f64 = 1000.0;
const UNTIL: f64 = 2000.0;

fn place(room: &Room, size: u64) -> Place {
    match room.ask(size, NOW, UNTIL) {
        Asked::Place(place) => place,
        other => panic!("{other:?}"),
    }
}

fn taken(room: &Room, size: u64, most: u64) -> Option<Place> {
    room.take(size, most, NOW, UNTIL)
}

/// One in the queue, and what is true once its turn was told.
fn waiting(room: &Room, size: u64) -> (Waiting, Rc<Cell<bool>>) {
    let Asked::Waiting(waiting) = room.ask(size, NOW, UNTIL) else { panic!("there is room, or the queue is full") };
    let told = Rc::new(Cell::new(false));
    let tell = told.clone();
    waiting.when_it_comes(move || tell.set(true));
    (waiting, told)
}

#[test]
fn no_more_is_held_than_there_is_and_who_waits_is_served_in_order() {
    let room = Room::new(10, 3);
    let (four, six) = (place(&room, 4), place(&room, 6));
    let ((large, large_told), (small, small_told)) = (waiting(&room, 7), waiting(&room, 2));
    drop(four);
    assert!(!large_told.get() && !small_told.get(), "2 would fit, but 7 asked first");
    let (third, third_told) = waiting(&room, 2);
    assert!(matches!(room.ask(1, NOW, UNTIL), Asked::Full), "the queue is bounded");
    drop(six);
    assert!(large_told.get() && small_told.get() && !third_told.get(), "as many as there is room for");
    drop(large.place().expect("its turn"));
    assert!(third_told.get());
    drop((small, third));
    assert_eq!(room.0.used(), 0);
}

#[test]
fn what_is_larger_than_the_room_is_alone_in_it() {
    let room = Room::new(10, 1);
    let one = place(&room, 1);
    let (large, told) = waiting(&room, 70);
    assert!(!told.get());
    drop(one);
    let large = large.place().expect("its turn");
    assert!(taken(&room, 1, 10).is_none());
    let (small, told) = waiting(&room, 1);
    drop(large);
    assert!(told.get());
    drop(small);
}

#[test]
fn who_does_not_wait_gets_a_share_and_passes_nobody() {
    let room = Room::new(10, 1);
    let six = taken(&room, 6, 6).expect("room");
    assert!(taken(&room, 1, 6).is_none(), "the rest is for those who wait");
    let four = place(&room, 4);
    drop(six);
    let (large, told) = waiting(&room, 9);
    assert!(taken(&room, 1, 6).is_none(), "somebody waits");
    drop(four);
    assert!(told.get());
    drop(large);
    drop(taken(&room, 6, 6).expect("room again"));
}

#[test]
fn a_place_grows_as_far_as_there_is_room_and_gives_all_of_it_back() {
    let room = Room::new(10, 1);
    let mut place = taken(&room, 1, 8).expect("room");
    assert!(place.grow(4, 8, NOW) && place.grow(2, 8, NOW));
    let other = taken(&room, 3, 8).expect("room");
    assert!(!place.grow(6, 8, NOW), "3 more are held");
    assert_eq!(room.0.used(), 7, "what didn't grow is as large as before");
    drop(other);
    assert!(place.grow(8, 8, NOW));
    assert!(!place.grow(9, 8, NOW), "it is not alone, for it is there itself");
    drop(place);
    assert_eq!(room.0.used(), 0);
}

#[test]
fn who_leaves_the_queue_lets_those_behind_pass() {
    let room = Room::new(10, 2);
    let held = place(&room, 5);
    let ((large, _), (small, told)) = (waiting(&room, 6), waiting(&room, 5));
    drop(large);
    assert!(told.get());
    drop((held, small));
    assert_eq!(room.0.used(), 0, "it leaves after its turn has come, without having looked");
}

#[test]
fn what_is_held_for_too_long_is_taken_back_for_whoever_wants_it() {
    let room = Room::new(10, 1);
    let mut lost = place(&room, 10);
    assert!(room.take(1, 10, UNTIL - 1.0, 3000.0).is_none(), "not before its time");
    assert!(!lost.is_taken_back());
    let took = room.take(4, 10, UNTIL, 3000.0).expect("it was taken back");
    assert!(lost.is_taken_back() && !took.is_taken_back());
    // The one that was given up comes back after all: it has nothing to grow, and frees nothing that is another's now.
    assert!(!lost.grow(11, 10, UNTIL));
    drop(lost);
    assert_eq!(room.0.used(), 4);
    drop(took);
}

#[test]
fn who_is_told_of_it_lets_go_before_another_has_it() {
    let room = Room::new(10, 1);
    let (lost, kept) = (place(&room, 5), place(&room, 5));
    let told = Rc::new(Cell::new(0));
    let tell = |place: &Place, weight| {
        let told = told.clone();
        place.when_taken_back(move || told.set(told.get() + weight));
    };
    // Twice: the later one counts.
    tell(&lost, 100);
    tell(&lost, 1);
    tell(&kept, 10);
    drop(kept);
    let (waiting, came) = waiting(&room, 10);
    assert_eq!((told.get(), came.get()), (0, false));
    let seen = told.clone();
    waiting.when_it_comes(move || assert_eq!(seen.replace(7), 1, "it was told first"));
    room.0.take_back(UNTIL);
    assert_eq!(told.get(), 7);
    tell(&lost, 10);
    assert_eq!(told.get(), 17, "at once where it has happened");
    drop((lost, waiting));
    assert_eq!(room.0.used(), 0);
}

#[test]
fn who_is_told_may_drop_it() {
    let room = Room::new(10, 1);
    let holder = Rc::new(Cell::new(None));
    let place = place(&room, 10);
    let theirs = Rc::downgrade(&holder);
    place.when_taken_back(move || drop(theirs.upgrade().and_then(|holder| holder.take())));
    holder.set(Some(place));
    let next = room.take(10, 10, UNTIL, 3000.0).expect("it was taken back");
    assert!(holder.take().is_none(), "it was dropped");
    drop(next);
}

#[test]
fn who_would_be_told_may_own_another() {
    let room = Room::new(10, 1);
    let owning = |of: &Place| {
        let other = place(&room, 1);
        of.when_taken_back(move || drop(other));
    };
    let dropped = place(&room, 1);
    owning(&dropped);
    owning(&dropped);
    assert_eq!(room.0.used(), 2, "the first one's is free");
    drop(dropped);
    assert_eq!(room.0.used(), 0);
    let lost = place(&room, 1);
    owning(&lost);
    room.0.take_back(UNTIL);
    assert_eq!(room.0.used(), 0);
    drop(lost);
}

#[test]
fn a_room_is_known_as_long_as_somebody_has_a_part_of_it() {
    let room = Room::new(1, 0);
    let (weak, held) = (room.downgrade(), place(&room, 1));
    drop(room);
    assert!(weak.upgrade().is_some_and(|room| matches!(room.ask(1, NOW, UNTIL), Asked::Full)));
    drop(held);
    assert!(weak.upgrade().is_none());
}
