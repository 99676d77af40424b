"""Reference values for the special functions of src/numeric/, at 60 digits and more, for test/numeric/.

Writes one file per module. A row holds the arguments (doubles), then `hi`, the double nearest to the true value, and `rest`, the
true value minus `hi` in ulp of `hi`: so errors are counted against the true value, not against its rounding. Rows of complex
functions hold re, im, then hi and rest of the real part, then of the imaginary part. Points are random (seeded by the name of
the function) over the whole range plus the hard ones: tails, subnormal results, neighbourhoods of zeros, and the doubles beside
every breakpoint of the implementation.

Needs mpmath. Usage: python3 test/vectors/numeric-special.py [--points N] [--out DIR] [function ...]
"""

import argparse
import json
import math
import os
import random

from mpmath import (asinh, atan2, bernoulli, besseli, binomial, cos, erf, erfc, exp, expm1, fsum, log, log1p, loggamma,
                    mp, mpc, mpf, pi, sin, sqrt)

DIGITS = 60
mp.dps = DIGITS
SMALLEST = 5e-324


# ---- rows -------------------------------------------------------------------------------------------------------------------

def split(v):
    """(hi, rest) of a real number."""
    v = mpf(v)
    hi = float(v)
    if hi != hi or math.isinf(hi):
        return None
    return hi, float(f'{float((v - mpf(hi)) / mpf(math.ulp(hi))):.4f}')


# ---- points -----------------------------------------------------------------------------------------------------------------

def uniform(r, low, high, n):
    return [r.uniform(low, high) for _ in range(n)]


def decades(r, low, high, n):
    """Positive doubles, uniform in the logarithm."""
    a, b = log(mpf(low)), log(mpf(high))
    points = [float(exp(a + (b - a) * r.random())) for _ in range(n)]
    return [p for p in points if low <= p <= high]


def beside(*points):
    """Each point with its two neighbouring doubles on either side."""
    out = []
    for p in points:
        below, above = math.nextafter(p, -math.inf), math.nextafter(p, math.inf)
        out += [math.nextafter(below, -math.inf), below, p, above, math.nextafter(above, math.inf)]
    return out


def near(point, r, n):
    """Points closing in on a point from both sides, over all scales."""
    return [point + s * 2.0**-r.uniform(1, 52) for s in (1, -1) for _ in range(n)]


def signed(points):
    return points + [-p for p in points]


# ---- functions --------------------------------------------------------------------------------------------------------------

def tail(x):
    """(1 - Phi(x)) e^(x^2/2), any x."""
    if x < 200:
        return erfc(x / sqrt(mpf(2))) * exp(x * x / 2) / 2
    total, term = mpf(0), 1 / x
    for k in range(60):
        total += term
        term *= -(2 * k + 1) / x**2
        if abs(term) < abs(total) * mpf(10)**-(mp.dps + 5):
            break
    return total / sqrt(2 * pi)


def sf(x):
    return erfc(x / sqrt(mpf(2))) / 2


def log_cdf(x):
    return log(tail(-x)) - x * x / 2 if x < -1 else log1p(-sf(x))


def quantile_from_log(y):
    """x with log Phi(x) = y, by Newton's iteration on whichever tail is small."""
    if y > log(mpf(1) / 2):
        return -quantile_from_log(log(-expm1(y))) if y < -mpf(10)**-40 else -quantile_from_log(log(-y) + y / 2)
    x = -sqrt(-2 * y) if y < -40 else mpf(-0.5)
    for _ in range(200):
        step = (log_cdf(x) - y) * tail(-x) * sqrt(2 * pi)
        x -= step
        if abs(step) <= abs(x) * mpf(10)**-50:
            return x
    raise ValueError(y)


def quantile(p):
    return -quantile_from_log(log1p(-p)) if p > mpf(1) / 2 else quantile_from_log(log(p))


