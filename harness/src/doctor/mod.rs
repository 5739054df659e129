//! `imgbench doctor`: each thing that measuring needs, whether it works, and what to do about it.
//!
//! `machine` starts no appliance, so that a nightly job can afford it; `examine` boots one besides.

mod checks;
mod finding;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    time::Duration,
};

pub use finding::{Finding, Health};

use crate::{
    Interrupted, accel, appliance_cache, appliance_lean, appliance_packages,
    config::{Accel, Config, Kind},
    experiment::provenance,
    host,
    plan::{Machine, Plan, appliance_of},
    supervise::Interrupts,
};
use checks::INSTALL;

/// What to do about checks that cannot be made without libguestfs.
const SEE_LIBGUESTFS: &str = "see libguestfs, above";

/// What to do where there cannot be an appliance of our own.
const STOCK: &str = "do as it says, or boot libguestfs' own: [appliance] kind = \"stock\"";

/// What a config without an [appliance] has.
const DEFAULT_MACHINE: Machine = Machine { qemu: None, memory: 512 << 20, cpus: 1 };

/// What a config without `[deadlines]` has.
const DEFAULT_LAUNCH: Duration = Duration::from_secs(300);

/// Checks everything, handing on each finding as it is made; yields whether measuring works.
///
/// # Errors
/// A signal came.
pub fn examine(
    config: Option<&Config>,
    interrupts: &Interrupts,
    tell: &mut dyn FnMut(&Finding),
) -> anyhow::Result<bool> {
    let plan = config.and_then(|config| Plan::new(config, config.runs, 0, None).ok());
    let mut works = true;
    let mut tell = |finding: Finding| {
        works &= finding.health != Health::Bad;
        tell(&finding);
    };
    let bootable = machine(config, plan.as_ref(), true, &mut tell);
    match bootable {
        true => boots(config, plan.as_ref(), interrupts, &mut tell)?,
        false => tell(Finding::warning("appliance", "not booted", "what is BAD comes first")),
    }
    Ok(works)
}

/// Checks what can be without starting an appliance; yields whether one can be started. What only
/// guests need is left out where there are none.
pub fn machine(
    config: Option<&Config>,
    plan: Option<&Plan>,
    guests: bool,
    tell: &mut dyn FnMut(Finding),
) -> bool {
    let directory = config.map_or(Path::new("/var/tmp"), |config| &config.directory);
    tell(checks::temporary_files());
    tell(Finding::of("qemu-img", host::check_qemu_img(), INSTALL));
    let libguestfs = host::check_libguestfs();
    let mut bootable = libguestfs.is_ok();
    tell(Finding::of("libguestfs", libguestfs, INSTALL));
    if bootable {
        tell(Finding::of("QEMU", provenance::qemu_version(), INSTALL));
        tell(checks::versions_agree());
    } else {
        tell(Finding::warning("QEMU", "unknown: libguestfs chooses it", SEE_LIBGUESTFS));
    }
    if guests {
        tell(checks::kernel());
    }
    if guests && bootable {
        let cached = match own(config, plan) {
            Ok(own) => checks::cached_appliance(&own.unwrap_or_else(appliance_cache::base)),
            Err(error) => Finding::bad("built appliance", format!("{error:#}"), STOCK),
        };
        bootable = cached.health != Health::Bad;
        tell(cached);
    }
    if guests {
        // A guest is booted even where none is asked for.
        let needed = plan.map_or(0, |plan| plan.memory_needed(0));
        let memory = checks::memory(if needed > 0 { needed } else { DEFAULT_MACHINE.memory });
        bootable &= memory.health != Health::Bad;
        tell(memory);
    }
    tell(checks::images(directory, plan));
    tell(checks::load());
    tell(checks::governor());
    bootable
}

/// The appliance that a config asks for.
fn kind(config: Option<&Config>) -> Kind {
    config.map_or_else(Kind::default, |config| config.appliance.kind)
}

/// The directory of an appliance that is not libguestfs' own.
fn own(config: Option<&Config>, plan: Option<&Plan>) -> anyhow::Result<Option<PathBuf>> {
    match plan {
        Some(plan) => appliance_of(kind(config), plan),
        None => appliance_packages::directory(kind(config), &BTreeSet::new()),
    }
}

/// Whether the appliance boots, and with what.
fn boots(
    config: Option<&Config>,
    plan: Option<&Plan>,
    interrupts: &Interrupts,
    tell: &mut dyn FnMut(Finding),
) -> anyhow::Result<()> {
    let accel = config.map_or(Accel::Auto, |config| config.appliance.accel);
    let launch = config.map_or(DEFAULT_LAUNCH, |config| config.deadlines.launch);
    let machine = plan.and_then(|plan| accel::machines(plan).into_iter().next());
    let machine = machine.unwrap_or(DEFAULT_MACHINE);
    let own = own(config, plan)?;
    let own = own.as_deref();
    if let (Kind::Lean, Some(directory)) = (kind(config), own)
        && let Err(error) = appliance_lean::build(directory, interrupts)
    {
        if error.is::<Interrupted>() {
            return Err(error);
        }
        let why = format!("{error:#}");
        let why = why.split("\nRun 'imgbench doctor'").next().unwrap_or_default();
        tell(Finding::bad("appliance", why, "see what is said above of kernel and disk"));
        return Ok(());
    }
    let kvm = accel::prove_kvm(&machine, own, launch, interrupts)?;
    tell(match &kvm {
        Ok(()) => Finding::ok("KVM", "boots the appliance"),
        Err(why) if accel == Accel::Kvm => {
            Finding::bad("KVM", why.clone(), "use accel = \"auto\" or \"tcg\"")
        }
        Err(why) => Finding::warning(
            "KVM",
            why.clone(),
            "measure where KVM works for numbers that hold for production; TCG is used here",
        ),
    });
    if kvm.is_err() && accel != Accel::Kvm {
        let cachedir = own.map_or_else(appliance_cache::base, Path::to_owned);
        tell(match accel::prove_tcg(&machine, own, launch, interrupts)? {
            Ok(()) => Finding::ok("appliance", "boots under TCG"),
            // Damage in the middle of a file is seen in this way only.
            Err(why) => Finding::bad(
                "appliance",
                why,
                format!(
                    "{}; if that does not help, run libguestfs-test-tool and read the end of its output",
                    checks::rebuild(&appliance_cache::appliance(&cachedir))
                ),
            ),
        });
    }
    Ok(())
}
