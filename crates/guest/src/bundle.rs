//! What prepare makes of a module.

use serde::Serialize;

use crate::Sha256;
use crate::transpile::Plan;

/// The version of everything that decides what a bundle looks like; part of a bundle's address.
pub const PREPARE_VERSION: u32 = 2;

/// A module, made ready for a V8 host: its files and their manifest. docs/bundles.md describes both.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// The metered core modules, as the plan counts them.
    pub modules: Vec<CoreModule>,
    /// What is in the bundle, and how a host links and calls it.
    pub manifest: Manifest,
}

impl Bundle {
    /// `manifest.json`: one line of JSON, the same for equal bundles.
    pub fn manifest_json(&self) -> String {
        // Names and numbers in vectors: nothing in it can fail to be written.
        serde_json::to_string(&self.manifest).unwrap_or_default()
    }
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
    /// Whether it was a component or a plain core module.
    pub kind: Kind,
    /// The core modules, in the order of [`Bundle::modules`].
    pub files: Vec<File>,
    /// How they are linked and called.
    pub plan: Plan,
}

/// What an upload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A component, or a core module that carries the world of one.
    Component,
    /// A core module that is called as it is.
    Core,
}

/// A file of a bundle.
#[derive(Clone, Debug, Serialize)]
pub struct File {
    /// Its name in the bundle.
    pub name: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// Its hash.
    pub sha256: Sha256,
}
