//! How QEMU opens the image: the drive's options, in QEMU's words, and what QEMU says of them when
//! it runs.
//!
//! `-drive cache=` would clash with what libguestfs passes; its three parts do not (`-set
//! drive.hd0.cache.direct=on`). See `qemu-system-x86_64(1)`, `-drive` and `-blockdev`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The options of the image's drive. What is not set is left to libguestfs and QEMU.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drive {
    /// `cache`.
    pub cache: Option<Cache>,
    /// `aio`.
    pub aio: Option<Aio>,
    /// `discard`: what the guest's discards do.
    pub discard: Option<Discard>,
    /// `detect-zeroes`: what writes of zeros do.
    pub detect_zeroes: Option<DetectZeroes>,
    /// `l2-cache-size` of qcow2, bytes.
    pub l2_cache_size: Option<u64>,
    /// `throttling`: each limit with its value, in bytes or operations a second.
    pub throttling: Vec<(Limit, u64)>,
    /// What the image's format needs: the key of luks.
    pub of_format: Vec<(String, String)>,
}

/// An enum whose variants are words of QEMU.
macro_rules! words {
    ($(#[$doc:meta])* $Name:ident { $($(#[$of:meta])* $Variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub enum $Name { $($(#[$of])* #[serde(rename = $word)] $Variant,)* }

        impl $Name {
            /// All of them.
            pub const ALL: &[$Name] = &[$($Name::$Variant),*];

            /// QEMU's word.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $($Name::$Variant => $word,)* }
            }
        }

        impl fmt::Display for $Name {
            fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
                to.pad(self.as_str())
            }
        }
    };
}

words! {
    /// The cache modes.
    Cache {
        /// Through the host's page cache; a flush of the guest is one of the host. The default.
        Writeback = "writeback",
        /// Past the host's page cache (`O_DIRECT`).
        None = "none",
        /// Through the host's page cache, each write flushed.
        Writethrough = "writethrough",
        /// Past the host's page cache, each write flushed.
        Directsync = "directsync",
        /// Flushes of the guest are ignored.
        Unsafe = "unsafe",
    }
}

words! {
    /// How QEMU has its reads and writes done.
    Aio {
        /// By a pool of threads. The default.
        Threads = "threads",
        /// By Linux' native AIO; needs `O_DIRECT`.
        Native = "native",
        /// By io_uring.
        IoUring = "io_uring",
    }
}

words! {
    /// What the guest's discards do.
    Discard {
        /// Nothing.
        Ignore = "ignore",
        /// They make holes in the image.
        Unmap = "unmap",
    }
}

words! {
    /// What the guest's writes of zeros do.
    DetectZeroes {
        /// They are written.
        Off = "off",
        /// They are written as the format's zeros.
        On = "on",
        /// They make holes, where `discard` is `unmap`.
        Unmap = "unmap",
    }
}

words! {
    /// What throttling limits.
    Limit {
        /// Bytes a second.
        BpsTotal = "bps-total",
        /// Bytes read a second.
        BpsRead = "bps-read",
        /// Bytes written a second.
        BpsWrite = "bps-write",
        /// Operations a second.
        IopsTotal = "iops-total",
        /// Reads a second.
        IopsRead = "iops-read",
        /// Writes a second.
        IopsWrite = "iops-write",
    }
}

impl Cache {
    /// Whether it passes the host's page cache by.
    #[must_use]
    pub fn direct(self) -> bool {
        matches!(self, Cache::None | Cache::Directsync)
    }

    /// The parts that differ from the default.
    fn parts(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Cache::Writeback => &[],
            Cache::None => &[("cache.direct", "on")],
            Cache::Writethrough => &[("cache.writeback", "off")],
            Cache::Directsync => &[("cache.direct", "on"), ("cache.writeback", "off")],
            Cache::Unsafe => &[("cache.no-flush", "on")],
        }
    }
}

impl Limit {
    /// Whether QEMU refuses both together: the total goes with neither of its parts, and nothing goes
    /// with itself.
    #[must_use]
    pub fn excludes(self, other: Limit) -> bool {
        let kind = |limit: Limit| limit.as_str().split('-').next();
        let total = |limit: Limit| matches!(limit, Limit::BpsTotal | Limit::IopsTotal);
        self == other || (kind(self) == kind(other) && (total(self) || total(other)))
    }

    /// Its member in the reply to `query-block`.
    #[must_use]
    pub fn in_query_block(self) -> &'static str {
        match self {
            Limit::BpsTotal => "bps",
            Limit::BpsRead => "bps_rd",
            Limit::BpsWrite => "bps_wr",
            Limit::IopsTotal => "iops",
            Limit::IopsRead => "iops_rd",
            Limit::IopsWrite => "iops_wr",
        }
    }
}

impl Drive {
    /// The cache mode that the image is opened with.
    #[must_use]
    pub fn cache_mode(&self) -> Cache {
        self.cache.unwrap_or(Cache::Writeback)
    }

    /// Takes over what another has set.
    pub(crate) fn take(&mut self, other: &Drive) {
        self.cache = other.cache.or(self.cache);
        self.aio = other.aio.or(self.aio);
        self.discard = other.discard.or(self.discard);
        self.detect_zeroes = other.detect_zeroes.or(self.detect_zeroes);
        self.l2_cache_size = other.l2_cache_size.or(self.l2_cache_size);
        self.throttling.extend(&other.throttling);
    }

    /// The options that are set, for `-set drive.hd0.OPTION=VALUE`.
    #[must_use]
    pub fn options(&self) -> Vec<(String, String)> {
        let mut options: Vec<(String, String)> = Vec::new();
        let mut set = |name: &str, value: &str| options.push((name.to_owned(), value.to_owned()));
        for (name, value) in self.cache.map_or(&[][..], Cache::parts) {
            set(name, value);
        }
        let words = [
            ("aio", self.aio.map(Aio::as_str)),
            ("discard", self.discard.map(Discard::as_str)),
            ("detect-zeroes", self.detect_zeroes.map(DetectZeroes::as_str)),
        ];
        for (name, value) in words {
            if let Some(value) = value {
                set(name, value);
            }
        }
        if let Some(bytes) = self.l2_cache_size {
            set("l2-cache-size", &bytes.to_string());
        }
        for (limit, value) in &self.throttling {
            set(&format!("throttling.{limit}"), &value.to_string());
        }
        options.extend(self.of_format.iter().cloned());
        options
    }
}
