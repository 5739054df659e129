//! imgbench, the benchmark for guest disk-image formats.
//!
//! The pipeline, which `run` below shows as consecutive calls:
//!
//! ```text
//! config file → Config → Plan → for each run: Image → Appliance → Record → files → report
//! ```
//!
//! Each run is done by a worker process (`worker`), watched by this one (`supervise`).
#![forbid(unsafe_code)]

use std::{
    collections::HashMap,
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::OnceLock,
};

use anyhow::{Context, bail, ensure};
use clap::{CommandFactory, Parser};
use reports::{
    calibration::{Calibration, Cells},
    history::HistoryError,
    record::{Experiment as Written, LoadError, Provenance, Status},
    report::Report,
};

use imgbench::{
    Interrupted, accel, appliance_cache, appliance_lean,
    calibrate::{self, Pilot},
    cli::{self, Cli, Command},
    config::{Accel, Config, ConfigError, Kind},
    doctor as health,
    experiment::{self, Boot, Experiment, ahead, lock, provenance},
    host, libguestfs,
    nightly::{self as job, Tonight},
    plan::{Plan, appliance_of},
    report::Rendered,
    supervise::Interrupts,
    worker,
};

const FAILED: u8 = 1;
const USAGE: u8 = 2;
const INTERRUPTED: u8 = 130;

/// Why standard output does not have all that it should.
static UNWRITTEN: OnceLock<io::Error> = OnceLock::new();

/// Something failed after measuring had begun, so that it is no fault of command line or config.
#[derive(Debug, thiserror::Error)]
#[error("{0:#}")]
struct Measuring(anyhow::Error);

fn main() -> ExitCode {
    let command = match Cli::try_parse() {
        Ok(cli) => cli.command,
        Err(error) => return misused(&error),
    };
    let done = match command {
        Command::Run(args) => run(&args),
        Command::Plan(args) => show_plan(&args),
        Command::Doctor(args) => doctor(&args),
        Command::Calibrate(args) => calibrate(&args),
        Command::Report(args) => match args.format {
            None => report(&args.directory).map(|_| ExitCode::SUCCESS),
            Some(format) => imgbench::report::rendered(&args.directory, format)
                .and_then(|rendered| deliver(rendered, args.out.as_deref())),
        },
        Command::Mail(args) => {
            imgbench::mail::mail(&args).and_then(|message| deliver(message, args.out.as_deref()))
        }
        Command::Compare(args) => compare(&args),
        Command::Nightly(args) => nightly(&args),
        Command::History(args) => history(&args),
        Command::Completions { shell } => completions(shell),
        Command::Man => man(),
        Command::Worker { parent } => worker::main(parent).map(|()| ExitCode::SUCCESS),
        Command::Libguestfs => libguestfs::tell().map(|()| ExitCode::SUCCESS),
    };
    let code = done.unwrap_or_else(|error| tell(&error));
    let Some(error) = UNWRITTEN.get() else { return code };
    say(&format!("error: standard output: {error}"));
    if code == ExitCode::SUCCESS { ExitCode::from(FAILED) } else { code }
}

/// `imgbench run`: the whole pipeline.
fn run(args: &cli::Run) -> anyhow::Result<ExitCode> {
    let (config, plan, recorded_ahead) = match &args.resume {
        None => {
            let (config, plan) = chosen_plan(args)?;
            (config, plan, None)
        }
        Some(directory) => recorded_plan(directory, args.config.as_deref())?,
    };
    let interrupts = Interrupts::catch()?;
    host::check(&plan, args.keep_images)?;
    // All that can refuse does so before an appliance is booted to prove the accelerator.
    let out = out_directory(args.out.as_deref(), &config);
    let resumed: Option<(&Path, File)> = match args.resume.as_deref() {
        Some(directory) => Some((directory, lock(directory)?)),
        None => {
            Experiment::check_directory(&out)?;
            None
        }
    };
    let ahead = match (args.booting.boot_ahead, recorded_ahead) {
        // What it began with may be more than there is room for now, and nobody asked for it.
        (None, Some(recorded)) => ahead(&plan, None)?.min(recorded),
        (asked, _) => ahead(&plan, asked)?,
    };
    let (boot, accelerator) = boot(&config, &plan, ahead, &interrupts)?;
    let provenance = provenance::gather(&config, &plan, &boot, &accelerator)?;
    let mut experiment = match resumed {
        None => Experiment::create(&out, &config, &plan, provenance)?,
        Some((directory, lock)) => Experiment::resume(directory, lock, &provenance)?,
    };
    let measured = experiment.measure(&config, &plan, &boot, args.keep_images, &interrupts);
    // What there is is reported, whatever came in between.
    let reported = report(experiment.directory());
    let written = measured.and(reported).map_err(Measuring)?;
    Ok(exit_code(&written, &interrupts))
}

