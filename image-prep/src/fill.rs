//! Contents of an image before it is used.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufWriter, Write},
    path::Path,
};

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

use crate::{Error, ImageSpec, image::beside, qemu_img};

/// Seed of the contents: they are the same in every run of every experiment.
const SEED: u64 = 0;

const PIECE: usize = 1 << 20;

/// As one would type it, with other data.
pub(crate) fn commands(spec: &ImageSpec, name: &str) -> Vec<String> {
    if spec.filled() == 0 {
        return Vec::new();
    }
    let source = format!("{name}.fill");
    vec![
        format!("head -c {} /dev/urandom > {source}", spec.filled()),
        format!("qemu-img {}", arguments(spec, &source, name).join(" ")),
        format!("rm {source}"),
    ]
}

/// Fills the image, which is fresh, from a file beside it that is gone afterwards.
pub(crate) fn fill(spec: &ImageSpec, path: &Path, stream: u64) -> Result<(), Error> {
    if spec.filled() == 0 {
        return Ok(());
    }
    let source = beside(path, "fill");
    let filled = write(&source, spec.filled(), stream).and_then(|()| {
        let words = arguments(spec, &source.to_string_lossy(), &path.to_string_lossy());
        qemu_img::run_in(path.parent(), words).map(drop)
    });
    // The first error is the one to tell.
    let removed = std::fs::remove_file(&source).map_err(|error| Error::Io {
        what: "removing",
        path: source.clone(),
        source: error,
    });
    filled.and(removed)
}

/// `--target-is-zero` keeps qemu-img from making the image zero first, which would undo its
/// preallocation and hide what lies under it; the data has no zeros.
fn arguments(spec: &ImageSpec, source: &str, target: &str) -> Vec<String> {
    let mut words = ["convert", "-n", "--target-is-zero", "-f", "raw"].map(str::to_owned).to_vec();
    words.extend(qemu_img::target(spec, source, target));
    words
}

fn write(path: &Path, bytes: u64, stream: u64) -> Result<(), Error> {
    let failed = |what| move |source| Error::Io { what, path: path.to_owned(), source };
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    let file = file.map_err(failed("creating"))?;
    let done: io::Result<File> = (|| {
        let mut random = ChaCha8Rng::seed_from_u64(SEED);
        random.set_stream(stream);
        let mut piece = vec![0; PIECE];
        let mut left = bytes;
        let mut writer = BufWriter::with_capacity(0, file);
        while left > 0 {
            let length = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
            random.fill_bytes(&mut piece[..length]);
            writer.write_all(&piece[..length])?;
            left -= length as u64;
        }
        writer.into_inner().map_err(|error| error.into_error())
    })();
    done.map(drop).map_err(failed("writing"))
}
