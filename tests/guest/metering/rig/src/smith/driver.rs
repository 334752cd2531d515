use wasm_encoder::reencode::{Reencode, RoundtripReencoder, utils};
use wasm_encoder::*;
use wasmparser::types::Types;

use super::random::Random;
use super::values::{constant, fold, signature};
use super::{Failure, STEPS, STEPS_NAME, exports};

/// The most calls of exports that are made.
const CALLS: usize = 16;

/// The driver while it is made; its imports come first in each of its index spaces.
#[derive(Default)]
struct Driver {
    types: TypeSection,
    imports: ImportSection,
    /// Imported functions: parameters and results.
    functions: Vec<(Vec<ValType>, Vec<ValType>)>,
    globals: Vec<ValType>,
    /// The guest's global that says how much more it may do.
    steps: u32,
    tables: Vec<RefType>,
    memories: u32,
}

/// A module that imports the exports of the random module from `"guest"` and the trace from `"environment"`, and exports functions without
/// parameters that give an `i64`: `"0"`, `"1"`, … each call one of the guest's functions with constants and give a hash of its results; `"state"`
/// gives one of the guest's memories, globals and tables, and of the trace. With the number of calls.
pub fn driver(of: &Types, random: &mut Random) -> Result<(Vec<u8>, usize), Failure> {
    let mut driver = Driver::default();
    driver.types.ty().function([], [ValType::I64]);
    driver.import(of)?;
    let calls = CALLS.min(2 * driver.functions.len());
    let (mut functions, mut exports, mut code) = (FunctionSection::new(), ExportSection::new(), CodeSection::new());
    let own = driver.functions.len() as u32;
    for call in 0..calls {
        let callee = random.below(driver.functions.len());
        code.function(&driver.call(callee, random));
        functions.function(0);
        exports.export(&call.to_string(), ExportKind::Func, own + call as u32);
    }
    code.function(&driver.state());
    functions.function(0);
    exports.export("state", ExportKind::Func, own + calls as u32);
    let mut elements = ElementSection::new();
    elements.declared(Elements::Functions((0..own).collect::<Vec<_>>().into()));
    let mut module = Module::new();
    module.section(&driver.types).section(&driver.imports).section(&functions).section(&exports);
    module.section(&elements).section(&code);
    Ok((module.finish(), calls))
}

impl Driver {
    fn import(&mut self, of: &Types) -> Result<(), Failure> {
        use wasmparser::types::EntityType as Given;
        let trace = GlobalType { val_type: ValType::I64, mutable: true, shared: false };
        self.imports.import("environment", "trace", EntityType::Global(trace));
        self.globals.push(ValType::I64);
        for (name, ty) in exports(of) {
            let ty = match ty {
                Given::Func(id) | Given::FuncExact(id) => {
                    let (params, results) = signature(of[id].unwrap_func())?;
                    self.types.ty().function(params.iter().copied(), results.iter().copied());
                    self.functions.push((params, results));
                    EntityType::Function(self.types.len() - 1)
                }
                Given::Table(ty) => {
                    // Clamped by the meter, so that its maximum may be another.
                    let ty = TableType { maximum: None, ..utils::table_type(&mut RoundtripReencoder, ty)? };
                    self.tables.push(ty.element_type);
                    EntityType::Table(ty)
                }
                Given::Memory(ty) => {
                    self.memories += 1;
                    EntityType::Memory(MemoryType { maximum: None, ..RoundtripReencoder.memory_type(ty)? })
                }
                Given::Global(ty) => {
                    let ty = RoundtripReencoder.global_type(ty)?;
                    if name == STEPS_NAME {
                        self.steps = self.globals.len() as u32;
                    }
                    self.globals.push(ty.val_type);
                    EntityType::Global(ty)
                }
                Given::Tag(_) => continue,
            };
            self.imports.import("guest", name, ty);
        }
        Ok(())
    }

    fn call(&self, callee: usize, random: &mut Random) -> Function {
        let (params, results) = &self.functions[callee];
        let mut function =
            Function::new_with_locals_types(std::iter::once(ValType::I64).chain(results.iter().copied()));
        let mut sink = function.instructions();
        sink.i32_const(STEPS as i32).global_set(self.steps);
        for ty in params {
            constant(&mut sink, *ty, random, Some(0));
        }
        sink.call(callee as u32);
        for index in (1..=results.len() as u32).rev() {
            sink.local_set(index);
        }
        for (index, ty) in (1..).zip(results) {
            fold(&mut sink, *ty, index, 0);
        }
        sink.local_get(0).end();
        function
    }

    fn state(&self) -> Function {
        const HASH: u32 = 0;
        const AT: u32 = 1;
        const WORD: u32 = 2;
        const FIRST: u32 = 3;
        let tables = self.tables.iter().map(|ty| ValType::Ref(*ty));
        let locals = [ValType::I64, ValType::I32, ValType::I64].into_iter();
        let mut function = Function::new_with_locals_types(locals.chain(self.globals.iter().copied()).chain(tables));
        let mut sink = function.instructions();
        for (index, ty) in (0..).zip(&self.globals) {
            sink.global_get(index).local_set(FIRST + index);
            fold(&mut sink, *ty, FIRST + index, HASH);
        }
        for memory in 0..self.memories {
            let words = |sink: &mut InstructionSink<'_>| {
                sink.local_get(AT).memory_size(memory).i32_const(16).i32_shl().i32_ge_u();
            };
            each(&mut sink, AT, 8, words, |sink| {
                let at = MemArg { offset: 0, align: 0, memory_index: memory };
                sink.local_get(AT).i64_load(at).local_set(WORD);
                fold(sink, ValType::I64, WORD, HASH);
            });
        }
        for (table, ty) in (0..).zip(&self.tables) {
            let element = FIRST + self.globals.len() as u32 + table;
            let elements = |sink: &mut InstructionSink<'_>| {
                sink.local_get(AT).table_size(table).i32_ge_u();
            };
            each(&mut sink, AT, 1, elements, |sink| {
                sink.local_get(AT).table_get(table).local_set(element);
                fold(sink, ValType::Ref(*ty), element, HASH);
            });
        }
        sink.local_get(HASH).end();
        function
    }
}

/// A loop over `i32` local `at` from 0 on, until what `end` pushes is true.
fn each(
    sink: &mut InstructionSink<'_>,
    at: u32,
    step: i32,
    end: impl FnOnce(&mut InstructionSink<'_>),
    body: impl FnOnce(&mut InstructionSink<'_>),
) {
    sink.i32_const(0).local_set(at).block(BlockType::Empty).loop_(BlockType::Empty);
    end(sink);
    sink.br_if(1);
    body(sink);
    sink.local_get(at).i32_const(step).i32_add().local_set(at).br(0).end().end();
}
