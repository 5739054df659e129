//! `report.txt` in the situations that experiments get into.

mod sample;

use reports::{
    record::{Experiment, Status},
    render::text,
    report::Report,
};

fn rendered(experiment: &Experiment) -> String {
    let text = text(&Report::new(experiment));
    assert!(text.ends_with('\n') && !text.ends_with("\n\n"));
    assert!(text.lines().all(|line| line.trim_end() == line), "space at the end of a line");
    text
}

/// No line is too long, and all is ASCII.
fn fits(text: &str) -> bool {
    text.is_ascii() && text.lines().all(|line| line.len() <= 78)
}

fn close() -> Experiment {
    sample::experiment(&[
        ("raw", "A sparse raw file", "truncate --size 300M test.img", 11.31),
        ("qcow2", "A sparse qcow2 file", "qemu-img create -f qcow2 test.img 300M", 11.34),
    ])
}

#[test]
fn the_experiment_of_2010() {
    let text = rendered(&sample::of_2010());
    assert!(fits(&text));
    insta::assert_snapshot!(text);
}

#[test]
fn failed_runs() {
    let mut experiment = close();
    let killed = "guestfs_launch failed.\n\nqemu-system-x86_64: terminated by signal 9 (Killed)\n";
    experiment.runs[0] = sample::unsuccessful(&experiment.runs[0], Status::Failed, killed);
    experiment.runs[3] = sample::unsuccessful(&experiment.runs[3], Status::Timeout, "");
    experiment.runs[4] = sample::unsuccessful(&experiment.runs[4], Status::Interrupted, "SIGINT");
    experiment.runs.truncate(5);
    experiment.warnings.push("runs.csv:7: the last line is cut short.".to_owned());
    experiment.manifest.cells[1].cache = "none".to_owned();
    let text = rendered(&experiment);
    assert!(fits(&text));
    insta::assert_snapshot!(text);
}

#[test]
fn one_cell_one_run_simulated() {
    let mut experiment = sample::experiment(&[("raw", "A raw file", "truncate", 0.5)]);
    experiment.runs.truncate(1);
    experiment.runs[0].accel = "simulated".to_owned();
    experiment.manifest.provenance = reports::record::Provenance::default();
    let text = rendered(&experiment);
    assert!(fits(&text));
    insta::assert_snapshot!(text);
}

#[test]
fn no_ok_run() {
    let mut experiment = close();
    for run in &mut experiment.runs {
        *run = sample::unsuccessful(run, Status::Failed, "No space left on device");
    }
    experiment.chunks.clear();
    let text = rendered(&experiment);
    assert!(fits(&text));
    insta::assert_snapshot!(text);
}

#[test]
fn no_run_at_all() {
    let mut experiment = close();
    experiment.runs.clear();
    experiment.chunks.clear();
    let text = rendered(&experiment);
    assert!(text.contains("no run yet") && text.contains("No run was ok"), "{text}");
}

#[test]
fn the_terminal_shows_cells_values_and_verdicts() {
    let text = reports::terminal_table(&Report::new(&sample::of_2010()));
    assert!(fits(&text));
    insta::assert_snapshot!(text);
}

#[test]
fn the_control_failed() {
    let mut experiment = close();
    for run in experiment.runs.iter_mut().filter(|run| run.cell == "raw") {
        *run = sample::unsuccessful(run, Status::Failed, "no");
    }
    let text = rendered(&experiment);
    assert!(text.contains("The control, raw, has no ok run: there are no ratios."), "{text}");
    assert!(!text.contains("Compared with") && !text.contains("INCONCLUSIVE"), "{text}");
}

#[test]
fn no_block_in_common_with_the_control() {
    let mut experiment = close();
    for run in &mut experiment.runs {
        if (run.cell == "raw") == (run.block == 1) {
            *run = sample::unsuccessful(run, Status::Failed, "no");
        }
    }
    let text = rendered(&experiment);
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        words.contains(
            "No other cell has an ok run in a block with one of raw: there are no ratios."
        ),
        "{text}"
    );
    assert!(!text.contains("Compared with"), "{text}");
}

#[test]
fn one_of_two_cells_has_no_block_in_common_with_the_control() {
    let mut experiment = sample::of_2010();
    for run in &mut experiment.runs {
        if run.cell == "sparse-qcow2" {
            *run = sample::unsuccessful(run, Status::Failed, "no");
        }
    }
    let text = rendered(&experiment);
    let verdict = "- sparse-qcow2: no verdict: no block has an ok run of it and of the control.";
    assert!(text.contains(verdict), "{text}");
    assert!(text.contains("for 2 comparisons"), "the family is of those that are made: {text}");
}

#[test]
fn many_failures_are_counted() {
    let names: Vec<String> = (0..10).map(|n| format!("cell{n}")).collect();
    let cells: Vec<_> = names.iter().map(|name| (name.as_str(), "d", "c", 1.0)).collect();
    let mut experiment = sample::experiment(&cells);
    for run in &mut experiment.runs {
        *run = sample::unsuccessful(run, Status::Failed, &"long ".repeat(1000));
    }
    let text = rendered(&experiment);
    assert!(text.contains("- And 10 failed runs more; runs.csv has all."), "{text}");
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("... (the whole is in runs.csv)") && text.len() < 20_000);
}

#[test]
fn mixed_accelerators_are_a_warning() {
    let mut experiment = close();
    experiment.runs[2].accel = "kvm".to_owned();
    let text = rendered(&experiment);
    assert!(text.contains("- The runs used different accelerators (kvm, tcg)"), "{text}");
}

#[test]
fn hostile_names() {
    let long = "qcow2-with-preallocated-metadata-and-extended-l2-entries/sequential-write-in-2M-\
                chunks/cache=none/aio=io_uring/l2-cache-size=1M";
    let command = "qemu-img create -f qcow2 -o preallocation=metadata,extended_l2=on \
                   'a name with many spaces, which is one word of the command.img' 300M";
    let hostile = "<script>alert('ä')</script> \u{202e}画像\n\u{1b}[31m&amp;|`$(x)`";
    let unbroken = "x".repeat(100);
    let mut experiment = sample::experiment(&[
        (hostile, hostile, hostile, 1.5),
        (long, long, command, 2.4),
        (&unbroken, &unbroken, &unbroken, 2.5),
    ]);
    experiment.manifest.name = hostile.to_owned();
    experiment.manifest.question = "First line\n  and second?".to_owned();
    experiment.manifest.provenance.accel_reason = hostile.to_owned();
    experiment.runs[0] = sample::unsuccessful(&experiment.runs[0], Status::Failed, hostile);
    let text = rendered(&experiment);
    assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
    insta::assert_snapshot!(text);
}
