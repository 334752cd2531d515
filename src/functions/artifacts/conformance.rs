//! What every artifact store does: one suite, run against each.

use std::ops::Range;

use super::{ArtifactError, Artifacts, Checked};
use crate::bridge::ByteStream;
use crate::bridge::binding::HostBytes;
use crate::bridge::clock;
use crate::bridge::host_body::HostBody;
use crate::bridge::stream::StreamError;
use crate::functions::conformance::{Outcome, check, said, same, suite};
use crate::functions::hash::ArtifactHash;
use futures_util::{StreamExt, stream};

// FIPS 180-2, appendix B.1.
const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const MIB: usize = 1024 * 1024;
const LIMIT: usize = 12 * MIB;

suite! {
    Artifacts;
    self::{
        bytes_come_back_as_they_were,
        a_part_is_its_bytes_and_no_others,
        streams_of_every_length_are_stored,
        nothing_is_there_before_the_commit,
        a_stream_that_is_too_long_or_breaks_off_leaves_nothing,
        what_is_removed_is_gone,
        what_was_staged_and_left_is_swept,
        bundles_are_checked_and_go_with_their_module,
    }
}

/// Pieces as a stream of the host.
fn body(pieces: Vec<Result<Vec<u8>, StreamError>>) -> Result<HostBody, String> {
    HostBody::of(ByteStream::new(stream::iter(pieces))).map_err(said)
}

/// Bytes that no other case has.
fn unique(length: usize) -> Vec<u8> {
    let mut bytes = clock::uuid().into_bytes();
    bytes.resize(length.max(36), 7);
    bytes
}

async fn stored(store: &impl Artifacts, bytes: &[u8]) -> Result<ArtifactHash, String> {
    let staged = store.stage(body(vec![Ok(bytes.to_vec())])?, LIMIT).await.map_err(said)?;
    store.commit(&staged).await.map_err(said)?;
    store.discard(&staged).await.map_err(said)?;
    Ok(staged.hash)
}

/// The bytes of a part.
async fn part(store: &impl Artifacts, checked: &Checked, part: Range<u64>) -> Result<Vec<u8>, String> {
    let mut pieces = store.open(checked, part).await.map_err(said)?.pieces();
    let mut bytes = Vec::new();
    while let Some(piece) = pieces.next().await {
        bytes.extend(piece.map_err(said)?);
    }
    Ok(bytes)
}

/// All bytes with this hash.
async fn read(store: &impl Artifacts, hash: &ArtifactHash) -> Result<Vec<u8>, String> {
    let checked = store.check(hash).await.map_err(said)?;
    part(store, &checked, 0..checked.size()).await
}

async fn missing(store: &impl Artifacts, hash: &ArtifactHash) -> Result<bool, String> {
    match store.check(hash).await {
        Ok(_) => Ok(false),
        Err(ArtifactError::Missing) => Ok(true),
        Err(error) => Err(said(error)),
    }
}

async fn bytes_come_back_as_they_were(store: &impl Artifacts) -> Outcome {
    let staged = store.stage(body(vec![Ok(b"a".to_vec()), Ok(b"bc".to_vec())])?, 3).await.map_err(said)?;
    same!((staged.hash.as_str(), staged.size, staged.head.as_str()), (ABC, 3, "616263"), "what is known of abc");
    same!(store.read_staged(&staged).await.map_err(said)?.to_vec(), b"abc".to_vec(), "abc before its commit");
    store.commit(&staged).await.map_err(said)?;
    store.commit(&staged).await.map_err(said)?;
    store.discard(&staged).await.map_err(said)?;
    store.discard(&staged).await.map_err(said)?;
    same!(store.commit(&staged).await, Err(ArtifactError::Missing), "a commit of what is discarded");
    same!(store.check(&staged.hash).await.map_err(said)?.size(), 3, "its length");
    same!(read(store, &staged.hash).await?, b"abc".to_vec(), "abc");
    Ok(())
}

async fn a_part_is_its_bytes_and_no_others(store: &impl Artifacts) -> Outcome {
    let bytes = unique(3 * MIB + 1);
    let hash = stored(store, &bytes).await?;
    let checked = store.check(&hash).await.map_err(said)?;
    let size = bytes.len();
    for (start, end) in [(0, size), (0, 1), (1, 4), (size - 1, size), (1, size), (65_535, 2 * MIB)] {
        let found = part(store, &checked, start as u64..end as u64).await?;
        check!(found == bytes[start..end], "{start}..{end} is {} other bytes", found.len());
    }
    // The same bytes once more are the same ones.
    stored(store, &bytes).await?;
    same!(part(store, &checked, 0..4).await?, bytes[..4].to_vec(), "a part of what was stored again");
    store.remove(&hash).await.map_err(said)?;
    for part in [0..size as u64, 1..4] {
        same!(store.open(&checked, part).await.err(), Some(ArtifactError::Missing), "what was removed after its check");
    }
    Ok(())
}

