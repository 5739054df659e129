//! What is set before launch: acceleration, memory, places, drives, further QEMU arguments.
//!
//! Refuses sizes that libguestfs would round. All else is judged by the library or, at launch, by
//! QEMU.
#![allow(unsafe_code)]

use std::ffi::{CStr, c_int};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use image_prep::ByteSize;

use super::error::Error;
use super::handle::Handle;
use super::{ffi, strings};

/// The accelerator QEMU is to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accel {
    /// KVM, and software emulation where QEMU finds that KVM is absent. Where KVM is there and
    /// broken, it does not fall back.
    KvmOrTcg,
    /// KVM or a failed launch (`force_kvm`).
    Kvm,
    /// Software emulation (`force_tcg`).
    Tcg,
}

/// The two cache modes that libguestfs itself knows. QEMU's others: [`Handle::config`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CacheMode {
    /// The host's page cache is used, the guest's flushes are obeyed.
    Writeback,
    /// Flushes are ignored.
    Unsafe,
}

/// Whether the guest's discards reach the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Discard {
    /// They are ignored.
    Disable,
    /// They do, or adding the drive fails.
    Enable,
    /// They do where possible.
    BestEffort,
}

/// How a drive is added. `Default` leaves all to libguestfs: writable, format probed (name the
/// format: probing a raw image that a guest can write to is a security hole), writeback, no discard.
#[derive(Debug, Clone, Copy, Default)]
pub struct DriveOptions<'a> {
    /// QEMU's name of the format.
    pub format: Option<&'a str>,
    /// Writes go to a temporary overlay.
    pub readonly: bool,
    /// The cache mode.
    pub cachemode: Option<CacheMode>,
    /// Discards.
    pub discard: Option<Discard>,
}

impl CacheMode {
    fn name(self) -> &'static CStr {
        match self {
            Self::Writeback => c"writeback",
            Self::Unsafe => c"unsafe",
        }
    }
}

impl Discard {
    fn name(self) -> &'static CStr {
        match self {
            Self::Disable => c"disable",
            Self::Enable => c"enable",
            Self::BestEffort => c"besteffort",
        }
    }
}

impl Handle {
    /// Sets the accelerator, replacing whatever `LIBGUESTFS_BACKEND_SETTINGS` said about it.
    ///
    /// # Errors
    /// None known.
    pub fn set_accel(&self, accel: Accel) -> Result<(), Error> {
        for name in [c"force_tcg", c"force_kvm"] {
            // SAFETY: `g` is open, the name a constant.
            self.call("clear_backend_setting", |g| unsafe {
                self.library.guestfs_clear_backend_setting(g, name.as_ptr())
            })?;
        }
        let name = match accel {
            Accel::KvmOrTcg => return Ok(()),
            Accel::Kvm => c"force_kvm",
            Accel::Tcg => c"force_tcg",
        };
        // SAFETY: `g` is open, name and value are constants.
        self.call("set_backend_setting", |g| unsafe {
            self.library.guestfs_set_backend_setting(g, name.as_ptr(), c"1".as_ptr())
        })?;
        Ok(())
    }

    /// Sets the appliance's memory.
    ///
    /// # Errors
    /// When it is not a whole number of MiB, or less than libguestfs' minimum (256 MiB in 1.48).
    pub fn set_memsize(&self, memory: ByteSize) -> Result<(), Error> {
        const MIB: u64 = 1 << 20;
        let mebibytes = c_int::try_from(memory.0 / MIB).ok();
        let Some(mebibytes) = mebibytes.filter(|_| memory.0.is_multiple_of(MIB)) else {
            let message = format!("{} bytes of memory are not a whole number of MiB", memory.0);
            return Err(Error::refused("set_memsize", message));
        };
        // SAFETY: `g` is open.
        self.call("set_memsize", |g| unsafe { self.library.guestfs_set_memsize(g, mebibytes) })?;
        Ok(())
    }

    /// Sets the number of virtual CPUs.
    ///
    /// # Errors
    /// When it is 0 or above what libguestfs permits (255 in 1.48).
    pub fn set_smp(&self, cpus: u8) -> Result<(), Error> {
        // SAFETY: `g` is open.
        self.call("set_smp", |g| unsafe { self.library.guestfs_set_smp(g, c_int::from(cpus)) })?;
        Ok(())
    }

    /// Adds options to the kernel's command line, behind those of `LIBGUESTFS_APPEND`.
    ///
    /// # Errors
    /// On a NUL byte.
    pub fn append(&self, options: &str) -> Result<(), Error> {
        let mut all = String::new();
        self.call("get_append", |g| {
            // SAFETY: `g` is open; the text, NULL where there is none, is the handle's.
            all = unsafe { strings::copied(self.library.guestfs_get_append(g)) };
            0
        })?;
        let options = strings::argument("set_append", format!("{all} {options}").trim())?;
        // SAFETY: `g` is open; the text outlives the call, which copies it.
        self.call("set_append", |g| unsafe {
            self.library.guestfs_set_append(g, options.as_ptr())
        })?;
        Ok(())
    }

    /// The QEMU binary that a launch starts: libguestfs' own choice, `LIBGUESTFS_HV`, or what was set.
    ///
    /// # Errors
    /// None known.
    pub fn get_hv(&self) -> Result<PathBuf, Error> {
        // SAFETY: `g` is open.
        let path = self.call("get_hv", |g| unsafe { self.library.guestfs_get_hv(g) })?;
        // SAFETY: the library hands over a C string from `malloc`.
        Ok(PathBuf::from(unsafe { strings::taken(path) }))
    }

