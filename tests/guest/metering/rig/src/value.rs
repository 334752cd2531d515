//! Arguments and expected results, bit by bit.

use serde_json::{Value, json};
use wast::core::{NanPattern, V128Const, V128Pattern, WastArgCore, WastRetCore};
use wast::token::{F32, F64};
use wast::{WastArg, WastRet};

/// An argument; `None` for a kind that only unsupported proposals have.
pub fn argument(argument: &WastArg<'_>) -> Option<Value> {
    let WastArg::Core(argument) = argument else { return None };
    Some(match argument {
        WastArgCore::I32(value) => json!({ "i32": value }),
        WastArgCore::I64(value) => json!({ "i64": value.to_string() }),
        WastArgCore::F32(value) => json!({ "f32": value.bits }),
        WastArgCore::F64(value) => json!({ "f64": value.bits.to_string() }),
        WastArgCore::V128(value) => json!({ "v128": vector(value) }),
        WastArgCore::RefNull(_) => json!({ "null": true }),
        WastArgCore::RefExtern(value) => json!({ "extern": value }),
        _ => return None,
    })
}

fn vector(value: &V128Const) -> [String; 2] {
    let bytes = value.to_le_bytes();
    let half = |from: usize| {
        let mut half = [0; 8];
        half.copy_from_slice(&bytes[from..from + 8]);
        u64::from_le_bytes(half).to_string()
    };
    [half(0), half(8)]
}

/// What a result must match; `None` for a kind that only unsupported proposals have.
pub fn expected(expected: &WastRet<'_>) -> Option<Value> {
    let WastRet::Core(expected) = expected else { return None };
    core(expected)
}

fn core(expected: &WastRetCore<'_>) -> Option<Value> {
    Some(match expected {
        WastRetCore::I32(value) => json!({ "i32": value }),
        WastRetCore::I64(value) => json!({ "i64": value.to_string() }),
        WastRetCore::F32(value) => json!({ "f32": f32(value) }),
        WastRetCore::F64(value) => json!({ "f64": f64(value) }),
        WastRetCore::V128(value) => json!({ "lanes": lanes(value) }),
        WastRetCore::RefNull(_) => json!({ "null": true }),
        WastRetCore::RefExtern(Some(value)) => json!({ "extern": value }),
        WastRetCore::RefFunc(_) => json!({ "func": true }),
        WastRetCore::Either(cases) => json!({ "either": cases.iter().map(core).collect::<Option<Vec<_>>>()? }),
        _ => return None,
    })
}

fn f32(value: &NanPattern<F32>) -> Value {
    match value {
        NanPattern::CanonicalNan => "canonical".into(),
        NanPattern::ArithmeticNan => "arithmetic".into(),
        NanPattern::Value(value) => value.bits.into(),
    }
}

fn f64(value: &NanPattern<F64>) -> Value {
    match value {
        NanPattern::CanonicalNan => "canonical".into(),
        NanPattern::ArithmeticNan => "arithmetic".into(),
        NanPattern::Value(value) => value.bits.to_string().into(),
    }
}

fn lanes(value: &V128Pattern) -> Value {
    match value {
        V128Pattern::I8x16(lanes) => json!({ "i8": lanes }),
        V128Pattern::I16x8(lanes) => json!({ "i16": lanes }),
        V128Pattern::I32x4(lanes) => json!({ "i32": lanes }),
        V128Pattern::I64x2(lanes) => json!({ "i64": lanes.map(|lane| lane.to_string()) }),
        V128Pattern::F32x4(lanes) => json!({ "f32": lanes.each_ref().map(f32) }),
        V128Pattern::F64x2(lanes) => json!({ "f64": lanes.each_ref().map(f64) }),
    }
}
