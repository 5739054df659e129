//! `accel`, `filesystem` and `[appliance]`: the guest.

use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::{
    error::{ConfigError, Source},
    image::parse_size,
};

/// Less memory than this does not boot.
const MIN_MEMORY: u64 = 256 << 20;
const MAX_CPUS: u32 = 255;

/// mkfs.xfs refuses smaller disks since xfsprogs 5.19.
const XFS_LEAST: u64 = 300 << 20;

/// mkfs.btrfs needs some 109 MiB.
const BTRFS_LEAST: u64 = 128 << 20;

/// Which appliance is booted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// With an init that does less, and its kernel unpacked; see `appliance_lean`.
    #[default]
    Lean,
    /// libguestfs' own, as it is.
    Stock,
}

impl Kind {
    const ALL: [Kind; 2] = [Kind::Lean, Kind::Stock];

    /// The word in configs and records.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Stock => "stock",
            Kind::Lean => "lean",
        }
    }

    fn check(source: &Source<'_>, given: Option<Spanned<String>>) -> Result<Kind, ConfigError> {
        let Some(given) = given else { return Ok(Kind::default()) };
        let found = Kind::ALL.into_iter().find(|known| known.as_str() == given.get_ref());
        found.ok_or_else(|| {
            let wrong = format!("unknown kind of appliance '{}'", given.get_ref());
            source.not_permitted(given.span(), &wrong, Kind::ALL.map(Kind::as_str))
        })
    }
}

/// The guest of every run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplianceConfig {
    /// The accelerator asked for.
    pub accel: Accel,
    /// The appliance asked for.
    pub kind: Kind,
    /// Memory in bytes, a multiple of 1 MiB.
    pub memory: u64,
    /// Virtual CPUs.
    pub cpus: u32,
    /// What the guest makes on the image.
    pub filesystem: Filesystem,
    /// How the guest mounts it, as for `mount -o`; empty for the kernel's defaults.
    pub mount_options: String,
}

/// The accelerator asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accel {
    /// KVM if it is proved to work, TCG otherwise.
    Auto,
    /// KVM or an error.
    Kvm,
    /// Software emulation.
    Tcg,
}

/// The filesystem that the guest makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Filesystem {
    /// As in 2010.
    Ext2,
    /// With a journal.
    Ext3,
    /// With a journal and extents.
    Ext4,
    /// XFS.
    Xfs,
    /// Btrfs.
    Btrfs,
    /// Nothing: the workload has the device for itself.
    None,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    kind: Option<Spanned<String>>,
    memory: Option<Spanned<String>>,
    cpus: Option<Spanned<u32>>,
}

impl Filesystem {
    const ALL: [Filesystem; 6] = [
        Filesystem::Ext2,
        Filesystem::Ext3,
        Filesystem::Ext4,
        Filesystem::Xfs,
        Filesystem::Btrfs,
        Filesystem::None,
    ];

