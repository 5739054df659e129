//! Copying a raw file into a fresh image on the host, and comparing the two.
//!
//! Programs that are started here start others (`qemu-nbd` by `nbdcopy`); all of them are children
//! of the caller, who is to end them if it is ended.

use std::{path::Path, process::Command};

use crate::{Error, Image, qemu_img};

/// A copy to be made.
#[derive(Debug)]
pub struct Copy(Command);

impl Copy {
    /// The command line, for the record.
    pub fn command(&self) -> String {
        qemu_img::line(&self.0)
    }

    /// Makes the copy.
    ///
    /// # Errors
    /// The program is not there, or says why it failed.
    pub fn run(mut self) -> Result<(), Error> {
        qemu_img::finish(&mut self.0).map(drop)
    }
}

/// `qemu-img convert` of a raw file into an image that exists; `cache` is a mode of QEMU's (`none`).
///
/// A blank image is known to read as zeros. Otherwise qemu-img would make it zero first, and undo
/// its preallocation.
pub fn qemu_img(source: &Path, image: &Image, cache: &str) -> Copy {
    let mut command = Command::new("qemu-img");
    command.args(["convert", "-n"]);
    if is_blank(image) {
        command.arg("--target-is-zero");
    }
    command.args(["-f", "raw", "-t", cache]);
    let (source, target) = (source.to_string_lossy(), image.path().to_string_lossy());
    command.args(qemu_img::target(image.spec(), &source, &target));
    Copy(command)
}

/// `nbdcopy` of a raw file into an image that exists, behind `qemu-nbd`.
pub fn nbdcopy(source: &Path, image: &Image, cache: &str) -> Copy {
    let mut command = Command::new("nbdcopy");
    command.arg("--flush");
    if is_blank(image) {
        command.arg("--destination-is-zero");
    }
    if !image.spec().format.definition().allocates_at_once() {
        command.arg("--requests=1");
    }
    command.arg("--").arg(source).args(["[", "qemu-nbd"]).arg(format!("--cache={cache}"));
    let objects = image.spec().qemu_objects();
    if objects.is_empty() {
        command.args(["-f", image.spec().format.driver()]).arg(image.path());
    } else {
        for object in objects {
            command.args(["--object", &object]);
        }
        let path = image.path().to_string_lossy();
        command.args(["--image-opts", &qemu_img::node(image.spec(), &path, "")]);
    }
    command.arg("]");
    Copy(command)
}

/// Whether the image reads as the raw file does, up to the file's end, by `qemu-img compare`.
///
/// # Errors
/// `qemu-img` cannot read one of them.
pub fn compare(source: &Path, image: &Image) -> Result<bool, Error> {
    let length = std::fs::metadata(source).map_err(|error| Error::Io {
        what: "examining",
        path: source.to_owned(),
        source: error,
    })?;
    let mut command = Command::new("qemu-img");
    command.arg("compare");
    for object in image.spec().qemu_objects() {
        command.args(["--object", &object]);
    }
    let path = image.path().to_string_lossy();
    let raw = qemu_img::escaped(&source.to_string_lossy());
    command.arg("--image-opts").arg(format!("driver=raw,file.driver=file,file.filename={raw}"));
    command.arg(format!(
        "driver=raw,size={},{}",
        length.len().next_multiple_of(512),
        qemu_img::node(image.spec(), &path, "file.")
    ));
    let output = qemu_img::output(&mut command)?;
    match output.status.code() {
        Some(0) => Ok(true),
        Some(1) => Ok(false),
        _ => Err(qemu_img::failed(&command, &output)),
    }
}

/// Whether it reads as zeros: it is fresh, and nothing lies under it.
fn is_blank(image: &Image) -> bool {
    let spec = image.spec();
    spec.filled() == 0 && spec.backing.is_none() && spec.format.definition().reads_zero()
}
