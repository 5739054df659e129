//! A libguestfs appliance.
//!
//! Everything here may block for ever, since libguestfs has no time-outs: it runs in a worker
//! process, whose parent owns the deadlines.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use bytes::Bytes;
use image_prep::ByteSize;
use nix::fcntl::{PosixFadviseAdvice, posix_fadvise};
use procfs::process::{FDTarget, MMapPath, Process};
use serde_json::json;

use super::{
    Accelerator, Appliance, Counters, Disk, Failure, GuestFilesystem, Launched, SYSROOT, Setup,
    Target, brake, qmp,
};
use crate::{
    appliance_lean,
    config::{Aio, Drive, Filesystem},
    guestfs::{self, DriveOptions, Handle, MkfsOptions},
};

/// How long QEMU may take to let go of a disk, which needs nothing of the guest.
const PATIENCE: Duration = Duration::from_secs(30);

/// Starts a process that wakes once a second, for QEMU's software TLB; see `appliance_init.sh`.
const WAKE: &str = "\
    mkfifo /run/imgbench.pipe || exit; \
    bash -c 'while read -r -t 1; test $? -gt 128; do :; done' \
        <> /run/imgbench.pipe > /dev/null 2>&1 & \
    echo $! > /run/imgbench.wake";

/// It is still there, and udev has done.
const SETTLE: &str = "\
    settle() { udevadm settle || { echo 'udev does not settle' >&2; exit 1; }; }; \
    kill -0 \"$(cat /run/imgbench.wake)\" || { echo 'nothing wakes the guest' >&2; exit 1; }; \
    settle";

/// After [`SETTLE`]: has udevd's workers end, as it does itself 3 s after their last disk.
const END_UDEV_WORKERS: &str = "\
    udevd=$(pgrep -o udevd) || { echo 'udevd does not run' >&2; exit 1; }; \
    tries=0; \
    while pkill -P \"$udevd\"; do \
        test $tries -lt 100 || { echo \"udev's workers do not end\" >&2; exit 1; }; \
        tries=$((tries + 1)); \
        sleep 0.05; \
        settle; \
    done";

/// An appliance with an image or several.
pub struct Real {
    handle: Handle,
    setup: Setup,
    disks: Vec<Disk>,
    /// The one that is worked on.
    at: usize,
    clock: Instant,
    qmp: Option<qmp::Qmp>,
    /// What is mounted.
    mounted: Option<GuestFilesystem>,
    /// Whether udev runs in the guest.
    udev: bool,
}

impl From<guestfs::Error> for Failure {
    fn from(error: guestfs::Error) -> Failure {
        Failure(error.to_string())
    }
}

impl Real {
    /// An appliance that is not launched yet, with these disks, of which there is one at least.
    ///
    /// # Errors
    /// libguestfs refuses a setting.
    pub fn new(setup: &Setup, disks: Vec<Disk>) -> Result<Real, Failure> {
        let handle = Handle::new()?;
        // Whatever the environment says: what is logged is not measured alike.
        handle.set_verbose(false)?;
        handle.set_trace(false)?;
        handle.set_accel(match setup.accelerator {
            Accelerator::Kvm => guestfs::Accel::Kvm,
            Accelerator::Tcg => guestfs::Accel::Tcg,
            Accelerator::None => {
                return Err(Failure("no accelerator was chosen for a guest".to_owned()));
            }
            #[cfg(feature = "simulated-appliance")]
            Accelerator::Simulated => {
                return Err(Failure("a real appliance cannot be simulated".to_owned()));
            }
        })?;
        handle.set_memsize(ByteSize(setup.memory))?;
        handle.set_smp(u8::try_from(setup.cpus).unwrap_or(u8::MAX))?;
        handle.set_tmpdir(&setup.scratch)?;
        let mut udev = true;
        if let Some(appliance) = &setup.appliance {
            let to_boot = appliance_lean::to_boot(appliance);
            if to_boot != *appliance {
                udev = !setup.without_udev;
                let tcg = setup.accelerator == Accelerator::Tcg;
                handle.append(&appliance_lean::kernel_options(tcg, udev))?;
            }
            handle.set_path(&to_boot)?;
            handle.set_cachedir(appliance)?;
        }
        if let Some(qemu) = &setup.qemu {
            handle.set_hv(qemu)?;
        }
        // Or the host would find a page for each that the guest writes to for the first time: in the clock,
        // of a boot's first run more than of its later ones, which were 2 % faster.
        handle.config("-mem-prealloc", None)?;
        for socket in [monitor(&setup.scratch), brake::socket(&setup.scratch)] {
            let socket = socket.display().to_string().replace(',', ",,");
            handle.config("-qmp", Some(&format!("unix:{socket},server=on,wait=off")))?;
        }
        let setup = setup.clone();
        Ok(Real {
            handle,
            setup,
            disks,
            at: 0,
            clock: Instant::now(),
            qmp: None,
            mounted: None,
            udev,
        })
    }

