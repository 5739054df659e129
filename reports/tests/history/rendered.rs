//! What `history list` and `history show` print.

use reports::history::{Filter, Format, History, Kind, NewAnnotation, annotations, nights, series};

use super::experiments::{night, write};

fn two_nights(directory: &std::path::Path) -> History {
    let mut history = write(directory.join("history.db").to_str().unwrap());
    let mut second = night(2);
    second.manifest.provenance.qemu = "QEMU emulator version 9.0.0 (Debian)".to_owned();
    second.manifest.provenance.filesystem = "xfs".to_owned();
    history.import(&night(1)).unwrap();
    history.import(&second).unwrap();
    let new = NewAnnotation {
        night: "2026-11-02".to_owned(),
        cell: "sparse-*".to_owned(),
        kind: Kind::Exclude,
        reason: "the disk was\nbeing rebuilt".to_owned(),
        author: "Jane Doe".to_owned(),
    };
    history.annotate(&new).unwrap();
    history
}

#[test]
fn nights_for_people() {
    let directory = tempfile::tempdir().unwrap();
    let mut history = two_nights(directory.path());
    let all = history.nights(&Filter::default()).unwrap();
    let said = annotations(&history.annotations().unwrap());
    insta::assert_snapshot!(nights(&all, Format::Text) + &said);
    assert_eq!(nights(&[], Format::Text), "No experiment here is what was asked for.\n");
}

#[test]
fn nights_for_programs() {
    let directory = tempfile::tempdir().unwrap();
    let all = two_nights(directory.path()).nights(&Filter::default()).unwrap();
    insta::assert_snapshot!(nights(&all, Format::Csv));
    let objects: serde_json::Value = serde_json::from_str(&nights(&all, Format::Json)).unwrap();
    assert_eq!(objects[1]["qemu"], "QEMU emulator version 9.0.0 (Debian)");
    assert_eq!(objects[1]["ok"], 12);
    assert_eq!(nights(&[], Format::Json), "[]\n");
}

#[test]
fn series_for_people() {
    let directory = tempfile::tempdir().unwrap();
    let all = two_nights(directory.path()).series(&Filter::default()).unwrap();
    insta::assert_snapshot!(series(&all, Format::Text));
    assert_eq!(series(&[], Format::Text), "No cell here is what was asked for.\n");
}

#[test]
fn series_for_programs() {
    let directory = tempfile::tempdir().unwrap();
    let all = two_nights(directory.path()).series(&Filter::default()).unwrap();
    let rendered = series(&all, Format::Csv);
    let header = "cell,metric,unit,worse,config,environment,experiment,started,n,median,\
                  control_median,excluded,epoch,qemu,host_kernel,guest_kernel,revision\n";
    assert!(rendered.starts_with(header), "{rendered}");
    let objects: serde_json::Value = serde_json::from_str(&series(&all, Format::Json)).unwrap();
    assert_eq!(objects.as_array().unwrap().len(), 4);
    let excluded = objects.as_array().unwrap().iter().find(|point| !point["excluded"].is_null());
    let excluded = excluded.unwrap();
    assert_eq!(excluded["cell"], "sparse-qcow2");
    assert_eq!(excluded["excluded"], "the disk was\nbeing rebuilt");
    assert_eq!(excluded["worse"], "higher");
}
