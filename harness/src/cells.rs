//! The cells of a config: one level of each factor each, and why some of them cannot be.

use std::path::PathBuf;

use image_prep::{ByteSize, Fill, Format};
use nix::sys::statfs::{TMPFS_MAGIC, statfs};

use crate::{
    config::{
        Aio, Config, DetectZeroes, Discard, Drive, Filesystem, Level, NamedImage, NamedWorkload,
        Setting, State,
    },
    workload::{Place, Work, Workload},
};

/// One level of each factor.
#[derive(Clone, Debug)]
pub struct Cell {
    /// The image's name and the levels of every other factor that has several, joined by `/`.
    pub name: String,
    /// Every factor with its level.
    pub levels: Vec<(String, String)>,
    /// The image of the cell.
    pub image: NamedImage,
    /// What is measured.
    pub workload: NamedWorkload,
    /// How QEMU opens the image.
    pub drive: Drive,
    /// What the guest makes on the image.
    pub filesystem: Filesystem,
    /// Memory of the appliance, bytes.
    pub memory: u64,
    /// Virtual CPUs.
    pub cpus: u32,
    /// Where the image is made.
    pub directory: PathBuf,
    /// The QEMU that runs the guest, where it is not libguestfs' own.
    pub qemu: Option<PathBuf>,
    /// The cell that it is compared with, by name: its own where others are compared with it.
    pub control: String,
}

/// A machine that guests are to have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Machine {
    /// The QEMU, where it is not libguestfs' own.
    pub qemu: Option<PathBuf>,
    /// Memory, bytes.
    pub memory: u64,
    /// Virtual CPUs.
    pub cpus: u32,
}

/// A cell of the config that cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Impossible {
    /// The cell's name.
    pub name: String,
    /// Its image.
    pub image: String,
    /// Why.
    pub why: String,
}

impl Cell {
    /// The machine that its guest has; `None` where no guest is booted.
    #[must_use]
    pub fn machine(&self) -> Option<Machine> {
        let of_guest = || Machine { qemu: self.qemu.clone(), memory: self.memory, cpus: self.cpus };
        self.workload.work.place().in_guest().then(of_guest)
    }

    /// All that is done in a run of it beside the image: only runs with the same text did the same.
    #[must_use]
    pub fn canonical_work(&self, mount_options: &str) -> String {
        let state = self.image.state;
        let guest = match self.workload.work.place() {
            Place::Host => String::new(),
            _ => format!(
                " on {}, mounted with '{mount_options}', {} bytes of memory, {} CPUs",
                self.filesystem.as_str(),
                self.memory,
                self.cpus
            ),
        };
        // A workload has no map with keys that are no texts, which alone cannot be written.
        let work = serde_json::to_string(&self.workload.work).unwrap_or_default();
        format!("{work} on an image that is {state:?}{guest}")
    }
}

/// The cells of a config, in its order, and those that cannot be.
pub fn all(config: &Config) -> (Vec<Cell>, Vec<Impossible>) {
    let mut possible = Vec::new();
    let mut impossible = Vec::new();
    for cell in crossed(config) {
        match why_not(&cell) {
            None => possible.push(cell),
            Some(why) => {
                impossible.push(Impossible { name: cell.name, image: cell.image.name, why });
            }
        }
    }
    find_controls(&mut possible, &config.compare);
    (possible, impossible)
}

/// Names for each cell the one that it is compared with: the first of those that differ from it, if
/// at all, in the factor `compare` only.
pub fn find_controls(cells: &mut [Cell], compare: &str) {
    let others = |cell: &Cell| -> Vec<String> {
        let others = cell.levels.iter().filter(|(factor, _)| factor != compare);
        others.map(|(factor, level)| format!("{factor}={level}")).collect()
    };
    let mut first: std::collections::HashMap<Vec<String>, String> = Default::default();
    for cell in cells {
        cell.control = first.entry(others(cell)).or_insert_with(|| cell.name.clone()).clone();
    }
}

