//! Every format and preallocation, made by the real `qemu-img` on a real filesystem.

#![allow(clippy::unwrap_used)]

use std::{fs, path::Path, process::Command};

use image_prep::{Backing, Error, Fill, Format, Image, ImageSpec, Preallocation};

const SIZE: u64 = 32 << 20;

fn spec(format: Format, preallocation: Preallocation) -> ImageSpec {
    ImageSpec { preallocation, ..ImageSpec::new(format, SIZE) }
}

/// Where an image of the format may lie; on a disk, if it may.
fn directory(format: Format) -> tempfile::TempDir {
    tempfile::tempdir_in(format.directory().unwrap_or("/var/tmp")).unwrap()
}

/// These give each image a random name of its own.
const NAMED_AT_RANDOM: [Format; 5] =
    [Format::Vmdk, Format::Vdi, Format::Vhdx, Format::Vpc, Format::Luks];

/// Made, proved and checked, and the same as the printed command, run as printed, makes.
#[test]
fn each_permitted_image_is_made_proved_and_checked() {
    for format in Format::ALL {
        for &preallocation in format.preallocations() {
            let spec = spec(format, preallocation);
            let directory = directory(format);
            let path = directory.path().join("test.img");
            let image = Image::create(&spec, &path).unwrap();
            let info = image.prove().unwrap();
            assert!(info.contains(&format!("\"format\": \"{}\"", format.driver())), "{info}");
            image.check().unwrap();
            let facts = image.facts().unwrap();
            let most = spec.allocation(0);
            assert!(facts.allocated <= most, "{spec:?}: {facts:?} exceeds {most}");
            let full = matches!(preallocation, Preallocation::Falloc | Preallocation::Full);
            assert_eq!(facts.allocated >= SIZE, full, "{spec:?}: {facts:?}");

            // Making a key takes seconds.
            if !spec.qemu_objects().is_empty() && preallocation != Preallocation::Off {
                continue;
            }
            let ours = fs::read(&path).unwrap();
            image.remove().unwrap();
            let command = spec.command();
            run(&command, directory.path());
            image.prove().unwrap();
            let theirs = fs::read(&path).unwrap();
            assert_eq!(theirs.len(), ours.len(), "{command}");
            assert!(NAMED_AT_RANDOM.contains(&format) || theirs == ours, "{command}");
        }
    }
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

#[test]
fn a_format_is_written_as_it_is_named() {
    for format in Format::ALL {
        let written = serde_json::to_string(&format).unwrap();
        assert_eq!(written, format!("\"{}\"", format.as_str()));
        assert_eq!(serde_json::from_str::<Format>(&written).unwrap(), format);
    }
}

#[test]
fn an_image_in_memory_is_not_made_on_a_disk() {
    let directory = tempfile::tempdir_in("/var/tmp").unwrap();
    let path = directory.path().join("image");
    let error = Image::create(&ImageSpec::new(Format::Floor, SIZE), &path).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "{} is not in memory (tmpfs): give format 'floor' a directory that is, such as /dev/shm",
            directory.path().display()
        )
    );
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn descriptions_say_what_it_is() {
    let mut spec = ImageSpec::new(Format::Qcow2, SIZE);
    assert_eq!(spec.description(), "A sparse qcow2 file");
    spec.options.insert("cluster_size".to_owned(), "512".to_owned());
    spec.backing = Some(Backing { depth: 2, format: Format::Raw, filled: Fill::All });
    spec.fill = Fill::Bytes(1 << 20);
    assert_eq!(
        spec.description(),
        "A sparse qcow2 file, cluster_size=512, over 2 backing files (raw, full of data), \
         1M of data in it"
    );
    assert_eq!(
        spec.command(),
        "truncate --size 32M test.img.backing-1 && \
         head -c 33554432 /dev/urandom > test.img.backing-1.fill && \
         qemu-img convert -n --target-is-zero -f raw -O raw test.img.backing-1.fill test.img.backing-1 && \
         rm test.img.backing-1.fill && \
         qemu-img create -f qcow2 -o cluster_size=512 -b test.img.backing-1 -F raw test.img.backing-2 32M && \
         qemu-img create -f qcow2 -o cluster_size=512 -b test.img.backing-2 -F qcow2 test.img 32M && \
         head -c 1048576 /dev/urandom > test.img.fill && \
         qemu-img convert -n --target-is-zero -f raw -O qcow2 test.img.fill test.img && \
         rm test.img.fill"
    );
}