async fn streams_of_every_length_are_stored(store: &impl Artifacts) -> Outcome {
    // Around the parts of 5 MiB that an object store takes.
    for length in [0, 1, 8, 65_536, 5 * MIB - 1, 5 * MIB, 5 * MIB + 1, 10 * MIB, 11 * MIB + 3] {
        let bytes: Vec<u8> = (0..length).map(|at| (at * 31 % 251) as u8).collect();
        let pieces = bytes.chunks(100_003).map(|piece| Ok(piece.to_vec())).collect();
        let staged = store.stage(body(pieces)?, LIMIT).await.map_err(said)?;
        same!(staged.size, length as u64, "the size");
        store.commit(&staged).await.map_err(said)?;
        store.discard(&staged).await.map_err(said)?;
        let back = read(store, &staged.hash).await?;
        check!(back == bytes, "{length} bytes came back as {} others", back.len());
        store.remove(&staged.hash).await.map_err(said)?;
    }
    Ok(())
}

async fn nothing_is_there_before_the_commit(store: &impl Artifacts) -> Outcome {
    let staged = store.stage(body(vec![Ok(unique(100))])?, LIMIT).await.map_err(said)?;
    check!(missing(store, &staged.hash).await?, "staged bytes can be read under their hash");
    store.discard(&staged).await.map_err(said)?;
    same!(store.commit(&staged).await, Err(ArtifactError::Missing), "a commit of what is discarded");
    check!(missing(store, &staged.hash).await?, "discarded bytes can be read");
    Ok(())
}

async fn a_stream_that_is_too_long_or_breaks_off_leaves_nothing(store: &impl Artifacts) -> Outcome {
    store.sweep(0).await.map_err(said)?;
    for length in [101, 6 * MIB] {
        let long = store.stage(body(vec![Ok(unique(length))])?, length - 1).await;
        same!(long.err(), Some(ArtifactError::TooLarge(length - 1)), "one byte more than it may be");
        let whole = store.stage(body(vec![Ok(unique(length))])?, length).await.map_err(said)?;
        store.discard(&whole).await.map_err(said)?;
        let broken = vec![Ok(unique(length)), Err(StreamError("cut".into()))];
        let broken = store.stage(body(broken)?, LIMIT).await;
        same!(broken.err(), Some(ArtifactError::Unavailable), "a stream that breaks off");
    }
    same!(store.sweep(0).await, Ok(0), "what is left");
    Ok(())
}

async fn what_is_removed_is_gone(store: &impl Artifacts) -> Outcome {
    let (first, second) = (stored(store, &unique(50)).await?, stored(store, &unique(60)).await?);
    store.remove(&first).await.map_err(said)?;
    store.remove(&first).await.map_err(said)?;
    check!(missing(store, &first).await?, "removed bytes can be read");
    check!(!missing(store, &second).await?, "other bytes were removed, too");
    Ok(())
}

async fn what_was_staged_and_left_is_swept(store: &impl Artifacts) -> Outcome {
    let kept = stored(store, &unique(70)).await?;
    let left = store.stage(body(vec![Ok(unique(80))])?, LIMIT).await.map_err(said)?;
    store.sweep(3600).await.map_err(said)?;
    store.commit(&left).await.map_err(|_| "what was staged within the hour was swept".to_owned())?;
    store.sweep(0).await.map_err(said)?;
    same!(store.commit(&left).await, Err(ArtifactError::Missing), "what was left");
    check!(!missing(store, &kept).await? && !missing(store, &left.hash).await?, "what is committed was swept, too");
    Ok(())
}

async fn read_bundle(
    store: &impl Artifacts,
    module: &ArtifactHash,
    bundle: &ArtifactHash,
) -> Result<HostBytes, ArtifactError> {
    store.find_bundle(module, bundle).await?.read().await
}

async fn bundles_are_checked_and_go_with_their_module(store: &impl Artifacts) -> Outcome {
    let (module, other) = (stored(store, &unique(90)).await?, stored(store, &unique(91)).await?);
    let bundle = ArtifactHash::parse(ABC).map_err(said)?;
    let missing = async |module: &ArtifactHash| read_bundle(store, module, &bundle).await.err();
    same!(missing(&module).await, Some(ArtifactError::Missing), "a bundle that nobody made");
    for module in [&module, &other] {
        store.put_bundle(module, &bundle, &HostBytes::copied(b"abc")).await.map_err(said)?;
        store.put_bundle(module, &bundle, &HostBytes::copied(b"abc")).await.map_err(said)?;
    }
    same!(read_bundle(store, &module, &bundle).await.map_err(said)?.to_vec(), b"abc".to_vec(), "a bundle");
    let found = store.find_bundle(&module, &bundle).await.map_err(said)?;
    same!(found.size(), Some(3), "the size of a bundle, which is known before it is read");
    drop(found);
    let wrong = store.put_bundle(&module, &module, &HostBytes::copied(b"abc")).await;
    same!(wrong, Err(ArtifactError::Unavailable), "bytes that don't have their hash");
    store.remove(&module).await.map_err(said)?;
    same!(missing(&module).await, Some(ArtifactError::Missing), "the bundle of a removed module");
    same!(missing(&other).await, None, "the same bundle of another module");
    Ok(())
}