    /// The name that mkfs knows.
    pub fn as_str(self) -> &'static str {
        match self {
            Filesystem::Ext2 => "ext2",
            Filesystem::Ext3 => "ext3",
            Filesystem::Ext4 => "ext4",
            Filesystem::Xfs => "xfs",
            Filesystem::Btrfs => "btrfs",
            Filesystem::None => "none",
        }
    }

    /// Bytes of one file that an empty filesystem on a disk of `size` bytes surely holds.
    ///
    /// mke2fs below 512 MiB has blocks of 1 KiB and an inode of 256 bytes for every 4 KiB
    /// (`mke2fs.conf`, `small`), which is 6.25 %; bitmaps, group descriptors reserved for growth
    /// and indirect blocks take under 2 % more. Root may use the reserved blocks. 256 KiB are left
    /// for what does not grow with the size. The journal of ext3 and ext4 is at most a 32nd of the
    /// disk and at least 4 MiB (`ext2fs_default_journal_size`); XFS has a log of 64 MiB and more,
    /// Btrfs its metadata twice.
    pub fn room(self, size: u64) -> u64 {
        let ext2 = (size - size / 100 * 9).saturating_sub(256 << 10);
        match self {
            Filesystem::Ext2 => ext2,
            Filesystem::Ext3 | Filesystem::Ext4 => ext2.saturating_sub(size / 32 + (4 << 20)),
            Filesystem::Xfs if size < XFS_LEAST => 0,
            Filesystem::Xfs => size - size / 50 - (80 << 20),
            Filesystem::Btrfs if size < BTRFS_LEAST => 0,
            Filesystem::Btrfs => (size - size / 4).saturating_sub(120 << 20),
            Filesystem::None => 0,
        }
    }

    /// Packages that the appliance must have to make it, beside libguestfs' own.
    pub fn packages(self) -> &'static [&'static str] {
        match self {
            Filesystem::Xfs => &["xfsprogs"],
            Filesystem::Btrfs => &["btrfs-progs"],
            Filesystem::Ext2 | Filesystem::Ext3 | Filesystem::Ext4 | Filesystem::None => &[],
        }
    }

    pub(super) fn check(
        source: &Source<'_>,
        given: &Spanned<String>,
    ) -> Result<Filesystem, ConfigError> {
        let found = Filesystem::ALL.into_iter().find(|known| known.as_str() == given.get_ref());
        found.ok_or_else(|| {
            source.not_permitted(
                given.span(),
                &format!("unknown filesystem '{}'", given.get_ref()),
                Filesystem::ALL.map(Filesystem::as_str),
            )
        })
    }
}

pub(super) fn check(
    source: &Source<'_>,
    accel: Option<Spanned<String>>,
    table: Option<Table>,
    filesystem: Filesystem,
    mount_options: Option<Spanned<String>>,
) -> Result<ApplianceConfig, ConfigError> {
    let table = table.unwrap_or_default();
    Ok(ApplianceConfig {
        accel: match accel {
            None => Accel::Auto,
            Some(given) => match given.get_ref().as_str() {
                "auto" => Accel::Auto,
                "kvm" => Accel::Kvm,
                "tcg" => Accel::Tcg,
                other => {
                    let wrong = format!("unknown accel '{other}'");
                    return Err(source.not_permitted(given.span(), &wrong, ["auto", "kvm", "tcg"]));
                }
            },
        },
        kind: Kind::check(source, table.kind)?,
        memory: check_memory(source, table.memory)?,
        cpus: check_cpus(source, table.cpus)?,
        filesystem,
        mount_options: check_mount_options(source, mount_options)?,
    })
}

pub(super) fn check_cpus(
    source: &Source<'_>,
    given: Option<Spanned<u32>>,
) -> Result<u32, ConfigError> {
    match given {
        None => Ok(1),
        Some(given) if (1..=MAX_CPUS).contains(given.get_ref()) => Ok(given.into_inner()),
        Some(given) => Err(source.error(
            given.span(),
            &format!("cpus = {} cannot be had", given.get_ref()),
            &format!("permitted: 1 to {MAX_CPUS}"),
        )),
    }
}

fn check_mount_options(
    source: &Source<'_>,
    given: Option<Spanned<String>>,
) -> Result<String, ConfigError> {
    let Some(given) = given else { return Ok(String::new()) };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_=,.-".contains(&byte);
    match given.get_ref().bytes().all(plain) {
        true => Ok(given.into_inner()),
        false => Err(source.error(
            given.span(),
            &format!("mount_options = \"{}\" are none", given.get_ref().escape_debug()),
            "permitted: what follows 'mount -o', such as \"sync\" or \"noatime,nobarrier\"",
        )),
    }
}

pub(super) fn check_memory(
    source: &Source<'_>,
    given: Option<Spanned<String>>,
) -> Result<u64, ConfigError> {
    let Some(given) = given else { return Ok(512 << 20) };
    let memory = parse_size(source, &given)?;
    match memory >= MIN_MEMORY && memory.is_multiple_of(1 << 20) && memory < 1 << 50 {
        true => Ok(memory),
        false => Err(source.error(
            given.span(),
            &format!(
                "memory = \"{}\" is not enough to boot, or not whole megabytes",
                given.get_ref()
            ),
            "permitted: 256M or more, whole megabytes; the default is 512M",
        )),
    }
}
