//! How well ranks in a random order split: prints `reports/src/change_points/by_chance.rs`, what the
//! significance of a change point is read from. Seeded, so the same on every machine; some minutes.
//!
//! `cargo run --release -p reports --example splits_by_chance > reports/src/change_points/by_chance.rs`

#[allow(dead_code)]
#[path = "../src/change_points/energy.rs"]
mod energy;
#[allow(dead_code)]
#[path = "../src/stats/random.rs"]
mod random;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{error::Error, thread};

use energy::{Tree, best_split};
use random::Random;

/// B: orders drawn for each number of nights.
const ORDERS: u32 = 99_999;

/// The p in the table.
const LEVELS: [f64; 12] =
    [0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0002, 0.0001];

/// The most nights in the table.
const LONGEST: u32 = 4_096;

fn main() -> Result<(), Box<dyn Error>> {
    let mut sizes: Vec<u32> = (12..32).collect();
    let mut size = 32.0;
    while size < f64::from(LONGEST) {
        sizes.push(size as u32);
        size *= 1.25;
    }
    sizes.push(LONGEST);
    let next = AtomicUsize::new(0);
    let rows = Mutex::new(Vec::new());
    let work = || {
        while let Some(nights) = sizes.iter().nth_back(next.fetch_add(1, Ordering::Relaxed)) {
            let row = (*nights, critical(*nights));
            if let Ok(mut rows) = rows.lock() {
                rows.push(row);
            }
        }
    };
    thread::scope(|scope| {
        for _ in 1..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
        work();
    });
    let mut rows = rows.into_inner()?;
    rows.sort_by_key(|(nights, _)| *nights);
    print(&rows);
    Ok(())
}

/// By level: what (b + 1)/(B + 1) of the orders must stay below for it.
fn critical(nights: u32) -> [f64; LEVELS.len()] {
    let random = &mut Random::new(nights.into());
    let tree = &mut Tree::default();
    let mut order: Vec<u32> = (0..nights).collect();
    let mut drawn: Vec<f64> = (0..ORDERS)
        .filter_map(|_| {
            random.shuffle(&mut order);
            best_split(&order, tree).map(|split| split.statistic)
        })
        .collect();
    drawn.sort_by(|a, b| b.total_cmp(a));
    // Rounded up: a statistic equal to one drawn must not exceed it.
    let printed = |value: f64| (value * 1e5).ceil() / 1e5;
    LEVELS.map(|level| printed(drawn[(level * f64::from(ORDERS + 1)).round() as usize - 1]))
}

fn print(rows: &[(u32, [f64; LEVELS.len()])]) {
    println!("//! How well ranks in a random order split, made by");
    println!(
        "//! `cargo run --release -p reports --example splits_by_chance`: {ORDERS} orders for each number"
    );
    println!("//! of nights.");
    println!();
    println!("/// The p of the columns.");
    println!("#[rustfmt::skip]");
    println!("pub(super) const LEVELS: [f64; {}] = {LEVELS:?};", LEVELS.len());
    println!();
    println!("/// By nights: what a statistic must exceed for each p.");
    println!("#[allow(clippy::approx_constant)] // One comes near to e by chance.");
    println!("#[rustfmt::skip]");
    println!("pub(super) const BY_NIGHTS: [(u32, [f64; {}]); {}] = [", LEVELS.len(), rows.len());
    for (nights, critical) in rows {
        let critical: Vec<String> = critical.iter().map(|value| format!("{value:.5}")).collect();
        println!("    ({nights}, [{}]),", critical.join(", "));
    }
    println!("];");
}
