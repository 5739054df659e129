//! The commands that make an image and what lies under it.

use std::path::Path;

use crate::{Backing, Error, Fill, Format, ImageSpec, Preallocation, qemu_img};

/// Id of the secret object that holds the key of an encrypted image.
pub(crate) const SECRET: &str = "sec0";

/// One file of a chain.
pub(crate) struct Layer {
    pub(crate) name: String,
    pub(crate) spec: ImageSpec,
    /// The file under it.
    pub(crate) under: Option<(String, Format)>,
}

/// The files of a chain, the base first and the image last.
pub(crate) fn layers(spec: &ImageSpec, name: &str) -> Vec<Layer> {
    let mut layers: Vec<Layer> = Vec::new();
    let on = |layers: &[Layer]| layers.last().map(|layer| (layer.name.clone(), layer.spec.format));
    if let Some(backing) = &spec.backing {
        for number in 1..=backing.depth {
            let spec = if number == 1 { base(spec, backing) } else { between(spec) };
            let under = on(&layers);
            layers.push(Layer { name: format!("{name}.backing-{number}"), spec, under });
        }
    }
    let under = on(&layers);
    layers.push(Layer { name: name.to_owned(), spec: spec.clone(), under });
    layers
}

fn base(spec: &ImageSpec, backing: &Backing) -> ImageSpec {
    ImageSpec { fill: backing.filled, ..ImageSpec::new(backing.format, spec.size) }
}

/// Of the image's options, but a file of its own: those are for the image's data.
fn between(spec: &ImageSpec) -> ImageSpec {
    let mut between = ImageSpec {
        preallocation: Preallocation::Off,
        backing: None,
        fill: Fill::None,
        ..spec.clone()
    };
    between.options.retain(|name, _| !name.starts_with("data_file"));
    between
}

/// The options of a spec as they were given.
pub(crate) fn given(spec: &ImageSpec) -> Vec<(String, String)> {
    spec.options.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// `qemu-img create`, as one would type it.
pub(crate) fn command(spec: &ImageSpec, name: &str, backing: Option<(&str, Format)>) -> String {
    let arguments = arguments(spec, name, backing);
    format!("qemu-img create {}", arguments.join(" "))
}

/// `qemu-img create`, from within the directory of the image. A backing file is found relative to
/// the image, but a data file relative to the process that opens it, so that its path is whole.
pub(crate) fn create(
    spec: &ImageSpec,
    path: &Path,
    backing: Option<(&str, Format)>,
) -> Result<(), Error> {
    let mut words = vec!["create".to_owned(), "-q".to_owned()];
    words.extend(arguments(spec, &path.to_string_lossy(), backing));
    qemu_img::run_in(path.parent(), words).map(drop)
}

fn arguments(spec: &ImageSpec, path: &str, backing: Option<(&str, Format)>) -> Vec<String> {
    let definition = spec.format.definition();
    let mut words = Vec::new();
    for object in spec.qemu_objects() {
        words.extend(["--object".to_owned(), object]);
    }
    words.extend(["-f".to_owned(), definition.driver().to_owned()]);
    let options: Vec<_> = definition
        .create_options(spec, path)
        .iter()
        .map(|(option, value)| format!("{option}={}", qemu_img::escaped(value)))
        .collect();
    if !options.is_empty() {
        words.extend(["-o".to_owned(), options.join(",")]);
    }
    if let Some((under, format)) = backing {
        words.extend(["-b", under, "-F", format.driver()].map(str::to_owned));
    }
    words.extend([path.to_owned(), spec.size_text()]);
    words
}
