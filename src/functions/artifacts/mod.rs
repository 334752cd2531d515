//! Where the bytes of modules and bundles are kept.

pub mod chosen;
#[cfg(feature = "conformance")]
pub mod conformance;
pub mod r2;
pub mod supabase;

use std::ops::Range;

use thiserror::Error;

use super::hash::ArtifactHash;
use crate::bridge::binding::HostBytes;
use crate::bridge::held::NoRoom;
use crate::bridge::host_body::HostBody;
use crate::bridge::object::{CheckedObject, ReadObject};
use crate::bridge::unread::Unread;

pub use chosen::Objects;
pub use r2::R2;
pub use supabase::SupabaseStorage;

/// A store of bytes under their SHA-256.
///
/// Bytes come in under a key of their own, because their hash is known at the end only, and are then committed under it. A crash leaves at most
/// bytes that were staged, which [`sweep`](Artifacts::sweep) removes, and bytes under a hash that [`Store`](super::store::Store) knows of since before
/// they were there. Bundles live and go with the module that they were made of, and before it when no function's names them any more.
pub trait Artifacts {
    /// Stores what `stream` gives, hashing it as it goes by; [`ArtifactError::TooLarge`] from more than `limit` bytes on.
    fn stage(&self, stream: HostBody, limit: usize) -> impl Future<Output = Result<Staged, ArtifactError>>;

    /// The staged bytes.
    fn read_staged(&self, staged: &Staged) -> impl Future<Output = Result<HostBytes, ArtifactError>>;

    /// Stores the staged bytes under their hash, in the place of whatever is there.
    fn commit(&self, staged: &Staged) -> impl Future<Output = Result<(), ArtifactError>>;

    /// Removes staged bytes.
    fn discard(&self, staged: &Staged) -> impl Future<Output = Result<(), ArtifactError>>;

    /// Reads the bytes with this hash, keeps none of them, and checks the hash: what was altered on its way is [`ArtifactError::Corrupt`].
    fn check(&self, hash: &ArtifactHash) -> impl Future<Output = Result<Checked, ArtifactError>>;

    /// A part of bytes that were checked, as a stream; [`ArtifactError::Corrupt`] if others are in their place by now.
    fn open(&self, checked: &Checked, part: Range<u64>) -> impl Future<Output = Result<HostBody, ArtifactError>>;

    /// Stores the packed bundle that prepare made of the module with the hash `module`; `bundle` is the hash of its bytes.
    fn put_bundle(
        &self,
        module: &ArtifactHash,
        bundle: &ArtifactHash,
        bytes: &HostBytes,
    ) -> impl Future<Output = Result<(), ArtifactError>>;

    /// A packed bundle of the module with the hash `module`, of which nothing is read yet.
    fn find_bundle(
        &self,
        module: &ArtifactHash,
        bundle: &ArtifactHash,
    ) -> impl Future<Output = Result<Found, ArtifactError>>;

    /// Removes the bytes with this hash and the bundles that were made of them, if they are there.
    fn remove(&self, hash: &ArtifactHash) -> impl Future<Output = Result<(), ArtifactError>>;

    /// Removes the bundles of the module with the hash `module` that were stored `seconds` ago or earlier, but for those of `kept`; their number. None
    /// where each function has bundles of its own, which [`sweep`](Artifacts::sweep) removes.
    fn keep_bundles(
        &self,
        module: &ArtifactHash,
        kept: &[ArtifactHash],
        seconds: u32,
    ) -> impl Future<Output = Result<u32, ArtifactError>>;

    /// Removes what was left `seconds` ago or earlier: what was staged, and what the store of bytes itself knows to be of no use; the number of removed objects.
    fn sweep(&self, seconds: u32) -> impl Future<Output = Result<u32, ArtifactError>>;
}

/// Bytes that are stored, under no hash yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Staged {
    key: Box<str>,
    /// The hash of the bytes.
    pub hash: ArtifactHash,
    /// How many they are.
    pub size: u64,
    /// The first eight of them, in hexadecimal.
    pub head: String,
}

/// Bytes that are there, and still in the store; whether they have their hash shows when they are read.
#[derive(Debug)]
pub struct Found {
    hash: ArtifactHash,
    object: Unread,
}

impl Found {
    /// How many they are, if the store says it.
    pub fn size(&self) -> Option<u64> {
        self.object.size()
    }

    /// All of them, if they have their hash.
    pub async fn read(self) -> Result<HostBytes, ArtifactError> {
        intact(self.object.read(self.hash.as_str()).await?, &self.hash)
    }
}

/// What was looked for under the hash `hash`, if it is there.
fn found(object: Option<Unread>, hash: &ArtifactHash) -> Result<Found, ArtifactError> {
    object.map(|object| Found { hash: hash.clone(), object }).ok_or(ArtifactError::Missing)
}

/// Bytes that have their hash. They are still in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    key: Box<str>,
    hash: ArtifactHash,
    object: CheckedObject,
}

impl Checked {
    /// How many they are.
    pub fn size(&self) -> u64 {
        self.object.size
    }
}

/// What was looked for under the hash `hash`, if it is intact.
fn intact<T>(read: ReadObject<T>, hash: &ArtifactHash) -> Result<T, ArtifactError> {
    match read {
        ReadObject::Intact(found) => Ok(found),
        ReadObject::Missing => Err(ArtifactError::Missing),
        ReadObject::Corrupt => {
            tracing::error!(sha256 = hash.as_str(), "stored bytes are damaged");
            Err(ArtifactError::Corrupt)
        }
    }
}

/// Why there are no bytes.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ArtifactError {
    /// The stream has more bytes than it may.
    #[error("more than {0} bytes")]
    TooLarge(usize),
    /// Nothing is stored there, or not any more.
    #[error("the bytes are not stored")]
    Missing,
    /// What is stored doesn't have its hash.
    #[error("the stored bytes are damaged; upload them again")]
    Corrupt,
    /// The store itself refuses what its policies don't grant.
    #[error("the store of bytes refuses this to the caller")]
    Refused,
    /// The client sent nothing more of its stream in time.
    #[error("the upload stopped coming; send it again")]
    Stalled,
    /// There is no room for the upload now.
    #[error("{0}")]
    NoRoom(#[from] NoRoom),
    /// The stream broke off, or the store can't be used now.
    #[error("the bytes could not be stored or read; try again later")]
    Unavailable,
}
