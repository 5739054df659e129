//! An experiment read back from its directory.
//!
//! Takes the directory; yields what `experiment.toml`, `runs.csv`, `chunks.csv` and `metrics.csv` say
//! together.
//! Refuses rows that contradict the plan, each other or their checksums. Passes over, with a warning,
//! what a crash can leave: a last line cut short. `chunks.csv` and `metrics.csv` may be missing
//! altogether, which is said if runs had rows there.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    ChunkRecord, LoadError, Manifest, MetricRecord, Record, Status,
    checksum::Checksum,
    chunks, metrics, run,
    table::{Row, Table},
};

/// Everything that an experiment left behind.
#[derive(Clone, Debug, PartialEq)]
pub struct Experiment {
    /// The directory that it was read from.
    pub directory: PathBuf,
    /// `experiment.toml`.
    pub manifest: Manifest,
    /// The rows of `runs.csv`, by run; of an interrupted run that was done again only the last.
    pub runs: Vec<Record>,
    /// The chunks of the runs that are ok, by run and chunk; of a run that was done again only
    /// those of the last time.
    pub chunks: Vec<ChunkRecord>,
    /// The other numbers of the runs that are ok, by run; of a run that was done again only those of
    /// the last time.
    pub metrics: Vec<MetricRecord>,
    /// What was wrong with the files and passed over, in whole sentences: a truncated last line.
    pub warnings: Vec<String>,
}

impl Experiment {
    /// Reads the files of an experiment.
    ///
    /// # Errors
    /// A file is missing, of another schema, or holds what cannot be.
    pub fn load(directory: &Path) -> Result<Self, LoadError> {
        let manifest = Manifest::read(directory)?;
        let mut warnings = Vec::new();

        let table = Table::read(&directory.join("runs.csv"))?;
        let runs = read_runs(&table, &manifest)?;
        warnings.extend(table.warning);

        let mut chunks = Vec::new();
        let of_run = |run: &Record| run.chunks_crc32;
        if let Some(table) = read_others(directory, "chunks.csv", &runs, of_run, &mut warnings)? {
            chunks = read_chunks(&table, &runs)?;
        }
        let mut metrics = Vec::new();
        let of_run = |run: &Record| run.metrics_crc32;
        if let Some(table) = read_others(directory, "metrics.csv", &runs, of_run, &mut warnings)? {
            metrics = read_metrics(&table, &runs)?;
        }
        Ok(Experiment {
            directory: directory.to_owned(),
            manifest,
            runs,
            chunks,
            metrics,
            warnings,
        })
    }

    /// The numbers of the runs that need not be done again on resume: all that have a row and were
    /// not interrupted.
    pub fn completed_runs(&self) -> BTreeSet<u32> {
        let done = self.runs.iter().filter(|record| record.status != Status::Interrupted);
        done.map(|record| record.run).collect()
    }
}

/// The rows by run, each held to the plan.
fn read_runs(table: &Table, manifest: &Manifest) -> Result<Vec<Record>, LoadError> {
    let plan = manifest.planned_runs();
    let mut runs: BTreeMap<u32, (u64, Record)> = BTreeMap::new();
    table.each_row(run::NEEDED, |row| {
        let record = Record::from_row(row)?;
        let at = usize::try_from(record.run).ok().and_then(|run| run.checked_sub(1));
        let Some(&(block, position, cell)) = at.and_then(|at| plan.get(at)) else {
            let permitted = format!("experiment.toml plans the runs 1 to {}", plan.len());
            return Err(row.refuse("run", &permitted));
        };
        if (record.block, record.position, record.cell.as_str()) != (block, position, cell) {
            return Err(row.error(format!(
                "run {} is block {}, position {}, cell {:?} here, and block {block}, position \
                 {position}, cell {cell:?} in experiment.toml; do the files belong together?",
                record.run, record.block, record.position, record.cell
            )));
        }
        // An interrupted run is done again; no other is.
        if let Some((line, earlier)) = runs.get(&record.run)
            && earlier.status != Status::Interrupted
        {
            return Err(row.error(format!(
                "run {} is already in line {line}, with status {}; only an interrupted run is done \
                 again, so remove the line that does not belong",
                record.run,
                earlier.status.as_str()
            )));
        }
        runs.insert(record.run, (row.line, record));
        Ok(())
    })?;
    Ok(runs.into_values().map(|(_, record)| record).collect())
}

/// A file that may be missing. Where runs had rows in it, that is said.
fn read_others(
    directory: &Path,
    name: &str,
    runs: &[Record],
    checksum: fn(&Record) -> Option<u32>,
    warnings: &mut Vec<String>,
) -> Result<Option<Table>, LoadError> {
    let path = directory.join(name);
    if !path.exists() {
        let missed = runs.iter().filter(|run| checksum(run).is_some()).count();
        if missed > 0 {
            let path = path.display();
            warnings.push(format!("{path}: not there, though {missed} runs had rows in it."));
        }
        return Ok(None);
    }
    let mut table = Table::read(&path)?;
    warnings.extend(table.warning.take());
    Ok(Some(table))
}

