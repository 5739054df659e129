//! `read`: a file that was written before the clock started is read back in chunks, from the disk
//! (`cold`) or from the guest's page cache (`warm`).

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::{
    GuestSteps, Place, Steps, Timed, Work,
    chunked::{Chunked, check_path, read_whole},
    data::Chunk,
};
use crate::{
    appliance::{Appliance, Target},
    config::{ConfigError, Keys, Source},
};

/// A file read from its first chunk to its last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Read {
    path: String,
    chunked: Chunked,
    caches: Caches,
}

/// What the caches hold when the clock starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Caches {
    /// Nothing of the file: the guest's caches were emptied, and the host's of the image.
    Cold,
    /// The file, as far as the guest's memory goes: it was read once before.
    Warm,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    path: Spanned<String>,
    bytes: Spanned<String>,
    chunk: Spanned<String>,
    data: Option<Spanned<String>>,
    caches: Spanned<String>,
}

impl Read {
    pub(super) const KIND: &str = "read";

    pub(super) fn check(keys: Keys<'_>) -> Result<Read, ConfigError> {
        let (source, table) = keys.read::<Table>()?;
        Ok(Read {
            chunked: Chunked::check(source, &table.bytes, &table.chunk, table.data.as_ref())?,
            caches: Caches::check(source, &table.caches)?,
            path: check_path(source, table.path)?,
        })
    }
}

impl Caches {
    fn check(source: &Source<'_>, given: &Spanned<String>) -> Result<Caches, ConfigError> {
        match given.get_ref().as_str() {
            "cold" => Ok(Caches::Cold),
            "warm" => Ok(Caches::Warm),
            other => {
                let wrong = format!("unknown caches '{other}'");
                Err(source.not_permitted(given.span(), &wrong, ["cold", "warm"]))
            }
        }
    }
}

impl Work for Read {
    fn place(&self) -> Place {
        Place::File
    }
    fn bytes(&self) -> u64 {
        self.chunked.bytes
    }
    fn chunk(&self) -> Option<u64> {
        Some(self.chunked.chunk)
    }
    /// What was read before the clock would be in the caches, or out of them, against `caches`.
    fn second_pass(&self) -> bool {
        false
    }
    fn steps(&self, seed: u64) -> Steps<'_> {
        let on = Target::File(self.path.clone());
        Steps::Guest(Box::new(Reading { work: self, on, buffer: self.chunked.buffer(seed) }))
    }
}

struct Reading<'a> {
    work: &'a Read,
    on: Target,
    buffer: Chunk,
}

impl Reading<'_> {
    fn chunk(&mut self, guest: &mut dyn Appliance, number: u32) -> anyhow::Result<Bytes> {
        let chunked = &self.work.chunked;
        let size = usize::try_from(chunked.chunk)?;
        read_whole(guest, &self.on, size, u64::from(number) * chunked.chunk)
    }
}

impl GuestSteps for Reading<'_> {
    fn prepare(&mut self, guest: &mut dyn Appliance, _: &Target) -> anyhow::Result<()> {
        guest.touch(&self.work.path)?;
        self.work.chunked.write(&mut self.buffer, guest, &self.on)?;
        guest.sync()?;
        guest.drop_caches()?;
        match self.work.caches {
            Caches::Cold => guest.drop_host_cache()?,
            Caches::Warm => {
                for number in 0..self.work.chunked.chunks() {
                    self.chunk(guest, number)?;
                }
            }
        }
        Ok(())
    }

    /// Each chunk is compared as it comes, outside the time.
    fn measure(&mut self, guest: &mut dyn Appliance, _: &Target) -> anyhow::Result<Timed> {
        let mut chunks = Vec::new();
        for number in 0..self.work.chunked.chunks() {
            let begun = guest.now();
            let found = self.chunk(guest, number)?;
            chunks.push(guest.now() - begun);
            self.work.chunked.compare(number, self.buffer.number(number), &found, &self.on)?;
        }
        Ok(Timed::of_chunks(chunks))
    }

    fn verify(&mut self, _: &mut dyn Appliance, _: &Target) -> anyhow::Result<u32> {
        Ok(self.work.chunked.chunks())
    }
}
