//! Modules that need no metering.

use wasmparser::Operator;

use super::module::Module;
use crate::{PlatformLimits, Refusal};

/// The most operators that a trampoline's function may have: enough to pass on the most parameters that V8 takes.
const OPERATORS: u32 = 1_024;

/// Refuses a module that could do more than pass calls on.
pub(super) fn check(module: &Module<'_>, limits: &PlatformLimits) -> Result<(), Refusal> {
    let imports_of =
        |wanted: fn(&wasmparser::TypeRef) -> bool| module.imports.iter().filter(|import| wanted(&import.ty)).count();
    if module.memories.len() > imports_of(|ty| matches!(ty, wasmparser::TypeRef::Memory(_))) {
        return refuse("it defines a memory");
    }
    if module.globals.len() > module.imported_globals as usize {
        return refuse("it defines a global");
    }
    if module.start.is_some() {
        return refuse("it has a start function");
    }
    let elements = module
        .tables
        .iter()
        .skip(imports_of(|ty| matches!(ty, wasmparser::TypeRef::Table(_))))
        .map(|table| table.initial);
    if elements.fold(0, u64::saturating_add) > limits.table_elements.into() {
        return refuse("its tables are larger than the platform takes");
    }
    for body in &module.bodies {
        let mut count = 0;
        for operator in body.code.get_operators_reader()? {
            count += 1;
            match operator? {
                Operator::LocalGet { .. }
                | Operator::I32Const { .. }
                | Operator::CallIndirect { .. }
                | Operator::End => {}
                Operator::Call { function_index } if function_index < module.imported_functions => {}
                other => return refuse(&format!("a function of it has {}", super::facts::name(&other))),
            }
        }
        if count > OPERATORS {
            return refuse("a function of it is long");
        }
    }
    Ok(())
}

fn refuse(why: &str) -> Result<(), Refusal> {
    Err(Refusal::NotTrampoline { why: why.to_owned() })
}
