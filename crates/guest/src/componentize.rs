//! From a core module that carries a WIT world to a component.

use wit_component::ComponentEncoder;

use crate::Refusal;

/// Wraps a core module with a component-type section, as bindings generators write it, into the component that it describes.
///
/// # Errors
/// [`Refusal::World`] if the module lacks what its world exports, imports what its world doesn't, or either with another type.
pub fn componentize(core: &[u8]) -> Result<Vec<u8>, Refusal> {
    let encode = || {
        let mut component = ComponentEncoder::default().module(core)?.encode()?;
        // Grown by doubling, around a module that may be large.
        component.shrink_to_fit();
        Ok(component)
    };
    // The chain of causes goes from the general to the very name.
    encode().map_err(|error: anyhow::Error| Refusal::World { message: format!("{error:#}") })
}
