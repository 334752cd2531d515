//! Does without the two small modules by which wit-component ties a knot.
//!
//! A core module can't be instantiated before its imports exist, and functions of the host that use its memory can't exist before it is
//! instantiated. So wit-component puts a shim between them whose functions call through a table, and a third module that fills that table.
//! In JavaScript a function can look for the memory when it is called: where the two modules provably do nothing else, the host's functions
//! go straight to the main module, and there is one instance to make for a call instead of three.

use std::collections::HashMap;

use wasmparser::{
    CompositeInnerType, ConstExpr, ElementItems, ElementKind, ExternalKind, FuncType, Operator, Parser, Payload,
    TypeRef,
};

use super::Transpiled;
use super::plan::Definition;

/// Takes shims out of `transpiled` wherever that changes nothing that a guest could see.
pub(super) fn elide(transpiled: &mut Transpiled) {
    while let Some(knot) = find(transpiled) {
        let definitions = knot.definitions;
        for resource in &mut transpiled.plan.resources {
            if let Some(place) = &mut resource.destructor
                && place.0 == knot.shim
                && let Some(direct) = knot.destructors.get(&place.1)
            {
                *place = direct.clone();
            }
        }
        for instance in &mut transpiled.plan.instances {
            for (.., definition) in &mut instance.imports {
                // What isn't among them is the table, which the filler takes along.
                if let Definition::Export(of, name) = definition
                    && *of == knot.shim
                    && let Some(direct) = definitions.get(name)
                {
                    *definition = direct.clone();
                }
            }
        }
        // The later one first, so that the other's index stays true.
        remove(transpiled, knot.filler);
        remove(transpiled, knot.shim);
    }
}

/// A shim and the module that fills its table.
struct Knot {
    shim: u32,
    filler: u32,
    /// What each export of the shim comes to.
    definitions: HashMap<String, Definition>,
    /// Where the destructors are that the shim stands for: a type needs its own before the module that holds it is there.
    destructors: HashMap<String, (u32, String)>,
}

fn find(transpiled: &Transpiled) -> Option<Knot> {
    (0..transpiled.plan.instances.len() as u32).find_map(|shim| knot(transpiled, shim))
}

fn knot(transpiled: &Transpiled, index: u32) -> Option<Knot> {
    let plan = &transpiled.plan;
    let instance = &plan.instances[index as usize];
    if !instance.imports.is_empty() {
        return None;
    }
    let shim = shim(&transpiled.modules[instance.module as usize])?;
    let is_table = |definition: &Definition| *definition == Definition::Export(index, shim.table.clone());
    // The table is used by the filler alone, and functions only as imports of core modules.
    let mut users =
        (0..).zip(&plan.instances).filter(|(_, user)| user.imports.iter().any(|(.., definition)| is_table(definition)));
    let (filler, user) = users.next()?;
    if users.next().is_some()
        || filler <= index
        || used_otherwise(transpiled, index)
        || used_otherwise(transpiled, filler)
    {
        return None;
    }
    let alone = |module: u32| plan.instances.iter().filter(|instance| instance.module == module).count() == 1;
    if !alone(instance.module) || !alone(user.module) || users_of(transpiled, filler) > 0 {
        return None;
    }
    let filled = filler_slots(&transpiled.modules[user.module as usize])?;
    let (mut definitions, mut destructors) = (HashMap::new(), HashMap::new());
    for (name, (slot, ty)) in shim.functions {
        let (import, filled_ty) = filled.get(slot as usize)?;
        let (.., definition) =
            user.imports.iter().find(|(module, name, _)| (module, name) == (&import.0, &import.1))?;
        if *filled_ty != ty {
            return None;
        }
        match definition {
            // Nothing but the host may call it: see below for imports of core modules.
            Definition::Export(of, export) if ![index, filler].contains(of) => {
                destructors.insert(name, (*of, export.clone()));
            }
            Definition::Export(..) | Definition::Flags(_) => return None,
            hosts => {
                definitions.insert(name, hosts.clone());
            }
        }
    }
    let strays = |(instance, name): &(u32, String)| {
        *instance == filler || (*instance == index && !destructors.contains_key(name))
    };
    if plan.resources.iter().filter_map(|resource| resource.destructor.as_ref()).any(strays) {
        return None;
    }
    let known = |name: &String| definitions.contains_key(name);
    let mut imports = plan
        .instances
        .iter()
        .enumerate()
        .filter(|(i, _)| *i as u32 != filler)
        .flat_map(|(_, instance)| &instance.imports);
    imports
        .all(|(.., definition)| !matches!(definition, Definition::Export(of, name) if *of == index && !known(name)))
        .then_some(Knot { shim: index, filler, definitions, destructors })
}

