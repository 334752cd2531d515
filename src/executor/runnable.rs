//! Functions that can be called, and the right to call one.

use std::ops::Deref;
use std::rc::Rc;

use super::limits;
use super::slots::Slots;
use crate::bridge::isolate::{Isolate, IsolateError};
use crate::functions::access::{Access, Denied};
use crate::functions::module::{Module, Prepared};
use crate::functions::{Caller, Function};

/// A function with what its calls need, known for a while.
#[derive(Debug)]
pub struct Runnable {
    /// The function.
    pub function: Function,
    /// Its active module.
    pub module: Option<Module>,
    /// The isolate that runs it; none before its module was prepared.
    pub isolate: Option<Isolate>,
    /// Its calls under way.
    pub slots: Slots,
}

impl Runnable {
    /// What is known of a function and its active module.
    pub fn new(function: Function, module: Option<Module>, slots: Slots) -> Result<Runnable, IsolateError> {
        let prepared = module.as_ref().and_then(|module| module.prepared.as_ref());
        let isolate = prepared.map(|prepared| isolate(&function, prepared)).transpose()?;
        Ok(Runnable { function, module, isolate, slots })
    }

    /// How many bytes it has, about: what its owner decides, and then some.
    pub fn bytes(&self) -> usize {
        let Function { entrypoint, cron, permissions, .. } = &self.function;
        let texts = entrypoint.len() + cron.as_ref().map_or(0, String::len);
        // Its gateway is told what is permitted in text, which the isolate has as well.
        1024 + texts + 2 * permissions.bytes() + self.prepared().map_or(0, Prepared::bytes)
    }

    /// What prepare made of its module.
    pub fn prepared(&self) -> Option<&Prepared> {
        self.module.as_ref()?.prepared.as_ref()
    }
}

/// Code, permissions and gateway are bound when an isolate is loaded: another revision or another bundle is another isolate.
fn isolate(function: &Function, prepared: &Prepared) -> Result<Isolate, IsolateError> {
    let (id, revision) = (&function.id, function.revision.0);
    // Permissions of ours always serialize.
    let permissions = serde_json::to_string(&function.permissions).unwrap_or_default();
    let permissions = serde_json::to_string(&permissions).unwrap_or_default();
    Isolate::new(
        &format!("{id}-{revision}-{}", prepared.bundle),
        &limits::settings(function),
        &format!(r#"{{"function":"{id}","revision":{revision},"permissions":{permissions}}}"#),
    )
}

/// A function that somebody may call. Only the questions below make one.
#[derive(Clone, Debug)]
pub struct Permitted(Rc<Runnable>);

impl Permitted {
    /// Whether `caller` may execute it by the API.
    pub fn execute(caller: &Caller, runnable: &Rc<Runnable>) -> Result<Permitted, Denied> {
        Access::execute(caller, &runnable.function).map(|_| Permitted(runnable.clone()))
    }

    /// Whether `caller` may call it over `/fn/…`.
    pub fn trigger(caller: &Caller, runnable: &Rc<Runnable>) -> Result<Permitted, Denied> {
        Access::trigger(caller, &runnable.function).map(|_| Permitted(runnable.clone()))
    }

    /// Whether the clock may call it.
    pub fn schedule(runnable: &Rc<Runnable>) -> Result<Permitted, Denied> {
        Access::schedule(&runnable.function).map(|_| Permitted(runnable.clone()))
    }
}

impl Deref for Permitted {
    type Target = Runnable;

    fn deref(&self) -> &Runnable {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::executor::gateway::HostPattern;
    use crate::functions::Permissions;
    use crate::functions::tests::function;

    #[test]
    fn what_is_permitted_counts_with_its_text_for_the_gateway() {
        let bytes = |function| Runnable::new(function, None, Slots::new(1, 1)).expect("no isolate is made").bytes();
        let strict = function("f");
        let host = format!("{}.example", "a".repeat(60));
        let mut permissions = Permissions::builder().with_http();
        for _ in 0..64 {
            permissions = permissions.with_host(HostPattern::parse(&host).expect("a host"));
        }
        let open = Function { permissions: permissions.build().expect("permissions"), ..function("f") };
        assert!(bytes(open) >= bytes(strict) + 2 * 64 * host.len());
    }
}
