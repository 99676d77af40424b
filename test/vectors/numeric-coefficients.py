"""Fits the polynomials of src/numeric/: mills.ts, error-function.ts, gamma.ts.

Each function is interpolated at Chebyshev points with 60 digits, turned into powers of the mapped variable and rounded to
doubles. Prints, per table: the worst relative error of the fit before rounding, and the coefficients in rising order, four a
line, as the sources carry them. Needs mpmath. Usage: python3 test/vectors/numeric-coefficients.py
"""

from mpmath import (bernoulli, cos, erf, erfc, euler, exp, log, loggamma, mp, mpf, nstr, pi, sqrt)

mp.dps = 60


def interpolate(f, count):
    """Chebyshev coefficients of f on [-1, 1]."""
    angles = [pi * (2 * j + 1) / (2 * count) for j in range(count)]
    values = [f(cos(a)) for a in angles]
    c = [2 * sum(v * cos(k * a) for v, a in zip(values, angles)) / count for k in range(count)]
    c[0] /= 2
    return c


def powers(c):
    """From Chebyshev coefficients to coefficients of powers."""
    older, old = [mpf(1)], [mpf(0), mpf(1)]
    total = [mpf(0)] * len(c)
    for k, weight in enumerate(c):
        for i, a in enumerate(older):
            total[i] += weight * a
        nxt = [mpf(0)] + [2 * a for a in old]
        for i, a in enumerate(older):
            nxt[i] -= a
        older, old = old, nxt
    return total


def shift(a, scale, offset):
    """Coefficients of p(scale * t + offset) in t, from those of p."""
    out = [mpf(0)]
    for coefficient in reversed(a):
        nxt = [mpf(0)] * (len(out) + 1)
        for i, v in enumerate(out):
            nxt[i] += v * offset
            nxt[i + 1] += v * scale
        nxt[0] += coefficient
        out = nxt
    return out[:len(a)]


def show(name, f, coefficients, points):
    def p(t):
        s = mpf(0)
        for a in reversed(coefficients):
            s = s * t + a
        return s
    worst = max(abs(p(t) / f(t) - 1) for t in points)
    print(f'{name}: degree {len(coefficients) - 1}, relative error {nstr(worst, 2)}')
    rounded = [repr(float(a)) for a in coefficients]
    for i in range(0, len(rounded), 4):
        print('  ' + ', '.join(rounded[i:i + 4]))


def tail(x):
    """(1 - Phi(x)) e^(x^2/2)."""
    if x < 1000:
        return erfc(x / sqrt(2)) * exp(x * x / 2) / 2
    total, term = mpf(0), 1 / x
    for k in range(40):
        total += term
        term *= -(2 * k + 1) / x**2
    return total / sqrt(2 * pi)


def nearly_double(v, within):
    """Whether v is a double to within that fraction of half an ulp."""
    return abs(v - mpf(float(v))) < within * mpf(2)**-54 * abs(v)


def mills():
    # P(q) = (x + c) tail(x) with q = (x - 5.5) / (x + 5.5) on [0, inf). c is a short number for which c / sqrt(2) and P(0) round
    # well: both then cost erfcx and the normal tail next to nothing.
    mobius = mpf(11) / 2
    for j in range(0, 400):
        c = mpf(880 + j) / 1024
        if nearly_double(c / sqrt(2), 0.2) and nearly_double((mobius + c) * tail(mobius), 0.3):
            break
    print('mills: c =', repr(float(c)), ' c/sqrt2 =', repr(float(c / sqrt(2))), ' K/sqrt2 =', repr(float(mobius / sqrt(2))))

    def f(q):
        if q == 1:
            return 1 / sqrt(2 * pi)
        x = mobius * (1 + q) / (1 - q)
        return (x + c) * tail(x)
    grid = [-cos(pi * k / 301) for k in range(302)]
    show('mills P(q)', f, powers(interpolate(f, 24)), grid)


def central():
    # erf(x) = 2 x / sqrt(pi) (1 - u T(u)), u = x^2 in [0, 1/4].
    def f(u):
        if u < mpf(10)**-12:
            return mpf(1) / 3 - u / 10
        return (1 - erf(sqrt(u)) * sqrt(pi) / (2 * sqrt(u))) / u
    a = shift(powers(interpolate(lambda w: f((w + 1) / 8), 8)), mpf(8), mpf(-1))
    show('central T(u)', f, a, [mpf(k) / 1200 for k in range(301)])


def gamma_kernel():
    # lgamma(1 + t) = t (t - 1) G(w) with w = (t - 1/5) / (t + 2) in [-3/8, 3/8], so t in [-0.4, 1.52].
    def g(t):
        if abs(t) < mpf(10)**-25:
            return euler
        if abs(t - 1) < mpf(10)**-25:
            return 1 - euler
        return loggamma(1 + t) / (t * (t - 1))
    s = mpf(3) / 8

    def f(w):
        return g((mpf(1) / 5 + 2 * w) / (1 - w))
    coefficients = shift(powers(interpolate(lambda v: f(v * s), 20)), 1 / s, mpf(0))
    show('gamma G(w)', f, coefficients, [s * -cos(pi * k / 301) for k in range(302)])


def stirling():
    # delta(x) = lgamma(x) - (x - 1/2) log x + x - log(2 pi) / 2 = S(1/x^2) / x for x >= 6.
    def f(v):
        if v < mpf(1) / 3600:
            return sum(bernoulli(2 * k) / (2 * k * (2 * k - 1)) * v**(k - 1) for k in range(1, 25))
        x = 1 / sqrt(v)
        return x * (loggamma(x) - (x - mpf(1) / 2) * log(x) + x - log(2 * pi) / 2)
    a = shift(powers(interpolate(lambda w: f((w + 1) / 72), 8)), mpf(72), mpf(-1))
    show('stirling S(1/x^2)', f, a, [mpf(k) / 36 / 300 for k in range(301)])


mills()
central()
gamma_kernel()
stirling()
