"""Reference masses of privacy losses, at 50 digits, for test/accounting/laws.test.ts.

Each case names an event, a relation and a direction (0: the record is in P; 1: in Q), and lists cells (from, to] of losses with their
mass under P and Q, the excess P - e^from Q and the mass beside the ends, from the definition of the pair (densities and their integrals), by a route of its
own: ends by root finding on the loss, masses by erfc, exp and plain sums at 50 digits. Ends are doubles, "inf" stands for infinity.

Needs mpmath. Usage: python3 test/vectors/accounting-laws.py > test/vectors/accounting-laws.json
"""

import json

from mpmath import erfc, exp, expm1, inf, isinf, log, log1p, mp, mpf, sqrt

mp.dps = 60


def tail(x):
    return erfc(x / sqrt(mpf(2))) / 2 if not isinf(x) else mpf(0 if x > 0 else 1)


def between(a, b):
    """Mass of the standard normal in (a, b)."""
    if a + b > 0:
        return tail(a) - tail(b)
    return tail(-b) - tail(-a)


class Normal:
    """Mixtures of normals of unit variance, P of means >= those of Q; the loss rises."""

    def __init__(self, p, q):
        self.p = [(mpf(w), mpf(s)) for w, s in p]
        self.q = [(mpf(w), mpf(s)) for w, s in q]

    def loss(self, x):
        # Relative to the standard normal, so that far out nothing underflows.
        def ratio(m):
            return log(sum(w * exp(s * x - s * s / 2) for w, s in m))
        return ratio(self.p) - ratio(self.q)

    def reach(self):
        return max(s for _, s in self.p) - min(s for _, s in self.q)

    def off(self, y):
        d = mpf(10)**-30
        scale = abs(self.loss(mpf(0))) + (self.loss(d) - self.loss(-d)) / (2 * d)
        return 8 * mpf(2)**-53 * (1 + self.reach()**2) * (scale + abs(y))

    def where(self, y):
        if isinf(y):
            return y
        lo, hi = mpf(-1), mpf(1)
        while self.loss(lo) > y:
            lo *= 2
            if lo < -mpf(10)**6:
                return -inf
        while self.loss(hi) < y:
            hi *= 2
            if hi > mpf(10)**6:
                return inf
        for _ in range(70):
            mid = (lo + hi) / 2
            lo, hi = (mid, hi) if self.loss(mid) < y else (lo, mid)
        x = (lo + hi) / 2
        for _ in range(4):
            d = mpf(10)**-30
            x -= (self.loss(x) - y) * d / (self.loss(x + d) - self.loss(x))
        return x

    def masses(self, a, b):
        x0, x1 = self.where(a), self.where(b)
        return [sum(w * between(x0 - s, x1 - s) for w, s in m) for m in (self.p, self.q)]


class Laplace:
    """(1 - r) Lap(0) + r Lap(1) against Lap(0), or the other way round, of the given scale: by the base's loss t in [-1/b, 1/b]."""

    def __init__(self, scale, rate=1, added=False):
        self.e = 1 / mpf(scale)
        self.rate = mpf(rate)
        self.added = added

    def off(self, y):
        scale = self.e if self.rate == 1 else min(self.e, self.rate * self.e * exp(min(self.e, 50)))
        off = (2 if self.rate == 1 else 10) * mpf(2)**-53 * (scale + abs(y))
        return off

    def base(self, a, b):
        """P and Q masses of base losses in (a, b]."""
        e = self.e
        lo, hi = max(a, -e), min(b, e)
        c = exp(-e / 2) / 4
        p = q = mpf(0)
        if hi > lo:
            p += 2 * c * (exp(hi / 2) - exp(lo / 2))
            q += 2 * c * (exp(-lo / 2) - exp(-hi / 2))
        if a < -e <= b:
            p += exp(-e) / 2
            q += mpf(1) / 2
        if a < e <= b:
            p += mpf(1) / 2
            q += exp(-e) / 2
        return p, q

    def masses(self, a, b):
        r = self.rate

        def back(y):
            if isinf(y):
                return y
            z = 1 + expm1(y) / r
            # Ends are doubles: what is beyond an atom by rounding only is at the atom.
            t = log(z) if z > 0 else -inf
            if abs(abs(t) - self.e) < mpf(10)**-13 * self.e:
                t = self.e if t > 0 else -self.e
            return t
        if self.added:
            t0, t1 = back(-b), back(-a)
            # (a, b] mirrored is [t0, t1): swap the closed end.
            tiny = mpf(10)**-40
            # The mirror image of a base loss has the masses exchanged.
            q, p = self.base(t0 - tiny if not isinf(t0) else t0, t1 - tiny if not isinf(t1) else t1)
            return [p, (1 - r) * p + r * q]
        p, q = self.base(back(a), back(b))
        return [(1 - r) * q + r * p, q]


def gaussian(sigma, rate=None, direction=0, replace=False):
    s = 1 / mpf(sigma)
    if rate is None:
        return Normal([(1, 2 * s if replace else s)], [(1, 0)])
    r = mpf(rate)
    mixed = [(1 - r, 0), (r, s)]
    mirrored = [(1 - r, 0), (r, -s)]
    if replace:
        return Normal(mixed, mirrored)
    return Normal(mixed, [(1, 0)]) if direction == 0 else Normal([(1, 0)], mirrored)


