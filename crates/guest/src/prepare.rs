//! From uploaded bytes to a bundle.

use std::borrow::Cow;

use crate::bundle::{Bundle, CoreModule, File, Kind, Manifest, PREPARE_VERSION};
use crate::meter::{Role, meter, schedule};
use crate::transpile::{Transpiled, plain, transpile};
use crate::{Checked, Form, Inspection, PlatformLimits, Refusal, Sha256, check};

/// An upload, prepared.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// What it is.
    pub inspection: Inspection,
    /// What a host runs.
    pub bundle: Bundle,
}

/// Makes a bundle of the bytes that a user uploads: a component, a core module that carries the world of one, or a plain core module.
///
/// Depends on the arguments alone, byte for byte.
///
/// # Errors
/// Every way in which bytes can fail to become a bundle; see [`Refusal`].
pub fn prepare(bytes: &[u8], limits: &PlatformLimits) -> Result<Bundle, Refusal> {
    Ok(prepare_reported(bytes.to_vec(), limits)?.bundle)
}

/// As [`prepare`], with the report that was made on the way. Takes the bytes, so that they need not be kept until the end: they may be many.
///
/// # Errors
/// Those of [`prepare`].
pub fn prepare_reported(bytes: Vec<u8>, limits: &PlatformLimits) -> Result<Prepared, Refusal> {
    let Checked { inspection, form } = check(&bytes, limits)?;
    let (kind, made) = match form {
        Form::Component(Cow::Owned(component)) => (Kind::Component, Some(component)),
        Form::Component(Cow::Borrowed(_)) => (Kind::Component, None),
        Form::Core(_) => (Kind::Core, None),
    };
    let bytes = made.unwrap_or(bytes);
    let mut transpiled = match kind {
        Kind::Component => {
            let transpiled = transpile(&bytes, &inspection)?;
            drop(bytes);
            Refusal::limit(
                "types of resources, each once for each part that knows it",
                transpiled.plan.handles.len() as u64,
                limits.resources,
            )?;
            transpiled
        }
        Kind::Core => plain(bytes, &inspection),
    };
    let uncallable = inspection.uncallable();
    transpiled.plan.uncallable =
        uncallable.map(|(interface, name, why)| (interface.to_owned(), name.to_owned(), why.to_string())).collect();
    let bundle = assemble(inspection.sha256, kind, transpiled, limits)?;
    Ok(Prepared { inspection, bundle })
}

/// The last step of [`prepare`]: meters the core modules and describes them in a manifest.
///
/// # Errors
/// Those of [`meter`].
pub fn assemble(
    module: Sha256,
    kind: Kind,
    transpiled: Transpiled,
    limits: &PlatformLimits,
) -> Result<Bundle, Refusal> {
    let Transpiled { modules, plan } = transpiled;
    // A module that is instantiated twice has its state twice.
    let role = if modules.len() == 1 && plan.instances.len() == 1 { Role::Owner } else { Role::Sharer };
    let instances = u32::try_from(plan.instances.len()).unwrap_or(u32::MAX).max(1);
    let limits = &PlatformLimits { table_growth: limits.table_growth / instances, ..limits.clone() };
    let mut metered = Vec::new();
    let mut files = Vec::new();
    for (index, core) in modules.into_iter().enumerate() {
        let bytes = meter(&core, limits, role)?;
        let name = if index == 0 { "core.wasm".to_owned() } else { format!("core{}.wasm", index + 1) };
        files.push(File { name: name.clone(), bytes: bytes.len() as u64, sha256: Sha256::of(&bytes) });
        metered.push(CoreModule { name, bytes });
    }
    let manifest = Manifest { prepare: PREPARE_VERSION, schedule: schedule::VERSION, module, kind, files, plan };
    Ok(Bundle { modules: metered, manifest })
}
