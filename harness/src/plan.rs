//! The plan: from a config to cells and the order of their runs.
//!
//! Randomised complete blocks: each block runs every cell once, in an order shuffled from the
//! experiment's seed, so that a drift of the machine meets all cells alike.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    path::PathBuf,
};

use anyhow::{Context, bail};
use globset::Glob;
use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

use reports::record::Manifest;

pub use crate::cells::{Cell, Machine};
use crate::{
    appliance_packages,
    cells::{self, Impossible},
    config::{Boots, Config, Filesystem, Kind},
    workload::Work,
};

/// Cells and their order.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The cells in the config's order.
    pub cells: Vec<Cell>,
    /// The cells of the config that cannot be.
    pub impossible: Vec<Impossible>,
    /// For each block the cells, as indices, in the order of measuring.
    pub blocks: Vec<Vec<usize>>,
    /// How many runs a boot carries.
    pub boots: Boots,
    /// The seed of the order and of the data.
    pub seed: u64,
}

/// Most runs that a boot carries: libguestfs has 255 drives, and a run takes two at the most.
const MAX_OF_BOOT: usize = 120;

/// Most runs of a plan: a year of them, booted without a pause.
const MAX_RUNS: u64 = 1_000_000;

/// What a run takes, roughly: only for the estimate that `plan` prints.
struct Speed {
    /// Seconds of a boot and its end.
    boot: u64,
    /// Seconds of what else there is around the workload.
    around: u64,
    /// Bytes a second through the appliance's channel.
    channel: u64,
}

/// Boot and shutdown as libguestfs' documentation has them; the channel passes some hundred MB/s.
const KVM: Speed = Speed { boot: 4, around: 1, channel: 300 << 20 };

/// The lean appliance boots in 6 s, the channel passes 23 MB/s.
const TCG: Speed = Speed { boot: 6, around: 4, channel: 23_000_000 };

/// libguestfs' own boots in 13 s.
const TCG_STOCK: Speed = Speed { boot: 14, ..TCG };

/// Bytes a second of a copy on the host.
const HOST: u64 = 300 << 20;

impl Speed {
    fn seconds(&self, plan: &Plan) -> u64 {
        let one = |cell: &Cell| {
            let work = &cell.workload.work;
            match (work.place().in_guest(), work.lasts()) {
                (true, Some(lasts)) => self.around.saturating_add(lasts.as_secs()),
                (true, None) => self.around + work.bytes() / self.channel,
                (false, _) => 1 + work.bytes() / HOST,
            }
        };
        plan.cells
            .iter()
            .map(one)
            .fold(0, u64::saturating_add)
            .saturating_mul(plan.blocks.len() as u64)
            .saturating_add(self.boot * plan.boots_in_all() as u64)
    }
}

/// The directory of the appliance that all guests of a plan have: with the packages that any of them
/// needs, so that all have the same one. `None` for libguestfs' own.
///
/// # Errors
/// It cannot be made.
pub fn appliance_of(kind: Kind, plan: &Plan) -> anyhow::Result<Option<PathBuf>> {
    let packages = plan.cells.iter().flat_map(|cell| {
        cell.workload.work.packages().iter().chain(cell.filesystem.packages()).copied()
    });
    appliance_packages::directory(kind, &packages.collect())
}

/// Seconds for people: `40 s`, `5 min`, `3 h 20 min`.
#[must_use]
pub fn about(seconds: u64) -> String {
    match seconds.saturating_add(30) / 60 {
        0 => format!("{seconds} s"),
        _ if seconds < 90 => format!("{seconds} s"),
        minutes if minutes < 90 => format!("{minutes} min"),
        minutes => format!("{} h {} min", minutes / 60, minutes % 60),
    }
}

/// One run to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlannedRun {
    /// Number of the run, from 1.
    pub run: u32,
    /// Its block, from 1.
    pub block: u32,
    /// Its position in the block, from 1.
    pub position: u32,
    /// Index of its cell.
    pub cell: usize,
}

