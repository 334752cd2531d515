use wasm_encoder::reencode::{Reencode, RoundtripReencoder, utils};
use wasm_encoder::*;
use wasmparser::types::{EntityType, Types};

use super::random::Random;
use super::values::{constant, fold, signature};
use super::{Failure, imports};

/// A module that exports what the random module imports, import number `n` as `"n"`, and the mutable `i64` global `"trace"`, into which
/// every call of an import goes with all its arguments.
pub fn environment(of: &Types, random: &mut Random) -> Result<Vec<u8>, Failure> {
    let (mut types, mut functions, mut tables, mut memories, mut tags, mut globals, mut exports, mut code) = (
        TypeSection::new(),
        FunctionSection::new(),
        TableSection::new(),
        MemorySection::new(),
        TagSection::new(),
        GlobalSection::new(),
        ExportSection::new(),
        CodeSection::new(),
    );
    let mutable = GlobalType { val_type: ValType::I64, mutable: true, shared: false };
    globals.global(mutable, &ConstExpr::i64_const(0));
    exports.export("trace", ExportKind::Global, 0);
    for (number, (_, _, ty)) in imports(of).into_iter().enumerate() {
        let name = number.to_string();
        match ty {
            EntityType::Func(id) | EntityType::FuncExact(id) => {
                let (params, results) = signature(of[id].unwrap_func())?;
                functions.function(types.len());
                types.ty().function(params.iter().copied(), results.iter().copied());
                code.function(&import(number as i64, &params, &results, random));
                exports.export(&name, ExportKind::Func, functions.len() - 1);
            }
            EntityType::Tag(id) => {
                let (params, results) = signature(of[id].unwrap_func())?;
                tags.tag(TagType { kind: TagKind::Exception, func_type_idx: types.len() });
                types.ty().function(params, results);
                exports.export(&name, ExportKind::Tag, tags.len() - 1);
            }
            EntityType::Table(ty) => {
                tables.table(utils::table_type(&mut RoundtripReencoder, ty)?);
                exports.export(&name, ExportKind::Table, tables.len() - 1);
            }
            EntityType::Memory(ty) => {
                memories.memory(RoundtripReencoder.memory_type(ty)?);
                exports.export(&name, ExportKind::Memory, memories.len() - 1);
            }
            EntityType::Global(ty) => {
                let ty = RoundtripReencoder.global_type(ty)?;
                let mut value = Vec::new();
                constant(&mut InstructionSink::new(&mut value), ty.val_type, random, None);
                globals.global(ty, &ConstExpr::raw(value));
                exports.export(&name, ExportKind::Global, globals.len() - 1);
            }
        }
    }
    let mut module = Module::new();
    module.section(&types).section(&functions).section(&tables).section(&memories).section(&tags).section(&globals);
    module.section(&exports).section(&code);
    Ok(module.finish())
}

/// A function that notes its arguments in the trace and gives constants; some trap once in a while.
fn import(number: i64, params: &[ValType], results: &[ValType], random: &mut Random) -> Function {
    let hash = params.len() as u32;
    let mut function = Function::new([(1, ValType::I64)]);
    let mut sink = function.instructions();
    sink.global_get(0).i64_const(number).i64_add().local_set(hash);
    for (index, ty) in (0..).zip(params) {
        fold(&mut sink, *ty, index, hash);
    }
    sink.local_get(hash).i64_const(7).i64_rotl().global_set(0);
    if random.once_in(4) {
        sink.global_get(0).i64_const(15).i64_and().i64_eqz().if_(BlockType::Empty).unreachable().end();
    }
    for ty in results {
        constant(&mut sink, *ty, random, None);
    }
    sink.end();
    function
}
