//! Modules that carry any value across the border to JavaScript without losing a bit.

use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{
    CodeSection, EntityType, ExportKind, ExportSection, Function, FunctionSection, ImportSection, InstructionSink,
    Module, TypeSection, ValType,
};
use wasmparser::FuncType;

use crate::Failure;

/// A module that imports `m.f` of type `ty` and exports `f` with floats and vectors as integers: an `f32` is an `i32`, an `f64` an `i64`, a
/// `v128` two `i64`, the low half first.
pub fn adapter(ty: &FuncType) -> Result<Vec<u8>, Failure> {
    let convert = |types: &[wasmparser::ValType]| {
        types.iter().map(|ty| RoundtripReencoder.val_type(*ty)).collect::<Result<Vec<_>, _>>()
    };
    let (parameters, results) = (convert(ty.params())?, convert(ty.results())?);
    let flat = |types: &[ValType]| types.iter().flat_map(|ty| flat(*ty).to_vec()).collect::<Vec<_>>();

    let mut types = TypeSection::new();
    types.ty().function(parameters.iter().copied(), results.iter().copied());
    types.ty().function(flat(&parameters), flat(&results));
    let mut imports = ImportSection::new();
    imports.import("m", "f", EntityType::Function(0));
    let mut functions = FunctionSection::new();
    functions.function(1);
    let mut exports = ExportSection::new();
    exports.export("f", ExportKind::Func, 1);

    let first = flat(&parameters).len() as u32;
    let mut function = Function::new_with_locals_types(results.iter().copied());
    let mut sink = function.instructions();
    let mut local = 0;
    for ty in &parameters {
        match ty {
            ValType::F32 => sink.local_get(local).f32_reinterpret_i32(),
            ValType::F64 => sink.local_get(local).f64_reinterpret_i64(),
            ValType::V128 => sink.local_get(local).i64x2_splat().local_get(local + 1).i64x2_replace_lane(1),
            _ => sink.local_get(local),
        };
        local += flat_len(*ty);
    }
    sink.call(0);
    for index in (0..results.len() as u32).rev() {
        sink.local_set(first + index);
    }
    for (index, ty) in (first..).zip(&results) {
        carry(&mut sink, index, *ty);
    }
    sink.end();
    let mut code = CodeSection::new();
    code.function(&function);

    let mut module = Module::new();
    module.section(&types).section(&imports).section(&functions).section(&exports).section(&code);
    Ok(module.finish())
}

fn flat(ty: ValType) -> &'static [ValType] {
    match ty {
        ValType::I32 | ValType::F32 => &[ValType::I32],
        ValType::I64 | ValType::F64 => &[ValType::I64],
        ValType::V128 => &[ValType::I64, ValType::I64],
        ValType::Ref(ty) if ty == wasm_encoder::RefType::FUNCREF => &[ValType::FUNCREF],
        ValType::Ref(_) => &[ValType::EXTERNREF],
    }
}

fn flat_len(ty: ValType) -> u32 {
    flat(ty).len() as u32
}

fn carry(sink: &mut InstructionSink<'_>, local: u32, ty: ValType) {
    sink.local_get(local);
    match ty {
        ValType::F32 => sink.i32_reinterpret_f32(),
        ValType::F64 => sink.i64_reinterpret_f64(),
        ValType::V128 => sink.i64x2_extract_lane(0).local_get(local).i64x2_extract_lane(1),
        _ => sink,
    };
}
