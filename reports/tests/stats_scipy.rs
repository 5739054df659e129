//! Every p-value and interval agrees with SciPy to 1e-9. The values are in
//! `testdata/scipy/golden.json`, and `make.py` beside it computes them.
#![allow(clippy::unwrap_used)]

use reports::stats::{
    Alpha, Design, Interval, LogRatios, Sample, TestMethod, benjamini_hochberg, chance_gap,
    estimate_paired, estimate_unpaired, hodges_lehmann, holm, mann_whitney_test, median_interval,
    signed_rank_interval, t_interval, trend,
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    scipy: String,
    describe: Vec<Describe>,
    median_interval: Vec<MedianInterval>,
    paired: Vec<Paired>,
    unpaired: Vec<Unpaired>,
    unpaired_many: Vec<UnpairedMany>,
    adjusted: Vec<Adjusted>,
    trend: Vec<TrendCase>,
    chance_gap: Vec<Gap>,
    detectable: Vec<Detectable>,
}

#[derive(Deserialize)]
struct Describe {
    values: Vec<f64>,
    median: f64,
    mean: f64,
    sd: Option<f64>,
    cv: Option<f64>,
    q1: f64,
    q3: f64,
}

#[derive(Deserialize)]
struct Bounds {
    low: f64,
    high: f64,
    level: f64,
}

#[derive(Deserialize)]
struct MedianInterval {
    values: Vec<f64>,
    alpha: f64,
    #[serde(flatten)]
    bounds: Bounds,
}

#[derive(Deserialize)]
struct Paired {
    pairs: Vec<(f64, f64)>,
    alpha: f64,
    ratio: f64,
    p: f64,
    signed_rank: Option<Bounds>,
    t: Option<Bounds>,
}

#[derive(Deserialize)]
struct Unpaired {
    baseline: Vec<f64>,
    candidate: Vec<f64>,
    alpha: f64,
    p: f64,
    ratio: f64,
    #[serde(flatten)]
    bounds: Bounds,
}

#[derive(Deserialize)]
struct UnpairedMany {
    baseline: Vec<f64>,
    candidate: Vec<f64>,
    p: f64,
}

#[derive(Deserialize)]
struct Adjusted {
    p: Vec<f64>,
    holm: Vec<f64>,
    bh: Vec<f64>,
}

#[derive(Deserialize)]
struct TrendCase {
    x: Vec<f64>,
    y: Vec<f64>,
    rho: f64,
    p: f64,
}

#[derive(Deserialize)]
struct Gap {
    m: usize,
    n: usize,
    gap: f64,
}

#[derive(Deserialize)]
struct Detectable {
    m: usize,
    n: usize,
    shift: f64,
}

