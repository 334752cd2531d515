//! What a first look at a function's body tells.

use std::collections::BTreeSet;

use wasmparser::{Catch, FuncValidator, FunctionBody, Operator, ValType, ValidatorResources};

use super::module::Module;
use super::schedule;
use crate::Refusal;

/// Words of the host's stack that any call takes: the return address, the frame's links, the instance, and some to spill.
const FRAME: u32 = 8;

/// A function that the pass adds to a module that needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Helper {
    /// `(i32) -> ()`: takes that much fuel. Exported for the host.
    Charge,
    /// `(i32) -> (i32)`: charges for so many bytes, and passes the number on.
    Bytes,
    /// `(i32) -> (i32)`: charges for so many elements of a table, and passes the number on.
    Elements,
    /// `(i32) -> (i32)`: `memory.grow` of this memory under the limit on pages.
    GrowMemory(u32),
    /// `(ref, i32) -> (i32)`: `table.grow` of this table under the limit on elements.
    GrowTable(u32),
}

/// What a first look at a function's body tells.
///
/// An operator's place is its ordinal in the body.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// The module's own functions that are called directly.
    pub calls: BTreeSet<u32>,
    /// The types of the functions that are called through a table.
    pub indirect: BTreeSet<u32>,
    /// Whether an import is called.
    pub imports: bool,
    /// The places of those `loop`s that some branch goes back to; the others run once.
    pub loops: BTreeSet<u32>,
    /// The places behind which a caught exception lands: a `loop`, or the `end` of a block.
    pub landings: BTreeSet<u32>,
    /// Those of them where an exception may land that is none of the guest's: a `catch_all` goes there.
    pub foreign: BTreeSet<u32>,
    /// Whether it has a `try_table`.
    pub catches: bool,
    /// Its parameters and locals.
    pub locals: u32,
    /// Words of the host's stack that its frame may take.
    pub words: u32,
}

/// A block that is open at the current place.
struct Frame {
    /// Where it begins, if a branch to it goes back there.
    loop_at: Option<u32>,
    landed_on: bool,
    foreign: bool,
}

impl Frame {
    fn new(loop_at: Option<u32>) -> Frame {
        Frame { loop_at, landed_on: false, foreign: false }
    }
}

impl Facts {
    /// Validates `body` and looks at it; marks in `module` what concerns it as a whole.
    pub fn gather(
        module: &mut Module<'_>,
        validator: &mut FuncValidator<ValidatorResources>,
        body: &FunctionBody<'_>,
    ) -> Result<Facts, Refusal> {
        let mut locals = body.get_binary_reader();
        validator.read_locals(&mut locals)?;
        let mut facts = Facts { locals: validator.len_locals(), ..Facts::default() };
        let mut wide = (0..facts.locals).any(|local| validator.get_local_type(local) == Some(ValType::V128));
        let mut height = 0;
        let mut frames = vec![Frame::new(None)];
        let mut operators = body.get_operators_reader()?;
        let mut place = 0;
        while !operators.eof() {
            let (operator, offset) = operators.read_with_offset()?;
            validator.op(offset, &operator)?;
            if schedule::cost(&operator).is_none() {
                return Err(Refusal::Operator { name: name(&operator), offset: offset as usize });
            }
            facts.look(module, &mut frames, place, &operator);
            height = height.max(validator.operand_stack_height());
            wide |= matches!(validator.get_operand_type(0), Some(Some(ValType::V128)));
            place += 1;
        }
        operators.finish()?;
        let values = facts.locals + height;
        facts.words = FRAME + if wide { 2 * values } else { values };
        Ok(facts)
    }

    fn look(&mut self, module: &mut Module<'_>, frames: &mut Vec<Frame>, place: u32, operator: &Operator<'_>) {
        match operator {
            Operator::Block { .. } | Operator::If { .. } => frames.push(Frame::new(None)),
            Operator::Loop { .. } => frames.push(Frame::new(Some(place))),
            Operator::TryTable { try_table } => {
                self.catches = true;
                module.catches = true;
                for catch in &try_table.catches {
                    self.branch(frames, label(catch));
                    self.land(frames, catch);
                }
                frames.push(Frame::new(None));
            }
            Operator::End => {
                let Some(frame) = frames.pop() else { return };
                if frame.landed_on {
                    self.landings.insert(place);
                }
                if frame.foreign {
                    self.foreign.insert(place);
                }
            }
            Operator::Br { relative_depth } | Operator::BrIf { relative_depth } => self.branch(frames, *relative_depth),
            Operator::BrTable { targets } => {
                self.branch(frames, targets.default());
                for target in targets.targets().flatten() {
                    self.branch(frames, target);
                }
            }
            Operator::Call { function_index } | Operator::ReturnCall { function_index } => {
                if *function_index < module.imported_functions {
                    self.imports = true;
                } else {
                    self.calls.insert(*function_index);
                }
            }
            Operator::CallIndirect { type_index, .. } | Operator::ReturnCallIndirect { type_index, .. } => {
                self.indirect.insert(*type_index);
            }
            Operator::RefFunc { function_index } => {
                module.escaping.insert(*function_index);
            }
            Operator::MemoryCopy { .. } | Operator::MemoryFill { .. } | Operator::MemoryInit { .. } => {
                module.helpers.insert(Helper::Bytes);
            }
            Operator::TableCopy { .. } | Operator::TableFill { .. } | Operator::TableInit { .. } => {
                module.helpers.insert(Helper::Elements);
            }
            Operator::MemoryGrow { mem } => {
                module.helpers.insert(Helper::GrowMemory(*mem));
            }
            Operator::TableGrow { table } => {
                module.helpers.insert(Helper::GrowTable(*table));
            }
            _ => {}
        }
    }

    fn branch(&mut self, frames: &[Frame], depth: u32) {
        if let Some(place) = target(frames, depth).and_then(|index| frames[index].loop_at) {
            self.loops.insert(place);
        }
    }

    fn land(&mut self, frames: &mut [Frame], catch: &Catch) {
        let foreign = matches!(catch, Catch::All { .. } | Catch::AllRef { .. });
        let Some(frame) = target(frames, label(catch)).and_then(|index| frames.get_mut(index)) else { return };
        match frame.loop_at {
            Some(place) => {
                self.landings.insert(place);
                if foreign {
                    self.foreign.insert(place);
                }
            }
            None => {
                frame.landed_on = true;
                frame.foreign |= foreign;
            }
        }
    }
}

/// The label to which a catch clause goes, as seen from outside the `try_table`.
pub(super) fn label(catch: &Catch) -> u32 {
    match *catch {
        Catch::One { label, .. } | Catch::OneRef { label, .. } | Catch::All { label } | Catch::AllRef { label } => {
            label
        }
    }
}

/// The index of the frame that a branch of `depth` goes to.
pub(super) fn target<T>(frames: &[T], depth: u32) -> Option<usize> {
    frames.len().checked_sub(1 + depth as usize)
}

/// The operator's name without its immediates.
pub(super) fn name(operator: &Operator<'_>) -> String {
    let shown = format!("{operator:?}");
    shown.split([' ', '{', '(']).next().unwrap_or_default().to_owned()
}
