//! From uploaded bytes to a bundle.

use crate::bundle::{Bundle, CoreModule, File, Kind, Manifest, PREPARE_VERSION};
use crate::meter::{Role, meter, schedule};
use crate::transpile::{Plan, Transpiled, core_plan, transpile};
use crate::{Form, PlatformLimits, Refusal, Sha256, check};

/// Makes a bundle of the bytes that a user uploads: a component, a core module that carries the world of one, or a plain core module.
///
/// Depends on the arguments alone, byte for byte.
///
/// # Errors
/// Every way in which bytes can fail to become a bundle; see [`Refusal`].
pub fn prepare(bytes: &[u8], limits: &PlatformLimits) -> Result<Bundle, Refusal> {
    let (kind, Transpiled { modules, plan, .. }) = match check(bytes, limits)?.form {
        Form::Component(component) => (Kind::Component, transpile(&component)?),
        Form::Core(core) => (Kind::Core, Transpiled { plan: core_plan(&core)?, modules: vec![core.into_owned()] }),
    };
    assemble(bytes, kind, modules, plan, limits)
}

fn assemble(
    upload: &[u8],
    kind: Kind,
    modules: Vec<Vec<u8>>,
    plan: Plan,
    limits: &PlatformLimits,
) -> Result<Bundle, Refusal> {
    let role = if modules.len() == 1 { Role::Owner } else { Role::Sharer };
    let mut metered = Vec::new();
    let mut files = Vec::new();
    for (index, module) in modules.into_iter().enumerate() {
        let bytes = meter(&module, limits, role)?;
        let name = if index == 0 { "core.wasm".to_owned() } else { format!("core{}.wasm", index + 1) };
        files.push(File { name: name.clone(), bytes: bytes.len() as u64, sha256: Sha256::of(&bytes) });
        metered.push(CoreModule { name, bytes });
    }
    let manifest = Manifest {
        prepare: PREPARE_VERSION,
        schedule: schedule::VERSION,
        module: Sha256::of(upload),
        kind,
        files,
        plan,
    };
    Ok(Bundle { modules: metered, manifest })
}
