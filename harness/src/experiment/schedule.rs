//! A round: appliances that are booted beside one another, and whose runs are measured one after the
//! other.
//!
//! Images are made one at a time, each while the appliances before it boot already, as many at once as
//! there are processors, or two. In the plan's order each run has the machine to itself from its clock to the end
//! of its sync, while everybody else stands still: who is up waits, and whose boot is under way is stopped
//! through QEMU's monitor, and goes on between the clocks. So what a clock sees is what it sees in a round
//! of one run.

use std::{
    collections::{BTreeMap, BTreeSet},
    thread,
    time::{Duration, Instant},
};

use anyhow::Context;

use super::{Boot, Experiment, check_room, job, outcome::Outcome, progress::Progress};
use crate::{
    appliance::Brake,
    config::{Boots, Config},
    host,
    neighbours::{Neighbours, Seen, told},
    plan::{Plan, PlannedRun},
    scratch::Scratch,
    supervise::{Crew, Ending, Interrupts, News},
    suspend::Awake,
    worker::{Event, Turn},
    workload::Work,
};

/// How often it is tried to stop a guest whose QEMU is not there yet.
const TRY: Duration = Duration::from_millis(10);

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

/// How many of the runs that are left make the next round: those of as many boots, or blocks, as are
/// booted at once, unless the disk has less room for their images; one at least.
pub(super) fn next_round(
    plan: &Plan,
    left: &[PlannedRun],
    alone: &BTreeSet<u32>,
    ahead: u32,
) -> usize {
    let at_once = ahead.saturating_add(1);
    let (mut boots, mut last) = (0, None);
    let mut of_round = |run: &&PlannedRun| {
        let shared = plan.boots == Boots::PerBlock && !alone.contains(&run.run);
        let of_boot = if shared { (run.block, 0) } else { (run.block, run.run) };
        boots += u32::from(last.replace(of_boot) != Some(of_boot));
        boots <= at_once
    };
    let mut taken: BTreeMap<_, u64> = BTreeMap::new();
    let fits = |run: &&PlannedRun| {
        let cell = &plan.cells[run.cell];
        let needed = taken.entry(&cell.directory).or_default();
        *needed = needed.saturating_add(cell.disk_needed());
        host::free(&cell.directory).is_ok_and(|free| *needed <= free)
    };
    left.iter().take_while(|run| of_round(run)).take_while(fits).count().max(1)
}

/// The workers of a round, in the order of their first runs.
pub(super) struct Round<'a> {
    experiment: &'a mut Experiment,
    orders: &'a Orders<'a>,
    progress: &'a mut Progress,
    crew: Crew<'a>,
    workers: Vec<Worker>,
    /// Runs that have their row.
    ended: BTreeSet<u32>,
    /// Since the last change in who is at work.
    awake: Awake,
    /// How many may be at work at once, the one that is between two clocks among them: as many as there are
    /// processors, and two at least, so that somebody boots while another waits for the disk.
    at_work: usize,
    /// A clock runs, or is about to: nobody begins to boot.
    clock: bool,
}

/// A worker and its runs, those of one boot.
struct Worker {
    /// What the crew knows it by.
    number: u32,
    state: State,
    /// Whether its appliance is up, or it needs none.
    launched: bool,
    runs: Vec<Run>,
    /// The one that it is about.
    at: usize,
    sockets: Scratch,
    /// Whether it was told to boot.
    boots: bool,
    /// Once its guest was stopped while it was at work.
    brake: Option<Brake>,
    /// For how long its guest was held in the phase that it is in.
    held: Duration,
}

/// A run that was begun, or is going to be.
struct Run {
    planned: PlannedRun,
    outcome: Outcome,
    /// The private directory of its image, until it has ended.
    images: Option<Scratch>,
    /// For how long the machine was suspended while it was at work.
    suspended: Duration,
    /// For how long its guest was stopped while it was at work.
    held: Duration,
    /// Who else measured while it was at work.
    disturbed_by: Seen,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Works,
    /// It was at work when its guest was stopped.
    Held {
        since: Instant,
    },
    Waits {
        turn: Turn,
        since: Instant,
    },
    Ended,
}

