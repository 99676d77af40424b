"""Truth for the random room, from code that shares nothing with it: numpy's Mersenne Twister, a transcription of
Canonne, Kamath, Steinke 2020 on Python's integers, and mpmath's exponential at 400 digits.

    python test/vectors/random-reference.py > test/vectors/random-reference.json
"""
import json
from fractions import Fraction
from math import isqrt

import mpmath
import numpy

mpmath.mp.dps = 400


class Stream:
    """The words of MT19937, in the pieces that the package documents."""

    def __init__(self, seed):
        words = []
        while seed:
            words.append(seed & 0xFFFFFFFF)
            seed >>= 32
        words += [0] * (2 - len(words))
        self.mt = numpy.random.RandomState(numpy.array(words, dtype=numpy.uint32))
        self.coins = []

    def word(self):
        return int.from_bytes(self.mt.bytes(4), "little")

    def coin(self):
        if not self.coins:
            word = self.word()
            self.coins = [(word >> i) & 1 for i in range(32)]
        return self.coins.pop(0)

    def bits(self, count):
        value = 0
        while count >= 32:
            value = value << 32 | self.word()
            count -= 32
        return value << count | self.word() >> (32 - count) if count else value

    def below(self, bound):
        count = (bound - 1).bit_length()
        while True:
            value = self.bits(count)
            if value < bound:
                return value


def bernoulli_exp_below_one(s, n, d):
    """Algorithm 1 for n / d in [0, 1]; not reduced, as the denominator decides how many bits a draw takes."""
    k = 1
    while s.below(d * k) < n:
        k += 1
    return k % 2 == 1


def bernoulli_exp(s, n, d):
    """Algorithm 1."""
    while n > d:
        if not bernoulli_exp_below_one(s, 1, 1):
            return False
        n -= d
    return bernoulli_exp_below_one(s, n, d)


def laplace(s, scale):
    """Algorithm 2."""
    t, q = scale.numerator, scale.denominator
    while True:
        u = s.below(t)
        if not bernoulli_exp(s, u, t):
            continue
        v = 0
        while bernoulli_exp(s, 1, 1):
            v += 1
        y = (u + t * v) // q
        negative = s.coin()
        if not (negative and y == 0):
            return -y if negative else y


def gaussian(s, variance):
    """Algorithm 3."""
    a, b = variance.numerator, variance.denominator
    t = isqrt(a // b) + 1
    while True:
        y = laplace(s, Fraction(t))
        if bernoulli_exp(s, (abs(y) * t * b - a) ** 2, 2 * a * b * t * t):
            return y


def words(seed, count):
    s = Stream(seed)
    return [s.word() for _ in range(count)]


def draws(seed, draw, parameter, count=120):
    s = Stream(seed)
    return {
        "seed": str(seed),
        "numerator": str(parameter.numerator),
        "denominator": str(parameter.denominator),
        "draws": [str(draw(s, parameter)) for _ in range(count)],
    }


def exponential(numerator, denominator, precision):
    scaled = mpmath.exp(-mpmath.mpf(numerator) / denominator) * mpmath.mpf(2) ** precision
    return {
        "numerator": str(numerator),
        "denominator": str(denominator),
        "precision": precision,
        "floor": str(int(mpmath.floor(scaled))),
    }


exact = lambda x: Fraction(x)  # a double's exact value
parameters = [Fraction(1, 100), Fraction(1, 2), Fraction(1), Fraction(7, 2), exact(0.1), exact(12.3), Fraction(1000), Fraction(2**60 + 1, 3)]
exponents = [(0, 1), (1, 1), (1, 64), (63, 64), (1, 3), (22, 7), (355, 113), (40, 1), (700, 1), (1, 10**30), (10**6 + 1, 10**6), (10**40 + 7, 10**39)]

print(json.dumps({
    "source": "test/vectors/random-reference.py: numpy RandomState.bytes (MT19937, init_by_array), Canonne-Kamath-Steinke 2020 on Python integers, mpmath at 400 digits",
    "words": [{"seed": str(seed), "words": words(seed, 40)} for seed in [0, 1, 5, 2**32 - 1, 2**32, 2**53 - 1, 2**200 + 12345]],
    # Far enough to pass the generator's own block of 624.
    "later": {"seed": "1", "skip": 2000, "words": words(1, 2020)[2000:]},
    "laplace": [draws(i + 1, laplace, p) for i, p in enumerate(parameters)],
    "gaussian": [draws(i + 1, gaussian, p) for i, p in enumerate(parameters)],
    "exponentials": [exponential(n, d, p) for n, d in exponents for p in (1, 32, 53, 128, 300)],
    "doubles": [{"x": x, "exp": float(mpmath.exp(-mpmath.mpf(x)))} for x in [0.0, 2.0**-60, 0.015625, 0.3, 1.0, 1.9999999999999998, 7.25, 22.18, 46.123456789, 63.99999999999999]],
}, indent=1))
