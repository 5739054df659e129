//! Filled images, chains, and copies, made by the real programs.

#![allow(clippy::unwrap_used)]

use std::{fs, os::unix::fs::MetadataExt, path::Path, process::Command};

use image_prep::{Backing, Fill, Format, Image, ImageSpec, Preallocation, convert};

const SIZE: u64 = 8 << 20;

fn directory(format: Format) -> tempfile::TempDir {
    tempfile::tempdir_in(format.directory().unwrap_or("/var/tmp")).unwrap()
}

fn filled(format: Format, fill: Fill) -> ImageSpec {
    ImageSpec { fill, ..ImageSpec::new(format, SIZE) }
}

/// A raw file that qemu-img has not written: a third data, a third hole, a third data.
fn source(directory: &Path) -> std::path::PathBuf {
    let path = directory.join("source");
    let data: Vec<u8> = (0..SIZE as u32 / 4 * 3 / 4)
        .flat_map(|n| n.wrapping_mul(0x9e37_79b9).to_le_bytes())
        .collect();
    let third = data.len() / 3;
    let mut file = data;
    file[third..2 * third].fill(0);
    fs::write(&path, file).unwrap();
    path
}

#[test]
fn every_format_is_filled_with_the_same_data() {
    let base = directory(Format::Raw);
    let raw = Image::create(&filled(Format::Raw, Fill::All), &base.path().join("raw")).unwrap();
    raw.prove().unwrap();
    let data = fs::read(raw.path()).unwrap();
    assert_eq!(data.len() as u64, SIZE);
    assert!(data.chunks(4096).all(|block| block.iter().any(|&byte| byte != 0)));
    for format in Format::ALL {
        let directory = directory(format);
        let spec = filled(format, Fill::All);
        let image = Image::create(&spec, &directory.path().join("image")).unwrap();
        image.prove().unwrap();
        image.check().unwrap();
        assert!(convert::compare(raw.path(), &image).unwrap(), "{format:?}");
        let facts = image.facts().unwrap();
        assert!(facts.allocated >= SIZE, "{format:?}: {facts:?}");
        assert!(facts.allocated <= spec.allocation(0), "{format:?}: {facts:?}");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), image.files().len());
    }
}

#[test]
fn a_part_is_filled_and_the_rest_is_as_it_was() {
    for (format, preallocation) in [
        (Format::Raw, Preallocation::Off),
        (Format::Raw, Preallocation::Falloc),
        (Format::Qcow2, Preallocation::Off),
        (Format::Qcow2, Preallocation::Metadata),
        (Format::Qcow2, Preallocation::Falloc),
        (Format::Qed, Preallocation::Off),
    ] {
        let directory = directory(format);
        let spec = ImageSpec { preallocation, ..filled(format, Fill::Bytes(SIZE / 2)) };
        let image = Image::create(&spec, &directory.path().join("image")).unwrap();
        image.prove().unwrap();
        let allocated = image.facts().unwrap().allocated;
        let all = preallocation == Preallocation::Falloc;
        assert_eq!(allocated >= SIZE, all, "{format:?} {preallocation:?}: {allocated}");
    }
}

#[test]
fn an_unfilled_image_is_not_taken_for_a_filled_one() {
    let directory = directory(Format::Raw);
    let path = directory.path().join("image");
    let image = Image::create(&filled(Format::Qcow2, Fill::All), &path).unwrap();
    image.remove().unwrap();
    Image::create(&ImageSpec::new(Format::Qcow2, SIZE), &path).unwrap();
    let error = image.prove().unwrap_err().to_string();
    assert!(error.contains("8388608 bytes of data should be in it, 200704 are"), "{error}");
}

#[test]
fn chains_show_the_data_of_their_base() {
    for format in Format::ALL {
        for &base in format.bases() {
            for depth in [1, 3] {
                let directory = directory(format);
                let backing = Some(Backing { depth, format: base, filled: Fill::All });
                let spec = ImageSpec { backing, ..ImageSpec::new(format, SIZE) };
                let image = Image::create(&spec, &directory.path().join("image")).unwrap();
                let info = image.prove().unwrap();
                assert!(info.matches("\"virtual-size\"").count() > depth as usize, "{info}");
                image.check().unwrap();
                let same = Command::new("qemu-img")
                    .args(["compare", "-f", base.driver(), "-F", format.driver()])
                    .args([directory.path().join("image.backing-1").as_path(), image.path()])
                    .status()
                    .unwrap();
                assert!(same.success(), "{spec:?}");
                let facts = image.facts().unwrap();
                assert!(facts.allocated < SIZE, "{spec:?}: {facts:?}");
                assert!(facts.backing_allocated >= SIZE, "{spec:?}: {facts:?}");
                let sum = facts.allocated + facts.backing_allocated;
                assert!(sum <= spec.allocation(0), "{spec:?}: {facts:?} {}", spec.allocation(0));
                assert_eq!(image.files().len(), depth as usize + 1);
                image.remove().unwrap();
                assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
            }
        }
    }
}

