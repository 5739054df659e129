//! What cannot be had, and what is said of it.

#![allow(clippy::unwrap_used)]

use std::fs;

use image_prep::{Backing, Error, Fill, Format, Image, ImageSpec, Preallocation, SpecError};

const SIZE: u64 = 8 << 20;

fn spec(format: Format, options: &[(&str, &str)]) -> ImageSpec {
    let mut spec = ImageSpec::new(format, SIZE);
    for (name, value) in options {
        spec.options.insert((*name).to_owned(), (*value).to_owned());
    }
    spec
}

fn over(format: Format, base: Format, depth: u32, options: &[(&str, &str)]) -> ImageSpec {
    let backing = Some(Backing { depth, format: base, filled: Fill::None });
    ImageSpec { backing, ..spec(format, options) }
}

/// Refused before anything is made, as it is by `check`.
fn refused(spec: &ImageSpec) -> SpecError {
    let error = spec.check().unwrap_err();
    let directory = tempfile::tempdir_in(spec.format.directory().unwrap_or("/var/tmp")).unwrap();
    match Image::create(spec, &directory.path().join("image")).unwrap_err() {
        Error::Spec(same) => assert_eq!(same, error),
        other => panic!("{other}"),
    }
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    error
}

fn says(spec: &ImageSpec, key: &str, message: &str, help: &str) {
    let error = refused(spec);
    assert_eq!((error.key(), &*error.to_string(), &*error.help()), (key, message, help));
}

#[test]
fn an_option_that_is_not_permitted_is_refused_with_what_is() {
    says(
        &spec(Format::Qcow2, &[("cluster_sise", "64K")]),
        "cluster_sise",
        "qcow2 has no option 'cluster_sise'",
        "permitted: cluster_size, compat, lazy_refcounts, extended_l2, refcount_bits, \
         compression_type, data_file, data_file_raw",
    );
    says(
        &spec(Format::Raw, &[("cluster_size", "64K")]),
        "cluster_size",
        "raw has no option 'cluster_size'",
        "leave it out",
    );
    for value in ["256", "4M", "3K", "64 K", ""] {
        says(
            &spec(Format::Qcow2, &[("cluster_size", value)]),
            "cluster_size",
            &format!("cluster_size = \"{value}\" is not permitted"),
            "permitted: 512, 1K, 2K, 4K, 8K, 16K, 32K, 64K, 128K, 256K, 512K, 1M, 2M",
        );
    }
    says(
        &spec(Format::Qcow2, &[("lazy_refcounts", "true")]),
        "lazy_refcounts",
        "lazy_refcounts = \"true\" is not permitted",
        "permitted: on, off",
    );
    says(
        &spec(Format::Vmdk, &[("subformat", "streamOptimized")]),
        "subformat",
        "subformat = \"streamOptimized\" is not permitted",
        "permitted: monolithicSparse, monolithicFlat, twoGbMaxExtentSparse, twoGbMaxExtentFlat",
    );
}

#[test]
fn options_that_need_others_say_so() {
    for (option, value) in [
        ("lazy_refcounts", "on"),
        ("extended_l2", "on"),
        ("refcount_bits", "8"),
        ("compression_type", "zstd"),
        ("data_file", "on"),
    ] {
        says(
            &spec(Format::Qcow2, &[("compat", "0.10"), (option, value)]),
            option,
            &format!("{option} needs compat = \"1.1\""),
            "leave compat out, or set it to \"1.1\"",
        );
    }
    says(
        &spec(Format::Qcow2, &[("extended_l2", "on"), ("cluster_size", "8K")]),
        "extended_l2",
        "extended_l2 needs clusters of 16K or more",
        "set cluster_size to at least \"16K\", or leave it out",
    );
    says(
        &spec(Format::Qcow2, &[("data_file_raw", "on")]),
        "data_file_raw",
        "data_file_raw needs data_file",
        "set data_file to \"on\"",
    );
}

#[test]
fn harmless_values_do_go_together() {
    for options in [
        &[("compat", "0.10"), ("lazy_refcounts", "off"), ("refcount_bits", "16")][..],
        &[("extended_l2", "on"), ("cluster_size", "16K")],
        &[("extended_l2", "off"), ("cluster_size", "512")],
        &[("compat", "1.1"), ("compression_type", "zstd")],
    ] {
        assert_eq!(spec(Format::Qcow2, options).check(), Ok(()));
    }
}

