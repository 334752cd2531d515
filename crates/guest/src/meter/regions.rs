//! What each region of a function costs.
//!
//! A region is a stretch of code that is charged once, when it is entered, with the cost of its most expensive path: the body of a
//! function outside its loops, the body of a loop outside its inner loops, or an arm, which is code long enough that those who skip it should
//! not pay for it. Regions lie inside one another as blocks do, and none contains a jump back, so the longest path is found in one walk.

use std::collections::BTreeSet;

use wasmparser::{Operator, OperatorsReader};

use super::facts::{Facts, label, target};
use super::schedule;
use crate::Refusal;

/// Code that may be skipped is a region of its own if it costs at least this much: then charging it separately costs little beside it.
const ARM: u64 = 48;
/// The most that one region may cost, so that sums of them fit an `i32`.
const MOST: u64 = 1 << 28;

/// The regions of a function.
#[derive(Debug, Default)]
pub(super) struct Regions {
    /// What entering the function costs, without [`schedule::ENTRY`] and locals.
    pub body: u32,
    /// What the other regions cost, by the places of the operators behind which they begin, in order.
    pub charges: Vec<Charge>,
}

/// A region inside a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Charge {
    /// The operator behind which it begins.
    pub place: u32,
    pub cost: u32,
    /// Whether it is a loop's body, otherwise an arm.
    pub is_loop: bool,
}

/// What a call costs its caller, by the callee's function index.
pub(super) trait Callees {
    /// The cost of a call of function `index`, besides the operator's own.
    fn cost(&self, index: u32) -> u64;
}

impl Regions {
    /// Finds the regions of the body that `operators` reads.
    pub fn of(operators: OperatorsReader<'_>, facts: &Facts, callees: &impl Callees) -> Result<Regions, Refusal> {
        let arms = Arms::of(operators.clone(), facts, callees)?;
        Walk::of(operators, facts, callees, &arms)
    }
}

fn cost(operator: &Operator<'_>, callees: &impl Callees) -> u64 {
    let own = schedule::cost(operator).unwrap_or(MOST);
    match operator {
        Operator::Call { function_index } | Operator::ReturnCall { function_index } => {
            own + callees.cost(*function_index)
        }
        _ => own,
    }
}

/// Whether what follows `operator` in its block can't be reached from it.
fn leaves(operator: &Operator<'_>) -> bool {
    matches!(
        operator,
        Operator::Unreachable
            | Operator::Br { .. }
            | Operator::BrTable { .. }
            | Operator::Return
            | Operator::ReturnCall { .. }
            | Operator::ReturnCallIndirect { .. }
            | Operator::Throw { .. }
            | Operator::ThrowRef
    )
}

/// Calls `to` with each depth to which `operator` may branch; a return is a branch to the outermost block.
fn branches(operator: &Operator<'_>, frames: usize, mut to: impl FnMut(u32)) {
    match operator {
        Operator::Br { relative_depth } | Operator::BrIf { relative_depth } => to(*relative_depth),
        Operator::BrTable { targets } => {
            to(targets.default());
            targets.targets().flatten().for_each(to);
        }
        Operator::TryTable { try_table } => try_table.catches.iter().map(label).for_each(to),
        Operator::Return | Operator::ReturnCall { .. } | Operator::ReturnCallIndirect { .. } => to(frames as u32 - 1),
        _ => {}
    }
}

/// Finds the arms: the places behind which code begins that is long and may be skipped.
struct Arms {
    frames: Vec<ArmFrame>,
    /// The cost of all code so far that is in no region of its own, in the order of the text.
    sum: u64,
    found: BTreeSet<u32>,
}

struct ArmFrame {
    is_loop: bool,
    /// `sum` where it began.
    before: u64,
    /// The outermost frame that some branch from inside goes to.
    outermost: usize,
    /// Places in it behind which an arm might begin that ends with the frame, and `sum` there.
    candidates: Vec<(u32, u64)>,
    unreachable: bool,
    /// Whether the frame itself can't be reached.
    dead: bool,
}

impl Arms {
    fn of(operators: OperatorsReader<'_>, facts: &Facts, callees: &impl Callees) -> Result<BTreeSet<u32>, Refusal> {
        let mut arms = Arms { frames: Vec::new(), sum: 0, found: BTreeSet::new() };
        arms.open(false);
        for (place, operator) in (0..).zip(operators) {
            arms.step(place, &operator?, facts, callees);
        }
        Ok(arms.found)
    }

