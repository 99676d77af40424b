/**
 * Student's noise of three degrees of freedom on the integers, exactly: tails heavy enough to hide a change of its own scale, light enough for a variance.
 *
 *     P(z) proportional to 1 / (c^2 + z^2)^2,     standard deviation c (1 + o(1))
 *
 * Rejection from |z| in [0, c) under the weight 1 / c^4, and in [2^j c, 2^(j+1) c) under 16^-j / c^4, j = 0, 1, ...: these have masses 1 and 8^-j, so the first is picked with probability 7/15, else j
 * geometrically. All is rational.
 *
 * *Promise*: exactly this law. c is a positive integer of any size.
 * *Limits*: some 5 us a draw, 2.7 trials on average. The time tells the magnitude of the noise by its number of digits.
 *
 * @module
 */

import { drawRational } from '../../random/bernoulli.ts'
import type { BitSource } from '../../random/bit-source.ts'

/** One draw. */
export function drawStudent(bits: BitSource, c: bigint): bigint {
  for (;;) {
    let hat = c * c * c * c
    let [start, width] = [0n, c]
    if (bits.below(15) >= 7) {
      let level = 0n
      while (bits.bits(3) === 0) level += 1n
      start = c << level
      width = start
      hat <<= 4n * level
    }
    const z = start + bits.bigBelow(width)
    const square = c * c + z * z
    if (!drawRational(bits, { numerator: hat, denominator: square * square })) continue
    const negative = bits.coin() === 1
    if (z !== 0n || !negative) return negative ? -z : z
  }
}

/** The least w with P(|Z| > w c) <= risk, for c large: where w / (1 + w^2) + arctan w = (1 - risk) pi / 2. */
export function intervalStudent(risk: number): number {
  let [low, high] = [0, 1]
  // The complement, without cancellation far out: 1 - (2 / pi)(w / (1 + w^2) + arctan w) = (2 / pi)(arctan(1 / w) - w / (1 + w^2)).
  const beyond = (w: number): number => (2 / Math.PI) * (Math.atan(1 / w) - w / (1 + w * w))
  while (beyond(high) > risk && high < 1e5) high *= 2
  if (high >= 1e5) return Math.cbrt(4 / (3 * Math.PI * risk))
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2
    if (beyond(middle) > risk) low = middle
    else high = middle
  }
  return high
}
