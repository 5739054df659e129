//! One value that holds every number and every word of a report.
//!
//! Takes an [`Experiment`]; yields a [`Report`]. Renderers lay it out and compute nothing, so that
//! text, HTML and e-mail cannot disagree. It never refuses: an experiment in which every run failed
//! has a report that says so.

mod accelerator;
mod cases;
mod failures;
mod figures;
mod numbers;
mod phases;
mod reading;
mod setup;
mod table;

pub use cases::Case;
pub use phases::TimeSpent;
pub use table::{Column, Table};

use crate::{
    plain::plain,
    plot::{ChunksFigure, RunsFigure},
    record::{Experiment, Status},
    summary::{Summary, summarize},
};
use numbers::{Decimals, count, percent, ratio, size};

/// Everything that is reported of one experiment. All text is one line and safe to print.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Name of the config.
    pub name: String,
    /// The question that the config asks; may be empty.
    pub question: String,
    /// What must be read before anything else: that nothing here was measured.
    pub banner: Option<String>,
    /// What was timed, in a sentence.
    pub measured: String,
    /// The cells in the shape of the message of 2010.
    pub cases: Vec<Case>,
    /// The cells as a table.
    pub table: Table,
    /// What the table's numbers can say and cannot, a paragraph each.
    pub reading: Vec<String>,
    /// What is incomplete or was passed over, a sentence or two each.
    pub warnings: Vec<String>,
    /// The runs that are not ok, with their errors.
    pub failures: Vec<String>,
    /// Where the time of the experiment went.
    pub time: TimeSpent,
    /// The setup, question by question: a label and the answer.
    pub setup: Vec<(String, String)>,
    /// The numbers behind cases and table.
    pub summaries: Vec<Summary>,
    /// Name of the cell that the ratios refer to.
    pub control: String,
    /// Every run and the medians.
    pub runs_figure: RunsFigure,
    /// Seconds per chunk along the file.
    pub chunks_figure: ChunksFigure,
}

impl Report {
    /// Works out the report of an experiment.
    pub fn new(experiment: &Experiment) -> Self {
        let summaries = summarize(experiment);
        let medians: Vec<f64> = summaries.iter().filter_map(Summary::median).collect();
        let decimals = Decimals::enough_for(&medians);
        let manifest = &experiment.manifest;
        let banner = accelerator::banner(experiment);
        let caption = setup::caption(experiment, &summaries, banner.as_deref());
        Report {
            name: plain(&manifest.name),
            // A comment of the config, perhaps of several lines.
            question: plain(&words(&manifest.question)),
            measured: setup::measured(experiment),
            cases: cases::cases(manifest, &summaries, decimals),
            table: cases::table(&summaries, decimals),
            reading: reading::paragraphs(experiment, &summaries),
            warnings: warnings(experiment),
            failures: failures::list(experiment),
            time: TimeSpent::of(&experiment.runs),
            setup: setup::answers(experiment),
            runs_figure: figures::runs(experiment, &summaries, decimals, &caption),
            chunks_figure: figures::chunks(experiment, &caption),
            control: manifest.control.clone(),
            summaries,
            banner,
        }
    }
}

/// The words of a text on one line.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What is missing, mixed, or was passed over.
fn warnings(experiment: &Experiment) -> Vec<String> {
    let mut warnings: Vec<String> = experiment.warnings.iter().map(|text| plain(text)).collect();
    warnings.extend(accelerator::mixed(experiment));
    let planned = experiment.manifest.order.iter().map(Vec::len).sum::<usize>();
    let done = experiment.runs.iter().filter(|run| run.status != Status::Interrupted).count();
    if done < planned {
        warnings.push(format!(
            "Incomplete: {done} of {} done. The others can still be done: imgbench run --resume {}",
            count(planned, "planned run"),
            plain(&experiment.directory.display().to_string())
        ));
    }
    warnings
}