fn crossed(config: &Config) -> Vec<Cell> {
    let mut cells = Vec::new();
    for workload in &config.workloads {
        for image in &config.images {
            let mut crossed = vec![alone(config, image, workload)];
            for factor in &config.factors {
                let several = factor.levels.len() > 1;
                let with = |cell: &Cell| -> Vec<Cell> {
                    let levels = factor.levels.iter();
                    levels.map(|level| set(cell.clone(), factor.name, level, several)).collect()
                };
                crossed = crossed.iter().flat_map(with).collect();
            }
            for mut cell in crossed {
                if let Some(directory) = image.spec.format.directory() {
                    cell.directory = PathBuf::from(directory);
                }
                if config.workloads.len() > 1 {
                    cell.name = format!("{}/{}", cell.name, workload.name);
                }
                cells.push(cell);
            }
        }
    }
    cells
}

/// The cell of an image and a workload, with nothing of the factors.
fn alone(config: &Config, image: &NamedImage, workload: &NamedWorkload) -> Cell {
    Cell {
        name: image.name.clone(),
        levels: vec![
            ("image".to_owned(), image.name.clone()),
            ("workload".to_owned(), workload.name.clone()),
        ],
        drive: Drive { of_format: image.spec.drive_options(), ..Drive::default() },
        image: image.clone(),
        workload: workload.clone(),
        filesystem: config.appliance.filesystem,
        memory: config.appliance.memory,
        cpus: config.appliance.cpus,
        directory: config.directory.clone(),
        qemu: None,
        control: String::new(),
    }
}

/// The cell with this level of a factor.
fn set(mut cell: Cell, factor: &str, level: &Level, several: bool) -> Cell {
    cell.levels.push((factor.to_owned(), level.name.clone()));
    if several {
        cell.name = format!("{}/{}", cell.name, level.name);
    }
    match &level.setting {
        Setting::Drive(drive) => cell.drive.take(drive),
        Setting::Filesystem(filesystem) => cell.filesystem = *filesystem,
        Setting::Memory(memory) => cell.memory = *memory,
        Setting::Cpus(cpus) => cell.cpus = *cpus,
        Setting::Directory(directory) => cell.directory.clone_from(directory),
        Setting::Qemu(qemu) => cell.qemu = Some(qemu.clone()),
        Setting::Size(size) => cell.image.spec.size = *size,
    }
    cell
}

/// Why a cell cannot be, if it cannot.
fn why_not(cell: &Cell) -> Option<String> {
    why_not_size(cell)
        .or_else(|| why_not_here(cell))
        .or_else(|| why_not_state(cell))
        .or_else(|| why_not_room(cell))
        .or_else(|| why_not_drive(cell))
}

/// The image at this size.
fn why_not_size(cell: &Cell) -> Option<String> {
    cell.image.spec.check().err().map(|error| error.to_string())
}

/// The workload with this filesystem, or without a guest.
fn why_not_here(cell: &Cell) -> Option<String> {
    let work = &cell.workload.work;
    let (kind, filesystem) = (work.kind(), cell.filesystem.as_str());
    match (work.place(), cell.filesystem) {
        (Place::File, Filesystem::None) => Some(format!(
            "{kind} works on a file, and there is no filesystem: add filesystem = \"ext2\""
        )),
        (Place::Device, other) if other != Filesystem::None => Some(format!(
            "{kind} works on the device itself, where {filesystem} would be overwritten: it needs filesystem = \"none\""
        )),
        (Place::Host, _) => {
            let of_guest = ["aio", "discard", "detect-zeroes", "l2-cache-size", "throttling"]
                .into_iter()
                .chain(["filesystem", "memory", "cpus", "qemu"]);
            let mut of_guest =
                of_guest.filter(|factor| cell.levels.iter().any(|(of, _)| of == factor));
            let of_guest = of_guest.next();
            // What copies opens the image, what creates it does not.
            let cache = (work.source().is_none() && cell.drive.cache.is_some()).then_some("cache");
            let idle = of_guest.or(cache);
            idle.map(|factor| format!("{kind} boots no guest: {factor} has no effect"))
        }
        _ => None,
    }
}

