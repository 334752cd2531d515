//! What work costs.
//!
//! One unit is about the time of one simple operator. The figures are rounded from measurements in V8 (tests/guest/metering/free.test.mjs
//! holds them to within a factor of 20 of each other) and are part of what a bundle is: a change of any of them is a new [`VERSION`].

use wasmparser::Operator;

/// The version of this schedule; part of a bundle's manifest.
pub const VERSION: u32 = 2;

/// Fuel for each byte that glue copies for a guest (strings, lists).
pub const COPIED_BYTE: u32 = 1;
/// Fuel for each call that glue carries across the border, in either direction, besides what it copies.
pub const CROSSING: u32 = 100;

/// Entering a function, besides its operators and locals.
pub(super) const ENTRY: u64 = 3;
/// Entering a function, for so many locals one unit more.
pub(super) const LOCALS_PER_UNIT: u64 = 8;
/// Going round a loop, besides its operators.
pub(super) const ITERATION: u64 = 3;
/// Calling an import, besides what the host charges for what it does.
pub(super) const IMPORT: u64 = 60;
/// Bytes that a bulk operation on memory handles for one unit, as a shift.
pub(super) const BULK_BYTES_SHIFT: u32 = 2;
/// Each element that a bulk operation on tables handles.
pub(super) const BULK_ELEMENT: i64 = 150;
/// Growing a memory, besides its new pages.
pub(super) const GROWTH: u32 = 1_500;
/// Catching an exception of whatever kind that came out of a call, besides what throwing it cost: the host may have thrown it, for which nobody pays.
pub(super) const CAUGHT: u32 = 20_000;
/// Each word of stack from which a caught exception came: the host walks through every frame.
pub(super) const UNWOUND_WORD: i64 = 32;
/// Each page that a memory grows by: its 16 pages of the host's have to be mapped and cleared.
pub(super) const GROWN_PAGE: i64 = 16_384;

macro_rules! costs {
    ($operator:expr; $($cost:literal: $($name:ident)*;)*) => {
        match $operator {
            $($(Operator::$name { .. })|* => Some($cost),)*
            _ => None,
        }
    };
}