impl Plan {
    /// Plans `runs` blocks of the cells whose name matches `only`.
    ///
    /// # Errors
    /// `only` is not a glob, or matches no cell; there are more runs than anybody waits for.
    pub fn new(config: &Config, runs: u32, seed: u64, only: Option<&str>) -> anyhow::Result<Plan> {
        let (mut cells, impossible) = cells::all(config);
        if let Some(pattern) = only {
            select(&mut cells, pattern)?;
            cells::find_controls(&mut cells, &config.compare);
        }
        let planned = u64::from(runs) * cells.len() as u64;
        if planned > MAX_RUNS {
            bail!(
                "{runs} runs of {} cells are {planned} runs; permitted are {MAX_RUNS}: give fewer by --runs, or select cells by --only",
                cells.len()
            );
        }
        Ok(Plan { impossible, ..Plan::of_cells(cells, runs, config.boots, seed) })
    }

    /// Plans `runs` blocks of these cells.
    #[must_use]
    pub fn of_cells(cells: Vec<Cell>, runs: u32, boots: Boots, seed: u64) -> Plan {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let blocks = (0..runs)
            .map(|_| {
                let mut block: Vec<usize> = (0..cells.len()).collect();
                block.shuffle(&mut random);
                block
            })
            .collect();
        Plan { cells, impossible: Vec::new(), blocks, boots, seed }
    }

    /// The plan of an experiment that was begun: its order is kept, not drawn again.
    ///
    /// # Errors
    /// The manifest names a cell that its config does not have.
    pub fn recorded(config: &Config, manifest: &Manifest) -> anyhow::Result<Plan> {
        let (mut cells, impossible) = cells::all(config);
        let planned: HashSet<&str> = manifest.cells.iter().map(|cell| cell.name.as_str()).collect();
        cells.retain(|cell| planned.contains(cell.name.as_str()));
        cells::find_controls(&mut cells, &config.compare);
        let places: HashMap<&str, usize> =
            cells.iter().enumerate().map(|(at, cell)| (cell.name.as_str(), at)).collect();
        let index = |name: &String| {
            places.get(name.as_str()).copied().with_context(|| {
                format!(
                    "experiment.toml: its 'order' has a cell '{name}' that its 'config' has not"
                )
            })
        };
        let block = |names: &Vec<String>| names.iter().map(index).collect::<anyhow::Result<_>>();
        let blocks = manifest.order.iter().map(block).collect::<anyhow::Result<_>>()?;
        Ok(Plan { cells, impossible, blocks, boots: config.boots, seed: manifest.seed })
    }

    /// Every run, in the order of measuring.
    pub fn runs(&self) -> impl Iterator<Item = PlannedRun> {
        let cells = self.blocks.iter().zip(1..).flat_map(|(block, number)| {
            block.iter().zip(1..).map(move |(&cell, position)| (number, position, cell))
        });
        cells.zip(1..).map(|((block, position, cell), run)| PlannedRun {
            run,
            block,
            position,
            cell,
        })
    }

    /// Runs, in the order of measuring, parted into those that one boot carries; a run without a guest
    /// is for itself, and so is each of those that are to be booted alone.
    #[must_use]
    pub fn by_boot(&self, runs: &[PlannedRun], alone: &BTreeSet<u32>) -> Vec<Vec<PlannedRun>> {
        let mut boots: Vec<Vec<PlannedRun>> = Vec::new();
        let mut last: BTreeMap<(u32, Machine), usize> = BTreeMap::new();
        for &run in runs {
            let shared = self.boots == Boots::PerBlock && !alone.contains(&run.run);
            let machine = self.cells[run.cell].machine().filter(|_| shared);
            let of_block = machine.map(|machine| (run.block, machine));
            let begun = of_block.as_ref().and_then(|key| last.get(key).copied());
            match begun.filter(|&at| boots[at].len() < MAX_OF_BOOT) {
                Some(at) => boots[at].push(run),
                None => {
                    boots.push(vec![run]);
                    last.extend(of_block.map(|key| (key, boots.len() - 1)));
                }
            }
        }
        boots
    }

