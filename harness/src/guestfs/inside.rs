//! Questions to the running appliance: its kernel, devices and features, and commands run in it.
#![allow(unsafe_code)]

use image_prep::ByteSize;

use super::error::Error;
use super::handle::Handle;
use super::strings;

/// What uname(2) says in the guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Utsname {
    /// `Linux`.
    pub sysname: String,
    /// The kernel's release, say `6.1.0-56-amd64`.
    pub release: String,
    /// The kernel's build.
    pub version: String,
    /// The architecture.
    pub machine: String,
}

impl Handle {
    /// The guest's kernel.
    ///
    /// # Errors
    /// When no appliance runs.
    pub fn utsname(&self) -> Result<Utsname, Error> {
        // SAFETY: `g` is open.
        let raw = self.call("utsname", |g| unsafe { self.library.guestfs_utsname(g) })?;
        // SAFETY: not NULL, or `call` had failed; ours to free, and used by nobody after.
        unsafe {
            let found = Utsname {
                sysname: strings::copied((*raw).uts_sysname),
                release: strings::copied((*raw).uts_release),
                version: strings::copied((*raw).uts_version),
                machine: strings::copied((*raw).uts_machine),
            };
            self.library.guestfs_free_utsname(raw);
            Ok(found)
        }
    }

    /// The guest's block devices, `/dev/sda` first. The appliance's own disk is not among them.
    ///
    /// # Errors
    /// When no appliance runs.
    pub fn list_devices(&self) -> Result<Vec<String>, Error> {
        // SAFETY: `g` is open.
        let list =
            self.call("list_devices", |g| unsafe { self.library.guestfs_list_devices(g) })?;
        // SAFETY: the library hands over a NULL-closed list of strings, all from `malloc`.
        Ok(unsafe { strings::taken_list(list) })
    }

    /// The size of a block device, as the guest sees it.
    ///
    /// # Errors
    /// When there is no such device.
    pub fn blockdev_getsize64(&self, device: &str) -> Result<ByteSize, Error> {
        let device = strings::argument("blockdev_getsize64", device)?;
        // SAFETY: `g` is open; the text outlives the call.
        let bytes = self.call("blockdev_getsize64", |g| unsafe {
            self.library.guestfs_blockdev_getsize64(g, device.as_ptr())
        })?;
        let bytes = u64::try_from(bytes).map_err(|_| {
            Error::senseless("blockdev_getsize64", format!("the guest answered {bytes} bytes"))
        })?;
        Ok(ByteSize(bytes))
    }

    /// Whether the appliance has all these groups of features (`xfs`, `fstrim` …; guestfs(3),
    /// AVAILABILITY).
    ///
    /// # Errors
    /// When a group is unknown, and when no appliance runs.
    pub fn feature_available(&self, groups: &[&str]) -> Result<bool, Error> {
        let groups = strings::List::new("feature_available", groups)?;
        // SAFETY: `g` is open; the list outlives the call, which reads it only.
        let answer = self.call("feature_available", |g| unsafe {
            self.library.guestfs_feature_available(g, groups.as_ptr())
        })?;
        Ok(answer != 0)
    }

    /// One of the appliance's debugging commands; their set may differ between versions of libguestfs.
    /// `debug("sh", …)` joins its arguments by blanks, has a shell in the appliance run them, and
    /// yields standard output without its last line end. Filesystems are mounted below `/sysroot` there.
    ///
    /// # Errors
    /// When the command ends with another status than 0, with its output and standard error; when its
    /// output exceeds a message (4 MiB).
    pub fn debug(&self, subcommand: &str, arguments: &[&str]) -> Result<String, Error> {
        let subcommand = strings::argument("debug", subcommand)?;
        let arguments = strings::List::new("debug", arguments)?;
        // SAFETY: `g` is open; text and list outlive the call, which reads them only.
        let text = self.call("debug", |g| unsafe {
            self.library.guestfs_debug(g, subcommand.as_ptr(), arguments.as_ptr())
        })?;
        // SAFETY: the library hands over a C string from `malloc`.
        Ok(unsafe { strings::taken(text) })
    }
}
