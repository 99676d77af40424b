/**
 * The Gaussian mechanism: (epsilon, delta)- or rho-zero-concentrated privacy for a number, or for a vector of bounded L2 sensitivity.
 *
 *     release(x) = R(x + noise),     noise normal of stddev m l2Sensitivity, R a fixed rounding
 *
 * For epsilon and delta, m is that of Balle and Wang 2018 (`gaussianStddev`), for rho 1 / sqrt(2 rho) (Bun and Steinke 2016). The noise is
 * the ideal, real one, by `gaussianAdder` of `random`: rounding comes after the addition and costs no privacy.
 *
 * *Promise*: m is a double, the event's `noiseMultiplier`; the variance that is drawn is exactly (m l2Sensitivity)^2, as a rational. Where `stddev` is
 * given, it is the one that is drawn, and m is rounded down. m is rounded up where it is derived from a privacy.
 * *Limits*: stddev from 2^-982 to the largest double; for bigints below 2^93. A bigint past 2^53 is added to noise that was rounded once by itself,
 * which is the same but where noise goes past 2^11 standard deviations (probability below 10^-900000).
 *
 *     const mechanism = gaussian({ l2Sensitivity: 1, epsilon: 1, delta: 1e-5, insecureRandom: insecureSeeded(1) })
 *     mechanism.event // => { kind: 'gaussian', noiseMultiplier: 3.7306316348... }
 *     mechanism.error({ confidence: 0.95 }).halfWidth // => 7.3119036438...
 *     mechanism.release([20, 30]) // => [ 15.7838090153072..., 33.3388025798267... ]
 *
 * @module
 */

import { gaussianStddev } from '../accounting/analytic-gaussian.ts'
import { InvalidParameterError } from '../errors.ts'
import { gaussian as gaussianEvent } from '../events/builders.ts'
import type { GaussianEvent } from '../events/kinds.ts'
import { number, options } from '../guard.ts'
import { addUp, divUp, mulUp, sqrtDown } from '../numeric/directed.ts'
import { normalQuantile } from '../numeric/normal-quantile.ts'
import * as rational from '../numeric/rational.ts'
import { type ExactNumber, exactNumber, positive } from '../random/exact-number.ts'
import type { FloatAdder } from '../random/float-adder.ts'
import { gaussianAdder } from '../random/real-adder.ts'
import { type SourceOptions, sourceOptionNames } from '../random/source-options.ts'
import { demandDoubles, type Guarantee, type Mechanism, oneOfOptions, readConfidence } from './mechanism.ts'
import { type Channel, type Release, releaseBy } from './release.ts'

/** Privacy or noise: `epsilon` with `delta`, or `rho`, or `stddev`. */
export type GaussianMechanismOptions = SourceOptions & {
  /** The most that one record can change, in L2. */
  readonly l2Sensitivity: ExactNumber
} & (
    | { readonly epsilon: number; readonly delta: number; readonly rho?: undefined; readonly stddev?: undefined }
    | { readonly rho: number; readonly epsilon?: undefined; readonly delta?: undefined; readonly stddev?: undefined }
    | { readonly stddev: ExactNumber; readonly epsilon?: undefined; readonly delta?: undefined; readonly rho?: undefined }
  )

export type GaussianMechanism = Mechanism<GaussianEvent, Release>

/** Gaussian noise on numbers, bigints and arrays of them. */
export function gaussian(given: GaussianMechanismOptions): GaussianMechanism {
  const known = options('options', given, ['l2Sensitivity', 'epsilon', 'delta', 'rho', 'stddev', ...sourceOptionNames])
  const sensitivity = exactNumber('l2Sensitivity', known['l2Sensitivity'], positive)
  const way = oneOfOptions(known, ['epsilon', 'rho', 'stddev'])
  if (way !== 'epsilon' && known['delta'] !== undefined) {
    throw new InvalidParameterError('delta', `left out where "${way}" is given`, known['delta'])
  }
  const exact = way === 'stddev' ? exactNumber('stddev', known['stddev'], positive) : undefined
  const noiseMultiplier =
    exact !== undefined
      ? rational.toNumber(rational.divide(exact, sensitivity), 'down')
      : way === 'rho'
        ? multiplierForRho(known['rho'])
        : gaussianStddev({ ...epsilonDelta(known), l2Sensitivity: 1 })
  const guarantee: Guarantee =
    way === 'epsilon' ? epsilonDelta(known) : { rho: way === 'rho' ? (known['rho'] as number) : rhoOf(noiseMultiplier) }
  demandDoubles(way, known[way], noiseMultiplier, guarantee.rho ?? 0)
  const stddev = exact ?? rational.multiply(rational.fromNumber(noiseMultiplier), sensitivity)
  const adder = gaussianAdder({ stddev, random: given.random, insecureRandom: given.insecureRandom })
  const deviation = rational.toNumber(stddev)
  const channel = channelOn(adder, deviation)
  return Object.freeze({
    provenance: adder.provenance,
    event: gaussianEvent({ noiseMultiplier }),
    guarantee: Object.freeze(guarantee),
    error: (asked) => {
      const { confidence, risk } = readConfidence(asked)
      const halfWidth = addUp(mulUp(-normalQuantile(risk / 2), deviation), adder.step / 2)
      return Object.freeze({ confidence, stddev: deviation, halfWidth })
    },
    release: releaseBy(() => channel),
  } satisfies GaussianMechanism)
}

/** The least m with 1 / (2 m^2) <= rho, rounded up. */
export function multiplierForRho(rho: unknown): number {
  return divUp(1, sqrtDown(2 * number('rho', rho, { above: 0, atMost: Number.MAX_VALUE / 2 })))
}

/** 1 / (2 m^2), rounded up. */
export function rhoOf(m: number): number {
  const reciprocal = divUp(1, m)
  return mulUp(reciprocal, reciprocal) / 2
}

function epsilonDelta(known: Record<string, unknown>): { epsilon: number; delta: number } {
  return {
    epsilon: number('epsilon', known['epsilon'], { atLeast: 0 }),
    delta: number('delta', known['delta'], { above: 0, below: 1 }),
  }
}

const pastSafe = 53n

function channelOn(adder: FloatAdder, stddev: number): Channel {
  return {
    number: adder.release,
    into: adder.releaseInto,
    bigint: (x) => {
      if (stddev >= 2 ** 93) throw new InvalidParameterError('stddev', 'below 2^93 for bigints', stddev)
      // A multiple of the step, as the step is at most 2^53; what is left is a double, and its release is rounded to an integer.
      const high = (x >> pastSafe) << pastSafe
      const sum = adder.release(Number(x - high))
      const below = Math.floor(sum)
      return high + BigInt(below) + (sum - below >= 0.5 ? 1n : 0n)
    },
  }
}