    /// How often an appliance is booted.
    #[must_use]
    pub fn boots_in_all(&self) -> usize {
        let of_block = match self.boots {
            Boots::PerRun => self.cells.iter().filter_map(Cell::machine).count(),
            Boots::PerBlock => self.at_once().iter().map(|(_, boots)| boots).sum(),
        };
        of_block * self.blocks.len()
    }

    /// Whether lean guests do without udev, which would look at each disk that is formatted, or comes
    /// and goes. Whoever writes to a device has it look at that, too, inside the clock, so that there it
    /// stays, in all boots of an experiment, and of the fresh blocks of a night, alike.
    #[must_use]
    pub fn without_udev(&self) -> bool {
        let mut guests = self.cells.iter().filter(|cell| cell.workload.work.place().in_guest());
        guests.all(|cell| cell.filesystem != Filesystem::None)
    }

    /// The machines that are booted at any one time where none is booted ahead, and how many of each.
    #[must_use]
    pub fn at_once(&self) -> Vec<(Machine, usize)> {
        let mut cells: BTreeMap<Machine, usize> = BTreeMap::new();
        for machine in self.cells.iter().filter_map(Cell::machine) {
            *cells.entry(machine).or_default() += 1;
        }
        match self.boots {
            Boots::PerRun => {
                let most = cells.into_keys().max_by_key(|machine| machine.memory);
                most.map(|machine| (machine, 1)).into_iter().collect()
            }
            Boots::PerBlock => cells
                .into_iter()
                .map(|(machine, cells)| (machine, cells.div_ceil(MAX_OF_BOOT)))
                .collect(),
        }
    }

    /// Names of the cells, block by block, as the manifest keeps them.
    pub fn order(&self) -> Vec<Vec<String>> {
        let name = |&cell: &usize| self.cells[cell].name.clone();
        self.blocks.iter().map(|block| block.iter().map(name).collect()).collect()
    }

    /// Cells, order, disk and time, for people.
    pub fn describe(&self, config: &Config) -> String {
        use std::fmt::Write as _;
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}", config.question);
        let _ = writeln!(text, "\nCells:");
        for cell in &self.cells {
            let spec = &cell.image.spec;
            let _ = writeln!(text, "  {}: {}", cell.name, spec.description());
            let _ = writeln!(text, "      {}", spec.command());
            let options = cell.drive.options();
            if !options.is_empty() {
                let options: Vec<_> =
                    options.iter().map(|(name, value)| format!("{name}={value}")).collect();
                let _ = writeln!(text, "      -drive {}", options.join(","));
            }
            if cell.control != cell.name {
                let _ = writeln!(text, "      compared with {}", cell.control);
            }
        }
        if !self.impossible.is_empty() {
            let _ = writeln!(text, "\nNot measured, because it cannot be:");
        }
        for cell in &self.impossible {
            let _ = writeln!(text, "  {}: {}", cell.name, cell.why);
        }
        let _ = writeln!(text, "\nOrder (seed {}):", self.seed);
        for (block, names) in (1..).zip(self.order()) {
            let _ = writeln!(text, "  block {block}: {}", names.join(", "));
        }
        let runs = self.runs().count();
        let _ = match self.boots {
            Boots::PerRun => writeln!(text, "\n{runs} runs"),
            Boots::PerBlock => writeln!(text, "\n{runs} runs; one boot carries a block's"),
        };
        for (directory, needed) in self.disk_needed(false) {
            let _ = writeln!(
                text,
                "Disk needed in {}: {}",
                directory.display(),
                crate::host::megabytes(needed)
            );
        }
        let memory = self.memory_needed(0);
        if memory > 0 {
            let _ = writeln!(text, "Memory needed for guests: {}", crate::host::megabytes(memory));
        }
        let tcg = if config.appliance.kind == Kind::Lean { TCG } else { TCG_STOCK };
        let [kvm, tcg] = [KVM, tcg].map(|speed| about(speed.seconds(self)));
        let _ = match self.cells.iter().any(|cell| cell.workload.work.place().in_guest()) {
            true => writeln!(text, "Estimated time: {kvm} with KVM, {tcg} with TCG"),
            false => writeln!(text, "Estimated time: {kvm}; no guest is booted"),
        };
        text
    }

    /// Most bytes on the host's disk at any one time, by directory of images: those of the largest
    /// run, or of a block's where it is booted at once, or of all of them if images are kept.
    pub fn disk_needed(&self, keep_images: bool) -> BTreeMap<PathBuf, u64> {
        let mut needed = BTreeMap::new();
        for cell in &self.cells {
            let of_directory = needed.entry(cell.directory.clone()).or_insert(0u64);
            let (so_far, blocks) = (*of_directory, self.blocks.len() as u64);
            *of_directory = match (keep_images, self.boots) {
                (true, _) => so_far.saturating_add(cell.disk_needed().saturating_mul(blocks)),
                (false, Boots::PerBlock) => so_far.saturating_add(cell.disk_needed()),
                (false, Boots::PerRun) => so_far.max(cell.disk_needed()),
            };
        }
        needed
    }

    /// Memory of the guests that are booted at the same time where none is booted ahead, with so much for each
    /// QEMU beside its guest, bytes. 0 where there are no guests.
    pub fn memory_needed(&self, of_qemu: u64) -> u64 {
        let of = self.at_once().into_iter().map(|(machine, boots)| {
            machine.memory.saturating_add(of_qemu).saturating_mul(boots as u64)
        });
        of.fold(0, u64::saturating_add)
    }
}

