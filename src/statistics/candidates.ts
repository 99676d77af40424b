/**
 * The exponential mechanism over all points of a grid at once: which point has about a given share of the data below it.
 *
 *     P(c) proportional to e^(-rate loss(c)),    loss(c) = how far share n is from [#{x < c}, #{x <= c}],    c = first, first + 1, ..., last
 *
 * Smith 2011. Between two neighbouring values of the data all points have the same loss: one piece; each value is a piece of its own. A piece gets
 * a whole number H that is surely at least its weight, times 2^s; one is drawn in proportion to H, which sums to less than 2^53, and
 * kept with probability weight 2^s / H, compared lazily with an enclosure, digit by digit: the law is exact, and no weight is ever rounded down.
 * A piece is rejected once in 2^29 times.
 *
 * Adding a record moves share n by `share` and the counts by 0 or 1, so the loss changes by max(share, 1 - share) at most. Some c always has loss 0.
 *
 * *Promise*: exactly this law; `rate` and `share` count at their exact value.
 * *Limits*: preconditions, not checks: values ascending whole numbers in [first, last], at most 2^42 points, rate below 2^20. O(n). The time tells something of the data.
 *
 * @module
 */

import type { Rational } from '../numeric/rational.ts'
import * as rational from '../numeric/rational.ts'
import type { BitSource } from '../random/bit-source.ts'
import { encloseExpNeg } from '../random/exp-enclosure.ts'
import { expNeg } from '../random/exp-neg.ts'

export type CandidateQuestion = {
  readonly first: number
  readonly last: number
  /** In [0, 1]. */
  readonly share: Rational
  readonly rate: Rational
}

/** More than doubles are off: of an exponent below 64 that is a product of two roundings and a whole number plus a rounded fraction, times 2^20. */
const margin = 2 ** -30

/** A point of the grid. */
export function chooseCandidate(values: Float64Array, { first, last, share, rate }: CandidateQuestion, bits: BitSource): number {
  const n = values.length
  const target = rational.multiply(share, rational.of(BigInt(n)))
  const whole = rational.floor(target)
  const [floor, fraction] = [Number(whole), rational.toNumber(rational.subtract(target, rational.of(whole)))]
  const perRecord = rational.toNumber(rate)
  // The rank that a piece misses the target by, or -1 where it does not.
  const weightOf = (size: number, rank: number): number => {
    if (rank < 0) return size
    return size * expNeg((rank > floor ? rank - floor - fraction : floor - rank + fraction) * perRecord)
  }
  const most = 2 * n + 1
  const starts = new Float64Array(most)
  const sizes = new Float64Array(most)
  const ranks = new Float64Array(most)
  const weights = new Float64Array(most)
  let [pieces, total, next] = [0, 0, first]
  const piece = (start: number, size: number, rank: number): void => {
    if (size <= 0) return
    const weight = weightOf(size, rank)
    starts[pieces] = start
    sizes[pieces] = size
    ranks[pieces] = rank
    weights[pieces] = weight
    total += weight
    pieces += 1
  }
  for (let i = 0; i < n; ) {
    const x = values[i] as number
    let end = i + 1
    while (end < n && values[end] === x) end += 1
    piece(next, x - next, i)
    piece(x, 1, i > floor ? i : end <= floor && (end < floor || fraction > 0) ? end : -1)
    next = x + 1
    i = end
  }
  piece(next, last + 1 - next, n)

  // The weights sum to 2^50 or a little less; hats to less than 2^53 with one more for each piece.
  const shift = 49 - Math.floor(Math.log2(total))
  const scale = rational.powerOfTwo(shift)
  const hats = weights
  let hatTotal = 0
  for (let j = 0; j < pieces; j++) {
    hatTotal += Math.floor((weights[j] as number) * scale * (1 + margin)) + 1
    hats[j] = hatTotal
  }
  for (;;) {
    const drawn = bits.below(hatTotal)
    const j = firstAbove(hats, pieces, drawn)
    const hat = (hats[j] as number) - (j === 0 ? 0 : (hats[j - 1] as number))
    const [size, rank] = [sizes[j] as number, ranks[j] as number]
    const exponent = (): Rational => {
      if (rank < 0) return rational.of(0n)
      const missed = rational.subtract(target, rational.of(BigInt(rank)))
      return rational.multiply(missed.numerator < 0n ? rational.negate(missed) : missed, rate)
    }
    const likely = (weightOf(size, rank) * scale * (1 - margin)) / hat
    if (accept(bits, likely, BigInt(hat), BigInt(size) << BigInt(shift), exponent))
      return (starts[j] as number) + bits.below(size)
  }
}

/** The first of an ascending list that is above x. */
function firstAbove(list: Float64Array, length: number, x: number): number {
  let [low, high] = [0, length - 1]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((list[middle] as number) > x) high = middle
    else low = middle + 1
  }
  return low
}

/** True with probability weight e^-exponent / hat, which is at least `likely` and at most 1. */
function accept(bits: BitSource, likely: number, hat: bigint, weight: bigint, exponent: () => Rational): boolean {
  const word = bits.uint32()
  if ((word + 2) / 4294967296 < likely) return true
  const { numerator, denominator } = exponent()
  let uniform = BigInt(word)
  for (let digits = 32; ; digits += 64) {
    const precision = digits + 128
    const [lower, upper] = encloseExpNeg(numerator, denominator, precision)
    const left = (hat << BigInt(precision)) as bigint
    if ((uniform + 1n) * left <= (weight * lower) << BigInt(digits)) return true
    if (uniform * left >= (weight * upper) << BigInt(digits)) return false
    uniform = (uniform << 64n) | bits.bigBits(64)
  }
}
