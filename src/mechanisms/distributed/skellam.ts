/**
 * Skellam noise: integer noise that many parties can add together, each a part, as sums of Skellam noise are Skellam noise.
 *
 *     Z = X - Y,  X and Y Poisson of mean variance / 2,     Var Z = variance
 *
 * Agarwal, Kairouz and Liu 2021, "The Skellam mechanism for differentially private federated learning". In secure aggregation each of n parties releases `share(x)`, with noise of the exact variance
 * variance / n, and the sum has exactly the noise of `release`. With discrete Gaussian shares it would be nearly that, and the difference had to be accounted for.
 *
 * *The event* gives a Renyi curve (their theorem 3.5). For epsilon and delta the variance is the least for which that curve implies them, rounded up by 2^-30 of itself.
 *
 * *Promise*: exactly this law, for the variance that the event states.
 * *Limits*: variances up to 2^43 (of a share too). About 1 us a draw. If parties drop out, so does their noise: state as many as will surely take part.
 *
 *     const mechanism = skellam({ l1Sensitivity: 4, l2Sensitivity: 2, variance: 100, parties: 10, insecureRandom: insecureSeeded(1) })
 *     mechanism.event // => { kind: 'skellam', variance: 100, l1Sensitivity: 4, l2Sensitivity: 2 }
 *     mechanism.error({ confidence: 0.95 }) // => { confidence: 0.95, stddev: 10, halfWidth: 20 }
 *     mechanism.share([3, 1, 0, 5]).length // => 4
 *
 * @module
 */

import { epsilonOf } from '../../accounting/rdp/conversion.ts'
import { skellamRenyi } from '../../accounting/rdp/skellam.ts'
import { InvalidParameterError } from '../../errors.ts'
import { skellam as skellamEvent } from '../../events/builders.ts'
import type { SkellamEvent } from '../../events/kinds.ts'
import { integer, number, options, orElse } from '../../guard.ts'
import { normalQuantile } from '../../numeric/normal-quantile.ts'
import type { Rational } from '../../numeric/rational.ts'
import * as rational from '../../numeric/rational.ts'
import type { BitSource } from '../../random/bit-source.ts'
import { type SourceOptions, sourceOf, sourceOptionNames } from '../../random/source-options.ts'
import { releaseIntegers } from '../integer-noise.ts'
import { type Guarantee, type Mechanism, oneOfOptions, readConfidence } from '../mechanism.ts'
import type { Release } from '../release.ts'
import { poissonSampler } from './poisson.ts'

/** Noise or privacy: `variance`, or `epsilon` with `delta` (under adding or removing a record). */
export type SkellamOptions = SourceOptions & {
  /** The most that one record can change, in L1, of a vector of integers. */
  readonly l1Sensitivity: number
  /** And in L2. */
  readonly l2Sensitivity: number
  /** How many parties add a share; 1 where it is left out. */
  readonly parties?: number | undefined
} & (
    | { readonly variance: number; readonly epsilon?: undefined; readonly delta?: undefined }
    | { readonly epsilon: number; readonly delta: number; readonly variance?: undefined }
  )

export type SkellamMechanism = Mechanism<SkellamEvent, Release> & {
  /** A value with the noise of one party: private only in the sum with those of all others. */
  readonly share: Release
}

/** The noise of all parties together is at most this. */
const largestVariance = 2 ** 43