    fn open(&mut self, is_loop: bool) {
        let dead = self.frames.last().is_some_and(|frame| frame.unreachable);
        let (before, outermost) = (self.sum, self.frames.len());
        self.frames.push(ArmFrame { is_loop, before, outermost, candidates: Vec::new(), unreachable: dead, dead });
    }

    fn step(&mut self, place: u32, operator: &Operator<'_>, facts: &Facts, callees: &impl Callees) {
        if self.frames.last().is_some_and(|frame| !frame.unreachable) {
            self.sum = self.sum.saturating_add(cost(operator, callees));
            let frames = self.frames.len();
            let mut outermost = frames;
            branches(operator, frames, |depth| outermost = outermost.min(target(&self.frames, depth).unwrap_or(0)));
            let frame = self.frames.last_mut();
            if let Some(frame) = frame {
                frame.outermost = frame.outermost.min(outermost);
                frame.unreachable |= leaves(operator);
                if matches!(operator, Operator::BrIf { .. }) {
                    frame.candidates.push((place, self.sum));
                }
            }
        }
        match operator {
            Operator::Block { .. } | Operator::TryTable { .. } => self.open(false),
            Operator::Loop { .. } => self.open(facts.loops.contains(&place)),
            Operator::If { .. } => {
                self.open(false);
                self.candidate(place);
            }
            Operator::Else => {
                self.settle();
                if let Some(frame) = self.frames.last_mut() {
                    frame.unreachable = frame.dead;
                }
                self.candidate(place);
            }
            Operator::End => {
                self.settle();
                let Some(frame) = self.frames.pop() else { return };
                if frame.is_loop {
                    self.sum = frame.before;
                }
                let index = self.frames.len();
                let Some(parent) = self.frames.last_mut() else { return };
                parent.outermost = parent.outermost.min(frame.outermost);
                parent.unreachable = frame.dead;
                // Some paths leave the block for a place further out: what follows is not for all of them.
                if frame.outermost < index {
                    self.candidate(place);
                }
            }
            _ => {}
        }
    }

    fn candidate(&mut self, place: u32) {
        let sum = self.sum;
        if let Some(frame) = self.frames.last_mut().filter(|frame| !frame.unreachable) {
            frame.candidates.push((place, sum));
        }
    }

    /// At the end of a block or of the first half of an `if`: picks arms, the last one first, so that none is shorter than [`ARM`].
    fn settle(&mut self) {
        let Some(frame) = self.frames.last_mut() else { return };
        for (place, sum) in frame.candidates.drain(..).rev() {
            if self.sum.saturating_sub(sum) >= ARM {
                self.found.insert(place);
                self.sum = sum;
            }
        }
    }
}

/// Walks the body and keeps, for each open region, the cost of the most expensive path from its beginning to the current place.
struct Walk {
    regions: Vec<Region>,
    frames: Vec<Frame>,
    done: Vec<Charge>,
}

struct Region {
    /// Where it began, unless it is the whole body.
    place: Option<u32>,
    is_loop: bool,
    /// The cost up to here; `None` where this can't be reached.
    cost: Option<u64>,
    most: u64,
}

struct Frame {
    /// The region that its label belongs to.
    region: usize,
    is_loop: bool,
    /// The cost of the most expensive path that branches to its end.
    end: Option<u64>,
    /// For an `if`: the cost where its halves begin.
    halves: Option<u64>,
    is_if: bool,
    /// Regions of arms that end with it.
    arms: usize,
    /// For a `try_table`: the frames where its catch clauses land.
    catches: Vec<usize>,
}

impl Walk {
    fn of(
        operators: OperatorsReader<'_>,
        facts: &Facts,
        callees: &impl Callees,
        arms: &BTreeSet<u32>,
    ) -> Result<Regions, Refusal> {
        let mut walk = Walk { regions: Vec::new(), frames: Vec::new(), done: Vec::new() };
        walk.enter(None, false, Some(0));
        walk.open(false, false);
        for (place, operator) in (0..).zip(operators) {
            walk.step(place, &operator?, facts, callees);
            if arms.contains(&place) && !walk.frames.is_empty() {
                walk.arm(place);
            }
        }
        let body = walk.regions.pop().map_or(0, |region| region.most);
        let most = walk.done.iter().map(|charge| u64::from(charge.cost)).max().unwrap_or(0).max(body);
        if most > MOST {
            return Err(Refusal::Limit {
                what: "fuel of one region of a function".to_owned(),
                given: most,
                most: MOST,
            });
        }
        walk.done.sort_unstable_by_key(|charge| charge.place);
        Ok(Regions { body: body as u32, charges: walk.done })
    }

