//! A [`Calibration`] as plain text, at most 78 columns.

use std::fmt::Write as _;

use crate::{calibration::Calibration, paragraph::lines, stats::Comparison};

/// Width of the text.
const COLUMNS: usize = 78;

/// The text.
pub fn text(calibration: &Calibration) -> String {
    let mut text = String::new();
    let mut say = |line: String| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}", textwrap::fill(&line, lines(COLUMNS)));
    };
    say(format!(
        "Noise: inside a run (between its chunks) CV {}, between boots CV {}.",
        percent(calibration.cv_within),
        percent(calibration.cv_between)
    ));
    say(format!(
        "One image under two names: {}. {}",
        judged(&calibration.twins),
        match calibration.false_alarms {
            (0, ways) => format!("No alarm in any of the {ways} ways to name the twins."),
            (alarms, ways) => format!("{alarms} of the {ways} ways to name the twins alarm."),
        }
    ));
    say(match &calibration.slowed {
        Some(slowed) => format!(
            "The disk slowed by QEMU's throttling, aimed at {} more on the clock: {}.",
            percent(Some(calibration.injected)),
            judged(slowed)
        ),
        None => "The slowed image has no block to compare.".to_owned(),
    });
    for (runs, effect) in &calibration.visible {
        say(match effect {
            Some(effect) => format!(
                "n={runs}: a slowdown of {} would be found in 8 of 10 experiments.",
                percent(Some(*effect))
            ),
            None => format!("n={runs}: no slowdown can be shown, however large."),
        });
    }
    say(match calibration.needed {
        Some(runs) => format!("A claim of 5 % needs {runs} runs a cell on this machine."),
        None => "No number of runs up to 1,000 supports a claim of 5 % here.".to_owned(),
    });
    if calibration.failed > 0 {
        say(format!("{} runs did not succeed and are left out.", calibration.failed));
    }
    say(match calibration.certified() {
        true => "CERTIFIED: the slowdown was found, and no change where there was none.".to_owned(),
        false => "NOT CERTIFIED: see the verdicts above.".to_owned(),
    });
    text
}

fn judged(comparison: &Comparison) -> String {
    let estimate = &comparison.estimate;
    let interval = &estimate.interval;
    let mut text = format!(
        "{}, ratio {:.3} [{:.3}, {:.3}] ({:.1} %, {}), p = {}, n={}",
        comparison.verdict,
        estimate.ratio,
        interval.low,
        interval.high,
        100.0 * interval.level,
        interval.method,
        significant_digits(comparison.p_adjusted),
        estimate.design.n_baseline()
    );
    if let Some(reason) = &comparison.reason {
        let _ = write!(text, "; {reason}");
    }
    text
}

fn significant_digits(p: f64) -> String {
    if p >= 0.001 { format!("{p:.3}") } else { format!("{p:.1e}") }
}

fn percent(fraction: Option<f64>) -> String {
    fraction.map_or_else(|| "unknown".to_owned(), |fraction| format!("{:.1} %", 100.0 * fraction))
}
