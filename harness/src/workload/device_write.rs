//! `device-write`: the image's block device written in chunks from the host, as virt-v2v wrote.

use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::{
    GuestSteps, Place, Steps, Timed, Work,
    chunked::{Chunked, Verify},
    data::Chunk,
};
use crate::{
    appliance::{Appliance, Target},
    config::{ConfigError, Keys},
};

/// Chunks to the device, one after the other from its start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceWrite {
    chunked: Chunked,
    verify: Verify,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    bytes: Spanned<String>,
    chunk: Spanned<String>,
    data: Option<Spanned<String>>,
    verify: Option<Spanned<String>>,
}

impl DeviceWrite {
    pub(super) const KIND: &str = "device-write";

    pub(super) fn check(keys: Keys<'_>) -> Result<DeviceWrite, ConfigError> {
        let (source, table) = keys.read::<Table>()?;
        Ok(DeviceWrite {
            chunked: Chunked::check(source, &table.bytes, &table.chunk, table.data.as_ref())?,
            verify: Verify::check(source, table.verify.as_ref())?,
        })
    }
}

impl Work for DeviceWrite {
    fn place(&self) -> Place {
        Place::Device
    }
    fn bytes(&self) -> u64 {
        self.chunked.bytes
    }
    fn chunk(&self) -> Option<u64> {
        Some(self.chunked.chunk)
    }
    fn steps(&self, seed: u64) -> Steps<'_> {
        Steps::Guest(Box::new(Writing { work: self, buffer: self.chunked.buffer(seed), seed }))
    }
}

struct Writing<'a> {
    work: &'a DeviceWrite,
    buffer: Chunk,
    seed: u64,
}

impl GuestSteps for Writing<'_> {
    fn prepare(&mut self, _: &mut dyn Appliance, _: &Target) -> anyhow::Result<()> {
        Ok(())
    }

    fn measure(&mut self, guest: &mut dyn Appliance, on: &Target) -> anyhow::Result<Timed> {
        let chunks = self.work.chunked.write(&mut self.buffer, guest, on)?;
        Ok(Timed::of_chunks(chunks))
    }

    fn verify(&mut self, guest: &mut dyn Appliance, on: &Target) -> anyhow::Result<u32> {
        self.work.chunked.verify(self.work.verify, self.seed, guest, on)
    }
}
