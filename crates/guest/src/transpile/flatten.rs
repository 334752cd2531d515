use wasmtime_environ::component::{
    CanonicalOptions, CanonicalOptionsDataModel, Component, ComponentTypes, ComponentTypesBuilder, CoreDef, CoreExport,
    Export, ExportIndex, ExportItem, FixedEncoding, GlobalInitializer, InstantiateModule, OptionsIndex,
    RuntimeImportIndex, RuntimeMemoryIndex, RuntimePostReturnIndex, RuntimeReallocIndex, StringEncoding, Trampoline,
    TrampolineIndex, Transcode, Translator, TypeFuncIndex,
};
use wasmtime_environ::wasmparser::{Validator, WasmFeatures};
use wasmtime_environ::{EntityIndex, ModuleTranslation, PrimaryMap, ScopeVec, StaticModuleIndex, Tunables};

use super::plan::{self, Definition, Plan, Type};
use super::types::Types;
use super::{Transpiled, shim, unsupported};
use crate::Refusal;
use crate::inspect::RESOURCE;

/// The interface whose functions a guest waits for.
const WAITS: &str = "edge:runtime/http-outbound@";

/// Takes a valid `component` apart.
///
/// Where the component is what wit-component makes of one core module, a single core module remains: see `shim.rs` beside this file.
///
/// # Errors
///
/// [`Refusal::Component`] for what is beyond functions over values: resources, streams and futures, asynchronous functions, imported core
/// modules.
pub fn transpile(component: &[u8]) -> Result<Transpiled, Refusal> {
    let mut transpiled = flatten(component)?;
    shim::elide(&mut transpiled);
    Ok(transpiled)
}

/// As [`transpile`], with every core module of the component kept.
///
/// # Errors
/// Those of [`transpile`].
pub fn flatten(component: &[u8]) -> Result<Transpiled, Refusal> {
    let scope = ScopeVec::new();
    let mut validator = Validator::new_with_features(features());
    let mut types = ComponentTypesBuilder::new(&validator);
    // Guests are synchronous: adapters between parts need not keep account of tasks.
    let tunables = Tunables { concurrency_support: false, ..Tunables::default_u32() };
    let (translation, modules) = Translator::new(&tunables, &mut validator, &mut types, &scope)
        .translate(component)
        .map_err(|error| unsupported("this component", format!("{error:#}")))?;
    let types = types.finish(&translation.component).0;
    let flattener = Flattener {
        component: &translation.component,
        trampolines: &translation.trampolines,
        modules: &modules,
        types: Types::new(&types),
        all: &types,
        memories: PrimaryMap::new(),
        reallocs: PrimaryMap::new(),
        post_returns: PrimaryMap::new(),
        lowerings: Vec::new(),
        placed: Vec::new(),
        plan: Plan::default(),
    };
    let plan = flattener.run()?;
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

type Place = (u32, String);
/// A function's parameters by name, and its result.
type Signature = (Vec<(String, Type)>, Option<Type>);

struct Flattener<'a> {
    component: &'a Component,
    trampolines: &'a PrimaryMap<TrampolineIndex, Trampoline>,
    modules: &'a PrimaryMap<StaticModuleIndex, ModuleTranslation<'a>>,
    all: &'a ComponentTypes,
    types: Types<'a>,
    memories: PrimaryMap<RuntimeMemoryIndex, Place>,
    reallocs: PrimaryMap<RuntimeReallocIndex, Place>,
    post_returns: PrimaryMap<RuntimePostReturnIndex, Place>,
    /// The import behind each lowering.
    lowerings: Vec<RuntimeImportIndex>,
    /// Which trampolines the plan has, and as what.
    placed: Vec<(TrampolineIndex, Definition)>,
    plan: Plan,
}

