"""50-digit Renyi divergences and conversions, each straight from its definition, into accounting-rdp.json.

    python test/vectors/accounting-rdp.py

Divergences: log E_Q[(P/Q)^a] / (a - 1) (a = 1: E_P[log P/Q]) over the dominating pair of the event, by the trapezoid rule at a sixth of a
standard deviation and a thirtieth of the strip of analyticity (continuous), by adaptive Gauss-Legendre (Laplace, kinks), by
summation (lattices, atoms), or, at whole orders, by the binomial theorem. Conversions: the supremum over pairs of coins by brute force.
"""

import json
import math
import os

from mpmath import binomial, ceil, exp, expm1, floor, fsum, linspace, log, log1p, loggamma, mp, mpf, nstr, pi, power, quad, sqrt

mp.dps = 50
cases = []


def digits(x):
    return nstr(x, 25)


def term(p, q, a):
    """What a point adds to E_Q[(P/Q)^a] - 1, the mean of P/Q - 1 being 0; at a = 1, to the Kullback-Leibler divergence."""
    r = p / q
    return q * (r * log(r) - r + 1) if a == 1 else q * (power(r, a) - 1 - a * (r - 1))


def divergence(total, a):
    return total if a == 1 else log1p(total) / (a - 1)


def add(event, relation, orders, values):
    cases.append({'event': event, 'relation': relation, 'orders': [float(a) for a in orders], 'values': [digits(v) for v in values]})


def normal(t):
    return exp(-t * t / 2) / sqrt(2 * pi)


def line(f, low, high, step):
    first, last = int(floor(low / step)), int(ceil(high / step))
    return step * fsum(f(i * step) for i in range(first, last + 1))


def lattice(f, low, high, s):
    whole = fsum(exp(-mpf(x) ** 2 / (2 * s * s)) for x in range(-int(25 * s + 25), int(25 * s + 26)))
    scale = sqrt(2 * pi) / whole
    return scale * fsum(f(mpf(x) / s) for x in range(int(floor(low * s)) - 1, int(ceil(high * s)) + 2))


def on_grid(f, low, high, m, s):
    return line(f, low, high, min(mpf(1) / 6, pi / m / 30)) if s is None else lattice(f, low, high, s)


def ratio(q, m):
    return lambda t: 1 - q + q * exp(m * t - m * m / 2)


def sampled(q, m, a, s=None):
    r = ratio(q, m)
    return divergence(on_grid(lambda t: term(normal(t) * r(t), normal(t), a), -22, max(a, 2) * m + 22, m, s), a)


def replaced(q, m, a, s=None):
    r = ratio(q, m)
    f = lambda t: term(normal(t) * r(t), normal(t) * r(-t), a)
    return divergence(on_grid(f, -2 * m - 22, max(a, 2) * m + 22, m, s), a)


def fixed(q, m, a, s=None):
    r = ratio(q, m)
    f = lambda t: term(normal(t) * r(t), normal(t), a) + term(normal(t), normal(t) * r(t), a)
    if s is not None:
        return divergence(lattice(lambda t: f(t) if t > m / 2 else mpf(0), -22, max(a, 2) * m + 22, s), a)
    edges = [m / 2]
    while edges[-1] < max(a, 2) * m + 22:
        edges.append(edges[-1] + min(mpf(1), 1 / m))
    return divergence(quad(f, edges), a)


def sampled_whole(q, m, a):
    """At a whole order, by the binomial theorem; doubles tell which terms count."""
    def rough(k):
        e = k * (k - 1) * float(m) ** 2 / 2
        return (math.lgamma(a + 1) - math.lgamma(k + 1) - math.lgamma(a - k + 1) + k * math.log(q) + (a - k) * math.log1p(-float(q))
                + (e if e > 30 else math.log(math.expm1(e))))

    guesses = [rough(k) for k in range(2, a + 1)]
    top = max(guesses)
    lq, lr = log(q), log1p(-q)
    counting = [k for k, guess in enumerate(guesses, 2) if guess > top - 80]
    terms = [loggamma(a + 1) - loggamma(k + 1) - loggamma(a - k + 1) + k * lq + (a - k) * lr + log(expm1(mpf(k) * (k - 1) * m * m / 2)) for k in counting]
    top = max(terms)
    return log1p(exp(top) * fsum(exp(t - top) for t in terms)) / (a - 1)


def poisson(q, event):
    return {'kind': 'poissonSampled', 'samplingRate': float(q), 'event': event}


def gaussian(s):
    return {'kind': 'gaussian', 'noiseMultiplier': float(s)}


# Gaussian noise -------------------------------------------------------------------------------------------------------------

