//! Making, mounting and syncing a filesystem in the running appliance.
#![allow(unsafe_code)]

use std::ffi::c_int;

use super::error::Error;
use super::handle::Handle;
use super::{ffi, strings};

/// Options of [`Handle::mkfs`]. `Default` leaves all to the filesystem's mkfs.
#[derive(Debug, Clone, Copy, Default)]
pub struct MkfsOptions<'a> {
    /// Block size in bytes (for FAT and NTFS the cluster size).
    pub blocksize: Option<u32>,
    /// Features, as `mke2fs -O` takes them.
    pub features: Option<&'a str>,
    /// Inode size in bytes (ext2, ext3, ext4).
    pub inode: Option<u32>,
    /// Sector size in bytes (UFS).
    pub sectorsize: Option<u32>,
    /// Label.
    pub label: Option<&'a str>,
}

/// The fill of a mounted filesystem, in blocks of [`fragment_size`](Self::fragment_size).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatVfs {
    /// The preferred size of a transfer, in bytes.
    pub block_size: u64,
    /// The unit of the block counts, in bytes.
    pub fragment_size: u64,
    /// All blocks.
    pub blocks: u64,
    /// Free blocks.
    pub free: u64,
    /// Free blocks that an ordinary user may fill.
    pub available: u64,
}

impl Handle {
    /// Makes a filesystem of the type `fstype` (`ext2`, `xfs` …) on `device`, erasing it.
    ///
    /// # Errors
    /// When the appliance has no mkfs for it or that fails, with what it said.
    pub fn mkfs(&self, fstype: &str, device: &str, options: &MkfsOptions) -> Result<(), Error> {
        let text = |text| strings::argument("mkfs", text);
        let number = |name: &str, value: Option<u32>| {
            c_int::try_from(value.unwrap_or(0))
                .map_err(|_| Error::refused("mkfs", format!("{name} is too large")))
        };
        let (fstype, device) = (text(fstype)?, text(device)?);
        let features = options.features.map(text).transpose()?;
        let label = options.label.map(text).transpose()?;
        let bits = [
            (options.blocksize.is_some(), ffi::GUESTFS_MKFS_OPTS_BLOCKSIZE_BITMASK),
            (features.is_some(), ffi::GUESTFS_MKFS_OPTS_FEATURES_BITMASK),
            (options.inode.is_some(), ffi::GUESTFS_MKFS_OPTS_INODE_BITMASK),
            (options.sectorsize.is_some(), ffi::GUESTFS_MKFS_OPTS_SECTORSIZE_BITMASK),
            (label.is_some(), ffi::GUESTFS_MKFS_OPTS_LABEL_BITMASK),
        ];
        let arguments = ffi::guestfs_mkfs_opts_argv {
            bitmask: bits.iter().filter(|(on, _)| *on).map(|(_, bit)| u64::from(*bit)).sum(),
            blocksize: number("blocksize", options.blocksize)?,
            features: strings::pointer(&features),
            inode: number("inode", options.inode)?,
            sectorsize: number("sectorsize", options.sectorsize)?,
            label: strings::pointer(&label),
        };
        // SAFETY: `g` is open; texts and arguments outlive the call.
        self.call("mkfs", |g| unsafe {
            self.library.guestfs_mkfs_opts_argv(g, fstype.as_ptr(), device.as_ptr(), &arguments)
        })?;
        Ok(())
    }

    /// Mounts `device` on `mountpoint` (`/` for the first). No mount option is added.
    ///
    /// # Errors
    /// When the guest's kernel refuses.
    pub fn mount(&self, device: &str, mountpoint: &str) -> Result<(), Error> {
        let device = strings::argument("mount", device)?;
        let mountpoint = strings::argument("mount", mountpoint)?;
        // SAFETY: `g` is open; the texts outlive the call.
        self.call("mount", |g| unsafe {
            self.library.guestfs_mount(g, device.as_ptr(), mountpoint.as_ptr())
        })?;
        Ok(())
    }

    /// Mounts with options, joined by commas as mount(8) takes them.
    ///
    /// # Errors
    /// When the guest's kernel refuses.
    pub fn mount_options(
        &self,
        options: &str,
        device: &str,
        mountpoint: &str,
    ) -> Result<(), Error> {
        let options = strings::argument("mount_options", options)?;
        let device = strings::argument("mount_options", device)?;
        let mountpoint = strings::argument("mount_options", mountpoint)?;
        // SAFETY: `g` is open; the texts outlive the call.
        self.call("mount_options", |g| unsafe {
            self.library.guestfs_mount_options(
                g,
                options.as_ptr(),
                device.as_ptr(),
                mountpoint.as_ptr(),
            )
        })?;
        Ok(())
    }

    /// Unmounts all, the innermost first. That writes back what was dirty.
    ///
    /// # Errors
    /// When one is in use.
    pub fn umount_all(&self) -> Result<(), Error> {
        // SAFETY: `g` is open.
        self.call("umount_all", |g| unsafe { self.library.guestfs_umount_all(g) })?;
        Ok(())
    }

    /// Writes back everything the guest has cached, and flushes the device.
    ///
    /// # Errors
    /// When the guest cannot write.
    pub fn sync(&self) -> Result<(), Error> {
        // SAFETY: `g` is open.
        self.call("sync", |g| unsafe { self.library.guestfs_sync(g) })?;
        Ok(())
    }

    /// Creates the file, or renews its times.
    ///
    /// # Errors
    /// When nothing is mounted or the guest refuses.
    pub fn touch(&self, path: &str) -> Result<(), Error> {
        let path = strings::argument("touch", path)?;
        // SAFETY: `g` is open; the text outlives the call.
        self.call("touch", |g| unsafe { self.library.guestfs_touch(g, path.as_ptr()) })?;
        Ok(())
    }

    /// The fill of the filesystem that holds `path`.
    ///
    /// # Errors
    /// When there is no such path.
    pub fn statvfs(&self, path: &str) -> Result<StatVfs, Error> {
        let path = strings::argument("statvfs", path)?;
        // SAFETY: `g` is open; the text outlives the call.
        let raw =
            self.call("statvfs", |g| unsafe { self.library.guestfs_statvfs(g, path.as_ptr()) })?;
        // SAFETY: not NULL, or `call` had failed; ours to free, and used by nobody after.
        let found = unsafe {
            let found = *raw;
            self.library.guestfs_free_statvfs(raw);
            found
        };
        // A field the guest cannot tell is -1 in C; none of these five ever is on Linux.
        let count = |value: i64| {
            u64::try_from(value)
                .map_err(|_| Error::senseless("statvfs", format!("the guest answered {value}")))
        };
        Ok(StatVfs {
            block_size: count(found.bsize)?,
            fragment_size: count(found.frsize)?,
            blocks: count(found.blocks)?,
            free: count(found.bfree)?,
            available: count(found.bavail)?,
        })
    }
}
