//! The metered module, section by section.

use std::collections::HashMap;
use std::ops::Range;

use wasm_encoder::reencode::{self, Reencode, RoundtripReencoder};
use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, CustomSection, DataCountSection, EntityType, ExportKind, ExportSection,
    FunctionSection, GlobalSection, GlobalType, ImportSection, MemorySection, RawSection, SectionId, TableSection,
    TypeSection, ValType,
};
use wasmparser::TypeRef;

use super::Role;
use super::account::accounts;
use super::body;
use super::facts::Helper;
use super::module::Module;
use super::names;
use super::state::{SHARED, State};
use crate::{PlatformLimits, Refusal};

/// Where in the metered module things are that the original doesn't have.
pub(super) struct Additions {
    pub state: State,
    /// Whether an exception may end a call of one function and be caught in another.
    pub exceptions_pass: bool,
    /// Own globals of the original move by so many.
    moved: u32,
    imported_globals: u32,
    helpers: Vec<(Helper, u32)>,
    /// The types that blocks around whole bodies have, by the functions' original types.
    blocks: HashMap<u32, u32>,
}

impl Additions {
    /// The index of original global `index` in the metered module.
    pub fn global(&self, index: u32) -> u32 {
        if index < self.imported_globals { index } else { index + self.moved }
    }

    /// The index of a helper.
    pub fn helper(&self, wanted: Helper) -> Result<u32, Refusal> {
        let found = self.helpers.iter().find(|(helper, _)| *helper == wanted);
        found.map(|(_, index)| *index).ok_or_else(|| internal(&format!("{wanted:?} was not foreseen")))
    }

    /// The type of a block that gives what function `index` (without the imported ones) gives.
    pub fn block_type(&self, module: &Module<'_>, index: usize) -> Result<BlockType, Refusal> {
        let function = module.imported_functions + index as u32;
        match module.function_type(function).results() {
            [] => Ok(BlockType::Empty),
            [one] => Ok(BlockType::Result(self.val_type(*one)?)),
            _ => {
                let ty = self.blocks.get(&module.functions[function as usize]);
                ty.map(|ty| BlockType::FunctionType(*ty)).ok_or_else(|| internal("a block's type was not foreseen"))
            }
        }
    }

    pub fn val_type(&self, ty: wasmparser::ValType) -> Result<ValType, Refusal> {
        RoundtripReencoder.val_type(ty).map_err(unencodable)
    }
}

fn internal(message: &str) -> Refusal {
    Refusal::Invalid { offset: 0, message: format!("the meter failed: {message}") }
}

fn unencodable(error: reencode::Error) -> Refusal {
    Refusal::Invalid { offset: 0, message: error.to_string() }
}

/// Bytes of a function that V8 compiles.
const V8_FUNCTION_BYTES: u32 = 7_654_321;