orders = [mpf(x) for x in (1, '1.001', '1.0625', '1.5', 2, '2.75', 5, '10.5', 33)]
for q, s in [(1e-10, 1), (1e-10, 100), (1e-6, 0.3), (1e-3, 0.6), (0.01, 1), (0.01, 0.15), (0.1, 1.1), (0.3, 30), (0.5, 0.5), (0.9, 4), (1 - 1e-9, 0.8)]:
    use = [a for a in orders if (a + 44 * s) / s < 250]
    add(poisson(q, gaussian(s)), 'add-or-remove', use, [sampled(mpf(q), 1 / mpf(s), a) for a in use])
for q, s in [(1e-9, 1), (0.01, 1), (0.1, 0.5), (0.5, 3), (0.97, 10)]:
    use = [a for a in orders if a < 20]
    add(poisson(q, gaussian(s)), 'replace-one', use, [replaced(mpf(q), 1 / mpf(s), a) for a in use])
for q, s, whole in [(1e-10, 0.05, (2, 3, 1000)), (0.01, 0.05, (2, 20000)), (0.01, 1, (64, 1000, 20000)), (1e-10, 100, (100000, 1000000)),
                    (0.5, 100, (1000000,)), (1e-3, 30, (100000, 300000)), (1e-3, 100, (50000, 200000)), (0.01, 100, (10000, 20000, 40000)),
                    (1e-4, 100, (300000,)), (0.3, 7, (1000,)), (1 - 1e-10, 0.3, (7,))]:
    add(poisson(q, gaussian(s)), 'add-or-remove', whole, [sampled_whole(mpf(q), 1 / mpf(s), a) for a in whole])
for m, n, s in [(1, 1000000, 2), (10, 1000, 2), (10, 1000, 0.8), (1, 3, 5), (99, 100, 30)]:
    event = {'kind': 'fixedSizeSampled', 'sampleSize': m, 'populationSize': n, 'event': gaussian(s)}
    use = [a for a in orders if a < 12]
    add(event, 'replace-one', use, [fixed(mpf(m) / n, 2 / mpf(s), a) for a in use])
    add(event, 'add-or-remove', use, [sampled(mpf(m) / n, 2 / mpf(s), a) for a in use])
for shifts, weights, s in [((0, 1, 2), (0.81, 0.18, 0.01), 1), ((1, 3), (0.5, 0.5), 2), ((0, 0.5, 1, 4), (0.25, 0.5, 0.125, 0.125), 3), ((0, 1, 2), (0.999, 0.0009, 0.0001), 0.7)]:
    event = {'kind': 'mixtureOfGaussians', 'stddev': s, 'sensitivities': shifts, 'probabilities': weights}
    ms = [mpf(x) / mpf(s) for x in shifts]
    total = fsum(mpf(w) for w in weights)
    ws = [mpf(w) / total for w in weights]
    r = lambda t: fsum(w * exp(m * t - m * m / 2) for w, m in zip(ws, ms))
    top, use = ms[-1], [a for a in orders if a < 12]
    step = min(mpf(1) / 6, pi / top / 30)
    values = []
    for a in use:
        there = divergence(line(lambda t: term(normal(t) * r(t), normal(t), a), -22, max(a, 2) * top + 22, step), a)
        back = divergence(line(lambda t: term(normal(t), normal(t) * r(t), a), -22 - a * top, 2 * top + 22, step), a)
        values.append(max(there, back))
    add(event, 'add-or-remove', use, values)

# Discrete Gaussian noise ------------------------------------------------------------------------------------------------------

for s, shift, q in [(0.2, 1, 0.1), (0.7, 1, 0.01), (1, 2, 0.5), (3, 1, 1e-8), (5, 7, 0.1), (30, 4, 0.02)]:
    base = {'kind': 'discreteGaussian', 'stddev': s, 'sensitivity': shift}
    m = mpf(shift) / mpf(s)
    use = [a for a in orders if a < 12]
    plain = lambda m, a: divergence(lattice(lambda t: term(normal(t) * exp(m * t - m * m / 2), normal(t), a), -22, max(a, 2) * m + 22, mpf(s)), a)
    add(base, 'add-or-remove', use, [plain(m, a) for a in use])
    add(base, 'replace-one', use[:4], [plain(2 * m, a) for a in use[:4]])
    add(poisson(q, base), 'replace-special', use, [sampled(mpf(q), m, a, mpf(s)) for a in use])
    add(poisson(q, base), 'replace-one', use, [replaced(mpf(q), m, a, mpf(s)) for a in use])
    event = {'kind': 'fixedSizeSampled', 'sampleSize': 3, 'populationSize': 50, 'event': base}
    add(event, 'replace-one', use, [fixed(mpf(3) / 50, 2 * m, a, mpf(s)) for a in use])

# Laplace noise ------------------------------------------------------------------------------------------------------------------