fn why_not_room(cell: &Cell) -> Option<String> {
    let work = &cell.workload.work;
    let (size, written) = (cell.image.spec.size, work.written());
    let room = match (work.place(), cell.filesystem) {
        (Place::Host, _) | (_, Filesystem::None) => size,
        (_, filesystem) => filesystem.room(size),
    };
    (written > room).then(|| {
        format!(
            "the {} of {} do not fit {} with {} (it surely holds {} bytes, {}M)",
            ByteSize(written),
            work.kind(),
            ByteSize(size),
            cell.filesystem.as_str(),
            room,
            room >> 20
        )
    })
}

/// The image with what is done on it.
fn why_not_state(cell: &Cell) -> Option<String> {
    let (work, spec) = (&cell.workload.work, &cell.image.spec);
    let kind = work.kind();
    if cell.image.state == State::Written && !work.second_pass() {
        return Some(format!("{kind} has no second pass: state = \"written\" cannot be had"));
    }
    let filled =
        spec.fill != Fill::None || spec.backing.is_some_and(|backing| backing.filled != Fill::None);
    (matches!(work, Workload::Create(_)) && filled)
        .then(|| "create times the making of an image, and not the filling of it".to_owned())
}

/// How the image is opened, in this directory.
fn why_not_drive(cell: &Cell) -> Option<String> {
    let drive = &cell.drive;
    let cache = drive.cache_mode();
    let format = cell.image.spec.format;
    if drive.aio == Some(Aio::Native) && !cache.direct() {
        return Some(format!("aio=native needs O_DIRECT, and cache={cache} goes without"));
    }
    if drive.detect_zeroes == Some(DetectZeroes::Unmap) && drive.discard != Some(Discard::Unmap) {
        return Some("detect-zeroes=unmap needs discard=unmap".to_owned());
    }
    if drive.l2_cache_size.is_some() && format != Format::Qcow2 {
        return Some(format!("{} has no L2 tables, and so no l2-cache-size", format.as_str()));
    }
    // tmpfs has O_DIRECT since Linux 6.6; QEMU says "Could not open" before.
    let on_tmpfs = || {
        statfs(&cell.directory).is_ok_and(|found| found.filesystem_type() == TMPFS_MAGIC)
            && !tmpfs_has_direct_io()
    };
    // Only a cell that needs it has the host asked.
    (cache.direct() && on_tmpfs()).then(|| {
        format!(
            "cache={cache} needs O_DIRECT, which tmpfs ({}) does not have",
            cell.directory.display()
        )
    })
}

