//! Which figures are made, what they say, and what their files are.

mod charted;
mod sample;

use std::{collections::BTreeSet, error::Error, fs};

use reports::{
    plot::{Figure, PAGE_CSS, svg, svg_for_page},
    record::{Experiment, Status},
    report::Report,
};
use resvg::usvg::roxmltree::{Document, Node};

fn names(experiment: &Experiment) -> Vec<&'static str> {
    Report::new(experiment).figures.iter().map(Figure::name).collect()
}

fn figure(experiment: &Experiment, name: &str) -> Result<Figure, Box<dyn Error>> {
    let figures = Report::new(experiment).figures;
    Ok(figures.into_iter().find(|figure| figure.name() == name).ok_or("no such figure")?)
}

/// All texts of the picture, in the order of drawing.
fn texts(figure: &Figure) -> Result<Vec<String>, Box<dyn Error>> {
    let svg = String::from_utf8(svg(&figure.draw())?)?;
    let svg = Document::parse(&svg)?;
    let texts = svg.descendants().filter(|node| node.has_tag_name("text"));
    Ok(texts.filter_map(|node| Some(node.text()?.trim().to_owned())).collect())
}

#[test]
fn every_kind_is_as_it_was() -> Result<(), Box<dyn Error>> {
    let (of_2010, creation) = (sample::of_2010(), charted::creation(3));
    let (crossed, latencies) = (charted::crossed(3), charted::latencies(6));
    let picture = |of, name| Ok::<_, Box<dyn Error>>(svg(&figure(of, name)?.draw())?);
    insta::assert_binary_snapshot!("runs.svg", picture(&of_2010, "runs")?);
    insta::assert_binary_snapshot!("ratios.svg", picture(&latencies, "ratios")?);
    insta::assert_binary_snapshot!("chunks.svg", picture(&of_2010, "chunks")?);
    insta::assert_binary_snapshot!("creation.svg", picture(&creation, "creation")?);
    insta::assert_binary_snapshot!("grid.svg", picture(&crossed, "grid")?);
    insta::assert_binary_snapshot!("latency.svg", picture(&latencies, "latency")?);
    insta::assert_binary_snapshot!("amplification.svg", picture(&crossed, "amplification")?);
    Ok(())
}

/// The PNG is made from the SVG; `written_files` has its bytes.
#[test]
fn the_same_experiment_gives_the_same_bytes() -> Result<(), Box<dyn Error>> {
    for sample in [charted::creation, charted::crossed, charted::latencies] {
        let pictures = || -> Result<Vec<Vec<u8>>, Box<dyn Error>> {
            let figures = Report::new(&sample(3)).figures;
            figures.iter().map(|figure| Ok(svg(&figure.draw())?)).collect()
        };
        assert!(pictures()? == pictures()?);
    }
    Ok(())
}

#[test]
fn only_figures_that_have_data_are_made() {
    let of_2010 = sample::of_2010();
    assert_eq!(names(&of_2010), ["runs", "ratios", "chunks", "amplification"]);
    assert_eq!(names(&charted::creation(3)), ["runs", "ratios", "creation"]);
    assert_eq!(names(&charted::crossed(3)), ["runs", "ratios", "grid", "amplification"]);
    assert_eq!(names(&charted::latencies(3)), ["runs", "ratios", "latency", "amplification"]);

    let mut nothing = of_2010.clone();
    nothing.runs.clear();
    nothing.chunks.clear();
    assert!(names(&nothing).is_empty());

    // Uncounted, and without a partner.
    let mut little = of_2010;
    little.chunks.clear();
    little.runs.retain(|run| run.cell == "sparse-raw");
    little.runs.iter_mut().for_each(|run| run.block_write_bytes = None);
    assert_eq!(names(&little), ["runs"]);
}

#[test]
fn factors_that_are_not_crossed_make_no_grid() {
    let mut one_name_each = charted::crossed(1);
    for cell in &mut one_name_each.manifest.cells {
        cell.factors[0].level = cell.name.clone();
    }
    assert!(!names(&one_name_each).contains(&"grid"));
}

#[test]
fn images_of_one_size_make_no_figure_of_creation() {
    let mut one_size = charted::creation(1);
    one_size.runs.retain(|run| run.cell.contains("300M"));
    assert!(!names(&one_size).contains(&"creation"));
}

#[test]
fn figures_of_another_rendering_do_not_stay() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let plots = directory.path().join("plots");
    reports::write(directory.path(), &Report::new(&charted::latencies(3)))?;
    fs::write(plots.join("mine.svg"), "somebody's own")?;
    reports::write(directory.path(), &Report::new(&charted::creation(3)))?;
    let mut left: Vec<String> = fs::read_dir(&plots)?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect::<Result<_, std::io::Error>>()?;
    left.sort();
    let expected = ["creation.png", "creation.svg", "mine.svg", "ratios.png", "ratios.svg"];
    assert_eq!(left[..5], expected);
    assert_eq!(left[5..], ["runs.png", "runs.svg"]);
    Ok(())
}

