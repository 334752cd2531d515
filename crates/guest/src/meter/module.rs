//! A validated module, its sections at hand.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use wasmparser::{
    CompositeInnerType, Encoding, Export, ExternalKind, FuncToValidate, FuncType, FuncValidatorAllocations,
    FunctionBody, GlobalType, Import, MemoryType, Operator, Parser, Payload, TableType, TypeRef, ValidPayload,
    Validator, ValidatorResources,
};

use super::facts::{Facts, Helper};
use crate::Refusal;
use crate::features::FEATURES;

/// A valid core module.
pub(super) struct Module<'a> {
    pub bytes: &'a [u8],
    pub types: Vec<FuncType>,
    pub imports: Vec<Import<'a>>,
    /// The types of all functions, imported ones first.
    pub functions: Vec<u32>,
    pub tables: Vec<TableType>,
    pub memories: Vec<MemoryType>,
    pub globals: Vec<GlobalType>,
    pub exports: Vec<Export<'a>>,
    pub start: Option<u32>,
    pub imported_functions: u32,
    pub imported_globals: u32,
    /// The bodies of the module's own functions, and what was seen in them.
    pub bodies: Vec<Body<'a>>,
    /// Functions that the host or a table may call: exported, the start function, or mentioned by `ref.func` or an element segment.
    pub escaping: BTreeSet<u32>,
    /// What functions need of those that the pass adds.
    pub helpers: BTreeSet<Helper>,
    /// Whether some function can catch an exception.
    pub catches: bool,
    pub sections: Sections<'a>,
}

/// A function of the module's own.
pub(super) struct Body<'a> {
    pub code: FunctionBody<'a>,
    pub facts: Facts,
}

/// Sections that are copied, or encoded anew with additions, as ranges of the module's bytes.
#[derive(Default)]
pub(super) struct Sections<'a> {
    pub types: Option<wasmparser::TypeSectionReader<'a>>,
    pub imports: Option<wasmparser::ImportSectionReader<'a>>,
    pub tables: Option<wasmparser::TableSectionReader<'a>>,
    pub tags: Option<Range<u64>>,
    pub globals: Option<wasmparser::GlobalSectionReader<'a>>,
    pub elements: Option<Range<u64>>,
    pub data_count: Option<u32>,
    pub data: Option<Range<u64>>,
    pub names: Option<&'a [u8]>,
}