def log_interval(a, b):
    """log(Phi(b) - Phi(a))"""
    if a + b < 0:
        a, b = -b, -a
    if a <= 0:
        return log1p(-(sf(b) + sf(-a))) if b > 1 and a < -1 else log((erf(b / sqrt(mpf(2))) - erf(a / sqrt(mpf(2)))) / 2)
    return log(tail(a) - exp((a - b) * (a + b) / 2) * tail(b)) - a * a / 2


def stirling(x):
    if x > 60:
        return fsum(bernoulli(2 * k) / (2 * k * (2 * k - 1) * x**(2 * k - 1)) for k in range(1, 40))
    return loggamma(x) - (x - mpf(1) / 2) * log(x) + x - log(2 * pi) / 2


def log_binomial(n, k):
    return log(binomial(int(n), int(min(k, n - k)))) if min(k, n - k) < 3000 else (
        loggamma(n + 1) - loggamma(k + 1) - loggamma(n - k + 1))


def debye(count):
    """The polynomials U_k of DLMF 10.41(ii), by their recurrence 10.41.9, as lists of coefficients of powers."""
    u = [[mpf(1)]]
    for _ in range(count):
        nxt = [mpf(0)] * (len(u[-1]) + 3)
        for i, c in enumerate(u[-1]):
            nxt[i + 1] += c * (mpf(i) / 2 + mpf(1) / (8 * (i + 1)))
            nxt[i + 3] -= c * (mpf(i) / 2 + mpf(5) / (8 * (i + 3)))
        u.append(nxt)
    return u


DEBYE = debye(24)


def log_bessel(n, x):
    """log(e^-x I_n(x)); by the uniform expansion DLMF 10.41.3 where its terms fall below 1e-50."""
    s = sqrt(n * n + x * x)
    if s < 2000:
        return log(besseli(int(n), x)) - x
    # U_k(p) / n^k with p = n / s: a polynomial in p^2 over s^k.
    total = fsum(fsum(c * (n / s)**(i - k) for i, c in enumerate(u) if c) / s**k for k, u in enumerate(DEBYE))
    return n * n / (s + x) - n * asinh(n / x) - log(2 * pi * s) / 2 + log(total)


def log_sum(*terms):
    top = max(terms)
    return top + log1p(fsum(exp(t - top) for t in terms) - 1)


# ---- the table --------------------------------------------------------------------------------------------------------------

TABLE = {}


def register(file, name, points, f, digits=DIGITS):
    TABLE[name] = (file, points, f, digits)


