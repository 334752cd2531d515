use std::collections::{HashMap, HashSet};

use wasmtime_environ::component::{
    Component, ComponentTypes, ComponentTypesBuilder, CoreDef, CoreExport, DefinedResourceIndex, Export, ExportItem,
    GlobalInitializer, InstantiateModule, RuntimeImportIndex, RuntimeMemoryIndex, RuntimePostReturnIndex,
    RuntimeReallocIndex, Trampoline, TrampolineIndex, Translator,
};
use wasmtime_environ::wasmparser::{Validator, WasmFeatures};
use wasmtime_environ::{EntityIndex, ModuleTranslation, PrimaryMap, ScopeVec, StaticModuleIndex, Tunables};

use super::plan::{self, Definition, Plan};
use super::types::Types;
use super::{ASYNC, Transpiled, shim, unsupported};
use crate::{Inspection, Refusal};

/// Takes a valid `component` apart; `inspection` says which of its exports can be called.
///
/// Where the component is what wit-component makes of one core module, a single core module remains: see `shim.rs` beside this file.
///
/// # Errors
///
/// [`Refusal::Component`] for what is beyond functions over values: imported resources, streams and futures, asynchronous functions, imported
/// core modules.
pub fn transpile(component: &[u8], inspection: &Inspection) -> Result<Transpiled, Refusal> {
    let mut transpiled = flatten(component, inspection)?;
    shim::elide(&mut transpiled);
    Ok(transpiled)
}

/// As [`transpile`], with every core module of the component kept.
///
/// # Errors
/// Those of [`transpile`].
pub fn flatten(component: &[u8], inspection: &Inspection) -> Result<Transpiled, Refusal> {
    let scope = ScopeVec::new();
    let mut validator = Validator::new_with_features(features());
    let mut types = ComponentTypesBuilder::new(&validator);
    // Guests are synchronous: adapters between parts need not keep account of tasks.
    let tunables = Tunables { concurrency_support: false, ..Tunables::default_u32() };
    let (translation, modules) = Translator::new(&tunables, &mut validator, &mut types, &scope)
        .translate(component)
        .map_err(|error| unsupported("this component", format!("{error:#}")))?;
    let known = types.num_resource_tables();
    let types = types.finish(&translation.component).0;
    let flattener = Flattener {
        component: &translation.component,
        trampolines: &translation.trampolines,
        modules: &modules,
        types: Types::new(&types),
        uncallable: inspection.uncallable().map(|(interface, name, _)| (interface, name)).collect(),
        all: &types,
        memories: PrimaryMap::new(),
        reallocs: PrimaryMap::new(),
        post_returns: PrimaryMap::new(),
        destructors: HashMap::new(),
        lowerings: Vec::new(),
        placed: Vec::new(),
        plan: Plan::default(),
    };
    let plan = flattener.run(known)?;
    Ok(Transpiled { modules: modules.values().map(|module| module.wasm.to_vec()).collect(), plan })
}

/// What `crate::features::FEATURES` says, in the words of the wasmparser that wasmtime-environ uses; the bytes were validated against
/// the former, so these decide only how adapters between parts are written.
fn features() -> WasmFeatures {
    (WasmFeatures::WASM2
        | WasmFeatures::TAIL_CALL
        | WasmFeatures::MULTI_MEMORY
        | WasmFeatures::EXTENDED_CONST
        | WasmFeatures::EXCEPTIONS)
        .union(WasmFeatures::GC_TYPES | WasmFeatures::COMPONENT_MODEL)
        .difference(WasmFeatures::LEGACY_EXCEPTIONS)
}

/// A core instance and the name of its export.
pub(super) type Place = (u32, String);

pub(super) struct Flattener<'a> {
    pub(super) component: &'a Component,
    pub(super) trampolines: &'a PrimaryMap<TrampolineIndex, Trampoline>,
    pub(super) modules: &'a PrimaryMap<StaticModuleIndex, ModuleTranslation<'a>>,
    pub(super) all: &'a ComponentTypes,
    pub(super) types: Types<'a>,
    /// Interface and name of the exports that can't be called.
    pub(super) uncallable: HashSet<(&'a str, &'a str)>,
    pub(super) memories: PrimaryMap<RuntimeMemoryIndex, Place>,
    pub(super) reallocs: PrimaryMap<RuntimeReallocIndex, Place>,
    pub(super) post_returns: PrimaryMap<RuntimePostReturnIndex, Place>,
    /// The destructors of those resources that have one.
    pub(super) destructors: HashMap<DefinedResourceIndex, Place>,
    /// The import behind each lowering.
    pub(super) lowerings: Vec<RuntimeImportIndex>,
    /// Which trampolines the plan has, and as what.
    pub(super) placed: Vec<(TrampolineIndex, Definition)>,
    pub(super) plan: Plan,
}