fn golden() -> Golden {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/scipy/golden.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[track_caller]
fn close(ours: f64, scipy: f64, what: &dyn std::fmt::Debug) {
    assert!((ours - scipy).abs() <= 1e-9 * scipy.abs().max(1.0), "{ours} is not {scipy}: {what:?}");
}

#[track_caller]
fn close_interval(ours: &Interval, scipy: &Bounds, what: &dyn std::fmt::Debug) {
    close(ours.low, scipy.low, what);
    close(ours.high, scipy.high, what);
    close(ours.level, scipy.level, what);
}

fn sample(values: &[f64]) -> Sample {
    Sample::new(values.to_vec()).unwrap()
}

/// The same interval of logs, as one of ratios.
fn exp(interval: Interval) -> Interval {
    Interval { low: interval.low.exp(), high: interval.high.exp(), ..interval }
}

#[test]
fn the_data_names_its_scipy() {
    assert!(golden().scipy.starts_with("1."));
}

#[test]
fn descriptions() {
    for case in golden().describe {
        let sample = sample(&case.values);
        close(sample.median(), case.median, &case.values);
        close(sample.mean(), case.mean, &case.values);
        close(sample.quartiles().0, case.q1, &case.values);
        close(sample.quartiles().1, case.q3, &case.values);
        assert_eq!(sample.sd().is_some(), case.sd.is_some());
        close(sample.sd().unwrap_or(0.0), case.sd.unwrap_or(0.0), &case.values);
        close(sample.cv().unwrap_or(0.0), case.cv.unwrap_or(0.0), &case.values);
    }
}

#[test]
fn median_intervals() {
    for case in golden().median_interval {
        let ours = median_interval(&sample(&case.values), Alpha::new(case.alpha).unwrap());
        close_interval(&ours, &case.bounds, &(case.values.len(), case.alpha));
    }
}

#[test]
fn paired() {
    for case in golden().paired {
        let alpha = Alpha::new(case.alpha).unwrap();
        let d = LogRatios::of_pairs(&case.pairs).unwrap();
        let estimate = estimate_paired(&d, alpha);
        close(estimate.test.p, case.p, &case.pairs);
        close(estimate.ratio, case.ratio, &case.pairs);
        close(hodges_lehmann(&d).exp(), case.ratio, &case.pairs);
        let ours = signed_rank_interval(&d, alpha).map(exp);
        assert_eq!(ours.is_some(), case.signed_rank.is_some(), "{:?}", case.pairs);
        if let (Some(ours), Some(scipy)) = (&ours, &case.signed_rank) {
            close_interval(ours, scipy, &case.pairs);
            assert_eq!(estimate.interval, *ours);
        }
        if let Some(scipy) = &case.t {
            close_interval(&exp(t_interval(&d, alpha)), scipy, &case.pairs);
        }
    }
}

#[test]
fn unpaired() {
    for case in golden().unpaired {
        let (baseline, candidate) = (sample(&case.baseline), sample(&case.candidate));
        let what = (&case.baseline, &case.candidate);
        let ours = estimate_unpaired(&baseline, &candidate, Alpha::new(case.alpha).unwrap());
        assert_eq!(ours.test.method, TestMethod::MannWhitney);
        close(ours.test.p, case.p, &what);
        close(ours.ratio, case.ratio, &what);
        close_interval(&ours.interval, &case.bounds, &what);
    }
}

#[test]
fn unpaired_with_many_runs() {
    for case in golden().unpaired_many {
        let ours = mann_whitney_test(&sample(&case.baseline), &sample(&case.candidate));
        assert_eq!(ours.method, TestMethod::MannWhitneyApproximate);
        close(ours.p, case.p, &case.baseline.len());
    }
}

#[test]
fn adjusted_p_values() {
    for case in golden().adjusted {
        for (i, p) in case.p.iter().enumerate() {
            close(holm(&case.p)[i], case.holm[i], &p);
            close(benjamini_hochberg(&case.p)[i], case.bh[i], &p);
        }
    }
}

#[test]
fn trends() {
    for case in golden().trend {
        let runs: Vec<_> = case.x.iter().copied().zip(case.y.iter().copied()).collect();
        let ours = trend(&runs, 1).unwrap();
        assert_eq!(ours.test.method, TestMethod::Spearman);
        close(ours.rho, case.rho, &runs);
        close(ours.test.p, case.p, &runs);
    }
}

/// Quadrature on both sides, so to 1e-6.
#[test]
fn gaps_of_medians_by_chance() {
    for case in golden().chance_gap {
        let ours = chance_gap(case.m, case.n).unwrap();
        assert!((ours - case.gap).abs() < 1e-6, "{} {}: {ours} {}", case.m, case.n, case.gap);
    }
}

/// A seeded simulation on our side, so to 2 %.
#[test]
fn detectable_shifts() {
    for case in golden().detectable {
        let design = Design::Unpaired { baseline: case.m, candidate: case.n };
        let p = design.smallest_p();
        let ours = design.detectable_shift(Alpha::new(p * 1.01).unwrap()).unwrap();
        assert!((ours / case.shift - 1.0).abs() < 0.02, "{ours} {}", case.shift);
    }
}