impl Flattener<'_> {
    fn run(mut self) -> Result<Plan, Refusal> {
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
                GlobalInitializer::Resource(_) => return Err(unsupported("a resource", RESOURCE)),
            }
        }
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

    fn exported(
        &mut self,
        interface: &str,
        name: &str,
        index: ExportIndex,
        of: impl Fn(usize) -> StaticModuleIndex,
    ) -> Result<(), Refusal> {
        let (ty, function, options) = match &self.component.export_items[index] {
            Export::LiftedFunction { ty, func, options } => (*ty, func, *options),
            // Types are of use to bindings only.
            Export::Type(_) => return Ok(()),
            Export::Instance { .. } => {
                return Err(unsupported(format!("the instance `{name}` inside of `{interface}`"), "export functions"));
            }
            _ => return Err(unsupported(format!("the exported core module `{name}`"), "export functions")),
        };
        let place = if interface.is_empty() { format!("`{name}`") } else { format!("`{interface}`'s `{name}`") };
        let (params, result) = self.signature(ty, &place)?;
        let post_return = self.component.options[options].post_return.map(|index| self.post_returns[index].clone());
        let export = plan::Export {
            interface: interface.to_owned(),
            name: name.to_owned(),
            params,
            result,
            results: None,
            function: self.function(function, of, name)?,
            post_return,
            context: self.context(options)?,
            suspends: false,
        };
        self.plan.exports.push(export);
        Ok(())
    }

    fn signature(&mut self, ty: TypeFuncIndex, place: &str) -> Result<Signature, Refusal> {
        let function = &self.all[ty];
        if function.async_ {
            return Err(unsupported(format!("the asynchronous function {place}"), ASYNC));
        }
        let params = function.param_names.iter().cloned().zip(self.types.tuple(function.params, place)?).collect();
        Ok((params, self.types.tuple(function.results, place)?.first().copied()))
    }

    fn context(&mut self, options: OptionsIndex) -> Result<u32, Refusal> {
        let options: &CanonicalOptions = &self.component.options[options];
        if options.async_ || options.callback.is_some() {
            return Err(unsupported("an asynchronous function", ASYNC));
        }
        let CanonicalOptionsDataModel::LinearMemory(at) = options.data_model else {
            return Err(unsupported("a function over garbage-collected values", "build it for linear memory"));
        };
        let context = plan::Context {
            component: options.instance.as_u32(),
            memory: at.memory.map(|index| self.memories[index].clone()),
            realloc: at.realloc.map(|index| self.reallocs[index].clone()),
            encoding: match options.string_encoding {
                StringEncoding::Utf8 => "utf8",
                StringEncoding::Utf16 => "utf16",
                StringEncoding::CompactUtf16 => "latin1+utf16",
            },
        };
        let known = self.plan.contexts.iter().position(|known| *known == context);
        Ok(known.unwrap_or_else(|| {
            self.plan.contexts.push(context);
            self.plan.contexts.len() - 1
        }) as u32)
    }

    fn definition(&mut self, def: &CoreDef, of: impl Fn(usize) -> StaticModuleIndex) -> Result<Definition, Refusal> {
        match def {
            CoreDef::Export(export) => {
                let (instance, name) = self.export(export, of)?;
                Ok(Definition::Export(instance, name))
            }
            CoreDef::InstanceFlags(component) => Ok(Definition::Flags(component.as_u32())),
            CoreDef::Trampoline(index) => self.trampoline(*index),
            CoreDef::UnsafeIntrinsic(_) => {
                Err(unsupported("an intrinsic of another host", "import interfaces of edge:runtime"))
            }
        }
    }

    fn trampoline(&mut self, index: TrampolineIndex) -> Result<Definition, Refusal> {
        if let Some((_, definition)) = self.placed.iter().find(|(placed, _)| *placed == index) {
            return Ok(definition.clone());
        }
        let definition = match &self.trampolines[index] {
            Trampoline::LowerImport { index, lower_ty, options } => {
                let (import, path) = &self.component.imports[self.lowerings[index.as_u32() as usize]];
                let outer = &self.component.import_types[*import].0;
                let (interface, name) = match path.as_slice() {
                    [] => (String::new(), outer.clone()),
                    [name] => (outer.clone(), name.clone()),
                    _ => return Err(unsupported(format!("an instance inside of `{outer}`"), "import functions")),
                };
                let (params, result) = self.signature(*lower_ty, &format!("`{interface}`'s `{name}`"))?;
                let context = self.context(*options)?;
                let suspends = interface.starts_with(WAITS);
                self.plan.lowered.push(plan::Lowered { interface, name, params, result, context, suspends });
                Definition::Lowered(self.plan.lowered.len() as u32 - 1)
            }
            Trampoline::Transcoder { op, from, from64: false, to, to64: false } => {
                let (from, to) = (self.memories[*from].clone(), self.memories[*to].clone());
                self.plan.transcoders.push(plan::Transcoder { operation: operation(*op), from, to });
                Definition::Transcoder(self.plan.transcoders.len() as u32 - 1)
            }
            Trampoline::Trap(trap) => Definition::Trap(trap.to_string()),
            Trampoline::EnterSyncCall | Trampoline::ExitSyncCall => Definition::Mark,
            Trampoline::ResourceNew { .. } | Trampoline::ResourceRep { .. } | Trampoline::ResourceDrop { .. } => {
                return Err(unsupported("a resource", RESOURCE));
            }
            _ => return Err(unsupported("asynchronous or threaded code", ASYNC)),
        };
        self.placed.push((index, definition.clone()));
        Ok(definition)
    }

    fn function(&self, def: &CoreDef, of: impl Fn(usize) -> StaticModuleIndex, role: &str) -> Result<Place, Refusal> {
        match def {
            CoreDef::Export(export) => self.export(export, of),
            _ => Err(unsupported(format!("`{role}` as an import handed on"), "define it in the core module")),
        }
    }

    fn export<T: Copy + Into<EntityIndex>>(
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

const ASYNC: &str = "guests are synchronous; the host lets them wait where they call out";

fn operation(op: Transcode) -> &'static str {
    match op {
        Transcode::Copy(FixedEncoding::Utf8) => "copy-utf8",
        Transcode::Copy(FixedEncoding::Utf16) => "copy-utf16",
        Transcode::Copy(FixedEncoding::Latin1) => "copy-latin1",
        Transcode::Latin1ToUtf16 => "latin1-to-utf16",
        Transcode::Latin1ToUtf8 => "latin1-to-utf8",
        Transcode::Utf16ToCompactProbablyUtf16 => "utf16-to-compact-probably-utf16",
        Transcode::Utf16ToCompactUtf16 => "utf16-to-compact-utf16",
        Transcode::Utf16ToLatin1 => "utf16-to-latin1",
        Transcode::Utf16ToUtf8 => "utf16-to-utf8",
        Transcode::Utf8ToCompactUtf16 => "utf8-to-compact-utf16",
        Transcode::Utf8ToLatin1 => "utf8-to-latin1",
        Transcode::Utf8ToUtf16 => "utf8-to-utf16",
    }
}
