//! A measured night in its history: what the gate says of it, and what is left of that after fresh
//! blocks.

use std::{collections::HashMap, path::Path};

use anyhow::Context;
use reports::{
    gate::{Gate, Outcome},
    history::{Access, Annotation, Filter, History, Night, Series},
    nightly::{self, Fresh, Judgement, Verdict},
    record::Experiment,
    render,
};

/// A night that is in the history.
pub struct Tonight<'a> {
    experiment: &'a Experiment,
    series: Vec<Series>,
    annotations: Vec<Annotation>,
    judgements: Vec<Judgement>,
    /// The newest other night of its config and environment.
    pub before: Option<Night>,
    /// What somebody should look at, in whole sentences.
    pub warnings: Vec<String>,
}

/// What a night came to.
#[derive(Debug)]
pub struct Done {
    /// The verdict.
    pub verdict: Verdict,
    /// It in words, as in `nightly.txt`.
    pub text: String,
}

impl<'a> Tonight<'a> {
    /// Adds the experiment to the history and asks the gate.
    ///
    /// # Errors
    /// The history cannot be used.
    pub fn enter(experiment: &'a Experiment, target: &str) -> anyhow::Result<Tonight<'a>> {
        let mut history = History::open(target, Access::Write)?;
        let imported = history.import(experiment)?;
        let filter = Filter { config: Some(experiment.manifest.name.clone()), ..Filter::default() };
        let nights = history.nights(&filter)?;
        let tonight = nights.iter().find(|night| night.id == imported.id);
        let tonight = tonight.context("the experiment is not in the history after its import")?;
        let here = |night: &&Night| night.environment == tonight.environment;
        let before = nights.iter().filter(here).rfind(|night| night.id != tonight.id).cloned();
        let mut series = history.series(&filter)?;
        series.retain(|series| series.environment == tonight.environment);
        let mut judgements = nightly::replay(&series, &Gate::default(), Some(&imported.id));
        if judgements.last().is_none_or(|last| last.night.id != imported.id) {
            // Nothing of the night has a value.
            let night = std::sync::Arc::new(tonight.clone());
            judgements.push(Judgement { night, cells: Vec::new() });
        }
        let annotations = history.annotations()?;
        let warnings = imported.warnings;
        Ok(Tonight { experiment, series, annotations, judgements, before, warnings })
    }

    /// The cells that alarm.
    pub fn alarms(&self) -> Vec<&str> {
        let cells = self.judgements.last().map_or(&[][..], |last| &last.cells);
        let alarms = cells.iter().filter(|cell| cell.judged.outcome == Outcome::Alarm);
        alarms.map(|cell| cell.cell.as_str()).collect()
    }

    /// What fresh blocks say of each alarm, by cell.
    pub fn confirm(&self, blocks: &Experiment) -> HashMap<String, Fresh> {
        let cells = self.judgements.last().map_or(&[][..], |last| &last.cells);
        let alarms = cells.iter().filter(|cell| cell.judged.outcome == Outcome::Alarm);
        let manifest = &self.experiment.manifest;
        alarms
            .filter_map(|of| {
                let cell = manifest.cells.iter().find(|cell| cell.name == of.cell)?;
                let control = manifest.control_of(cell);
                let fresh = nightly::confirm(blocks, of, control, Gate::default().margin);
                Some((of.cell.clone(), fresh))
            })
            .collect()
    }

    /// Writes the verdict in words, as JSON, and on top of the trend page, into a directory.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn write(
        &self,
        directory: &Path,
        fresh: &HashMap<String, Fresh>,
        more: Vec<String>,
    ) -> anyhow::Result<Done> {
        let judgement = self.judgements.last().context("the history has no night")?;
        let warnings = self.warnings.iter().cloned().chain(more).collect();
        let verdict = nightly::verdict(self.experiment, judgement, fresh, warnings);
        let text = nightly::text(&verdict);
        let trend = nightly::trend(
            &verdict.night.config,
            &self.series,
            &self.annotations,
            &nightly::changes(&self.series),
            &self.judgements,
            Some(&verdict),
        );
        for (name, content) in [
            ("nightly.txt", &text),
            ("nightly.json", &nightly::json(&verdict)),
            ("trend.html", &render::trend(&trend)),
        ] {
            let path = directory.join(name);
            reports::replace_file(&path, content.as_bytes())
                .with_context(|| format!("writing {}", path.display()))?;
        }
        Ok(Done { verdict, text })
    }
}
