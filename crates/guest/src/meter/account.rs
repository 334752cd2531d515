//! What each function does about fuel and stack.

use super::facts::Facts;
use super::graph::Graph;
use super::module::Module;
use super::regions::{Callees, Charge, Regions};
use super::schedule;
use crate::Refusal;

/// A function that costs at most this much to enter is paid for by its callers, where they are known.
const PAID_BY_CALLERS: u64 = 256;

/// What a function does about fuel and stack.
pub(super) struct Account {
    /// Fuel that it takes when it is entered; `None` if its callers have paid.
    pub entry: Option<u32>,
    /// Its other regions.
    pub charges: Vec<Charge>,
    /// Words of stack that it takes while it runs; 0 if its callers have taken them.
    pub words: u32,
}

impl Account {
    /// Whether it has a loop, so that it keeps its fuel in a local.
    pub fn has_loop(&self) -> bool {
        self.charges.iter().any(|charge| charge.is_loop)
    }
}

struct Costs {
    imported: u32,
    paid_by_callers: Vec<u64>,
}

impl Callees for Costs {
    fn cost(&self, index: u32) -> u64 {
        match index.checked_sub(self.imported) {
            Some(own) => self.paid_by_callers[own as usize],
            None => schedule::IMPORT,
        }
    }
}

/// The accounts of all functions of the module, in the module's order. `exceptions_pass`: whether an exception may end a call of one function and
/// be caught in another; `shared`: whether other modules have the same state.
pub(super) fn accounts(module: &Module<'_>, exceptions_pass: bool, shared: bool) -> Result<Vec<Account>, Refusal> {
    let graph = Graph::of(module, exceptions_pass, shared);
    let mut costs = Costs { imported: module.imported_functions, paid_by_callers: vec![0; module.bodies.len()] };
    let mut accounts: Vec<Option<Account>> = module.bodies.iter().map(|_| None).collect();
    for &index in &graph.order {
        let at = index as usize;
        let body = &module.bodies[at];
        let regions = Regions::of(body.code.get_operators_reader()?, &body.facts, &costs)?;
        let entry = entry_cost(&body.facts, &regions);
        let callers_known = !graph.recursive[at] && !module.escaping.contains(&(index + module.imported_functions));
        let paid = callers_known && entry <= PAID_BY_CALLERS;
        if paid {
            costs.paid_by_callers[at] = entry;
        }
        accounts[at] = Some(Account {
            entry: if paid { None } else { Some(entry as u32) },
            charges: regions.charges,
            words: graph.counted[at],
        });
    }
    Ok(accounts.into_iter().flatten().collect())
}

fn entry_cost(facts: &Facts, regions: &Regions) -> u64 {
    schedule::ENTRY + u64::from(facts.locals) / schedule::LOCALS_PER_UNIT + u64::from(regions.body)
}
