//! Experiments in which one boot carried the runs of a block: what of the spread is between boots.

mod sample;

use std::time::Duration;

use reports::{
    record::{Experiment, SHARED, Status},
    report::Report,
};

/// Natural logarithms of the times of the four cells of 2010 in three blocks, over the cells' own.
fn measured(of: [[f64; 4]; 3]) -> Experiment {
    let mut experiment = sample::of_2010();
    experiment.manifest.provenance.boot = SHARED.to_owned();
    let names: Vec<String> = experiment.manifest.cells.iter().map(|of| of.name.clone()).collect();
    for run in &mut experiment.runs {
        let cell = names.iter().position(|name| *name == run.cell).expect("a cell of the plan");
        let seconds = (cell + 1) as f64 * of[run.block as usize - 1][cell].exp();
        run.workload_s = Some(Duration::from_secs_f64(seconds));
        run.boot = Some(4 * run.block - 3);
    }
    experiment
}

/// What the report says of boots.
fn said(experiment: &Experiment) -> Option<String> {
    let reading = Report::new(experiment).reading;
    reading.into_iter().find(|paragraph| paragraph.starts_with("One boot carried"))
}

#[test]
fn what_all_runs_of_a_boot_share_is_between_boots() {
    // Standard deviation of -0.1, 0 and 0.1: 0.1.
    let text = said(&measured([[-0.1; 4], [0.0; 4], [0.1; 4]])).expect("a paragraph");
    assert!(text.contains("By 3 whole blocks of one boot each"), "{text}");
    assert!(text.contains("boot and drift together, differs by 10 % "), "{text}");
    assert!(text.contains("beyond what their cells differ, by 0.0 %"), "{text}");
    assert!(text.contains("n counts boots"), "{text}");
}

#[test]
fn what_the_runs_of_a_boot_do_not_share_is_inside_it() {
    // Rows and columns add up to nothing, so that all is residual: sqrt(8 * 0.05^2 / 6), of 6 degrees of
    // freedom.
    let (up, down) = (0.05, -0.05);
    let text = said(&measured([[up, down, up, down], [down, up, down, up], [0.0; 4]]));
    let text = text.expect("a paragraph");
    assert!(text.contains("boot and drift together, differs by 0.0 % "), "{text}");
    assert!(text.contains("beyond what their cells differ, by 5.8 %"), "{text}");
}

#[test]
fn blocks_that_are_not_whole_do_not_count() {
    let mut experiment = measured([[-0.1; 4], [0.0; 4], [0.1; 4]]);
    experiment.runs[11].status = Status::Failed;
    experiment.runs[11].boot = Some(12);
    let text = said(&experiment).expect("a paragraph");
    assert!(text.contains("By 2 whole blocks of one boot each"), "{text}");
    assert!(text.contains("boot and drift together, differs by 7.1 % "), "{text}");
    assert!(text.contains("In 1 block the runs are on more boots than elsewhere"), "{text}");
    // A block on two boots says nothing of what one boot's runs share.
    experiment.runs[4].boot = Some(6);
    let text = said(&experiment).expect("a paragraph");
    assert!(text.contains("cannot be told"), "{text}");
    experiment.runs.truncate(4);
    let text = said(&experiment).expect("a paragraph");
    assert!(text.contains("cannot be told: it takes two cells in two whole blocks"), "{text}");
}

#[test]
fn of_boots_for_each_run_nothing_is_said() {
    assert_eq!(said(&sample::of_2010()), None);
}
