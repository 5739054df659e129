//! `imgbench doctor`: each thing that measuring needs, whether it works, and what to do about it.

use std::{fmt, fs, path::Path, thread, time::Duration};

use procfs::Current;

use crate::{
    accel::{self, Machine},
    config::{Accel, Config},
    experiment::provenance,
    host,
    plan::{Plan, appliance_of},
    supervise::Interrupts,
};

/// How much of a machine's cores others may use before measuring is disturbed.
const QUIET_LOAD: f64 = 0.25;

/// What a check found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// As it should be.
    Ok,
    /// Measuring works; the numbers are worse than they could be.
    Warning,
    /// Measuring does not work.
    Bad,
}

/// One thing that was checked.
#[derive(Debug)]
pub struct Finding {
    health: Health,
    what: &'static str,
    found: String,
    remedy: String,
}

impl Finding {
    fn ok(what: &'static str, found: impl Into<String>) -> Finding {
        Finding { health: Health::Ok, what, found: found.into(), remedy: String::new() }
    }

    fn of(what: &'static str, result: anyhow::Result<String>, remedy: &str) -> Finding {
        match result {
            Ok(found) => Finding::ok(what, found),
            Err(error) => Finding {
                health: Health::Bad,
                what,
                found: format!("{error:#}"),
                remedy: remedy.to_owned(),
            },
        }
    }

    fn warning(what: &'static str, found: impl Into<String>, remedy: &str) -> Finding {
        let remedy = remedy.to_owned();
        Finding { health: Health::Warning, what, found: found.into(), remedy }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.health {
            Health::Ok => "ok",
            Health::Warning => "warning",
            Health::Bad => "BAD",
        };
        write!(to, "{word:<8} {}: {}", self.what, self.found)?;
        match self.remedy.is_empty() {
            true => Ok(()),
            false => write!(to, "\n         do: {}", self.remedy),
        }
    }
}

/// Checks everything, handing on each finding as it is made; yields whether measuring works.
///
/// # Errors
/// A signal came.
pub fn examine(
    config: Option<&Config>,
    interrupts: &Interrupts,
    tell: &mut dyn FnMut(&Finding),
) -> anyhow::Result<bool> {
    let accel = config.map_or(Accel::Auto, |config| config.appliance.accel);
    let plan = config.and_then(|config| Plan::new(config, config.runs, 0, None).ok());
    let machine = plan.as_ref().and_then(|plan| accel::machines(plan).into_iter().next());
    let machine = machine.unwrap_or(DEFAULT_MACHINE);
    let launch = config.map_or(DEFAULT_LAUNCH, |config| config.deadlines.launch);
    let directory = config.map_or(Path::new("/var/tmp"), |config| &config.directory);
    let mut works = true;
    let mut tell = |finding: Finding| {
        works &= finding.health != Health::Bad;
        tell(&finding);
    };
    tell(Finding::of("qemu-img", host::check_qemu_img(), "run 'make setup'"));
    let libguestfs = host::check_libguestfs();
    let bootable = libguestfs.is_ok();
    tell(Finding::of("libguestfs", libguestfs, "run 'make setup'"));
    if bootable {
        tell(Finding::of("QEMU", provenance::qemu_version(), "run 'make setup'"));
        tell(versions_agree());
    } else {
        tell(Finding::warning("QEMU", "unknown: libguestfs chooses it", SEE_LIBGUESTFS));
    }
    tell(kernel());
    tell(images(directory, plan.as_ref()));
    tell(load());
    tell(governor());
    if !bootable {
        tell(Finding::warning("appliance", "not booted: libguestfs boots it", SEE_LIBGUESTFS));
        return Ok(works);
    }
    let packages = plan.as_ref().map(appliance_of).transpose()?.flatten();
    let packages = packages.as_deref();
    let kvm = accel::prove_kvm(&machine, packages, launch, interrupts)?;
    tell(match &kvm {
        Ok(()) => Finding::ok("KVM", "boots the appliance"),
        Err(why) if accel == Accel::Kvm => {
            Finding::of("KVM", Err(anyhow::anyhow!("{why}")), "use accel = \"auto\" or \"tcg\"")
        }
        Err(why) => Finding::warning(
            "KVM",
            why.clone(),
            "measure where KVM works for numbers that hold for production; TCG is used here",
        ),
    });
    if kvm.is_err() && accel != Accel::Kvm {
        let booted = accel::prove_tcg(&machine, packages, launch, interrupts)?;
        tell(Finding::of(
            "appliance",
            booted.map(|()| "boots under TCG".to_owned()).map_err(|why| anyhow::anyhow!("{why}")),
            "run libguestfs-test-tool and read the end of its output",
        ));
    }
    Ok(works)
}