impl<'a> Round<'a> {
    pub(super) fn new(
        experiment: &'a mut Experiment,
        orders: &'a Orders<'a>,
        progress: &'a mut Progress,
    ) -> Round<'a> {
        let crew = Crew::new(&orders.config.deadlines, orders.interrupts);
        let (workers, ended) = (Vec::new(), BTreeSet::new());
        let at_work = thread::available_parallelism().map_or(1, usize::from).max(2);
        let (awake, clock) = (Awake::now(), false);
        Round { experiment, orders, progress, crew, workers, ended, awake, at_work, clock }
    }

    /// Measures the runs, and yields those that are still to be done: where a worker ended early, the
    /// run that it was about has its row, and those that it had not begun have none.
    ///
    /// # Errors
    /// A row cannot be written, or a private directory not be made.
    pub(super) fn measure(mut self, runs: &[PlannedRun]) -> anyhow::Result<Vec<PlannedRun>> {
        for of_boot in self.orders.plan.by_boot(runs, &self.experiment.alone) {
            if self.orders.interrupts.came() {
                break;
            }
            if of_boot.iter().all(|run| self.boots(run)) {
                self.begin(&of_boot)?;
            }
        }
        for run in runs {
            let has_it = |worker: &Worker| worker.has(run.run);
            let at = match self.workers.iter().position(has_it) {
                Some(at) => at,
                // Without a boot there is nothing to be done beforehand.
                None if !self.boots(run) && !self.orders.interrupts.came() => {
                    self.begin(std::slice::from_ref(run))?
                }
                None => continue,
            };
            self.attend(|workers| !workers[at].is_ready())?;
            if !self.workers[at].has(run.run) {
                continue;
            }
            self.hold_all()?;
            self.go(at, Turn::Clock);
            self.attend(|workers| workers[at].state == State::Works)?;
            self.release();
        }
        Ok(runs.iter().filter(|run| !self.ended.contains(&run.run)).copied().collect())
    }

    fn boots(&self, run: &PlannedRun) -> bool {
        self.orders.plan.cells[run.cell].workload.work.place().in_guest()
    }

    /// Starts a worker for these runs, and yields it when it has their images, or has ended.
    fn begin(&mut self, of_boot: &[PlannedRun]) -> anyhow::Result<usize> {
        let Orders { config, plan, boot, .. } = self.orders;
        self.look();
        let sockets = Scratch::sockets()?;
        let first = of_boot.first().context("a boot without a run")?;
        let (mut runs, mut jobs) = (Vec::new(), Vec::new());
        for &planned in of_boot {
            let cell = &plan.cells[planned.cell];
            let images = Scratch::under(&cell.directory)?;
            jobs.push(job(config, plan, planned, &images)?);
            runs.push(Run {
                planned,
                outcome: Outcome::begin(planned, cell, boot.accelerator, first.run),
                images: Some(images),
                suspended: Duration::ZERO,
                held: Duration::ZERO,
                disturbed_by: Seen::new(),
            });
        }
        let cell = &plan.cells[first.cell];
        let job = super::job_of_boot(cell, boot, &sockets, jobs);
        let (number, state, at) = (first.run, State::Works, self.workers.len());
        self.workers.push(Worker {
            number,
            state,
            launched: true,
            runs,
            at: 0,
            sockets,
            boots: false,
            brake: None,
            held: Duration::ZERO,
        });
        // What was free when the experiment began may have gone since.
        match check_room(cell, boot).and_then(|()| self.crew.start(number, &job)) {
            Ok(()) => self.attend(|workers| workers[at].prepares())?,
            Err(error) => self.end_worker(at, Ending::Failed(format!("{error:#}")))?,
        }
        Ok(at)
    }

    /// Lets a worker go on that waits for this.
    fn go(&mut self, at: usize, with: Turn) {
        let State::Waits { turn, since } = self.workers[at].state else { return };
        if turn != with {
            return;
        }
        self.look();
        let waited = self.orders.boot.ahead > 0 || self.orders.plan.boots == Boots::PerBlock;
        let worker = &mut self.workers[at];
        if turn == Turn::Clock && waited {
            worker.run().outcome.waited(since.elapsed());
        }
        worker.launched = turn != Turn::Boot;
        worker.boots |= turn == Turn::Boot;
        worker.state = State::Works;
        self.crew.go(worker.number);
    }

    /// Lets those boot that wait for it, the first first, while there is room for them.
    fn boot(&mut self) {
        let at_work = |worker: &&Worker| worker.boots && worker.state == State::Works;
        let waits = |worker: &Worker| matches!(worker.state, State::Waits { turn: Turn::Boot, .. });
        while !self.clock
            && self.workers.iter().filter(at_work).count() < self.at_work
            && let Some(at) = self.workers.iter().position(waits)
        {
            self.go(at, Turn::Boot);
        }
    }

    /// Has everybody stand still for the clock of one, who stands still already and is let go on by its
    /// worker.
    fn hold_all(&mut self) -> anyhow::Result<()> {
        self.clock = true;
        (0..self.workers.len()).try_for_each(|at| self.hold(at))
    }

    /// Has a worker's guest stand still. One whose QEMU cannot be spoken to yet is waited for until it can,
    /// or does nothing any more.
    fn hold(&mut self, at: usize) -> anyhow::Result<()> {
        while self.workers[at].may_move() && !self.orders.interrupts.came() {
            let worker = &mut self.workers[at];
            if worker.brake.is_none() {
                worker.brake = Brake::connect(worker.sockets.path()).ok();
            }
            let since = Instant::now();
            match worker.brake.as_mut().map(Brake::stop) {
                Some(Ok(())) => {
                    self.look();
                    let worker = &mut self.workers[at];
                    if worker.state == State::Works {
                        worker.state = State::Held { since };
                        self.crew.is_held(worker.number);
                    }
                    return Ok(());
                }
                // Its worker's end will tell why, or its deadline.
                Some(Err(_)) => worker.brake = None,
                None => {}
            }
            if let Some((number, news)) = self.crew.look(TRY) {
                self.take_in(number, news)?;
            }
        }
        Ok(())
    }

    /// Lets all go on that were held, but for those that came to wait for their clock meanwhile.
    fn release(&mut self) {
        self.look();
        self.clock = false;
        for worker in &mut self.workers {
            let State::Held { since } = worker.state else { continue };
            worker.state = State::Works;
            let held = since.elapsed();
            worker.held += held;
            worker.run().held += held;
            if worker.brake.as_mut().is_some_and(|brake| brake.release().is_err()) {
                worker.brake = None;
            }
            self.crew.goes_on(worker.number);
        }
    }

    /// Listens for as long as this holds of the workers, and after an interrupt until all have ended.
    /// Any may end at any time.
    fn attend(&mut self, while_: impl Fn(&[Worker]) -> bool) -> anyhow::Result<()> {
        loop {
            self.boot();
            if !while_(&self.workers) && !self.interrupted() {
                return Ok(());
            }
            let (number, news) = self.crew.wait();
            self.take_in(number, news)?;
        }
    }

    fn take_in(&mut self, number: u32, news: News) -> anyhow::Result<()> {
        let of_it = |worker: &Worker| worker.number == number;
        let at = self.workers.iter().position(of_it).context("a worker that is nobody's")?;
        match news {
            News::Told(event) => self.heard(at, &event),
            News::Ended(ending) => self.end_worker(at, ending),
        }
    }

    /// Whether a signal came while workers are there.
    fn interrupted(&self) -> bool {
        let there = |worker: &Worker| worker.state != State::Ended;
        self.orders.interrupts.came() && self.workers.iter().any(there)
    }

    /// Before who is at work changes: what came from outside came to those who are. To one that stands
    /// still it does nothing.
    fn look(&mut self) {
        let suspended = self.awake.suspended_since().unwrap_or_default();
        let others = self.orders.neighbours.map(Neighbours::take).unwrap_or_default();
        for worker in self.workers.iter_mut().filter(|worker| worker.state == State::Works) {
            let run = worker.run();
            run.suspended += suspended;
            for (&process, name) in &others {
                run.disturbed_by.entry(process).or_insert_with(|| name.clone());
            }
        }
        self.awake = Awake::now();
    }

    fn heard(&mut self, at: usize, event: &Event) -> anyhow::Result<()> {
        let ended;
        let event = match event {
            Event::End(phase, took) => {
                // Less what its guest was stopped meanwhile.
                let held = std::mem::take(&mut self.workers[at].held);
                ended = Event::End(*phase, took.saturating_sub(held));
                &ended
            }
            event => event,
        };
        match event {
            Event::Over => return self.end(at, Ending::Done),
            Event::Of(run) => {
                self.look();
                self.workers[at].turn_to(*run)?;
            }
            // What it was stopped between two phases is in neither.
            Event::Begin(_) => self.workers[at].held = Duration::ZERO,
            Event::Launched(_) => self.workers[at].launched = true,
            Event::Synced(_) => self.release(),
            Event::Waits(turn) => {
                self.look();
                self.workers[at].state = State::Waits { turn: *turn, since: Instant::now() };
            }
            _ => {}
        }
        let run = self.workers[at].run();
        let cell = &self.orders.plan.cells[run.planned.cell];
        run.outcome.heard(event);
        self.progress.event(run.planned, &cell.name, event);
        Ok(())
    }

    /// A worker is gone; the run that it was about is over. Of several whose appliance did not come up
    /// nobody knows which is to blame, so that each is booted again, by itself.
    fn end_worker(&mut self, at: usize, ending: Ending) -> anyhow::Result<()> {
        self.look();
        let worker = &mut self.workers[at];
        (worker.state, worker.brake) = (State::Ended, None);
        let number = worker.runs.len();
        match ending {
            Ending::Failed(why) | Ending::Timeout(why) if !worker.launched && number > 1 => {
                let runs = worker.runs.drain(..);
                self.experiment.alone.extend(runs.map(|run| run.planned.run));
                self.progress.note(&format!(
                    "the appliance of {number} runs did not come up, each is booted by itself: {why}"
                ));
                Ok(())
            }
            ending => self.end(at, ending),
        }
    }

    /// Writes the row of the run that a worker is about, and removes all that there is of it.
    fn end(&mut self, at: usize, ending: Ending) -> anyhow::Result<()> {
        self.look();
        let run = self.workers[at].run();
        let Some(images) = run.images.take() else { return Ok(()) };
        self.ended.insert(run.planned.run);
        let cell = &self.orders.plan.cells[run.planned.cell];
        let ending = self.experiment.judge(ending, &run.outcome, run.suspended, images.path());
        run.outcome.held(run.held);
        run.outcome.end(ending);
        run.outcome.record.disturbed_by = told(&run.disturbed_by);
        self.experiment.write(&run.outcome, cell.workload.work.chunk())?;
        self.progress.end(run.planned, &run.outcome.record);
        self.progress.disturbed(&run.outcome.record.disturbed_by);
        if self.orders.keep_images
            && let Some(kept) = self.experiment.keep(self.orders.plan, run.planned, &images)?
        {
            self.progress.note(&format!("image kept: {}", kept.display()));
        }
        Ok(())
    }
}

impl Worker {
    /// The run that it is about.
    fn run(&mut self) -> &mut Run {
        &mut self.runs[self.at]
    }

    /// Whether a run is still to come on it, or is under way.
    fn has(&self, run: u32) -> bool {
        let of_it = |of: &Run| of.planned.run == run && of.images.is_some();
        self.state != State::Ended && self.runs.iter().any(of_it)
    }

    /// Whether it waits for a clock, or will never again.
    fn is_ready(&self) -> bool {
        matches!(self.state, State::Waits { turn: Turn::Clock, .. } | State::Ended)
    }

    fn prepares(&self) -> bool {
        self.state == State::Works && !self.boots
    }

    /// Whether its guest may do something: it does, or was let go just as it came to wait.
    fn may_move(&self) -> bool {
        match self.state {
            State::Works => true,
            State::Waits { .. } => self.brake.is_some(),
            State::Held { .. } | State::Ended => false,
        }
    }

    /// What it tells is as trustworthy as any process' output.
    fn turn_to(&mut self, run: usize) -> anyhow::Result<()> {
        anyhow::ensure!(run < self.runs.len(), "a worker told of a run that it does not have");
        self.at = run;
        Ok(())
    }
}
