//! An experiment read back from its directory.
//!
//! Takes the directory; yields what `experiment.toml`, `runs.csv`, `chunks.csv` and `metrics.csv` say
//! together.
//! Refuses rows that contradict the plan or each other. Passes over, with a warning, what a crash
//! can leave: a last line cut short. `chunks.csv` and `metrics.csv` may be missing altogether.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    ChunkRecord, LoadError, Manifest, MetricRecord, Record, Status, chunks, metrics, run,
    table::Table,
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

        let path = directory.join("chunks.csv");
        let mut chunks = Vec::new();
        if path.exists() {
            let table = Table::read(&path)?;
            chunks = read_chunks(&table, &runs)?;
            warnings.extend(table.warning);
        }
        let path = directory.join("metrics.csv");
        let mut metrics = Vec::new();
        if path.exists() {
            let table = Table::read(&path)?;
            metrics = read_metrics(&table, &runs)?;
            warnings.extend(table.warning);
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

/// The chunks of the runs that are ok. There may be a million: no text of a row is kept.
fn read_chunks(table: &Table, runs: &[Record]) -> Result<Vec<ChunkRecord>, LoadError> {
    let ok = runs.iter().filter(|record| record.status == Status::Ok);
    let of_run = |run: &Record| (run.run, (Arc::from(run.cell.as_str()), Vec::new()));
    let mut chunks: HashMap<u32, (Arc<str>, Vec<ChunkRecord>)> = ok.map(of_run).collect();
    table.each_row(chunks::NEEDED, |row| {
        let run = row.nth(0).parse().or_else(|_| row.number("run"))?;
        let chunk: u32 = row.nth(2).parse().or_else(|_| row.number("chunk"))?;
        let offset = row.nth(3).parse().or_else(|_| row.number("offset"))?;
        let seconds = row.time("seconds")?;
        let Some((cell, of_run)) = chunks.get_mut(&run) else { return Ok(()) };
        if row.nth(1) != &**cell {
            let permitted = format!("run {run} is of cell {:?} in runs.csv", &**cell);
            return Err(row.refuse("cell", &permitted));
        }
        // A run that is done again after a crash begins at chunk 0 again.
        if chunk == 0 {
            of_run.clear();
        }
        if chunk as usize != of_run.len() {
            let permitted = format!("the next chunk of run {run} here is {} or 0", of_run.len());
            return Err(row.refuse("chunk", &permitted));
        }
        of_run.push(ChunkRecord { run, cell: Arc::clone(cell), chunk, offset, seconds });
        Ok(())
    })?;
    let in_order = runs.iter().filter_map(|run| chunks.remove(&run.run));
    Ok(in_order.flat_map(|(_, chunks)| chunks).collect())
}

/// The other numbers of the runs that are ok.
fn read_metrics(table: &Table, runs: &[Record]) -> Result<Vec<MetricRecord>, LoadError> {
    let ok = cells_of_ok_runs(runs);
    let mut metrics: BTreeMap<u32, Vec<MetricRecord>> = BTreeMap::new();
    table.each_row(metrics::NEEDED, |row| {
        let found = MetricRecord::from_row(row)?;
        let Some(&cell) = ok.get(&found.run) else { return Ok(()) };
        if found.cell != cell {
            let permitted = format!("run {} is of cell {cell:?} in runs.csv", found.run);
            return Err(row.refuse("cell", &permitted));
        }
        let of_run = metrics.entry(found.run).or_default();
        // A run that is done again after a crash says all its numbers again, in the same order.
        if of_run.first().is_some_and(|first| first.metric.name == found.metric.name) {
            of_run.clear();
        }
        if of_run.iter().any(|other| other.metric.name == found.metric.name) {
            return Err(row.refuse("metric", "a run has one value of each metric"));
        }
        of_run.push(found);
        Ok(())
    })?;
    Ok(metrics.into_values().flatten().collect())
}

fn cells_of_ok_runs(runs: &[Record]) -> HashMap<u32, &str> {
    let ok = runs.iter().filter(|record| record.status == Status::Ok);
    ok.map(|record| (record.run, record.cell.as_str())).collect()
}
