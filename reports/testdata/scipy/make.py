#!/usr/bin/env python3
"""Computes reports/testdata/scipy/golden.json: what SciPy says of small samples.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install scipy
    /tmp/venv/bin/python reports/testdata/scipy/make.py > reports/testdata/scipy/golden.json

Nothing here calls imgbench. Where SciPy has no such function, the value comes from one that is exact
by another route, named at its place.
"""

import json
from itertools import chain, combinations
from math import comb, exp

import numpy as np
import scipy
from scipy import integrate, optimize, stats

rng = np.random.default_rng(20101018)


def times(n, ties=False):
    """Lognormal times around 10 s; with ties, of few distinct values."""
    if ties:
        return [float(v) for v in rng.choice([9.5, 10.0, 10.5, 11.0], n)]
    return [round(float(v), 6) for v in np.exp(rng.normal(np.log(10), 0.05, n))]


def describe(n, ties):
    x = times(n, ties)
    q1, q3 = np.percentile(x, [25, 75])
    return {
        "values": x,
        "median": float(np.median(x)),
        "mean": float(np.mean(x)),
        "sd": float(np.std(x, ddof=1)) if n > 1 else None,
        "cv": float(stats.variation(x, ddof=1)) if n > 1 else None,
        "q1": float(q1),
        "q3": float(q3),
    }


