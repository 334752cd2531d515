//! Whether bytes are WebAssembly that guests may use, within the platform's limits.
//!
//! Two passes: the first only counts, so that what is too much of anything is refused before anybody does work in proportion to it; the
//! second is the specification's validation, with our feature set.

mod census;
mod joins;
mod magic;
mod weight;

use wasmparser::types::Types;
use wasmparser::{FuncToValidate, FuncValidatorAllocations, FunctionBody, ValidatorResources};
use wasmparser::{Parser, ValidPayload, Validator, WasmFeatures};

pub(crate) use census::{Census, Custom};

use self::joins::Joins;
use crate::{PlatformLimits, Refusal, features::FEATURES};

/// What is known of valid bytes.
pub(crate) struct Valid {
    /// What they consist of.
    pub(crate) census: Census,
    /// Their imports and exports with types.
    pub(crate) types: Types,
}

/// Checks an upload against the limits and the feature set.
pub(crate) fn validate(bytes: &[u8], limits: &PlatformLimits) -> Result<Valid, Refusal> {
    Refusal::limit("bytes of the module", bytes.len() as u64, limits.module_bytes)?;
    magic::check(bytes)?;
    let census = Census::of(bytes, limits)?;
    let types = types(bytes, limits, FEATURES).map_err(|refusal| explain(refusal, bytes, limits))?;
    Ok(Valid { census, types })
}

/// Tells what is wrong by the specification from what is only not in our feature set.
fn explain(refusal: Refusal, bytes: &[u8], limits: &PlatformLimits) -> Refusal {
    let Refusal::Invalid { offset, message } = refusal else { return refusal };
    match types(bytes, limits, WasmFeatures::all()) {
        Err(Refusal::Invalid { offset: same, .. }) if same <= offset => Refusal::Invalid { offset, message },
        _ => Refusal::Feature { offset, message },
    }
}

fn types(bytes: &[u8], limits: &PlatformLimits, features: WasmFeatures) -> Result<Types, Refusal> {
    let mut validator = Validator::new_with_features(features);
    let mut allocations = FuncValidatorAllocations::default();
    let mut types = None;
    let mut joins = 0;
    for payload in Parser::new(0).parse_all(bytes) {
        match validator.payload(&payload?)? {
            ValidPayload::Func(function, body) => {
                allocations = self::body(function, &body, allocations, &mut joins, limits)?;
            }
            // The outermost module or component ends last.
            ValidPayload::End(ended) => types = Some(ended),
            ValidPayload::Ok | ValidPayload::Parser(_) => {}
        }
    }
    types.ok_or_else(|| Refusal::Invalid { offset: bytes.len() as u64, message: "unexpected end".into() })
}

/// Validates one function; stops at the first block that is nested too deep.
fn body(
    function: FuncToValidate<ValidatorResources>,
    body: &FunctionBody<'_>,
    allocations: FuncValidatorAllocations,
    joins_of_all: &mut u64,
    limits: &PlatformLimits,
) -> Result<FuncValidatorAllocations, Refusal> {
    let index = function.index;
    let (code, start) = (body.as_bytes(), body.range().start);
    let mut joins = Joins::default();
    let mut validator = function.into_validator(allocations);
    let mut reader = body.get_binary_reader();
    validator.read_locals(&mut reader)?;
    // Those of the function's type are counted only here.
    Refusal::limit(
        format!("locals of function {index}, its parameters included"),
        validator.len_locals(),
        limits.locals,
    )?;
    reader.set_features(*validator.features());
    let mut deepest = 0;
    while !reader.eof() {
        let offset = reader.original_position();
        let values = u64::from(validator.len_locals()) + u64::from(validator.operand_stack_height());
        reader.visit_operator(&mut validator.visitor(offset))??;
        joins.count(
            &code[(offset - start) as usize..(reader.original_position() - start) as usize],
            values,
            validator.resources(),
        );
        let height = validator.control_stack_height();
        if height > deepest {
            deepest = height;
            // The function itself is the outermost.
            Refusal::limit(format!("blocks inside one another in function {index}"), height - 1, limits.nesting)?;
        }
    }
    reader.finish_expression(&validator.visitor(reader.original_position()))?;
    Refusal::limit(format!("values at the branches of function {index}"), joins.values, limits.joined_values)?;
    *joins_of_all += joins.values;
    Refusal::limit("values at the branches of all functions", *joins_of_all, limits.all_joined_values)?;
    Ok(validator.into_allocations())
}

impl From<wasmparser::Error> for Refusal {
    fn from(error: wasmparser::Error) -> Refusal {
        Refusal::Invalid { offset: error.offset(), message: error.message().to_string() }
    }
}