    /// Sets the QEMU binary. That it exists is found out at launch only.
    ///
    /// # Errors
    /// On a NUL byte.
    pub fn set_hv(&self, qemu: &Path) -> Result<(), Error> {
        let qemu = strings::argument("set_hv", qemu.as_os_str().as_bytes())?;
        // SAFETY: `g` is open; the text outlives the call, which copies it.
        self.call("set_hv", |g| unsafe { self.library.guestfs_set_hv(g, qemu.as_ptr()) })?;
        Ok(())
    }

    /// Sets where the appliance comes from: a directory that holds `supermin.d` or a fixed
    /// appliance, or several joined by colons.
    ///
    /// # Errors
    /// On a NUL byte.
    pub fn set_path(&self, search: &Path) -> Result<(), Error> {
        let search = strings::argument("set_path", search.as_os_str().as_bytes())?;
        // SAFETY: `g` is open; the text outlives the call, which copies it.
        self.call("set_path", |g| unsafe { self.library.guestfs_set_path(g, search.as_ptr()) })?;
        Ok(())
    }

    /// Sets where temporary files go (overlays of read-only drives). The sockets' directory is
    /// another: [`get_sockdir`](Self::get_sockdir).
    ///
    /// # Errors
    /// When it is no directory.
    pub fn set_tmpdir(&self, directory: &Path) -> Result<(), Error> {
        let directory = strings::argument("set_tmpdir", directory.as_os_str().as_bytes())?;
        // SAFETY: `g` is open; the text outlives the call, which copies it.
        self.call("set_tmpdir", |g| unsafe {
            self.library.guestfs_set_tmpdir(g, directory.as_ptr())
        })?;
        Ok(())
    }

    /// Sets where the built appliance is cached, in `.guestfs-<uid>` there (about 700 MB).
    ///
    /// # Errors
    /// When it is no directory.
    pub fn set_cachedir(&self, directory: &Path) -> Result<(), Error> {
        let directory = strings::argument("set_cachedir", directory.as_os_str().as_bytes())?;
        // SAFETY: `g` is open; the text outlives the call, which copies it.
        self.call("set_cachedir", |g| unsafe {
            self.library.guestfs_set_cachedir(g, directory.as_ptr())
        })?;
        Ok(())
    }

    /// Logs each call and its result to [`log`](Self::log).
    ///
    /// # Errors
    /// None known.
    pub fn set_trace(&self, on: bool) -> Result<(), Error> {
        // SAFETY: `g` is open.
        self.call("set_trace", |g| unsafe { self.library.guestfs_set_trace(g, c_int::from(on)) })?;
        Ok(())
    }

    /// Has the library and the appliance's kernel and daemon tell all to [`log`](Self::log). QEMU's
    /// own messages are there without it. Costs time: not for measured runs.
    ///
    /// # Errors
    /// None known.
    pub fn set_verbose(&self, on: bool) -> Result<(), Error> {
        // SAFETY: `g` is open.
        self.call("set_verbose", |g| unsafe {
            self.library.guestfs_set_verbose(g, c_int::from(on))
        })?;
        Ok(())
    }

    /// Adds an image: `/dev/sda` in the guest and `hd0` to QEMU, the next one `/dev/sdb` and `hd1`.
    ///
    /// # Errors
    /// When the image does not exist or libguestfs does not like an option.
    pub fn add_drive(&self, image: &Path, options: &DriveOptions) -> Result<(), Error> {
        let image = strings::argument("add_drive", image.as_os_str().as_bytes())?;
        let format = options.format.map(|name| strings::argument("add_drive", name)).transpose()?;
        let bits = [
            (options.readonly, ffi::GUESTFS_ADD_DRIVE_OPTS_READONLY_BITMASK),
            (format.is_some(), ffi::GUESTFS_ADD_DRIVE_OPTS_FORMAT_BITMASK),
            (options.cachemode.is_some(), ffi::GUESTFS_ADD_DRIVE_OPTS_CACHEMODE_BITMASK),
            (options.discard.is_some(), ffi::GUESTFS_ADD_DRIVE_OPTS_DISCARD_BITMASK),
        ];
        let null = std::ptr::null();
        let arguments = ffi::guestfs_add_drive_opts_argv {
            bitmask: bits.iter().filter(|(on, _)| *on).map(|(_, bit)| u64::from(*bit)).sum(),
            readonly: c_int::from(options.readonly),
            format: strings::pointer(&format),
            cachemode: options.cachemode.map_or(null, |mode| mode.name().as_ptr()),
            discard: options.discard.map_or(null, |discard| discard.name().as_ptr()),
            iface: null,
            name: null,
            label: null,
            protocol: null,
            server: std::ptr::null(),
            username: null,
            secret: null,
            copyonread: 0,
            blocksize: 0,
        };
        // SAFETY: `g` is open; texts and arguments outlive the call, which copies them, and it reads
        // only fields that the bitmask names.
        self.call("add_drive", |g| unsafe {
            self.library.guestfs_add_drive_opts_argv(g, image.as_ptr(), &arguments)
        })?;
        Ok(())
    }

    /// Adds an argument to QEMU's command line: `parameter` with its dash, and its value if it has one.
    ///
    /// The way to drive options that libguestfs does not know:
    /// `config("-set", Some("drive.hd0.cache.direct=on"))`.
    ///
    /// # Errors
    /// When libguestfs forbids the parameter because it uses it itself (`-kernel`, `-nographic` …).
    pub fn config(&self, parameter: &str, value: Option<&str>) -> Result<(), Error> {
        let parameter = strings::argument("config", parameter)?;
        let value = value.map(|value| strings::argument("config", value)).transpose()?;
        // SAFETY: `g` is open; the texts outlive the call, which copies them; the value may be NULL.
        self.call("config", |g| unsafe {
            self.library.guestfs_config(g, parameter.as_ptr(), strings::pointer(&value))
        })?;
        Ok(())
    }
}
