use wasmparser::{ComponentInstance, Instance};

use crate::{PlatformLimits, Refusal};

/// What one component makes when it is instantiated.
///
/// A component may instantiate another twice, which instantiates a third twice, …: the work of instantiating (and of generating code for
/// it) doubles with each step. Which component an index means is known only after validation; here each counts as the heaviest that the
/// upload has defined before, which is never too little; so does a core module that is known under another name.
#[derive(Clone, Copy, Default)]
pub(super) struct Weight {
    /// Instances of core modules and components, itself included.
    instances: u64,
    /// Pages that their memories have at the beginning.
    pub(super) pages: u64,
    /// Their memories.
    pub(super) memories: u64,
    /// Elements that their tables have at the beginning.
    pub(super) elements: u64,
}

impl Weight {
    fn or(self, other: Weight) -> Weight {
        Weight {
            instances: self.instances.max(other.instances),
            pages: self.pages.max(other.pages),
            memories: self.memories.max(other.memories),
            elements: self.elements.max(other.elements),
        }
    }
}

/// The components that are being read, the innermost last, and the heaviest of what has been.
#[derive(Default)]
pub(super) struct Weights {
    open: Vec<Open>,
    component: Weight,
    /// A core module that has the most of everything.
    module: Weight,
}

/// A component that is being read.
#[derive(Default)]
struct Open {
    weight: Weight,
    /// Its core modules by their index.
    modules: Vec<Weight>,
}

impl Weights {
    pub(super) fn begin(&mut self) {
        self.open.push(Open { weight: Weight { instances: 1, ..Weight::default() }, modules: Vec::new() });
    }

    pub(super) fn end(&mut self) {
        let ended = self.open.pop().unwrap_or_default().weight;
        self.component = self.component.or(ended);
    }

    /// A core module has been read, with so many pages, memories and elements.
    pub(super) fn module(&mut self, module: Weight) {
        self.module = self.module.or(module);
        self.open.iter_mut().last().into_iter().for_each(|open| open.modules.push(module));
    }

    /// A core module has been imported, exported or given another name.
    pub(super) fn other_module(&mut self) {
        self.module(self.module);
    }

    pub(super) fn instance(&mut self, instance: &Instance<'_>, limits: &PlatformLimits) -> Result<(), Refusal> {
        let Instance::Instantiate { module_index, .. } = instance else { return Ok(()) };
        let modules = self.open.last().map_or(&[] as &[_], |open| &open.modules);
        let module = modules.get(*module_index as usize).copied().unwrap_or(self.module);
        self.add(Weight { instances: 1, ..module }, limits)
    }

    pub(super) fn component(
        &mut self,
        instance: &ComponentInstance<'_>,
        limits: &PlatformLimits,
    ) -> Result<(), Refusal> {
        match instance {
            ComponentInstance::Instantiate { .. } => self.add(self.component, limits),
            ComponentInstance::FromExports(_) => Ok(()),
        }
    }

    fn add(&mut self, more: Weight, limits: &PlatformLimits) -> Result<(), Refusal> {
        let Some(Open { weight, .. }) = self.open.last_mut() else { return Ok(()) };
        weight.instances = weight.instances.saturating_add(more.instances);
        weight.pages = weight.pages.saturating_add(more.pages);
        weight.memories = weight.memories.saturating_add(more.memories);
        weight.elements = weight.elements.saturating_add(more.elements);
        Refusal::limit("instances that the component makes of what is inside it", weight.instances, limits.parts)?;
        Refusal::limit("pages of 64 KiB that the memories of its instances need", weight.pages, limits.memory_pages)?;
        Refusal::limit("memories of its instances", weight.memories, limits.memories)?;
        Refusal::limit("elements that the tables of its instances begin with", weight.elements, limits.table_elements)
    }
}