/// The rows of one run in a file beside `runs.csv`, as far as they were read.
struct RowsOf<T> {
    /// Cell of the run; one text for all its rows.
    cell: Arc<str>,
    /// What their checksum is to be, where the run knows.
    expected: Option<u32>,
    rows: Vec<T>,
    checksum: Checksum,
    /// Line of the first of them.
    line: u64,
}

/// The rows, by run, of the runs that are ok.
struct RowsByRun<T>(HashMap<u32, RowsOf<T>>);

impl<T> RowsByRun<T> {
    fn new(runs: &[Record], checksum: fn(&Record) -> Option<u32>) -> Self {
        let ok = runs.iter().filter(|record| record.status == Status::Ok);
        let none_yet = |run: &Record| RowsOf {
            cell: Arc::from(run.cell.as_str()),
            expected: checksum(run),
            rows: Vec::new(),
            checksum: Checksum::default(),
            line: 1,
        };
        RowsByRun(ok.map(|run| (run.run, none_yet(run))).collect())
    }

    /// The rows of this row's run so far; nothing if the run is not ok.
    fn of(&mut self, run: u32, row: &Row<'_>) -> Result<Option<&mut RowsOf<T>>, LoadError> {
        let Some(of_run) = self.0.get_mut(&run) else { return Ok(None) };
        if row.text("cell") != &*of_run.cell {
            let permitted = format!("run {run} is of cell {:?} in runs.csv", &*of_run.cell);
            return Err(row.refuse("cell", &permitted));
        }
        Ok(Some(of_run))
    }

    /// All rows in the order of the runs, after those of each run were held to its checksum.
    fn in_order(mut self, table: &Table, runs: &[Record]) -> Result<Vec<T>, LoadError> {
        let mut all = Vec::new();
        for run in runs {
            let Some(of_run) = self.0.remove(&run.run) else { continue };
            let found = (!of_run.rows.is_empty()).then(|| of_run.checksum.value());
            if of_run.expected.is_some() && of_run.expected != found {
                let message = format!(
                    "run {}: its {} rows that begin here are not those of its checksum in \
                     runs.csv: some were changed, damaged or lost since they were written; restore \
                     the file, or remove it to do without",
                    run.run,
                    of_run.rows.len()
                );
                return Err(table.error(of_run.line, message));
            }
            all.extend(of_run.rows);
        }
        Ok(all)
    }
}

impl<T> RowsOf<T> {
    /// A run that is done again after a crash begins again.
    fn begin_again(&mut self) {
        self.rows.clear();
        self.checksum = Checksum::default();
    }

    fn push(&mut self, row: &Row<'_>, read: T) {
        if self.rows.is_empty() {
            self.line = row.line;
        }
        self.checksum.add(row.needed());
        self.rows.push(read);
    }
}

/// The chunks of the runs that are ok. There may be a million: no text of a row is kept.
fn read_chunks(table: &Table, runs: &[Record]) -> Result<Vec<ChunkRecord>, LoadError> {
    let mut chunks = RowsByRun::new(runs, |run| run.chunks_crc32);
    table.each_row(chunks::NEEDED, |row| {
        let run = row.nth(0).parse().or_else(|_| row.number("run"))?;
        let chunk: u32 = row.nth(2).parse().or_else(|_| row.number("chunk"))?;
        let offset = row.nth(3).parse().or_else(|_| row.number("offset"))?;
        let seconds = row.time("seconds")?;
        let Some(of_run) = chunks.of(run, row)? else { return Ok(()) };
        if chunk == 0 {
            of_run.begin_again();
        }
        if chunk as usize != of_run.rows.len() {
            let next = of_run.rows.len();
            let permitted = format!("the next chunk of run {run} here is {next} or 0");
            return Err(row.refuse("chunk", &permitted));
        }
        let cell = Arc::clone(&of_run.cell);
        of_run.push(row, ChunkRecord { run, cell, chunk, offset, seconds });
        Ok(())
    })?;
    chunks.in_order(table, runs)
}

/// The other numbers of the runs that are ok.
fn read_metrics(table: &Table, runs: &[Record]) -> Result<Vec<MetricRecord>, LoadError> {
    let mut metrics: RowsByRun<MetricRecord> = RowsByRun::new(runs, |run| run.metrics_crc32);
    let mut names: HashMap<u32, HashSet<String>> = HashMap::new();
    table.each_row(metrics::NEEDED, |row| {
        let found = MetricRecord::from_row(row)?;
        let Some(of_run) = metrics.of(found.run, row)? else { return Ok(()) };
        let names = names.entry(found.run).or_default();
        // A run that is done again says all its numbers again, in the same order.
        if of_run.rows.first().is_some_and(|first| first.metric.name == found.metric.name) {
            of_run.begin_again();
            names.clear();
        }
        if !names.insert(found.metric.name.clone()) {
            return Err(row.refuse("metric", "a run has one value of each metric"));
        }
        of_run.push(row, found);
        Ok(())
    })?;
    metrics.in_order(table, runs)
}
