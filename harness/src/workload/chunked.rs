//! A run of bytes in chunks of one size: what `file-write`, `device-write` and `read` have in common.

use std::time::Duration;

use anyhow::Context;
use bytes::Bytes;
use image_prep::ByteSize;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::data::{self, Chunk, Data};
use crate::{
    appliance::{Appliance, Target},
    config::{ConfigError, Source, parse_size},
    guestfs,
};

/// Smallest chunk: a sector.
const MIN_CHUNK: u64 = 512;

/// Most chunks of a run: the time of each is kept.
const MAX_CHUNKS: u64 = 1 << 20;

/// Largest chunk: what one call to libguestfs moves.
const MAX_CHUNK: u64 = guestfs::MAX_TRANSFER as u64;

/// Chunks that `verify = "sample"` reads back.
const SAMPLE: u32 = 8;

/// Most bytes of each, from a place in it that the seed chooses: so much takes a hundredth of the time
/// that hundreds of megabytes took to write.
const PIECE: usize = 256 << 10;

/// How much is read back and compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verify {
    /// A piece of the first, of the last, and of seeded others.
    Sample,
    /// Every chunk, whole.
    All,
}

/// So many bytes in such chunks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunked {
    /// Bytes in all, a multiple of `chunk`.
    pub bytes: u64,
    /// Bytes of one call.
    pub chunk: u64,
    /// What they are.
    pub data: Data,
}

impl Chunked {
    pub(super) fn check(
        source: &Source<'_>,
        bytes: &Spanned<String>,
        chunk: &Spanned<String>,
        data: Option<&Spanned<String>>,
    ) -> Result<Chunked, ConfigError> {
        let chunk = check_chunk(source, chunk)?;
        let bytes = check_bytes(source, bytes, chunk)?;
        Ok(Chunked { bytes, chunk, data: Data::check(source, data)? })
    }

    /// Number of chunks.
    pub(super) fn chunks(&self) -> u32 {
        u32::try_from(self.bytes / self.chunk).unwrap_or(u32::MAX)
    }

    /// The buffer that chunks are made in.
    pub(super) fn buffer(&self, seed: u64) -> Chunk {
        Chunk::new(self.data, self.chunk, seed)
    }

    /// Writes all chunks, each timed. What happens between two of them, the reading of the clock and now
    /// and then the marking of the buffer, is in no time.
    pub(super) fn write(
        &self,
        buffer: &mut Chunk,
        guest: &mut dyn Appliance,
        on: &Target,
    ) -> anyhow::Result<Vec<Duration>> {
        let mut chunks = vec![Duration::ZERO; usize::try_from(self.chunks())?];
        for (number, time) in (0..).zip(&mut chunks) {
            let data = buffer.number(number);
            let begun = guest.now();
            write_whole(guest, on, data, u64::from(number) * self.chunk)
                .with_context(|| format!("chunk {number}"))?;
            *time = guest.now() - begun;
        }
        Ok(chunks)
    }

    /// Reads chunks back and compares; yields how many.
    pub(super) fn verify(
        &self,
        how: Verify,
        seed: u64,
        guest: &mut dyn Appliance,
        on: &Target,
    ) -> anyhow::Result<u32> {
        let mut buffer = self.buffer(seed);
        let chosen = match how {
            Verify::All => (0..self.chunks()).collect(),
            Verify::Sample => data::sample(self.chunks(), SAMPLE, seed),
        };
        let whole = usize::try_from(self.chunk)?;
        for &number in &chosen {
            let piece = match how {
                Verify::All => 0..whole,
                Verify::Sample => data::piece(whole, PIECE, seed ^ u64::from(number)),
            };
            let offset = u64::from(number) * self.chunk + piece.start as u64;
            let found = read_whole(guest, on, piece.len(), offset)?;
            self.compare(number, &buffer.number(number)[piece], &found, on)?;
        }
        Ok(u32::try_from(chosen.len())?)
    }

