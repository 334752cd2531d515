//! What is tidied up by the clock.

use super::artifacts::Artifacts;
use super::store::Store;

/// How long an idempotency key is kept, in seconds.
pub const KEY_SECONDS: u32 = 86_400;

/// What a sweep removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Objects that were staged and left.
    pub staged: u32,
    /// Bytes that no module uses.
    pub artifacts: u32,
}

/// Removes what uploads left behind `seconds` ago or earlier, and what no module uses any more.
///
/// Interrupted anywhere, the next sweep goes on: a hash that was taken for removal stays taken until its bytes are gone.
pub async fn sweep(store: &impl Store, artifacts: &impl Artifacts, seconds: u32) -> Swept {
    let mut swept = Swept::default();
    match artifacts.sweep(seconds).await {
        Ok(staged) => swept.staged = staged,
        Err(error) => tracing::error!(%error, "staged bytes can't be swept"),
    }
    match store.collect(seconds).await {
        Ok(hashes) => {
            for hash in hashes {
                let removed = artifacts.remove(&hash).await;
                if removed.is_ok() && store.collected(&hash).await.is_ok() {
                    swept.artifacts += 1;
                } else {
                    tracing::error!(sha256 = hash.as_str(), "bytes that nothing uses can't be removed");
                }
            }
        }
        Err(error) => tracing::error!(%error, "what nothing uses can't be collected"),
    }
    if let Err(error) = store.forget_keys(KEY_SECONDS).await {
        tracing::error!(%error, "old idempotency keys can't be forgotten");
    }
    swept
}
