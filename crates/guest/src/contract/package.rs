use std::sync::LazyLock;

use wit_parser::{Resolve, SourceMap, WorldItem};

use super::hint;
use crate::Refusal;
use crate::inspect::{Extern, Inspection, Item};
use crate::wit::{Function, Reader};

/// The WIT package `edge:runtime@0.1.0`: the name and text of each file.
pub const FILES: [(&str, &str); 4] = [
    ("logging.wit", include_str!("../../../../wit/logging.wit")),
    ("http-types.wit", include_str!("../../../../wit/http-types.wit")),
    ("http-outbound.wit", include_str!("../../../../wit/http-outbound.wit")),
    ("worlds.wit", include_str!("../../../../wit/worlds.wit")),
];

/// What the package provides and asks for.
#[derive(Default)]
struct Package {
    /// The names of its interfaces, with the version.
    interfaces: Vec<String>,
    /// The functions of its interfaces: interface, function, signature.
    functions: Vec<(String, String, Function)>,
    /// The functions that its worlds export: world, function, signature.
    exports: Vec<(String, String, Function)>,
}

static PACKAGE: LazyLock<Package> = LazyLock::new(|| Package::read().unwrap_or_default());

impl Package {
    /// Fails only if the files of wit/ are wrong, which a test would have shown.
    fn read() -> Option<Package> {
        let mut sources = SourceMap::new();
        FILES.into_iter().for_each(|(name, text)| sources.push(name.as_ref(), text));
        let mut resolve = Resolve::default();
        let group = sources.parse().ok()?;
        resolve.push_group(group).ok()?;
        let mut reader = Reader::new(&resolve, u32::MAX);
        let mut package = Package::default();
        for (id, interface) in &resolve.interfaces {
            let name = resolve.id_of(id)?;
            for function in interface.functions.values() {
                package.functions.push((name.clone(), function.name.clone(), reader.function(function).ok()?));
            }
            package.interfaces.push(name);
        }
        for (_, world) in &resolve.worlds {
            for item in world.exports.values() {
                if let WorldItem::Function(function) = item {
                    package.exports.push((world.name.clone(), function.name.clone(), reader.function(function).ok()?));
                }
            }
        }
        Some(package)
    }
}

/// Whether an interface of that name, without a version, is provided.
pub(super) fn provides_interface(name: &str) -> bool {
    PACKAGE.interfaces.iter().any(|provided| provided.split('@').next() == Some(name))
}

/// The worlds whose functions are all among the exports, with the same signatures.
pub(crate) fn worlds(exports: &[Extern]) -> Vec<String> {
    let exported = |name: &str, signature: &Function| {
        exports.iter().any(|export| {
            export.from.is_none()
                && export.name == name
                && matches!(&export.item, Item::Function(function) if function == signature)
        })
    };
    // Each world of the package exports one function at most.
    let found = PACKAGE.exports.iter().filter(|(_, name, signature)| exported(name, signature));
    found.map(|(world, ..)| world.clone()).collect()
}

/// Whether a component imports nothing but the package's functions, with the package's types.
pub(super) fn check(inspection: &Inspection) -> Result<(), Refusal> {
    for Extern { from, name, item } in &inspection.imports {
        let interface = from.as_deref().unwrap_or(name);
        let unknown = |hint: String| {
            let import = from.as_ref().map_or_else(|| name.clone(), |from| format!("{from}.{name}"));
            Refusal::UnknownImport { import, hint }
        };
        match item {
            Item::Types if PACKAGE.interfaces.iter().any(|provided| provided == interface) => {}
            Item::Function(used) if from.is_some() => {
                let mut functions = PACKAGE.functions.iter().filter(|(provided, ..)| provided == interface).peekable();
                if functions.peek().is_none() {
                    return Err(unknown(hint::of_component(interface)));
                }
                let Some((.., provided)) = functions.find(|(_, function, _)| function == name) else {
                    return Err(unknown(format!(
                        "{interface} has no such function; build with the WIT package of the platform"
                    )));
                };
                if used != provided {
                    return Err(Refusal::ImportType {
                        import: format!("{interface}.{name}"),
                        used: used.to_string(),
                        provided: provided.to_string(),
                        hint: "build with the WIT package of the platform, not with a changed copy".into(),
                    });
                }
            }
            _ => return Err(unknown(hint::of_component(interface))),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_package_is_read_whole() {
        let package = Package::read().unwrap_or_default();
        assert_eq!(package.interfaces.len(), 3, "{:?}", package.interfaces);
        assert_eq!(package.functions.len(), 7);
        let worlds: Vec<_> = package.exports.iter().map(|(world, function, _)| format!("{world}.{function}")).collect();
        assert_eq!(worlds, ["edge-worker.run", "http-handler.handle"]);
    }
}