#[test]
fn what_cannot_lie_on_a_backing_file_says_so() {
    says(
        &over(Format::Vdi, Format::Raw, 1, &[]),
        "backing",
        "vdi has no backing files",
        "formats with backing files: qcow2, qed, vmdk",
    );
    says(
        &over(Format::Vmdk, Format::Raw, 1, &[]),
        "backing",
        "vmdk cannot lie on raw",
        "permitted: vmdk",
    );
    for depth in [0, 65] {
        says(
            &over(Format::Qcow2, Format::Raw, depth, &[]),
            "backing",
            &format!("a chain of {depth} backing files cannot be made"),
            "permitted: 1 to 64",
        );
    }
    says(
        &over(Format::Vmdk, Format::Vmdk, 1, &[("subformat", "monolithicFlat")]),
        "subformat",
        "a flat vmdk cannot have a backing file",
        "set subformat to \"monolithicSparse\" or \"twoGbMaxExtentSparse\"",
    );
    let preallocation = Preallocation::Metadata;
    says(
        &ImageSpec { preallocation, ..over(Format::Qcow2, Format::Raw, 1, &[]) },
        "preallocation",
        "preallocation with a backing file needs extended_l2",
        "set extended_l2 to \"on\", or preallocation to \"off\"",
    );
    says(
        &over(Format::Qcow2, Format::Raw, 1, &[("data_file", "on"), ("data_file_raw", "on")]),
        "data_file_raw",
        "data_file_raw cannot be had with a backing file",
        "leave one of the two out",
    );
}

#[test]
fn sizes_contents_and_preallocations_that_cannot_be_say_so() {
    for size in [0, 513, 1 << 63] {
        says(
            &ImageSpec::new(Format::Raw, size),
            "size",
            &format!("size = {size} is not a disk's"),
            "permitted: a multiple of 512 bytes, more than 0 and less than 8388608T",
        );
    }
    for bytes in [0, 100, SIZE + 512] {
        says(
            &ImageSpec { fill: Fill::Bytes(bytes), ..ImageSpec::new(Format::Raw, SIZE) },
            "fill",
            &format!("{bytes} bytes cannot fill a disk of 8388608"),
            "permitted: a multiple of 512 bytes, more than 0 and at most the size",
        );
    }
    says(
        &ImageSpec { preallocation: Preallocation::Metadata, ..spec(Format::Raw, &[]) },
        "preallocation",
        "raw has no preallocation 'metadata'",
        "permitted: off, falloc, full",
    );
    says(
        &ImageSpec::new(Format::Vpc, 3 << 40),
        "size",
        "vpc holds at most 2040G",
        "give it a smaller disk, or take vhdx",
    );
    says(
        &ImageSpec { size: 32 << 30, ..spec(Format::Qed, &[("cluster_size", "4K")]) },
        "size",
        "qed with clusters of 4096 bytes holds at most 17179869184 bytes",
        "give it larger clusters, or a smaller disk",
    );
}

#[test]
fn a_refused_chain_leaves_nothing() {
    let directory = tempfile::tempdir_in("/var/tmp").unwrap();
    let path = directory.path().join("image");
    for file in ["image.backing-2", "image.fill"] {
        let precious = directory.path().join(file);
        fs::write(&precious, "data").unwrap();
        let spec = ImageSpec { fill: Fill::All, ..over(Format::Qcow2, Format::Raw, 2, &[]) };
        let error = Image::create(&spec, &path).unwrap_err();
        assert!(matches!(error, Error::Io { what: "creating", .. }), "{error}");
        assert_eq!(fs::read_to_string(&precious).unwrap(), "data");
        fs::remove_file(&precious).unwrap();
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    }
    // The base is made, but the file that would fill it has a name that is too long.
    let path = directory.path().join("n".repeat(255 - ".backing-1".len()));
    let mut spec = over(Format::Qcow2, Format::Raw, 1, &[]);
    spec.backing.as_mut().unwrap().filled = Fill::All;
    let error = Image::create(&spec, &path).unwrap_err().to_string();
    assert!(error.ends_with(".backing-1.fill: File name too long (os error 36)"), "{error}");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}
