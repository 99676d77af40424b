"""Reference values of composed Gaussian events for test/accounting/contour.test.ts: epsilon at delta and delta at epsilon, 40 digits.

The integral of src/accounting/contour is evaluated here with 70 digits and without any of its error bounds, every case twice: on
another vertical line, with other meshes in both variables and another length. A value is kept if both agree to 40 digits. What the two
share, the formula, is held by `hockey_stick_twice` of the golden truths and, below, by a plain convolution of two and of three steps
at 20 digits, which uses the definition of delta alone.

Needs mpmath. Usage: python3 test/vectors/accounting-contour.py (some 15 minutes; rows already in accounting-contour.json are kept)
"""

import json
import os

from mpmath import exp, expm1, fabs, inf, log, log1p, mp, mpc, mpf, nstr, pi, quad, sqrt

mp.dps = 70


class Pair:
    """P = SUM w N(a, s^2) against Q, as nodes of the trapezoid rule: losses and weights under P."""

    def __init__(self, s, p, q, lam, t, step_digits, reach):
        s = mpf(s)
        means = [mpf(a) for a, _ in p] + [mpf(a) for a, _ in q]
        span = max(means) - min(means)
        lam_high = (lam + 1) * max(mpf(a) for a, _ in p) - lam * min(mpf(b) for b, _ in q)
        lam_low = (lam + 1) * min(mpf(a) for a, _ in p) - lam * max(mpf(b) for b, _ in q)
        low = min(0, lam_low, *means) - reach * s
        high = max(0, lam_high, *means) + reach * s
        best = mpf(0)
        for i in range(1, 60):
            c = mpf(i) / 60 * mpf('2.9') / span
            h = 2 * pi * s * s * c / (s * s * c * c / 2 + lam * 3 + t * 2 * span * c + step_digits * log(10))
            best = max(best, h)
        h = mpf(float(best))
        self.loss, self.weight = [], []
        x = low
        scale = h / (s * sqrt(2 * pi))
        while x <= high:
            a = log1p(sum(mpf(w) * expm1(mpf(m) * (2 * x - mpf(m)) / (2 * s * s)) for m, w in p))
            b = log1p(sum(mpf(w) * expm1(mpf(m) * (2 * x - mpf(m)) / (2 * s * s)) for m, w in q))
            self.loss.append(a - b)
            self.weight.append(scale * exp(a - x * x / (2 * s * s)))
            x += h


def mixture(part, direction):
    """(s, P, Q) of one part; the weights are the doubles given, the first made up to sum 1."""
    shifts = part.get('sensitivities', [0, 1])
    weights = [mpf(w) for w in part['weights']] if 'weights' in part else [0, mpf(part['q'])]
    weights[0] = 1 - sum(weights[1:])
    m = list(zip(shifts, weights))
    zero = [(0, mpf(1))]
    if direction == 'replace':
        return part['sigma'], m, [(-a, w) for a, w in m]
    return (part['sigma'], m, zero) if direction == 'remove' else (part['sigma'], zero, m)


class Line:
    """log delta(epsilon) from one vertical line."""

    def __init__(self, case, lam, digits, reach, stretch):
        self.lam = lam = mpf(lam)
        parts = [p for p in case['parts'] if 'mu' not in p]
        self.variance = v = sum((mpf(p['times']) * mpf(p['mu']) ** 2 for p in case['parts'] if 'mu' in p), mpf(0))
        rough = [(p['times'], Pair(*mixture(p, case['direction']), lam, 0, 30, 12)) for p in parts]
        k1, k2, self.k = v * (lam + mpf(1) / 2), v, v * lam * (lam + 1) / 2
        for times, n in rough:
            mass = sum(w * exp(lam * l) for w, l in zip(n.weight, n.loss))
            m1 = sum(w * exp(lam * l) * l for w, l in zip(n.weight, n.loss)) / mass
            m2 = sum(w * exp(lam * l) * l * l for w, l in zip(n.weight, n.loss)) / mass
            k1 += times * m1
            k2 += times * (m2 - m1 * m1)
            self.k += times * log(mass)
        self.mean, self.sd = k1, sqrt(k2)
        self.window = stretch * self.sd
        self.d = 2 * pi / self.window
        self.phi = None
        self.parts, self.case, self.digits, self.reach = parts, case, digits, reach

    def tabulate(self):
        lam, d = self.lam, self.d
        top = mpf(30) / self.sd
        while True:
            pairs = [(p['times'], Pair(*mixture(p, self.case['direction']), lam, top, self.digits, self.reach)) for p in self.parts]
            self.k = self.variance * lam * (lam + 1) / 2
            tilted = []
            for times, n in pairs:
                w = [w * exp(lam * l) for w, l in zip(n.weight, n.loss)]
                mass = sum(w)
                self.k += times * log(mass)
                keep = [(x / mass, l) for x, l in zip(w, n.loss) if x > mass * mpf(10) ** (-self.digits - 20)]
                tilted.append((times, [x for x, _ in keep], [exp(mpc(0, d * l)) for _, l in keep]))
            table, k = [mpc(1)], 0
            while k * d < top:
                k += 1
                t = k * d
                z = mpc(lam, t)
                total = self.variance * (z * (z + 1) - lam * (lam + 1)) / 2
                for times, w, turn in tilted:
                    for i in range(len(w)):
                        w[i] = w[i] * turn[i]
                    total += times * log(sum(w, mpc(0)))
                table.append(exp(total))
                if all(abs(x) < mpf(10) ** -self.digits for x in table[-3:]):
                    self.phi = table
                    return self
            top *= 2

    def log_delta(self, e):
        lam, total, slope = self.lam, mpf(0), mpf(0)
        for k, f in enumerate(self.phi):
            z = mpc(lam, k * self.d)
            g = f * exp(mpc(0, -k * self.d * e)) / (z * (z + 1))
            half = mpf(1) / 2 if k == 0 else 1
            total += half * g.real
            slope -= half * (g * z).real
        return self.k - lam * e + log(fabs(total) * self.d / pi), slope / total

    def epsilon(self, log_delta):
        e = self.mean
        for _ in range(200):
            value, slope = self.log_delta(e)
            move = (log_delta - value) / slope
            e += max(-self.sd, min(self.sd, move))
            if fabs(move) < mpf(10) ** -(self.digits - 3) * max(1, fabs(e)):
                return e
        raise ArithmeticError('epsilon')


