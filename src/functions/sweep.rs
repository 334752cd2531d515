//! What is tidied up by the clock.

use super::artifacts::Artifacts;
use super::hash::ArtifactHash;
use super::limits::AFTER_UPLOAD;
use super::store::{AGAIN_AT_ONCE, Again, COLLECTED_AT_ONCE, Store};

/// How long an idempotency key is kept, in seconds.
pub const KEY_SECONDS: u32 = 86_400;

/// How old what is swept has to be, in seconds, where an upload may take `upload_seconds` and a function is known for `known_seconds`: after an upload it is
/// still prepared, and what is stored then noted; and what an isolate still knows, it still runs. (On Supabase what a deleted function left goes by its own age.)
pub fn left_after(upload_seconds: u32, known_seconds: u32) -> u32 {
    match upload_seconds {
        0 => 0,
        seconds => noted_after(seconds.max(known_seconds)),
    }
}

/// After how long what was begun `seconds` ago has all its bytes stored for as long, unless that is at once.
fn noted_after(seconds: u32) -> u32 {
    match seconds {
        0 => 0,
        seconds => seconds.saturating_add(AFTER_UPLOAD.as_secs() as u32),
    }
}

/// What a sweep removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Objects that were staged and left.
    pub staged: u32,
    /// Bytes that no module uses.
    pub artifacts: u32,
    /// Bundles that no module names.
    pub bundles: u32,
    /// Whether there may be more of them.
    pub more: bool,
}

/// Removes what uploads left behind `seconds` ago or earlier, and what no module uses any more, as much of it as one event of the host can.
///
/// Interrupted anywhere, the next sweep goes on: a hash that was taken for removal stays taken until its bytes are gone.
pub async fn sweep(store: &impl Store, artifacts: &impl Artifacts, seconds: u32) -> Swept {
    let mut swept = Swept::default();
    if let Err(error) = store.forget_keys(KEY_SECONDS).await {
        tracing::error!(%error, "old idempotency keys can't be forgotten");
    }
    match artifacts.sweep(seconds).await {
        Ok(staged) => swept.staged = staged,
        Err(error) => tracing::error!(%error, "staged bytes can't be swept"),
    }
    let mut full = false;
    match store.collect(seconds).await {
        Ok(hashes) => {
            swept.artifacts = remove(store, artifacts, &hashes).await;
            full = hashes.len() == COLLECTED_AT_ONCE;
            // Where bytes can't be removed, more of them are not taken: nobody could upload them until they are gone.
            swept.more = swept.artifacts as usize == COLLECTED_AT_ONCE;
        }
        Err(error) => tracing::error!(%error, "what nothing uses can't be collected"),
    }
    // The host allows one event so many requests.
    if full {
        return swept;
    }
    match store.again(noted_after(seconds)).await {
        Ok(again) => {
            let (removed, tidied) = keep(store, artifacts, &again, seconds).await;
            swept.bundles = removed;
            swept.more |= tidied == AGAIN_AT_ONCE;
        }
        Err(error) => tracing::error!(%error, "what came again can't be looked at"),
    }
    swept
}

/// Removes the bundles that no module names of hashes that came again; how many it removed, and of how many hashes it knows that none is left.
async fn keep(store: &impl Store, artifacts: &impl Artifacts, again: &[Again], seconds: u32) -> (u32, usize) {
    let mut removed = 0;
    let mut tidied = Vec::new();
    for Again { sha256, bundles } in again {
        match artifacts.keep_bundles(sha256, bundles, seconds).await {
            Ok(count) => {
                removed += count;
                tidied.push(sha256.clone());
            }
            Err(error) => {
                tracing::error!(%error, sha256 = sha256.as_str(), "bundles that nothing uses can't be removed");
            }
        }
    }
    if !tidied.is_empty()
        && let Err(error) = store.tidied(&tidied, noted_after(seconds)).await
    {
        tracing::error!(%error, "what is tidied can't be noted");
        return (removed, 0);
    }
    (removed, tidied.len())
}

/// Removes the bytes of hashes that were taken; how many it could remove.
async fn remove(store: &impl Store, artifacts: &impl Artifacts, hashes: &[ArtifactHash]) -> u32 {
    let mut removed = 0;
    for hash in hashes {
        if artifacts.remove(hash).await.is_ok() && store.collected(hash).await.is_ok() {
            removed += 1;
        } else {
            tracing::error!(sha256 = hash.as_str(), "bytes that nothing uses can't be removed");
        }
    }
    removed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::limits::{PREPARE_WAIT, ROOM_WAIT};

    #[test]
    fn what_an_upload_may_still_use_is_not_left() {
        let whole = |seconds| seconds + PREPARE_WAIT.as_secs() as u32 + ROOM_WAIT.as_secs() as u32;
        for seconds in [1, 3600] {
            assert!(left_after(seconds, 5) >= whole(seconds), "{seconds}");
        }
        assert!(left_after(1, 7200) > 7200, "what an isolate knows it still runs");
        assert_eq!(left_after(u32::MAX, 5), u32::MAX);
        assert_eq!(left_after(0, 5), 0, "at once, as the setting says");
    }
}