impl Cell {
    /// Most bytes on the host's disk that one run of it takes.
    pub fn disk_needed(&self) -> u64 {
        let work = &self.workload.work;
        // A filesystem writes more than the file: its tables, its journal.
        let written = match work.written() {
            0 => 0,
            written => written.saturating_add(written / 8 + (64 << 20)).min(self.image.spec.size),
        };
        let source = work.source().map_or(0, |(bytes, _)| bytes);
        self.image.spec.allocation(written).saturating_add(source)
    }
}

fn select(cells: &mut Vec<Cell>, pattern: &str) -> anyhow::Result<()> {
    let glob = Glob::new(pattern)
        .with_context(|| format!("--only '{pattern}' is not a glob; an example is 'sparse-*'"))?
        .compile_matcher();
    let names: Vec<_> = cells.iter().map(|cell| cell.name.clone()).collect();
    cells.retain(|cell| glob.is_match(&cell.name));
    if cells.is_empty() {
        bail!("--only '{pattern}' matches no cell; the cells are: {}", names.join(", "));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::{collections::BTreeSet, path::Path};

    use super::*;

    fn config() -> Config {
        let text = include_str!("../../configs/default.toml").to_owned();
        Config::parse("default.toml", "default".to_owned(), text, &|_| unreachable!()).unwrap()
    }

    #[test]
    fn each_block_holds_every_cell_once() {
        let plan = Plan::new(&config(), 50, 7, None).unwrap();
        assert_eq!(plan.blocks.len(), 50);
        for block in &plan.blocks {
            assert_eq!(block.iter().collect::<BTreeSet<_>>().len(), 4);
        }
        let orders: BTreeSet<_> = plan.blocks.iter().collect();
        assert!(orders.len() > 15, "50 shuffles of 4 gave only {} orders", orders.len());
    }

    #[test]
    fn the_seed_fixes_the_order() {
        let order = |seed| Plan::new(&config(), 10, seed, None).unwrap().order();
        assert_eq!(order(1), order(1));
        assert_ne!(order(1), order(2));
    }

    /// A resumed experiment relies on it, on whatever version of the libraries it is resumed with.
    #[test]
    fn the_order_of_a_seed_never_changes() {
        let plan = Plan::new(&config(), 3, 2010, None).unwrap();
        assert_eq!(plan.blocks, [vec![0, 1, 3, 2], vec![2, 1, 0, 3], vec![0, 2, 1, 3]]);
    }

    #[test]
    fn runs_are_numbered_from_one_through_all_blocks() {
        let plan = Plan::new(&config(), 3, 2010, None).unwrap();
        let runs: Vec<_> = plan.runs().collect();
        assert_eq!(runs.len(), 12);
        assert_eq!((runs[0].run, runs[0].block, runs[0].position), (1, 1, 1));
        assert_eq!((runs[11].run, runs[11].block, runs[11].position), (12, 3, 4));
    }

    #[test]
    fn times_beyond_all_measure_are_told() {
        assert_eq!(about(u64::MAX), "5124095576030431 h 0 min");
    }

    #[test]
    fn more_runs_than_anybody_waits_for_are_refused() {
        let error = Plan::new(&config(), u32::MAX, 1, None).unwrap_err().to_string();
        assert_eq!(
            error,
            "4294967295 runs of 4 cells are 17179869180 runs; permitted are 1000000: give fewer by --runs, or select cells by --only"
        );
    }

    #[test]
    fn only_selects_by_glob() {
        let plan = |only| Plan::new(&config(), 1, 1, Some(only));
        let names: Vec<_> =
            plan("*-qcow2").unwrap().cells.into_iter().map(|cell| cell.name).collect();
        assert_eq!(names, ["sparse-qcow2", "metadata-qcow2"]);
        let error = plan("vmdk*").unwrap_err().to_string();
        assert_eq!(
            error,
            "--only 'vmdk*' matches no cell; the cells are: sparse-raw, fallocated-raw, sparse-qcow2, metadata-qcow2"
        );
    }

    #[test]
    fn a_boot_carries_the_runs_of_a_block_that_need_the_same_machine() {
        let text = include_str!("../../configs/default.toml");
        let text = text.replace("runs = 3", "runs = 3\nboot = \"per-block\"");
        let text = text.replace("[workload]", "[factors]\ncpus = [1, 2]\n\n[workload]");
        let config =
            Config::parse("t", "t".to_owned(), text, &|_| unreachable!()).map_err(|e| e.render());
        let plan = Plan::new(&config.unwrap(), 2, 7, None).unwrap();
        let all: Vec<_> = plan.runs().collect();
        let none = BTreeSet::new();
        let boots = plan.by_boot(&all, &none);
        assert_eq!(boots.iter().map(Vec::len).collect::<Vec<_>>(), [4, 4, 4, 4]);
        for boot in &boots {
            let first = boot[0];
            assert!(boot.is_sorted_by_key(|run| run.run));
            assert!(boot.iter().all(|run| run.block == first.block));
            let machine = plan.cells[first.cell].machine();
            assert!(boot.iter().all(|run| plan.cells[run.cell].machine() == machine));
        }
        // What is left of a block that was begun.
        assert_eq!(plan.by_boot(&all[6..8], &none).concat().len(), 2);
        // What must not share a boot has one for itself.
        let boots = plan.by_boot(&all, &BTreeSet::from([1, 2]));
        assert_eq!((boots[0].len(), boots[1].len(), boots.concat().len()), (1, 1, 16));
        assert_eq!(plan.at_once().iter().map(|(_, boots)| *boots).collect::<Vec<_>>(), [1, 1]);
        assert_eq!(plan.boots_in_all(), 4);
        assert!(plan.without_udev());
        let mut with_device = plan.clone();
        with_device.cells[0].filesystem = Filesystem::None;
        assert!(!with_device.without_udev());

        let one_by_one = Plan { boots: Boots::PerRun, ..plan };
        assert!(one_by_one.by_boot(&all, &none).iter().all(|boot| boot.len() == 1));
        assert!(one_by_one.without_udev());
        assert_eq!(one_by_one.at_once().len(), 1);
        assert_eq!(one_by_one.boots_in_all(), 16);
    }

    #[test]
    fn one_image_at_a_time_needs_the_room_of_the_largest() {
        let plan = Plan::new(&config(), 3, 1, None).unwrap();
        let needed = |keep| plan.disk_needed(keep)[Path::new("/var/tmp")];
        assert!((300 << 20..304 << 20).contains(&needed(false)), "{}", needed(false));
        assert!(needed(true) >= 12 * (300 << 20));
    }
}
