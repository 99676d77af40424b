/**
 * The staircase mechanism: the least expected error that epsilon-differential privacy allows for one number.
 *
 *     P(Z = z) proportional to e^(-epsilon level(|z|)),     level(m) = floor((m + D - r) / D),     1 <= r <= D
 *
 * A top of half-width r, then steps of width D, the sensitivity, each e^epsilon lower than the one before. A shift by D or less crosses at most one edge on either side, so
 * the loss is at most epsilon. Geng and Viswanath 2014, "The optimal mechanism in differential privacy"; the integer form is from its section VII.
 *
 * *The width of the top*: r = gamma D for a given gamma. Left out, it makes E|Z| least. With b = e^-epsilon, A = 2 D b / (1 - b) - 1 and C = D^2 2 b^2 / (1 - b)^2 + D (D - 1) b / (1 - b),
 * E|Z| = (r^2 + A r + C) / (2 r + A), which is least where 2 r^2 + 2 A r + A^2 = 2 C; for a fine grid that is gamma = 1 / (1 + e^(epsilon / 2)), and E|Z| = D e^(epsilon / 2) / (e^epsilon - 1).
 * Any r is private: it may come from doubles.
 *
 * *Exactness*: the top is picked by a coin of probability (2r - 1)(1 - b) / ((2r - 1)(1 - b) + 2 D b), thrown by enclosures of b; below it the level is geometric, which is
 * one side of discrete Laplace noise of scale 1 / epsilon; the place in a level is uniform.
 *
 * Numbers are rounded to a grid 2^40 times finer than the top before, unless `integers` are asked for; then the sensitivity must be one.
 *
 * *Promise*: the stated epsilon, exactly, floating point included.
 * *Limits*: of a vector one record may change one coordinate: changes of several coordinates may cross an edge in each of them, and the losses add up. About 1 us a release.
 *
 *     const mechanism = staircase({ sensitivity: 1, epsilon: 4, insecureRandom: insecureSeeded(1) })
 *     mechanism.event // => { kind: 'pure', epsilon: 4 }
 *     mechanism.error({ confidence: 0.95 }) // => { confidence: 0.95, stddev: 0.270..., halfWidth: 0.7... }
 *
 * @module
 */

import { InvalidParameterError } from '../../errors.ts'
import { pure as pureEvent } from '../../events/builders.ts'
import type { PureEvent } from '../../events/kinds.ts'
import { flag, number, options } from '../../guard.ts'
import type { Rational } from '../../numeric/rational.ts'
import * as rational from '../../numeric/rational.ts'
import type { BitSource } from '../../random/bit-source.ts'
import { type ExactNumber, exactNumber, positive } from '../../random/exact-number.ts'
import { encloseExpNeg } from '../../random/exp-enclosure.ts'
import { gridFor } from '../../random/float-grid.ts'
import { buildIntegerTable, IntegerStrips } from '../../random/integer-strips.ts'
import { laplaceLaw } from '../../random/law.ts'
import { type SourceOptions, sourceOf, sourceOptionNames } from '../../random/source-options.ts'
import { demandDoubles, type Mechanism, readConfidence } from '../mechanism.ts'
import { type Release, releaseBy } from '../release.ts'
import { gridChannel, wholeNumbers } from './grid-channel.ts'
import { lazyCoin } from './lazy-coin.ts'

export type StaircaseOptions = SourceOptions & {
  /** The most that one record can change. */
  readonly sensitivity: ExactNumber
  readonly epsilon: ExactNumber
  /** The half-width of the top over the sensitivity, in (0, 1); what makes the expected error least where it is left out. */
  readonly gamma?: number | undefined
  /** Noise on the integers, for counts. */
  readonly integers?: boolean | undefined
}

export type StaircaseMechanism = Mechanism<PureEvent, Release>

