//! The types of resources that the parts of a component define, and how each part knows them.

use wasmtime_environ::EntityRef;
use wasmtime_environ::component::{DefinedResourceIndex, TypeResourceTable, TypeResourceTableIndex};

use super::flatten::Flattener;
use super::plan::{HandleType, Resource};
use super::unsupported;
use crate::Refusal;

impl Flattener<'_> {
    /// Writes down the types; `known` is how often a part knows one.
    pub(super) fn resources(&mut self, known: usize) {
        if self.component.defined_resource_instances.is_empty() {
            return;
        }
        for (index, component) in self.component.defined_resource_instances.iter() {
            let destructor = self.destructors.get(&index).cloned();
            self.plan.resources.push(Resource { component: component.as_u32(), destructor });
        }
        self.plan.handles = (0..known).map(|index| self.handle_type(TypeResourceTableIndex::new(index))).collect();
    }

    /// None for a type that was imported, or that only the type of a component or instance has.
    fn handle_type(&self, index: TypeResourceTableIndex) -> Option<HandleType> {
        let TypeResourceTable::Concrete { ty, instance } = self.all[index] else { return None };
        let defined: DefinedResourceIndex = self.component.defined_resource_index(ty)?;
        Some(HandleType { resource: defined.as_u32(), component: instance.as_u32() })
    }

    /// The place in [`Plan::handles`](super::Plan::handles) of a type that a core module has handles of.
    pub(super) fn handle(&self, index: TypeResourceTableIndex) -> Result<u32, Refusal> {
        match self.handle_type(index) {
            Some(_) => Ok(index.as_u32()),
            None => Err(unsupported("a resource of another component", "import functions over plain values instead")),
        }
    }
}