    fn disk(&self) -> &Disk {
        &self.disks[self.at]
    }

    fn drive(&self) -> &Drive {
        &self.disk().drive
    }

    /// The number of the disk's image among all drives, in libguestfs' order.
    fn number(&self) -> usize {
        self.disks[..self.at].iter().map(drives).sum()
    }

    /// libguestfs' name of the drive, in QEMU's command line and monitor.
    fn id(&self) -> String {
        id(self.number())
    }

    /// Where libguestfs' own calls have the image. The guest's kernel may call it otherwise.
    fn device(&self) -> String {
        format!("/dev/sd{}", letters(self.number()))
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

    /// The drive is opened as was asked for, as QEMU itself says.
    fn check_drive(&mut self) -> Result<String, Failure> {
        let reply = self.qmp()?.execute("query-block")?;
        let (drive, id) = (self.drive(), self.id());
        let cache = qmp::cache_mode(&reply, &id)?;
        let mut asked = vec![
            ("cache".to_owned(), drive.cache_mode().to_string(), cache.clone()),
            ("driver".to_owned(), self.disk().driver.clone(), qmp::driver(&reply, &id)?),
        ];
        if let Some(wanted) = drive.detect_zeroes {
            let found = qmp::detect_zeroes(&reply, &id)?;
            asked.push(("detect-zeroes".to_owned(), wanted.to_string(), found));
        }
        for limit in crate::config::Limit::ALL {
            let wanted = drive.throttling.iter().rfind(|(of, _)| of == limit);
            let wanted = wanted.map_or(0, |(_, value)| *value);
            let found = qmp::limit(&reply, &id, limit.in_query_block())?;
            asked.push((format!("throttling.{limit}"), wanted.to_string(), found.to_string()));
        }
        for (option, wanted, found) in asked {
            if wanted != found {
                return Err(Failure(format!(
                    "{option}={wanted} was asked for, but QEMU says that it is {found}"
                )));
            }
        }
        Ok(cache)
    }

    /// The kernel's name of a drive, by its number on QEMU's SCSI bus. Kernels probe disks in any
    /// order, so that `/dev/sda` may be another than libguestfs' first; its own calls know that, and
    /// a shell in the appliance does not.
    fn in_kernel(&mut self, drive: usize) -> Result<String, Failure> {
        let found = self.sh(&format!("ls -d /sys/bus/scsi/devices/*:0:{drive}:0/block/*"))?;
        let mut names = found.lines().filter_map(|path| path.rsplit('/').next());
        match (names.next(), names.next()) {
            (Some(name), None) => Ok(format!("/dev/{name}")),
            _ => Err(Failure(format!("the appliance has no single disk {drive}: '{found}'"))),
        }
    }

    /// Words of a shell, to be put before a command, that give this disk at least so many percent of the
    /// pages that may be dirty; none where the boot has no other disk.
    ///
    /// The kernel shares them out by what each disk has written of late, and writes down to a disk's share
    /// once it begins. The only disk of a boot has all, and is written in steps; one that comes after
    /// others would have next to none, and be written in bursts. Not every kernel takes the share back from
    /// a disk that is taken away.
    fn share_of_dirty_pages(&self, percent: u32) -> String {
        if self.disks.len() == 1 {
            return String::new();
        }
        let of_disk = match &self.mounted {
            // Its pages are those of a device of its own, which there is while it is mounted.
            Some(filesystem) if filesystem.kind == Filesystem::Btrfs => {
                "/sys/class/bdi/btrfs-*".to_owned()
            }
            _ => format!("/sys/bus/scsi/devices/*:0:{}:0/block/*/bdi", self.number()),
        };
        format!("for bdi in {of_disk}; do echo {percent} > \"$bdi/min_ratio\" || exit; done; ")
    }

    /// What libguestfs has written to this disk reached this disk of QEMU's: how the names of the one
    /// come to be those of the other is the appliance's affair.
    fn check_written(&mut self) -> Result<(), Failure> {
        let id = self.id();
        match qmp::block_stats(&self.qmp()?.execute("query-blockstats")?, &id)?.wr_operations {
            0 => Err(Failure(format!("nothing of {} was written to {id} of QEMU", self.device()))),
            _ => Ok(()),
        }
    }

    /// udev looks at each disk that is formatted or taken away, and would still be about it in the clock. Its
    /// workers would end in the clock of a file; a device's needs them, after each of libguestfs' writes.
    fn settle(&mut self, on: &Target) -> Result<(), Failure> {
        match on {
            _ if !self.udev => Ok(()),
            Target::File(_) => self.sh(&format!("{SETTLE}; {END_UDEV_WORKERS}")).map(drop),
            Target::Device => self.sh(SETTLE).map(drop),
        }
    }

    /// Memory and CPUs are what was asked for, as QEMU itself says.
    fn check_machine(&mut self) -> Result<(), Failure> {
        let (memory, cpus) = (self.setup.memory, u64::from(self.setup.cpus));
        let found = qmp::memory(&self.qmp()?.execute("query-memory-size-summary")?)?;
        if found != memory {
            return Err(Failure(format!(
                "{memory} bytes of memory were asked for, but QEMU says that there are {found}"
            )));
        }
        if !qmp::preallocated(&self.qmp()?.execute("query-memdev")?)? {
            return Err(Failure(
                "QEMU did not take the guest's memory before it started, as '-mem-prealloc' asks for".to_owned(),
            ));
        }
        let found = qmp::cpus(&self.qmp()?.execute("query-cpus-fast")?)?;
        if found != cpus {
            return Err(Failure(format!(
                "{cpus} CPUs were asked for, but QEMU says that there are {found}"
            )));
        }
        Ok(())
    }

    /// QEMU does not tell how it does its I/O; what it has open does: native AIO maps a ring of the
    /// kernel's.
    fn check_aio(&self, qemu: &Process) -> Result<(), Failure> {
        let read = |error| Failure(format!("QEMU's memory map: {error}"));
        let native = || -> Result<bool, Failure> {
            let maps = qemu.maps().map_err(read)?;
            Ok(maps.into_iter().any(|map| match map.pathname {
                MMapPath::Path(path) => path.to_string_lossy().starts_with("/[aio]"),
                MMapPath::Other(name) => name.contains("aio"),
                _ => false,
            }))
        };
        let io_uring = || -> Result<bool, Failure> {
            let files = qemu.fd().map_err(|error| Failure(format!("QEMU's files: {error}")))?;
            Ok(files.flatten().any(|file| {
                matches!(file.target, FDTarget::AnonInode(name) if name.contains("io_uring"))
            }))
        };
        let (asked, found) = match self.drive().aio {
            Some(Aio::Native) => ("native", native()?),
            Some(Aio::IoUring) => ("io_uring", io_uring()?),
            Some(Aio::Threads) | None => return Ok(()),
        };
        match found {
            true => Ok(()),
            false => Err(Failure(format!(
                "aio={asked} was asked for, but QEMU has no such ring of the kernel's"
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

/// A command of a shell that flushes disks, and has the kernel's periods of writeback, of 5 s by default,
/// begin with it, that of the mounted disk at least: only one that has something to write has periods.
///
/// A disk's next period begins as its writeback finds one over, at first 5 s after it was found. In what
/// moments of a clock it then writes all that is dirty would hang on how fast the boot was, and be other
/// ones in the first run of a boot than in those that follow. A period of 10 ms is over before the flush
/// is.
fn with_new_periods(flush: &str) -> String {
    const PERIOD: &str = "/proc/sys/vm/dirty_writeback_centisecs";
    format!("touch {SYSROOT} && echo 1 > {PERIOD} && {flush} && echo 500 > {PERIOD}")
}

/// How many drives a disk is.
fn drives(disk: &Disk) -> usize {
    1 + usize::from(disk.source.is_some())
}

fn id(drive: usize) -> String {
    format!("hd{drive}")
}

/// `a` to `z`, `aa` and so on, as the kernel and libguestfs count disks.
fn letters(number: usize) -> String {
    let last = char::from(b'a' + (number % 26) as u8);
    match number / 26 {
        0 => last.to_string(),
        more => format!("{}{last}", letters(more - 1)),
    }
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
    let disk = Disk {
        image: disk,
        driver: "raw".to_owned(),
        drive: Drive::default(),
        objects: Vec::new(),
        source: None,
    };
    let mut real = Real::new(setup, vec![disk])?;
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
        // Images of a format share its key.
        let objects: BTreeSet<_> = self.disks.iter().flat_map(|disk| &disk.objects).collect();
        for object in objects {
            self.handle.config("-object", Some(object))?;
        }
        let mut number = 0;
        for disk in &self.disks {
            let with = |format| DriveOptions { format: Some(format), ..DriveOptions::default() };
            self.handle.add_drive(&disk.image, &with(&disk.driver))?;
            if let Some(source) = &disk.source {
                self.handle.add_drive(source, &with("raw"))?;
            }
            let id = id(number);
            // QEMU's default pauses the guest on a full disk, which then looks like one that hangs.
            self.handle.config("-set", Some(&format!("drive.{id}.werror=report")))?;
            for (option, value) in disk.drive.options() {
                self.handle.config("-set", Some(&format!("drive.{id}.{option}={value}")))?;
            }
            number += drives(disk);
        }
        self.handle.launch().map_err(|error| {
            // The programs' own words are in the log only.
            let log = self.handle.log().text();
            let full = |line: &&str| line.contains("No space left on device");
            let of_program = |line: &&str| line.contains("qemu") || line.starts_with("supermin: ");
            match log.lines().find(full).or_else(|| log.lines().rfind(of_program)) {
                Some(line) => Failure(format!("{error}; {}", line.trim())),
                None => error.into(),
            }
        })?;
        // Without udev the init does.
        if self.udev { self.sh(WAKE).map(drop) } else { Ok(()) }
    }

    fn turn_to(&mut self, disk: usize) {
        self.at = disk;
    }

    fn launched(&mut self) -> Result<Launched, Failure> {
        self.check_accelerator()?;
        self.check_machine()?;
        let cache = self.check_drive()?;
        let version = qmp::version(&self.qmp()?.execute("query-version")?)?;
        let qemu = self.qemu()?;
        self.check_aio(&qemu)?;
        let command =
            qemu.cmdline().map_err(|error| Failure(format!("QEMU's command line: {error}")))?;
        let kernel = self.handle.utsname()?;
        Ok(Launched {
            qemu_pid: Some(qemu.pid()),
            qemu_command: command.join(" "),
            guest_kernel: format!("{} {}", kernel.release, kernel.version),
            cache,
            qemu: version,
        })
    }

    fn format(&mut self, filesystem: &GuestFilesystem) -> Result<(), Failure> {
        if filesystem.kind == Filesystem::None {
            return Ok(());
        }
        let made =
            self.handle.mkfs(filesystem.kind.as_str(), &self.device(), &MkfsOptions::default());
        made.map_err(|error| match filesystem.kind.packages() {
            [] => Failure::from(error),
            packages => Failure(format!(
                "{error}; the appliance has what this host has of {}: run 'make setup'",
                packages.join(", ")
            )),
        })?;
        self.check_written()
    }

    fn mount(&mut self, filesystem: &GuestFilesystem) -> Result<(), Failure> {
        if filesystem.kind != Filesystem::None {
            let options = &filesystem.mount_options;
            self.handle.mount_options(options, &self.device(), "/")?;
            self.mounted = Some(filesystem.clone());
        }
        Ok(())
    }

    fn touch(&mut self, path: &str) -> Result<(), Failure> {
        Ok(self.handle.touch(path)?)
    }

    fn path(&mut self, on: &Target) -> Result<String, Failure> {
        match on {
            Target::File(path) => Ok(format!("{SYSROOT}{path}")),
            Target::Device => self.in_kernel(self.number()),
        }
    }

    fn source(&mut self) -> Result<String, Failure> {
        self.in_kernel(self.number() + 1)
    }

    fn sh(&mut self, command: &str) -> Result<String, Failure> {
        Ok(self.handle.debug("sh", &[command])?)
    }

    fn pause(&mut self) -> Result<(), Failure> {
        // It flushes the disks, which takes as long as the host needs.
        self.qmp()?.execute_however_long("stop").map(drop)
    }

    fn resume(&mut self) -> Result<(), Failure> {
        self.qmp()?.execute("cont").map(drop)
    }

    fn counters(&mut self) -> Result<Counters, Failure> {
        let id = self.id();
        let stats = qmp::block_stats(&self.qmp()?.execute("query-blockstats")?, &id)?;
        let qemu = self.qemu()?;
        let io = qemu.io().map_err(|error| Failure(format!("QEMU's I/O: {error}")))?;
        let stat = qemu.stat().map_err(|error| Failure(format!("QEMU's CPU time: {error}")))?;
        let ticks = (stat.utime + stat.stime) as f64 / procfs::ticks_per_second() as f64;
        Ok(Counters {
            write_ops: stats.wr_operations,
            write_bytes: stats.wr_bytes,
            write_time: Duration::from_nanos(stats.wr_total_time_ns),
            read_ops: stats.rd_operations,
            read_bytes: stats.rd_bytes,
            read_time: Duration::from_nanos(stats.rd_total_time_ns),
            flush_ops: stats.flush_operations,
            flush_time: Duration::from_nanos(stats.flush_total_time_ns),
            host_write_bytes: io.write_bytes,
            host_read_bytes: io.read_bytes,
            host_write_calls: match self.drive().aio {
                None | Some(Aio::Threads) => io.syscw,
                // Their writes are no calls of their own.
                Some(Aio::Native | Aio::IoUring) => 0,
            },
            qemu_cpu: Duration::from_secs_f64(ticks),
        })
    }

    fn pwrite(&mut self, on: &Target, data: &[u8], offset: u64) -> Result<usize, Failure> {
        Ok(match on {
            Target::File(path) => self.handle.pwrite(path, data, offset)?,
            Target::Device => self.handle.pwrite_device(&self.device(), data, offset)?,
        })
    }

    fn pread(&mut self, on: &Target, count: usize, offset: u64) -> Result<Bytes, Failure> {
        let buffer = match on {
            Target::File(path) => self.handle.pread(path, count, offset)?,
            Target::Device => self.handle.pread_device(&self.device(), count, offset)?,
        };
        // Not copied: this may be what is measured.
        Ok(Bytes::from_owner(buffer))
    }

    fn sync(&mut self) -> Result<(), Failure> {
        Ok(self.handle.sync()?)
    }

    /// libguestfs' own sync flushes every disk that there is, which takes most of a second under TCG.
    /// QEMU flushes them when the guest is stopped.
    fn write_back(&mut self, on: &Target) -> Result<(), Failure> {
        self.settle(on)?;
        let share = self.share_of_dirty_pages(99);
        match on {
            // The appliance's own disk, too: it would be written in the clock.
            Target::File(_) => {
                let flush = format!("sync -f / {SYSROOT}");
                self.sh(&format!("{share}{}", with_new_periods(&flush))).map(drop)
            }
            Target::Device => {
                if !share.is_empty() {
                    self.sh(&format!("{share}true"))?;
                }
                self.sync()
            }
        }
    }

    /// Those of this disk alone. libguestfs' own drops the programs of the boot, too: QEMU would then throw
    /// away what it has translated of them, page by page, as the next run writes to those pages in its
    /// clock.
    fn drop_caches(&mut self) -> Result<(), Failure> {
        match self.mounted.clone() {
            Some(filesystem) => {
                self.handle.umount_all()?;
                self.mount(&filesystem)?;
            }
            None => {
                let device = self.in_kernel(self.number())?;
                self.sh(&format!("blockdev --flushbufs {device}"))?;
            }
        }
        Ok(())
    }

    /// The image lies in a directory of its own, with all that belongs to it.
    fn drop_host_cache(&mut self) -> Result<(), Failure> {
        let drop = || -> std::io::Result<()> {
            for entry in fs::read_dir(self.disk().image.parent().unwrap_or(Path::new("/")))? {
                let file = fs::File::open(entry?.path())?;
                file.sync_all()?;
                posix_fadvise(&file, 0, 0, PosixFadviseAdvice::POSIX_FADV_DONTNEED)?;
            }
            Ok(())
        };
        drop().map_err(|error| Failure(format!("emptying the host's cache: {error}")))
    }

    fn detach(&mut self) -> Result<(), Failure> {
        self.sh(&format!("{}true", self.share_of_dirty_pages(0)))?;
        // With it goes what the guest has in its caches of this disk.
        self.handle.umount_all()?;
        self.mounted = None;
        let first = self.number();
        for drive in first..first + drives(self.disk()) {
            let id = id(drive);
            let device = qmp::device(&self.qmp()?.execute("query-block")?, &id)?;
            self.qmp()?.execute_with("device_del", &json!({ "id": device }))?;
            let begun = Instant::now();
            while qmp::has(&self.qmp()?.execute("query-block")?, &id) {
                if begun.elapsed() > PATIENCE {
                    return Err(Failure(format!("QEMU does not let go of {id}")));
                }
                thread::sleep(Duration::from_millis(2));
            }
        }
        Ok(())
    }

    fn shutdown(&mut self) -> Result<(), Failure> {
        // shutdown succeeds even where QEMU was killed; a QEMU that is gone answers no umount.
        self.handle.umount_all()?;
        Ok(self.handle.shutdown()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn disks_are_lettered_as_the_kernel_does() {
        let of = [0, 25, 26, 51, 52, 701, 702].map(letters);
        assert_eq!(of, ["a", "z", "aa", "az", "ba", "zz", "aaa"]);
    }
}
