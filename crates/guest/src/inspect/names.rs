//! The types that imports and exports name, and whether WIT has such.

use std::collections::{HashMap, HashSet};

use wasmparser::component_types::{
    ComponentAnyTypeId as Any, ComponentDefinedType as Defined, ComponentEntityType as Entity,
};
use wasmparser::component_types::{ComponentInstanceTypeId, ComponentItem, ComponentValType};
use wasmparser::names::{ComponentName, ComponentNameKind};
use wasmparser::types::Types;

use super::decodable::Odd;

/// Such as `a:b` and `1.0.0`, or no version.
type Package<'a> = (&'a str, &'a str);

/// Where a type was first named.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Owner<'a> {
    /// The world, or an interface that it defines in place.
    World,
    /// An interface of a package, which is this.
    Package(Package<'a>),
}

/// The types that imports and exports name, in their order.
pub(super) struct Names<'a> {
    types: &'a Types,
    owners: HashMap<Any, Owner<'a>>,
    /// Which packages use types of which.
    uses: HashMap<Package<'a>, HashSet<Package<'a>>>,
    interfaces: HashSet<&'a str>,
    /// The resources of the world, or of the interface that is being looked at: their constructors, methods and static functions name them.
    resources: HashSet<&'a str>,
}

impl<'a> Names<'a> {
    pub(super) fn new(types: &'a Types) -> Names<'a> {
        Names {
            types,
            owners: HashMap::new(),
            uses: HashMap::new(),
            interfaces: HashSet::new(),
            resources: HashSet::new(),
        }
    }

    pub(super) fn all(mut self, items: impl IntoIterator<Item = (&'a str, &'a ComponentItem)>) -> Result<(), Odd> {
        for (name, item) in items {
            if item.implements.is_some() {
                return Err(odd(name, "an implementation under another name"));
            }
            match item.ty {
                Entity::Instance(instance) => self.interface(name, instance)?,
                _ => self.item(name, item, Owner::World)?,
            }
        }
        self.no_package_uses_itself_by_others()
    }

    fn interface(&mut self, name: &'a str, instance: ComponentInstanceTypeId) -> Result<(), Odd> {
        let owner = match name.split_once('/') {
            Some((package, interface)) => {
                if !self.interfaces.insert(name) {
                    return Err(odd(name, "an interface that is both imported and exported"));
                }
                Owner::Package((package, interface.split_once('@').map_or("", |(_, version)| version)))
            }
            None => Owner::World,
        };
        let of_world = std::mem::take(&mut self.resources);
        for (name, item) in &self.types[instance].exports {
            match item.ty {
                Entity::Type { .. } | Entity::Func(_) => self.item(name, item, owner)?,
                _ => return Err(odd(name, "an item that is neither a type nor a function")),
            }
        }
        self.resources = of_world;
        Ok(())
    }

    fn item(&mut self, name: &'a str, item: &'a ComponentItem, owner: Owner<'a>) -> Result<(), Odd> {
        match item.ty {
            Entity::Func(function) => {
                self.function_name(name)?;
                let function = &self.types[function];
                let types: Vec<_> = function.params.iter().map(|(_, ty)| *ty).chain(function.result).collect();
                types.into_iter().try_for_each(|ty| self.value(name, ty, owner))
            }
            Entity::Type { referenced, created } => {
                match referenced {
                    Any::Defined(ty) => self.defined(name, ty.into(), owner)?,
                    Any::Resource(_) => {
                        self.defined(name, referenced, owner)?;
                        // Another name for a resource that has one is no resource of its own.
                        if self.named(referenced).is_none() {
                            self.resources.insert(name);
                        }
                    }
                    _ => return Err(odd(name, "the type of a function, an instance or a component")),
                }
                match self.owners.insert(created, owner) {
                    None => Ok(()),
                    Some(_) => Err(odd(name, "a type that appears more than once")),
                }
            }
            // What imports or exports such is refused by what it is.
            _ => Ok(()),
        }
    }

    /// Functions of resources are named after one of their own interface.
    fn function_name(&self, name: &str) -> Result<(), Odd> {
        let parsed = ComponentName::new(name, 0).map_err(|error| Odd::Item(error.to_string()))?;
        let known = match parsed.kind() {
            ComponentNameKind::Label(_) => true,
            ComponentNameKind::Constructor(resource) => self.resources.contains(resource.as_str()),
            ComponentNameKind::Method(method) | ComponentNameKind::Static(method) => {
                self.resources.contains(method.resource().as_str())
            }
            _ => return Err(odd(name, "a function under the name of something else")),
        };
        if known { Ok(()) } else { Err(odd(name, "a function of a resource that is defined elsewhere")) }
    }

    /// Who has named a type, or what it is another name of.
    fn named(&self, ty: Any) -> Option<Owner<'a>> {
        let mut alias = Some(ty);
        let aliases = std::iter::from_fn(|| {
            let here = alias?;
            alias = self.types.as_ref().peel_alias(here);
            Some(here)
        });
        aliases.into_iter().find_map(|ty| self.owners.get(&ty)).copied()
    }

