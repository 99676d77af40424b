"""Writes numeric-gauss-legendre.json: nodes and weights of Gauss-Legendre rules to 40 digits, by mpmath.

Each row is n, the number i of the node counted from the largest (0), the node and its weight; the other half is its mirror image.
Usage: python3 test/vectors/numeric-gauss-legendre.py
"""

import json
from pathlib import Path

import mpmath
from mpmath import cos, mp, mpf, nstr, pi

mp.dps = 70


def legendre(n, x):
    """P_n and P_(n-1) at x."""
    p, q = x, mpf(1)
    for k in range(1, n):
        p, q = ((2 * k + 1) * x * p - k * q) / (k + 1), p
    return p, q


def node_and_weight(n, i):
    if 2 * i + 1 == n:
        x = mpf(0)
    else:
        x = cos(pi * (4 * i + 3) / (4 * n + 2))
        step = mpf(1)
        while abs(step) > mpf(10) ** -60:
            p, q = legendre(n, x)
            step = p * (1 - x * x) / (n * (q - x * p))
            x -= step
    return x, 2 * (1 - x * x) / (n * legendre(n, x)[1]) ** 2


def digits(x):
    return nstr(x, 40, min_fixed=-1, max_fixed=0, strip_zeros=False)


wanted = [(n, i) for n in (1, 2, 3, 4, 5, 6, 7, 8, 15, 16, 31, 32, 33, 64, 84, 100, 127, 128) for i in range((n + 1) // 2)]
wanted += [(1000, i) for i in (0, 1, 2, 123, 498, 499)]
rows = [[n, i, *map(digits, node_and_weight(n, i))] for n, i in wanted]
path = Path(__file__).with_suffix(".json")
source = f"mpmath {mpmath.__version__} at 70 digits: numeric-gauss-legendre.py"
path.write_text(f'{{\n"source": "{source}",\n"rules": [\n' + ",\n".join(map(json.dumps, rows)) + "\n]\n}\n")
print(len(rows), path.stat().st_size)