#[test]
fn any_metric_has_its_unit_and_direction() -> Result<(), Box<dyn Error>> {
    let experiment = charted::latencies(10);
    let runs = texts(&figure(&experiment, "runs")?)?;
    assert!(runs.contains(&"write IOPS; more is better".to_owned()), "{runs:#?}");
    assert!(runs.iter().any(|text| text.ends_with("IOPS")), "{runs:#?}");
    let ratios = texts(&figure(&experiment, "ratios")?)?;
    assert!(
        ratios.contains(&"write IOPS over the control's; below 1 is worse (log scale)".to_owned())
    );
    assert!(ratios.contains(&"control: raw/randrw".to_owned()));
    assert!(ratios.contains(&"REGRESSED".to_owned()), "{ratios:#?}");
    Ok(())
}

#[test]
fn captions_say_what_intervals_cover_and_assume() -> Result<(), Box<dyn Error>> {
    let caption = |runs, name| -> Result<String, Box<dyn Error>> {
        Ok(figure(&charted::latencies(runs), name)?.caption().to_owned())
    };
    assert!(caption(3, "runs")?.contains("covers the true one in 75 % of experiments."));
    assert!(caption(10, "runs")?.contains("covers the true one in 97.9 % of experiments."));
    assert!(
        caption(3, "ratios")?.contains("95 % of experiments (by t; assumes normal log-ratios);")
    );
    assert!(caption(10, "ratios")?.contains("covers the true ratio in 95.1 % of experiments;"));
    assert!(!caption(1, "ratios")?.contains("interval"), "one run has none");
    Ok(())
}

#[test]
fn cells_are_grouped_by_their_control() -> Result<(), Box<dyn Error>> {
    let texts = texts(&figure(&charted::creation(3), "ratios")?)?;
    let controls: Vec<_> = texts.iter().filter(|text| text.starts_with("control: ")).collect();
    let sizes = ["300M", "20G", "100G", "1T"].map(|size| format!("control: raw-{size}/create"));
    assert_eq!(controls, sizes.iter().collect::<Vec<_>>());
    Ok(())
}

#[test]
fn many_cells_are_a_selection_that_says_so() -> Result<(), Box<dyn Error>> {
    let mut experiment = charted::large(60, 3);
    // One cell that stands out must be shown, and its control.
    for run in experiment.runs.iter_mut().filter(|run| run.cell == "image-3/workload-1/none") {
        run.workload_s = run.workload_s.map(|time| time * 40);
    }
    for figure in Report::new(&experiment).figures {
        let texts = texts(&figure)?.concat();
        assert!(texts.contains("image-3/"), "{}: {texts}", figure.name());
        let caption = figure.caption();
        let says = " of 60 cells, of those furthest from their controls; all are in summary.csv.";
        assert!(caption.ends_with(says), "{}: {caption}", figure.name());
    }
    let Figure::Runs(figure) = figure(&experiment, "runs")? else { return Err("no runs".into()) };
    let rows = figure.panels.iter().flat_map(|panel| &panel.groups).flat_map(|group| &group.rows);
    let shown: BTreeSet<&str> = rows.map(|row| row.label.name.as_str()).collect();
    assert!(shown.len() <= 40 && shown.len() > 30, "{}", shown.len());
    assert!(shown.contains("image-3/workload-1/none") && shown.contains("image-0/workload-1/none"));
    Ok(())
}

#[test]
fn runs_that_failed_are_not_drawn() -> Result<(), Box<dyn Error>> {
    let mut experiment = sample::of_2010();
    for run in experiment.runs.iter_mut().filter(|run| run.cell == "sparse-qcow2") {
        *run = sample::unsuccessful(run, Status::Failed, "no");
    }
    let texts = texts(&figure(&experiment, "runs")?)?;
    assert!(
        texts.contains(&"no ok run".to_owned()) && texts.contains(&"0 runs, 3 failed".to_owned())
    );
    let svg = String::from_utf8(svg(&figure(&experiment, "runs")?.draw())?)?;
    assert_eq!(svg.matches("<g><title>").count(), 9, "the runs of the other three");
    Ok(())
}