    fn enter(&mut self, place: Option<u32>, is_loop: bool, cost: Option<u64>) {
        self.regions.push(Region { place, is_loop, cost, most: cost.unwrap_or(0) });
    }

    fn leave(&mut self) -> bool {
        let Some(region) = self.regions.pop() else { return false };
        if let (Some(place), 1..) = (region.place, region.most) {
            let cost = region.most.min(u64::from(u32::MAX)) as u32;
            self.done.push(Charge { place, cost, is_loop: region.is_loop });
        }
        region.cost.is_some()
    }

    fn open(&mut self, is_loop: bool, is_if: bool) {
        let region = self.regions.len() - 1;
        let halves = self.here();
        self.frames.push(Frame { region, is_loop, end: None, halves, is_if, arms: 0, catches: Vec::new() });
    }

    fn arm(&mut self, place: u32) {
        let reached = self.here().map(|_| 0);
        self.enter(Some(place), false, reached);
        if let Some(frame) = self.frames.last_mut() {
            frame.arms += 1;
        }
    }

    fn here(&self) -> Option<u64> {
        self.regions.last().and_then(|region| region.cost)
    }

    fn set(&mut self, cost: Option<u64>) {
        if let Some(region) = self.regions.last_mut() {
            region.cost = cost;
            region.most = region.most.max(cost.unwrap_or(0));
        }
    }

    /// A path from here goes on behind frame `index`, or, if it is a loop, at its beginning, which is another round.
    fn branch(&mut self, index: usize) {
        if self.here().is_none() || self.frames[index].is_loop {
            return;
        }
        let cost = self.regions[self.frames[index].region].cost;
        let frame = &mut self.frames[index];
        frame.end = frame.end.max(cost);
    }

    /// An exception may leave a `try_table` at any place, so it is taken to leave at the most expensive.
    fn caught(&mut self, frame: &Frame) {
        for &index in &frame.catches {
            if frame.halves.is_none() || self.frames[index].is_loop {
                continue;
            }
            let region = self.frames[index].region;
            let cost = if region == frame.region { Some(self.regions[region].most) } else { self.regions[region].cost };
            let end = &mut self.frames[index].end;
            *end = (*end).max(cost);
        }
    }

    /// Ends the regions of the current frame's arms.
    fn end_arms(&mut self) {
        let arms = self.frames.last_mut().map_or(0, |frame| std::mem::take(&mut frame.arms));
        for _ in 0..arms {
            if !self.leave() {
                self.set(None);
            }
        }
    }

    fn step(&mut self, place: u32, operator: &Operator<'_>, facts: &Facts, callees: &impl Callees) {
        if let Some(so_far) = self.here() {
            self.set(Some(so_far.saturating_add(cost(operator, callees))));
        }
        match operator {
            Operator::Block { .. } => self.open(false, false),
            Operator::If { .. } => self.open(false, true),
            Operator::Loop { .. } => {
                let again = facts.loops.contains(&place);
                if again {
                    let reached = self.here().map(|_| schedule::ITERATION);
                    self.enter(Some(place), true, reached);
                }
                self.open(again, false);
            }
            Operator::TryTable { .. } => {
                let mut catches = Vec::new();
                branches(operator, self.frames.len(), |depth| catches.extend(target(&self.frames, depth)));
                self.open(false, false);
                if let Some(frame) = self.frames.last_mut() {
                    frame.catches = catches;
                }
            }
            Operator::Else => {
                self.end_arms();
                let here = self.here();
                let Some(frame) = self.frames.last_mut() else { return };
                frame.end = frame.end.max(here);
                frame.is_if = false;
                let halves = frame.halves;
                self.set(halves);
            }
            Operator::End => {
                self.end_arms();
                let Some(frame) = self.frames.pop() else { return };
                self.caught(&frame);
                let skipped = if frame.is_if { frame.halves } else { None };
                let after = self.here().max(frame.end).max(skipped);
                if frame.is_loop {
                    if !self.leave() {
                        self.set(None);
                    }
                } else {
                    self.set(after);
                }
            }
            _ => {
                let mut targets = Vec::new();
                branches(operator, self.frames.len(), |depth| targets.extend(target(&self.frames, depth)));
                for index in targets {
                    self.branch(index);
                }
                if leaves(operator) {
                    self.set(None);
                }
            }
        }
    }
}