/// How many imports come from the instance.
fn users_of(transpiled: &Transpiled, index: u32) -> usize {
    let imports = transpiled.plan.instances.iter().flat_map(|instance| &instance.imports);
    imports.filter(|(.., definition)| matches!(definition, Definition::Export(of, _) if *of == index)).count()
}

/// Whether anything but imports of core modules and types of resources refers to the instance.
fn used_otherwise(transpiled: &Transpiled, index: u32) -> bool {
    let plan = &transpiled.plan;
    let contexts = plan.contexts.iter().flat_map(|context| [&context.memory, &context.realloc]).flatten();
    let exports =
        plan.exports.iter().flat_map(|export| [Some(&export.function), export.post_return.as_ref()]).flatten();
    let transcoders = plan.transcoders.iter().flat_map(|transcoder| [&transcoder.from, &transcoder.to]);
    contexts.chain(exports).chain(transcoders).any(|(instance, _)| *instance == index)
}

fn remove(transpiled: &mut Transpiled, index: u32) {
    let plan = &mut transpiled.plan;
    let module = plan.instances.remove(index as usize).module;
    transpiled.modules.remove(module as usize);
    let earlier = |instance: &mut u32| *instance -= u32::from(*instance > index);
    for instance in &mut plan.instances {
        instance.module -= u32::from(instance.module > module);
        for (.., definition) in &mut instance.imports {
            if let Definition::Export(of, _) = definition {
                earlier(of);
            }
        }
    }
    for context in &mut plan.contexts {
        context.memory.iter_mut().chain(&mut context.realloc).for_each(|(instance, _)| earlier(instance));
    }
    for transcoder in &mut plan.transcoders {
        earlier(&mut transcoder.from.0);
        earlier(&mut transcoder.to.0);
    }
    for resource in &mut plan.resources {
        resource.destructor.iter_mut().for_each(|(instance, _)| earlier(instance));
    }
    for export in &mut plan.exports {
        earlier(&mut export.function.0);
        export.post_return.iter_mut().for_each(|(instance, _)| earlier(instance));
    }
}

struct Shim {
    /// The name of its table.
    table: String,
    /// Slot and type of each exported function.
    functions: Vec<(String, (u32, FuncType))>,
}

