/**
 * The truncated Laplace mechanism: (epsilon, delta)-privacy with noise that is never larger than a known bound.
 *
 *     P(Z = z) proportional to e^(-epsilon |z| / D) for |z| <= A, else 0
 *
 * Geng, Ding, Guo and Kumar 2020, "Tight analysis of privacy and utility tradeoff in approximate differential privacy". What a shift by D takes out of reach are the D outermost
 * integers of one side; elsewhere the loss is at most epsilon. With a = e^(-epsilon / D), and A >= D - 1, those have the probability
 *
 *     (a^(A - D + 1) - a^(A + 1)) / (1 + a - 2 a^(A + 1)) <= delta     iff     a^(A + 1) (1 - e^-epsilon + 2 delta e^-epsilon) <= delta (1 + a) e^-epsilon
 *
 * and A is the least that satisfies this, or next to it, which is judged on bigints by enclosures of the three exponentials. A smaller shift takes less: the probability of the d outermost integers is convex in d, and 0 for none.
 * So it is also at most delta for changes of several coordinates that add up to D.
 *
 * Numbers are rounded to a grid 2^40 times finer than the noise before, unless `integers` are asked for; then the sensitivity must be one.
 *
 * *Promise*: the stated epsilon and delta, exactly, for the discrete noise that is drawn. No release is further from the truth than `bound`.
 * *Limits*: scales as for `laplace`. Of a vector `l0Sensitivity` coordinates may change, one where it is left out: rounding to the grid moves each of them.
 *
 *     const mechanism = truncatedLaplace({ sensitivity: 1, epsilon: 1, delta: 1e-5, integers: true, insecureRandom: insecureSeeded(1) })
 *     mechanism.event // => { kind: 'approximate', epsilon: 1, delta: 0.00001 }
 *     mechanism.bound // => 11
 *
 * @module
 */

import { InvalidParameterError } from '../../errors.ts'
import { approximate as approximateEvent } from '../../events/builders.ts'
import type { ApproximateEvent } from '../../events/kinds.ts'
import { flag, integer, number, options, orElse } from '../../guard.ts'
import type { Rational } from '../../numeric/rational.ts'
import * as rational from '../../numeric/rational.ts'
import { drawExp } from '../../random/bernoulli.ts'
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

export type TruncatedLaplaceOptions = SourceOptions & {
  /** The most that one record can change, in L1. */
  readonly sensitivity: ExactNumber
  readonly epsilon: ExactNumber
  readonly delta: number
  /** How many coordinates of a vector one record can change: 1, where it is left out. */
  readonly l0Sensitivity?: number | undefined
  /** Noise on the integers, for counts. */
  readonly integers?: boolean | undefined
}

export type TruncatedLaplaceMechanism = Mechanism<ApproximateEvent, Release> & {
  /** No release is further from the truth. */
  readonly bound: number
}

/** Bounded noise on numbers, bigints and arrays of them. */
export function truncatedLaplace(given: TruncatedLaplaceOptions): TruncatedLaplaceMechanism {
  const names = ['sensitivity', 'epsilon', 'delta', 'l0Sensitivity', 'integers', ...sourceOptionNames]
  const known = options('options', given, names)
  const integers = flag('integers', known['integers'])
  const sensitivity = exactNumber('sensitivity', known['sensitivity'], positive)
  if (integers && sensitivity.denominator !== 1n)
    throw new InvalidParameterError('sensitivity', 'an integer', known['sensitivity'])
  const exact = exactNumber('epsilon', known['epsilon'], positive)
  const delta = number('delta', known['delta'], { above: 0, below: 1 })
  const l0 = integer('l0Sensitivity', orElse(known['l0Sensitivity'], 1), { atLeast: 1 })
  const epsilon = rational.toNumber(exact, 'up')
  demandDoubles('epsilon', known['epsilon'], rational.toNumber(exact, 'down'), epsilon)
  if (epsilon > 700) throw new InvalidParameterError('epsilon', 'at most 700', known['epsilon'])
  const { bits, provenance } = sourceOf(known)

  const exponent = rational.floorLog2(rational.divide(sensitivity, exact))
  if ((!integers && exponent < -981) || exponent > 900) {
    throw new InvalidParameterError('sensitivity', 'such that the noise is in [2^-981, 2^900)', known['sensitivity'])
  }
  const grid = integers ? wholeNumbers : gridFor(exponent)
  const rounding = integers ? 0n : BigInt(l0 - 1)
  const distance = rational.ceil(rational.scaleByPowerOfTwo(sensitivity, -grid.exponent)) + rounding
  const scale = rational.divide(rational.of(distance), exact)
  const reach = leastReach(distance, exact, delta)
  const channel = gridChannel(grid, drawTruncated(bits, scale, reach))
  const law = truncatedLaw(rational.toNumber(scale), Number(reach))
  const half = integers ? 0 : grid.step / 2
  return Object.freeze({
    provenance,
    event: approximateEvent({ epsilon, delta }),
    guarantee: Object.freeze({ epsilon, delta }),
    bound: Number(reach) * grid.step + half,
    error: (asked) => {
      const { confidence, risk } = readConfidence(asked)
      return Object.freeze({ confidence, stddev: law.stddev * grid.step, halfWidth: law.interval(risk) * grid.step + half })
    },
    release: releaseBy(() => channel),
  } satisfies TruncatedLaplaceMechanism)
}