fn tmpfs_has_direct_io() -> bool {
    procfs::KernelVersion::current().is_ok_and(|version| (version.major, version.minor) >= (6, 6))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn cells(more: &str, change: (&str, &str)) -> (Vec<Cell>, Vec<Impossible>) {
        let text = include_str!("../../configs/default.toml").replace(change.0, change.1);
        let text = text.replace("[workload]", &format!("{more}\n[workload]"));
        let config = Config::parse("test.toml", "test".to_owned(), text, &|_| unreachable!());
        all(&config.map_err(|error| error.render()).unwrap())
    }

    const NO_CHANGE: (&str, &str) = ("", "");

    fn names(cells: &[Cell]) -> Vec<(&str, &str)> {
        cells.iter().map(|cell| (cell.name.as_str(), cell.control.as_str())).collect()
    }

    #[test]
    fn images_cross_with_factors_and_each_is_compared_with_its_like() {
        let (cells, impossible) =
            cells("[factors]\ncache = [\"writeback\", \"none\"]\naio = \"threads\"", NO_CHANGE);
        assert_eq!(impossible, []);
        assert_eq!(
            names(&cells)[..4],
            [
                ("sparse-raw/writeback", "sparse-raw/writeback"),
                ("sparse-raw/none", "sparse-raw/none"),
                ("fallocated-raw/writeback", "sparse-raw/writeback"),
                ("fallocated-raw/none", "sparse-raw/none"),
            ]
        );
        assert_eq!(cells.len(), 8);
        let levels = ["image", "workload", "cache", "aio"];
        let of: Vec<_> = cells[0].levels.iter().map(|(factor, _)| factor.as_str()).collect();
        assert_eq!(of, levels);
        assert_eq!(
            cells[1].drive.options(),
            [("cache.direct", "on"), ("aio", "threads")].map(|(a, b)| (a.into(), b.into()))
        );
    }

    #[test]
    fn another_factor_can_be_the_one_that_is_compared_along() {
        let factors = "[factors]\ncache = [\"writeback\", \"none\"]";
        let (cells, _) = cells(factors, ("runs = 3", "runs = 3\ncompare = \"cache\""));
        assert_eq!(names(&cells)[3], ("fallocated-raw/none", "fallocated-raw/writeback"));
    }

    /// Each with its reason, and none dropped in silence.
    #[test]
    fn what_cannot_be_is_named_with_its_reason() {
        let why = |factors: &str| {
            let (_, impossible) = cells(&format!("[factors]\n{factors}"), NO_CHANGE);
            impossible
                .into_iter()
                .map(|cell| format!("{}: {}", cell.name, cell.why))
                .next()
                .unwrap()
        };
        assert_eq!(
            why("aio = [\"threads\", \"native\"]"),
            "sparse-raw/native: aio=native needs O_DIRECT, and cache=writeback goes without"
        );
        assert_eq!(
            why("detect-zeroes = [\"off\", \"unmap\"]"),
            "sparse-raw/unmap: detect-zeroes=unmap needs discard=unmap"
        );
    }

    /// What is said of tmpfs is what this kernel does.
    #[test]
    fn o_direct_in_memory_is_as_the_kernel_has_it() {
        use nix::fcntl::{OFlag, open};
        let directory = tempfile::tempdir_in("/dev/shm").unwrap();
        let file = directory.path().join("file");
        std::fs::write(&file, "").unwrap();
        let direct = open(&file, OFlag::O_RDWR | OFlag::O_DIRECT, nix::sys::stat::Mode::empty());
        assert_eq!(direct.is_ok(), tmpfs_has_direct_io());
        let factors = "[factors]\ncache = [\"writeback\", \"none\"]\ndirectory = [{ name = \"disk\", path = \"/var/tmp\" }, { name = \"memory\", path = \"/dev/shm\" }]";
        let (_, impossible) = cells(factors, NO_CHANGE);
        match tmpfs_has_direct_io() {
            true => assert_eq!(impossible, []),
            false => assert_eq!(
                impossible[0].why,
                "cache=none needs O_DIRECT, which tmpfs (/dev/shm) does not have"
            ),
        }
    }

    #[test]
    fn an_l2_cache_is_qcow2s_alone() {
        let text = "runs = 1\n[factors]\nl2-cache-size = [\"1M\", \"2M\"]\n[workload]\nkind = \"device-write\"\nbytes = \"2M\"\nchunk = \"2M\"\n[[image]]\nname = \"r\"\nformat = \"raw\"\nsize = \"4M\"\n";
        let parse =
            |text: &str| Config::parse("t", "t".to_owned(), text.to_owned(), &|_| unreachable!());
        let said = parse(text).unwrap_err().to_string();
        assert!(
            said.ends_with(
                "image 'r' cannot be measured: raw has no L2 tables, and so no l2-cache-size"
            ),
            "{said}"
        );
        assert!(parse(&text.replace("\"raw\"", "\"qcow2\"")).is_ok());
    }

    #[test]
    fn what_boots_no_guest_has_no_factors_of_a_guest() {
        let text = include_str!("../../configs/creation-cost.toml");
        let text = text.replace("[factors]", "[factors]\ncpus = [1, 2]");
        let config = Config::parse("t", "t".to_owned(), text, &|_| unreachable!());
        let said = config.unwrap_err().to_string();
        assert!(said.ends_with("create boots no guest: cpus has no effect"), "{said}");
    }

    #[test]
    fn ten_thousand_cells_are_crossed_at_once() {
        let sizes: Vec<_> = (1..=2500).map(|n| format!("\"{}M\"", 300 + n)).collect();
        let factors = format!("[factors]\nsize = [{}]", sizes.join(", "));
        let (cells, _) = cells(&factors, ("size = \"300M\"\n", ""));
        assert_eq!(cells.len(), 10_000);
        assert_eq!(cells[9_999].control, "sparse-raw/2800M");
    }
}