/** Staircase noise on numbers and bigints. */
export function staircase(given: StaircaseOptions): StaircaseMechanism {
  const known = options('options', given, ['sensitivity', 'epsilon', 'gamma', 'integers', ...sourceOptionNames])
  const integers = flag('integers', known['integers'])
  const sensitivity = exactNumber('sensitivity', known['sensitivity'], positive)
  if (integers && sensitivity.denominator !== 1n)
    throw new InvalidParameterError('sensitivity', 'an integer', known['sensitivity'])
  const exact = exactNumber('epsilon', known['epsilon'], positive)
  const gamma = known['gamma'] === undefined ? undefined : number('gamma', known['gamma'], { above: 0, below: 1 })
  const epsilon = rational.toNumber(exact, 'up')
  demandDoubles('epsilon', known['epsilon'], rational.toNumber(exact, 'down'), epsilon)
  if (epsilon > 700) throw new InvalidParameterError('epsilon', 'at most 700', known['epsilon'])
  const { bits, provenance } = sourceOf(known)

  const top = Math.max(gamma ?? 1 / (1 + Math.exp(epsilon / 2)), 2 ** -100)
  const exponent = rational.floorLog2(rational.multiply(sensitivity, rational.fromNumber(top)))
  if (!integers && (exponent < -981 || exponent > 900)) {
    throw new InvalidParameterError('sensitivity', 'such that the noise is in [2^-981, 2^900)', known['sensitivity'])
  }
  const grid = integers ? wholeNumbers : gridFor(exponent)
  const width = rational.ceil(rational.scaleByPowerOfTwo(sensitivity, -grid.exponent))
  const stairs = new Stairs(Number(width), epsilon)
  const half = halfTop(width, gamma === undefined ? stairs.bestTop() : gamma * Number(width))
  const draw = drawStairs(bits, exact, width, half)
  const channel = gridChannel(grid, draw)
  return Object.freeze({
    provenance,
    event: pureEvent({ epsilon }),
    guarantee: Object.freeze({ epsilon, delta: 0 }),
    error: (asked) => {
      const { confidence, risk } = readConfidence(asked)
      const rounding = integers ? 0 : grid.step / 2
      const halfWidth = stairs.interval(Number(half), risk) * grid.step + rounding
      return Object.freeze({ confidence, stddev: stairs.deviation(Number(half)) * grid.step, halfWidth })
    },
    release: releaseBy(() => channel),
  } satisfies StaircaseMechanism)
}

/** The integer in [1, width] nearest to a wish. */
function halfTop(width: bigint, wish: number): bigint {
  const rounded = BigInt(Math.round(Math.max(wish, 1)))
  return rounded > width ? width : rounded
}

function drawStairs(bits: BitSource, epsilon: Rational, width: bigint, half: bigint): () => bigint {
  const top = 2n * half - 1n
  const isTop = lazyCoin(bits, (precision) => {
    const one = 1n << BigInt(precision)
    // The probability falls as b rises.
    const share = (b: bigint): readonly [bigint, bigint] => [top * (one - b) * one, top * (one - b) + 2n * width * b]
    const [low, high] = encloseExpNeg(epsilon.numerator, epsilon.denominator, precision)
    const [least, most] = [share(high), share(low)]
    return [least[0] / least[1], most[0] / most[1] + 1n]
  })
  const levels = new IntegerStrips(bits, buildIntegerTable(laplaceLaw(rational.divide(rational.of(1n), epsilon))))
  return () => {
    if (isTop()) return bits.bigBelow(top) - half + 1n
    let level = levels.nextBigint()
    while (level < 0n) level = levels.nextBigint()
    const distance = half + level * width + bits.bigBelow(width)
    return bits.coin() === 1 ? -distance : distance
  }
}

/** How far the noise goes, for a width of the steps: statements on accuracy, in doubles. */
class Stairs {
  private readonly width: number
  private readonly fall: number
  /** b + b^2 + ..., the same times 0, 1, 2 ..., and times their squares. */
  private readonly sums: readonly [number, number, number]

  constructor(width: number, epsilon: number) {
    const b = Math.exp(-epsilon)
    const left = -Math.expm1(-epsilon)
    this.width = width
    this.fall = b
    this.sums = [b / left, (b / left) ** 2, (b / left) ** 2 * ((1 + b) / left)]
  }

  /** The half-width of the top that makes E|Z| least. */
  bestTop(): number {
    const { width: d, sums } = this
    const [s, s1] = sums
    const a = 2 * d * s - 1
    const c = 2 * d * d * s1 + d * (d - 1) * s
    const root = (Math.sqrt(Math.max(0, 4 * c - a * a)) - a) / 2
    const mean = (r: number): number => (r * r + a * r + c) / (2 * r + a)
    const low = Math.min(d, Math.max(1, Math.floor(root)))
    const high = Math.min(d, low + 1)
    return mean(low) <= mean(high) ? low : high
  }

  deviation(r: number): number {
    const { width: d, sums } = this
    const [s, s1, s2] = sums
    const top = ((r - 1) * r * (2 * r - 1)) / 3
    // Twice the sum of (r + l d + j)^2 over j < d, weighed by b^(l + 1).
    const steps =
      2 * (d * (r * r * s + 2 * r * d * s1 + d * d * s2) + d * (d - 1) * (r * s + d * s1) + (((d - 1) * d * (2 * d - 1)) / 6) * s)
    return Math.sqrt((top + steps) / (2 * r - 1 + 2 * d * s))
  }

  /** The least h with P(|Z| > h) <= risk, or one more. */
  interval(r: number, risk: number): number {
    const { width: d, fall: b, sums } = this
    const mass = (risk * (2 * r - 1 + 2 * d * sums[0])) / 2
    const below = d * sums[0]
    if (below <= mass) return Math.max(0, Math.ceil(r + below - mass) - 1)
    // The first level below which there is no more than that.
    const level = Math.max(1, Math.ceil(Math.log(below / mass) / -Math.log(b)))
    const beyond = below * b ** level
    const place = Math.ceil(d - (mass - beyond) / b ** level)
    return r + (level - 1) * d + Math.min(Math.max(place, 0), d) - 1
  }
}
