"""Writes numeric-fourier.json: roots of unity and powers of spectra, to 40 digits by mpmath.

Run: python test/vectors/numeric-fourier.py
"""

import json
import random
from pathlib import Path

from mpmath import atan2, cospi, exp, log, mp, mpc, mpf, nstr, pi, sinpi

mp.dps = 60


def digits(x):
    return nstr(x, 40, min_fixed=-1, max_fixed=0, strip_zeros=False)


random.seed(7)
roots = []
for n in (8, 64, 4096, 2**22):
    quarter = n // 4
    ks = range(1, quarter) if quarter <= 16 else sorted({1, 2, 3, quarter // 2, quarter // 2 - 1, quarter // 2 + 1, quarter - 1,
                                                         *random.sample(range(1, quarter), 60)})
    roots += [[n, k, digits(cospi(mpf(2 * k) / n)), digits(sinpi(mpf(2 * k) / n))] for k in ks]


def principal_power(re, im, p):
    """exp(p log z), the logarithm's imaginary part in (-pi, pi]."""
    z = mpc(mpf(re), mpf(im))
    if z == 0:
        return mpc(1 if p == 0 else 0)
    return exp(mpf(p) * mpc(log(abs(z)), atan2(z.imag, z.real)))


powers = []
bases = [(0.6, 0.8), (0.8, -0.6), (-0.7, 0.1), (0.999, 1e-3), (1 - 2**-30, 2**-20), (1 + 2**-40, -(2**-25)), (1e-3, -2e-3),
         (-1e-9, 1e-9), (0.0, 0.5), (0.25, 0.0), (-0.25, 0.0), (1.5, 1.5), (1e-150, 3e-160), (3e-200, 1e-200), (0.0, 0.0), (-0.5, 0.0),
         (0.9999999, 0.0), (1.9, 0.1), (0.51, 0.4), (40.0, -9.0)]
for re, im in bases:
    for p in (0, 1, 2, 3, 7, 0.5, 2.75, 100, 12345, 1e6, 1e9):
        value = principal_power(re, im, p)
        if abs(value) < mpf(10) ** -290 and value != 0:
            continue
        if abs(value) > mpf(10) ** 290:
            continue
        size = mpf(0) if re == 0 and im == 0 else abs(log(mpc(mpf(re), mpf(im)))) * mpf(p)
        powers.append([re, im, p, digits(value.real), digits(value.imag), float(size)])

path = Path(__file__).with_suffix(".json")
head = f'{{\n"source": "mpmath {__import__("mpmath").__version__} at 60 digits: numeric-fourier.py",\n'
body = [f'"{name}": [\n' + ",\n".join(json.dumps(row) for row in rows) + "\n]" for name, rows in (("roots", roots), ("powers", powers))]
path.write_text(head + ",\n".join(body) + "\n}\n")
print(len(roots), len(powers), path.stat().st_size)
