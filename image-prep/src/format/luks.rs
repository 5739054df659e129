//! luks: encrypted by QEMU, below the guest.
//!
//! QEMU's driver takes the key from a secret object and not from the drive's file name, so the
//! appliance's QEMU needs both `-object` ([`ImageSpec::qemu_objects`]) and `-set
//! drive.hd0.key-secret=` ([`ImageSpec::drive_options`]): libguestfs's `add_drive` passes a secret
//! for network drives only, and its own LUKS calls are of cryptsetup inside the guest.

use std::path::Path;

use super::{Definition, Format, Fresh, Preallocation};
use crate::{Error, ImageSpec, OptionDefinition, Permitted, bounds, created};

/// Linux's encrypted disk.
pub(super) struct Luks;

/// Header and key slots before the data, rounded up: 2,068,480 bytes.
const HEADER: u64 = 2 << 20;

/// QEMU counts how many hash rounds the machine makes in a second, and gives up when its clock of
/// CPU time did not move meanwhile: every second time with its default hash, so that a slower one
/// is used. It is for the key only, and in no read or write of the guest's.
const HASH: &str = "sha512";
const GIVES_UP: &str = "Unable to get accurate CPU usage";
const TRIES: u32 = 8;

impl Definition for Luks {
    fn driver(&self) -> &'static str {
        "luks"
    }

    /// Not `metadata`, which QEMU accepts: all the metadata is a header, which is always there.
    fn preallocations(&self) -> &'static [Preallocation] {
        &[Preallocation::Off, Preallocation::Falloc, Preallocation::Full]
    }

    /// The ciphers that processors have instructions for.
    fn options(&self) -> &'static [OptionDefinition] {
        &[OptionDefinition {
            name: "cipher-alg",
            permitted: Permitted::Words(&["aes-128", "aes-256"]),
            reported: Some("cipher-alg"),
        }]
    }

    fn has_check(&self) -> bool {
        false
    }

    /// What was never written is decrypted all the same.
    fn reads_zero(&self) -> bool {
        false
    }

    fn secret(&self) -> Option<&'static str> {
        Some("imgbench")
    }

    fn description(&self, spec: &ImageSpec) -> String {
        match spec.preallocation {
            Preallocation::Off => "A sparse luks file".to_owned(),
            other => format!("A luks file, preallocation={}", other.as_str()),
        }
    }

    /// A short `iter-time`: the key is printed in this file, and guessing it need not be slow.
    fn create_options(&self, spec: &ImageSpec, _: &str) -> Vec<(String, String)> {
        let mut options = vec![
            ("key-secret".to_owned(), created::SECRET.to_owned()),
            ("hash-alg".to_owned(), HASH.to_owned()),
            ("iter-time".to_owned(), "10".to_owned()),
        ];
        options.extend(created::given(spec));
        if spec.preallocation != Preallocation::Off {
            options.push(("preallocation".to_owned(), spec.preallocation.as_str().to_owned()));
        }
        options
    }

    fn create(
        &self,
        spec: &ImageSpec,
        path: &Path,
        backing: Option<(&str, Format)>,
    ) -> Result<(), Error> {
        let mut tries = 1;
        loop {
            match created::create(spec, path, backing) {
                Err(Error::QemuImg { message, .. })
                    if message.contains(GIVES_UP) && tries < TRIES =>
                {
                    tries += 1;
                }
                done => return done,
            }
        }
    }

    fn allocation(&self, spec: &ImageSpec, mapped: u64) -> u64 {
        HEADER
            + match spec.preallocation {
                Preallocation::Off | Preallocation::Metadata => bounds::flat(spec.size, mapped),
                Preallocation::Falloc | Preallocation::Full => spec.size,
            }
    }

    fn objection(&self, image: &Fresh<'_>) -> Result<Option<String>, Error> {
        Ok(match image.spec.preallocation {
            Preallocation::Off => super::raw::not_sparse(image),
            _ => image.too_little(),
        })
    }
}
