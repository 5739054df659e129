//! `[workload]`: what the guest does while the clock runs.

use image_prep::ByteSize;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::guestfs;

use super::{
    appliance::Filesystem,
    error::{ConfigError, Source},
    image::{NamedImage, parse_size},
};

/// Smallest chunk: a sector.
const MIN_CHUNK: u64 = 512;

/// Most chunks of a run: the time of each is kept.
const MAX_CHUNKS: u64 = 1 << 20;

/// Largest chunk: what one call to libguestfs moves.
const MAX_CHUNK: u64 = guestfs::MAX_TRANSFER as u64;

/// The workload of 2010: a file written in chunks, each by one call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileWrite {
    /// The file inside the guest.
    pub path: String,
    /// Bytes in all, a multiple of `chunk`.
    pub bytes: u64,
    /// Bytes of one write.
    pub chunk: u64,
    /// What is written.
    pub data: Data,
    /// How much is read back.
    pub verify: Verify,
}

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Data {
    /// Seeded and incompressible, no two blocks alike.
    Random,
    /// Zeros, which formats may store as nothing.
    Zero,
}

/// How much is read back and compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verify {
    /// First, last, and seeded others.
    Sample,
    /// Every chunk.
    All,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    kind: Spanned<String>,
    path: Spanned<String>,
    bytes: Spanned<String>,
    chunk: Spanned<String>,
    data: Option<Spanned<String>>,
    verify: Option<Spanned<String>>,
}

impl FileWrite {
    /// Its name in records, and in the config.
    pub const KIND: &str = "file-write";

    /// Number of chunks.
    pub fn chunks(&self) -> u32 {
        u32::try_from(self.bytes / self.chunk).unwrap_or(u32::MAX)
    }
}

pub(super) fn check(
    source: &Source<'_>,
    table: Table,
    images: &[NamedImage],
    filesystem: Filesystem,
) -> Result<FileWrite, ConfigError> {
    if table.kind.get_ref() != FileWrite::KIND {
        let wrong = format!("unknown workload '{}'", table.kind.get_ref());
        return Err(source.not_permitted(table.kind.span(), &wrong, [FileWrite::KIND]));
    }
    let chunk = check_chunk(source, &table.chunk)?;
    let bytes = check_bytes(source, &table.bytes, chunk)?;
    check_room(source, &table.bytes, bytes, images, filesystem)?;
    Ok(FileWrite {
        path: check_path(source, table.path)?,
        bytes,
        chunk,
        data: match table.data {
            None => Data::Random,
            Some(given) => match given.get_ref().as_str() {
                "random" => Data::Random,
                "zero" => Data::Zero,
                other => {
                    let wrong = format!("unknown data '{other}'");
                    return Err(source.not_permitted(given.span(), &wrong, ["random", "zero"]));
                }
            },
        },
        verify: match table.verify {
            None => Verify::Sample,
            Some(given) => match given.get_ref().as_str() {
                "sample" => Verify::Sample,
                "all" => Verify::All,
                other => {
                    let wrong = format!("unknown verify '{other}'");
                    return Err(source.not_permitted(given.span(), &wrong, ["sample", "all"]));
                }
            },
        },
    })
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

fn check_room(
    source: &Source<'_>,
    given: &Spanned<String>,
    bytes: u64,
    images: &[NamedImage],
    filesystem: Filesystem,
) -> Result<(), ConfigError> {
    let Some(tight) = images.iter().find(|image| bytes > filesystem.room(image.spec.size)) else {
        return Ok(());
    };
    let room = filesystem.room(tight.spec.size);
    Err(source.error(
        given.span(),
        &format!(
            "bytes = \"{}\" does not fit image '{}' of {} with {}",
            given.get_ref(),
            tight.name,
            ByteSize(tight.spec.size),
            filesystem.as_str()
        ),
        &format!("permitted: at most {room} bytes ({}M); or make the image larger", room >> 20),
    ))
}

fn check_path(source: &Source<'_>, given: Spanned<String>) -> Result<String, ConfigError> {
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
