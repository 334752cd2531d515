//! What prepare makes of a module.

use serde::Serialize;

use crate::Sha256;

/// The version of everything that decides what a bundle looks like; part of a bundle's address.
pub const PREPARE_VERSION: u32 = 1;

/// A module, made ready for a V8 host: its files and their manifest.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// The text of `bundle.js`, an ES module over the glue that all bundles of a host share; `None` for a plain core module, which the
    /// shared glue runs by itself.
    pub js: Option<String>,
    /// The metered core modules, in the order in which they are instantiated.
    pub modules: Vec<CoreModule>,
    /// What is in the bundle.
    pub manifest: Manifest,
}

/// A metered core module.
#[derive(Clone, Debug)]
pub struct CoreModule {
    /// Its file name in the bundle, such as `core.wasm` or `core2.wasm`.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What is in a bundle; `manifest.json`.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Manifest {
    /// [`PREPARE_VERSION`].
    pub prepare: u32,
    /// The version of the fuel schedule.
    pub schedule: u32,
    /// The hash of the uploaded bytes.
    pub module: Sha256,
}
