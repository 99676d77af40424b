"""Epsilon at delta = 1e-30 in closed form, 60 digits, for bench/accounting-goals.bench.ts: python3 bench/accounting-truths.py (needs mpmath).

Sampled Gaussians composed many times are in test/vectors/accounting-contour.json. Here: what has finitely many losses, and Gaussians.
"""

import json
import os

from mpmath import erfc, exp, findroot, log, mp, mpf, nstr, sqrt

mp.dps = 60
delta = mpf(10) ** -30


def epsilon_of_atoms(losses):
    """The epsilon at which SUM P(l) (1 - e^(epsilon - l))_+ = delta: between two losses it is a quotient of sums."""
    above, shrunk = mpf(0), mpf(0)
    atoms = sorted(losses.items(), reverse=True)
    for i, (loss, mass) in enumerate(atoms):
        above += mass
        shrunk += mass * exp(-loss)
        epsilon = log((above - delta) / shrunk) if above > delta else None
        if epsilon is not None and epsilon >= atoms[i + 1][0]:
            return epsilon
    raise ValueError


def power(atoms, n, unit):
    """n-fold sums of losses k * unit."""
    total = {0: mpf(1)}
    for _ in range(n):
        step = {}
        for a, p in total.items():
            for b, q in atoms.items():
                step[a + b] = step.get(a + b, mpf(0)) + p * q
        total = step
    return {k * unit: p for k, p in total.items()}


def randomized_response(epsilon, n):
    p = exp(epsilon) / (1 + exp(epsilon))
    return epsilon_of_atoms(power({1: p, -1: 1 - p}, n, epsilon))


def discrete_laplace(scale, distance, n):
    r = exp(-1 / mpf(scale))
    point = (1 - r) / (1 + r)
    atoms = {distance: 1 / (1 + r), -distance: r**distance / (1 + r)}
    # The truth at 0: loss -distance at and beyond the other, distance at and below 0.
    for x in range(1, distance):
        atoms[distance - 2 * x] = atoms.get(distance - 2 * x, mpf(0)) + point * r**x
    assert abs(sum(atoms.values()) - 1) < mpf(10) ** -50
    return epsilon_of_atoms(power(atoms, n, 1 / mpf(scale)))


def cdf(x):
    return erfc(-x / sqrt(mpf(2))) / 2


def gaussian(sigma):
    mu = 1 / mpf(sigma)
    return findroot(lambda e: log(cdf(mu / 2 - e / mu) - exp(e) * cdf(-mu / 2 - e / mu)) - log(delta), mpf(11) * mu)


def sampled_gaussian(q, sigma):
    """Removing: where q N(1) + (1 - q) N(0) exceeds e^epsilon N(0), x > s^2 log((e^epsilon - 1 + q) / q) + 1 / 2."""
    q, s = mpf(q), mpf(sigma)

    def excess(e):
        x = s * s * log((exp(e) - 1 + q) / q) + mpf(1) / 2
        return log(q * cdf((1 - x) / s) - (exp(e) - 1 + q) * cdf(-x / s)) - log(delta)

    return findroot(excess, mpf(6))


rows = {
    "randomised response 0.1, 1000 times": randomized_response(mpf(0.1), 1000),
    "discrete Laplace scale 5, distance 5, 200 times": discrete_laplace(5, 5, 200),
    "Gaussian 1": gaussian(1),
    "sampled Gaussian 0.01, 1, once": sampled_gaussian(mpf(0.01), 1),
}
out = {"source": "mpmath, 60 digits, accounting-truths.py beside this file", "delta": 1e-30, "epsilon": {k: nstr(v, 30) for k, v in rows.items()}}
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "accounting-truths.json"), "w") as file:
    file.write(json.dumps(out, indent=2) + "\n")
print(json.dumps(out, indent=2))
