#!/usr/bin/env python3
"""Computes reports/testdata/nights_golden/golden.json: what SciPy, NumPy and ruptures say of nights.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install scipy ruptures
    /tmp/venv/bin/python reports/testdata/nights_golden/make.py > reports/testdata/nights_golden/golden.json

Nothing here calls imgbench.
"""

import json
from math import exp, log, sqrt

import numpy as np
import ruptures
import scipy
from scipy import stats

rng = np.random.default_rng(20261123)


def rounded(values):
    return [round(float(v), 9) for v in values]


def prediction(baseline, new):
    """New values against old ones: the t of a difference of means whose spread the old ones give."""
    k, w = len(baseline), len(new)
    shift = np.mean(new) - np.mean(baseline)
    error = np.std(baseline, ddof=1) * sqrt(1 / w + 1 / k)
    half = stats.t.ppf(0.975, k - 1) * error
    if w == 1:  # an outlier's t is a two-sample t of one against k
        p = stats.ttest_ind(new, baseline).pvalue
        assert abs(p - 2 * stats.t.sf(abs(shift / error), k - 1)) < 1e-12
    p = float(2 * stats.t.sf(abs(shift / error), k - 1))
    return {"shift": float(shift), "error": float(error), "p": p,
            "low": exp(shift - half), "high": exp(shift + half)}


def night(cells, k, w):
    """Cells of one night; the first is the control."""
    sd = rng.uniform(0.005, 0.01, cells)
    moved = np.where(rng.random(cells) < 0.3, rng.normal(0, 0.1, cells), 0.0)
    moved[0] = 0.0  # a control that moves alone is another matter
    out = []
    for c in range(cells):
        raw = {"baseline": rounded(rng.normal(2, sd[c], k)), "recent": rounded(rng.normal(2 + moved[c], sd[c], w - 1)),
               "tonight": rounded([2 + moved[c] + rng.normal(0, sd[c])])[0]}
        relative = None
        if c > 0:
            first = out[0]["raw"]
            diff = lambda a, b: rounded(np.array(a) - np.array(b))
            relative = {"baseline": diff(raw["baseline"], first["baseline"]), "recent": diff(raw["recent"], first["recent"]),
                        "tonight": diff([raw["tonight"]], [first["tonight"]])[0]}
        out.append({"raw": raw, "relative": relative})
    looks = []
    for recent in (False, True):
        new = lambda of: (of["recent"] if recent else []) + [of["tonight"]]
        raw = [prediction(c["raw"]["baseline"], new(c["raw"])) for c in out]
        rel = [prediction(c["relative"]["baseline"], new(c["relative"])) if c["relative"] else None for c in out]
        deciding = [b["p"] if b else a["p"] for a, b in zip(raw, rel)]
        looks.append({"raw": raw, "relative": rel,
                      "adjusted": [float(v) for v in stats.false_discovery_control(deciding)]})
    return {"cells": out, "tonight": looks[0], "lately": looks[1]}


def energy(values, shortest):
    """The definition of Matteson & James on ranks, over their number, by matrices of distances."""
    x = stats.rankdata(values, method="ordinal") - 1
    d = np.abs(x[:, None] - x[None, :])
    best = (-np.inf, 0)
    for m in range(shortest, len(x) - shortest + 1):
        n = len(x) - m
        between, left, right = d[:m, m:].mean(), d[:m, :m].sum() / (m * (m - 1)), d[m:, m:].sum() / (n * (n - 1))
        q = m * n / (m + n) * (2 * between - left - right)
        if q > best[0]:
            best = (q, m)
    return {"order": x.tolist(), "left": best[1], "statistic": float(best[0] / len(x))}


def history(n, steps, sd, wild=False):
    level = np.zeros(n)
    for at, size in steps:
        level[at:] += size
    noise = rng.standard_t(3, n) if wild else rng.normal(0, 1, n)
    return rounded(level + sd * noise)


def pelt(values, shortest):
    """PELT with the L1 cost, every night a candidate."""
    x = np.array(values)
    d = np.sort(np.abs(np.diff(x)))
    price = 2 * d[len(d) // 2] / (0.6745 * sqrt(2)) * log(len(x))
    found = ruptures.Pelt(model="l1", min_size=shortest, jump=1).fit(x).predict(pen=price)
    return {"values": values, "cuts": [int(v) for v in found[:-1]]}


histories = [
    history(n, steps, sd, wild)
    for n in (40, 150)
    for steps in ([], [(n // 2, 0.05)], [(n // 3, 0.05), (2 * n // 3, -0.04)])
    for sd, wild in ((0.01, False), (0.02, False), (0.01, True))
]
golden = {
    "scipy": scipy.__version__,
    "numpy": np.__version__,
    "ruptures": ruptures.__version__,
    "nights": [night(c, k, w) for c, k, w in ((2, 10, 2), (5, 12, 3), (12, 30, 3), (30, 30, 3))],
    "energy": [energy(h, 6) for h in histories] + [energy(np.round(h, 2), 6) for h in histories[:6]],
    "pelt": [pelt(h, 6) for h in histories],
}
out = json.dumps(golden, separators=(",", ":"))
# One case a line, so that a change of the data can be read.
print(out.replace("},{", "},\n{").replace("[{", "[\n{").replace("}],", "}],"))
