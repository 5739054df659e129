//! `discard`: the guest gives back what was written before the clock started, as fstrim(8) and the
//! deleting of files do. What becomes of it on the host is the factor `discard`'s affair.

use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::{GuestSteps, Place, Steps, Timed, Work, chunked::Chunked, data::Chunk};
use crate::{
    appliance::{Appliance, Target},
    config::{ConfigError, Keys},
};

/// The device written from its start, and the same bytes discarded by one blkdiscard(8).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discard {
    chunked: Chunked,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    bytes: Spanned<String>,
    chunk: Spanned<String>,
}

impl Discard {
    pub(super) const KIND: &str = "discard";

    pub(super) fn check(keys: Keys<'_>) -> Result<Discard, ConfigError> {
        let (source, table) = keys.read::<Table>()?;
        Ok(Discard { chunked: Chunked::check(source, &table.bytes, &table.chunk, None)? })
    }
}

impl Work for Discard {
    fn place(&self) -> Place {
        Place::Device
    }
    fn bytes(&self) -> u64 {
        self.chunked.bytes
    }
    /// What is discarded is not there to be discarded again.
    fn second_pass(&self) -> bool {
        false
    }
    fn steps(&self, seed: u64) -> Steps<'_> {
        Steps::Guest(Box::new(Discarding { work: self, buffer: self.chunked.buffer(seed) }))
    }
}

struct Discarding<'a> {
    work: &'a Discard,
    buffer: Chunk,
}

impl GuestSteps for Discarding<'_> {
    fn prepare(&mut self, guest: &mut dyn Appliance, on: &Target) -> anyhow::Result<()> {
        self.work.chunked.write(&mut self.buffer, guest, on).map(drop)
    }

    fn measure(&mut self, guest: &mut dyn Appliance, on: &Target) -> anyhow::Result<Timed> {
        let device = guest.path(on)?;
        let discard = format!("blkdiscard -l {} {device}", self.work.chunked.bytes);
        let begun = guest.now();
        guest.sh(&discard)?;
        Ok(Timed { passed: guest.now() - begun, ..Timed::default() })
    }

    /// What is read back after a discard is nobody's promise; `allocated_after` says what it did.
    fn verify(&mut self, _: &mut dyn Appliance, _: &Target) -> anyhow::Result<u32> {
        Ok(0)
    }
}
