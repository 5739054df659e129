//! A round: runs whose appliances are booted at once, and which are then measured one after the other.
//!
//! Images are made one at a time; then all appliances boot, which is all that ever overlaps; then, in
//! the plan's order, each run has the machine to itself from its clock to its end, while those whose
//! turn is yet to come stand still. So what a clock sees is what it sees in a round of one.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use anyhow::Context;

use super::{Boot, Experiment, check_room, job, outcome::Outcome, progress::Progress};
use crate::{
    config::Config,
    host,
    neighbours::{Neighbours, Seen, told},
    plan::{Plan, PlannedRun},
    scratch::Scratch,
    supervise::{Crew, Ending, Interrupts, News},
    suspend::Awake,
    worker::{Event, Turn},
    workload::Work,
};

/// What is the same for every round.
pub(super) struct Orders<'a> {
    pub(super) config: &'a Config,
    pub(super) plan: &'a Plan,
    pub(super) boot: &'a Boot,
    pub(super) keep_images: bool,
    pub(super) interrupts: &'a Interrupts,
    /// Unless it cannot be told who else measures.
    pub(super) neighbours: Option<&'a Neighbours>,
}

/// How many of the runs that are left make the next round: as many as are booted at once, unless the
/// disk has less room for their images; one at least.
pub(super) fn next_round(plan: &Plan, left: &[PlannedRun], ahead: u32) -> usize {
    let at_once = usize::try_from(ahead).unwrap_or(usize::MAX).saturating_add(1);
    let mut taken: BTreeMap<_, u64> = BTreeMap::new();
    let fits = |run: &&PlannedRun| {
        let cell = &plan.cells[run.cell];
        let needed = taken.entry(&cell.directory).or_default();
        *needed = needed.saturating_add(cell.disk_needed());
        host::free(&cell.directory).is_ok_and(|free| *needed <= free)
    };
    left.iter().take(at_once).take_while(fits).count().max(1)
}

/// The runs of a round, in the plan's order.
pub(super) struct Round<'a> {
    experiment: &'a mut Experiment,
    orders: &'a Orders<'a>,
    progress: &'a mut Progress,
    crew: Crew<'a>,
    runs: Vec<Run>,
    /// Since the last change in who is at work.
    awake: Awake,
}

/// A run that was begun.
struct Run {
    planned: PlannedRun,
    outcome: Outcome,
    /// Its private directories, until it has ended.
    scratch: Option<Directories>,
    state: State,
    /// For how long the machine was suspended while it was at work.
    suspended: Duration,
    /// Who else measured while it was at work.
    disturbed_by: Seen,
}

struct Directories {
    images: Scratch,
    _sockets: Scratch,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Works,
    Waits { turn: Turn, since: Instant },
    Ended,
}

