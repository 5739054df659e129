//! A libguestfs appliance.
//!
//! Everything here may block for ever, since libguestfs has no time-outs: it runs in a worker
//! process, whose parent owns the deadlines.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use image_prep::{ByteSize, Format};
use procfs::process::Process;

use super::{
    Accelerator, Appliance, Counters, DEVICE, Failure, GuestFilesystem, Launched, Setup,
    WRITE_LIMIT, qmp,
};
use crate::guestfs::{self, DriveOptions, Handle, MkfsOptions};

/// libguestfs' name of the first drive, in QEMU's command line and monitor.
const DRIVE: &str = "hd0";

/// An appliance with one image.
pub struct Real {
    handle: Handle,
    setup: Setup,
    image: PathBuf,
    format: Format,
    clock: Instant,
    qmp: Option<qmp::Qmp>,
}

impl From<guestfs::Error> for Failure {
    fn from(error: guestfs::Error) -> Failure {
        Failure(error.to_string())
    }
}

impl Real {
    /// An appliance that is not launched yet, with the image as its only drive. The image need not
    /// be there before launch.
    ///
    /// # Errors
    /// libguestfs refuses a setting.
    pub fn new(setup: &Setup, image: &Path, format: Format) -> Result<Real, Failure> {
        let handle = Handle::new()?;
        // Whatever the environment says: what is logged is not measured alike.
        handle.set_verbose(false)?;
        handle.set_trace(false)?;
        handle.set_accel(match setup.accelerator {
            Accelerator::Kvm => guestfs::Accel::Kvm,
            Accelerator::Tcg => guestfs::Accel::Tcg,
            #[cfg(feature = "simulated-appliance")]
            Accelerator::Simulated => {
                return Err(Failure("a real appliance cannot be simulated".to_owned()));
            }
        })?;
        handle.set_memsize(ByteSize(setup.memory))?;
        handle.set_smp(u8::try_from(setup.cpus).unwrap_or(u8::MAX))?;
        handle.set_tmpdir(&setup.scratch)?;
        let socket = monitor(&setup.scratch).display().to_string().replace(',', ",,");
        handle.config("-qmp", Some(&format!("unix:{socket},server=on,wait=off")))?;
        Ok(Real {
            handle,
            setup: setup.clone(),
            image: image.to_owned(),
            format,
            clock: Instant::now(),
            qmp: None,
        })
    }

    fn qmp(&mut self) -> Result<&mut qmp::Qmp, Failure> {
        if self.qmp.is_none() {
            self.qmp = Some(qmp::Qmp::connect(&monitor(&self.setup.scratch))?);
        }
        self.qmp.as_mut().ok_or_else(|| Failure("no connection to QEMU's monitor".to_owned()))
    }

    fn qemu(&self) -> Result<Process, Failure> {
        let pid = self.handle.get_pid()?;
        Process::new(pid.as_raw()).map_err(|error| Failure(format!("QEMU's process: {error}")))
    }

    /// The throttling is what was asked for, as QEMU itself says.
    fn check_write_limit(&self, found: u64) -> Result<(), Failure> {
        let asked = self.setup.drive.iter().find(|(option, _)| option == WRITE_LIMIT);
        let asked = asked.map_or("0", |(_, value)| value.as_str());
        match found.to_string() == asked {
            true => Ok(()),
            false => Err(Failure(format!(
                "{WRITE_LIMIT}={asked} was asked for, but QEMU says that it is {found}"
            ))),
        }
    }

    /// The accelerator is what was asked for, as QEMU itself says.
    fn check_accelerator(&mut self) -> Result<(), Failure> {
        let kvm = qmp::kvm_enabled(&self.qmp()?.execute("query-kvm")?)?;
        let asked = self.setup.accelerator;
        match kvm == (asked == Accelerator::Kvm) {
            true => Ok(()),
            false => Err(Failure(format!(
                "{} was asked for, but QEMU says that KVM is {}",
                asked.as_str(),
                if kvm { "enabled" } else { "not enabled" }
            ))),
        }
    }
}

fn monitor(scratch: &Path) -> PathBuf {
    scratch.join("qmp")
}

