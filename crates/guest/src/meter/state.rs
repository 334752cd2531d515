//! The globals that hold a metered module's state, and the instructions that work on them.

use wasm_encoder::{BlockType, InstructionSink};

use super::schedule;

/// The indices of the globals that hold the state, in the metered module.
#[derive(Clone, Copy, Debug)]
pub(super) struct State {
    pub fuel: u32,
    pub stack: u32,
    pub pages: u32,
    pub dirty: u32,
    /// Elements that tables may still grow by; a module's own, never shared.
    pub elements: u32,
}

/// What a module that shares its state imports, in this order.
pub(super) const SHARED: [(&str, wasm_encoder::ValType); 4] = [
    ("fuel", wasm_encoder::ValType::I64),
    ("stack", wasm_encoder::ValType::I32),
    ("pages", wasm_encoder::ValType::I32),
    ("dirty", wasm_encoder::ValType::I32),
];

/// The most fuel that a function with loops holds back in its local before it settles with the global.
pub(super) const HELD_BACK: i32 = 4_096;

impl State {
    /// The state's globals are adjacent and begin at `first`; the elements' is at `elements`.
    pub fn at(first: u32, elements: u32) -> State {
        State { fuel: first, stack: first + 1, pages: first + 2, dirty: first + 3, elements }
    }

    /// Traps if the value of `i64` local `left` is negative.
    fn check(sink: &mut InstructionSink<'_>, left: u32) {
        sink.local_get(left).i64_const(0).i64_lt_s().if_(BlockType::Empty).unreachable().end();
    }

    /// Takes `cost` and traps if it isn't there. `left` is a local of type `i64` that is free to use.
    pub fn charge(&self, sink: &mut InstructionSink<'_>, cost: u32, left: u32) {
        sink.global_get(self.fuel).i64_const(i64::from(cost)).i64_sub().local_tee(left).global_set(self.fuel);
        State::check(sink, left);
    }

    /// As [`State::charge`], with a cost that is the value of `i32` local `units`, each worth `each`.
    pub fn charge_each(&self, sink: &mut InstructionSink<'_>, units: u32, each: i64, left: u32) {
        sink.global_get(self.fuel).local_get(units).i64_extend_i32_u();
        if each != 1 {
            sink.i64_const(each).i64_mul();
        }
        sink.i64_sub().local_tee(left).global_set(self.fuel);
        State::check(sink, left);
    }

    /// Where an exception may land that is none of the guest's: charges for it if it came out of a call, as `i32` local `out` says.
    pub fn land_foreign(&self, sink: &mut InstructionSink<'_>, out: u32, left: u32) {
        sink.local_get(out).if_(BlockType::Empty);
        self.charge(sink, schedule::CAUGHT, left);
        sink.end();
    }

    /// Where a caught exception lands: charges for the stack from which it came, which the calls that it ended have not given back, and gives it
    /// back. `level` is what was left of it at this function's level, `lost` a local of type `i32` that is free to use.
    pub fn land(&self, sink: &mut InstructionSink<'_>, level: u32, lost: u32, left: u32) {
        sink.local_get(level).global_get(self.stack).i32_sub().local_tee(lost).if_(BlockType::Empty);
        self.charge_each(sink, lost, schedule::UNWOUND_WORD, left);
        sink.local_get(level).global_set(self.stack).end();
    }

    /// Notes in `i32` local `out` whether a call is under way; an exception that ends it leaves the note behind.
    pub fn note_out(sink: &mut InstructionSink<'_>, out: u32, is_out: bool) {
        sink.i32_const(i32::from(is_out)).local_set(out);
    }

    /// Charges for as many bytes as the value of `i32` local `bytes`.
    pub fn charge_bytes(&self, sink: &mut InstructionSink<'_>, bytes: u32, left: u32) {
        sink.global_get(self.fuel).local_get(bytes).i64_extend_i32_u();
        sink.i64_const(i64::from(schedule::BULK_BYTES_SHIFT))
            .i64_shr_u()
            .i64_sub()
            .local_tee(left)
            .global_set(self.fuel);
        State::check(sink, left);
    }

    /// Begins to hold fuel back in `i32` local `held`, which counts down from [`HELD_BACK`].
    pub fn hold(sink: &mut InstructionSink<'_>, held: u32) {
        sink.i32_const(HELD_BACK).local_set(held);
    }

    /// Takes `cost` from what is held back; nothing is checked.
    pub fn charge_held(sink: &mut InstructionSink<'_>, cost: u32, held: u32) {
        sink.local_get(held).i32_const(cost as i32).i32_sub().local_set(held);
    }

    /// Takes `cost` from what is held back, and settles if that is used up.
    pub fn charge_round(&self, sink: &mut InstructionSink<'_>, cost: u32, held: u32, left: u32) {
        sink.local_get(held).i32_const(cost as i32).i32_sub().local_tee(held);
        sink.i32_const(0).i32_lt_s().if_(BlockType::Empty);
        self.settle(sink, held, left);
        State::hold(sink, held);
        sink.end();
    }

    /// Charges what was held back, and traps if it isn't there.
    pub fn settle(&self, sink: &mut InstructionSink<'_>, held: u32, left: u32) {
        sink.global_get(self.fuel).i32_const(HELD_BACK).local_get(held).i32_sub().i64_extend_i32_u().i64_sub();
        sink.local_tee(left).global_set(self.fuel);
        State::check(sink, left);
    }

    /// Takes words of stack, and traps if they aren't there; leaves what is left of it in `i32` local `level`.
    pub fn nest(&self, sink: &mut InstructionSink<'_>, words: u32, level: u32) {
        sink.global_get(self.stack).i32_const(words as i32).i32_sub().local_tee(level).global_set(self.stack);
        sink.local_get(level).i32_const(0).i32_lt_s().if_(BlockType::Empty).unreachable().end();
    }

    /// Gives back what [`State::nest`] took.
    pub fn unnest(&self, sink: &mut InstructionSink<'_>, words: u32) {
        sink.global_get(self.stack).i32_const(words as i32).i32_add().global_set(self.stack);
    }

    /// Notes that no restore makes the instance like new any more.
    pub fn mark_dirty(&self, sink: &mut InstructionSink<'_>) {
        sink.i32_const(1).global_set(self.dirty);
    }
}
