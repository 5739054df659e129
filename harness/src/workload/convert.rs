//! `convert`: a raw disk copied into the image: inside the appliance from a second drive, or on the
//! host by `qemu-img convert` or `nbdcopy`.
//!
//! The raw source is made and read once before the clock starts, so that it comes from the host's
//! page cache. After the run `qemu-img compare` holds the image against it.

use anyhow::{Context, ensure};
use image_prep::{ByteSize, Image, convert};
use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::{GuestSteps, HostPlace, HostSteps, Place, Steps, Timed, Work, data::Data};
use crate::{
    appliance::{Appliance, Target},
    config::{ConfigError, Keys, parse_size},
};

/// A whole raw disk into the image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Convert {
    bytes: u64,
    data: Data,
    by: By,
}

/// What copies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum By {
    /// dd in the appliance, with direct I/O on both disks.
    Appliance,
    /// `qemu-img convert` on the host.
    QemuImg,
    /// `nbdcopy` to `qemu-nbd` on the host.
    Nbdcopy,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    bytes: Spanned<String>,
    data: Option<Spanned<String>>,
    by: Spanned<String>,
}

impl Convert {
    pub(super) const KIND: &str = "convert";

    pub(super) fn check(keys: Keys<'_>) -> Result<Convert, ConfigError> {
        let (source, table) = keys.read::<Table>()?;
        let bytes = parse_size(source, &table.bytes)?;
        if bytes == 0 || !bytes.is_multiple_of(512) {
            return Err(source.error(
                table.bytes.span(),
                &format!("bytes = \"{}\" is no disk", table.bytes.get_ref()),
                "permitted: a multiple of 512 bytes, more than 0",
            ));
        }
        let by = match table.by.get_ref().as_str() {
            "appliance" => By::Appliance,
            "qemu-img" => By::QemuImg,
            "nbdcopy" => By::Nbdcopy,
            other => {
                let wrong = format!("'{other}' does not copy");
                let permitted = ["appliance", "qemu-img", "nbdcopy"];
                return Err(source.not_permitted(table.by.span(), &wrong, permitted));
            }
        };
        Ok(Convert { bytes, data: Data::check(source, table.data.as_ref())?, by })
    }
}

impl Work for Convert {
    fn place(&self) -> Place {
        match self.by {
            By::Appliance => Place::Device,
            By::QemuImg | By::Nbdcopy => Place::Host,
        }
    }
    fn bytes(&self) -> u64 {
        self.bytes
    }
    fn source(&self) -> Option<(u64, Data)> {
        Some((self.bytes, self.data))
    }
    fn steps(&self, _: u64) -> Steps<'_> {
        match self.by {
            By::Appliance => Steps::Guest(Box::new(Inside(self.bytes))),
            by => Steps::Host(Box::new(Outside { by, image: None })),
        }
    }
}

/// With the bytes to be copied.
struct Inside(u64);

impl GuestSteps for Inside {
    fn prepare(&mut self, _: &mut dyn Appliance, _: &Target) -> anyhow::Result<()> {
        Ok(())
    }

    fn measure(&mut self, guest: &mut dyn Appliance, on: &Target) -> anyhow::Result<Timed> {
        let (from, to, block) = (guest.source()?, guest.path(on)?, ByteSize(2 << 20));
        let copy = format!("dd if={from} of={to} bs={block} iflag=direct oflag=direct status=none");
        let before = guest.counters()?;
        let begun = guest.now();
        guest.sh(&copy)?;
        let passed = guest.now() - begun;
        let written = guest.counters()?.write_bytes.saturating_sub(before.write_bytes);
        ensure!(
            written >= self.0,
            "{} bytes were copied, but QEMU's account of the image has {written}",
            self.0
        );
        Ok(Timed { passed, ..Timed::default() })
    }

    fn verify(&mut self, _: &mut dyn Appliance, _: &Target) -> anyhow::Result<u32> {
        Ok(0)
    }
}

struct Outside {
    by: By,
    image: Option<Image>,
}

impl HostSteps for Outside {
    fn prepare(&mut self, on: &HostPlace<'_>) -> anyhow::Result<()> {
        self.image = Some(Image::create(on.spec, on.image).context("making the image")?);
        Ok(())
    }

    fn measure(&mut self, on: &HostPlace<'_>) -> anyhow::Result<Timed> {
        let image = self.image.as_ref().context("there is no image")?;
        let source = on.source.context("there is no source")?;
        let cache = on.drive.cache_mode().as_str();
        let copy = match self.by {
            By::Nbdcopy => convert::nbdcopy(source, image, cache),
            By::QemuImg | By::Appliance => convert::qemu_img(source, image, cache),
        };
        let command = copy.command();
        let begun = (on.now)();
        copy.run()?;
        let passed = (on.now)() - begun;
        Ok(Timed { passed, facts: vec![("command".to_owned(), command)], ..Timed::default() })
    }

    fn image(&self) -> Option<&Image> {
        self.image.as_ref()
    }
}
