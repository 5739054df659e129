//! `report.html` in the situations that experiments get into, as bytes; `tests/browser` has what a
//! browser makes of it.

mod sample;
mod synthetic;

use std::{error::Error, time::Instant};

use reports::{
    record::{Experiment, Status},
    render::html,
    report::Report,
};

type Done = Result<(), Box<dyn Error>>;

fn page(experiment: &Experiment) -> Result<String, Box<dyn Error>> {
    Ok(html(&Report::new(experiment))?)
}

/// The page without the pictures, the style and the script, an element a line.
fn outline(page: &str) -> String {
    let mut text = page.to_owned();
    for (open, close) in [("<svg ", "</svg>"), ("<style>", "</style>"), ("<script>", "</script>")] {
        let mut left = String::new();
        for (at, part) in text.split(open).enumerate() {
            let kept = if at == 0 { part } else { part.split_once(close).map_or("", |of| of.1) };
            left += kept;
        }
        text = left;
    }
    // The hashes change with every touch of the style.
    let mut parts = text.split("sha256-");
    let mut outline = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        outline += "HASH'";
        outline += part.split_once('\'').map_or("", |of| of.1);
    }
    outline.replace("><", ">\n<")
}

#[test]
fn the_experiment_of_2010() -> Done {
    let mut experiment = sample::of_2010();
    experiment.manifest.cells[2].qemu_command =
        "qemu-system-x86_64 -drive file=/tmp/a.img,cache=writeback".to_owned();
    experiment.manifest.cells[2].image_info =
        "{\n    \"format\": \"qcow2\",\n    \"virtual-size\": 314572800\n}".to_owned();
    insta::assert_snapshot!(outline(&page(&experiment)?));
    Ok(())
}

#[test]
fn names_are_text_wherever_they_stand() -> Done {
    let name = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>&amp;\u{202e}\u{1b}[31m";
    let mut experiment = sample::experiment(&[(name, name, name, 1.5), ("b", name, name, 2.5)]);
    experiment.manifest.name = name.to_owned();
    experiment.manifest.question = name.to_owned();
    experiment.manifest.config = name.to_owned();
    experiment.manifest.provenance.accel_reason = name.to_owned();
    experiment.manifest.cells[1].qemu_command = name.to_owned();
    experiment.manifest.cells[1].image_info = name.to_owned();
    experiment.warnings.push(name.to_owned());
    experiment.runs[0] = sample::unsuccessful(&experiment.runs[0], Status::Failed, name);
    let page = page(&experiment)?;
    assert_eq!(page.matches("<script").count(), 1, "ours and no other");
    assert!(!page.contains("<img") && !page.contains('\u{202e}') && !page.contains('\u{1b}'));
    assert!(page.matches("&lt;script&gt;alert(1)").count() > 20);
    Ok(())
}

#[test]
fn no_ok_run_has_a_page_that_says_so() -> Done {
    let mut experiment = sample::of_2010();
    for run in &mut experiment.runs {
        *run = sample::unsuccessful(run, Status::Failed, "No space left on device");
    }
    experiment.chunks.clear();
    let page = page(&experiment)?;
    assert!(page.contains("no ok run, 3 failed") && page.contains("No cell was compared"));
    assert!(page.contains("class=\"note bad\"") && page.contains("No space left on device"));
    Ok(())
}

#[test]
fn one_cell_simulated() -> Done {
    let mut experiment = sample::experiment(&[("raw", "A raw file", "truncate", 0.5)]);
    experiment.runs.truncate(1);
    experiment.runs[0].accel = "simulated".to_owned();
    let page = page(&experiment)?;
    assert!(page.contains("<title>SIMULATED: default - imgbench</title>"), "{page}");
    let banner = "<aside class=\"simulated\" aria-label=\"Not a measurement\"><strong>SIMULATED - not a measurement.";
    assert!(page.contains(banner), "{page}");
    assert!(!page.contains("Each cell against the control"));
    Ok(())
}

#[test]
fn verdicts_have_their_colour_and_shape() -> Done {
    let page = page(&synthetic::four(10))?;
    for badge in ["<span class=\"badge bad\">", "<span class=\"badge same\">"] {
        assert!(page.contains(badge), "{badge}");
    }
    Ok(())
}

#[test]
fn nothing_is_asked_of_a_network() -> Done {
    let page = page(&sample::of_2010())?;
    for link in page.match_indices("href=\"").map(|(at, of)| &page[at + of.len()..]) {
        assert!(link.starts_with('#') || link.starts_with("data:,\""), "{}", &link[..40]);
    }
    assert!(!page.contains("src=\"") && !page.contains("url(") && !page.contains("@import"));
    Ok(())
}

/// A thousand cells: the page alone, from the report.
#[test]
fn a_thousand_cells_make_a_page_soon() -> Done {
    let names: Vec<String> = (0..1000).map(|n| format!("image-{n}/seqwrite")).collect();
    let cells: Vec<_> = names.iter().map(|name| (name.as_str(), 2.0, 0.02)).collect();
    let mut experiment = synthetic::experiment(&cells, 3, 1);
    for cell in &mut experiment.manifest.cells {
        cell.qemu_command = "qemu-system-x86_64 -option ".repeat(100);
    }
    let report = Report::new(&experiment);
    let start = Instant::now();
    let page = html(&report)?;
    let took = start.elapsed();
    println!("{} bytes in {took:?}", page.len());
    assert!(page.len() < 6_000_000, "{} bytes", page.len());
    // Debug builds are some ten times slower than the 0.3 s that a release build may take.
    assert!(took.as_secs() < 10, "{took:?}");
    assert!(page.contains("of 900 more is in experiment.toml"), "the evidence is cut");
    Ok(())
}