impl Flattener<'_> {
    /// `known`: how often a part knows a type of a resource.
    fn run(mut self, known: usize) -> Result<Plan, Refusal> {
        // First where everything is: a shim makes it possible that a function is lowered before its memory exists.
        let mut made = Vec::new();
        for initializer in &self.component.initializers {
            match initializer {
                GlobalInitializer::InstantiateModule(InstantiateModule::Static(module, arguments), _) => {
                    made.push((*module, arguments))
                }
                GlobalInitializer::InstantiateModule(InstantiateModule::Import(..), _) => {
                    return Err(unsupported("an imported core module", "build the core module into the component"));
                }
                _ => {}
            }
        }
        let of = |index: usize| made[index].0;
        for initializer in &self.component.initializers {
            match initializer {
                GlobalInitializer::ExtractMemory(memory) => {
                    let place = self.export(&memory.export, of)?;
                    self.memories.push(place);
                }
                GlobalInitializer::ExtractRealloc(realloc) => {
                    let place = self.function(&realloc.def, of, "realloc")?;
                    self.reallocs.push(place);
                }
                GlobalInitializer::ExtractPostReturn(post_return) => {
                    let place = self.function(&post_return.def, of, "post-return")?;
                    self.post_returns.push(place);
                }
                GlobalInitializer::LowerImport { import, .. } => self.lowerings.push(*import),
                GlobalInitializer::InstantiateModule(..) => {}
                GlobalInitializer::ExtractCallback(_) => return Err(unsupported("an asynchronous function", ASYNC)),
                GlobalInitializer::ExtractTable(_) => return Err(unsupported("a thread", "build it without threads")),
                GlobalInitializer::Resource(resource) => {
                    if let Some(destructor) = &resource.dtor {
                        let place = self.function(destructor, of, "destructor")?;
                        self.destructors.insert(resource.index, place);
                    }
                }
            }
        }
        self.resources(known);
        for (module, arguments) in &made {
            let mut imports = Vec::new();
            for ((from, name, _), argument) in self.modules[*module].module.imports().zip(arguments.iter()) {
                imports.push((from.to_owned(), name.to_owned(), self.definition(argument, of)?));
            }
            self.plan.instances.push(plan::Instance { module: module.as_u32(), imports });
        }
        let exports: Vec<_> =
            self.component.exports.raw_iter().map(|(name, (index, _))| (name.to_string(), *index)).collect();
        for (name, index) in exports {
            match &self.component.export_items[index] {
                Export::Instance { exports, .. } => {
                    for (inner, (index, _)) in exports.raw_iter() {
                        self.exported(&name, inner, *index, of)?;
                    }
                }
                _ => self.exported("", &name, index, of)?,
            }
        }
        let waits = self.plan.lowered.iter().any(|function| function.suspends);
        for export in &mut self.plan.exports {
            export.suspends = waits;
        }
        self.plan.types = self.types.finish();
        Ok(self.plan)
    }

    pub(super) fn function(
        &self,
        def: &CoreDef,
        of: impl Fn(usize) -> StaticModuleIndex,
        role: &str,
    ) -> Result<Place, Refusal> {
        match def {
            CoreDef::Export(export) => self.export(export, of),
            _ => Err(unsupported(format!("`{role}` as an import handed on"), "define it in the core module")),
        }
    }

    pub(super) fn export<T: Copy + Into<EntityIndex>>(
        &self,
        export: &CoreExport<T>,
        of: impl Fn(usize) -> StaticModuleIndex,
    ) -> Result<Place, Refusal> {
        let instance = export.instance.as_u32();
        let name = match &export.item {
            ExportItem::Name(name) => name.clone(),
            ExportItem::Index(index) => {
                let (wanted, module) = ((*index).into(), &self.modules[of(instance as usize)].module);
                let found = module.exports.iter().find(|(_, found)| **found == wanted);
                let (atom, _) = found.ok_or_else(|| {
                    unsupported("a core module without the export that another uses", "build it anew")
                })?;
                module.strings[atom].to_owned()
            }
        };
        Ok((instance, name))
    }
}