def median_interval(n, alpha):
    """Coverage of x(r) … x(n+1-r) by the binomial distribution."""
    x = times(n)
    cover = {r: 1 - 2 * stats.binom.cdf(r - 1, n, 0.5) for r in range(1, (n + 1) // 2 + 1)}
    good = [r for r in cover if cover[r] >= 1 - alpha]
    r = max(good) if good else 1
    s = sorted(x)
    return {"values": x, "alpha": alpha, "low": s[r - 1], "high": s[n - r], "level": float(cover[r])}


def pairs(n, kind):
    a = times(n)
    if kind == "ties":  # equal and zero log-ratios
        b = [v * f for v, f in zip(a, rng.choice([1.0, 1.25, 0.8, 1.5], n))]
    elif kind == "shifted":
        b = [v * float(f) for v, f in zip(times(n), [1.1] * n)]
    else:
        b = times(n)
    return [[float(x), float(y)] for x, y in zip(a, b)]


def log_ratios(p):
    # Rounded, so that log-ratios equal but for their last digits are ties for SciPy too.
    return np.round([np.log(b) - np.log(a) for a, b in p], 13)


def sign_flip(p):
    # A zero has no sign to flip, so it changes no p-value; SciPy refuses a single observation.
    d = np.append(log_ratios(p), 0.0)
    return float(
        stats.permutation_test(
            (d,), lambda x, axis: np.abs(x.sum(axis=axis)), permutation_type="samples",
            vectorized=True, n_resamples=np.inf, alternative="greater",
        ).pvalue
    )


def signed_rank_cdf(t, n):
    """P(T <= t) by SciPy's exact wilcoxon() on data that have T+ = t."""
    x = -np.arange(1.0, n + 1)
    for rank in range(n, 0, -1):
        if rank <= t:
            x[rank - 1] *= -1
            t -= rank
    assert t == 0
    return float(stats.wilcoxon(x, method="exact", alternative="less").pvalue)


def paired(n, kind, alpha):
    p = pairs(n, kind)
    d = log_ratios(p)
    walsh = np.sort([(d[i] + d[j]) / 2 for i in range(n) for j in range(i, n)])
    k = 0
    while k < len(walsh) // 2 and 2 * signed_rank_cdf(k, n) <= alpha:
        k += 1
    rank = None
    if k > 0:
        low, high = walsh[k - 1], walsh[-k]
        if kind == "plain":  # the duality: just outside is rejected, just inside is not
            reject = lambda mu: stats.wilcoxon(d - mu, method="exact").pvalue <= alpha
            assert reject(low - 1e-9) and reject(high + 1e-9)
            assert not reject(low + 1e-9) and not reject(high - 1e-9)
        rank = {"low": exp(low), "high": exp(high), "level": 1 - 2 * signed_rank_cdf(k - 1, n)}
    t = None
    if n > 1:
        ci = stats.ttest_1samp(d, 0).confidence_interval(1 - alpha) if np.ptp(d) else None
        t = {"low": exp(ci.low), "high": exp(ci.high), "level": 1 - alpha} if ci else None
    return {
        "pairs": p, "alpha": alpha, "ratio": exp(np.median(walsh)), "p": sign_flip(p),
        "signed_rank": rank, "t": t,
    }


def rank_sum_p(a, b):
    """Two-sided exact p of the rank sum given the ties: twice the smaller tail."""
    m = len(a)
    ranks = stats.rankdata(np.concatenate([a, b]))
    if min(m, len(b)) > 1:
        return float(
            stats.permutation_test(
                (ranks[:m], ranks[m:]), lambda x, y, axis: x.sum(axis=axis),
                permutation_type="independent", vectorized=True, n_resamples=np.inf,
            ).pvalue
        )
    # SciPy refuses a sample of one; its permutations are few enough to write down.
    sums = np.array([sum(c) for c in combinations(ranks, m)])
    seen = ranks[:m].sum()
    return float(min(1.0, 2 * min((sums <= seen).mean(), (sums >= seen).mean())))


def mann_whitney_cdf(u, m, n):
    """P(U <= u) by SciPy's exact mannwhitneyu() on data that have U = u."""
    x = np.arange(1.0, m + 1)
    for i in range(m - 1, -1, -1):
        step = min(u, n)
        x[i] += step
        u -= step
    y = [v for v in range(1, m + n + 1) if v not in x]
    return float(stats.mannwhitneyu(x, y, method="exact", alternative="less").pvalue)


def unpaired(m, n, ties, alpha):
    a, b = times(m, ties), times(n, ties)
    if not ties and rng.random() < 0.5:
        b = [round(v * 1.1, 6) for v in b]
    p = rank_sum_p(a, b)
    if not ties:
        assert abs(p - stats.mannwhitneyu(a, b, method="exact").pvalue) < 1e-12
    d = np.sort([np.log(y) - np.log(x) for x in a for y in b])
    k = 0
    while k < len(d) // 2 and 2 * mann_whitney_cdf(k, m, n) <= alpha * (1 + 1e-12):
        k += 1
    k = max(k, 1)
    level = 1 - 2 * mann_whitney_cdf(k - 1, m, n)
    return {
        "baseline": a, "candidate": b, "alpha": alpha, "p": p, "ratio": exp(np.median(d)),
        "low": exp(d[k - 1]), "high": exp(d[-k]), "level": max(level, 0.0),
    }


def unpaired_many(m, n, ties):
    a, b = times(m, ties), [v * 1.02 for v in times(n, ties)] if not ties else times(n, ties)
    p = stats.mannwhitneyu(a, b, method="asymptotic", use_continuity=True).pvalue
    return {"baseline": a, "candidate": b, "p": float(p)}


def adjusted(m):
    p = [round(float(v), 6) for v in rng.random(m) ** 3]
    if m > 3:
        p[1] = p[0]
    # Holm by what it is: the closure of Bonferroni over all families that contain i.
    families = list(chain.from_iterable(combinations(range(m), k) for k in range(1, m + 1)))
    holm = [
        max(min(1.0, len(f) * min(p[j] for j in f)) for f in families if i in f) for i in range(m)
    ]
    return {"p": p, "holm": holm, "bh": [float(v) for v in stats.false_discovery_control(p)]}


def trend(n, ties):
    x, y = [float(i) for i in range(n)], times(n, ties)
    if ties:
        x = [float(i // 2) for i in range(n)]
    rx, ry = stats.rankdata(x) - (n + 1) / 2, stats.rankdata(y) - (n + 1) / 2
    p = 1.0
    if n > 1:
        p = stats.permutation_test(
            (ry,), lambda v, axis: np.abs((v * rx).sum(axis=axis)), permutation_type="pairings",
            vectorized=True, n_resamples=np.inf, alternative="greater",
        ).pvalue
    rho = stats.spearmanr(x, y).statistic if n > 1 and np.ptp(y) and np.ptp(x) else 0.0
    return {"x": x, "y": y, "rho": float(rho), "p": float(p)}


def median_pdf(n, x):
    phi, cdf = stats.norm.pdf, stats.norm.cdf
    k = (n - 1) // 2
    if n % 2:
        return n * comb(n - 1, k) * (cdf(x) * cdf(-x)) ** k * phi(x)
    weight = 2 * n * (n - 1) * comb(n - 2, k)
    inner = lambda t: (cdf(x - t) * cdf(-x - t)) ** k * phi(x - t) * phi(x + t)
    return weight * integrate.quad(inner, 0, 8, epsabs=1e-12)[0]


def chance_gap(m, n):
    grid = np.linspace(-7, 7, 1401)
    f, g = (np.array([median_pdf(k, x) for x in grid]) for k in (m, n))
    cdf = integrate.cumulative_simpson(g, x=grid, initial=0)
    cdf_at = scipy.interpolate.CubicSpline(grid, cdf)
    inside = lambda gap: integrate.simpson(
        f * (cdf_at(np.clip(grid + gap, -7, 7)) - cdf_at(np.clip(grid - gap, -7, 7))), x=grid
    )
    return {"m": m, "n": n, "gap": optimize.brentq(lambda v: inside(v) - 0.95, 0.05, 6, xtol=1e-10)}


def detectable(m, n):
    """Smallest two-sided p only (complete separation): max of one, min of the other, by quadrature."""
    sf = lambda shift: integrate.quad(
        lambda x: m * stats.norm.pdf(x) * stats.norm.cdf(x) ** (m - 1) * stats.norm.sf(x - shift) ** n,
        -9, 9,
    )[0]
    return {"m": m, "n": n, "shift": optimize.brentq(lambda s: sf(s) - 0.8, 0, 20)}


sizes = range(1, 9)
golden = {
    "scipy": scipy.__version__,
    "numpy": np.__version__,
    "describe": [describe(n, t) for n in [1, 2, 3, 4, 5, 6, 7, 8, 10, 21] for t in (False, True)],
    "median_interval": [
        median_interval(n, a) for n in [*range(1, 13), 20, 35, 100] for a in (0.05, 0.1, 0.01)
    ],
    "paired": [
        paired(n, kind, a)
        for n in [*sizes, 10, 12]
        for kind in ("plain", "shifted", "ties")
        for a in (0.05, 0.1, 0.01)
    ],
    "unpaired": [
        unpaired(m, n, ties, a)
        for m in sizes
        for n in sizes
        for ties, a in ((False, 0.05), (False, 0.1), (True, 0.05))
    ],
    "unpaired_many": [unpaired_many(m, n, t) for m, n in ((90, 90), (70, 150)) for t in (False, True)],
    "adjusted": [adjusted(m) for m in (1, 2, 3, 4, 6, 8, 10)],
    "trend": [trend(n, t) for n in sizes for t in (False, True)],
    "chance_gap": [
        chance_gap(m, n)
        for m, n in [(k, k) for k in range(1, 11)] + [(15, 15), (20, 20), (1, 3), (3, 10), (4, 9)]
    ],
    "detectable": [detectable(4, 4), detectable(3, 5)],
}
out = json.dumps(golden, separators=(",", ":"))
# One case a line, so that a change of the data can be read.
print(out.replace("},{", "},\n{").replace("],\"", "],\n\"").replace("[{", "[\n{").replace("}],", "}],"))
