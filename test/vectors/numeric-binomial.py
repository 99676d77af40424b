"""Binomial probabilities and tails at 50 digits, for test/numeric/binomial.test.ts.

Each row holds k, n, p (doubles taken exactly), then log P(X = k), log P(X >= k) and log P(X <= k), to 25 digits as text. Tails are
summed term by term from k outwards at 80 digits; the terms beyond 1e-55 of the sum, which decay geometrically there, are left out.

Needs mpmath. Usage: python3 test/vectors/numeric-binomial.py [--out FILE]
"""

import argparse
import json
import os
import random

from mpmath import binomial, exp, log, log1p, loggamma, mp, mpf, nstr

mp.dps = 80
SMALL = mpf(10) ** -55


def log_probability(k, n, p):
    if p == 0:
        return mpf(0) if k == 0 else mpf('-inf')
    if p == 1:
        return mpf(0) if k == n else mpf('-inf')
    ways = log(binomial(n, k)) if n < 2000 else loggamma(n + 1) - loggamma(k + 1) - loggamma(n - k + 1)
    return ways + k * log(p) + (n - k) * log1p(-p)


def outward(k, n, p, step):
    """log of the sum from k to the end in the direction of step: by terms relative to the first away from the mean, else by 1 - sum."""
    if (k > n * p) != (step > 0):
        return log1p(-exp(outward(k - step, n, p, -step))) if 0 <= k - step <= n else mpf(0)
    odds = p / (1 - p)
    total, term, j = mpf(1), mpf(1), k
    while 0 <= j + step <= n:
        term *= mpf(n - j) / (j + 1) * odds if step > 0 else mpf(j) / (n - j + 1) / odds
        total += term
        j += step
        if term < total * SMALL:
            break
    return log_probability(k, n, p) + log(total)


def row(k, n, p):
    exact = mpf(p)
    values = [log_probability(k, n, exact)]
    if p in (0, 1):
        values += [mpf(0) if k <= n * p else mpf('-inf'), mpf(0) if k >= n * p else mpf('-inf')]
    else:
        values += [outward(k, n, exact, 1), outward(k, n, exact, -1)]
    return [k, n, p] + [nstr(v, 25) for v in values]


def points():
    r = random.Random('binomial')
    for n in (1, 2, 3, 7, 20, 100, 1000, 10_000, 100_000):
        for _ in range(24 if n < 20_000 else 8):
            p = r.choice([r.random(), 10 ** r.uniform(-12, 0), 1 - 10 ** r.uniform(-12, 0), 0.5])
            spread = max(1, (n * p * (1 - p)) ** 0.5)
            k = round(n * p + r.gauss(0, 1) * r.choice([1, 3, 8, 30]) * spread)
            yield min(n, max(0, k)), n, p
    for n in (1, 10, 1000):
        for k in sorted({0, 1, n - 1, n}):
            for p in (1e-300, 1e-17, 0.25, 1 - 2.0**-53):
                yield k, n, p
    yield from [(0, 5, 0.0), (5, 5, 1.0), (0, 0, 0.3), (3, 5, 0.0), (3, 5, 1.0)]
    yield from [(50_004_000, 100_000_000, 0.5), (10_010_000, 1_000_000_000_000, 1e-5), (700_000_000, 1_000_000_000, 0.5)]


if __name__ == '__main__':
    parser = argparse.ArgumentParser()
    parser.add_argument('--out', default=os.path.join(os.path.dirname(__file__), 'numeric-binomial.json'))
    rows = [row(*point) for point in points()]
    with open(parser.parse_args().out, 'w') as f:
        head = {'source': 'mpmath, 80 digits, by numeric-binomial.py', 'columns': ['k', 'n', 'p', 'log P(X = k)', 'log P(X >= k)', 'log P(X <= k)']}
        body = ',\n  '.join(json.dumps(r) for r in rows)
        f.write(json.dumps(head)[:-1] + ', "rows": [\n  ' + body + '\n]}\n')