impl<'a> Module<'a> {
    /// Reads and validates `bytes`.
    pub fn read(bytes: &'a [u8]) -> Result<Module<'a>, Refusal> {
        let mut validator = Validator::new_with_features(FEATURES);
        let mut parser = Parser::new(0);
        parser.set_features(FEATURES);
        let mut module = Module {
            bytes,
            types: Vec::new(),
            imports: Vec::new(),
            functions: Vec::new(),
            tables: Vec::new(),
            memories: Vec::new(),
            globals: Vec::new(),
            exports: Vec::new(),
            start: None,
            imported_functions: 0,
            imported_globals: 0,
            bodies: Vec::new(),
            escaping: BTreeSet::new(),
            helpers: BTreeSet::new(),
            catches: false,
            sections: Sections::default(),
        };
        let mut allocations = FuncValidatorAllocations::default();
        for payload in parser.parse_all(bytes) {
            let payload = payload?;
            if let Payload::Version { encoding: Encoding::Component, .. } = payload {
                let message = "a component where a core module should be".to_owned();
                return Err(Refusal::Invalid { offset: 0, message });
            }
            if let ValidPayload::Func(function, body) = validator.payload(&payload)? {
                allocations = module.function(function, body, allocations)?;
            } else {
                module.section(payload)?;
            }
        }
        Ok(module)
    }

    fn section(&mut self, payload: Payload<'a>) -> Result<(), Refusal> {
        match payload {
            Payload::TypeSection(section) => {
                for group in section.clone() {
                    for ty in group?.into_types() {
                        let CompositeInnerType::Func(ty) = ty.composite_type.inner else {
                            let message = "a type that is not a function's".to_owned();
                            return Err(Refusal::Invalid { offset: section.range().start, message });
                        };
                        self.types.push(ty);
                    }
                }
                self.sections.types = Some(section);
            }
            Payload::ImportSection(section) => {
                for import in section.clone().into_imports() {
                    self.import(import?);
                }
                self.sections.imports = Some(section);
            }
            Payload::FunctionSection(section) => {
                for ty in section {
                    self.functions.push(ty?);
                }
            }
            Payload::TableSection(section) => {
                for table in section.clone() {
                    let table = table?;
                    self.tables.push(table.ty);
                    if let wasmparser::TableInit::Expr(init) = table.init {
                        self.mentions(init.get_operators_reader())?;
                    }
                }
                self.sections.tables = Some(section);
            }
            Payload::MemorySection(section) => {
                for memory in section {
                    self.memories.push(memory?);
                }
            }
            Payload::TagSection(section) => self.sections.tags = Some(section.range()),
            Payload::GlobalSection(section) => {
                for global in section.clone() {
                    let global = global?;
                    self.globals.push(global.ty);
                    self.mentions(global.init_expr.get_operators_reader())?;
                }
                self.sections.globals = Some(section);
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export?;
                    if export.kind == ExternalKind::Func {
                        self.escaping.insert(export.index);
                    }
                    self.exports.push(export);
                }
            }
            Payload::StartSection { func, .. } => {
                self.escaping.insert(func);
                self.start = Some(func);
            }
            Payload::ElementSection(section) => {
                self.sections.elements = Some(section.range());
                for element in section {
                    match element?.items {
                        wasmparser::ElementItems::Functions(functions) => {
                            for function in functions {
                                self.escaping.insert(function?);
                            }
                        }
                        wasmparser::ElementItems::Expressions(_, expressions) => {
                            for expression in expressions {
                                self.mentions(expression?.get_operators_reader())?;
                            }
                        }
                    }
                }
            }
            Payload::DataCountSection { count, .. } => self.sections.data_count = Some(count),
            Payload::DataSection(section) => self.sections.data = Some(section.range()),
            Payload::CustomSection(section) if section.name() == "name" => self.sections.names = Some(section.data()),
            // Nothing of what they say is needed to run the module, and some of it would no longer be true.
            Payload::CustomSection(_) => {}
            // Their functions come one by one.
            Payload::CodeSectionStart { .. } => {}
            Payload::Version { .. } | Payload::End(_) => {}
            other => {
                let message = format!("a section of a core module that is not known: {other:?}");
                return Err(Refusal::Invalid { offset: 0, message });
            }
        }
        Ok(())
    }

    fn import(&mut self, import: Import<'a>) {
        match import.ty {
            TypeRef::Func(ty) | TypeRef::FuncExact(ty) => {
                self.functions.push(ty);
                self.imported_functions += 1;
            }
            TypeRef::Table(ty) => self.tables.push(ty),
            TypeRef::Memory(ty) => self.memories.push(ty),
            TypeRef::Global(ty) => {
                self.globals.push(ty);
                self.imported_globals += 1;
            }
            TypeRef::Tag(_) => {}
        }
        self.imports.push(import);
    }

    /// Notes the functions that a constant expression mentions.
    fn mentions(&mut self, expression: wasmparser::OperatorsReader<'a>) -> Result<(), Refusal> {
        for operator in expression {
            if let Operator::RefFunc { function_index } = operator? {
                self.escaping.insert(function_index);
            }
        }
        Ok(())
    }

    fn function(
        &mut self,
        function: FuncToValidate<ValidatorResources>,
        code: FunctionBody<'a>,
        allocations: FuncValidatorAllocations,
    ) -> Result<FuncValidatorAllocations, Refusal> {
        let mut validator = function.into_validator(allocations);
        let facts = Facts::gather(self, &mut validator, &code)?;
        self.bodies.push(Body { code, facts });
        Ok(validator.into_allocations())
    }

    /// The type of function `index`; it exists, as the module is valid.
    pub fn function_type(&self, index: u32) -> &FuncType {
        &self.types[self.functions[index as usize] as usize]
    }

    /// For each type the first type that equals it, so that the same signature has one number.
    pub fn canonical_types(&self) -> Vec<u32> {
        let mut first = HashMap::new();
        self.types.iter().zip(0..).map(|(ty, index)| *first.entry(ty).or_insert(index)).collect()
    }
}