def laplace_pairs(q, c, kind):
    """(density pairs over y, intervals, atom pairs) of the log ratio y."""
    density = lambda y: exp(-(y + c) / 2) / 4
    r = lambda y: 1 - q + q * exp(y)
    if kind == 'sampled':
        return [(lambda y: density(y) * r(y), density)], (-c, c), [(r(-c) / 2, mpf(1) / 2), (r(c) * exp(-c) / 2, exp(-c) / 2)]
    low, other = (-c, r(-c)) if kind == 'replaced' else (mpf(0), mpf(1))
    there = (lambda y: density(y) * r(y), lambda y: density(y) * other)
    e = exp(-c) / 2
    return [there, there[::-1]], (low, c), [(e * r(c), e * other), (e * other, e * r(c))]


def laplace(q, c, a, kind):
    pairs, (low, high), atoms = laplace_pairs(q, c, kind)
    total = fsum(term(p, r, a) for p, r in atoms)
    pieces = linspace(low, high, 17)
    for p, r in pairs:
        total += quad(lambda y: term(p(y), r(y), a), pieces)
    return divergence(total, a)


for q, b in [(1e-9, 1), (0.01, 1), (0.2, 0.5), (0.5, 20), (0.3, 0.08), (1 - 1e-7, 2)]:
    base = {'kind': 'laplace', 'noiseMultiplier': b}
    c = 1 / mpf(b)
    use = orders
    add(base, 'add-or-remove', use, [laplace(mpf(1), c, a, 'sampled') for a in use])
    add(base, 'replace-one', use[:5], [laplace(mpf(1), 2 * c, a, 'sampled') for a in use[:5]])
    add({'kind': 'permuteAndFlip', 'epsilon': 1 / b}, 'replace-one', use[:5], [laplace(mpf(1), mpf(1 / b), a, 'sampled') for a in use[:5]])
    add(poisson(q, base), 'add-or-remove', use, [laplace(mpf(q), c, a, 'sampled') for a in use])
    add(poisson(q, base), 'replace-one', use, [laplace(mpf(q), c, a, 'replaced') for a in use])
    event = {'kind': 'fixedSizeSampled', 'sampleSize': 1, 'populationSize': 8, 'event': base}
    add(event, 'replace-one', use, [laplace(mpf(1) / 8, 2 * c, a, 'fixed') for a in use])

# Atoms ----------------------------------------------------------------------------------------------------------------------------


def atoms(pairs, a):
    return divergence(fsum(term(p, q, a) for p, q in pairs), a)


def discrete_laplace(b, x):
    r = exp(-1 / mpf(b))
    return (1 - r) / (1 + r) * r ** abs(x)


many = orders + [mpf(1000)]
for b, shift, q in [(1, 1, 0.1), (0.4, 2, 0.01), (10, 3, 0.5), (50, 100, 0.02)]:
    base = {'kind': 'discreteLaplace', 'scale': b, 'sensitivity': shift}
    q = mpf(float(q))
    reach = int(60 * b + 6 * shift)

    def pairs(d, f):
        return [f(discrete_laplace(b, x - d), discrete_laplace(b, x), discrete_laplace(b, x + d)) for x in range(-reach - d, reach + d + 1)]

    add(base, 'add-or-remove', many[:9], [atoms(pairs(shift, lambda p, o, n: (p, o)), a) for a in many[:9]])
    add(poisson(q, base), 'add-or-remove', many[:9], [atoms(pairs(shift, lambda p, o, n: ((1 - q) * o + q * p, o)), a) for a in many[:9]])
    add(poisson(q, base), 'replace-one', many[:9], [atoms(pairs(shift, lambda p, o, n: ((1 - q) * o + q * p, (1 - q) * o + q * n)), a) for a in many[:9]])
    g = mpf(2) / 5
    event = {'kind': 'fixedSizeSampled', 'sampleSize': 2, 'populationSize': 5, 'event': base}
    half = lambda p, o, n: ((1 - g) * o + g * p, o) if p > o else (o, o)
    add(event, 'replace-one', many[:9], [divergence(fsum(term(x, y, a) + term(y, x, a) for x, y in pairs(2 * shift, half)), a) for a in many[:9]])

for eps, k in [(0.01, 2), (1, 2), (1, 4), (5, 1000), (30, 3)]:
    e = exp(mpf(eps))
    truth, other = e / (e + k - 1), 1 / (e + k - 1)
    event = {'kind': 'randomizedResponse', 'epsilon': eps, 'categories': k}
    one = [(truth, other), (other, truth)] + [(other, other)] * (k - 2)
    add(event, 'replace-one', many, [atoms(one, a) for a in many])
    blank = [(truth, mpf(1) / k)] + [(other, mpf(1) / k)] * (k - 1)
    add(event, 'replace-special', many, [max(atoms(blank, a), atoms([(y, x) for x, y in blank], a)) for a in many])

