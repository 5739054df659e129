//! A Markdown table whose rows carry a promise and whether it held.

/// Prints a heading, what the table is about, and its header row.
pub fn head(title: &str, about: &str, columns: &[&str]) {
    println!("\n## {title}\n\n{about}\n");
    println!("| {} |", columns.join(" | "));
    println!("|{}", " --- |".repeat(columns.len()));
}

/// Prints a row.
pub fn row(cells: &[String]) {
    println!("| {} |", cells.join(" | "));
}

/// A share as a percentage.
pub fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// The word for a promise: kept, broken, or none made.
pub fn held(promise: Option<bool>) -> String {
    match promise {
        Some(true) => "kept",
        Some(false) => "BROKEN",
        None => "none",
    }
    .to_owned()
}

/// The share of `trials` for which `happens`.
pub fn share(trials: u32, mut happens: impl FnMut() -> bool) -> f64 {
    f64::from((0..trials).map(|_| u32::from(happens())).sum::<u32>()) / f64::from(trials)
}