def tilt(case):
    """About the best lambda."""
    low, high = mpf('1e-9'), mpf('1e5')
    for _ in range(100):
        lam = sqrt(low * high)
        if 'delta' in case:
            # K is finite for every lambda, but not cheap for large ones: walk up.
            lam = low * 4 if high == mpf('1e5') else lam
        line = Line(case, lam, 20, 10, 1)
        value = line.k - lam * line.mean - log(1 + lam) - log(mpf(case['delta'])) if 'delta' in case else mpf(case['epsilon']) - line.mean
        if value > 0:
            low = lam
        else:
            high = lam
        if high - low < mpf('0.5') / line.sd:
            break
    return max(sqrt(low * high), 1 / line.sd), line.sd


def reference(case):
    lam, sd = tilt(case)
    answers = []
    for factor, digits, reach, stretch in ((1, 50, 16, case.get('stretch', 40)), (1 + mpf('0.6') / (lam * sd), 53, mpf('16.7'), case.get('stretch', 40) * mpf('1.21'))):
        line = Line(case, lam * factor, digits, reach, stretch).tabulate()
        answers.append(line.epsilon(log(mpf(case['delta']))) if 'delta' in case else line.log_delta(mpf(case['epsilon']))[0])
    a, b = answers
    agreement = fabs(a - b) / fabs(a)
    print(case, nstr(a, 30), 'lambda', nstr(lam, 5), 'agree', nstr(agreement, 3), flush=True)
    assert agreement < mpf(10) ** -36, (a, b)
    return a


def poisson(q, sigma, times, direction, **what):
    return {'direction': direction, 'parts': [{'q': q, 'sigma': sigma, 'times': times}], **what}


