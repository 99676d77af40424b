/**
 * The plain path: exact samplers by coin flips on bigints, short enough to be checked by eye.
 *
 * Canonne, Kamath, Steinke 2020, "The Discrete Gaussian for Differential Privacy", algorithms 1 to 3:
 *
 *   exp(-g), g <= 1     count successes of Bernoulli(g / k), k = 1, 2, ...; true if their number is even
 *   Laplace, scale t/s  geometric with ratio exp(-1/t), divided by s, with a sign; minus zero is drawn again
 *   Gaussian            Laplace of scale t = floor(stddev) + 1, kept with probability exp(-(|y| - variance / t)^2 / (2 variance))
 *
 * The fast samplers are held against these in the tests; whoever wants less code between the proof and the noise uses them.
 *
 * *Promise*: rational arithmetic throughout, no rounding at all.
 * *Limits*: 0.5 to 4 us a draw, measured up to scales of 2^40; the running time grows with |noise| / scale and can tell an observer about it.
 *
 * @module
 */

import type { Rational } from '../numeric/rational.ts'
import type { BitSource } from './bit-source.ts'

/** What the plain path asks of a source. */
export type CoinSource = Pick<BitSource, 'coin' | 'bigBelow'>

/** True with probability numerator / denominator, in [0, 1]. */
export function drawBernoulli(source: CoinSource, { numerator, denominator }: Rational): boolean {
  return source.bigBelow(denominator) < numerator
}

/** True with probability exp(-numerator / denominator); numerator >= 0, denominator > 0, not necessarily in lowest terms. */
export function drawBernoulliExp(source: CoinSource, { numerator, denominator }: Rational): boolean {
  let left = numerator
  for (; left > denominator; left -= denominator) {
    if (!drawBernoulliExpBelowOne(source, 1n, 1n)) return false
  }
  return drawBernoulliExpBelowOne(source, left, denominator)
}

function drawBernoulliExpBelowOne(source: CoinSource, numerator: bigint, denominator: bigint): boolean {
  let k = 1n
  while (source.bigBelow(denominator * k) < numerator) k += 1n
  return (k & 1n) === 1n
}

/** Discrete Laplace noise: P(x) proportional to exp(-|x| / scale). */
export function drawDiscreteLaplace(source: CoinSource, { numerator: t, denominator: s }: Rational): bigint {
  for (;;) {
    const u = source.bigBelow(t)
    if (!drawBernoulliExpBelowOne(source, u, t)) continue
    let v = 0n
    while (drawBernoulliExpBelowOne(source, 1n, 1n)) v += 1n
    const magnitude = (u + t * v) / s
    const negative = source.coin() === 1
    if (!(negative && magnitude === 0n)) return negative ? -magnitude : magnitude
  }
}

/** Discrete Gaussian noise: P(x) proportional to exp(-x^2 / (2 variance)). */
export function drawDiscreteGaussian(source: CoinSource, { numerator: a, denominator: b }: Rational): bigint {
  const t = squareRoot(a / b) + 1n
  const scale = { numerator: t, denominator: 1n }
  for (;;) {
    const y = drawDiscreteLaplace(source, scale)
    const distance = (y < 0n ? -y : y) * t * b - a
    if (drawBernoulliExp(source, { numerator: distance * distance, denominator: 2n * a * b * t * t })) return y
  }
}

/** floor(sqrt(value)), by Newton's iteration from above. */
export function squareRoot(value: bigint): bigint {
  if (value < 2n) return value
  let root = 1n << BigInt((value.toString(16).length + 1) * 2)
  for (;;) {
    const next = (root + value / root) >> 1n
    if (next >= root) return root
    root = next
  }
}
