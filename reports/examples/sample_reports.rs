//! Renders made-up experiments, to look at reports and plots while working on them:
//! `cargo run -p reports --example sample_reports -- /tmp/samples`

#[path = "../tests/charted/mod.rs"]
mod charted;
#[path = "../tests/sample/mod.rs"]
mod sample;

use std::{error::Error, path::Path};

use reports::{
    record::{Experiment, Status},
    report::Report,
};

fn main() -> Result<(), Box<dyn Error>> {
    let directory = std::env::args().nth(1).ok_or("usage: sample_reports DIRECTORY")?;
    for (name, experiment) in situations() {
        let directory = Path::new(&directory).join(name);
        std::fs::create_dir_all(&directory)?;
        for path in reports::write(&directory, &Report::new(&experiment))? {
            println!("{}", path.display());
        }
    }
    Ok(())
}

/// Each with the name of its directory.
fn situations() -> Vec<(&'static str, Experiment)> {
    let close = [("raw", 11.31), ("falloc", 11.34), ("qcow2", 11.28), ("metadata", 11.45)];
    let close: Vec<_> = close.iter().map(|&(name, time)| (name, name, "cmd", time)).collect();

    let mut failed = sample::experiment(&close);
    for at in [1, 4] {
        let error =
            "qemu-system-x86_64: terminated by signal 9\nlibguestfs: error: appliance closed";
        failed.runs[at] = sample::unsuccessful(&failed.runs[at], Status::Failed, error);
    }
    for run in &mut failed.runs {
        run.accel = "simulated".to_owned();
    }

    let mut single = sample::experiment(&close[..1]);
    single.runs.truncate(1);
    single.chunks.retain(|chunk| chunk.run == 1);

    let names: Vec<String> = (0..40).map(|n| format!("image-{n}/seqwrite/cache=none")).collect();
    let many: Vec<_> = names
        .iter()
        .zip(0..)
        .map(|(name, n)| (name.as_str(), "An image", "cmd", 2.0 + 0.1 * f64::from(n)))
        .collect();

    let long = "qcow2-with-preallocated-metadata-and-extended-l2-entries/sequential-write-in-2M-chunks/cache=none/aio=io_uring/l2-cache-size=1M";
    let unbroken = "x".repeat(300);
    let hostile = "<script>alert('ä')</script> \u{202e}画像\n\u{1b}[31m&amp;";
    let long = [
        ("raw", "raw", "truncate", 1.5),
        (
            long,
            long,
            "qemu-img create -f qcow2 -o preallocation=metadata,extended_l2=on,cluster_size=131072,lazy_refcounts=on 'test image.qcow2' 300M",
            2.4,
        ),
        (&unbroken, &unbroken, &unbroken, 2.5),
        (hostile, hostile, hostile, 2.6),
    ];

    vec![
        ("2010", sample::of_2010()),
        ("close", sample::experiment(&close)),
        ("failed", failed),
        ("single", single),
        ("many", sample::experiment(&many)),
        ("long", sample::experiment(&long)),
        ("creation", charted::creation(5)),
        ("crossed", charted::crossed(6)),
        ("latencies", charted::latencies(10)),
    ]
}
