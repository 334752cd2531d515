use super::Transpiled;
use super::plan::{Context, Definition, Export, Instance, Lowered, Plan, Type, TypeDef};
use crate::Inspection;
use crate::inspect::{CoreType, Extern, Item};

/// Plans a valid plain core module, which may import `env.log` alone; `inspection` is the report on it.
///
/// Exported functions over numbers can be called; those over references or vectors can't be reached from JavaScript and are left out.
pub fn plain(core: Vec<u8>, inspection: &Inspection) -> Transpiled {
    Transpiled { modules: vec![core], plan: plan(inspection) }
}

fn plan(inspection: &Inspection) -> Plan {
    let mut plan = Plan::default();
    let imports = inspection.imports.iter();
    let imports: Vec<_> = imports
        .map(|import| (import.from.clone().unwrap_or_default(), import.name.clone(), Definition::Lowered(0)))
        .collect();
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
    let memory = inspection.exports.iter().find(|export| export.is_memory_of_log());
    let memory = memory.map(|export| (0, export.name.clone()));
    plan.contexts.push(Context { component: 0, memory, realloc: None, encoding: "utf8" });
    plan.instances.push(Instance { module: 0, imports });
    plan.exports = inspection.exports.iter().filter_map(callable).collect();
    plan
}

fn callable(export: &Extern) -> Option<Export> {
    let Item::CoreFunction { params, results } = &export.item else { return None };
    if !export.item.is_callable() {
        return None;
    }
    let number = |ty: &CoreType| Type::Primitive(ty.name());
    let name = &export.name;
    Some(Export {
        interface: String::new(),
        name: name.clone(),
        params: (0..).zip(params).map(|(i, ty)| (format!("p{i}"), number(ty))).collect(),
        result: None,
        results: Some(results.iter().map(number).collect()),
        function: (0, name.clone()),
        post_return: None,
        context: 0,
        suspends: false,
    })
}