/// What `operator` costs each time that it runs; `None` if the meter doesn't know it.
///
/// What depends on an operand, a callee or an import comes on top of it.
pub(super) fn cost(operator: &Operator<'_>) -> Option<u64> {
    costs! { operator;
        // Leaves nothing in the machine's code.
        0: Nop Block Loop Else End Drop;
        1: Unreachable If Br BrIf Return Select TypedSelect LocalGet LocalSet LocalTee GlobalGet MemorySize
            TableSize RefNull RefIsNull TryTable
            I32Const I64Const F32Const F64Const V128Const
            I32Eqz I32Eq I32Ne I32LtS I32LtU I32GtS I32GtU I32LeS I32LeU I32GeS I32GeU
            I64Eqz I64Eq I64Ne I64LtS I64LtU I64GtS I64GtU I64LeS I64LeU I64GeS I64GeU
            F32Eq F32Ne F32Lt F32Gt F32Le F32Ge F64Eq F64Ne F64Lt F64Gt F64Le F64Ge
            I32Clz I32Ctz I32Popcnt I32Add I32Sub I32Mul I32And I32Or I32Xor I32Shl I32ShrS I32ShrU I32Rotl I32Rotr
            I64Clz I64Ctz I64Popcnt I64Add I64Sub I64And I64Or I64Xor I64Shl I64ShrS I64ShrU I64Rotl I64Rotr
            F32Abs F32Neg F32Copysign F64Abs F64Neg F64Copysign
            I32WrapI64 I64ExtendI32S I64ExtendI32U I32Extend8S I32Extend16S I64Extend8S I64Extend16S I64Extend32S
            I32ReinterpretF32 I64ReinterpretF64 F32ReinterpretI32 F64ReinterpretI64 F32DemoteF64 F64PromoteF32
            I8x16Splat I16x8Splat I32x4Splat I64x2Splat F32x4Splat F64x2Splat
            I8x16Eq I8x16Ne I8x16LtS I8x16LtU I8x16GtS I8x16GtU I8x16LeS I8x16LeU I8x16GeS I8x16GeU
            I16x8Eq I16x8Ne I16x8LtS I16x8LtU I16x8GtS I16x8GtU I16x8LeS I16x8LeU I16x8GeS I16x8GeU
            I32x4Eq I32x4Ne I32x4LtS I32x4LtU I32x4GtS I32x4GtU I32x4LeS I32x4LeU I32x4GeS I32x4GeU
            I64x2Eq I64x2Ne I64x2LtS I64x2GtS I64x2LeS I64x2GeS
            F32x4Eq F32x4Ne F32x4Lt F32x4Gt F32x4Le F32x4Ge F64x2Eq F64x2Ne F64x2Lt F64x2Gt F64x2Le F64x2Ge
            V128Not V128And V128AndNot V128Or V128Xor V128Bitselect
            I8x16Abs I8x16Neg I8x16NarrowI16x8S I8x16NarrowI16x8U I8x16Add I8x16AddSatS I8x16AddSatU I8x16Sub
            I8x16SubSatS I8x16SubSatU
            I8x16MinS I8x16MinU I8x16MaxS I8x16MaxU I8x16AvgrU
            I16x8Abs I16x8Neg I16x8NarrowI32x4S I16x8NarrowI32x4U I16x8Shl I16x8ShrS I16x8ShrU
            I16x8ExtendLowI8x16S I16x8ExtendHighI8x16S I16x8ExtendLowI8x16U I16x8ExtendHighI8x16U
            I16x8Add I16x8AddSatS I16x8AddSatU I16x8Sub I16x8SubSatS I16x8SubSatU I16x8Mul I16x8MinS I16x8MinU
            I16x8MaxS I16x8MaxU I16x8AvgrU
            I32x4Abs I32x4Neg I32x4ExtendLowI16x8S I32x4ExtendHighI16x8S I32x4ExtendLowI16x8U I32x4ExtendHighI16x8U
            I32x4Shl I32x4ShrS I32x4ShrU I32x4Add I32x4Sub I32x4Mul I32x4MinS I32x4MinU I32x4MaxS I32x4MaxU
            I32x4DotI16x8S
            I64x2Abs I64x2Neg I64x2ExtendLowI32x4S I64x2ExtendHighI32x4S I64x2ExtendLowI32x4U I64x2ExtendHighI32x4U
            I64x2Shl I64x2ShrU I64x2Add I64x2Sub
            F32x4Abs F32x4Neg F32x4PMin F32x4PMax F64x2Abs F64x2Neg F64x2PMin F64x2PMax;
        2: I64Mul
            GlobalSet
            I32Load I64Load F32Load F64Load I32Load8S I32Load8U I32Load16S I32Load16U
            I64Load8S I64Load8U I64Load16S I64Load16U I64Load32S I64Load32U
            I32Store I64Store F32Store F64Store I32Store8 I32Store16 I64Store8 I64Store16 I64Store32
            F32ConvertI32S F32ConvertI32U F32ConvertI64S F64ConvertI32S F64ConvertI32U F64ConvertI64S
            V128Load V128Load8x8S V128Load8x8U V128Load16x4S V128Load16x4U V128Load32x2S V128Load32x2U
            V128Load8Splat V128Load16Splat V128Load32Splat V128Load64Splat V128Load32Zero V128Load64Zero V128Store
            V128Load8Lane V128Load16Lane V128Load32Lane V128Load64Lane V128Store8Lane V128Store16Lane
            V128Store32Lane V128Store64Lane
            I8x16Shuffle I8x16Swizzle
            I8x16ExtractLaneS I8x16ExtractLaneU I8x16ReplaceLane I16x8ExtractLaneS I16x8ExtractLaneU
            I16x8ReplaceLane
            I32x4ExtractLane I32x4ReplaceLane I64x2ExtractLane I64x2ReplaceLane F32x4ExtractLane F32x4ReplaceLane
            F64x2ExtractLane F64x2ReplaceLane
            V128AnyTrue I8x16AllTrue I16x8AllTrue I32x4AllTrue I64x2AllTrue I8x16Bitmask I16x8Bitmask I32x4Bitmask
            I64x2Bitmask
            I16x8ExtAddPairwiseI8x16S I16x8ExtAddPairwiseI8x16U I32x4ExtAddPairwiseI16x8S I32x4ExtAddPairwiseI16x8U
            I16x8Q15MulrSatS
            I16x8ExtMulLowI8x16S I16x8ExtMulHighI8x16S I16x8ExtMulLowI8x16U I16x8ExtMulHighI8x16U
            I32x4ExtMulLowI16x8S I32x4ExtMulHighI16x8S I32x4ExtMulLowI16x8U I32x4ExtMulHighI16x8U
            I64x2ExtMulLowI32x4S I64x2ExtMulHighI32x4S I64x2ExtMulLowI32x4U I64x2ExtMulHighI32x4U
            F32x4ConvertI32x4S F64x2ConvertLowI32x4S F32x4DemoteF64x2Zero F64x2PromoteLowF32x4;
        3: F32Add F32Sub F32Mul F64Add F64Sub F64Mul F32x4Add F32x4Sub F32x4Mul F64x2Add F64x2Sub F64x2Mul;
        4: F32Min F32Max F64Min F64Max F32ConvertI64U F64ConvertI64U
            F32Ceil F32Floor F32Trunc F32Nearest F64Ceil F64Floor F64Trunc F64Nearest F32x4Ceil F32x4Floor
            F32x4Trunc F32x4Nearest F64x2Ceil F64x2Floor F64x2Trunc F64x2Nearest DataDrop ElemDrop
            BrTable
            I64x2ShrS
            F32x4ConvertI32x4U F64x2ConvertLowI32x4U
            TableGet;
        8: F32x4Min F32x4Max F64x2Min F64x2Max I64x2Mul I8x16Popcnt I8x16Shl I8x16ShrS I8x16ShrU RefFunc
            I32TruncF32S I32TruncF32U I32TruncF64S I32TruncF64U I64TruncF32S I64TruncF32U I64TruncF64S I64TruncF64U
            Call ReturnCall;
        12: I32TruncSatF32S I32TruncSatF32U I32TruncSatF64S I32TruncSatF64U I64TruncSatF32S
            I64TruncSatF32U I64TruncSatF64S I64TruncSatF64U;
        16: I32x4TruncSatF32x4S I32x4TruncSatF32x4U I32x4TruncSatF64x2SZero I32x4TruncSatF64x2UZero I32DivS I32DivU
            I32RemS I32RemU F32Div F64Div
            CallIndirect;
        20: F32x4Div F64x2Div;
        24: I64DivS I64DivU I64RemS I64RemU
            ReturnCallIndirect;
        28: F32Sqrt F64Sqrt F32x4Sqrt F64x2Sqrt;
        32: MemoryGrow;
        64: MemoryInit MemoryCopy MemoryFill;
        200: TableSet TableGrow TableInit TableCopy TableFill;
        2_500: Throw ThrowRef;
    }
}
