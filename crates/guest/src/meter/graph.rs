//! Who may call whom: which functions need an account of their own, and how much stack they may take.
//!
//! Only recursion makes stacks deep and only recursion and loops make work unbounded. So a function that is called from one place after
//! another, and never from within itself, needs neither a charge of its own (its callers pay for it, knowing what it costs) nor a count of its
//! calls (the stack it may take is part of what its callers may take).

use wasmparser::{ExternalKind, TypeRef};

use super::module::Module;

/// A function that calls itself through others, or whose callees may take more than this many words, counts its calls.
const UNCOUNTED_WORDS: u32 = 1_024;
/// The same where exceptions can be caught: throwing one costs time for each frame that it leaves, and only counted frames are charged for it.
const UNCOUNTED_WORDS_THROWN_THROUGH: u32 = 64;
/// Words that the host itself may take between an import's call and what it calls back.
const HOST_WORDS: u32 = 256;
/// Words that a function of another module with the same state may take uncounted when it is called through a table; such modules let exceptions
/// pass between them.
const FOREIGN_WORDS: u32 = UNCOUNTED_WORDS_THROWN_THROUGH;

/// What the call graph tells about the module's own functions, by their index without the imported ones.
pub(super) struct Graph {
    /// Callees before callers, except where they call each other.
    pub order: Vec<u32>,
    /// Whether a call of it may lead to another call of it before it has returned.
    pub recursive: Vec<bool>,
    /// The words of stack that it takes account of when it is entered: its own frame and those of all callees that take no account
    /// themselves. 0: it takes no account, its callers did.
    pub counted: Vec<u32>,
}

/// A node of the call graph: functions, then signatures (an indirect call may reach whatever function of that signature is in a table), then
/// the host (an import may call whatever it can reach), then the other modules with the same state (as may what they put into a table).
struct Edges {
    of: Vec<Vec<u32>>,
}

impl Graph {
    pub fn of(module: &Module<'_>, exceptions_pass: bool, shared: bool) -> Graph {
        let uncounted = if exceptions_pass { UNCOUNTED_WORDS_THROWN_THROUGH } else { UNCOUNTED_WORDS };
        let edges = Edges::of(module, shared);
        let functions = module.bodies.len();
        let components = edges.components();
        let mut graph = Graph {
            order: Vec::with_capacity(functions),
            recursive: vec![false; functions],
            counted: vec![0; functions],
        };
        // What a call of the node may take besides what callees take account of themselves.
        let mut words = vec![0u32; edges.of.len()];
        for mut component in components {
            // Signatures and the host first: what functions take depends on them, never within a component the other way round.
            component.sort_unstable_by(|a, b| b.cmp(a));
            let cycle = component.len() > 1 || edges.of[component[0] as usize].contains(&component[0]);
            for &node in &component {
                let node = node as usize;
                let beneath = edges.of[node].iter().map(|&callee| words[callee as usize]).max().unwrap_or(0);
                let Some(body) = module.bodies.get(node) else {
                    let own = match edges.of.len() - node {
                        1 => FOREIGN_WORDS,
                        2 => HOST_WORDS,
                        _ => 0,
                    };
                    words[node] = beneath.saturating_add(own);
                    continue;
                };
                let total = beneath.saturating_add(body.facts.words);
                graph.order.push(node as u32);
                graph.recursive[node] = cycle;
                if cycle || total > uncounted {
                    graph.counted[node] = total.min(i32::MAX as u32);
                } else {
                    words[node] = total;
                }
            }
        }
        graph
    }
}

impl Edges {
    fn of(module: &Module<'_>, shared: bool) -> Edges {
        let functions = module.bodies.len();
        let canonical = module.canonical_types();
        let host = functions + module.types.len();
        let foreign = host + 1;
        // Where others can write a table, or give a function to be put into one, whatever they have may be called through it.
        let open = module.imports.iter().any(|import| matches!(import.ty, TypeRef::Table(_)))
            || module.exports.iter().any(|export| export.kind == ExternalKind::Table);
        let mut of = vec![Vec::new(); foreign + 1];
        for (node, body) in module.bodies.iter().enumerate() {
            let facts = &body.facts;
            of[node].extend(facts.calls.iter().map(|callee| callee - module.imported_functions));
            of[node].extend(facts.indirect.iter().map(|&ty| functions as u32 + canonical[ty as usize]));
            let indirect = !facts.indirect.is_empty();
            if facts.imports || (indirect && open && !shared) {
                of[node].push(host as u32);
            }
            if indirect && shared {
                of[node].push(foreign as u32);
            }
        }
        for &function in &module.escaping {
            let signature = functions + canonical[module.functions[function as usize] as usize] as usize;
            match function.checked_sub(module.imported_functions) {
                Some(node) => {
                    of[signature].push(node);
                    of[host].push(node);
                    of[foreign].push(node);
                }
                None => of[signature].push(host as u32),
            }
        }
        Edges { of }
    }

    /// The strongly connected components, callees first (Tarjan's algorithm, without recursion: graphs are as deep as guests make them).
    fn components(&self) -> Vec<Vec<u32>> {
        const UNSEEN: u32 = u32::MAX;
        let nodes = self.of.len();
        let (mut index, mut low, mut open) = (vec![UNSEEN; nodes], vec![0u32; nodes], vec![false; nodes]);
        let (mut stack, mut components, mut next) = (Vec::new(), Vec::new(), 0);
        let mut path: Vec<(u32, usize)> = Vec::new();
        for root in 0..nodes as u32 {
            if index[root as usize] != UNSEEN {
                continue;
            }
            path.push((root, 0));
            while let Some((node, edge)) = path.last_mut() {
                let at = *node as usize;
                if *edge == 0 {
                    (index[at], low[at], open[at]) = (next, next, true);
                    next += 1;
                    stack.push(*node);
                }
                if let Some(&callee) = self.of[at].get(*edge) {
                    *edge += 1;
                    let callee_at = callee as usize;
                    if index[callee_at] == UNSEEN {
                        path.push((callee, 0));
                    } else if open[callee_at] {
                        low[at] = low[at].min(index[callee_at]);
                    }
                    continue;
                }
                let node = *node;
                path.pop();
                if let Some((caller, _)) = path.last() {
                    low[*caller as usize] = low[*caller as usize].min(low[at]);
                }
                if low[at] == index[at] {
                    let from = stack.iter().rposition(|&other| other == node).unwrap_or(0);
                    let component = stack.split_off(from);
                    for &member in &component {
                        open[member as usize] = false;
                    }
                    components.push(component);
                }
            }
        }
        components
    }
}
