//! The accelerator: from what the config asks for to what is proved to work here.
//!
//! `/dev/kvm` that opens and creates a virtual machine proves nothing: on some hosts QEMU then dies
//! on the appliance's CPU, on others the guest hangs. So KVM is used only after it has booted the
//! appliance, with the machine and CPU that the runs will have, within a deadline.

use std::{collections::BTreeSet, fs::OpenOptions, io::ErrorKind, path::Path, time::Duration};

use anyhow::{bail, ensure};

use crate::{
    appliance::{Accelerator, Setup},
    config::{Accel, Deadlines},
    plan::{Cell, Machine, Plan},
    scratch::Scratch,
    supervise::{Ending, Interrupts, supervise},
    worker::Job,
};

/// What libguestfs says when there is no appliance to be booted.
const NOT_BUILT: &str = "supermin exited with error";

/// Building the appliance, on first use, takes some 10 s, and longer on a slow disk.
const KVM_PROOF: Duration = Duration::from_secs(120);

/// An accelerator, and why it is this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// The accelerator of every run.
    pub accelerator: Accelerator,
    /// Why, in a sentence.
    pub reason: String,
}

/// The machines that prove an accelerator for all of a plan: for each QEMU that of its first cell.
pub fn machines(plan: &Plan) -> Vec<Machine> {
    let mut seen = BTreeSet::new();
    let machines = plan.cells.iter().filter_map(Cell::machine);
    machines.filter(|machine| seen.insert(machine.qemu.clone())).collect()
}

/// Decides what the runs use; no boot may take longer than `launch`.
///
/// # Errors
/// KVM was asked for by name and does not work.
pub fn choose(
    accel: Accel,
    machines: &[Machine],
    appliance: Option<&Path>,
    launch: Duration,
    interrupts: &Interrupts,
) -> anyhow::Result<Chosen> {
    if machines.is_empty() {
        let reason = "no guest is booted".to_owned();
        return Ok(Chosen { accelerator: Accelerator::None, reason });
    }
    if accel == Accel::Tcg {
        let reason = "the config asks for it".to_owned();
        return Ok(Chosen { accelerator: Accelerator::Tcg, reason });
    }
    for machine in machines {
        let Err(why) = prove_kvm(machine, appliance, launch, interrupts)? else { continue };
        let why = match &machine.qemu {
            Some(qemu) => format!("{} with {}", why, qemu.display()),
            None => why,
        };
        // Else a full disk would have everything measured under TCG.
        ensure!(
            !why.contains(NOT_BUILT),
            "the appliance cannot be built: {why}\nRun 'imgbench doctor' for what is to be done"
        );
        if accel == Accel::Kvm {
            bail!(
                "accel = \"kvm\", but KVM does not work here: {why}\nUse accel = \"auto\" or \"tcg\" to measure under software emulation, or run 'imgbench doctor'"
            );
        }
        return Ok(Chosen {
            accelerator: Accelerator::Tcg,
            reason: format!("KVM does not work here: {why}"),
        });
    }
    let reason = "it booted the appliance".to_owned();
    Ok(Chosen { accelerator: Accelerator::Kvm, reason })
}

/// Whether KVM boots the appliance; if not, why.
///
/// # Errors
/// It could not be tried, or a signal came.
pub fn prove_kvm(
    machine: &Machine,
    appliance: Option<&Path>,
    launch: Duration,
    interrupts: &Interrupts,
) -> anyhow::Result<Result<(), String>> {
    if let Err(error) = OpenOptions::new().read(true).write(true).open("/dev/kvm") {
        return Ok(Err(match error.kind() {
            ErrorKind::NotFound => "there is no /dev/kvm on this host".to_owned(),
            ErrorKind::PermissionDenied => {
                "/dev/kvm is not ours to open (as root: usermod -aG kvm USER, then log in again)"
                    .to_owned()
            }
            _ => format!("/dev/kvm cannot be opened ({error})"),
        }));
    }
    prove(Accelerator::Kvm, machine, appliance, launch, interrupts)
}

/// Whether software emulation boots the appliance; if not, why.
///
/// # Errors
/// It could not be tried, or a signal came.
pub fn prove_tcg(
    machine: &Machine,
    appliance: Option<&Path>,
    launch: Duration,
    interrupts: &Interrupts,
) -> anyhow::Result<Result<(), String>> {
    prove(Accelerator::Tcg, machine, appliance, launch, interrupts)
}

fn prove(
    accelerator: Accelerator,
    machine: &Machine,
    appliance: Option<&Path>,
    launch: Duration,
    interrupts: &Interrupts,
) -> anyhow::Result<Result<(), String>> {
    let scratch = Scratch::sockets()?;
    let job = Job::Prove(Setup {
        accelerator,
        memory: machine.memory,
        cpus: machine.cpus,
        qemu: machine.qemu.clone(),
        appliance: appliance.map(Path::to_owned),
        without_udev: true,
        scratch: scratch.path().to_owned(),
    });
    let limit = match accelerator {
        Accelerator::Kvm => KVM_PROOF.min(launch),
        _ => launch,
    };
    let deadlines = Deadlines { launch: limit, call: limit, run: limit };
    match supervise(&job, &deadlines, interrupts)? {
        Ending::Done => Ok(Ok(())),
        Ending::Failed(why) => Ok(Err(why)),
        Ending::Timeout(why) => Ok(Err(why)),
        Ending::Interrupted => Err(crate::Interrupted.into()),
    }
}
