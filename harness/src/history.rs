//! `imgbench history`: takes experiments into the history, and prints what is there.
//!
//! Takes the arguments; yields what is to be printed and the exit code. One directory that cannot be
//! imported does not keep the others out.

use std::{
    io::{self, Write},
    path::Path,
    process::Command,
};

use anyhow::{Context, bail};
use reports::{
    gate::Gate,
    history::{self, Access, Filter, Format, History, NewAnnotation, Series, Which},
    nightly,
    record::Experiment,
    render,
};

use crate::cli::{self, DetectFormat};

/// Does what was asked. `print` is for standard output, `say` for standard error, a line each.
/// Yields whether all went well.
///
/// # Errors
/// The history cannot be used at all, or nothing there is what was asked for.
pub fn history(
    args: &cli::History,
    print: &mut dyn FnMut(&str),
    say: &mut dyn FnMut(&str),
) -> anyhow::Result<bool> {
    let target = args.history.as_str();
    match &args.command {
        cli::HistoryCommand::Import { directories } => {
            let mut history = History::open(target, Access::Write)?;
            let imported = directories.iter().filter(|&directory| {
                import(&mut history, directory, print, say)
                    .inspect_err(|error| say(&format!("error: {error:#}")))
                    .is_ok()
            });
            let (imported, all) = (imported.count(), directories.len());
            if imported < all {
                say(&format!("{} of {all} not imported: see above", all - imported));
            }
            return Ok(imported == all);
        }
        cli::HistoryCommand::List { selection, format } => {
            let mut history = History::open(target, Access::Read)?;
            print(&history::nights(&history.nights(&filter(selection, None))?, *format));
            if *format == Format::Text {
                print(&history::annotations(&history.annotations()?));
            }
        }
        cli::HistoryCommand::Show { cell, metric, selection, format } => {
            let mut history = History::open(target, Access::Read)?;
            let mut filter = filter(selection, Some(cell));
            filter.which = metric.clone().map_or(Which::Judged, Which::Named);
            print(&history::series(&history.series(&filter)?, *format));
            if *format == Format::Text {
                print(&history::annotations(&history.annotations()?));
            }
        }
        cli::HistoryCommand::Detect { cell, config, format } => {
            let filter = Filter { cell: cell.clone(), config: config.clone(), ..Filter::default() };
            let series = History::open(target, Access::Read)?.series(&filter)?;
            let changes = nightly::changes(&series);
            print(&match format {
                DetectFormat::Text if series.is_empty() => history::series(&series, Format::Text),
                DetectFormat::Text => nightly::changes_text(&changes),
                DetectFormat::Json => nightly::changes_json(&changes),
            });
        }
        cli::HistoryCommand::Trend { out, config } => {
            trend(&mut History::open(target, Access::Read)?, config.clone(), out)?;
            print(&format!("{}\n", out.display()));
        }
        cli::HistoryCommand::Annotate(args) => annotate(target, args)?,
        cli::HistoryCommand::Export { format } => {
            let mut to = io::BufWriter::new(io::stdout().lock());
            match History::open(target, Access::Read)?.export((*format).into(), &mut to) {
                // A reader that went away is no failure of ours.
                Err(history::HistoryError::Output(error))
                    if error.kind() == io::ErrorKind::BrokenPipe => {}
                done => done?,
            }
            let _ = to.flush();
        }
    }
    Ok(true)
}

/// Imports one experiment and says so in a line.
fn import(
    history: &mut History,
    directory: &Path,
    print: &mut dyn FnMut(&str),
    say: &mut dyn FnMut(&str),
) -> anyhow::Result<()> {
    let experiment = Experiment::load(directory)?;
    let imported = history.import(&experiment)?;
    for warning in experiment.warnings.iter().chain(&imported.warnings) {
        say(&format!("warning: {}: {warning}", directory.display()));
    }
    let (id, did) = (&imported.id[..12], imported.outcome.as_str());
    print(&format!("{}: {id} {did}\n", directory.display()));
    Ok(())
}

/// The page of all that is there. Cells that share a name are told apart by config and environment.
fn trend(history: &mut History, config: Option<String>, out: &Path) -> anyhow::Result<()> {
    let filter = Filter { config, ..Filter::default() };
    let series = history.series(&filter)?;
    if let (true, Some(config)) = (series.is_empty(), &filter.config) {
        bail!(
            "{} has no measured night of a config '{config}': see 'imgbench history list'",
            history.target()
        );
    }
    let judged = |group: &[Series]| nightly::replay(group, &Gate::default(), None);
    let same = |a: &Series, b: &Series| a.config == b.config && a.environment == b.environment;
    let mut judgements: Vec<_> = series.chunk_by(same).flat_map(judged).collect();
    judgements.sort_by_key(|judgement| judgement.night.started);
    let changes = nightly::changes(&series);
    let title = filter.config.as_deref().unwrap_or("All configs").to_owned();
    let annotations = history.annotations()?;
    let page = nightly::trend(&title, &series, &annotations, &changes, &judgements, None);
    reports::write_as_asked(out, render::trend(&page).as_bytes())
        .with_context(|| format!("{}: cannot write", out.display()))
}

fn annotate(target: &str, args: &cli::Annotate) -> anyhow::Result<()> {
    let author = match &args.author {
        Some(author) => author.clone(),
        None => {
            author().context("--author is missing, and neither git nor USER knows who you are")?
        }
    };
    // Read first: an annotation begins no history.
    drop(History::open(target, Access::Read)?);
    let new = NewAnnotation {
        night: args.night.clone(),
        cell: args.cell.clone(),
        kind: args.kind.into(),
        reason: args.reason.clone(),
        author,
    };
    Ok(History::open(target, Access::Write)?.annotate(&new)?)
}

/// Who git says that we are, or the system.
fn author() -> Option<String> {
    let git = Command::new("git").args(["config", "user.name"]).output().ok();
    let git = git.filter(|output| output.status.success());
    let name = git.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    name.filter(|name| !name.is_empty())
        .or_else(|| std::env::var("USER").ok().filter(|name| !name.is_empty()))
}

fn filter(selection: &cli::Nights, cell: Option<&str>) -> Filter {
    Filter {
        config: selection.config.clone(),
        cell: cell.map(str::to_owned),
        environment: selection.environment.clone(),
        since: selection.since,
        until: selection.until,
        last: selection.last,
        which: Which::default(),
    }
}
