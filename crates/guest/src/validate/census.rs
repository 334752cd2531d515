use wasmparser::{
    AbstractHeapType, ComponentAlias, ComponentExternalKind, ComponentOuterAliasKind, ComponentType,
    CompositeInnerType, ConstExpr, DataKind, ElementItems, ElementKind, Encoding, HeapType, Import, MemoryType, Parser,
    Payload, TableInit, TableType, TagType, TypeRef, ValType,
};

use super::weight::{Weight, Weights};
use crate::{PlatformLimits, Refusal, contract::not_reserved};

/// What an upload consists of, as far as counting goes.
pub(crate) struct Census {
    /// Whether it is a component, not a core module.
    pub(crate) component: bool,
    /// Whether it is a core module that carries a WIT world.
    pub(crate) world: bool,
    /// An import or export of a component that is none of function, interface and type.
    pub(crate) other: Option<String>,
    /// The memories of all core modules in it, in order.
    pub(crate) memories: Vec<MemoryType>,
    /// Its own sections `name` or `component-name`, and all sections `producers`.
    pub(crate) custom: Vec<Custom>,
}

/// A custom section that says something about the upload.
pub(crate) struct Custom {
    pub(crate) name: &'static str,
    pub(crate) range: std::ops::Range<usize>,
}

/// Counts while the bytes are read once.
struct Counter<'a> {
    limits: &'a PlatformLimits,
    census: Census,
    /// Whether each open core module or component is a component, the innermost last.
    open: Vec<bool>,
    weights: Weights,
    parts: u32,
    items: u64,
    resources: u32,
    /// Of the core module that is being read.
    function: u32,
    /// How many parameters each of its types has.
    parameters: Vec<usize>,
    own: Weight,
    mutable_globals: u32,
    elements: u64,
    /// Of the whole upload.
    world_bytes: u64,
}

impl Census {
    /// Counts what there is, and refuses what is too much.
    pub(super) fn of(bytes: &[u8], limits: &PlatformLimits) -> Result<Census, Refusal> {
        let census = Census { component: false, world: false, other: None, memories: Vec::new(), custom: Vec::new() };
        let mut counter = Counter {
            limits,
            census,
            open: Vec::new(),
            weights: Weights::default(),
            parts: 0,
            items: 0,
            resources: 0,
            function: 0,
            parameters: Vec::new(),
            own: Weight::default(),
            mutable_globals: 0,
            elements: 0,
            world_bytes: 0,
        };
        for payload in Parser::new(0).parse_all(bytes) {
            counter.count(payload?)?;
        }
        Ok(counter.census)
    }
}