/// Boots an appliance to see whether the accelerator works, with the machine and
/// CPU that runs will have, and ends it again.
///
/// # Errors
/// It does not; the failure says everything that libguestfs and QEMU said.
pub fn prove_accelerator(setup: &Setup) -> Result<(), Failure> {
    // libguestfs does not launch without a drive.
    let disk = setup.scratch.join("probe.img");
    let made = fs::File::create(&disk).and_then(|file| file.set_len(1 << 20));
    made.map_err(|error| Failure(format!("{}: {error}", disk.display())))?;
    let mut real = Real::new(setup, &disk, Format::Raw)?;
    real.launch()?;
    real.check_accelerator()?;
    real.handle.shutdown()?;
    Ok(())
}

impl Appliance for Real {
    fn now(&self) -> Duration {
        self.clock.elapsed()
    }

    fn launch(&mut self) -> Result<(), Failure> {
        let options =
            DriveOptions { format: Some(self.format.driver()), ..DriveOptions::default() };
        self.handle.add_drive(&self.image, &options)?;
        // QEMU's default pauses the guest on a full disk, which then looks like one that hangs.
        self.handle.config("-set", Some(&format!("drive.{DRIVE}.werror=report")))?;
        for (option, value) in &self.setup.drive {
            self.handle.config("-set", Some(&format!("drive.{DRIVE}.{option}={value}")))?;
        }
        self.handle.launch().map_err(|error| {
            // QEMU's own words are in the log only.
            let log = self.handle.log().text();
            match log.lines().rfind(|line| line.contains("qemu")) {
                Some(line) => Failure(format!("{error}; {}", line.trim())),
                None => error.into(),
            }
        })
    }

    fn launched(&mut self) -> Result<Launched, Failure> {
        self.check_accelerator()?;
        let drives = self.qmp()?.execute("query-block")?;
        let cache = qmp::cache_mode(&drives, DRIVE)?;
        self.check_write_limit(qmp::write_limit(&drives, DRIVE)?)?;
        let qemu = self.qemu()?;
        let command =
            qemu.cmdline().map_err(|error| Failure(format!("QEMU's command line: {error}")))?;
        let kernel = self.handle.utsname()?;
        Ok(Launched {
            qemu_pid: Some(qemu.pid()),
            qemu_command: command.join(" "),
            guest_kernel: format!("{} {}", kernel.release, kernel.version),
            cache,
        })
    }

    fn format(&mut self, filesystem: &GuestFilesystem, path: &str) -> Result<(), Failure> {
        self.handle.mkfs(filesystem.kind.as_str(), DEVICE, &MkfsOptions::default())?;
        self.handle.mount_options(&filesystem.mount_options, DEVICE, "/")?;
        self.handle.touch(path)?;
        // Otherwise the filesystem's own blocks would be written while the clock runs.
        self.handle.sync()?;
        Ok(())
    }

    fn counters(&mut self) -> Result<Counters, Failure> {
        let stats = qmp::block_stats(&self.qmp()?.execute("query-blockstats")?, DRIVE)?;
        let qemu = self.qemu()?;
        let io = qemu.io().map_err(|error| Failure(format!("QEMU's I/O: {error}")))?;
        let stat = qemu.stat().map_err(|error| Failure(format!("QEMU's CPU time: {error}")))?;
        let ticks = (stat.utime + stat.stime) as f64 / procfs::ticks_per_second() as f64;
        Ok(Counters {
            write_ops: stats.wr_operations,
            write_bytes: stats.wr_bytes,
            write_time: Duration::from_nanos(stats.wr_total_time_ns),
            flush_ops: stats.flush_operations,
            host_write_bytes: io.write_bytes,
            qemu_cpu: Duration::from_secs_f64(ticks),
        })
    }

    fn pwrite(&mut self, path: &str, data: &[u8], offset: u64) -> Result<usize, Failure> {
        Ok(self.handle.pwrite(path, data, offset)?)
    }

    fn sync(&mut self) -> Result<(), Failure> {
        Ok(self.handle.sync()?)
    }

    fn drop_caches(&mut self) -> Result<(), Failure> {
        Ok(self.handle.drop_caches()?)
    }

    fn holds(&mut self, path: &str, expected: &[u8], offset: u64) -> Result<bool, Failure> {
        let mut compared = 0;
        while compared < expected.len() {
            let rest = &expected[compared..];
            let found = self.handle.pread(path, rest.len(), offset + compared as u64)?;
            if found.is_empty() || found[..] != rest[..found.len()] {
                return Ok(false);
            }
            compared += found.len();
        }
        Ok(true)
    }

    fn shutdown(&mut self) -> Result<(), Failure> {
        // shutdown succeeds even where QEMU was killed; a QEMU that is gone answers no umount.
        self.handle.umount_all()?;
        Ok(self.handle.shutdown()?)
    }
}
