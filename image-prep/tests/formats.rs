//! Every format and preallocation, made by the real `qemu-img` on a real filesystem.

#![allow(clippy::unwrap_used)]

use std::{fs, path::Path, process::Command};

use image_prep::{Error, Format, Image, ImageSpec, Preallocation};

const SIZE: u64 = 32 << 20;

fn spec(format: Format, preallocation: Preallocation) -> ImageSpec {
    ImageSpec { preallocation, ..ImageSpec::new(format, SIZE) }
}

/// Where an image of the format may lie; on a disk, if it may.
fn directory(format: Format) -> tempfile::TempDir {
    tempfile::tempdir_in(format.directory().unwrap_or("/var/tmp")).unwrap()
}

#[test]
fn each_permitted_image_is_made_proved_and_checked() {
    for format in Format::ALL {
        let directory = directory(format);
        for &preallocation in format.preallocations() {
            let spec = spec(format, preallocation);
            let path = directory.path().join(format!("{format:?}-{preallocation:?}"));
            let image = Image::create(&spec, &path).unwrap();
            let info = image.prove().unwrap();
            assert!(info.contains(&format!("\"format\": \"{}\"", format.driver())), "{info}");
            image.check().unwrap();
            let facts = image.facts().unwrap();
            let most = spec.allocation(0);
            assert!(facts.allocated <= most, "{spec:?}: {facts:?} exceeds {most}");
            let full = matches!(preallocation, Preallocation::Falloc | Preallocation::Full);
            assert_eq!(facts.allocated >= SIZE, full, "{spec:?}: {facts:?}");
        }
    }
}

/// The printed command, run as printed, must make the same image as the library does.
#[test]
fn the_printed_command_makes_the_same_image() {
    for format in Format::ALL {
        for &preallocation in format.preallocations() {
            same_as_printed(&spec(format, preallocation));
        }
    }
}

fn same_as_printed(spec: &ImageSpec) {
    let directory = directory(spec.format);
    let image = Image::create(spec, &directory.path().join("test.img")).unwrap();
    let ours = image.facts().unwrap();
    let bytes = fs::read(image.path()).unwrap();
    image.remove().unwrap();
    // Some formats give each image a random name of its own.
    let image = Image::create(spec, image.path()).unwrap();
    let steady = fs::read(image.path()).unwrap() == bytes;
    image.remove().unwrap();
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0, "{spec:?}");

    let command = spec.command();
    run(&command, directory.path());
    image.prove().unwrap();
    assert_eq!(image.facts().unwrap().apparent, ours.apparent, "{command}");
    assert!(!steady || fs::read(image.path()).unwrap() == bytes, "{command}");
    image.remove().unwrap();
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0, "{command}");
}

fn run(command: &str, directory: &Path) {
    let output = Command::new("sh").args(["-c", command]).current_dir(directory).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command}: {said}");
}

#[test]
fn a_file_that_exists_is_never_overwritten() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("precious");
    fs::write(&path, "data").unwrap();
    for format in Format::ALL {
        for &preallocation in format.preallocations() {
            let error = Image::create(&spec(format, preallocation), &path).unwrap_err();
            assert!(matches!(error, Error::Io { what: "creating", .. }), "{error}");
        }
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), "data");
}

#[test]
fn an_image_of_another_preallocation_is_not_taken_for_the_one_asked_for() {
    let directory = tempfile::tempdir_in("/var/tmp").unwrap();
    for (format, made, asked) in [
        (Format::Raw, Preallocation::Off, Preallocation::Falloc),
        (Format::Raw, Preallocation::Falloc, Preallocation::Off),
        (Format::Qcow2, Preallocation::Off, Preallocation::Metadata),
        (Format::Qcow2, Preallocation::Metadata, Preallocation::Off),
        (Format::Qcow2, Preallocation::Metadata, Preallocation::Full),
    ] {
        let path = directory.path().join("image");
        Image::create(&spec(format, made), &path).unwrap();
        let kept = directory.path().join("kept");
        fs::rename(&path, &kept).unwrap();
        let image = Image::create(&spec(format, asked), &path).unwrap();
        fs::rename(&kept, &path).unwrap();
        let error = image.prove().unwrap_err();
        assert!(matches!(error, Error::NotAsAsked { .. }), "{format:?} {made:?}: {error}");
        fs::remove_file(&path).unwrap();
    }
}

#[test]
fn a_corrupt_image_fails_the_check() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("image");
    let image = Image::create(&spec(Format::Qcow2, Preallocation::Metadata), &path).unwrap();
    let mut bytes = fs::read(&path).unwrap();
    // The refcount table's first entry: the block that counts every cluster's users.
    let table = u64::from_be_bytes(bytes[48..56].try_into().unwrap()) as usize;
    bytes[table..table + 8].fill(0);
    fs::write(&path, bytes).unwrap();
    let error = image.check().unwrap_err();
    assert!(matches!(error, Error::QemuImg { .. }), "{error}");
}

#[test]
fn what_cannot_be_made_leaves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("image");
    let spec = ImageSpec { size: 1 << 62, ..spec(Format::Raw, Preallocation::Falloc) };
    let error = Image::create(&spec, &path).unwrap_err().to_string();
    assert!(error.starts_with("preallocating "), "{error}");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}
