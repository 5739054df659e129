//! Change points beside Apache Otava, whole process against whole process, on the same CSV files with
//! known steps: times, true change points found, false ones. `make bench-otava` installs Otava and
//! runs it.
//!
//! `otava PROGRAM [SECONDS]`: Otava's command, and how long it may take on 100 histories of ten years.

mod programs;
mod series;

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use programs::{Found, Program, Run};
use series::{Besides, History, Kind, Random, csv, history};

/// How far from a true change point one may be found, in nights, by either.
const TOLERANCE: usize = 7;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let otava = arguments.next().ok_or("usage: otava PROGRAM [SECONDS]")?;
    let limit = match arguments.next() {
        Some(seconds) => seconds.to_string_lossy().parse()?,
        None => 600,
    };
    let beside = std::env::current_exe()?;
    let ours = Program::Ours(beside.with_file_name("detect_csv"));
    let otava = Program::Otava(otava.into());
    let directory = tempfile::tempdir()?;
    println!("# Change points beside Apache Otava 0.8.0\n");
    println!(
        "Made by `make bench-otava`: both read the same CSV file and print JSON, each with its"
    );
    println!(
        "defaults, timed as whole processes. A step of the size given, up or down, comes every 60 to"
    );
    println!(
        "300 nights; found is what lies within {TOLERANCE} nights of one, false what does not.\n"
    );
    println!("{}\n", busyness()?);
    accuracy(&ours, &otava, directory.path())?;
    times(&ours, &otava, directory.path(), Duration::from_secs(limit))
}

/// How busy the machine was with other things when this began, in words.
fn busyness() -> Result<String, Box<dyn Error>> {
    let load = std::fs::read_to_string("/proc/loadavg")?;
    let load = load.split(' ').next().ok_or("/proc/loadavg is empty")?;
    let processors = std::thread::available_parallelism()?;
    Ok(format!("Processors: {processors}. Load of the minute before: {load}."))
}

/// Three histories of three years of each kind: 27 kinds.
fn accuracy(ours: &Program, otava: &Program, directory: &Path) -> Result<(), Box<dyn Error>> {
    let mut kinds = Vec::new();
    for besides in [Besides::Nothing, Besides::Outliers, Besides::Drift] {
        for step in [0.02, 0.05, 0.10] {
            for cv in [0.01, 0.02, 0.05] {
                kinds.push(Kind { step, cv, besides });
            }
        }
    }
    let random = &mut Random::new(41);
    let histories: Vec<History> =
        kinds.iter().flat_map(|kind| [*kind; 3]).map(|kind| history(random, 1_095, kind)).collect();
    let path = directory.join("accuracy.csv");
    std::fs::write(&path, csv(&histories))?;
    let limit = Duration::from_secs(3_600);
    let found = [ours, otava].map(|program| match program.run(&path, histories.len(), limit) {
        Ok(Run::Ended(_, found)) => Ok(found),
        Ok(Run::Stopped(_)) => Err("took more than an hour".into()),
        Err(error) => Err(error),
    });
    let [of_ours, of_otava]: [Result<Found, Box<dyn Error>>; 2] = found;
    let (of_ours, of_otava) = (of_ours?, of_otava?);
    println!("| step | CV of a night | besides | true | found | by Otava | false | by Otava |");
    println!("|{}", " --- |".repeat(8));
    let mut all = [0; 5];
    for (i, kind) in kinds.iter().enumerate() {
        let mut sums = [0; 5];
        for (cell, history) in histories.iter().enumerate().skip(3 * i).take(3) {
            let (hits, wrong) = score(&of_ours, cell, &history.changes);
            let (hits_otava, wrong_otava) = score(&of_otava, cell, &history.changes);
            let row = [history.changes.len(), hits, hits_otava, wrong, wrong_otava];
            sums.iter_mut().zip(row).for_each(|(sum, count)| *sum += count);
        }
        all.iter_mut().zip(sums).for_each(|(all, sum)| *all += sum);
        let what = format!(
            "{:.0} % | {:.0} % | {}",
            100.0 * kind.step,
            100.0 * kind.cv,
            kind.besides.name()
        );
        println!("| {what} | {} |", sums.map(|sum| sum.to_string()).join(" | "));
    }
    println!("| all | | | {} |", all.map(|sum| sum.to_string()).join(" | "));
    Ok(())
}

/// True change points with one found within the tolerance, and found ones without a true one; each
/// serves once, the nearest first.
fn score(found: &Found, cell: usize, truth: &[usize]) -> (usize, usize) {
    let found = found.get(&format!("c{cell}")).map_or(&[][..], Vec::as_slice);
    let mut pairs: Vec<(usize, usize, usize)> = Vec::new();
    for (i, night) in found.iter().enumerate() {
        for (j, change) in truth.iter().enumerate() {
            let distance = night.abs_diff(*change);
            if distance <= TOLERANCE {
                pairs.push((distance, i, j));
            }
        }
    }
    pairs.sort_unstable();
    let (mut used, mut hit) = (vec![false; found.len()], vec![false; truth.len()]);
    for (_, i, j) in pairs {
        if !used[i] && !hit[j] {
            (used[i], hit[j]) = (true, true);
        }
    }
    let hits = hit.iter().filter(|hit| **hit).count();
    (hits, found.len() - hits)
}

/// One history of three years, a hundred of ten.
fn times(
    ours: &Program,
    otava: &Program,
    directory: &Path,
    limit: Duration,
) -> Result<(), Box<dyn Error>> {
    println!("\n| histories | nights | whole process | Otava's | times faster |");
    println!("|{}", " --- |".repeat(5));
    let random = &mut Random::new(42);
    for (cells, nights, repeats) in [(1, 1_095, 5), (100, 3_650, 3)] {
        let kind = Kind { step: 0.05, cv: 0.02, besides: Besides::Outliers };
        let histories: Vec<History> = (0..cells).map(|_| history(random, nights, kind)).collect();
        let path = directory.join(format!("{cells}.csv"));
        std::fs::write(&path, csv(&histories))?;
        let mine = median(ours, &path, cells, limit, repeats)?;
        let theirs = median(otava, &path, cells, limit, repeats)?;
        let (mark, theirs) = match theirs {
            (took, true) => ("", took),
            (took, false) => ("at least ", took),
        };
        println!(
            "| {cells} | {nights} | {:.3} s | {mark}{:.1} s | {mark}{:.0} |",
            mine.0.as_secs_f64(),
            theirs.as_secs_f64(),
            theirs.as_secs_f64() / mine.0.as_secs_f64()
        );
    }
    Ok(())
}

/// The median wall time of some runs, and whether all ended.
fn median(
    program: &Program,
    csv: &Path,
    columns: usize,
    limit: Duration,
    repeats: usize,
) -> Result<(Duration, bool), Box<dyn Error>> {
    let mut times = Vec::new();
    for _ in 0..repeats {
        match program.run(csv, columns, limit)? {
            Run::Ended(took, _) => times.push(took),
            Run::Stopped(took) => return Ok((took, false)),
        }
    }
    times.sort_unstable();
    Ok((times[times.len() / 2], true))
}