/// What to do about checks that cannot be made without libguestfs.
const SEE_LIBGUESTFS: &str = "see libguestfs, above";

/// What a config without an [appliance] has.
const DEFAULT_MACHINE: Machine = Machine { qemu: None, memory: 512 << 20, cpus: 1 };

/// What a config without `[deadlines]` has.
const DEFAULT_LAUNCH: Duration = Duration::from_secs(300);

/// An image made by one version and run by another is no measurement of either.
fn versions_agree() -> Finding {
    const WHAT: &str = "QEMU and qemu-img";
    let number = |line: String| {
        let found =
            line.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()));
        found.map(str::to_owned)
    };
    let qemu = provenance::qemu_version().ok().and_then(number);
    let qemu_img = image_prep::version().ok().and_then(|(line, _)| number(line));
    match (qemu, qemu_img) {
        (Some(qemu), Some(qemu_img)) if qemu == qemu_img => Finding::ok(WHAT, "are one version"),
        (Some(qemu), Some(qemu_img)) => Finding::warning(
            WHAT,
            format!("are {qemu} and {qemu_img}"),
            "install both from one source",
        ),
        _ => Finding::warning(WHAT, "cannot be compared", "see above"),
    }
}

/// supermin builds the appliance from a kernel of the host, which it must be able to read (Ubuntu
/// gives its kernels to root only).
fn kernel() -> Finding {
    const WHAT: &str = "kernel for the appliance";
    let named = std::env::var_os("SUPERMIN_KERNEL").map(std::path::PathBuf::from);
    let installed = fs::read_dir("/boot").into_iter().flatten().flatten().map(|entry| entry.path());
    let kernels: Vec<_> = match named {
        Some(kernel) => vec![kernel],
        None => installed
            .filter(|path| {
                path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("vmlinuz-"))
            })
            .collect(),
    };
    let readable = kernels.iter().find(|kernel| fs::File::open(kernel).is_ok());
    match (readable, kernels.first()) {
        (Some(kernel), _) => Finding::ok(WHAT, kernel.display().to_string()),
        (None, Some(kernel)) => Finding::of(
            WHAT,
            Err(anyhow::anyhow!("{} cannot be read", kernel.display())),
            &format!("as root: chmod +r {}", kernel.display()),
        ),
        (None, None) => {
            Finding::of(WHAT, Err(anyhow::anyhow!("none in /boot")), "run 'make setup'")
        }
    }
}

fn images(directory: &Path, plan: Option<&Plan>) -> Finding {
    let needed = plan.map(|plan| plan.disk_needed(false));
    let needed = needed.unwrap_or_else(|| [(directory.to_owned(), 1 << 30)].into());
    let check = || -> anyhow::Result<String> {
        for (directory, needed) in &needed {
            host::check_directory(directory)?;
            host::check_room(directory, *needed)?;
        }
        let (filesystem, _) = provenance::filesystem(directory)?;
        let free = host::megabytes(host::free(directory)?);
        Ok(format!("{} on {filesystem}, {free} free", directory.display()))
    };
    Finding::of("directory of the images", check(), "set the config's key 'directory'")
}

fn load() -> Finding {
    const WHAT: &str = "load";
    let Ok(load) = procfs::LoadAverage::current() else {
        return Finding::warning(WHAT, "unknown", "mount /proc");
    };
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let found = format!("{:.2} over a minute on {cores} cores", load.one);
    match f64::from(load.one) <= QUIET_LOAD * cores as f64 {
        true => Finding::ok(WHAT, found),
        false => Finding::warning(WHAT, found, "wait until the machine is quiet"),
    }
}

fn governor() -> Finding {
    const WHAT: &str = "frequency governor";
    match provenance::governor() {
        None => Finding::ok(WHAT, "none (a virtual machine, or a fixed frequency)"),
        Some(name) if name == "performance" => Finding::ok(WHAT, name),
        Some(name) => {
            Finding::warning(WHAT, name, "as root: cpupower frequency-set -g performance")
        }
    }
}
