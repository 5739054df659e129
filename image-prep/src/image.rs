//! An image on disk.

use std::{
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use crate::{Error, ImageSpec, qemu_img};

/// An image that was made and is what its [`ImageSpec`] says.
#[derive(Debug)]
pub struct Image {
    spec: ImageSpec,
    path: PathBuf,
}

/// What the host says of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Length of the file, bytes.
    pub apparent: u64,
    /// Bytes allocated to it on the host (`st_blocks`, which counts units of 512 bytes).
    pub allocated: u64,
}

impl Image {
    /// Makes the image.
    ///
    /// # Errors
    /// The file exists, or the operating system or `qemu-img` refuses; nothing is left then that
    /// was not there before.
    pub fn create(spec: &ImageSpec, path: &Path) -> Result<Image, Error> {
        if fs::symlink_metadata(path).is_ok() {
            let source = io::Error::from(io::ErrorKind::AlreadyExists);
            return Err(Error::Io { what: "creating", path: path.to_owned(), source });
        }
        let image = Image { spec: spec.clone(), path: path.to_owned() };
        match spec.create(path) {
            Ok(()) => Ok(image),
            Err(error) => {
                // The first error is the one to tell; a file that was never made is no second.
                let _ = fs::remove_file(path);
                Err(error)
            }
        }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Length and allocation now.
    ///
    /// # Errors
    /// The file cannot be examined.
    pub fn facts(&self) -> Result<Facts, Error> {
        let found = fs::metadata(&self.path).map_err(|source| Error::Io {
            what: "examining",
            path: self.path.clone(),
            source,
        })?;
        Ok(Facts { apparent: found.len(), allocated: found.blocks() * 512 })
    }

    /// Holds a fresh image against what was asked for, and yields `qemu-img info`'s JSON.
    ///
    /// # Errors
    /// [`Error::NotAsAsked`] when format, size or preallocation differ.
    pub fn prove(&self) -> Result<String, Error> {
        let (info, json) = qemu_img::info(self.spec.format, &self.path)?;
        let format = self.spec.format.as_str();
        let objection = if info.format != format {
            Some(format!("format {} for {format}", info.format))
        } else if info.virtual_size != self.spec.size {
            Some(format!("virtual size {} for {}", info.virtual_size, self.spec.size))
        } else {
            self.spec.objection(&self.facts()?)
        };
        match objection {
            Some(message) => Err(Error::NotAsAsked { path: self.path.clone(), message }),
            None => Ok(json),
        }
    }

    /// `qemu-img check` after use; formats without a check pass.
    ///
    /// # Errors
    /// The image is corrupt or leaks clusters.
    pub fn check(&self) -> Result<(), Error> {
        match self.spec.format.has_check() {
            true => qemu_img::check(self.spec.format, &self.path),
            false => Ok(()),
        }
    }
}