/// `imgbench nightly`: doctor, a run, then history, gate, fresh blocks of what alarmed, and one verdict.
fn nightly(args: &cli::Nightly) -> anyhow::Result<ExitCode> {
    let config = Config::load(&args.config)?;
    let selection = cli::Selection { runs: args.runs, only: None, seed: args.seed };
    let plan = selected(&config, &selection)?;
    let interrupts = Interrupts::catch()?;
    let out = out_directory(args.out.as_deref(), &config);
    Experiment::check_directory(&out)?;
    job::check_history(&args.history, &config.name)?;
    let _lock = nightly_lock(args, &config, &out).map_err(Measuring)?;
    let guests = !simulated()? && !accel::machines(&plan).is_empty();
    let mut warnings = job::check_machine(&config, &plan, guests).map_err(Measuring)?;

    let ahead = ahead(&plan, args.booting.boot_ahead)?;
    let (boot, accelerator) = boot(&config, &plan, ahead, &interrupts)?;
    let provenance = provenance::gather(&config, &plan, &boot, &accelerator)?;
    let mut experiment = Experiment::create(&out, &config, &plan, provenance.clone())?;
    let measured = experiment.measure(&config, &plan, &boot, false, &interrupts);
    let reported = report(&out);
    let written = measured.and(reported).map_err(Measuring)?;
    if interrupts.came() {
        say("An interrupted night is not judged. When it has gone on, add it to the history:");
        say(&format!("  {}", import_command(args, &out)));
        return Ok(exit_code(&written, &interrupts));
    }

    let kept = || {
        format!(
            "the night is whole in {0}; when that is mended: {1}",
            out.display(),
            import_command(args, &out)
        )
    };
    let tonight = Tonight::enter(&written, &args.history).with_context(kept).map_err(Measuring)?;
    let alarms = tonight.alarms();
    let of_night = job::warnings(&plan, &written.manifest.config_sha256, tonight.before.as_ref());
    warnings.extend(of_night);
    warnings.extend(job::disturbed(&written.runs));
    let (mut fresh, mut failed) = (HashMap::new(), false);
    if !alarms.is_empty() {
        say(&format!("Alarm: {}. Measuring fresh blocks of it", alarms.join(", ")));
        let (config, plan) = job::blocks(&config, &plan, &alarms);
        let directory = out.join("confirm");
        match fresh_blocks(&config, &plan, &directory, provenance, &boot, &interrupts) {
            Ok(blocks) => fresh = tonight.confirm(&blocks),
            Err(error) => {
                failed = true;
                warnings.push(format!("the fresh blocks could not be measured: {error:#}"));
            }
        }
    }
    let done = tonight.write(&out, &fresh, warnings).map_err(Measuring)?;
    print(&format!("\n{}", done.text));
    print(&format!("Also in {}: nightly.txt, nightly.json, trend.html\n", out.display()));
    if interrupts.came() {
        say("Interrupted while an alarm was being confirmed; the night is in the history.");
        return Ok(ExitCode::from(INTERRUPTED));
    }
    Ok(ExitCode::from(if failed { FAILED } else { done.verdict.exit_code }))
}

fn nightly_lock(args: &cli::Nightly, config: &Config, out: &Path) -> anyhow::Result<File> {
    let path = args.lock.clone().unwrap_or_else(job::lock::of_host);
    let since = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ");
    let (pid, name) = (std::process::id(), &config.name);
    job::lock::take(&path, &format!("{name} in {}, pid {pid}, since {since}", out.display()))
}

/// Without the target: it may hold a password.
fn import_command(args: &cli::Nightly, out: &Path) -> String {
    let elsewhere = if args.history == cli::HISTORY { "" } else { ", with the same --history" };
    format!("imgbench history import {}{elsewhere}", out.display())
}