/// Reads a module that is nothing but functions which pass their parameters on to a slot of its table; anything else is none.
fn shim(wasm: &[u8]) -> Option<Shim> {
    let mut types = Vec::new();
    let mut functions = Vec::new();
    let mut exports = Vec::new();
    let mut table = None;
    let mut slots = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.ok()? {
            Payload::TypeSection(reader) => types = function_types(reader)?,
            Payload::FunctionSection(reader) => functions = reader.into_iter().collect::<Result<_, _>>().ok()?,
            Payload::TableSection(reader) => {
                let mut tables = reader.into_iter();
                let only = tables.next()?.ok()?;
                let plain = matches!(only.init, wasmparser::TableInit::RefNull) && only.ty.element_type.is_func_ref();
                if !plain || tables.next().is_some() {
                    return None;
                }
            }
            Payload::ExportSection(reader) => exports = reader.into_iter().collect::<Result<_, _>>().ok()?,
            Payload::CodeSectionEntry(body) => {
                let ty: &FuncType = types.get(*functions.get(slots.len())? as usize)?;
                let own = *functions.get(slots.len())?;
                if body.get_locals_reader().ok()?.get_count() != 0 {
                    return None;
                }
                let mut operators = body.get_operators_reader().ok()?.into_iter();
                for expected in 0..ty.params().len() as u32 {
                    let Operator::LocalGet { local_index } = operators.next()?.ok()? else { return None };
                    if local_index != expected {
                        return None;
                    }
                }
                let Operator::I32Const { value } = operators.next()?.ok()? else { return None };
                let Operator::CallIndirect { type_index, table_index: 0 } = operators.next()?.ok()? else {
                    return None;
                };
                if type_index != own || !matches!(operators.next()?.ok()?, Operator::End) || operators.next().is_some()
                {
                    return None;
                }
                slots.push(u32::try_from(value).ok()?);
            }
            Payload::Version { .. }
            | Payload::CodeSectionStart { .. }
            | Payload::CustomSection(_)
            | Payload::End(_) => {}
            _ => return None,
        }
    }
    let mut named = Vec::new();
    for export in exports {
        match export.kind {
            ExternalKind::Table if table.is_none() => table = Some(export.name.to_owned()),
            ExternalKind::Func => {
                let index = export.index as usize;
                let ty = types.get(*functions.get(index)? as usize)?.clone();
                named.push((export.name.to_owned(), (*slots.get(index)?, ty)));
            }
            _ => return None,
        }
    }
    Some(Shim { table: table?, functions: named })
}

/// Reads a module that does nothing but put imported functions into an imported table, from slot 0 on; anything else is none. By slot: the
/// import's names and its type.
fn filler_slots(wasm: &[u8]) -> Option<Vec<((String, String), FuncType)>> {
    let mut types = Vec::new();
    let mut imported = Vec::new();
    let mut tables = 0;
    let mut slots = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.ok()? {
            Payload::TypeSection(reader) => types = function_types(reader)?,
            Payload::ImportSection(reader) => {
                for import in reader.into_imports() {
                    let import = import.ok()?;
                    match import.ty {
                        TypeRef::Func(ty) => {
                            imported.push((
                                (import.module.to_owned(), import.name.to_owned()),
                                types.get(ty as usize)?.clone(),
                            ));
                        }
                        TypeRef::Table(_) => tables += 1,
                        _ => return None,
                    }
                }
            }
            Payload::ElementSection(reader) => {
                let mut elements = reader.into_iter();
                let only = elements.next()?.ok()?;
                let ElementKind::Active { table_index: None | Some(0), offset_expr } = only.kind else { return None };
                let ElementItems::Functions(functions) = only.items else { return None };
                if elements.next().is_some() || !is_zero(&offset_expr) {
                    return None;
                }
                for function in functions {
                    slots.push(imported.get(function.ok()? as usize)?.clone());
                }
            }
            Payload::Version { .. } | Payload::CustomSection(_) | Payload::End(_) => {}
            _ => return None,
        }
    }
    (tables == 1).then_some(slots)
}

fn function_types(reader: wasmparser::TypeSectionReader<'_>) -> Option<Vec<FuncType>> {
    let mut types = Vec::new();
    for group in reader {
        for ty in group.ok()?.into_types() {
            let CompositeInnerType::Func(function) = ty.composite_type.inner else { return None };
            types.push(function);
        }
    }
    Some(types)
}

fn is_zero(offset: &ConstExpr<'_>) -> bool {
    let mut operators = offset.get_operators_reader().into_iter();
    matches!(operators.next(), Some(Ok(Operator::I32Const { value: 0 })))
        && matches!(operators.next(), Some(Ok(Operator::End)))
}
