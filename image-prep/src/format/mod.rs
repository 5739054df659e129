//! The formats: what each permits, how it is made, and how it is told from what was not asked for.
//!
//! A format is one file here, which implements [`Definition`], and one line in `formats!` below.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::{
    Error, Facts, ImageSpec, OptionDefinition, OptionError, SpecError, created,
    qemu_img::{self, Info},
};

/// Declares the modules of the formats, and [`Format`] over them.
macro_rules! formats {
    ($($module:ident: $variant:ident,)*) => {
        $(mod $module;)*

        /// The formats, in QEMU's words, and `floor`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "lowercase")]
        pub enum Format {
            $(#[doc = concat!("See `format/", stringify!($module), ".rs`.")] $variant,)*
        }

        impl Format {
            /// Every format.
            pub const ALL: [Format; [$(stringify!($module)),*].len()] =
                [$(Format::$variant),*];

            /// Its name in configs and records.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Format::$variant => stringify!($module),)*
                }
            }

            pub(crate) fn definition(self) -> &'static dyn Definition {
                match self {
                    $(Format::$variant => &$module::$variant,)*
                }
            }
        }
    };
}

formats! {
    raw: Raw,
    qcow2: Qcow2,
    qed: Qed,
    vmdk: Vmdk,
    vdi: Vdi,
    vhdx: Vhdx,
    vpc: Vpc,
    parallels: Parallels,
    luks: Luks,
    floor: Floor,
}

/// What is allocated when the image is made, in QEMU's words (`-o preallocation=`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Preallocation {
    /// Nothing: a sparse file.
    Off,
    /// The format's metadata; the data stays sparse.
    Metadata,
    /// All blocks, by fallocate(2): reserved, not written.
    Falloc,
    /// All blocks, by writing zeros.
    Full,
}

impl Preallocation {
    /// Every preallocation.
    pub const ALL: [Preallocation; 4] =
        [Preallocation::Off, Preallocation::Metadata, Preallocation::Falloc, Preallocation::Full];

    /// QEMU's name of it.
    pub fn as_str(self) -> &'static str {
        match self {
            Preallocation::Off => "off",
            Preallocation::Metadata => "metadata",
            Preallocation::Falloc => "falloc",
            Preallocation::Full => "full",
        }
    }
}

impl Format {
    /// QEMU's driver for it: the word after `-f` and in `format=` of a drive.
    pub fn driver(self) -> &'static str {
        self.definition().driver()
    }

    /// The preallocations that it permits.
    pub fn preallocations(self) -> &'static [Preallocation] {
        self.definition().preallocations()
    }

    /// The options that it permits, in QEMU's words.
    pub fn options(self) -> &'static [OptionDefinition] {
        self.definition().options()
    }

    /// The formats that may lie under an image of this one; none where it has no backing files.
    pub fn bases(self) -> &'static [Format] {
        self.definition().bases()
    }

    /// The directory that its images must lie in, if it matters.
    pub fn directory(self) -> Option<&'static str> {
        self.definition().directory()
    }

    /// Whether the option exists and may have the value.
    ///
    /// # Errors
    /// It does not, or may not; the error says what is permitted.
    pub fn check_option(self, name: &str, value: &str) -> Result<(), OptionError> {
        let Some(option) = self.options().iter().find(|option| option.name == name) else {
            let permitted = self.options().iter().map(|option| option.name.to_owned()).collect();
            return Err(OptionError::Unknown { format: self, option: name.to_owned(), permitted });
        };
        match option.permitted.permits(value) {
            true => Ok(()),
            false => Err(OptionError::Value {
                option: name.to_owned(),
                value: value.to_owned(),
                permitted: option.permitted.words(),
            }),
        }
    }
}

/// What one format's file says.
pub(crate) trait Definition: Sync {
    /// See [`Format::driver`].
    fn driver(&self) -> &'static str;