    fn value(&mut self, name: &str, ty: ComponentValType, owner: Owner<'a>) -> Result<(), Odd> {
        match ty {
            ComponentValType::Primitive(_) => Ok(()),
            ComponentValType::Type(id) => self.defined(name, id.into(), owner),
        }
    }

    /// Follows a type to what it is made of, or to where it was named.
    fn defined(&mut self, name: &str, ty: Any, owner: Owner<'a>) -> Result<(), Odd> {
        let mut open = vec![ty];
        let mut seen = HashSet::new();
        while let Some(next) = open.pop() {
            if !seen.insert(next) {
                continue;
            }
            let named = self.named(next);
            match (named, owner) {
                (Some(Owner::World), Owner::Package(_)) => {
                    return Err(odd(name, "a type of the world in an interface of a package"));
                }
                (Some(Owner::Package(other)), Owner::Package(own)) if other != own => {
                    self.uses.entry(own).or_default().insert(other);
                }
                _ => {}
            }
            if named.is_some() {
                continue;
            }
            let Any::Defined(id) = next else { continue };
            let mut more = |ty: &ComponentValType| {
                if let ComponentValType::Type(id) = ty {
                    open.push((*id).into());
                }
            };
            match &self.types[id] {
                Defined::Primitive(_) | Defined::Flags(_) | Defined::Enum(_) => {}
                Defined::Record(record) => record.fields.values().for_each(more),
                Defined::Variant(variant) => variant.cases.values().filter_map(|case| case.ty.as_ref()).for_each(more),
                Defined::Tuple(tuple) => tuple.types.iter().for_each(more),
                Defined::List { element, .. } | Defined::FixedLengthList { element, .. } => more(element),
                Defined::Option { ty, .. } => more(ty),
                Defined::Result { ok, err, .. } => ok.iter().chain(err).for_each(more),
                Defined::Map { key, value, .. } => [key, value].into_iter().for_each(more),
                Defined::Own(id) | Defined::Borrow(id) => {
                    // By this very name, not by another of the same resource.
                    if !self.owners.contains_key(&Any::Resource(*id)) {
                        return Err(odd(name, "a resource without a name"));
                    }
                    open.push(Any::Resource(*id));
                }
                Defined::Future { .. } | Defined::Stream { .. } => return Err(odd(name, "a future or a stream")),
            }
        }
        Ok(())
    }

    /// Packages that use types of one another have no order.
    fn no_package_uses_itself_by_others(&self) -> Result<(), Odd> {
        for package in self.uses.keys() {
            let mut open = vec![*package];
            let mut seen = HashSet::new();
            while let Some(next) = open.pop() {
                for used in self.uses.get(&next).into_iter().flatten() {
                    if used == package {
                        return Err(odd(package.0, "a package whose types are used by those that it uses"));
                    }
                    if seen.insert(*used) {
                        open.push(*used);
                    }
                }
            }
        }
        Ok(())
    }
}

fn odd(name: &str, what: &str) -> Odd {
    Odd::Item(format!("{what} (`{name}`)"))
}