for eps, q in [(1e-6, 0.1), (0.5, 0.01), (3, 0.5), (40, 1e-9)]:
    e = exp(mpf(eps))
    p, o = e / (1 + e), 1 / (1 + e)
    pure = {'kind': 'pure', 'epsilon': eps}
    add(pure, 'replace-special', many, [atoms([(p, o), (o, p)], a) for a in many])
    q = mpf(float(q))
    mixed = [((1 - q) * o + q * p, o), ((1 - q) * p + q * o, p)]
    add(poisson(q, pure), 'add-or-remove', many, [atoms(mixed, a) for a in many])
    # Bounded range: the worst interval [t - eps, t], by search.
    values = []
    for a in many:
        def at(t):
            low = (1 - exp(t - eps)) / (exp(t) - exp(t - eps))
            return fsum([term(low * exp(t), low, a), term((1 - low) * exp(t - eps), 1 - low, a)])
        lo, hi = mpf(0), mpf(eps)
        g = (sqrt(mpf(5)) - 1) / 2
        for _ in range(260):
            x, y = hi - g * (hi - lo), lo + g * (hi - lo)
            if at(x) > at(y):
                hi = y
            else:
                lo = x
        values.append(divergence(at((lo + hi) / 2), a))
    add({'kind': 'exponential', 'epsilon': eps}, 'add-or-remove', many, values)

# Several releases on one sample, whole orders -----------------------------------------------------------------------------------------

for q, s, b in [(0.01, 2, 1), (0.3, 5, 4)]:
    event = {'kind': 'composed', 'events': [gaussian(s), {'kind': 'repeated', 'times': 2, 'event': {'kind': 'laplace', 'noiseMultiplier': b}}]}
    q, c, m = mpf(q), 1 / mpf(b), 1 / mpf(s)
    values = []
    for a in (2, 3, 7):
        total = mpf(0)
        for k in range(2, a + 1):
            k = mpf(k)
            lap = k / (2 * k - 1) * exp((k - 1) * c) + (k - 1) / (2 * k - 1) * exp(-k * c)
            total += binomial(a, k) * q ** k * (1 - q) ** (a - k) * (exp(k * (k - 1) * m * m / 2) * lap ** 2 - 1)
        values.append(log1p(total) / (a - 1))
    add(poisson(q, event), 'add-or-remove', (2, 3, 7), values)

# The optimal conversion ----------------------------------------------------------------------------------------------------------------

conversions = []


def best_epsilon(a, d, delta):
    """sup over coins on the boundary of log((p - delta) / q), by golden section over log p - delta; q by bisection."""
    limit = exp((a - 1) * d)

    def q_of(p):
        f = lambda q: power(p, a) * power(q, 1 - a) + (power(1 - p, a) * power(1 - q, 1 - a) if p < 1 else 0) - limit
        lo, hi = mpf(10) ** -400, p
        for _ in range(300):
            mid = sqrt(lo * hi) if hi / lo > 2 else (lo + hi) / 2
            if f(mid) > 0:
                lo = mid
            else:
                hi = mid
        return hi

    value = lambda x: log(exp(x)) - log(q_of(delta + exp(x)))
    lo, hi = log(delta) - 3 * log(mpf(10)), log(1 - delta)
    g = (sqrt(mpf(5)) - 1) / 2
    x, y = hi - g * (hi - lo), lo + g * (hi - lo)
    fx, fy = value(x), value(y)
    for _ in range(120):
        if fx > fy:
            hi, y, fy = y, x, fx
            x = hi - g * (hi - lo)
            fx = value(x)
        else:
            lo, x, fx = x, y, fy
            y = lo + g * (hi - lo)
            fy = value(y)
    return max(value(hi), value((lo + hi) / 2), mpf(0))


mp.dps = 40
for a, d, delta in [(2, 1, 1e-5), (8, 1, 1e-5), (8, 0.01, 1e-5), (1.1, 20, 1e-6), (33, 0.3, 1e-12), (4, 2, 0.2), (1.5, 1e-4, 1e-3), (64, 1e-6, 1e-10),
                    (3, 5, 1e-30), (16, 0.2, 0.01), (500, 0.05, 1e-4), (12, 0.001, 0.02)]:
    conversions.append({'order': a, 'divergence': d, 'delta': delta, 'epsilon': digits(best_epsilon(mpf(a), mpf(d), mpf(delta)))})

path = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'accounting-rdp.json')
with open(path, 'w') as file:
    json.dump({'source': 'mpmath, 50 digits, test/vectors/accounting-rdp.py', 'cases': cases, 'conversions': conversions}, file, indent=1)
    file.write('\n')
