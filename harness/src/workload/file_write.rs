//! `file-write`, the workload of 2010: a file written in chunks, each by one call through libguestfs.

use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::{
    GuestSteps, Place, Steps, Timed, Work,
    chunked::{Chunked, Verify, check_path},
    data::Chunk,
};
use crate::{
    appliance::{Appliance, Target},
    config::{ConfigError, Keys},
};

/// The workload of 2010.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileWrite {
    path: String,
    chunked: Chunked,
    verify: Verify,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    path: Spanned<String>,
    bytes: Spanned<String>,
    chunk: Spanned<String>,
    data: Option<Spanned<String>>,
    verify: Option<Spanned<String>>,
}

impl FileWrite {
    pub(super) const KIND: &str = "file-write";

    pub(super) fn check(keys: Keys<'_>) -> Result<FileWrite, ConfigError> {
        let (source, table) = keys.read::<Table>()?;
        Ok(FileWrite {
            chunked: Chunked::check(source, &table.bytes, &table.chunk, table.data.as_ref())?,
            path: check_path(source, table.path)?,
            verify: Verify::check(source, table.verify.as_ref())?,
        })
    }
}

impl Work for FileWrite {
    fn place(&self) -> Place {
        Place::File
    }
    fn bytes(&self) -> u64 {
        self.chunked.bytes
    }
    fn chunk(&self) -> Option<u64> {
        Some(self.chunked.chunk)
    }
    fn steps(&self, seed: u64) -> Steps<'_> {
        let on = Target::File(self.path.clone());
        Steps::Guest(Box::new(Writing { work: self, on, buffer: self.chunked.buffer(seed), seed }))
    }
}

struct Writing<'a> {
    work: &'a FileWrite,
    on: Target,
    buffer: Chunk,
    seed: u64,
}

impl GuestSteps for Writing<'_> {
    fn prepare(&mut self, guest: &mut dyn Appliance, _: &Target) -> anyhow::Result<()> {
        Ok(guest.touch(&self.work.path)?)
    }

    fn measure(&mut self, guest: &mut dyn Appliance, _: &Target) -> anyhow::Result<Timed> {
        let chunks = self.work.chunked.write(&mut self.buffer, guest, &self.on)?;
        Ok(Timed::of_chunks(chunks))
    }

    fn verify(&mut self, guest: &mut dyn Appliance, _: &Target) -> anyhow::Result<u32> {
        self.work.chunked.verify(self.work.verify, self.seed, guest, &self.on)
    }
}
