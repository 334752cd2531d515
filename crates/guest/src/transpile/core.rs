use wasmparser::{ExternalKind, FuncType, Parser, Payload, TypeRef, ValType};

use super::Transpiled;
use super::plan::{Context, Definition, Export, Instance, Lowered, Plan, Type, TypeDef};
use crate::Refusal;

/// Plans a valid plain core module, which may import `env.log` alone.
///
/// Exported functions over numbers can be called; those over references or vectors can't be reached from JavaScript and are left out.
///
/// # Errors
/// [`Refusal::Invalid`] for bytes that are no core module.
pub fn plain(core: Vec<u8>) -> Result<Transpiled, Refusal> {
    let plan = plan(&core)?;
    Ok(Transpiled { modules: vec![core], plan })
}

fn plan(core: &[u8]) -> Result<Plan, Refusal> {
    let mut types: Vec<Option<FuncType>> = Vec::new();
    let mut functions = Vec::new();
    let mut plan = Plan::default();
    let mut imports = Vec::new();
    let mut memory = None;
    for payload in Parser::new(0).parse_all(core) {
        match payload? {
            Payload::TypeSection(reader) => {
                for group in reader {
                    types.extend(group?.into_types().map(|ty| match ty.composite_type.inner {
                        wasmparser::CompositeInnerType::Func(function) => Some(function),
                        _ => None,
                    }));
                }
            }
            Payload::ImportSection(reader) => {
                for import in reader.into_imports() {
                    let import = import?;
                    if let TypeRef::Func(ty) = import.ty {
                        functions.push(ty);
                    }
                    imports.push((import.module.to_owned(), import.name.to_owned(), Definition::Lowered(0)));
                }
            }
            Payload::FunctionSection(reader) => {
                for ty in reader {
                    functions.push(ty?);
                }
            }
            Payload::ExportSection(reader) => {
                for export in reader {
                    let export = export?;
                    match export.kind {
                        ExternalKind::Func => {
                            let ty =
                                functions.get(export.index as usize).and_then(|ty| types.get(*ty as usize)?.as_ref());
                            plan.exports.extend(ty.and_then(|ty| callable(export.name, ty)));
                        }
                        ExternalKind::Memory if export.name == "memory" => memory = Some((0, export.name.to_owned())),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    if !imports.is_empty() {
        plan.types.push(TypeDef::Enum(["debug", "info", "warn", "error"].map(str::to_owned).into()));
        plan.lowered.push(Lowered {
            interface: "env".to_owned(),
            name: "log".to_owned(),
            params: vec![("level".to_owned(), Type::Index(0)), ("message".to_owned(), Type::Primitive("string"))],
            result: None,
            context: 0,
            suspends: false,
        });
    }
    plan.contexts.push(Context { component: 0, memory, realloc: None, encoding: "utf8" });
    plan.instances.push(Instance { module: 0, imports });
    Ok(plan)
}

fn callable(name: &str, ty: &FuncType) -> Option<Export> {
    let number = |ty: &ValType| match ty {
        ValType::I32 => Some(Type::Primitive("i32")),
        ValType::I64 => Some(Type::Primitive("i64")),
        ValType::F32 => Some(Type::Primitive("f32")),
        ValType::F64 => Some(Type::Primitive("f64")),
        _ => None,
    };
    let params: Option<Vec<_>> = (0..).zip(ty.params()).map(|(i, ty)| Some((format!("p{i}"), number(ty)?))).collect();
    let results: Option<Vec<_>> = ty.results().iter().map(number).collect();
    Some(Export {
        interface: String::new(),
        name: name.to_owned(),
        params: params?,
        result: None,
        results: Some(results?),
        function: (0, name.to_owned()),
        post_return: None,
        context: 0,
        suspends: false,
    })
}