    /// See [`Format::preallocations`].
    fn preallocations(&self) -> &'static [Preallocation] {
        &[Preallocation::Off]
    }

    /// See [`Format::options`].
    fn options(&self) -> &'static [OptionDefinition] {
        &[]
    }

    /// See [`Format::bases`].
    fn bases(&self) -> &'static [Format] {
        &[]
    }

    /// See [`Format::directory`].
    fn directory(&self) -> Option<&'static str> {
        None
    }

    /// Whether `qemu-img check` knows the format.
    fn has_check(&self) -> bool {
        true
    }

    /// Whether a fresh image reads as zeros.
    fn reads_zero(&self) -> bool {
        true
    }

    /// Whether QEMU's driver allocates for several requests at once without harm to the image.
    fn allocates_at_once(&self) -> bool {
        true
    }

    /// The key of an encrypted format; see [`ImageSpec::qemu_objects`].
    fn secret(&self) -> Option<&'static str> {
        None
    }

    /// Combinations that QEMU refuses, beyond those of every format.
    fn check(&self, _spec: &ImageSpec) -> Result<(), SpecError> {
        Ok(())
    }

    /// See [`ImageSpec::description`]; without options, backing file and contents.
    fn description(&self, spec: &ImageSpec) -> String;

    /// The words after `-o` that follow from the format, the preallocation and the image's path.
    fn create_options(&self, spec: &ImageSpec, _path: &str) -> Vec<(String, String)> {
        let mut options = created::given(spec);
        if spec.preallocation != Preallocation::Off {
            options.push(("preallocation".to_owned(), spec.preallocation.as_str().to_owned()));
        }
        options
    }

    /// The command that makes the empty image, as one would type it.
    fn command(&self, spec: &ImageSpec, name: &str, backing: Option<(&str, Format)>) -> String {
        created::command(spec, name, backing)
    }

    /// Makes the empty image, which must not exist.
    fn create(
        &self,
        spec: &ImageSpec,
        path: &Path,
        backing: Option<(&str, Format)>,
    ) -> Result<(), Error> {
        created::create(spec, path, backing)
    }

    /// Every file that the image will have, without those under it.
    fn files(&self, _spec: &ImageSpec, path: &Path) -> Vec<PathBuf> {
        vec![path.to_owned()]
    }

    /// Bytes on the host, at most, when `mapped` bytes of it were written; see
    /// [`ImageSpec::allocation`].
    fn allocation(&self, spec: &ImageSpec, mapped: u64) -> u64;

    /// What speaks against a fresh image, if anything does, beyond what `qemu-img info` says of
    /// its options.
    fn objection(&self, image: &Fresh<'_>) -> Result<Option<String>, Error>;
}

/// A fresh image, as proofs see it.
pub(crate) struct Fresh<'a> {
    pub(crate) spec: &'a ImageSpec,
    pub(crate) path: &'a Path,
    pub(crate) facts: &'a Facts,
    pub(crate) info: &'a Info,
}

impl Fresh<'_> {
    /// A filesystem may accept fallocate(2) and reserve nothing, and the measurement would then
    /// be of another case than its label says.
    fn too_little(&self) -> Option<String> {
        let wanted = self.spec.size;
        (self.facts.allocated < wanted).then(|| {
            format!(
                "preallocation={} should allocate at least {wanted} bytes, the filesystem allocated {}",
                self.spec.preallocation.as_str(),
                self.facts.allocated
            )
        })
    }

    /// An image whose file should be about as long as the disk (`long`) or much shorter.
    fn wrong_length(&self, long: bool, what: &str) -> Option<String> {
        let apparent = self.facts.apparent;
        let filled = self.spec.filled() > 0;
        if long && apparent < self.spec.size {
            let size = self.spec.size;
            Some(format!("{what} should make files of at least {size} bytes, they have {apparent}"))
        } else if !long && !filled && apparent > self.spec.size + (1 << 20) {
            Some(format!("{what} should make short files, they have {apparent} bytes"))
        } else {
            None
        }
    }
}
