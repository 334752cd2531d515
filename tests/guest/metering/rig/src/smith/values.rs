//! Values: constants to pass, and how values that come back become part of one number.

use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{InstructionSink, ValType};
use wasmparser::FuncType;

use super::random::Random;
use crate::Failure;

const MULTIPLIER: i64 = 0x5851_f42d_4c95_7f2d;

/// The parameters and results of a type, for the encoder.
pub fn signature(ty: &FuncType) -> Result<(Vec<ValType>, Vec<ValType>), Failure> {
    let convert = |types: &[wasmparser::ValType]| RoundtripReencoder.val_types(types.to_vec());
    Ok((convert(ty.params())?, convert(ty.results())?))
}

fn bits(random: &mut Random) -> u64 {
    const EDGES: [u64; 14] = [
        0,
        1,
        u64::MAX,
        i64::MIN as u64,
        i64::MAX as u64,
        i32::MIN as u32 as u64,
        i32::MAX as u64,
        65_535,
        65_536,
        0x3ff0_0000_0000_0000,
        0x3f80_0000,
        0x7ff8_0000_0000_0000,
        0x7fc0_0000,
        0x41e0_0000_0000_0000,
    ];
    match random.below(3) {
        0 => EDGES[random.below(EDGES.len())],
        1 => random.below(64) as u64,
        _ => random.next(),
    }
}

/// Pushes a value of type `ty`; `function` is one that may be referred to.
pub fn constant(sink: &mut InstructionSink<'_>, ty: ValType, random: &mut Random, function: Option<u32>) {
    let bits = bits(random);
    match ty {
        ValType::I32 => sink.i32_const(bits as i32),
        ValType::I64 => sink.i64_const(bits as i64),
        ValType::F32 => sink.f32_const(f32::from_bits(bits as u32).into()),
        ValType::F64 => sink.f64_const(f64::from_bits(bits).into()),
        ValType::V128 => sink.v128_const(i128::from(bits) << 64 | i128::from(random.next())),
        ValType::Ref(reference) => match function.filter(|_| ty == ValType::FUNCREF && bits & 1 == 1) {
            Some(function) => sink.ref_func(function),
            None => sink.ref_null(reference.heap_type),
        },
    };
}

/// Makes the value of local `from` part of the number in `i64` local `hash`.
pub fn fold(sink: &mut InstructionSink<'_>, ty: ValType, from: u32, hash: u32) {
    let mut mix = |value: &dyn Fn(&mut InstructionSink<'_>)| {
        sink.local_get(hash).i64_const(MULTIPLIER).i64_mul();
        value(sink);
        sink.i64_xor().i64_const(29).i64_rotl().local_set(hash);
    };
    match ty {
        ValType::I32 => mix(&|sink| {
            sink.local_get(from).i64_extend_i32_u();
        }),
        ValType::I64 => mix(&|sink| {
            sink.local_get(from);
        }),
        ValType::F32 => mix(&|sink| {
            sink.local_get(from).i32_reinterpret_f32().i64_extend_i32_u();
        }),
        ValType::F64 => mix(&|sink| {
            sink.local_get(from).i64_reinterpret_f64();
        }),
        ValType::V128 => {
            for lane in [0, 1] {
                mix(&|sink| {
                    sink.local_get(from).i64x2_extract_lane(lane);
                });
            }
        }
        // References have no bits to compare; another instance's are others.
        ValType::Ref(_) => mix(&|sink| {
            sink.local_get(from).ref_is_null().i64_extend_i32_u();
        }),
    }
}
