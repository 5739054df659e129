//! What is not compared, with the message that says why and what to do.

use reports::{
    compare::{Comparison, Question, Refusal},
    record::Experiment,
};

use crate::noisy::{CELLS, experiment};

fn pair() -> (Experiment, Experiment) {
    (experiment("a", &CELLS, 3, 0.01, 1), experiment("b", &CELLS, 3, 0.01, 2))
}

fn compared(
    (baseline, candidate): &(Experiment, Experiment),
    across_environments: bool,
) -> Result<Comparison, Refusal> {
    let question = Question { across_environments, ..Question::default() };
    Comparison::of_experiments(baseline, candidate, &question)
}

fn refused(pair: &(Experiment, Experiment)) -> String {
    compared(pair, false).expect_err("refused").to_string()
}

#[test]
fn other_environments_unless_asked_for() {
    let mut pair = pair();
    let of = &mut pair.1.manifest.provenance;
    of.cpu = "AMD EPYC 7763".to_owned();
    of.cpus = 64;
    of.filesystem = String::new();
    of.qemu = "QEMU emulator version 8.0.0".to_owned();
    pair.1.runs.iter_mut().for_each(|run| run.accel = "kvm".to_owned());
    insta::assert_snapshot!(refused(&pair), @r"
    not measured in the same environment:
      accelerator: 'tcg' in the baseline, 'kvm' in the candidate
      CPU: 'Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz' in the baseline, 'AMD EPYC 7763' in the candidate
      number of CPUs: '2' in the baseline, '64' in the candidate
      host filesystem: 'ext4' in the baseline, unknown in the candidate
    measure both on one machine, or give --across-environments: each verdict then names the difference
    ");
    let comparison = compared(&pair, true).expect("asked for");
    assert_eq!(comparison.across(), "accelerator, CPU, number of CPUs, host filesystem");
    assert_eq!(comparison.differences.len(), 5, "QEMU is listed");
}

/// Also beside experiments of a time when nothing else could be asked for.
#[test]
fn other_ways_of_booting_by_their_names() {
    let mut pair = pair();
    let of = &mut pair.1.manifest.provenance;
    of.boot = "per-block".to_owned();
    of.appliance = "lean".to_owned();
    let [older, newer] = ["", "per-run"].map(|usual| {
        pair.0.manifest.provenance.boot = usual.to_owned();
        refused(&pair)
    });
    assert_eq!(older, newer);
    insta::assert_snapshot!(newer, @r"
    not measured in the same environment:
      boots: 'per-run' in the baseline, 'per-block' in the candidate
      appliance: 'stock' in the baseline, 'lean' in the candidate
    measure both on one machine, or give --across-environments: each verdict then names the difference
    ");
}

/// The usual subject of a comparison.
#[test]
fn other_versions_are_listed() {
    let mut pair = pair();
    let of = &mut pair.1.manifest.provenance;
    of.qemu = "QEMU emulator version 8.0.0".to_owned();
    of.host_kernel = "6.12".to_owned();
    pair.1.manifest.cells[1].cache = "none".to_owned();
    let comparison = compared(&pair, false).expect("compared");
    let what: Vec<_> = comparison.differences.iter().map(|of| of.what.as_str()).collect();
    assert_eq!(what, ["QEMU", "host kernel", "cache mode of fallocated-raw"]);
    assert_eq!(comparison.across(), "");
}

#[test]
fn simulated_beside_real_always() {
    let mut pair = pair();
    pair.1.runs[0].accel = "simulated".to_owned();
    let message = refused(&pair);
    insta::assert_snapshot!(message, @"simulated times are no measurement and are not compared with measured ones (accelerator: 'tcg' in the baseline, 'simulated and tcg' in the candidate); compare two real experiments");
    assert_eq!(compared(&pair, true).expect_err("refused").to_string(), message);
    for run in pair.0.runs.iter_mut().chain(&mut pair.1.runs) {
        run.accel = "simulated".to_owned();
    }
    let banner = compared(&pair, false).expect("both simulated").banner;
    assert!(banner.is_some_and(|banner| banner.starts_with("SIMULATED - not a measurement.")));
}

#[test]
fn accelerators_mixed_within_an_experiment() {
    let mut pair = pair();
    pair.0.runs[0].accel = "kvm".to_owned();
    pair.1.runs[0].accel = "kvm".to_owned();
    let message = refused(&pair);
    let mixed = "accelerator: 'kvm and tcg' in the baseline, 'kvm and tcg' in the candidate";
    assert!(message.contains(mixed), "{message}");
    let by = Comparison::by_factor(&pair.0, "image", &Question::default());
    assert!(by.expect_err("refused").to_string().contains(mixed));
}

#[test]
fn no_cell_in_common() {
    let mut pair = pair();
    pair.1 = experiment("b", &[("luks\u{1b}[31m", 1.0)], 3, 0.01, 2);
    insta::assert_snapshot!(refused(&pair), @r"no cell is in both experiments; the baseline's are: sparse-raw, fallocated-raw, sparse-qcow2, metadata-qcow2; the candidate's are: luks\u{1b}[31m; measure both with one config");
}

#[test]
fn an_experiment_with_itself() {
    let pair = (pair().0, pair().0);
    insta::assert_snapshot!(refused(&pair), @"results/a and results/a hold the same runs: to compare the cells of one experiment, give it once with --by image");
}

#[test]
fn cells_of_one_name_that_did_other_work() {
    let mut pair = pair();
    let cells = &mut pair.1.manifest.cells;
    cells[0].command = "qemu-img create other".to_owned();
    cells[1].size = 1 << 30;
    for run in pair.1.runs.iter_mut().filter(|run| run.cell == "sparse-qcow2") {
        run.bytes = 1 << 20;
    }
    let comparison = compared(&pair, false).expect("one is left");
    let listed: Vec<_> =
        comparison.not_compared.iter().map(|of| format!("{}: {}", of.cell, of.reason)).collect();
    insta::assert_snapshot!(listed.join("\n"), @r"
    sparse-raw: its image was made by 'qemu-img create sparse-raw', now by 'qemu-img create other'
    fallocated-raw: its image had 314572800 bytes, now 1073741824
    sparse-qcow2: the baseline wrote 268435456 bytes, the candidate 1048576
    ");
    assert_eq!(comparison.cells.len(), 1);
    pair.1.manifest.cells[3].size = 1;
    let message = refused(&pair);
    assert!(message.starts_with("no two cells can be compared:\n  sparse-raw: its"), "{message}");
}

/// The same image and as many bytes, and yet not the same done.
#[test]
fn other_work_is_not_compared() {
    let mut pair = pair();
    for (experiment, by) in [(&mut pair.0, "qemu-img"), (&mut pair.1, "nbdcopy")] {
        experiment.manifest.cells[1].work = format!("convert by {by}");
    }
    // One side does not know it, as older files do not.
    pair.0.manifest.cells[2].work = "file-write".to_owned();
    let comparison = compared(&pair, false).expect("the others are left");
    let [listed] = &comparison.not_compared[..] else {
        panic!("{:?}", comparison.not_compared);
    };
    assert_eq!(
        listed.reason.to_string(),
        "its work was convert by qemu-img, now convert by nbdcopy"
    );
}
