//! A function's body with its charges put in.

use wasm_encoder::{BlockType, Function, InstructionSink, ValType};
use wasmparser::Operator;

use super::account::Account;
use super::encode::Additions;
use super::facts::Helper;
use super::module::{Body, Module};
use super::schedule;
use super::state::State;
use crate::Refusal;

/// The locals that the pass adds to a function.
struct Locals {
    /// `i64`: fuel left, between two instructions.
    left: u32,
    /// `i32`: fuel held back, counted down.
    held: u32,
    /// `i32`: the words of stack left at this function's level.
    level: u32,
    /// `i32`: the words of stack that an exception left behind.
    lost: u32,
    /// `i32`: whether a call is under way; where exceptions may be caught that are none of the guest's.
    out: u32,
}

/// Writes one body.
struct Rewrite<'m, 'a> {
    module: &'m Module<'a>,
    body: &'m Body<'a>,
    account: &'m Account,
    additions: &'m Additions,
    locals: Locals,
    /// Whether something is to be done at each way out, so that the body lies in a block of its own.
    wrapped: bool,
    holds: bool,
    /// Settles before each call, lest an exception loses what is held back.
    settles_at_calls: bool,
    out: Vec<u8>,
    /// Up to where the original has been copied.
    copied: usize,
}

/// The metered body of function `index` (without the imported ones).
pub(super) fn rewrite(
    module: &Module<'_>,
    index: usize,
    account: &Account,
    additions: &Additions,
) -> Result<Vec<u8>, Refusal> {
    let body = &module.bodies[index];
    let first = body.facts.locals;
    let holds = account.has_loop();
    let mut rewrite = Rewrite {
        module,
        body,
        account,
        additions,
        locals: Locals { left: first, held: first + 1, level: first + 2, lost: first + 3, out: first + 4 },
        wrapped: holds || account.words > 0 || body.facts.catches,
        holds,
        settles_at_calls: holds && additions.exceptions_pass,
        out: Vec::new(),
        copied: 0,
    };
    rewrite.head(index)?;
    rewrite.operators()?;
    Ok(rewrite.out)
}

impl Rewrite<'_, '_> {
    fn state(&self) -> State {
        self.additions.state
    }

    fn add(&mut self, instructions: impl FnOnce(&mut InstructionSink<'_>)) {
        instructions(&mut InstructionSink::new(&mut self.out));
    }

    /// Declares the locals, and does what is to be done at entry.
    fn head(&mut self, index: usize) -> Result<(), Refusal> {
        let mut locals = Vec::new();
        for group in self.body.code.get_locals_reader()? {
            let (count, ty) = group?;
            locals.push((count, self.additions.val_type(ty)?));
        }
        if self.account.entry.is_some() || !self.account.charges.is_empty() || self.wrapped {
            locals.extend([(1, ValType::I64), (if self.body.facts.catches { 4 } else { 2 }, ValType::I32)]);
        }
        self.out = Function::new(locals).into_raw_body();
        let (state, words, entry, holds) = (self.state(), self.account.words, self.account.entry, self.holds);
        let (left, held, level) = (self.locals.left, self.locals.held, self.locals.level);
        let catches = self.body.facts.catches;
        let block = if self.wrapped { Some(self.additions.block_type(self.module, index)?) } else { None };
        self.add(|sink| {
            if words > 0 {
                state.nest(sink, words, level);
            } else if catches {
                sink.global_get(state.stack).local_set(level);
            }
            if let Some(cost) = entry {
                state.charge(sink, cost, left);
            }
            if holds {
                State::hold(sink, held);
            }
            if let Some(block) = block {
                sink.block(block);
            }
        });
        Ok(())
    }

    /// What is to be done at each way out.
    fn tail(&mut self) {
        let (state, words, holds) = (self.state(), self.account.words, self.holds);
        let (left, held) = (self.locals.left, self.locals.held);
        self.add(|sink| {
            if holds {
                state.settle(sink, held, left);
            }
            if words > 0 {
                state.unnest(sink, words);
            }
        });
    }

    /// Copies the original up to byte `end` of the module.
    fn copy(&mut self, end: usize) {
        self.out.extend_from_slice(self.module.bytes.get(self.copied..end).unwrap_or_default());
        self.copied = end;
    }

    fn operators(&mut self) -> Result<(), Refusal> {
        let mut operators = self.body.code.get_operators_reader()?;
        let mut frames = 1u32;
        let mut charges = self.account.charges.iter().copied().peekable();
        let mut place = 0;
        self.copied = operators.original_position() as usize;
        while !operators.eof() {
            let (operator, begin) = operators.read_with_offset()?;
            let (begin, end) = (begin as usize, operators.original_position() as usize);
            match &operator {
                Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } | Operator::TryTable { .. } => {
                    frames += 1
                }
                Operator::End => frames -= 1,
                _ => {}
            }
            if frames == 0 {
                self.copy(begin);
                if self.wrapped {
                    self.add(|sink| {
                        sink.end();
                    });
                    if self.body.facts.catches {
                        self.land(place);
                    }
                    self.tail();
                }
                self.copy(end);
                break;
            }
            self.operator(&operator, begin, end, frames)?;
            if self.body.facts.landings.contains(&place) {
                self.copy(end);
                self.land(place);
            }
            while let Some(charge) = charges.next_if(|charge| charge.place <= place) {
                self.copy(end);
                let (state, holds) = (self.state(), self.holds);
                let (left, held) = (self.locals.left, self.locals.held);
                self.add(|sink| match (charge.is_loop, holds) {
                    (true, _) => state.charge_round(sink, charge.cost, held, left),
                    (false, true) => State::charge_held(sink, charge.cost, held),
                    (false, false) => state.charge(sink, charge.cost, left),
                });
            }
            place += 1;
        }
        Ok(())
    }