/// An experiment of its own below the night's, never part of the history.
fn fresh_blocks(
    config: &Config,
    plan: &Plan,
    directory: &Path,
    provenance: Provenance,
    of_night: &Boot,
    interrupts: &Interrupts,
) -> anyhow::Result<Written> {
    host::check(plan, false)?;
    if plan.cells.iter().any(|cell| cell.qemu.is_some()) {
        let (last_good, _) = boot(config, plan, of_night.ahead, interrupts)?;
        ensure!(
            last_good.accelerator == of_night.accelerator,
            "the night ran under {}, and the last good QEMU boots under {} only: set last_good in [nightly] to another",
            of_night.accelerator.as_str(),
            last_good.accelerator.as_str()
        );
    }
    let boot = Boot { ahead: ahead(plan, None)?.min(of_night.ahead), ..of_night.clone() };
    let mut experiment = Experiment::create(directory, config, plan, provenance)?;
    experiment.measure(config, plan, &boot, false, interrupts)?;
    let written = Written::load(directory)?;
    reports::write(directory, &Report::new(&written))?;
    Ok(written)
}

/// `imgbench calibrate`: a pilot, then the image twice and slowed, and what that says.
fn calibrate(args: &cli::Calibrate) -> anyhow::Result<ExitCode> {
    let config = Config::load(&args.config)?;
    let seed = args.seed.or(config.seed).unwrap_or_else(|| rand::random::<u32>().into());
    let pilot_plan = calibrate::pilot(&config, seed)?;
    let interrupts = Interrupts::catch()?;
    host::check(&pilot_plan, false)?;
    let out = out_directory(args.out.as_deref(), &config);
    Experiment::check_directory(&out)?;
    let of_pilot = ahead(&pilot_plan, args.booting.boot_ahead)?;
    let (boot, chosen) = boot(&config, &pilot_plan, of_pilot, &interrupts)?;
    let provenance = provenance::gather(&config, &pilot_plan, &boot, &chosen)?;

    let measure = |name: &str, plan: &Plan| -> anyhow::Result<Option<Written>> {
        let directory = out.join(name);
        let boot = Boot { ahead: ahead(plan, args.booting.boot_ahead)?, ..boot.clone() };
        let provenance = Provenance { boot_ahead: boot.ahead, ..provenance.clone() };
        let mut experiment = Experiment::create(&directory, &config, plan, provenance)?;
        experiment.measure(&config, plan, &boot, false, &interrupts).map_err(Measuring)?;
        Ok((!interrupts.came()).then(|| Written::load(&directory)).transpose()?)
    };
    let interrupted = Ok(ExitCode::from(INTERRUPTED));
    say("Pilot: how fast the disk is to be");
    let Some(pilot) = measure("pilot", &pilot_plan)? else { return interrupted };
    let pilot = Pilot::of(&pilot, args.slowdown).map_err(Measuring)?;
    let Some(slowed) = measure("pilot-slowed", &pilot.slowed(&config, seed)?)? else {
        return interrupted;
    };
    let (plan, names) = pilot.plan(&config, &slowed, args.runs, seed).map_err(Measuring)?;
    let Some(measured) = measure("calibration", &plan)? else { return interrupted };
    reports::write(&measured.directory, &Report::new(&measured))?;
    let cells = Cells { first: &names.first, again: &names.again, slowed: &names.slowed };
    let calibration = Calibration::of(&measured, cells, f64::from(args.slowdown) / 100.0)
        .map_err(|why| Measuring(anyhow::anyhow!(why)))?;
    let text = reports::render::calibration::text(&calibration);
    std::fs::write(out.join("calibration.txt"), &text).map_err(|error| Measuring(error.into()))?;
    print(&text);
    print(&format!("\nFiles in {}\n", out.display()));
    Ok(if calibration.certified() { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}

/// A new experiment's config and plan.
fn chosen_plan(args: &cli::Run) -> anyhow::Result<(Config, Plan)> {
    let path = args.config.as_deref().context("no config was named")?;
    let config = Config::load(path)?;
    let plan = selected(&config, &args.selection)?;
    Ok((config, plan))
}

fn selected(config: &Config, selection: &cli::Selection) -> anyhow::Result<Plan> {
    let runs = selection.runs.unwrap_or(config.runs);
    let seed = selection.seed.or(config.seed).unwrap_or_else(|| rand::random::<u32>().into());
    Plan::new(config, runs, seed, selection.only.as_deref())
}

/// The config and plan of an experiment that goes on, and how many appliances it boots ahead. A config
/// that is named must be its own.
fn recorded_plan(
    directory: &Path,
    named: Option<&Path>,
) -> anyhow::Result<(Config, Plan, Option<u32>)> {
    let manifest = match Written::load(directory) {
        Err(LoadError::NoExperiment { .. })
            if directory.is_dir() && Experiment::check_directory(directory).is_ok() =>
        {
            let shown = directory.display();
            bail!(
                "no experiment was begun in {shown}: give the directory of one, or start one by imgbench run CONFIG --out {shown}"
            );
        }
        written => written?.manifest,
    };
    if experiment::sha256(manifest.config.as_bytes()) != manifest.config_sha256 {
        bail!(
            "{}: its 'config' is not the one of its 'config_sha256': the file was changed since; start a new experiment",
            directory.join("experiment.toml").display()
        );
    }
    if let Some(path) = named {
        let text = Config::load(path)?.text;
        if experiment::sha256(text.as_bytes()) != manifest.config_sha256 {
            bail!(
                "{} is not the config that {} was started with: leave it out, or start a new experiment",
                path.display(),
                directory.display()
            );
        }
    }
    let place = format!("{}, key 'config'", directory.join("experiment.toml").display());
    let recorded = |name: &str| {
        let file = manifest.files.iter().find(|file| file.name == name);
        file.map(|file| file.text.clone()).ok_or_else(|| "it was not recorded".to_owned())
    };
    let config = Config::parse(&place, manifest.name.clone(), manifest.config.clone(), &recorded)?;
    let plan = Plan::recorded(&config, &manifest)?;
    Ok((config, plan, Some(manifest.provenance.boot_ahead)))
}

fn out_directory(named: Option<&Path>, config: &Config) -> PathBuf {
    named.map(Path::to_owned).unwrap_or_else(|| {
        let now = jiff::Timestamp::now().strftime("%Y-%m-%dT%H%M%SZ");
        PathBuf::from(format!("results/{now}-{}", config.name))
    })
}

/// Whether tests have put a simulated appliance in place of the real one.
fn simulated() -> anyhow::Result<bool> {
    #[cfg(feature = "simulated-appliance")]
    return Ok(imgbench::appliance::simulated::Scripts::from_environment()?.is_some());
    #[cfg(not(feature = "simulated-appliance"))]
    Ok(false)
}

/// How the guests of a plan are booted, and why so.
fn boot(
    config: &Config,
    plan: &Plan,
    ahead: u32,
    interrupts: &Interrupts,
) -> anyhow::Result<(Boot, accel::Chosen)> {
    #[cfg(feature = "simulated-appliance")]
    if simulated()? {
        let accelerator = imgbench::appliance::Accelerator::Simulated;
        let reason = "a test of the pipeline".to_owned();
        let chosen = accel::Chosen { accelerator, reason };
        let boot = Boot { accelerator, appliance: None, without_udev: true, ahead };
        return Ok((boot, chosen));
    }
    let machines = accel::machines(plan);
    let kind = config.appliance.kind;
    let guests = !machines.is_empty();
    let appliance = if guests { appliance_of(kind, plan)? } else { None };
    if guests {
        appliance_cache::check_room(&appliance.clone().unwrap_or_else(appliance_cache::base))?;
    }
    if let (Kind::Lean, Some(directory)) = (kind, &appliance) {
        say("Looking whether the lean appliance is built (building it takes some 10 s)");
        appliance_lean::build(directory, interrupts)?;
    }
    if config.appliance.accel != Accel::Tcg && guests {
        say("Proving whether KVM boots the appliance");
    }
    let chosen = accel::choose(
        config.appliance.accel,
        &machines,
        appliance.as_deref(),
        config.deadlines.launch,
        interrupts,
    )?;
    say(&format!("Accelerator: {} ({})", chosen.accelerator.as_str(), chosen.reason));
    let (accelerator, without_udev) = (chosen.accelerator, plan.without_udev());
    Ok((Boot { accelerator, appliance, without_udev, ahead }, chosen))
}

/// Renders an experiment and prints its table and where its files are.
fn report(directory: &Path) -> anyhow::Result<Written> {
    let experiment = Written::load(directory)?;
    for warning in &experiment.warnings {
        say(&format!("warning: {warning}"));
    }
    let report = Report::new(&experiment);
    let files = reports::write(directory, &report).map_err(|error| Measuring(error.into()))?;
    print(&reports::terminal_table(&report));
    print(&format!("\nFiles in {}:\n", directory.display()));
    for file in files {
        print(&format!("  {}\n", file.strip_prefix(directory).unwrap_or(&file).display()));
    }
    Ok(experiment)
}

/// A rendering to standard output, or in place of a file.
fn deliver(rendered: Rendered, out: Option<&Path>) -> anyhow::Result<ExitCode> {
    for line in &rendered.said {
        say(line);
    }
    match out.filter(|path| *path != Path::new("-")) {
        None => output(&rendered.bytes),
        Some(path) => reports::write_as_asked(path, &rendered.bytes)
            .with_context(|| format!("{}: cannot write", path.display()))
            .map_err(Measuring)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn exit_code(experiment: &Written, interrupts: &Interrupts) -> ExitCode {
    let runs = &experiment.runs;
    if interrupts.came() {
        say(&format!(
            "Interrupted; what was measured is kept. Go on with: imgbench run --resume {}",
            experiment.directory.display()
        ));
        return ExitCode::from(INTERRUPTED);
    }
    let failed = runs.iter().filter(|run| run.status != Status::Ok).count();
    if failed > 0 {
        say(&format!("{failed} of {} runs did not succeed: see 'error' in runs.csv", runs.len()));
        return ExitCode::from(FAILED);
    }
    ExitCode::SUCCESS
}

/// `imgbench plan`.
fn show_plan(args: &cli::Plan) -> anyhow::Result<ExitCode> {
    let config = Config::load(&args.config)?;
    let plan = selected(&config, &args.selection)?;
    print(&plan.describe(&config));
    Ok(ExitCode::SUCCESS)
}

/// `imgbench doctor`.
fn doctor(args: &cli::Doctor) -> anyhow::Result<ExitCode> {
    let config = args.config.as_deref().map(Config::load).transpose()?;
    let interrupts = Interrupts::catch()?;
    let works = health::examine(config.as_ref(), &interrupts, &mut |finding| {
        print(&format!("{finding}\n"));
    })?;
    Ok(if works { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}

/// `imgbench compare`.
fn compare(args: &cli::Compare) -> anyhow::Result<ExitCode> {
    let outcome = imgbench::compare::compare(args)?;
    print(&outcome.rendered);
    for line in outcome.said {
        say(&line);
    }
    Ok(ExitCode::from(outcome.code))
}

/// `imgbench history`.
fn history(args: &cli::History) -> anyhow::Result<ExitCode> {
    let all_well = imgbench::history::history(args, &mut print, &mut say)?;
    Ok(if all_well { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}

fn completions(shell: clap_complete::Shell) -> anyhow::Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "imgbench", &mut script);
    print(&String::from_utf8(script)?);
    Ok(ExitCode::SUCCESS)
}

fn man() -> anyhow::Result<ExitCode> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut page)?;
    print(&String::from_utf8(page)?);
    Ok(ExitCode::SUCCESS)
}

/// Help, the version, or what is wrong with the command line. `git bisect run` would take the usual
/// exit code of a mistyped option for a bad revision.
fn misused(error: &clap::Error) -> ExitCode {
    let _ = error.print();
    let bisecting = std::env::args_os().any(|argument| argument == "--bisect");
    ExitCode::from(match error.use_stderr() {
        true if bisecting => imgbench::compare::CANNOT_TELL,
        true => USAGE,
        false => 0,
    })
}

/// The message of an error, and its exit code.
fn tell(error: &anyhow::Error) -> ExitCode {
    if error.is::<Interrupted>() {
        say("Interrupted before the first run; nothing was written.");
        return ExitCode::from(INTERRUPTED);
    }
    match error.downcast_ref::<ConfigError>() {
        Some(error) => say(&error.render()),
        None => say(&format!("error: {error:#}")),
    }
    let of_history = error.downcast_ref::<HistoryError>().is_some_and(|error| !error.is_misuse());
    ExitCode::from(if of_history || error.is::<Measuring>() { FAILED } else { USAGE })
}

/// To standard output.
fn print(text: &str) {
    output(text.as_bytes());
}

/// To standard output. A reader that went away is no failure of ours; a full disk is, when all else is
/// done.
fn output(bytes: &[u8]) {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => drop(UNWRITTEN.set(error)),
        _ => {}
    }
}

/// To standard error, a line.
fn say(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}
