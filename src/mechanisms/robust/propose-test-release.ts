/**
 * Propose, test, release: noise for a proposed bound on the local sensitivity, if the data are far from all that break it; else nothing.
 *
 *     passes iff  distance + Z > T,     Z discrete Laplace of scale 2 / epsilon,  P(Z > T) <= delta;     then  release = value + Laplace noise of scale 2 bound / epsilon
 *
 * Dwork and Lei 2009. `distance` is how many records have to change until the local sensitivity exceeds the bound: 0 where it does so already. It differs by at most 1 between neighbours.
 * If it is 0 for both of two neighbours, both fail alike but with probability delta. Else one of them has a local sensitivity within the bound, so their values differ by no more than
 * it, and test and release each cost epsilon / 2.
 *
 * With a = e^(-epsilon / 2), P(Z > T) = a^(T + 1) / (1 + a); T is the least integer for which enclosures of both exponentials show it to be at most delta.
 *
 * *Promise*: the stated epsilon and delta, exactly. A distance that is no number counts as 0, fractions are cut off: it fails rather than claims.
 * *Limits*: one number. Whether it failed is public, and is spent like any release. The distance is for the caller to compute, or a lower bound of it that also changes by at most 1.
 *
 *     const mechanism = proposeTestRelease({ bound: 0.5, epsilon: 1, delta: 1e-6, insecureRandom: insecureSeeded(1) })
 *     mechanism.error({ confidence: 0.95 }).distance // => 32
 *     mechanism.release({ value: 72.4, distance: 3 }) // => undefined
 *
 * @module
 */

import { InvalidParameterError } from '../../errors.ts'
import { approximate as approximateEvent } from '../../events/builders.ts'
import type { ApproximateEvent } from '../../events/kinds.ts'
import { isPlainObject, number, options } from '../../guard.ts'
import type { Rational } from '../../numeric/rational.ts'
import * as rational from '../../numeric/rational.ts'
import { discreteLaplaceSampler } from '../../random/discrete-samplers.ts'
import { type ExactNumber, exactNumber, positive } from '../../random/exact-number.ts'
import { encloseExpNeg } from '../../random/exp-enclosure.ts'
import { type SourceOptions, sourceOptionNames } from '../../random/source-options.ts'
import { laplace } from '../laplace.ts'
import { demandDoubles, type Mechanism, type NoiseError, readConfidence } from '../mechanism.ts'
import { intervalLaplace } from '../noise-laws.ts'

export type ProposeTestReleaseOptions = SourceOptions & {
  /** The proposed bound on the local sensitivity. Public. */
  readonly bound: ExactNumber
  readonly epsilon: ExactNumber
  readonly delta: number
}

/** What was measured: neither of the two is private. */
export type Measured = {
  readonly value: number
  /** How many records have to change until the local sensitivity exceeds the bound. */
  readonly distance: number
}

export type ProposeTestReleaseError = NoiseError & {
  /** From this distance on the test is passed with probability `confidence` or more. */
  readonly distance: number
}

export type ProposeTestRelease = Omit<Mechanism<ApproximateEvent, (measured: Measured) => number | undefined>, 'error'> & {
  readonly error: (options?: { readonly confidence?: number | undefined }) => ProposeTestReleaseError
}

/** A release, or undefined where the test fails. */
export function proposeTestRelease(given: ProposeTestReleaseOptions): ProposeTestRelease {
  const known = options('options', given, ['bound', 'epsilon', 'delta', ...sourceOptionNames])
  const bound = exactNumber('bound', known['bound'], positive)
  const exact = exactNumber('epsilon', known['epsilon'], positive)
  const delta = number('delta', known['delta'], { above: 0, below: 1 })
  const epsilon = rational.toNumber(exact, 'up')
  demandDoubles('epsilon', known['epsilon'], 1, epsilon)
  if (epsilon < 2 ** -40 || epsilon > 1400) throw new InvalidParameterError('epsilon', 'in [2^-40, 1400]', known['epsilon'])
  const half = rational.scaleByPowerOfTwo(exact, -1)
  const source = { random: given.random, insecureRandom: given.insecureRandom }
  const noise = laplace({ sensitivity: bound, epsilon: half, ...source })
  const scale = rational.divide(rational.of(1n), half)
  const sampler = discreteLaplaceSampler({ scale, ...source })
  const threshold = testThreshold(half, delta)

  const distanceOf = (distance: unknown): number =>
    typeof distance === 'number' && distance > 0 ? Math.min(Math.floor(distance), Number.MAX_SAFE_INTEGER) : 0
  return Object.freeze({
    provenance: noise.provenance,
    event: approximateEvent({ epsilon, delta }),
    guarantee: Object.freeze({ epsilon, delta }),
    error: (asked) => {
      const { confidence, risk } = readConfidence(asked)
      const short = intervalLaplace(rational.toNumber(scale), Math.min(2 * risk, 0.999))
      return Object.freeze({ ...noise.error({ confidence }), distance: threshold + short + 1 })
    },
    release: (measured) => {
      if (!isPlainObject(measured))
        throw new InvalidParameterError('measured', 'an object of value and distance', typeof measured)
      const { value, distance } = measured as { readonly [name: string]: unknown }
      // Drawn whether it passes or not: the time must not tell.
      const released = noise.release(typeof value === 'number' ? value : 0)
      return distanceOf(distance) + sampler.sample() > threshold ? released : undefined
    },
  } satisfies ProposeTestRelease)
}

/** The least T with P(Z > T) <= delta for certain, Z discrete Laplace of scale 1 / epsilon. */
export function testThreshold(epsilon: Rational, delta: number): number {
  const near = rational.toNumber(epsilon)
  const guess = (-Math.log(delta) - Math.log1p(Math.exp(-near))) / near
  let threshold = Math.max(0, Math.floor(guess * (1 - 2 ** -40)) - 2)
  // The guess is off by a few roundings.
  while (!failsOften(threshold, epsilon, delta)) threshold += 1 + Math.floor(threshold / 2 ** 46)
  return threshold
}

/** Whether P(Z > threshold) <= delta for certain. */
export function failsOften(threshold: number, epsilon: Rational, delta: number): boolean {
  const { numerator, denominator } = rational.fromNumber(delta)
  const precision = 128 + rational.bitLength(denominator)
  const power = (steps: bigint): readonly [bigint, bigint] =>
    encloseExpNeg(epsilon.numerator * steps, epsilon.denominator, precision)
  const [, most] = power(BigInt(threshold) + 1n)
  const [least] = power(1n)
  return most * denominator <= numerator * ((1n << BigInt(precision)) + least)
}
