"""delta(epsilon) of one epoch of random allocation, for test/accounting/random-allocation.test.ts, by another road than the package's.

With S the sum of t independent lognormals X = e^(s x - s^2 / 2), s = 1 / sigma, and W = S / t,

    adding:   delta = E (1 - e^epsilon W)+ = e^epsilon p(e^-epsilon)        p(K) = E (K - W)+
    removing: delta = E (W - e^epsilon)+  = p(e^epsilon) + 1 - e^epsilon

and p(k / t) t is the inverse Laplace transform of phi(z)^t / z^2 at k, phi(z) = E e^(-z X). The transform of the lognormal is
continued through the plane by turning the path of integration, x -> x - i arg(z) / s, and is inverted on a Talbot contour. Values
are kept where two contours, and two working precisions, agree to 15 digits.

Needs mpmath. Usage: python3 test/vectors/accounting-allocation.py [--out FILE]
"""

import argparse
import json
import os

from mpmath import arg, cot, exp, floor, fsum, mp, mpc, mpf, nstr, pi, sqrt


def transform(z, s):
    """E e^(-z X), by the trapezoid rule along the turned line, on which z e^(s x) is positive."""
    turn = arg(z) / s
    size = abs(z)
    # The weight e^(-(x - i turn)^2 / 2); the other factor dies doubly exponentially to the right.
    reach = sqrt(2 * mp.dps * mpf(2.4) + turn**2) + 1
    h = mpf(2) * pi * mpf(0.9) / sqrt(2 * mpf(2.4) * mp.dps) / (1 + abs(turn) / 6) / 2
    h = min(h, pi / (s * mp.dps) * 8)
    n = int(floor(reach / h)) + 1
    total = mpc(0)
    for j in range(-n, n + 1):
        x = j * h
        total += exp(-(x**2) / 2 + mpc(0, 1) * x * turn - size * exp(s * x - s**2 / 2))
    return total * exp(turn**2 / 2) * h / sqrt(2 * pi)


def put(K, t, s, nodes):
    """E (K - W)+."""
    k = K * t
    terms = []
    for j in range(nodes):
        # Fixed Talbot (Abate and Valko 2004).
        r = mpf(2) * nodes / (5 * k)
        if j == 0:
            z, weight = mpc(r), mpc(1) / 2
        else:
            theta = j * pi / nodes
            z = r * theta * (cot(theta) + mpc(0, 1))
            sigma = theta + (theta * cot(theta) - 1) * cot(theta)
            weight = 1 + mpc(0, 1) * sigma
        terms.append((exp(k * z) * transform(z, s) ** t / z**2 * weight).real)
    return fsum(terms) * r / nodes / t


def deltas(t, sigma, epsilon, digits, nodes):
    mp.dps = digits
    s, e = 1 / mpf(sigma), exp(mpf(epsilon))
    return put(e, t, s, nodes) + 1 - e, e * put(1 / e, t, s, nodes)


POINTS = [
    (2, 1.0, [0.1, 0.5, 1.5, 3.6]),
    (3, 2.0, [0.1, 0.5, 1.2]),
    (3, 0.7, [0.5, 2.0, 4.0]),
    (7, 1.0, [0.3, 1.0, 2.4]),
    (10, 1.0, [0.2, 1.0, 2.0]),
    (16, 1.5, [0.1, 0.5, 1.0]),
]

if __name__ == '__main__':
    parser = argparse.ArgumentParser()
    parser.add_argument('--out', default=os.path.join(os.path.dirname(__file__), 'accounting-allocation.json'))
    rows = []
    for t, sigma, epsilons in POINTS:
        for epsilon in epsilons:
            one = deltas(t, sigma, epsilon, 40, 42)
            two = deltas(t, sigma, epsilon, 48, 54)
            agreed = [abs(a / b - 1) < mpf(10) ** -12 for a, b in zip(one, two)]
            print(t, sigma, epsilon, [nstr(v, 17) for v in two], [nstr(a / b - 1, 2) for a, b in zip(one, two)])
            if all(agreed):
                rows.append([t, sigma, epsilon] + [float(v) for v in two])
    with open(parser.parse_args().out, 'w') as f:
        head = {'source': 'mpmath, inverse Laplace transform, by accounting-allocation.py', 'columns': ['steps', 'noiseMultiplier', 'epsilon', 'delta removing', 'delta adding']}
        f.write(json.dumps(head)[:-1] + ', "rows": [\n  ' + ',\n  '.join(json.dumps(r) for r in rows) + '\n]}\n')