#[test]
fn an_image_on_a_base_has_data_of_its_own() {
    let directory = directory(Format::Qcow2);
    let backing = Some(Backing { depth: 1, format: Format::Raw, filled: Fill::All });
    let mut spec = ImageSpec { backing, ..filled(Format::Qcow2, Fill::Bytes(SIZE / 2)) };
    spec.options.insert("extended_l2".to_owned(), "on".to_owned());
    let image = Image::create(&spec, &directory.path().join("image")).unwrap();
    image.prove().unwrap();
    let base = fs::read(directory.path().join("image.backing-1")).unwrap();
    run(Command::new("qemu-img")
        .args(["convert", "-O", "raw"])
        .arg(image.path())
        .arg(directory.path().join("read")));
    let read = fs::read(directory.path().join("read")).unwrap();
    let half = base.len() / 2;
    assert!(read[..half] != base[..half]);
    assert!(read[half..] == base[half..]);
    let own = filled(Format::Raw, Fill::Bytes(SIZE / 2));
    let own = Image::create(&own, &directory.path().join("own")).unwrap();
    assert!(fs::read(own.path()).unwrap()[..half] == read[..half]);
}

#[test]
fn a_shorter_chain_is_told() {
    let directory = directory(Format::Qcow2);
    let path = directory.path().join("image");
    let on = |depth| ImageSpec {
        backing: Some(Backing { depth, format: Format::Raw, filled: Fill::None }),
        ..ImageSpec::new(Format::Qcow2, SIZE)
    };
    let image = Image::create(&on(2), &path).unwrap();
    image.remove().unwrap();
    Image::create(&on(1), &path).unwrap();
    let error = image.prove().unwrap_err().to_string();
    assert!(error.ends_with("image is not what was asked for: 1 backing files for 2"), "{error}");
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn both_programs_copy_into_every_format() {
    for format in Format::ALL {
        let directory = directory(format);
        let source = source(directory.path());
        for (name, copy) in [
            ("qemu-img", convert::qemu_img as fn(&Path, &Image, &str) -> convert::Copy),
            ("nbdcopy", convert::nbdcopy),
        ] {
            let spec = ImageSpec::new(format, SIZE);
            let image = Image::create(&spec, &directory.path().join(name)).unwrap();
            assert!(!convert::compare(&source, &image).unwrap(), "{format:?}");
            let copy = copy(&source, &image, "writeback");
            let command = copy.command();
            assert!(command.starts_with(&format!("{name} ")), "{command}");
            copy.run().unwrap();
            image.check().unwrap();
            assert!(convert::compare(&source, &image).unwrap(), "{command}");
        }
    }
}

#[test]
fn a_copy_keeps_what_was_preallocated() {
    for format in [Format::Raw, Format::Qcow2] {
        let directory = directory(format);
        let source = source(directory.path());
        for (name, copy) in [
            ("one", convert::qemu_img as fn(&Path, &Image, &str) -> convert::Copy),
            ("two", convert::nbdcopy),
        ] {
            let preallocation = Preallocation::Falloc;
            let spec = ImageSpec { preallocation, ..ImageSpec::new(format, SIZE) };
            let image = Image::create(&spec, &directory.path().join(name)).unwrap();
            copy(&source, &image, "none").run().unwrap();
            image.prove().unwrap();
            assert!(convert::compare(&source, &image).unwrap());
        }
    }
}

#[test]
fn a_copy_over_data_is_complete() {
    for format in [Format::Raw, Format::Qcow2] {
        let directory = directory(format);
        let source = source(directory.path());
        for (name, copy) in [
            ("one", convert::qemu_img as fn(&Path, &Image, &str) -> convert::Copy),
            ("two", convert::nbdcopy),
        ] {
            let image =
                Image::create(&filled(format, Fill::All), &directory.path().join(name)).unwrap();
            copy(&source, &image, "writeback").run().unwrap();
            assert!(convert::compare(&source, &image).unwrap(), "{format:?} {name}");
        }
    }
}

#[test]
fn command_lines_of_copies() {
    let directory = directory(Format::Raw);
    let at = |name: &str| directory.path().join(name);
    let image = Image::create(&ImageSpec::new(Format::Qed, SIZE), &at("image")).unwrap();
    let told = |text: String| text.replace(&*directory.path().to_string_lossy(), "D");
    assert_eq!(
        told(convert::qemu_img(&at("source"), &image, "none").command()),
        "qemu-img convert -n --target-is-zero -f raw -t none -O qed D/source D/image"
    );
    assert_eq!(
        told(convert::nbdcopy(&at("source"), &image, "none").command()),
        "nbdcopy --flush --destination-is-zero -- D/source [ qemu-nbd --cache=none -f qed D/image ]"
    );
    let vdi = Image::create(&ImageSpec::new(Format::Vdi, SIZE), &at("vdi")).unwrap();
    assert_eq!(
        told(convert::nbdcopy(&at("source"), &vdi, "none").command()),
        "nbdcopy --flush --destination-is-zero --requests=1 -- D/source [ qemu-nbd --cache=none -f vdi D/vdi ]"
    );
    let error = convert::qemu_img(&at("source"), &image, "none").run().unwrap_err().to_string();
    assert!(error.contains("Could not open"), "{error}");
    let error = convert::compare(&at("source"), &image).unwrap_err().to_string();
    assert!(told(error).starts_with("examining D/source: No such file"));
}

/// The bound holds, and is not the whole disk, whatever was written.
#[test]
fn an_image_takes_no_more_than_was_said() {
    for format in Format::ALL {
        let keyed = !ImageSpec::new(format, SIZE).qemu_objects().is_empty();
        for size in if keyed { &[1u64 << 30][..] } else { &[64 << 20, 1 << 30, 12 << 30] } {
            let directory = directory(format);
            let spec = ImageSpec::new(format, *size);
            let image = Image::create(&spec, &directory.path().join("image")).unwrap();
            for (offset, length) in
                [(0, 1 << 20), (24 << 20, 16 << 20), (size - (3 << 20), 3 << 20)]
            {
                write(&image, offset, length);
            }
            let allocated = fs::metadata(image.path()).unwrap().blocks() * 512;
            assert_eq!(allocated, image.facts().unwrap().allocated);
            let most = spec.allocation(20 << 20);
            assert!(allocated <= most, "{format:?} {size}: {allocated} > {most}");
            assert!(most < allocated + (170 << 20), "{format:?} {size}: {allocated} << {most}");
        }
    }
}

#[test]
fn small_clusters_take_no_more_than_was_said() {
    for options in [
        &[("cluster_size", "512")][..],
        &[("cluster_size", "2M")],
        &[("extended_l2", "on"), ("refcount_bits", "64")],
        &[("cluster_size", "512"), ("refcount_bits", "1")],
    ] {
        let directory = directory(Format::Qcow2);
        let mut spec = ImageSpec::new(Format::Qcow2, 64 << 20);
        for (name, value) in options {
            spec.options.insert((*name).to_owned(), (*value).to_owned());
        }
        let image = Image::create(&spec, &directory.path().join("image")).unwrap();
        write(&image, (1 << 20) + 512, 16 << 20);
        let allocated = image.facts().unwrap().allocated;
        let most = spec.allocation(16 << 20);
        assert!(allocated <= most, "{options:?}: {allocated} > {most}");
    }
}

#[test]
fn a_large_sparse_image_needs_little() {
    for format in Format::ALL {
        let most = ImageSpec::new(format, 100 << 30).allocation(0);
        assert!(most < 200 << 20, "{format:?}: {most}");
    }
    assert!(ImageSpec::new(Format::Qcow2, 100 << 30).allocation(0) < 100 << 20);
}

/// As a guest's QEMU would, with the objects and drive options that it would be given.
fn write(image: &Image, offset: u64, length: u64) {
    let spec = image.spec();
    let mut node = format!("driver={},file.driver=file", spec.format.driver());
    for (option, value) in spec.drive_options() {
        node.push_str(&format!(",{option}={value}"));
    }
    node.push_str(&format!(",file.filename={}", image.path().display()));
    let mut command = Command::new("qemu-io");
    for object in spec.qemu_objects() {
        command.args(["--object", &object]);
    }
    let write = format!("write -P 0x5a {offset} {length}");
    run(command.args(["-c", &write, "--image-opts", &node]));
}