CASES = [
    *[poisson(0.01, 1, 10 ** n, d, delta=1e-5) for n in (4, 6, 9, 15) for d in ('remove', 'add')],
    poisson(0.01, 1, 10 ** 4, 'remove', delta=1e-30, stretch=60),
    poisson(0.01, 1, 10 ** 4, 'add', delta=1e-30),
    poisson(0.01, 1, 10 ** 4, 'remove', delta=1e-300, stretch=400),
    poisson(0.01, 1, 10 ** 4, 'add', delta=1e-300),
    poisson(0.01, 1, 10 ** 4, 'remove', delta=0.5, stretch=200),
    poisson(0.01, 1, 10 ** 4, 'replace', delta=1e-5),
    poisson(0.01, 1, 10 ** 4, 'remove', epsilon=0.0, stretch=300),
    poisson(0.01, 1, 10 ** 4, 'remove', epsilon=-2.5, stretch=400),
    poisson(0.01, 1, 10 ** 4, 'add', epsilon=30.0),
    poisson(0.1, 1.1, 100, 'remove', delta=1e-5, stretch=60),
    poisson(0.1, 1.1, 100, 'add', delta=1e-5),
    poisson(256 / 60000, 1.1, 14063, 'remove', delta=1e-5, stretch=80),
    poisson(256 / 60000, 1.1, 14063, 'add', delta=1e-5),
    poisson(0.1, 5, 20000, 'remove', delta=1e-8),
    poisson(0.01, 100, 10 ** 6, 'remove', delta=1e-5),
    poisson(1e-8, 1, 10 ** 15, 'remove', delta=1e-5),
    poisson(0.9, 0.5, 200, 'remove', delta=1e-9),
    poisson(0.9, 0.5, 200, 'add', delta=1e-9),
    poisson(0.5, 2, 300, 'replace', delta=1e-6),
    {'direction': 'remove', 'delta': 1e-5, 'parts': [{'sigma': 3, 'sensitivities': [0, 1, 2], 'weights': [0.9, 0.09, 0.01], 'times': 1000}]},
    {'direction': 'add', 'delta': 1e-5, 'parts': [{'sigma': 3, 'sensitivities': [0, 1, 2], 'weights': [0.9, 0.09, 0.01], 'times': 1000}]},
    {'direction': 'remove', 'delta': 1e-5, 'parts': [{'sigma': 3, 'sensitivities': [0, 1, 2], 'weights': [0.9, 0.09, 0.01], 'times': 50}, {'mu': 0.125, 'times': 4}]},
    {'direction': 'remove', 'delta': 1e-7, 'parts': [{'q': 0.02, 'sigma': 1.5, 'times': 400}, {'q': 0.1, 'sigma': 4, 'times': 90}, {'q': 0.001, 'sigma': 0.8, 'times': 30}, {'mu': 0.25, 'times': 3}], 'stretch': 400},
    {'direction': 'add', 'epsilon': 2.0, 'parts': [{'q': 0.02, 'sigma': 1.5, 'times': 400}, {'q': 0.1, 'sigma': 4, 'times': 90}, {'q': 0.001, 'sigma': 0.8, 'times': 30}, {'mu': 0.25, 'times': 3}], 'stretch': 400},
    {'direction': 'remove', 'epsilon': 1.0, 'parts': [{'q': 0.3, 'sigma': 0.7, 'times': 1}, {'mu': 0.5, 'times': 1}], 'stretch': 300},
    {'direction': 'add', 'epsilon': 0.5, 'parts': [{'q': 0.3, 'sigma': 0.7, 'times': 2}, {'mu': 0.5, 'times': 1}], 'stretch': 300},
]


def check_by_definition():
    """Two steps, and one step with a Gaussian: delta as an integral of (p - e^epsilon q)_+ over the outcomes."""
    mp.dps = 30
    q, s, e, mu = mpf(0.3), mpf(0.7), mpf(1), mpf(1) / 2
    phi = lambda x, m, sd: exp(-((x - m) / sd) ** 2 / 2) / (sd * sqrt(2 * pi))
    # The Gaussian's hockey-stick at what epsilon is left over, averaged over the outcome of the other step.
    tail = lambda x: mp.erfc(x / sqrt(mpf(2))) / 2
    stick = lambda r: tail(r / mu - mu / 2) - exp(r) * tail(r / mu + mu / 2)
    loss = lambda x: log(1 - q + q * exp((2 * x - 1) / (2 * s * s)))
    direct = quad(lambda x: ((1 - q) * phi(x, 0, s) + q * phi(x, 1, s)) * stick(e - loss(x)), [-8, -4, -2, -1, 0, mpf(1) / 2, 1, 2, 3, 5, 9])
    case = {'direction': 'remove', 'epsilon': 1.0, 'parts': [{'q': 0.3, 'sigma': 0.7, 'times': 1}, {'mu': 0.5, 'times': 1}]}
    mp.dps = 70
    line = Line(case, 3, 40, 14, 60).tabulate()
    other = exp(line.log_delta(mpf(1))[0])
    print('by definition', nstr(direct, 20), 'by contour', nstr(other, 20))
    assert fabs(direct - other) < mpf(10) ** -20


def key(case):
    return json.dumps([case['direction'], case['parts'], case.get('delta'), case.get('epsilon')])


if __name__ == '__main__':
    check_by_definition()
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'accounting-contour.json')
    known = {}
    if os.path.exists(path):
        with open(path) as f:
            known = {key(row): row for row in json.load(f)['cases']}
    rows = []
    for case in CASES:
        row = known.get(key(case))
        if row is None:
            value = reference(case)
            kept = {k: v for k, v in case.items() if k != 'stretch'}
            row = {**kept, ('value' if 'delta' in case else 'logDelta'): float(value), 'digits': nstr(value, 36)}
        rows.append(row)
        with open(path, 'w') as f:
            f.write('{\n')
            f.write('"source": "mpmath at 70 digits, accounting-contour.py beside this file; two contours with nothing but the formula in common agree to 36 digits",\n')
            f.write('"what": "epsilon (value) at a delta, or log delta at an epsilon, of compositions of Poisson-sampled Gaussians (q, sigma), mixtures of Gaussians, and Gaussians of given mu",\n')
            f.write('"cases": [\n' + ',\n'.join(json.dumps(r) for r in rows) + '\n]\n}\n')
