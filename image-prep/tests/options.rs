//! Every option of every format, made by the real `qemu-img` and held against what it reports.

#![allow(clippy::unwrap_used)]

use std::{fs, path::Path, process::Command};

use image_prep::{Error, Format, Image, ImageSpec, Permitted, Preallocation};

const SIZE: u64 = 8 << 20;

fn spec(format: Format, preallocation: Preallocation, options: &[(&str, &str)]) -> ImageSpec {
    let mut spec = ImageSpec { preallocation, ..ImageSpec::new(format, SIZE) };
    for (name, value) in options {
        spec.options.insert((*name).to_owned(), (*value).to_owned());
    }
    spec
}

/// Every value of an option; of sizes the ends and one between.
fn values(permitted: Permitted) -> Vec<String> {
    let words = permitted.words();
    match permitted {
        Permitted::Sizes { .. } => {
            [0, words.len() / 2, words.len() - 1].map(|at| words[at].clone()).to_vec()
        }
        Permitted::Words(_) | Permitted::Switch => words,
    }
}

/// Sets the option, and what it needs.
fn with(format: Format, preallocation: Preallocation, name: &str, value: &str) -> ImageSpec {
    let mut spec = spec(format, preallocation, &[(name, value)]);
    if name == "data_file_raw" {
        spec.options.insert("data_file".to_owned(), "on".to_owned());
    }
    spec
}

#[test]
fn each_option_is_made_and_proved() {
    for format in Format::ALL {
        // Making a key takes seconds, and has nothing to do with allocation.
        let keyed = !ImageSpec::new(format, SIZE).qemu_objects().is_empty();
        let preallocations = format.preallocations();
        for &preallocation in if keyed { &preallocations[..1] } else { preallocations } {
            for option in format.options() {
                for value in values(option.permitted) {
                    made(&with(format, preallocation, option.name, &value));
                }
            }
        }
    }
}

fn made(spec: &ImageSpec) {
    let directory = tempfile::tempdir_in("/var/tmp").unwrap();
    let image = Image::create(spec, &directory.path().join("a,b.img")).unwrap();
    image.prove().unwrap();
    image.check().unwrap();
    let facts = image.facts().unwrap();
    assert!(facts.allocated <= spec.allocation(0), "{spec:?}: {facts:?} {}", spec.allocation(0));
    let mut found: Vec<_> =
        fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    let mut files = image.files();
    found.sort();
    files.sort();
    assert_eq!(found, files, "{spec:?}");
    image.remove().unwrap();
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn the_printed_command_gives_the_options() {
    let spec = spec(
        Format::Qcow2,
        Preallocation::Metadata,
        &[("data_file", "on"), ("extended_l2", "on"), ("cluster_size", "128K")],
    );
    assert_eq!(
        spec.command(),
        "qemu-img create -f qcow2 \
         -o cluster_size=128K,data_file=test.img.data,extended_l2=on,preallocation=metadata \
         test.img 8M"
    );
    let directory = tempfile::tempdir_in("/var/tmp").unwrap();
    let image = Image::create(&spec, &directory.path().join("test.img")).unwrap();
    let files = image.files();
    image.remove().unwrap();
    run(&spec.command(), directory.path());
    assert!(files.iter().all(|file| file.exists()), "{files:?}");
    let info = "qemu-img info test.img | grep -c -e 'data file: test.img.data' \
                -e 'cluster_size: 131072' -e 'extended l2: true' | grep -x 3";
    run(info, directory.path());
}

fn run(command: &str, directory: &Path) {
    let output = Command::new("sh").args(["-c", command]).current_dir(directory).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command}: {said}");
}

/// What qemu-img made at the path has other options than were asked for.
fn objection(asked: &ImageSpec, made: &str) -> String {
    let directory = tempfile::tempdir_in("/var/tmp").unwrap();
    let image = Image::create(asked, &directory.path().join("test.img")).unwrap();
    image.remove().unwrap();
    run(&made.replace("test.img", &image.path().to_string_lossy()), directory.path());
    match image.prove().unwrap_err() {
        Error::NotAsAsked { message, .. } => message,
        other => panic!("{other}"),
    }
}

#[test]
fn an_option_that_was_dropped_is_told() {
    let off = Preallocation::Off;
    for (format, option, value, made, told) in [
        (Format::Qcow2, "cluster_size", "4K", "qcow2", "it has 65536"),
        (Format::Qcow2, "compat", "0.10", "qcow2", "it has 1.1"),
        (Format::Qcow2, "lazy_refcounts", "on", "qcow2", "it has off"),
        (Format::Qcow2, "lazy_refcounts", "off", "qcow2 -o lazy_refcounts=on", "it has on"),
        (Format::Qcow2, "extended_l2", "on", "qcow2", "it has off"),
        (Format::Qcow2, "extended_l2", "on", "qcow2 -o compat=0.10", "it has nothing"),
        (Format::Qcow2, "refcount_bits", "64", "qcow2", "it has 16"),
        (Format::Qcow2, "compression_type", "zstd", "qcow2", "it has zlib"),
        (Format::Qcow2, "data_file", "on", "qcow2", "it has nothing"),
        (Format::Qed, "cluster_size", "4K", "qed", "it has 65536"),
        (Format::Vhdx, "block_size", "1M", "vhdx", "it has 8388608"),
        (Format::Vmdk, "subformat", "monolithicFlat", "vmdk", "it has monolithicSparse"),
    ] {
        let message = objection(
            &spec(format, off, &[(option, value)]),
            &format!("qemu-img create -f {made} test.img 8M"),
        );
        assert_eq!(message, format!("{option}={value} was asked for, {told}"));
    }
}

#[test]
fn what_qemu_img_does_not_report_the_file_tells() {
    for (format, value, made, told) in [
        ("vhdx", "fixed", "dynamic", "subformat=fixed does not make a file of 8388608 bytes"),
        ("vhdx", "dynamic", "fixed", "subformat=dynamic does not make a file of 16777216 bytes"),
        (
            "vpc",
            "fixed",
            "dynamic",
            "subformat=fixed should make files of at least 8388608 bytes, they have 2560",
        ),
        ("vpc", "dynamic", "fixed", "subformat=dynamic was asked for, but it has no blocks"),
    ] {
        let format: Format = serde_json::from_str(&format!("\"{format}\"")).unwrap();
        let asked = spec(format, Preallocation::Off, &[("subformat", value)]);
        let extra = if format == Format::Vpc { ",force_size=on" } else { "" };
        let made = format!(
            "qemu-img create -f {} -o subformat={made}{extra} test.img 8M",
            format.driver()
        );
        assert_eq!(objection(&asked, &made), told);
    }
}

#[test]
fn a_mapped_data_file_is_told_from_a_sparse_one() {
    let data = [("data_file", "on")];
    let create = "qemu-img create -f qcow2 -o data_file=test.img.data";
    assert_eq!(
        objection(
            &spec(Format::Qcow2, Preallocation::Metadata, &data),
            &format!("{create} test.img 8M")
        ),
        "preallocation=metadata should map 128 clusters, 0 are"
    );
    assert_eq!(
        objection(
            &spec(Format::Qcow2, Preallocation::Off, &data),
            &format!("{create},preallocation=metadata test.img 8M")
        ),
        "a sparse image was asked for, but 128 clusters are mapped"
    );
}

#[test]
fn another_size_is_told() {
    let asked = spec(Format::Vpc, Preallocation::Off, &[]);
    let message = objection(&asked, "qemu-img create -f vpc test.img 8M");
    assert_eq!(message, "virtual size 8390656 for 8388608");
}