impl<'a> Round<'a> {
    pub(super) fn new(
        experiment: &'a mut Experiment,
        orders: &'a Orders<'a>,
        progress: &'a mut Progress,
    ) -> Round<'a> {
        let crew = Crew::new(&orders.config.deadlines, orders.interrupts);
        Round { experiment, orders, progress, crew, runs: Vec::new(), awake: Awake::now() }
    }

    /// Measures the runs. Each has its row when this returns, unless a signal came before it began.
    ///
    /// # Errors
    /// A row cannot be written, or a private directory not be made.
    pub(super) fn measure(mut self, runs: &[PlannedRun]) -> anyhow::Result<()> {
        for &planned in runs {
            if self.orders.interrupts.came() {
                break;
            }
            self.begin(planned)?;
            self.attend()?;
        }
        for at in 0..self.runs.len() {
            self.go(at, Turn::Boot);
        }
        self.attend()?;
        for at in 0..self.runs.len() {
            self.go(at, Turn::Clock);
            self.attend()?;
        }
        Ok(())
    }

    fn begin(&mut self, planned: PlannedRun) -> anyhow::Result<()> {
        let Orders { config, plan, boot, .. } = self.orders;
        let cell = &plan.cells[planned.cell];
        self.look();
        let images = Scratch::under(&cell.directory)?;
        let sockets = Scratch::sockets()?;
        let job = job(config, plan, planned, boot, &images, &sockets)?;
        self.runs.push(Run {
            planned,
            outcome: Outcome::begin(planned, cell, boot.accelerator),
            scratch: Some(Directories { images, _sockets: sockets }),
            state: State::Works,
            suspended: Duration::ZERO,
            disturbed_by: Seen::new(),
        });
        // What was free when the experiment began may have gone since.
        let begun = check_room(cell, boot).and_then(|()| self.crew.start(planned.run, &job));
        match begun {
            Ok(()) => Ok(()),
            Err(error) => self.end(self.runs.len() - 1, Ending::Failed(format!("{error:#}"))),
        }
    }

    /// Lets a run go on that waits for this.
    fn go(&mut self, at: usize, with: Turn) {
        let State::Waits { turn, since } = self.runs[at].state else { return };
        if turn != with {
            return;
        }
        self.look();
        let run = &mut self.runs[at];
        if turn == Turn::Clock && self.orders.boot.ahead > 0 {
            run.outcome.waited(since.elapsed());
        }
        run.state = State::Works;
        self.crew.go(run.planned.run);
    }

    /// Listens until every run waits for its turn or has ended. Any may end at any time.
    fn attend(&mut self) -> anyhow::Result<()> {
        while self.runs.iter().any(|run| run.state == State::Works) || self.interrupted() {
            let (number, news) = self.crew.wait();
            let of_it = |run: &Run| run.planned.run == number;
            let at = self.runs.iter().position(of_it).context("a worker that is nobody's")?;
            match news {
                News::Told(event) => self.heard(at, &event),
                News::Ended(ending) => self.end(at, ending)?,
            }
        }
        Ok(())
    }

    /// Whether a signal came while runs are not over.
    fn interrupted(&self) -> bool {
        self.orders.interrupts.came() && self.runs.iter().any(|run| run.state != State::Ended)
    }

    /// Before who is at work changes: what came from outside came to those who are. To one that stands
    /// still it does nothing.
    fn look(&mut self) {
        let suspended = self.awake.suspended_since().unwrap_or_default();
        let others = self.orders.neighbours.map(Neighbours::take).unwrap_or_default();
        for run in self.runs.iter_mut().filter(|run| run.state == State::Works) {
            run.suspended += suspended;
            for (&process, name) in &others {
                run.disturbed_by.entry(process).or_insert_with(|| name.clone());
            }
        }
        self.awake = Awake::now();
    }

    fn heard(&mut self, at: usize, event: &Event) {
        if let Event::Waits(_) = event {
            self.look();
        }
        let run = &mut self.runs[at];
        if let Event::Waits(turn) = event {
            run.state = State::Waits { turn: *turn, since: Instant::now() };
        }
        let cell = &self.orders.plan.cells[run.planned.cell];
        self.progress.event(run.planned, &cell.name, event);
        run.outcome.heard(event);
    }

    /// Writes the run's row, and removes all that there is of it.
    fn end(&mut self, at: usize, ending: Ending) -> anyhow::Result<()> {
        self.look();
        let run = &mut self.runs[at];
        run.state = State::Ended;
        let Some(scratch) = run.scratch.take() else { return Ok(()) };
        let cell = &self.orders.plan.cells[run.planned.cell];
        let ending =
            self.experiment.judge(ending, &run.outcome, run.suspended, scratch.images.path());
        run.outcome.end(ending);
        run.outcome.record.disturbed_by = told(&run.disturbed_by);
        self.experiment.write(&run.outcome, cell.workload.work.chunk())?;
        self.progress.end(run.planned, &run.outcome.record);
        self.progress.disturbed(&run.outcome.record.disturbed_by);
        if self.orders.keep_images
            && let Some(kept) =
                self.experiment.keep(self.orders.plan, run.planned, &scratch.images)?
        {
            self.progress.note(&format!("image kept: {}", kept.display()));
        }
        Ok(())
    }
}
