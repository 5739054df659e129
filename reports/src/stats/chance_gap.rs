//! Takes two numbers of runs and yields how far apart two medians of the *same* cell come to lie by
//! chance: what a difference of medians has to beat before it is worth a word.
//!
//! Assumes normal times. The density of each median is that of the middle order statistic (David &
//! Nagaraja 2003, § 2.1 and 2.3), the density of their difference is the convolution, and the gap is
//! where its integral reaches 95 %.

use std::f64::consts::{PI, TAU};

use statrs::function::gamma::ln_gamma;

use super::distributions::normal_cdf;
use super::memo::Memo;

/// The gap |median − median| that 95 % of pairs of samples of `m` and `n` runs stay within, in
/// standard deviations of a run; times the CV, a fraction of the median. 3 and 3: 1.86, 5 and 5: 1.49.
/// `None` without runs.
pub fn chance_gap(m: usize, n: usize) -> Option<f64> {
    static KNOWN: Memo<(usize, usize)> = Memo::new();
    let (m, n) = (m.min(n), m.max(n));
    (m > 0).then(|| KNOWN.get((m, n), || compute(m, n)))
}

const LEVEL: f64 = 0.95;

/// Steps of the integral per standard deviation of the difference.
const STEPS: f64 = 40.0;

fn compute(m: usize, n: usize) -> f64 {
    // π/(2n) is the variance of a median for large n and above it for small: good for steps.
    let sd = |n: usize| (PI / (2.0 * n as f64)).sqrt();
    let widest = sd(m);
    let step = sd(m).hypot(sd(n)) / STEPS;
    // Points on which the narrower density is smooth; `skip` of them to a step of the integral.
    let skip = (8.0 * step / sd(n)).ceil() as usize;
    let fine = step / skip as f64;
    let half = (8.0 * widest / fine).ceil() as i64;
    let grid = |n: usize| -> Vec<f64> {
        (-half..=half).map(|i| median_density(n, i as f64 * fine)).collect()
    };
    let (f, g) = (grid(m), grid(n));
    let density = |steps: usize| -> f64 {
        let shifted = g.iter().skip(steps * skip);
        fine * f.iter().zip(shifted).map(|(f, g)| f * g).sum::<f64>()
    };
    // Simpson's rule, two steps at a time from 0, until the panel that holds the quantile.
    let (mut inside, mut at, mut left) = (0.0, 0, density(0));
    loop {
        let (middle, right) = (density(at + 1), density(at + 2));
        let panel = step / 3.0 * (left + 4.0 * middle + right);
        if inside + panel >= LEVEL / 2.0 || panel < f64::EPSILON {
            let part = solve([left, middle, right], (LEVEL / 2.0 - inside) / step);
            return (at as f64 + part) * step;
        }
        (inside, at, left) = (inside + panel, at + 2, right);
    }
}

/// Where in a panel, in steps from its left end, the integral of the parabola through its three
/// points reaches `area`: by bisection.
fn solve([left, middle, right]: [f64; 3], area: f64) -> f64 {
    let slope = (4.0 * middle - 3.0 * left - right) / 2.0;
    let bend = (left - 2.0 * middle + right) / 2.0;
    let integral = |s: f64| s * (left + s * (slope / 2.0 + s * bend / 3.0));
    let (mut low, mut high) = (0.0, 2.0);
    for _ in 0..50 {
        let half = f64::midpoint(low, high);
        if integral(half) < area { low = half } else { high = half }
    }
    low
}

/// The density at `x` of the median of n standard normal values.
fn median_density(n: usize, x: f64) -> f64 {
    let ln_factorial = |k: usize| ln_gamma(k as f64 + 1.0);
    // Values left and right of the middle one (odd n) or of the middle two (even n).
    let outer = (n - 1) / 2;
    let weight = ln_factorial(n) - 2.0 * ln_factorial(outer);
    let tails = |low: f64, high: f64| {
        if outer == 0 { 0.0 } else { outer as f64 * (normal_cdf(low) * normal_cdf(-high)).ln() }
    };
    if n % 2 == 1 {
        return (weight + tails(x, x) - x * x / 2.0).exp() / TAU.sqrt();
    }
    // The middle two lie at x ± t, their joint density (with Jacobian 2) is integrated over t > 0.
    // t = exp(u − exp(−u)) makes both ends vanish, so that equal steps of u converge fast and reach
    // the narrow scale 1/n of t as well as its widest.
    const STEP: f64 = 0.04;
    let integrand = |i: i32| {
        let u = f64::from(i) * STEP;
        let t = (u - (-u).exp()).exp();
        let log = weight + tails(x - t, x + t) - x * x - t * t;
        log.exp() / TAU * 2.0 * t * (1.0 + (-u).exp())
    };
    STEP * (-100..=60).map(integrand).sum::<f64>()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn one_and_two_runs_have_closed_forms() {
        // The median of one run is N(0, 1), of two N(0, 1/2).
        let z = super::super::distributions::normal_quantile(0.975);
        assert!((chance_gap(1, 1).unwrap() - z * 2f64.sqrt()).abs() < 1e-6);
        assert!((chance_gap(2, 2).unwrap() - z).abs() < 1e-6);
        assert!((chance_gap(1, 2).unwrap() - z * 1.5f64.sqrt()).abs() < 1e-6);
        assert_eq!(chance_gap(0, 3), None);
    }

    #[test]
    fn densities_integrate_to_one() {
        for n in [1, 2, 3, 4, 7, 10, 31, 100, 1001] {
            let step = 0.05 / (n as f64).sqrt();
            let area: f64 =
                (-200..=200).map(|i| step * median_density(n, f64::from(i) * step)).sum();
            assert!((area - 1.0).abs() < 1e-8, "n={n}: {area}");
        }
    }

    #[test]
    fn large_samples_approach_the_asymptotic_gap() {
        let asymptotic = 1.959964 * (PI / 1000.0).sqrt();
        assert!((chance_gap(1000, 1000).unwrap() / asymptotic - 1.0).abs() < 0.002);
        assert!(chance_gap(1, 100_000).unwrap() > 1.95);
    }
}
