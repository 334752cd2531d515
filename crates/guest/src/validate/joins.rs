use wasmparser::{BinaryReader, CompositeInnerType, WasmModuleResources};

/// What compiling a function takes of the host's memory beyond its size: at each place where paths part or join, a compiler notes what is in
/// every local and operand; calls count by what they take and give.
///
/// 350 KB of code that branches 10,000 times over 100,000 operands made V8 take 23 GB.
#[derive(Default)]
pub(super) struct Joins {
    /// Values at all those places together; V8 takes 20 to 40 bytes for each.
    pub(super) values: u64,
}

/// A call lays out room for each value that it takes and gives.
const CALLED: u64 = 8;

/// A loop makes room for what each of its rounds may change.
const LOOP: u64 = 4;

impl Joins {
    /// Counts the operator that `code` encodes, before which there were so many locals and operands.
    pub(super) fn count(&mut self, code: &[u8], values: u64, module: &impl WasmModuleResources) {
        if let Some(called) = called(code, module) {
            self.values = self.values.saturating_add(CALLED * called);
        }
        let times = match code.first() {
            Some(0x03) => LOOP,
            // block, if, else, br_if, try_table
            Some(0x02 | 0x04 | 0x05 | 0x0d | 0x1f) => 1,
            // br_table, with a byte or more for each of its targets, most of which join others
            Some(0x0e) => 1 + code.len() as u64 / 8,
            _ => return,
        };
        self.values = self.values.saturating_add(times.saturating_mul(values));
    }
}

/// The values that a call takes and gives; none if `code` is no call.
fn called(code: &[u8], module: &impl WasmModuleResources) -> Option<u64> {
    let (opcode, index) = code.split_first()?;
    let ty = match opcode {
        // call, return_call
        0x10 | 0x12 => {
            module.sub_type_at_id(module.type_id_of_function(BinaryReader::new(index, 0).read_var_u32().ok()?)?)
        }
        // call_indirect, return_call_indirect
        0x11 | 0x13 => module.sub_type_at(BinaryReader::new(index, 0).read_var_u32().ok()?)?,
        _ => return None,
    };
    let CompositeInnerType::Func(ty) = &ty.composite_type.inner else { return None };
    Some((ty.params().len() + ty.results().len()) as u64)
}