    /// Refuses a chunk that is not what was written.
    pub(super) fn compare(
        &self,
        number: u32,
        expected: &[u8],
        found: &[u8],
        on: &Target,
    ) -> anyhow::Result<()> {
        let offset = u64::from(number) * self.chunk;
        anyhow::ensure!(
            found == expected,
            "chunk {number} of {on} (at {offset}) was read back different from what was written"
        );
        Ok(())
    }
}

impl Verify {
    pub(super) fn check(
        source: &Source<'_>,
        given: Option<&Spanned<String>>,
    ) -> Result<Verify, ConfigError> {
        let Some(given) = given else { return Ok(Verify::Sample) };
        match given.get_ref().as_str() {
            "sample" => Ok(Verify::Sample),
            "all" => Ok(Verify::All),
            other => {
                let wrong = format!("unknown verify '{other}'");
                Err(source.not_permitted(given.span(), &wrong, ["sample", "all"]))
            }
        }
    }
}

/// A write may take fewer bytes than it was given, as pwrite(2) may.
fn write_whole(
    guest: &mut dyn Appliance,
    on: &Target,
    data: &[u8],
    offset: u64,
) -> anyhow::Result<()> {
    let mut written = 0;
    while written < data.len() {
        let taken = guest.pwrite(on, &data[written..], offset + written as u64)?;
        anyhow::ensure!(taken > 0, "the guest took no byte at {}", offset + written as u64);
        written += taken;
    }
    Ok(())
}

/// Bytes from an offset on; fewer only where they end.
pub(super) fn read_whole(
    guest: &mut dyn Appliance,
    on: &Target,
    count: usize,
    offset: u64,
) -> anyhow::Result<Bytes> {
    let mut bytes = guest.pread(on, count, offset)?;
    while bytes.len() < count {
        let more = guest.pread(on, count - bytes.len(), offset + bytes.len() as u64)?;
        if more.is_empty() {
            break;
        }
        bytes = [bytes, more].concat().into();
    }
    Ok(bytes)
}

fn check_chunk(source: &Source<'_>, given: &Spanned<String>) -> Result<u64, ConfigError> {
    let chunk = parse_size(source, given)?;
    match chunk {
        MIN_CHUNK..=MAX_CHUNK => Ok(chunk),
        _ => Err(source.error(
            given.span(),
            &format!(
                "chunk = \"{}\" ({chunk} bytes) cannot be written by one call",
                given.get_ref()
            ),
            &format!(
                "permitted: 512 to {} bytes, what one libguestfs message holds; 2M is usual",
                MAX_CHUNK
            ),
        )),
    }
}

fn check_bytes(
    source: &Source<'_>,
    given: &Spanned<String>,
    chunk: u64,
) -> Result<u64, ConfigError> {
    let bytes = parse_size(source, given)?;
    if bytes / chunk > MAX_CHUNKS {
        return Err(source.error(
            given.span(),
            &format!("bytes = \"{}\" makes {} chunks", given.get_ref(), bytes / chunk),
            &format!("permitted: at most {MAX_CHUNKS} chunks; write less, or larger chunks"),
        ));
    }
    if bytes == 0 || !bytes.is_multiple_of(chunk) {
        return Err(source.error(
            given.span(),
            &format!(
                "bytes = \"{}\" is not a whole number of chunks of {}",
                given.get_ref(),
                ByteSize(chunk)
            ),
            "permitted: a multiple of chunk, more than 0",
        ));
    }
    Ok(bytes)
}

/// A path at the root of the guest's filesystem.
pub(super) fn check_path(
    source: &Source<'_>,
    given: Spanned<String>,
) -> Result<String, ConfigError> {
    let path = given.get_ref();
    let name = path.strip_prefix('/').unwrap_or_default();
    let plain = !name.is_empty()
        && name != "."
        && name != ".."
        && name.len() <= 255
        && !name.contains(|character: char| character == '/' || character.is_control());
    match plain {
        true => Ok(given.into_inner()),
        false => Err(source.error(
            given.span(),
            &format!(
                "path = \"{}\" is not a file at the root of the guest's filesystem",
                path.escape_debug()
            ),
            "permitted: '/' and one name, such as \"/test\"",
        )),
    }
}