impl Counter<'_> {
    fn count(&mut self, payload: Payload<'_>) -> Result<(), Refusal> {
        let limits = self.limits;
        match payload {
            Payload::Version { encoding, .. } => self.begin(encoding == Encoding::Component)?,
            Payload::End(_) => self.end(),
            Payload::TypeSection(section) => {
                Refusal::limit("types", section.count(), limits.definitions)?;
                for group in section {
                    group?.into_types().try_for_each(|ty| self.composite(&ty.composite_type.inner))?;
                }
            }
            Payload::ImportSection(section) => {
                Refusal::limit("imports", section.count(), limits.imports)?;
                for (seen, import) in section.into_imports().enumerate() {
                    Refusal::limit("imports", seen as u64 + 1, limits.imports)?;
                    self.import(import?)?;
                }
            }
            Payload::FunctionSection(section) => Refusal::limit("functions", section.count(), limits.definitions)?,
            Payload::TableSection(section) => {
                Refusal::limit("tables", section.count(), limits.definitions)?;
                for table in section.into_iter_with_offsets() {
                    let (offset, table) = table?;
                    not_hoarding("a table", ValType::Ref(table.ty.element_type), offset)?;
                    self.table(&table.ty)?;
                    if let TableInit::Expr(init) = table.init {
                        self.constant(&init)?;
                    }
                }
            }
            Payload::MemorySection(section) => {
                Refusal::limit("memories", section.count(), limits.definitions)?;
                section.into_iter().try_for_each(|memory| self.memory(memory?))?;
            }
            Payload::TagSection(section) => {
                Refusal::limit("tags", section.count(), limits.definitions)?;
                section.into_iter().try_for_each(|tag| self.tag(&tag?))?;
            }
            Payload::GlobalSection(section) => {
                Refusal::limit("globals", section.count(), limits.definitions)?;
                for global in section.into_iter_with_offsets() {
                    let (offset, global) = global?;
                    not_hoarding("a global", global.ty.content_type, offset)?;
                    self.constant(&global.init_expr)?;
                    self.mutable_globals += u32::from(global.ty.mutable);
                    Refusal::limit("mutable globals", self.mutable_globals, limits.mutable_globals)?;
                }
            }
            Payload::ExportSection(section) => {
                Refusal::limit("exports", section.count(), limits.exports)?;
                section.into_iter().try_for_each(|export| self.name("export", export?.name))?;
            }
            Payload::ElementSection(section) => {
                Refusal::limit("element segments", section.count(), limits.definitions)?;
                for segment in section {
                    let segment = segment?;
                    self.elements += match &segment.items {
                        ElementItems::Functions(items) => u64::from(items.count()),
                        ElementItems::Expressions(_, items) => u64::from(items.count()),
                    };
                    Refusal::limit("elements of all element segments", self.elements, limits.table_elements)?;
                    if let ElementKind::Active { offset_expr, .. } = &segment.kind {
                        self.constant(offset_expr)?;
                    }
                    if let ElementItems::Expressions(_, items) = segment.items {
                        items.into_iter().try_for_each(|item| self.constant(&item?))?;
                    }
                }
            }
            Payload::DataSection(section) => {
                Refusal::limit("data segments", section.count(), limits.definitions)?;
                let mut active = 0;
                for segment in section {
                    let segment = segment?;
                    if let DataKind::Active { offset_expr, .. } = &segment.kind {
                        self.constant(offset_expr)?;
                        active += segment.data.len() as u64;
                    }
                }
                Refusal::limit(
                    "bytes of the data that is written into memory",
                    active,
                    u64::from(limits.memory_pages) << 16,
                )?;
            }
            Payload::CodeSectionEntry(body) => {
                let size = body.as_bytes().len() as u64;
                Refusal::limit(format!("bytes of function {}", self.function), size, limits.function_bytes)?;
                let mut locals = 0;
                for run in body.get_locals_reader()? {
                    locals += u64::from(run?.0);
                    Refusal::limit(format!("locals of function {}", self.function), locals, limits.locals)?;
                }
                self.function += 1;
            }
            Payload::CustomSection(section) => {
                self.custom(section.name(), section.data().len(), section.data_offset())?
            }
            payload => self.component(payload)?,
        }
        Ok(())
    }

    fn begin(&mut self, component: bool) -> Result<(), Refusal> {
        if self.open.is_empty() {
            self.census.component = component;
        } else {
            self.parts += 1;
            Refusal::limit("core modules and components inside the component", self.parts, self.limits.parts)?;
        }
        self.open.push(component);
        if component {
            self.weights.begin();
        } else {
            (self.function, self.mutable_globals, self.elements) = (0, 0, 0);
            self.own = Weight::default();
            self.parameters.clear();
        }
        Ok(())
    }

    fn end(&mut self) {
        match self.open.pop() {
            Some(true) => self.weights.end(),
            Some(false) => self.weights.module(self.own),
            None => {}
        }
    }

    fn composite(&mut self, ty: &CompositeInnerType) -> Result<(), Refusal> {
        let CompositeInnerType::Func(ty) = ty else {
            self.parameters.push(0);
            return Ok(());
        };
        self.parameters.push(ty.params().len());
        Refusal::limit("parameters of a function type", ty.params().len() as u64, self.limits.parameters)?;
        Refusal::limit("results of a function type", ty.results().len() as u64, self.limits.results)
    }

    fn import(&mut self, import: Import<'_>) -> Result<(), Refusal> {
        self.name("import", import.module)?;
        self.name("import", import.name)?;
        match import.ty {
            TypeRef::Memory(ty) => self.memory(ty),
            TypeRef::Table(ty) => self.table(&ty),
            TypeRef::Func(_) | TypeRef::FuncExact(_) => {
                self.function += 1;
                Ok(())
            }
            TypeRef::Tag(ty) => self.tag(&ty),
            TypeRef::Global(_) => Ok(()),
        }
    }

    /// An expression that is evaluated for each new instance, which no fuel pays for.
    fn constant(&self, expression: &ConstExpr<'_>) -> Result<(), Refusal> {
        let bytes = expression.get_binary_reader().bytes_remaining() as u64;
        Refusal::limit("bytes of a constant expression", bytes, self.limits.constant_bytes)
    }

    fn tag(&self, ty: &TagType) -> Result<(), Refusal> {
        let values = self.parameters.get(ty.func_type_idx as usize).copied().unwrap_or(0);
        Refusal::limit("values of an exception", values as u64, self.limits.exception_values)
    }

    fn table(&mut self, ty: &TableType) -> Result<(), Refusal> {
        self.own.elements = self.own.elements.saturating_add(ty.initial);
        Refusal::limit("elements that the tables begin with", self.own.elements, self.limits.table_elements)
    }

    fn memory(&mut self, ty: MemoryType) -> Result<(), Refusal> {
        // With other page sizes, which are refused later, a page is smaller.
        self.own.pages = self.own.pages.saturating_add(ty.initial);
        self.own.memories += 1;
        self.census.memories.push(ty);
        Refusal::limit("memories", self.own.memories, self.limits.memories)?;
        Refusal::limit("pages of 64 KiB that the memories begin with", self.own.pages, self.limits.memory_pages)
    }

    fn name(&self, of: &str, name: &str) -> Result<(), Refusal> {
        // The name itself would make the message as long as the limit is there to prevent.
        Refusal::limit(format!("bytes of the name of an {of}"), name.len() as u64, self.limits.name_bytes)?;
        // Those of components end up in core modules too, in one form or another.
        not_reserved(name)
    }

    fn custom(&mut self, name: &str, size: usize, offset: u64) -> Result<(), Refusal> {
        let outermost = self.open.len() == 1;
        let known = ["name", "component-name", "producers"].into_iter().find(|known| *known == name);
        if let Some(name) = known.filter(|name| outermost || *name == "producers") {
            let start = offset as usize;
            self.census.custom.push(Custom { name, range: start..start + size });
        }
        if name.starts_with("component-type") && !self.census.component {
            self.census.world = true;
            self.world_bytes += size as u64;
            Refusal::limit(
                "bytes of the WIT world that the module carries",
                self.world_bytes,
                self.limits.world_bytes,
            )?;
        }
        Ok(())
    }

    fn component(&mut self, payload: Payload<'_>) -> Result<(), Refusal> {
        let limits = self.limits;
        match payload {
            Payload::InstanceSection(section) => {
                self.items(section.count())?;
                section.into_iter().try_for_each(|instance| self.weights.instance(&instance?, limits))
            }
            Payload::ComponentInstanceSection(section) => {
                self.items(section.count())?;
                section.into_iter().try_for_each(|instance| self.weights.component(&instance?, limits))
            }
            Payload::ComponentAliasSection(section) => {
                self.items(section.count())?;
                for alias in section {
                    match alias? {
                        ComponentAlias::InstanceExport { kind: ComponentExternalKind::Module, .. }
                        | ComponentAlias::Outer { kind: ComponentOuterAliasKind::CoreModule, .. } => {
                            self.weights.other_module()
                        }
                        _ => {}
                    }
                }
                Ok(())
            }
            Payload::ComponentImportSection(section) => {
                Refusal::limit("imports", section.count(), limits.imports)?;
                self.items(section.count())?;
                for import in section {
                    let import = import?;
                    self.name("import", import.name.name)?;
                    self.external("import", import.name.name, import.ty.kind());
                }
                Ok(())
            }
            Payload::ComponentExportSection(section) => {
                Refusal::limit("exports", section.count(), limits.exports)?;
                self.items(section.count())?;
                for export in section {
                    let export = export?;
                    self.name("export", export.name.name)?;
                    self.external("export", export.name.name, export.kind);
                }
                Ok(())
            }
            Payload::CoreTypeSection(section) => self.items(section.count()),
            Payload::ComponentTypeSection(section) => {
                self.items(section.count())?;
                for ty in section {
                    self.resources += u32::from(matches!(ty?, ComponentType::Resource { .. }));
                    Refusal::limit("types of resources in the component", self.resources, limits.resources)?;
                }
                Ok(())
            }
            Payload::ComponentCanonicalSection(section) => self.items(section.count()),
            _ => Ok(()),
        }
    }

    fn external(&mut self, of: &str, name: &str, kind: ComponentExternalKind) {
        if kind == ComponentExternalKind::Module {
            self.weights.other_module();
        }
        use ComponentExternalKind::{Func, Instance, Type};
        if self.open.len() == 1 && !matches!(kind, Func | Instance | Type) {
            self.census.other.get_or_insert(format!("the {of} `{name}`, a {}", kind.desc()));
        }
    }

    fn items(&mut self, more: u32) -> Result<(), Refusal> {
        self.items += u64::from(more);
        Refusal::limit("types, aliases and other items of the component", self.items, self.limits.items)
    }
}

/// Refuses a place in which exceptions would stay for as long as the instance: they lie on the host's heap, which no limit of the guest bounds.
fn not_hoarding(what: &str, ty: ValType, offset: u64) -> Result<(), Refusal> {
    let ValType::Ref(reference) = ty else { return Ok(()) };
    match reference.heap_type() {
        HeapType::Abstract { ty: AbstractHeapType::Exn, .. } => {
            Err(Refusal::Feature { offset, message: format!("{what} of type `exnref` holds exceptions") })
        }
        _ => Ok(()),
    }
}
