//! The accelerator: from what the config asks for to what is proved to work here.
//!
//! `/dev/kvm` that opens and creates a virtual machine proves nothing: on some hosts QEMU then dies
//! on the appliance's CPU, on others the guest hangs. So KVM is used only after it has booted the
//! appliance, with the machine and CPU that the runs will have, within a deadline.

use std::{fs::OpenOptions, io::ErrorKind, time::Duration};

use anyhow::bail;

use crate::{
    appliance::{Accelerator, Setup},
    config::{Accel, ApplianceConfig, Deadlines},
    scratch::Scratch,
    supervise::{Ending, Interrupts, supervise},
    worker::Job,
};

/// KVM boots the appliance in 2 to 4 s; building it, on first use, takes some 10 s more, and longer on
/// a slow disk.
const KVM_PROOF: Duration = Duration::from_secs(120);

/// An accelerator, and why it is this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// The accelerator of every run.
    pub accelerator: Accelerator,
    /// Why, in a sentence.
    pub reason: String,
}

/// Decides what the runs use; no boot may take longer than `launch`.
///
/// # Errors
/// KVM was asked for by name and does not work.
pub fn choose(
    config: &ApplianceConfig,
    launch: Duration,
    interrupts: &Interrupts,
) -> anyhow::Result<Chosen> {
    if config.accel == Accel::Tcg {
        let reason = "the config asks for it".to_owned();
        return Ok(Chosen { accelerator: Accelerator::Tcg, reason });
    }
    match (prove_kvm(config, launch, interrupts)?, config.accel) {
        (Ok(()), _) => Ok(Chosen {
            accelerator: Accelerator::Kvm,
            reason: "it booted the appliance".to_owned(),
        }),
        (Err(why), Accel::Kvm) => bail!(
            "accel = \"kvm\", but KVM does not work here: {why}\nUse accel = \"auto\" or \"tcg\" to measure under software emulation, or run 'imgbench doctor'"
        ),
        (Err(why), _) => Ok(Chosen {
            accelerator: Accelerator::Tcg,
            reason: format!("KVM does not work here: {why}"),
        }),
    }
}

/// Whether KVM boots the appliance; if not, why.
///
/// # Errors
/// It could not be tried, or a signal came.
pub fn prove_kvm(
    config: &ApplianceConfig,
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
    prove(Accelerator::Kvm, config, launch, interrupts)
}

/// Whether software emulation boots the appliance; if not, why.
///
/// # Errors
/// It could not be tried, or a signal came.
pub fn prove_tcg(
    config: &ApplianceConfig,
    launch: Duration,
    interrupts: &Interrupts,
) -> anyhow::Result<Result<(), String>> {
    prove(Accelerator::Tcg, config, launch, interrupts)
}

fn prove(
    accelerator: Accelerator,
    config: &ApplianceConfig,
    launch: Duration,
    interrupts: &Interrupts,
) -> anyhow::Result<Result<(), String>> {
    let scratch = Scratch::sockets("proof")?;
    let job = Job::Prove(Setup {
        accelerator,
        memory: config.memory,
        cpus: config.cpus,
        drive: Vec::new(),
        scratch: scratch.path().to_owned(),
    });
    let limit = match accelerator {
        Accelerator::Kvm => KVM_PROOF.min(launch),
        _ => launch,
    };
    let deadlines = Deadlines { launch: limit, call: limit, run: limit };
    match supervise(&job, &deadlines, interrupts, &mut |_| {})? {
        Ending::Done => Ok(Ok(())),
        Ending::Failed(why) => Ok(Err(why)),
        Ending::Timeout(_) => Ok(Err(format!("the appliance did not boot within {limit:?}"))),
        Ending::Interrupted => Err(crate::Interrupted.into()),
    }
}
