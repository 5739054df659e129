//! An image on disk.

use std::{
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use crate::{Error, ImageSpec, created, fill, format::Fresh, qemu_img};

/// An image that was made and is what its [`ImageSpec`] says.
#[derive(Debug)]
pub struct Image {
    spec: ImageSpec,
    path: PathBuf,
}

/// What the host says of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Length of the image's own files, bytes.
    pub apparent: u64,
    /// Bytes allocated to them on the host (`st_blocks`, which counts units of 512 bytes).
    pub allocated: u64,
    /// Bytes allocated to what lies under the image.
    pub backing_allocated: u64,
}

impl Image {
    /// Makes the image, what lies under it, and their contents.
    ///
    /// # Errors
    /// The image cannot be had, one of its files exists, or the operating system or `qemu-img`
    /// refuses; nothing is left then that was not there before.
    pub fn create(spec: &ImageSpec, path: &Path) -> Result<Image, Error> {
        spec.check()?;
        let path = std::path::absolute(path).map_err(io_error("examining", path))?;
        // Names stand in quotation marks in the text of vmdk, where a line more is an extent more.
        let name = path.file_name().and_then(|name| name.to_str());
        if name.is_none_or(|name| name.chars().any(|of| of == '"' || of.is_control())) {
            let why = "an image's name is UTF-8, without quotation marks and control characters";
            let refused = io::Error::new(io::ErrorKind::InvalidInput, why);
            return Err(io_error("creating", &path)(refused));
        }
        let image = Image { spec: spec.clone(), path };
        for file in image.files().into_iter().chain(image.fill_files()) {
            if fs::symlink_metadata(&file).is_ok() {
                let exists = io::Error::from(io::ErrorKind::AlreadyExists);
                return Err(io_error("creating", &file)(exists));
            }
        }
        match image.make() {
            Ok(()) => Ok(image),
            Err(error) => {
                // The first error is the one to tell; a file that was never made is no second.
                let _ = image.remove();
                Err(error)
            }
        }
    }

    fn make(&self) -> Result<(), Error> {
        for (stream, layer) in self.layers() {
            let under = layer.under.as_ref().map(|(name, format)| (name.as_str(), *format));
            let path = self.path.with_file_name(&layer.name);
            layer.spec.format.definition().create(&layer.spec, &path, under)?;
            fill::fill(&layer.spec, &path, stream)?;
        }
        Ok(())
    }

    /// The files of the chain, each with the stream of random numbers that fills it.
    fn layers(&self) -> impl Iterator<Item = (u64, created::Layer)> + use<> {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        let layers = created::layers(&self.spec, &name);
        let count = layers.len();
        layers.into_iter().enumerate().map(move |(index, layer)| {
            let stream = if index + 1 == count { 0 } else { 1 };
            (stream, layer)
        })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What was asked for.
    pub fn spec(&self) -> &ImageSpec {
        &self.spec
    }

    /// Every file that belongs to it: the image, its extents or data file, and what lies under it.
    pub fn files(&self) -> Vec<PathBuf> {
        let mut files = self.own_files();
        files.extend(self.backing_files());
        files
    }

    fn own_files(&self) -> Vec<PathBuf> {
        self.spec.format.definition().files(&self.spec, &self.path)
    }

    fn backing_files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        for (_, layer) in self.layers().filter(|(_, layer)| !self.is_top(layer)) {
            let path = self.path.with_file_name(&layer.name);
            files.extend(layer.spec.format.definition().files(&layer.spec, &path));
        }
        files
    }

    fn fill_files(&self) -> Vec<PathBuf> {
        let filled = self.layers().filter(|(_, layer)| layer.spec.filled() > 0);
        filled.map(|(_, layer)| beside(&self.path.with_file_name(layer.name), "fill")).collect()
    }

    fn is_top(&self, layer: &created::Layer) -> bool {
        self.path.file_name().is_some_and(|name| name.to_string_lossy() == layer.name)
    }