E_ = 'error-function'
register(E_, 'erf', lambda r, n: uniform(r, -6, 6, n) + uniform(r, -1, 1, n) + signed(decades(r, SMALLEST, 1, n // 4)) +
         signed(beside(0.5, 1e-300, 5.86, 1)) + [SMALLEST, 1e-308], erf)
register(E_, 'erfc', lambda r, n: uniform(r, -6, 27.25, n) + uniform(r, -1, 3, n) + uniform(r, 26.5, 27.25, n // 4) +
         signed(decades(r, SMALLEST, 1, n // 8)) + signed(beside(0.5)) + beside(math.sqrt(690), 27.226017111108362, 26.543258454250933), erfc)
register(E_, 'erfcx', lambda r, n: uniform(r, -26.6, 30, n) + uniform(r, -2, 3, n) + decades(r, SMALLEST, 1.7e308, n // 2) +
         [-p for p in decades(r, SMALLEST, 1, n // 8)] + signed(beside(0.5)) + beside(-26.628735713751, 1e100, 1.7e308),
         lambda x: tail(x * sqrt(mpf(2))) * 2)

N_ = 'normal'
X_EDGES = [0.7071067811865475, 1.0, 37.14, 37.52]
register(N_, 'normalLogDensity', lambda r, n: uniform(r, -40, 40, n // 2) + signed(decades(r, SMALLEST, 1e154, n // 2)),
         lambda x: -x * x / 2 - log(2 * pi) / 2)
register(N_, 'normalCdf', lambda r, n: uniform(r, -38.56, 8.5, n) + uniform(r, -2, 2, n) + uniform(r, -38.56, -37.1, n // 4) +
         signed(decades(r, SMALLEST, 1, n // 8)) + signed(beside(*X_EDGES)), lambda x: sf(-x))
register(N_, 'normalLogCdf', lambda r, n: uniform(r, -40, 38.5, n) + uniform(r, -3, 3, n) + signed(decades(r, SMALLEST, 1, n // 4)) +
         [-p for p in decades(r, 1, 1.8e154, n // 2)] + signed(beside(*X_EDGES)), log_cdf)
register(N_, 'millsRatio', lambda r, n: uniform(r, -37.6, 50, n) + uniform(r, -2, 3, n) + decades(r, SMALLEST, 1.7e308, n // 4) +
         [-p for p in decades(r, SMALLEST, 1, n // 8)] + signed(beside(*X_EDGES)) + beside(-37.68, 1e100),
         lambda x: tail(x) * sqrt(2 * pi))



def intervals(r, n):
    """Pairs a <= b: narrow, wide, around zero, one far out."""
    out = []
    for _ in range(n):
        a = r.choice([r.uniform(-38, 38), r.uniform(-3, 3), float(exp(r.uniform(-60, 3)))])
        out.append((a, a + r.choice([r.uniform(0, 4), float(exp(r.uniform(-40, 2))), 2.0**-r.uniform(0, 52)])))
        m, h = r.uniform(0.3, 8), r.uniform(0.9, 1.1)
        out.append((m - h / max(1, m), m + h / max(1, m)))
    return [(a, b) for a, b in out if a < b]


def far_intervals(r, n):
    far = [-x for x in decades(r, 1, 1e100, n)]
    return intervals(r, n) + [(a, a * (1 - 2.0**-r.uniform(0, 53))) for a in far] + [(a, a + r.uniform(0, 4) / -a) for a in far if a > -1e7]


Q_ = 'normal-quantile'
P_EDGES = [0.25, 0.75, 1e-290]
register(Q_, 'normalQuantile', lambda r, n: uniform(r, 0, 1, n) + decades(r, SMALLEST, 0.5, n) + near(0.5, r, n // 4) + beside(*P_EDGES) +
         [1 - 2.0**-k for k in range(2, 54)] + [SMALLEST, 2.2250738585072014e-308], quantile, 90)
register(Q_, 'normalQuantileFromLog', lambda r, n: uniform(r, -3, 0, n) + uniform(r, -800, 0, n // 2) +
         [-p for p in decades(r, SMALLEST, 1e308, n)] + near(-math.log(2), r, n // 4) + beside(-math.log(2), -1.4, -0.28, -1e20, -1e-290),
         quantile_from_log, 90)
I_ = 'normal-interval'
register(I_, 'normalInterval', intervals, lambda a, b: exp(log_interval(a, b)), 140)
register(I_, 'normalLogInterval', far_intervals, log_interval, 260)

G_ = 'gamma'
register(G_, 'lgamma', lambda r, n: uniform(r, 0, 12, n) + uniform(r, 0.4, 3, n) + near(1, r, n // 8) + near(2, r, n // 8) +
         decades(r, SMALLEST, 2.5e305, n) + beside(0.6, 1.0, 1.5, 2.0, 2.5, 6.0), loggamma, 90)
register(G_, 'stirlingError', lambda r, n: uniform(r, 0, 8, n) + decades(r, 1e-300, 1e300, n) + [float(k) for k in range(1, 40)] +
         beside(0.1, 6.0), stirling, 90)
register(G_, 'logFactorial', lambda r, n: [float(k) for k in range(2, 40)] + [float(int(x)) for x in decades(r, 2, 2.0**53 - 1, n)],
         lambda n: loggamma(n + 1), 90)


def choices(r, n):
    out = []
    for _ in range(n):
        total = int(float(exp(r.uniform(1, 36.73))))
        out.append((float(total), float(r.choice([1, 2, int(float(exp(r.uniform(0, math.log(total))))), r.randint(1, total), total // 2]))))
        small = r.randint(2, 200)
        out.append((float(small), float(r.randint(1, small - 1))))
    return [(n, k) for n, k in out if 0 < k < n] + [(2.0**53 - 1, k) for k in (1.0, 16.0, 17.0, 2.0**52)]


register(G_, 'logBinomial', choices, log_binomial, 90)

L_ = 'log-space'
register(L_, 'log1mexp', lambda r, n: [-p for p in decades(r, SMALLEST, 740, n)] + uniform(r, -3, 0, n) + beside(-math.log(2)),
         lambda x: log(-expm1(x)) if x > -1 else log1p(-exp(x)), 400)
register(L_, 'log1pexp', lambda r, n: uniform(r, -745, 50, n // 2) + uniform(r, -5, 40, n) + signed(decades(r, SMALLEST, 1e300, n // 4)),
         lambda x: x + log1p(exp(-x)) if x > 0 else log1p(exp(x)), 400)


def log_pairs(r, n):
    """Pairs of logarithms: apart, close, and with e^a + e^b or e^a - e^b near one."""
    out = [(r.uniform(-1000, 1000), r.uniform(-1000, 1000)) for _ in range(n // 2)]
    out += [(a, a - r.choice([1, 0.01]) * r.expovariate(0.2)) for a in uniform(r, -50, 50, n)]
    out += [(-p, math.log(-math.expm1(-p))) for p in decades(r, 1e-15, 10, n // 2)]
    out += [(p, math.log(math.expm1(p))) for p in decades(r, 1e-15, 10, n // 2)]
    return out


register(L_, 'logAddExp', log_pairs, lambda a, b: log_sum(a, b), 120)
register(L_, 'logSubExp', lambda r, n: [(max(p), min(p)) for p in log_pairs(r, n) if p[0] != p[1]],
         lambda a, b: a + log(-expm1(b - a)), 120)

register(L_, 'logSumExp', lambda r, n: [tuple(r.choice([0, 700, -1e5]) + r.uniform(-30, 30) * r.random() for _ in range(r.randint(1, 12)))
                                        for _ in range(n)], lambda *v: log_sum(*v), 90)

C_ = 'complex'


def plane(r, n):
    """Points of the plane: near 0, all sizes, either side of the unit circle."""
    out = []
    for _ in range(n):
        out.append((r.uniform(-3, 3), r.uniform(-3, 3)))
        out.append((r.choice([-1, 1]) * float(exp(r.uniform(-70, 20))), r.choice([-1, 1]) * float(exp(r.uniform(-70, 20)))))
    return out


def circle(r, n):
    out = []
    for _ in range(n):
        t, d = r.uniform(-math.pi, math.pi), 1 + r.choice([-1, 0, 1]) * 2.0**-r.uniform(2, 55)
        out.append((d * math.cos(t), d * math.sin(t)))
    return out


def circle_at_minus_one(r, n):
    """z with |1 + z| near 1, also for tiny z, where x is near -y^2 / 2."""
    ys = [r.choice([-1, 1]) * y for y in decades(r, 1e-140, 0.9, n)]
    tiny = [(-y * y / (1 + math.sqrt(1 - y * y)) * (1 + r.choice([-1, 0, 1]) * 2.0**-r.uniform(2, 54)), y) for y in ys]
    return [(x - 1, y) for x, y in circle(r, n)] + tiny


# Gaussian integers of norm 2^106 + m: nearer to the circle than any rounding tells, |z|^2 - 1 = m / 2^106.
NEAREST = [(a / 2.0**53, s * b / 2.0**53) for a, b, s in
           (((3 * 2**53 + 4) // 5, (4 * 2**53 - 3) // 5, -1), ((3 * 2**53 - 16) // 5, (4 * 2**53 + 12) // 5, 1))]


def nearest_tiny(r):
    """The nearest to the circle around -1 out of many z with x near -y^2 / 2: the excess cancels a hundred bits and more."""
    ys = uniform(r, 2.0**-14, 2.0**-13, 10000)
    points = [(-y * y / (1 + math.sqrt(1 - y * y)), y) for y in ys]
    return sorted(points, key=lambda z: abs(2 * mpf(z[0]) + mpf(z[0])**2 + mpf(z[1])**2))[:6]


EXTREME = [(1e200, 1e200), (-1e308, 1e-308), (3e-320, -1e-310), (1e-200, 0.0), (-0.75, 1e-170), (1e160, 1e150), (0.5, -1e155)]
register(C_, 'complexLog', lambda r, n: plane(r, n) + circle(r, n) + NEAREST + EXTREME, lambda x, y: mpc(log(x * x + y * y) / 2, atan2(y, x)), 500)
register(C_, 'complexLog1p', lambda r, n: plane(r, n) + circle_at_minus_one(r, n) + [(x - 1, y) for x, y in NEAREST] + nearest_tiny(r) + EXTREME + [(x - 1, y) for x, y in plane(r, n // 4)] +
         [(-1.0, y) for y in decades(r, 1e-300, 1, 4)],
         lambda x, y: mpc(log1p(2 * x + x * x + y * y) / 2, atan2(y, 1 + x)), 700)
register(C_, 'complexExp', lambda r, n: [(r.uniform(-745, 709), r.uniform(-100, 100)) for _ in range(n)] + plane(r, n // 2) +
         [(709.9, 1.0), (710.2, 0.9), (-740.0, 1.0)], lambda x, y: mpc(exp(x) * cos(y), exp(x) * sin(y)), 90)
register(C_, 'complexExpm1', lambda r, n: [(r.uniform(-50, 50), r.uniform(-100, 100)) for _ in range(n)] + plane(r, n // 2) +
         circle_at_minus_one(r, n // 4) + [(709.9, 1.0)],
         lambda x, y: mpc(expm1(x) * cos(y) - 2 * sin(y / 2)**2, exp(x) * sin(y)), 700)

def twice(r, n):
    points = plane(r, n)
    r.shuffle(points)
    return [a + b for a, b in zip(points, reversed(points))]


register(C_, 'complexMultiply', twice, lambda a, b, c, d: mpc(a * c - b * d, a * d + b * c), 90)
register(C_, 'complexDivide', twice, lambda a, b, c, d: mpc(a * c + b * d, b * c - a * d) / (c * c + d * d), 90)
B_ = 'bessel'
register(B_, 'logScaledBesselI', lambda r, n: [(float(int(m)), x) for m, x in zip(decades(r, 1, 9e15, n), decades(r, 1e-3, 1e15, n))] +
         [(float(r.randint(0, 60)), float(exp(r.uniform(-5, 8)))) for _ in range(n)] +
         [(0.0, x) for x in decades(r, SMALLEST, 1e300, n // 4)] + [(0.0, x) for x in uniform(r, 0, 3, n // 4)] + [(1.0, 1e-300), (3.0, 1e-5)] +
         [(float(int(m)), m * x) for m, x in zip(decades(r, 1e3, 1e15, n // 4), decades(r, 1e-2, 1e3, n // 4))] +
         [(0.0, x) for x in beside(2.0)], log_bessel)


# Where runs with some 30 000 points a function met the largest errors.
WORST = {
    'erf': [0.5870447984139595, -0.507376685712337, -0.5397810998075154],
    'erfc': [2.0527062823858997, 1.898277956031519, 1.5600356283035088],
    'erfcx': [0.014149477478130376, 0.000005386357221403571, 2.08122039404938],
    'normalLogDensity': [1.4331565487298974, 195.80840966392213, -195.80840966392213],
    'normalCdf': [-31.543586595745804, -31.611228511933174, -37.503185404479986],
    'normalLogCdf': [1.6029237837372792, 0.8458118098394185, 0.9224593293144197],
    'millsRatio': [-1.052571861065764, -4.021917886929785, -0.4776867836537533],
    'normalQuantile': [0.24905946631135112, 0.23772895100573355, 0.7740797058597585],
    'normalQuantileFromLog': [-0.3699197641119971, -1.1453090228726281, -0.3886272647818352],
    'normalInterval': [(5.648348487013765, 5.970851467071606), (0.7335140614712398, 2.036736502607603), (3.4735388771371913, 4.05460456136333)],
    'normalLogInterval': [(0.27199276219243673, 4.546824094772534), (-0.481150887291505, 1.5671337212100642), (-0.5120724711487695, 1.63556891289418)],
    'lgamma': [2.401144736438593, 2.2235533907698195, 2.3954484325803307],
    'stirlingError': [0.10677419699621371, 0.1551492782771664, 0.15781356805378177],
    'logFactorial': [7427990954691413, 7908600034815616, 118932680],
    'logBinomial': [(193, 74), (193, 119), (189, 99)],
    'log1mexp': [-0.9868149561809414, -0.9439024149366038, -0.9810776265063303],
    'log1pexp': [-2.0360577706400185, -2.032917620918446, -2.0366275256915416],
    'logAddExp': [(-4.118913651354432e-7, -14.702506405167135), (-1.6059663783625766, -0.22401332116058265), (-2.809321300835438e-9, -19.690322914130274)],
    'logSubExp': [(-0.1569430117651948, -1.9293179421663174), (0.8869755775796458, 0.3561179304426138), (-0.29308967593308194, -1.3702448206564184)],
    'complexLog': [(0.9036423508467495, 1.1487274685080333), (-1.4680118977699994, 0.12961907117239768), (0.5748222273578243, 1.4463176359368086)],
    'complexLog1p': [(-0.38955442716384553, -0.010867499830760298), (-0.37800416752999294, 1.2455171486723725e-21), (-0.35396170856180537, 3.891591748677559e-8)],
    'complexExp': [(-0.5562931571625888, 16728.01246193023), (260.15879841693754, -72.44449760858949), (624.7650157864089, 84.8711212910585)],
    'complexExpm1': [(-33.25654514479432, 92.69695993149287), (-18.938687757105242, 50.284364720655816), (-0.37522130504221085, -0.7808018841721899)],
    'logScaledBesselI': [(59036743, 27221291564.57114), (28331627761, 823326317622.2906), (100300323, 5356734409.260412)],
}


# ---- writing ----------------------------------------------------------------------------------------------------------------

def rows(name, count):
    file, points, f, digits = TABLE[name]
    mp.dps = digits
    r = random.Random(name)
    out = []
    for arguments in points(r, count) + WORST.get(name, []):
        arguments = arguments if isinstance(arguments, tuple) else (arguments,)
        value = f(*(mpf(a) for a in arguments))
        parts = [split(v) for v in ((value.real, value.imag) if isinstance(value, mpc) else (value,))]
        if None not in parts:
            out.append([*arguments, *(x for part in parts for x in part)])
    return out


def main():
    options = argparse.ArgumentParser()
    options.add_argument('names', nargs='*', metavar='function')
    options.add_argument('--points', type=int, default=60)
    options.add_argument('--out', default=os.path.dirname(os.path.abspath(__file__)))
    given = options.parse_args()
    files = {}
    for name in given.names or TABLE:
        files.setdefault(TABLE[name][0], {})[name] = rows(name, given.points)
    for file, tables in files.items():
        with open(os.path.join(given.out, f'numeric-{file}.json'), 'w') as out:
            out.write('{\n"source": "numeric-special.py: mpmath, at least 60 digits; a row is arguments, hi, rest in ulp of hi"')
            for name, table in tables.items():
                out.write(f',\n"{name}": [\n' + ',\n'.join(json.dumps(row, separators=(',', ':')) for row in table) + '\n]')
            out.write('\n}\n')


main()
