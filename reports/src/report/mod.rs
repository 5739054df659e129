//! One value that holds every number and every word of a report.
//!
//! Takes an [`Experiment`]; yields a [`Report`]. Renderers lay it out and compute nothing, so that
//! text, HTML and e-mail cannot disagree. It never refuses: an experiment in which every run failed
//! has a report that says so.

mod accelerator;
mod boots;
mod cases;
mod comparisons;
mod disk_use;
mod evidence;
mod failures;
mod figures;
mod headline;
mod mail;
mod metrics;
mod numbers;
mod origin;
mod phases;
mod reading;
mod results;
mod setup;
mod table;
mod units;
mod values;
mod warnings;

pub use cases::Case;
pub use comparisons::Comparisons;
pub use disk_use::DiskUse;
pub use evidence::{Evidence, Evidences};
pub use mail::Mail;
pub use origin::Origin;
pub use phases::TimeSpent;
pub use results::{CellResult, Outcome};
pub use table::{Column, Table};

use crate::{
    accelerator::banner,
    plain::plain,
    plot::Figure,
    ranking::Ranking,
    record::Experiment,
    stats::Policy,
    summary::{Summary, summarize},
};
use numbers::{Decimals, count, estimated, level, listed, percent, probability, size};
use units::{Unit, Units};

/// Everything that is reported of one experiment. All text is one line and safe to print.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Name of the config.
    pub name: String,
    /// The question that the config asks; may be empty.
    pub question: String,
    /// What must be read before anything else: that nothing here was measured.
    pub banner: Option<String>,
    /// What was measured, in a sentence.
    pub measured: String,
    /// The cells in the shape of the message of 2010.
    pub cases: Vec<Case>,
    /// The cells as a table of values: median, interval and what it covers.
    pub values: Table,
    /// The cells against the control.
    pub comparisons: Comparisons,
    /// What the table's numbers can say and cannot, a paragraph each.
    pub reading: Vec<String>,
    /// The other numbers of the runs: medians, a table for cells that have the same ones.
    pub metrics: Vec<Table>,
    /// What the disk did, and whether the clock saw it.
    pub disk: DiskUse,
    /// What is missing or makes the numbers doubtful, a sentence or two each.
    pub warnings: Vec<String>,
    /// The runs that are not ok, with their errors.
    pub failures: Vec<String>,
    /// Where the time of the experiment went.
    pub time: TimeSpent,
    /// The setup, question by question: a label and the answer.
    pub setup: Vec<(String, String)>,
    /// What it came to, in a few words.
    pub headline: String,
    /// Where it is from.
    pub origin: Origin,
    /// What only a posting says.
    pub mail: Mail,
    /// The cells as numbers, in the plan's order.
    pub results: Vec<CellResult>,
    /// What QEMU and qemu-img said, and the config.
    pub evidence: Evidences,
    /// The numbers behind cases and table.
    pub summaries: Vec<Summary>,
    /// How the cells stand.
    pub ranking: Ranking,
    /// Name of the cell that the ratios refer to.
    pub control: String,
    /// The figures that there is something for, in the order in which a reader wants them.
    pub figures: Vec<Figure>,
}

impl Report {
    /// Works out the report of an experiment.
    pub fn new(experiment: &Experiment) -> Self {
        let summaries = summarize(experiment);
        let ranking = Ranking::of(&summaries, Policy::default());
        let units = Units::of(&summaries);
        let manifest = &experiment.manifest;
        let banner = banner(experiment);
        let caption = setup::caption(experiment, &summaries, banner.as_deref());
        // A comment of the config, perhaps of several lines.
        let question = plain(&words(&manifest.question));
        let results = results::results(experiment, &summaries, &ranking);
        let headline = headline::headline(&results, banner.is_some());
        let setup = setup::answers(experiment);
        let comparisons = Comparisons::of(&summaries, &ranking);
        let mut reading = reading::paragraphs(&summaries, &ranking);
        reading.extend(boots::paragraph(experiment, &summaries));
        let disk = DiskUse::of(experiment, &summaries);
        let mail = Mail::of(experiment, &headline, &question, &setup, &comparisons, &reading);
        Report {
            name: plain(&manifest.name),
            measured: setup::measured(experiment),
            cases: cases::cases(manifest, &summaries, &units),
            values: values::table(&summaries, &ranking, &units),
            metrics: metrics::tables(experiment, &summaries),
            mail,
            question,
            comparisons,
            reading,
            disk,
            warnings: warnings::all(experiment, &summaries, &ranking),
            failures: failures::list(experiment),
            time: TimeSpent::of(&experiment.runs),
            setup,
            headline,
            origin: Origin::of(experiment),
            results,
            figures: figures::all(experiment, &summaries, &ranking, &units, &caption),
            evidence: Evidences::of(manifest),
            control: manifest.control.clone(),
            ranking,
            summaries,
            banner,
        }
    }
}

/// The words of a text on one line.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