    /// Length and allocation now.
    ///
    /// # Errors
    /// A file cannot be examined.
    pub fn facts(&self) -> Result<Facts, Error> {
        let mut facts = Facts { apparent: 0, allocated: 0, backing_allocated: 0 };
        for file in self.own_files() {
            let found = fs::metadata(&file).map_err(io_error("examining", &file))?;
            facts.apparent += found.len();
            facts.allocated += found.blocks() * 512;
        }
        for file in self.backing_files() {
            let found = fs::metadata(&file).map_err(io_error("examining", &file))?;
            facts.backing_allocated += found.blocks() * 512;
        }
        Ok(facts)
    }

    /// Holds a fresh image against what was asked for, and yields `qemu-img info`'s JSON: an
    /// object, or an array of them (`--backing-chain`) where something lies under the image.
    ///
    /// # Errors
    /// [`Error::NotAsAsked`] when format, size, an option, preallocation, contents or chain differ.
    pub fn prove(&self) -> Result<String, Error> {
        let (chain, json) = qemu_img::info(&self.spec, &self.path)?;
        match self.objection(&chain)? {
            Some(message) => Err(Error::NotAsAsked { path: self.path.clone(), message }),
            None => Ok(json),
        }
    }

    fn objection(&self, chain: &[qemu_img::Info]) -> Result<Option<String>, Error> {
        if let Some(message) = self.chain_objection(chain) {
            return Ok(Some(message));
        }
        let spec = &self.spec;
        for option in spec.format.options() {
            let (Some(value), Some(place)) = (spec.option(option.name), option.reported) else {
                continue;
            };
            let reported = chain[0].at(place);
            if !option.permitted.same(value, reported.as_deref()) {
                let reported = reported.unwrap_or_else(|| "nothing".to_owned());
                let name = option.name;
                return Ok(Some(format!("{name}={value} was asked for, it has {reported}")));
            }
        }
        let facts = self.facts()?;
        if facts.allocated < spec.filled() {
            let (filled, allocated) = (spec.filled(), facts.allocated);
            let message =
                format!("{filled} bytes of data should be in it, {allocated} are allocated");
            return Ok(Some(message));
        }
        let fresh = Fresh { spec, path: &self.path, facts: &facts, info: &chain[0] };
        spec.format.definition().objection(&fresh)
    }

    /// Formats and sizes of the files of the chain, and that there are as many as were asked for.
    fn chain_objection(&self, chain: &[qemu_img::Info]) -> Option<String> {
        let layers: Vec<_> = self.layers().map(|(_, layer)| layer).collect();
        if chain.len() != layers.len() {
            let (wanted, found) = (layers.len() - 1, chain.len().saturating_sub(1));
            return Some(format!("{found} backing files for {wanted}"));
        }
        for (info, layer) in chain.iter().zip(layers.iter().rev()) {
            let at = if self.is_top(layer) { String::new() } else { format!(" of {}", layer.name) };
            let driver = layer.spec.format.driver();
            if info.format != driver {
                return Some(format!("format{at} {} for {driver}", info.format));
            }
            if info.virtual_size != layer.spec.size {
                let size = layer.spec.size;
                return Some(format!("virtual size{at} {} for {size}", info.virtual_size));
            }
            let under = layer.under.as_ref().map(|(name, _)| name.as_str());
            if info.backing_filename.as_deref() != under {
                let found = info.backing_filename.as_deref().unwrap_or("none");
                return Some(format!("backing file{at} {found} for {}", under.unwrap_or("none")));
            }
        }
        None
    }

    /// `qemu-img check` after use; formats without a check pass.
    ///
    /// # Errors
    /// The image is corrupt or leaks clusters.
    pub fn check(&self) -> Result<(), Error> {
        match self.spec.format.definition().has_check() {
            true => qemu_img::check(&self.spec, &self.path),
            false => Ok(()),
        }
    }

    /// Removes every file that belongs to it; one that is not there is no error.
    ///
    /// # Errors
    /// The operating system refuses; the others are removed all the same.
    pub fn remove(&self) -> Result<(), Error> {
        let mut done = Ok(());
        for file in self.files() {
            match fs::remove_file(&file) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    done = done.and(Err(io_error("removing", &file)(error)));
                }
                _ => {}
            }
        }
        done
    }
}

/// The file of this name with one more ending.
pub(crate) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(ending);
    path.with_file_name(name)
}

fn io_error(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error + use<> {
    let path = path.to_owned();
    move |source| Error::Io { what, path, source }
}
