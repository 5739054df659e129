//! Paths of images that mean something to a shell, to QEMU or to a filesystem: had or refused, and
//! nothing beside the image is ever written or removed.

#![allow(clippy::unwrap_used)]

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    fs,
    os::unix::{ffi::OsStrExt, fs::symlink},
    path::{Path, PathBuf},
};

use image_prep::{Backing, Fill, Format, Image, ImageSpec, Preallocation, convert};

const SIZE: u64 = 8 << 20;

/// A raw image, one of QEMU's own format, one of two files, and one over another.
fn specs() -> [ImageSpec; 4] {
    let mut metadata = ImageSpec::new(Format::Qcow2, SIZE);
    metadata.preallocation = Preallocation::Metadata;
    let mut flat = ImageSpec::new(Format::Vmdk, SIZE);
    flat.options.insert("subformat".to_owned(), "monolithicFlat".to_owned());
    let backing = Some(Backing { depth: 2, format: Format::Qcow2, filled: Fill::None });
    let chain = ImageSpec { backing, ..ImageSpec::new(Format::Qcow2, SIZE) };
    [ImageSpec::new(Format::Raw, SIZE), metadata, flat, chain]
}

/// Everything under a directory: what it is, and what is in it.
fn everything(root: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        let kind = fs::symlink_metadata(&path).unwrap();
        let is = match (kind.is_dir(), kind.is_file()) {
            (true, _) => {
                found.extend(everything(&path));
                "a directory".to_owned()
            }
            (_, true) => format!("{:?}", fs::read(&path).unwrap()),
            _ => format!("{:?} {:?}", kind.file_type(), fs::read_link(&path).ok()),
        };
        found.insert(path, is);
    }
    found
}

/// A directory with things that are nobody's to touch, and one for images below it.
fn place() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir_in("/var/tmp").unwrap();
    let images = directory.path().join("images");
    fs::create_dir(&images).unwrap();
    for precious in ["precious", "images/precious", "images/\u{fffd}\u{fffd}.img"] {
        fs::write(directory.path().join(precious), "as it was").unwrap();
    }
    (directory, images)
}

#[test]
fn a_name_is_a_name_whatever_it_says() {
    let long = |length: usize| OsString::from("n".repeat(length));
    let names: Vec<OsString> = [
        "a,b.img",
        "a,file.filename=precious,b",
        "two\nlines",
        "\"quoted\" 'twice'",
        "-o",
        "--help",
        "$(touch pwned);`touch pwned`",
        "json:{\"driver\":\"raw\"}",
        "nbd:localhost:1",
        "fat:rw:precious",
        "100%s%d",
        "#1",
        " ",
        "..hidden",
        "\u{1b}[31m\u{7}",
    ]
    .map(OsString::from)
    .into_iter()
    .chain([long(240), long(255), long(256), OsStr::from_bytes(b"\xff\xfe.img").to_owned()])
    .collect();
    let (directory, images) = place();
    let before = everything(directory.path());
    let mut had = 0;
    for name in &names {
        for spec in specs() {
            let path = images.join(name);
            match Image::create(&spec, &path) {
                Err(error) => assert!(!error.to_string().is_empty()),
                Ok(image) => {
                    had += 1;
                    assert!(path.is_file(), "{name:?}: another file was made");
                    image.prove().unwrap_or_else(|error| panic!("{name:?}: {error}"));
                    image.check().unwrap();
                    image.remove().unwrap();
                }
            }
            assert_eq!(everything(directory.path()), before, "{name:?}, {:?}", spec.format);
        }
    }
    assert!(had >= 40, "only {had} of {} could be had", names.len() * 4);
}

#[test]
fn what_is_there_is_refused_and_stays() {
    let (directory, images) = place();
    let at = |name: &str| images.join(name);
    symlink(directory.path().join("precious"), at("link")).unwrap();
    symlink(directory.path().join("nowhere"), at("dangling")).unwrap();
    symlink("/dev/null", at("device")).unwrap();
    symlink(&images, at("loop")).unwrap();
    fs::create_dir(at("directory")).unwrap();
    nix::unistd::mkfifo(&at("pipe"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    let before = everything(directory.path());
    for name in ["link", "dangling", "device", "loop", "directory", "pipe", "precious"] {
        for spec in specs() {
            let error = Image::create(&spec, &at(name)).map(drop).unwrap_err().to_string();
            assert!(error.contains(name) && error.contains("exists"), "{error}");
            assert_eq!(everything(directory.path()), before, "{name}");
        }
    }
    for path in ["/dev/null", "/dev/full", "/", ".", "..", ""] {
        for spec in specs() {
            assert!(Image::create(&spec, Path::new(path)).is_err(), "{path:?}");
        }
    }
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
    assert_eq!(everything(directory.path()), before);
}

/// Bytes that change under an image after it was written: the comparison finds a single bit.
#[test]
fn a_bit_that_flips_under_an_image_is_found() {
    use std::os::unix::fs::FileExt;
    let directory = tempfile::tempdir_in("/var/tmp").unwrap();
    let source = directory.path().join("source");
    // No two sectors are alike, and none is zero.
    let data: Vec<u8> = (0..SIZE / 8).flat_map(|at| (at + 1).to_le_bytes()).collect();
    fs::write(&source, &data).unwrap();
    let sector = &data[5 << 20..(5 << 20) + 512];
    for (number, spec) in specs().into_iter().enumerate() {
        let image = Image::create(&spec, &directory.path().join(number.to_string())).unwrap();
        convert::qemu_img(&source, &image, "writeback").run().unwrap();
        assert!(convert::compare(&source, &image).unwrap());
        let found = image.files().into_iter().find_map(|file| {
            let bytes = fs::read(&file).unwrap();
            let at = bytes.chunks(512).position(|found| found == sector)? as u64 * 512;
            Some((file, at))
        });
        let (file, at) = found.unwrap();
        let file = fs::OpenOptions::new().write(true).open(file).unwrap();
        file.write_all_at(&[sector[0] ^ 1], at).unwrap();
        assert!(!convert::compare(&source, &image).unwrap(), "{:?}", spec.format);
        image.check().unwrap();
        image.remove().unwrap();
    }
}
