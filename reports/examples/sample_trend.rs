//! Renders a made-up history, to look at the trend page while working on it:
//! `cargo run -p reports --example sample_trend -- 200 1095 > trend.html`

#[path = "../tests/nights/mod.rs"]
mod nights;

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let mut numbers = std::env::args().skip(1).map(|number| number.parse::<usize>());
    let mut number = || numbers.next().ok_or("usage: sample_trend CELLS NIGHTS");
    let (cells, nights) = (number()??, number()??);
    print!("{}", reports::render::trend(&nights::history(cells, nights)));
    Ok(())
}
