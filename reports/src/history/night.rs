//! The nights of a history: its experiments without their runs.

use std::{collections::HashMap, sync::Arc};

use jiff::Timestamp;

use super::{
    Filter, History, HistoryError,
    database::{Database, Purpose, transaction},
    filter::Pattern,
    value::{Row, Value},
};

/// Digits of an id that are printed.
pub(super) const START_OF_ID: usize = 12;

/// One experiment, as far as gate, trends and change points need it. Unknown is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Night {
    /// 64 hexadecimal digits, the same for every copy of the experiment's files.
    pub id: String,
    /// Name of the config.
    pub config: String,
    /// SHA-256 of the config's bytes.
    pub config_sha256: String,
    /// When it started.
    pub started: Timestamp,
    /// Accelerator, CPU and host filesystem in words: only within one environment are times compared.
    pub environment: String,
    /// Runs that were planned.
    pub planned: u32,
    /// Runs that ended, ok or not.
    pub done: u32,
    /// Runs that are ok.
    pub ok: u32,
    /// Cells.
    pub cells: u32,
    /// Version of imgbench.
    pub imgbench: String,
    /// Git revision of imgbench.
    pub revision: String,
    /// First line of QEMU's version.
    pub qemu: String,
    /// First line of qemu-img's version.
    pub qemu_img: String,
    /// Version of libguestfs.
    pub libguestfs: String,
    /// Kernel of the host.
    pub host_kernel: String,
    /// Kernel of the appliance.
    pub guest_kernel: String,
}

impl Night {
    /// The digits of its id that tell it apart on a screen.
    pub fn short_id(&self) -> &str {
        self.id.get(..START_OF_ID).unwrap_or(&self.id)
    }
}

impl History {
    /// The experiments that a filter lets through (its cells and metrics do not matter), by time.
    ///
    /// # Errors
    /// A pattern is no glob, or the database says no.
    pub fn nights(&mut self, filter: &Filter) -> Result<Vec<Night>, HistoryError> {
        let nights = transaction(self.database.as_mut(), Purpose::Reading, |database| {
            read(database, filter)
        })?;
        Ok(nights.into_iter().map(|(_, night)| Arc::unwrap_or_clone(night)).collect())
    }
}

const COLUMNS: &str = "id, identity, config, config_sha256, started, environment, planned, done, ok, \
    cells, imgbench, revision, qemu, qemu_img, libguestfs, host_kernel, guest_kernel";

/// The nights with their numbers in the database, by time.
pub(super) fn read(
    database: &mut dyn Database,
    filter: &Filter,
) -> Result<Vec<(i64, Arc<Night>)>, HistoryError> {
    let environments = Pattern::new(filter.environment.as_deref())?;
    let at = |time: Option<Timestamp>, otherwise| {
        Value::Int(time.map_or(otherwise, Timestamp::as_microsecond))
    };
    let sql = format!(
        "SELECT {COLUMNS} FROM experiments WHERE started >= $1 AND started <= $2 \
         ORDER BY started, identity"
    );
    let mut nights = Vec::new();
    database.each(&sql, &[at(filter.since, i64::MIN), at(filter.until, i64::MAX)], &mut |row| {
        let is_asked_for = filter.config.as_deref().is_none_or(|config| config == row.text(2));
        if is_asked_for && environments.matches(row.text(5)) {
            nights.push((row.int(0), Arc::new(night(row))));
        }
        Ok(())
    })?;
    if let Some(last) = filter.last {
        keep_newest(&mut nights, last);
    }
    Ok(nights)
}

fn keep_newest(nights: &mut Vec<(i64, Arc<Night>)>, last: usize) {
    let of = |night: &Night| (night.config.clone(), night.environment.clone());
    let mut left: HashMap<(String, String), usize> = HashMap::new();
    for (_, night) in nights.iter() {
        *left.entry(of(night)).or_default() += 1;
    }
    nights.retain(|(_, night)| {
        let left = left.entry(of(night)).or_default();
        *left -= 1;
        *left < last
    });
}

fn night(row: &Row) -> Night {
    let text = |at: usize| row.text(at).to_owned();
    let count = |at: usize| u32::try_from(row.int(at)).unwrap_or(0);
    Night {
        id: text(1),
        config: text(2),
        config_sha256: text(3),
        started: Timestamp::from_microsecond(row.int(4)).unwrap_or_default(),
        environment: text(5),
        planned: count(6),
        done: count(7),
        ok: count(8),
        cells: count(9),
        imgbench: text(10),
        revision: text(11),
        qemu: text(12),
        qemu_img: text(13),
        libguestfs: text(14),
        host_kernel: text(15),
        guest_kernel: text(16),
    }
}