def mixture(sigma, sensitivities, probabilities, direction):
    s = [mpf(x) / mpf(sigma) for x in sensitivities]
    total = sum(mpf(p) for p in probabilities)
    m = [(mpf(p) / total, x) for p, x in zip(probabilities, s)]
    if direction == 0:
        return Normal(m, [(1, 0)])
    return Normal([(1, 0)], [(w, -x) for w, x in m])


def row(law, a, b):
    a, b = mpf(a), mpf(b)
    p, q = law.masses(a, b)
    e = p - exp(a) * q if not isinf(a) else p
    # The mass next to either end, as far as the law says that it may mistake its place.
    slack = mpf(0)
    for y in (a, b):
        if not isinf(y):
            off = law.off(y)
            near = law.masses(y - off, y + off)[0]
            # An atom is on one side of an end or the other.
            slack += near if isinstance(law, Normal) or near < p else 0
    def end(y):
        return ('inf' if y > 0 else '-inf') if isinf(y) else float(y)
    return [end(a), end(b), float(p), float(q), float(e), float(slack)]


def normal_cells(law, wide):
    """Cells over the whole range: narrow and wide, in the middle and in both tails."""
    cells = []
    xs = [-30, -12, -6, -3, -1, mpf(-1) / 3, 0, mpf(1) / 2, 2, 5, 9, 14, 30]
    ys = [float(law.loss(mpf(x))) for x in xs]
    for y0, y1 in zip(ys, ys[1:]):
        if y1 > y0:
            cells.append((y0, y1))
    for x in (-9, -2, 0, 1, 4, 8):
        for d in (mpf(10)**-6, mpf('0.002'), mpf('0.03'), mpf('0.2'), mpf('0.7')):
            y0, y1 = float(law.loss(mpf(x))), float(law.loss(x + d))
            if y1 > y0:
                cells.append((y0, y1))
    for y in (ys[2], ys[6], ys[9], ys[11]):
        cells.append((y, inf))
        cells.append((-inf, y))
    return cells


def main():
    cases = []

    def add(event, relation, direction, law, cells):
        rows = [row(law, a, b) for a, b in cells]
        cases.append({'event': event, 'relation': relation, 'direction': direction, 'cells': [r for r in rows if r[2] > 1e-290]})

    for sigma in (0.3, 1.0, 20.0, 1000.0):
        event = {'kind': 'gaussian', 'noiseMultiplier': sigma}
        law = gaussian(sigma)
        add(event, 'add-or-remove', 0, law, normal_cells(law, True))
    add({'kind': 'gaussian', 'noiseMultiplier': 2.0}, 'replace-one', 0, gaussian(2, replace=True), normal_cells(gaussian(2, replace=True), True))
    for sigma, rate in ((1.0, 0.01), (0.5, 0.25), (0.3, 1e-6), (100.0, 0.001), (1.0, 0.999), (2.0, 1e-12)):
        event = {'kind': 'poissonSampled', 'samplingRate': rate, 'event': {'kind': 'gaussian', 'noiseMultiplier': sigma}}
        for direction in (0, 1):
            law = gaussian(sigma, rate, direction)
            add(event, 'add-or-remove', direction, law, normal_cells(law, True))
        law = gaussian(sigma, rate, replace=True)
        add(event, 'replace-one', 0, law, normal_cells(law, True))
    for sigma, s, p in ((1.0, [0.0, 1.0, 2.0], [0.81, 0.18, 0.01]), (1.5, [0.5, 1.0, 3.0], [0.5, 0.3, 0.2])):
        event = {'kind': 'mixtureOfGaussians', 'stddev': sigma, 'sensitivities': s, 'probabilities': p}
        for direction in (0, 1):
            law = mixture(sigma, s, p, direction)
            add(event, 'add-or-remove', direction, law, normal_cells(law, True))
    for scale in (0.2, 1.0, 50.0):
        event = {'kind': 'laplace', 'noiseMultiplier': scale}
        e = 1 / scale
        grid = [-1.5 * e, -e, -0.999 * e, -0.3 * e, -1e-7 * e, 0.0, 0.01 * e, 0.5 * e, 0.9999 * e, e]
        cells = list(zip(grid, grid[1:])) + [(y, inf) for y in grid[:-1]] + [(-inf, y) for y in grid[1:]]
        add(event, 'add-or-remove', 0, Laplace(scale), cells)
    for scale, rate in ((1.0, 0.1), (0.3, 0.01), (20.0, 0.5)):
        event = {'kind': 'poissonSampled', 'samplingRate': rate, 'event': {'kind': 'laplace', 'noiseMultiplier': scale}}
        e = 1 / mpf(scale)
        for direction in (0, 1):
            turn = (lambda t: log1p(mpf(rate) * expm1(t))) if direction == 0 else (lambda t: -log1p(mpf(rate) * expm1(-t)))
            grid = [float(turn(e * t)) for t in (-0.999, -0.3, 0, 0.25, 0.9, 0.999)]
            cells = list(zip(grid, grid[1:])) + [(y, inf) for y in grid] + [(-inf, y) for y in grid]
            add(event, 'add-or-remove', direction, Laplace(scale, rate, direction == 1), cells)
    print(json.dumps({
        'source': 'test/vectors/accounting-laws.py (mpmath, 60 digits)',
        'what': 'cells of losses: [from, to, P mass, Q mass, P - e^from Q, P mass within lossError (scale + |loss|) of the ends]',
        'cases': cases,
    }))


main()