/// Encodes the metered module.
pub(super) fn encode(module: &Module<'_>, limits: &PlatformLimits, role: Role) -> Result<Vec<u8>, Refusal> {
    let exceptions_pass = module.catches || role == Role::Sharer;
    let accounts = accounts(module, exceptions_pass, role == Role::Sharer)?;
    let spare_elements = spare_elements(module, limits)?;
    check_pages(module, limits)?;

    let mut types = TypeSection::new();
    if let Some(section) = module.sections.types.clone() {
        RoundtripReencoder.parse_type_section(&mut types, section).map_err(unencodable)?;
    }
    let mut helpers: Vec<Helper> = vec![Helper::Charge];
    helpers.extend(module.helpers.iter().copied());
    let mut functions = FunctionSection::new();
    for ty in &module.functions[module.imported_functions as usize..] {
        functions.function(*ty);
    }
    let mut placed = Vec::new();
    for helper in helpers {
        functions.function(helper_type(&mut types, module, helper)?);
        placed.push((helper, module.functions.len() as u32 + placed.len() as u32));
    }
    let mut blocks = HashMap::new();
    for ty in &module.functions[module.imported_functions as usize..] {
        let results = module.types[*ty as usize].results();
        if results.len() > 1 && !blocks.contains_key(ty) {
            blocks.insert(*ty, types.len());
            let results = results
                .iter()
                .map(|ty| RoundtripReencoder.val_type(*ty))
                .collect::<Result<Vec<_>, _>>()
                .map_err(unencodable)?;
            types.ty().function([], results);
        }
    }
    let all = module.globals.len() as u32;
    let grows_tables = placed.iter().any(|(helper, _)| matches!(helper, Helper::GrowTable(_)));
    let (state, moved) = match role {
        Role::Sharer => (State::at(module.imported_globals, all + SHARED.len() as u32), SHARED.len() as u32),
        _ => (State::at(all, all + SHARED.len() as u32), 0),
    };
    let additions =
        Additions { state, exceptions_pass, moved, imported_globals: module.imported_globals, helpers: placed, blocks };

    let mut out = wasm_encoder::Module::new();
    out.section(&types);
    let imports = imports(module, role)?;
    if !imports.is_empty() {
        out.section(&imports);
    }
    out.section(&functions);
    let tables = tables(module, limits)?;
    if !tables.is_empty() {
        out.section(&tables);
    }
    let memories = memories(module, limits);
    if !memories.is_empty() {
        out.section(&memories);
    }
    copy(&mut out, module, SectionId::Tag, module.sections.tags.as_ref());
    let globals = globals(module, role, &additions, grows_tables.then_some(spare_elements))?;
    if !globals.is_empty() {
        out.section(&globals);
    }
    out.section(&exports(module, role, &additions)?);
    copy(&mut out, module, SectionId::Element, module.sections.elements.as_ref());
    if let Some(count) = module.sections.data_count {
        out.section(&DataCountSection { count });
    }
    let mut code = CodeSection::new();
    let mut size = module.bytes.len() as u64;
    for (index, account) in accounts.iter().enumerate() {
        let body = body::rewrite(module, index, account, &additions)?;
        let function = module.imported_functions as usize + index;
        Refusal::limit(format!("bytes of function {function} with its charges"), body.len() as u64, V8_FUNCTION_BYTES)?;
        size += (body.len() as u64).saturating_sub(module.bodies[index].code.as_bytes().len() as u64);
        Refusal::limit("bytes of a core module with its charges", size, limits.metered_bytes)?;
        code.raw(&body);
    }
    for (helper, _) in &additions.helpers {
        code.function(&body::helper(*helper, &additions));
    }
    out.section(&code);
    copy(&mut out, module, SectionId::Data, module.sections.data.as_ref());
    if let Some(names) = module.sections.names {
        out.section(&CustomSection { name: "name".into(), data: names.into() });
    }
    Ok(out.finish())
}

fn copy(out: &mut wasm_encoder::Module, module: &Module<'_>, id: SectionId, range: Option<&Range<u64>>) {
    if let Some(data) = range.and_then(|range| module.bytes.get(range.start as usize..range.end as usize)) {
        out.section(&RawSection { id: id.into(), data });
    }
}

fn helper_type(types: &mut TypeSection, module: &Module<'_>, helper: Helper) -> Result<u32, Refusal> {
    let (parameters, results) = match helper {
        Helper::Charge => (vec![ValType::I32], vec![]),
        Helper::Bytes | Helper::Elements | Helper::GrowMemory(_) => (vec![ValType::I32], vec![ValType::I32]),
        Helper::GrowTable(table) => {
            let element = module.tables[table as usize].element_type;
            let element = RoundtripReencoder.ref_type(element).map_err(unencodable)?;
            (vec![ValType::Ref(element), ValType::I32], vec![ValType::I32])
        }
    };
    types.ty().function(parameters, results);
    Ok(types.len() - 1)
}

fn imports(module: &Module<'_>, role: Role) -> Result<ImportSection, Refusal> {
    let mut imports = ImportSection::new();
    if let Some(section) = module.sections.imports.clone() {
        RoundtripReencoder.parse_import_section(&mut imports, section).map_err(unencodable)?;
    }
    if role == Role::Sharer {
        for (name, val_type) in SHARED {
            let ty = GlobalType { val_type, mutable: true, shared: false };
            imports.import(names::STATE, name, EntityType::Global(ty));
        }
    }
    Ok(imports)
}

fn tables(module: &Module<'_>, limits: &PlatformLimits) -> Result<TableSection, Refusal> {
    let mut tables = TableSection::new();
    for table in module.sections.tables.clone().into_iter().flatten() {
        let mut table = table?;
        let most = u64::from(limits.table_elements);
        table.ty.maximum = Some(table.ty.maximum.map_or(most, |declared| declared.min(most)));
        RoundtripReencoder.parse_table(&mut tables, table).map_err(unencodable)?;
    }
    Ok(tables)
}