    /// Whether it is to be noted that a call is under way.
    fn notes_calls(&self) -> bool {
        !self.body.facts.foreign.is_empty()
    }

    /// What is to be done where a caught exception lands.
    fn land(&mut self, place: u32) {
        let (state, notes, foreign) = (self.state(), self.notes_calls(), self.body.facts.foreign.contains(&place));
        let Locals { left, level, lost, out, .. } = self.locals;
        self.add(|sink| {
            if foreign {
                state.land_foreign(sink, out, left);
            }
            if notes {
                State::note_out(sink, out, false);
            }
            state.land(sink, level, lost, left);
        });
    }

    /// Puts in what belongs before `operator`, and replaces it where it must be another.
    fn operator(&mut self, operator: &Operator<'_>, begin: usize, end: usize, frames: u32) -> Result<(), Refusal> {
        let state = self.state();
        match operator {
            Operator::Return if self.wrapped => {
                self.replace(begin, end, |sink| {
                    sink.br(frames - 1);
                });
            }
            Operator::ReturnCall { .. } | Operator::ReturnCallIndirect { .. } if self.wrapped => {
                self.copy(begin);
                self.tail();
            }
            Operator::Call { .. } | Operator::CallIndirect { .. } | Operator::Throw { .. } | Operator::ThrowRef
                if self.settles_at_calls || self.notes_calls() =>
            {
                self.copy(begin);
                let settles = self.settles_at_calls;
                let notes =
                    self.notes_calls() && matches!(operator, Operator::Call { .. } | Operator::CallIndirect { .. });
                let Locals { left, held, out, .. } = self.locals;
                self.add(|sink| {
                    if settles {
                        state.settle(sink, held, left);
                        State::hold(sink, held);
                    }
                    if notes {
                        State::note_out(sink, out, true);
                    }
                });
                if notes {
                    self.copy(end);
                    self.add(|sink| State::note_out(sink, out, false));
                }
            }
            Operator::MemoryCopy { .. } | Operator::MemoryFill { .. } | Operator::MemoryInit { .. } => {
                let helper = self.additions.helper(Helper::Bytes)?;
                self.before(begin, |sink| {
                    sink.call(helper);
                });
            }
            Operator::TableCopy { .. } | Operator::TableFill { .. } | Operator::TableInit { .. } => {
                let helper = self.additions.helper(Helper::Elements)?;
                self.before(begin, |sink| {
                    sink.call(helper);
                    state.mark_dirty(sink);
                });
            }
            Operator::TableSet { .. } | Operator::ElemDrop { .. } | Operator::DataDrop { .. } => {
                self.before(begin, |sink| state.mark_dirty(sink));
            }
            Operator::MemoryGrow { mem } => {
                let helper = self.additions.helper(Helper::GrowMemory(*mem))?;
                self.replace(begin, end, |sink| {
                    sink.call(helper);
                });
            }
            Operator::TableGrow { table } => {
                let helper = self.additions.helper(Helper::GrowTable(*table))?;
                self.replace(begin, end, |sink| {
                    state.mark_dirty(sink);
                    sink.call(helper);
                });
            }
            Operator::GlobalGet { global_index } => {
                let renamed = self.additions.global(*global_index);
                if renamed != *global_index {
                    self.replace(begin, end, |sink| {
                        sink.global_get(renamed);
                    });
                }
            }
            Operator::GlobalSet { global_index } => {
                let renamed = self.additions.global(*global_index);
                // JavaScript can't write these, so a host can't restore them.
                let lost =
                    self.module.globals.get(*global_index as usize).is_some_and(|global| match global.content_type {
                        wasmparser::ValType::V128 => true,
                        wasmparser::ValType::Ref(ty) => {
                            matches!(
                                ty.heap_type(),
                                wasmparser::HeapType::Abstract {
                                    ty: wasmparser::AbstractHeapType::Exn | wasmparser::AbstractHeapType::NoExn,
                                    ..
                                }
                            )
                        }
                        _ => false,
                    });
                if renamed != *global_index || lost {
                    self.replace(begin, end, |sink| {
                        if lost {
                            state.mark_dirty(sink);
                        }
                        sink.global_set(renamed);
                    });
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn before(&mut self, begin: usize, instructions: impl FnOnce(&mut InstructionSink<'_>)) {
        self.copy(begin);
        self.add(instructions);
    }

    fn replace(&mut self, begin: usize, end: usize, instructions: impl FnOnce(&mut InstructionSink<'_>)) {
        self.copy(begin);
        self.add(instructions);
        self.copied = end;
    }
}

/// The body of a function that the pass adds.
pub(super) fn helper(helper: Helper, additions: &Additions) -> Function {
    let state = additions.state;
    match helper {
        Helper::Charge => {
            let mut function = Function::new([(1, ValType::I64)]);
            let mut sink = function.instructions();
            state.charge_each(&mut sink, 0, 1, 1);
            sink.end();
            function
        }
        Helper::Bytes => {
            let mut function = Function::new([(1, ValType::I64)]);
            let mut sink = function.instructions();
            state.charge_bytes(&mut sink, 0, 1);
            sink.local_get(0).end();
            function
        }
        Helper::Elements => {
            let mut function = Function::new([(1, ValType::I64)]);
            let mut sink = function.instructions();
            state.charge_each(&mut sink, 0, schedule::BULK_ELEMENT, 1);
            sink.local_get(0).end();
            function
        }
        Helper::GrowMemory(memory) => {
            let mut function = Function::new([(1, ValType::I64), (1, ValType::I32)]);
            let mut sink = function.instructions();
            grow(&mut sink, state, state.pages, 0, schedule::GROWN_PAGE, (1, 2), |sink| {
                state.charge(sink, schedule::GROWTH, 1);
                sink.local_get(0).memory_grow(memory);
            });
            function
        }
        Helper::GrowTable(table) => {
            let mut function = Function::new([(1, ValType::I64), (1, ValType::I32)]);
            let mut sink = function.instructions();
            grow(&mut sink, state, state.elements, 1, schedule::BULK_ELEMENT, (2, 3), |sink| {
                sink.local_get(0).local_get(1).table_grow(table);
            });
            function
        }
    }
}

/// Grows by the value of local `by` if `limit`, a global, allows it; charges for it, and lowers `limit` by as much.
fn grow(
    sink: &mut InstructionSink<'_>,
    state: State,
    limit: u32,
    by: u32,
    each: i64,
    (left, before): (u32, u32),
    grow: impl FnOnce(&mut InstructionSink<'_>),
) {
    sink.local_get(by).global_get(limit).i32_gt_u().if_(BlockType::Empty).i32_const(-1).return_().end();
    state.charge_each(sink, by, each, left);
    grow(sink);
    sink.local_tee(before).i32_const(-1).i32_ne().if_(BlockType::Empty);
    sink.global_get(limit).local_get(by).i32_sub().global_set(limit).end();
    sink.local_get(before).end();
}
