//! How long drawing the figures of a large experiment takes, and how much memory:
//! `cargo run --release -p reports --example render_scale -- 1000 10`

#[path = "../tests/charted/mod.rs"]
mod charted;
#[path = "../tests/sample/mod.rs"]
mod sample;

use std::{error::Error, time::Instant};

use reports::{
    plot::{png, svg, svg_for_page},
    report::Report,
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut numbers = std::env::args().skip(1).map(|word| word.parse::<u32>());
    let (Some(cells), Some(runs)) = (numbers.next().transpose()?, numbers.next().transpose()?)
    else {
        return Err("usage: render_scale CELLS RUNS".into());
    };
    let experiment = charted::large(cells, runs);
    let before = most_memory()?;
    let start = Instant::now();
    let report = Report::new(&experiment);
    println!("Report::new: {:.2} s", start.elapsed().as_secs_f64());
    let with_report = most_memory()?;

    let start = Instant::now();
    for figure in &report.figures {
        let of_figure = Instant::now();
        let drawing = figure.draw();
        let bytes =
            [svg(&drawing)?.len(), svg_for_page(&drawing, "x")?.len(), png(&drawing)?.len()];
        let seconds = of_figure.elapsed().as_secs_f64();
        println!("{:14} {seconds:.2} s, bytes of SVG, page and PNG: {bytes:?}", figure.name());
    }
    println!("all figures: {:.2} s", start.elapsed().as_secs_f64());
    println!(
        "most memory: {before} KiB before the report, {with_report} KiB with it, {} KiB with figures",
        most_memory()?
    );
    Ok(())
}

/// The most memory that this process has had, KiB.
fn most_memory() -> Result<u64, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).ok_or("no VmHWM")?;
    Ok(line.split_whitespace().nth(1).ok_or("no number")?.parse()?)
}
