//! `imgbench report --format` and `imgbench mail` as people and jobs meet them.

#![allow(clippy::unwrap_used)]

#[path = "../../reports/tests/sample/mod.rs"]
mod sample;

use std::{fs, path::Path, process::Output};

use assert_cmd::Command;
use reports::record::{Experiment, RunsWriter};
use tempfile::TempDir;

/// A directory with an experiment in `e`.
fn beside(experiment: &Experiment) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let inside = directory.path().join("e");
    fs::create_dir(&inside).unwrap();
    experiment.manifest.write(&inside.join("experiment.toml")).unwrap();
    let mut runs = RunsWriter::create(&inside.join("runs.csv")).unwrap();
    experiment.runs.iter().for_each(|run| runs.append(run).unwrap());
    directory
}

/// Exit code, standard output and standard error.
fn imgbench(directory: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut program = Command::cargo_bin("imgbench").unwrap();
    let output: Output = program.current_dir(directory).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn each_format_is_printed_and_no_file_is_touched() {
    let directory = beside(&sample::of_2010());
    for (format, start) in [
        ("text", "default: Is a sparse qcow2"),
        ("markdown", "## default: Is a sparse qcow2"),
        ("json", "{\n  \"schema\": 1,"),
        ("csv", "cell,image,workload,n,"),
        ("eml", "Date: Fri, 31 Jan 2025 12:00:00 +0000\n"),
        ("hyperfine", "{\n  \"results\": ["),
        ("bencher", "{\n  \"fallocated-raw\": {"),
        ("github-action-benchmark", "[\n  {\n    \"name\": \"sparse-raw\""),
        ("junit", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites "),
        ("prometheus", "# HELP imgbench_experiment_info "),
    ] {
        let (code, printed, _) = imgbench(directory.path(), &["report", "e", "--format", format]);
        assert_eq!(code, 0, "{format}");
        assert!(printed.starts_with(start), "{format}: {printed}");
    }
    assert_eq!(fs::read_dir(directory.path().join("e")).unwrap().count(), 2);
}

#[test]
fn a_file_is_replaced_and_nothing_is_printed() {
    let directory = beside(&sample::of_2010());
    let file = directory.path().join("imgbench.prom");
    fs::write(&file, "old").unwrap();
    let arguments = ["report", "e", "--format", "prometheus", "--out", "imgbench.prom"];
    let (code, printed, _) = imgbench(directory.path(), &arguments);
    assert_eq!((code, printed.as_str()), (0, ""));
    assert!(fs::read_to_string(&file).unwrap().starts_with("# HELP imgbench_"));
    let arguments = ["report", "e", "--format", "text", "--out", "none/x"];
    let (code, _, said) = imgbench(directory.path(), &arguments);
    assert_eq!(code, 1);
    assert!(said.starts_with("error: none/x: cannot write: No such file"), "{said}");
}

#[test]
fn what_programs_do_not_read_is_said() {
    let mut experiment = sample::of_2010();
    experiment.runs[0].accel = "simulated".to_owned();
    experiment.runs.retain(|run| run.cell != "sparse-qcow2");
    let directory = beside(&experiment);
    let (code, _, said) = imgbench(directory.path(), &["report", "e", "--format", "hyperfine"]);
    assert_eq!(code, 0);
    assert!(said.starts_with("SIMULATED - not a measurement."), "{said}");
    assert!(said.contains("warning: Incomplete: 9 of 12 planned runs done."), "{said}");
    assert!(said.ends_with("\"sparse-qcow2\" is left out: it has no ok run.\n"), "{said}");
}

#[test]
fn what_cannot_be_exported_is_refused() {
    let directory = beside(&sample::of_2010());
    let arguments = ["report", "e", "--format", "github-action-benchmark-bigger"];
    let (code, printed, said) = imgbench(directory.path(), &arguments);
    assert_eq!((code, printed.as_str()), (2, ""));
    assert!(said.starts_with("error: github-action-benchmark-bigger: there is no cell to export"));
    let (code, _, said) = imgbench(directory.path(), &["report", "e", "--format", "xunit"]);
    assert_eq!(code, 2);
    assert!(
        said.contains("[possible values: text, html, markdown, json, csv, eml, hyperfine,"),
        "{said}"
    );
    let (code, _, said) = imgbench(directory.path(), &["report", "e", "--out", "x"]);
    assert_eq!(code, 2);
    assert!(said.contains("--format <FORMAT>"), "{said}");
}

#[test]
fn a_message_has_the_headers_and_the_text_that_were_asked_for() {
    let directory = beside(&sample::of_2010());
    fs::write(directory.path().join("t.txt"), "Hi,\n\n{headline}\n\nMatt\n").unwrap();
    let arguments = [
        "mail",
        "e",
        "--to",
        "libvir-list@example.org",
        "--to",
        "Q <q@example.org>",
        "--cc",
        "k@example.org",
        "--from",
        "Matthew Booth <m@example.org>",
        "--subject",
        "qcow2 metadata",
        "--in-reply-to",
        "20101007.1@example.org",
        "--template",
        "t.txt",
        "--out",
        "m.eml",
    ];
    let (code, printed, said) = imgbench(directory.path(), &arguments);
    assert_eq!((code, printed.as_str(), said.as_str()), (0, "", ""));
    let message = fs::read_to_string(directory.path().join("m.eml")).unwrap();
    for header in [
        "To: libvir-list@example.org, Q <q@example.org>\n",
        "Cc: k@example.org\n",
        "From: \"Matthew Booth\" <m@example.org>\n",
        "Subject: qcow2 metadata\n",
        "In-Reply-To: <20101007.1@example.org>\n",
        "Content-Disposition: attachment; filename=\"runs.csv\"\n",
        "\n\nHi,\n\nIn short: INCONCLUSIVE (n=3): sparse-qcow2 14.58 x sparse-raw.\n\nMatt\n",
    ] {
        assert!(message.contains(header), "{header}: {message}");
    }
    let (_, printed, _) = imgbench(directory.path(), &["mail", "e", "--to", "a@example.org"]);
    assert!(printed.contains("Subject: [imgbench] default: INCONCLUSIVE (n=3)"), "{printed}");
}

#[test]
fn what_is_no_address_subject_message_or_template_is_refused() {
    let directory = beside(&sample::of_2010());
    fs::write(directory.path().join("t.txt"), "Hi,\n{tabel}\n").unwrap();
    let to = ["mail", "e", "--to", "a@example.org"];
    let refused = |more: &[&str]| {
        let (code, printed, said) = imgbench(directory.path(), &[&to, more].concat());
        assert_eq!((code, printed.as_str()), (2, ""), "{more:?}");
        said.lines().next().unwrap().to_owned()
    };
    assert_eq!(
        refused(&["--cc", "nobody"]),
        "error: invalid value 'nobody' for '--cc <ADDRESS>': this is no address; write someone@example.org or 'A Name <someone@example.org>'"
    );
    assert!(refused(&["--subject", "a\rBcc: b@example.org"]).ends_with(r"has '\r' in it"));
    assert_eq!(
        refused(&["--in-reply-to", "yesterday"]),
        "error: invalid value 'yesterday' for '--in-reply-to <ID>': this is no Message-ID; it looks like <20101007.1234@example.org>"
    );
    assert!(refused(&["--template", "t.txt"]).starts_with(
        "error: t.txt: line 2: {tabel} is no placeholder; permitted are {question}, "
    ),);
    assert_eq!(
        refused(&["--template", "none.txt"]),
        "error: none.txt: the template cannot be read: No such file or directory (os error 2)"
    );
    let (code, _, said) = imgbench(directory.path(), &["mail", "e"]);
    assert!(code == 2 && said.contains("--to <ADDRESS>"), "{said}");
}