/** Skellam noise on whole numbers, bigints and arrays of them. */
export function skellam(given: SkellamOptions): SkellamMechanism {
  const names = ['l1Sensitivity', 'l2Sensitivity', 'variance', 'epsilon', 'delta', 'parties', ...sourceOptionNames]
  const known = options('options', given, names)
  const l1Sensitivity = number('l1Sensitivity', known['l1Sensitivity'], { above: 0 })
  const l2Sensitivity = number('l2Sensitivity', known['l2Sensitivity'], { above: 0 })
  const parties = integer('parties', orElse(known['parties'], 1), { atLeast: 1 })
  const way = oneOfOptions(known, ['variance', 'epsilon'])
  const sensitivities = { l1Sensitivity, l2Sensitivity }
  let guarantee: Guarantee = {}
  let variance: number
  if (way === 'epsilon') {
    const epsilon = number('epsilon', known['epsilon'], { above: 0 })
    const delta = number('delta', known['delta'], { above: 0, below: 1 })
    guarantee = { epsilon, delta }
    variance = varianceFor(epsilon, delta, sensitivities)
  } else {
    if (known['delta'] !== undefined)
      throw new InvalidParameterError('delta', 'left out where "variance" is given', known['delta'])
    variance = number('variance', known['variance'], { atLeast: 2 ** -40, atMost: largestVariance })
  }
  const { bits, provenance } = sourceOf(known)
  const exact = rational.fromNumber(variance)
  const stddev = Math.sqrt(variance)
  const release = releaseOf(bits, exact)
  return Object.freeze({
    provenance,
    event: skellamEvent({ variance, ...sensitivities }),
    guarantee: Object.freeze(guarantee),
    error: (asked) => {
      const { confidence, risk } = readConfidence(asked)
      return Object.freeze({ confidence, stddev, halfWidth: intervalSkellam(variance, risk) })
    },
    release,
    share: parties === 1 ? release : releaseOf(bits, rational.divide(exact, rational.of(BigInt(parties)))),
  } satisfies SkellamMechanism)
}

function releaseOf(bits: BitSource, variance: Rational): Release {
  // The sampler is set up at its first use: who releases needs none for shares, and the other way round.
  let poisson: (() => number) | undefined
  const sample = (): number => {
    poisson ??= poissonSampler(bits, rational.scaleByPowerOfTwo(variance, -1))
    return poisson() - poisson()
  }
  return releaseIntegers({ sample, sampleBigint: () => BigInt(sample()) }, 1)
}

/** Orders minus one, whole: the curve is known there, and a smaller set of them can only ask for more noise. */
const orders: readonly number[] = [
  ...Array.from({ length: 64 }, (_, i) => i + 1),
  ...Array.from({ length: 48 }, (_, i) => Math.ceil(64 * 1.25 ** (i + 1))),
]

/** The least variance whose curve implies epsilon and delta, and a little more. */
function varianceFor(epsilon: number, delta: number, sensitivities: { l1Sensitivity: number; l2Sensitivity: number }): number {
  const implied = (variance: number): number => {
    const renyi = skellamRenyi({ kind: 'skellam', variance, ...sensitivities }, 1)
    return orders.reduce(
      (least, z) => Math.min(least, epsilonOf(z, renyi(z), delta, 'canonne-kamath-steinke')),
      Number.POSITIVE_INFINITY,
    )
  }
  let [low, high] = [-40, 43]
  const refused = (): never => {
    throw new InvalidParameterError('epsilon', 'such that the variance is in [2^-40, 2^43]', epsilon)
  }
  if (!(implied(2 ** high) < epsilon) || !(implied(2 ** low) > epsilon)) refused()
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2
    if (implied(2 ** middle) <= epsilon) high = middle
    else low = middle
  }
  const variance = 2 ** high * (1 + 2 ** -30)
  return variance <= largestVariance ? variance : refused()
}

/** The least k with P(|Z| > k) <= risk; from a variance of 4096 on that of the normal law, and one more, as its fourth cumulant moves the quantile by less. */
export function intervalSkellam(variance: number, risk: number): number {
  const stddev = Math.sqrt(variance)
  if (variance >= 4096) return Math.ceil(-normalQuantile(risk / 2) * stddev) + 1
  // The characteristic function e^(-variance (1 - cos t)), summed over as many angles as make aliases negligible.
  const most = Math.ceil(14 * stddev) + 60
  const count = 2 * most
  const angles = Array.from({ length: count }, (_, j) => (2 * Math.PI * j) / count)
  const values = angles.map((angle) => Math.exp(-variance * (1 - Math.cos(angle))))
  const mass = (k: number): number =>
    values.reduce((sum, value, j) => sum + value * Math.cos(angles[(j * k) % count] as number), 0) / count
  let inside = mass(0)
  let k = 0
  while (1 - inside > risk && k < most - 1) {
    k += 1
    inside += 2 * mass(k)
  }
  return k
}
