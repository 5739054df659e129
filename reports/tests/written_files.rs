//! What `write` leaves in the directory.

mod charted;
mod sample;
mod synthetic;

use std::{error::Error, fs, path::Path};

use reports::{
    plot::{png, svg},
    record::{Experiment, Status},
    report::Report,
    summary::to_csv,
};

#[test]
fn everything_is_written_and_nothing_else() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let files = reports::write(directory.path(), &Report::new(&sample::of_2010()))?;
    let names: Vec<_> = files
        .iter()
        .map(|path| path.strip_prefix(directory.path()).map(Path::to_owned))
        .collect::<Result<_, _>>()?;
    let expected = [
        "report.txt",
        "report.html",
        "report.md",
        "summary.csv",
        "plots/runs.svg",
        "plots/runs.png",
        "plots/ratios.svg",
        "plots/ratios.png",
        "plots/chunks.svg",
        "plots/chunks.png",
        "plots/amplification.svg",
        "plots/amplification.png",
        "report.eml",
    ];
    assert_eq!(names, expected.map(Path::new));
    assert_eq!(fs::read_dir(directory.path())?.count(), 6, "plots and the others");
    assert_eq!(fs::read_dir(directory.path().join("plots"))?.count(), 8);
    for (file, start) in [("runs.svg", &b"<svg "[..]), ("runs.png", b"\x89PNG")] {
        assert!(fs::read(directory.path().join("plots").join(file))?.starts_with(start));
    }
    insta::assert_snapshot!(fs::read_to_string(directory.path().join("summary.csv"))?);
    Ok(())
}

/// What cannot be said is an empty field; the columns are the same in every summary.
#[test]
fn a_summary_of_ten_runs_of_one_and_of_none() -> Result<(), Box<dyn Error>> {
    let mut experiment = synthetic::four(10);
    for run in &mut experiment.runs {
        if run.cell == "metadata-qcow2" || (run.cell == "fallocated-raw" && run.block > 1) {
            *run = sample::unsuccessful(run, Status::Failed, "no");
        }
    }
    let report = Report::new(&experiment);
    insta::assert_snapshot!(to_csv(&report.summaries, &report.ranking)?);
    Ok(())
}

#[test]
fn a_directory_that_cannot_be_written_is_named() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    fs::write(directory.path().join("plots"), "in the way")?;
    let error =
        reports::write(directory.path(), &Report::new(&sample::of_2010())).expect_err("refused");
    let message = error.to_string().replace(&*directory.path().to_string_lossy(), "DIR");
    insta::assert_snapshot!(message, @"DIR/plots: cannot write: File exists (os error 17)");
    Ok(())
}

fn pictures(experiment: &Experiment) -> Result<Vec<Vec<u8>>, Box<dyn Error>> {
    let mut pictures = Vec::new();
    for figure in Report::new(experiment).figures {
        pictures.extend([svg(&figure.draw())?, png(&figure.draw())?]);
    }
    Ok(pictures)
}

#[test]
fn the_same_experiment_gives_the_same_bytes() -> Result<(), Box<dyn Error>> {
    assert!(pictures(&sample::of_2010())? == pictures(&sample::of_2010())?);
    Ok(())
}

#[test]
fn nothing_measured_gives_no_pictures() -> Result<(), Box<dyn Error>> {
    let mut experiment = sample::of_2010();
    experiment.runs.clear();
    experiment.chunks.clear();
    assert_eq!(pictures(&experiment)?.len(), 0);
    Ok(())
}

#[test]
fn a_simulation_says_so_in_every_picture() -> Result<(), Box<dyn Error>> {
    for mut experiment in
        [sample::of_2010(), charted::creation(3), charted::crossed(3), charted::latencies(3)]
    {
        experiment.runs[5].accel = "simulated".to_owned();
        for figure in Report::new(&experiment).figures {
            let picture = String::from_utf8(svg(&figure.draw())?)?;
            assert!(picture.contains(">\nSIMULATED - not a measurement."), "{}", figure.name());
        }
    }
    Ok(())
}