#[test]
fn a_value_that_is_pointed_at_says_what_it_is() -> Result<(), Box<dyn Error>> {
    let of = |experiment: &Experiment, name: &str| -> Result<String, Box<dyn Error>> {
        let svg = String::from_utf8(svg(&figure(experiment, name)?.draw())?)?;
        let svg = Document::parse(&svg)?;
        let group = svg.descendants().find(|node| node.has_tag_name("g")).ok_or("no tip")?;
        let title = group.first_element_child().and_then(|node| node.text()).ok_or("no title")?;
        Ok(title.to_owned())
    };
    let (of_2010, latencies) = (sample::of_2010(), charted::latencies(6));
    assert_eq!(of(&of_2010, "runs")?, "sparse-raw, run 1, block 1: 15.3 s");
    assert_eq!(
        of(&of_2010, "amplification")?,
        "sparse-raw, run 1, block 1: 256 MiB written by the workload"
    );
    assert_eq!(
        of(&charted::crossed(1), "grid")?,
        "raw/seqwrite/writeback/threads, run 1, block 1: 1.69 s"
    );
    assert_eq!(
        of(&charted::creation(1), "creation")?,
        "raw-300M/create, run 1, block 1: 300 MiB image: 794 us"
    );
    assert_eq!(of(&latencies, "latency")?, "raw/randrw, run 1, block 1: 50 %: 384 us");
    assert_eq!(
        of(&latencies, "ratios")?,
        "sparse-qcow2/randrw over raw/randrw: 0.431 [0.418, 0.445], INCONCLUSIVE"
    );
    Ok(())
}

fn attributes<'a>(svg: &'a Document<'_>, name: &'a str) -> impl Iterator<Item = &'a str> {
    svg.descendants().filter_map(move |node| node.attribute(name))
}

#[test]
fn on_a_page_figures_take_its_colours() -> Result<(), Box<dyn Error>> {
    for experiment in
        [sample::of_2010(), charted::creation(3), charted::crossed(3), charted::latencies(3)]
    {
        for figure in Report::new(&experiment).figures {
            let text = svg_for_page(&figure.draw(), figure.name())?;
            let svg = Document::parse(&text)?;
            let (mut fill, mut stroke) = (attributes(&svg, "fill"), attributes(&svg, "stroke"));
            let fixed = |colour: &str| colour.starts_with('#');
            assert!(!fill.any(fixed) && !stroke.any(fixed), "{}", figure.name());
            assert!(attributes(&svg, "fill").any(|colour| colour == "currentColor"));
            assert!(!text.contains("<rect"), "{}: no ground of its own", figure.name());
            for variable in text.split("var(--figure-").skip(1) {
                let (name, rest) = variable.split_once(", #").ok_or("a variable without colour")?;
                assert!(rest[6..].starts_with(')'), "{rest}");
                assert!(
                    name.parse::<usize>().is_ok()
                        || PAGE_CSS.contains(&format!("--figure-{name}:"))
                );
            }
        }
    }
    Ok(())
}

#[test]
fn figures_can_be_heard() -> Result<(), Box<dyn Error>> {
    let mut ids = BTreeSet::new();
    for figure in Report::new(&sample::of_2010()).figures {
        let text = svg_for_page(&figure.draw(), figure.name())?;
        let svg = Document::parse(&text)?;
        let root = svg.root_element();
        assert_eq!(root.attribute("role"), Some("img"));
        let labels = root.attribute("aria-labelledby").ok_or("no labels")?;
        let labelled: Vec<Node<'_, '_>> = labels
            .split(' ')
            .filter_map(|id| svg.descendants().find(|node| node.attribute("id") == Some(id)))
            .collect();
        let texts: Vec<_> = labelled.iter().filter_map(Node::text).collect();
        assert_eq!(texts, [figure.title(), figure.caption()]);
        ids.extend(labels.split(' ').map(str::to_owned));
    }
    assert_eq!(ids.len(), 8, "two of each of four figures, no two alike");
    Ok(())
}

#[test]
fn names_are_text_in_every_picture() -> Result<(), Box<dyn Error>> {
    let hostile = "<script>alert(1)</script>&amp;\"\u{0}\u{1b}\u{ffff}";
    for mut experiment in
        [sample::of_2010(), charted::creation(2), charted::crossed(2), charted::latencies(2)]
    {
        experiment.manifest.name = hostile.to_owned();
        let cell = experiment.manifest.cells[1].name.clone();
        experiment.manifest.cells[1].name = hostile.to_owned();
        experiment.manifest.cells[1].description = hostile.to_owned();
        experiment.manifest.cells[1].factors[0].level = hostile.to_owned();
        experiment
            .runs
            .iter_mut()
            .filter(|run| run.cell == cell)
            .for_each(|run| run.cell = hostile.into());
        experiment
            .chunks
            .iter_mut()
            .filter(|of| *of.cell == *cell)
            .for_each(|of| of.cell = hostile.into());
        for figure in Report::new(&experiment).figures {
            for text in
                [String::from_utf8(svg(&figure.draw())?)?, svg_for_page(&figure.draw(), "x")?]
            {
                assert!(
                    Document::parse(&text)?.descendants().all(|node| !node.has_tag_name("script"))
                );
                assert!(text.contains("&lt;script&gt;"), "{}", figure.name());
            }
        }
    }
    Ok(())
}