/// The elements that the tables may grow by, all together.
fn spare_elements(module: &Module<'_>, limits: &PlatformLimits) -> Result<u32, Refusal> {
    let imported = module.imports.iter().filter(|import| matches!(import.ty, TypeRef::Table(_))).count();
    let given = module.tables.iter().skip(imported).fold(0u64, |sum, table| sum.saturating_add(table.initial));
    match u64::from(limits.table_elements).checked_sub(given) {
        Some(spare) => Ok(limits.table_growth.min(spare as u32)),
        None => {
            Err(Refusal::Limit { what: "elements of all tables".to_owned(), given, most: limits.table_elements.into() })
        }
    }
}

fn check_pages(module: &Module<'_>, limits: &PlatformLimits) -> Result<(), Refusal> {
    let imported = module.imports.iter().filter(|import| matches!(import.ty, TypeRef::Memory(_))).count();
    let given = module.memories.iter().skip(imported).fold(0u64, |sum, memory| sum.saturating_add(memory.initial));
    if given > limits.memory_pages.into() {
        return Err(Refusal::Limit {
            what: "pages of all memories".to_owned(),
            given,
            most: limits.memory_pages.into(),
        });
    }
    Ok(())
}

fn memories(module: &Module<'_>, limits: &PlatformLimits) -> MemorySection {
    let imported = module.imports.iter().filter(|import| matches!(import.ty, TypeRef::Memory(_))).count();
    let mut memories = MemorySection::new();
    for memory in module.memories.iter().skip(imported) {
        let most = u64::from(limits.memory_pages);
        memories.memory(wasm_encoder::MemoryType {
            minimum: memory.initial,
            maximum: Some(memory.maximum.map_or(most, |declared| declared.min(most))),
            memory64: memory.memory64,
            shared: memory.shared,
            page_size_log2: memory.page_size_log2,
        });
    }
    memories
}

fn globals(
    module: &Module<'_>,
    role: Role,
    additions: &Additions,
    elements: Option<u32>,
) -> Result<GlobalSection, Refusal> {
    /// Constant expressions see globals under their new numbers.
    struct Renumber<'a>(&'a Additions);
    impl Reencode for Renumber<'_> {
        type Error = std::convert::Infallible;
        fn global_index(&mut self, global: u32) -> Result<u32, reencode::Error> {
            Ok(self.0.global(global))
        }
    }
    let mut globals = GlobalSection::new();
    if let Some(section) = module.sections.globals.clone() {
        Renumber(additions).parse_global_section(&mut globals, section).map_err(unencodable)?;
    }
    let mutable = |val_type| GlobalType { val_type, mutable: true, shared: false };
    if role == Role::Owner {
        for (_, ty) in SHARED {
            let zero = if ty == ValType::I64 { ConstExpr::i64_const(0) } else { ConstExpr::i32_const(0) };
            globals.global(mutable(ty), &zero);
        }
    }
    if let Some(spare) = elements {
        globals.global(mutable(ValType::I32), &ConstExpr::i32_const(spare as i32));
    }
    Ok(globals)
}

fn exports(module: &Module<'_>, role: Role, additions: &Additions) -> Result<ExportSection, Refusal> {
    let mut exports = ExportSection::new();
    for export in &module.exports {
        let kind = reencode::utils::export_kind(&mut RoundtripReencoder, export.kind);
        let index = if kind == ExportKind::Global { additions.global(export.index) } else { export.index };
        exports.export(export.name, kind, index);
    }
    if role == Role::Owner {
        let state = additions.state;
        for (index, (name, _)) in (state.fuel..).zip(SHARED) {
            exports.export(&names::of(name), ExportKind::Global, index);
        }
    }
    exports.export(&names::of("charge"), ExportKind::Func, additions.helper(Helper::Charge)?);
    if let Some(start) = module.start {
        exports.export(&names::of("start"), ExportKind::Func, start);
    }
    for (name, kind, index) in names::restorable(module) {
        let index = if kind == ExportKind::Global { additions.global(index) } else { index };
        exports.export(&name, kind, index);
    }
    Ok(exports)
}