/** The least A of the header, up to 2^-45 of itself. */
export function leastReach(distance: bigint, epsilon: Rational, delta: number): bigint {
  const near = rational.toNumber(epsilon)
  const perStep = rational.divide(epsilon, rational.of(distance))
  const a = Math.exp(-rational.toNumber(perStep))
  const needed = near + Math.log(-Math.expm1(-near) + 2 * delta * Math.exp(-near)) - Math.log(delta) - Math.log1p(a)
  const guess = BigInt(Math.max(0, Math.floor(needed / rational.toNumber(perStep)))) - 2n
  let reach = guess > distance - 1n ? guess : distance - 1n
  // The guess is off by a few roundings.
  while (!suffices(reach, distance, epsilon, delta)) reach += 1n + (reach >> 46n)
  return reach
}

/** Whether the condition of the header holds for certain. */
export function suffices(reach: bigint, distance: bigint, epsilon: Rational, delta: number): boolean {
  const { numerator: n, denominator: d } = rational.fromNumber(delta)
  const precision = 256 + rational.bitLength(d) + 3 * Number(rational.ceil(epsilon)) + rational.bitLength(distance)
  const one = 1n << BigInt(precision)
  const power = (steps: bigint): readonly [bigint, bigint] =>
    encloseExpNeg(epsilon.numerator * steps, epsilon.denominator * distance, precision)
  const [, most] = power(reach + 1n)
  const [a] = power(1n)
  const [least, top] = power(distance)
  return most * ((one - least) * d + 2n * n * top) <= n * (one + a) * least
}

function drawTruncated(bits: BitSource, scale: Rational, reach: bigint): () => bigint {
  if (rational.compare(rational.of(reach), scale) < 0) {
    // Less than one scale wide: nearly flat.
    return () => {
      for (;;) {
        const z = bits.bigBelow(2n * reach + 1n) - reach
        const x = rational.divide(rational.of(z < 0n ? -z : z), scale)
        if (drawExp(bits, rational.toNumber(x), () => x)) return z
      }
    }
  }
  const strips = new IntegerStrips(bits, buildIntegerTable(laplaceLaw(scale)))
  return () => {
    for (;;) {
      const z = strips.nextBigint()
      if (z <= reach && -z <= reach) return z
    }
  }
}

/** Its standard deviation and central intervals, in doubles: from a reach of 4096 on by the integral. */
function truncatedLaw(scale: number, reach: number): { stddev: number; interval: (risk: number) => number } {
  if (reach >= 4096) {
    const end = reach / scale
    const cut = Math.exp(-end)
    const square = end < 1e-3 ? (end * end) / 3 : (2 - cut * (end * end + 2 * end + 2)) / -Math.expm1(-end)
    const interval = (risk: number): number => Math.min(reach, Math.ceil(-scale * Math.log(cut + risk * (1 - cut))))
    return { stddev: scale * Math.sqrt(square), interval }
  }
  const masses = Array.from({ length: reach + 1 }, (_, z) => Math.exp(-z / scale))
  const total = masses.reduceRight((sum, mass) => sum + 2 * mass, 0) - 1
  const square = masses.reduceRight((sum, mass, z) => sum + 2 * z * z * mass, 0)
  const interval = (risk: number): number => {
    let beyond = 0
    for (let z = reach; z > 0; z--) {
      beyond += 2 * (masses[z] as number)
      if (beyond > risk * total) return z
    }
    return 0
  }
  return { stddev: Math.sqrt(square / total), interval }
}
