use wasm_encoder::*;

use crate::{fast, refused};

/// A module of functions without parameters, whose bodies are given in raw bytes.
fn functions(bodies: impl IntoIterator<Item = Vec<u8>>) -> Vec<u8> {
    let (mut types, mut functions, mut code) = (TypeSection::new(), FunctionSection::new(), CodeSection::new());
    types.ty().function([], []);
    for body in bodies {
        functions.function(0);
        code.raw(&body);
    }
    let mut exports = ExportSection::new();
    exports.export("f", ExportKind::Func, 0);
    let mut module = Module::new();
    module.section(&types).section(&functions).section(&exports).section(&code);
    module.finish()
}

/// No locals, so many blocks, their ends and the function's.
fn nested(opener: [u8; 2], blocks: usize) -> Vec<u8> {
    let mut body = vec![0];
    body.extend(opener.iter().copied().cycle().take(2 * blocks));
    body.extend(std::iter::repeat_n(0x0b, blocks + 1));
    body
}

#[test]
fn a_million_nested_blocks() {
    // One function with all of them is too long before anybody looks inside.
    refused(&functions([nested([0x02, 0x40], 1_000_000)]), "bytes of function 0: 3000002");
    // As many as a function of legal length holds.
    refused(&functions([nested([0x02, 0x40], 699_000)]), "blocks inside one another in function 0: 1001");
    refused(&functions([nested([0x03, 0x40], 699_000)]), "blocks inside one another in function 0: 1001");
    // Many functions, each within the limit, are nothing unusual.
    let many = functions((0..20).map(|_| nested([0x02, 0x40], 1_000)));
    assert_eq!(fast(&many), Ok(()));
}

#[test]
fn a_function_that_stops_in_the_middle_of_its_blocks() {
    let mut body = nested([0x02, 0x40], 600);
    body.truncate(700);
    assert_eq!(fast(&functions([body])).unwrap_err().code(), "invalid_module");
}

#[test]
fn a_huge_type_section() {
    let mut types = TypeSection::new();
    (0..1_500_000).for_each(|_| types.ty().function([], []));
    let mut module = Module::new();
    module.section(&types);
    refused(&module.finish(), "types: 1500000");
}

#[test]
fn types_with_many_parameters_and_results() {
    let module = |params: usize, results: usize| {
        let mut types = TypeSection::new();
        types.ty().function(std::iter::repeat_n(ValType::I32, params), std::iter::repeat_n(ValType::I32, results));
        let mut module = Module::new();
        module.section(&types);
        module.finish()
    };
    refused(&module(1_000, 0), "parameters of a function type: 1000");
    refused(&module(0, 1_000), "results of a function type: 1000");
}

#[test]
fn thousands_of_exports_with_long_names() {
    let exports = |count: usize, length: usize| {
        let (mut types, mut functions, mut exports, mut code) =
            (TypeSection::new(), FunctionSection::new(), ExportSection::new(), CodeSection::new());
        types.ty().function([], []);
        functions.function(0);
        for index in 0..count {
            exports.export(&format!("{}{index:05}", "x".repeat(length - 5)), ExportKind::Func, 0);
        }
        code.raw(&[0, 0x0b]);
        let mut module = Module::new();
        module.section(&types).section(&functions).section(&exports).section(&code);
        module.finish()
    };
    refused(&exports(9_000, 1_000), "exports: 9000");
    refused(&exports(90, 100_000), "bytes of the name of an export: 100000");
    refused(&exports(1_000, 1_000), "bytes of the names and types of all functions that can be called");
    assert_eq!(fast(&exports(1_000, 80)), Ok(()));
}

#[test]
fn thousands_of_imports() {
    let mut imports = ImportSection::new();
    for index in 0..100_000 {
        imports.import(
            "env",
            &index.to_string(),
            EntityType::Global(GlobalType { val_type: ValType::I32, mutable: false, shared: false }),
        );
    }
    let mut module = Module::new();
    module.section(&imports);
    refused(&module.finish(), "imports: 100000");
}

#[test]
fn locals_out_of_all_proportion() {
    // One entry in a handful of bytes.
    let mut body = Vec::new();
    1u32.encode(&mut body);
    u32::MAX.encode(&mut body);
    body.extend([0x7f, 0x0b]);
    refused(&functions([body]), "locals of function 0: 4294967295");
    // Just below what V8 would take, in each of many functions.
    let mut body = Vec::new();
    1u32.encode(&mut body);
    50_000u32.encode(&mut body);
    body.extend([0x7b, 0x0b]);
    refused(&functions(vec![body; 100_000]), "locals of function 0: 50000");
    // Many entries instead of one.
    let mut body = Vec::new();
    500_000u32.encode(&mut body);
    body.extend([1, 0x7f].repeat(500_000));
    body.push(0x0b);
    refused(&functions([body]), "locals of function 0: 1001");
}

#[test]
fn more_functions_than_definitions_are_allowed() {
    refused(&functions(vec![vec![0, 0x0b]; 100_001]), "functions: 100001");
}

#[test]
fn memories_and_tables_as_large_as_can_be_written() {
    let memory = |minimum| {
        let mut memories = MemorySection::new();
        memories.memory(MemoryType { minimum, maximum: None, memory64: false, shared: false, page_size_log2: None });
        let mut module = Module::new();
        module.section(&memories);
        module.finish()
    };
    refused(&memory(65_536), "pages of 64 KiB that the memories begin with: 65536 is more than the 1024");
    refused(&memory(1_025), "pages of 64 KiB that the memories begin with: 1025");
    let mut tables = TableSection::new();
    let table =
        TableType { element_type: RefType::FUNCREF, minimum: 10_000_000, maximum: None, table64: false, shared: false };
    tables.table(table);
    let mut module = Module::new();
    module.section(&tables);
    refused(&module.finish(), "elements that the tables begin with: 10000000");
}

#[test]
fn counts_that_the_bytes_do_not_hold() {
    // Sections that announce four billion of something, and end.
    for section in [1u8, 2, 3, 4, 5, 6, 7, 9, 10, 11, 13] {
        let mut bytes = b"\0asm\x01\0\0\0".to_vec();
        bytes.extend([section, 5, 0xff, 0xff, 0xff, 0xff, 0x0f]);
        let code = fast(&bytes).unwrap_err().code();
        assert!(["limit_exceeded", "invalid_module"].contains(&code), "section {section}: {code}");
    }
}

#[test]
fn a_module_past_the_size() {
    let mut bytes = functions([vec![0, 0x0b]]);
    bytes.resize(10 * 1024 * 1024 + 1, 0);
    refused(&bytes, "bytes of the module: 10485761 is more than the 10485760");
}
