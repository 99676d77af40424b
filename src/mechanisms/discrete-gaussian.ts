/**
 * The discrete Gaussian mechanism: rho-zero-concentrated or (epsilon, delta)-privacy for counts, whole numbers in and out.
 *
 *     release(x) = x + Z,     P(Z = z) proportional to e^(-z^2 / (2 stddev^2)),     rho = sensitivity^2 / (2 stddev^2)
 *
 * Canonne, Kamath and Steinke 2020, theorem 4.
 *
 * For epsilon and delta the stddev is that of their theorem 7, which is about this noise and not about the continuous one.
 *
 * *Vectors.* With `sensitivity`, one record may change one coordinate (a histogram). With `l2Sensitivity` it may change any of them; rho is the sum of those of the coordinates, l2Sensitivity^2 / (2 stddev^2), and the
 * event is that rho: what several coordinates together are worth under the tight accountant is not known to be covered by the event of one.
 *
 * *Promise*: the stddev is a double, the one in the event, and the noise has exactly that law. It is rounded up where it is derived. Where
 * `stddev` is given it is drawn as given, and the event has it rounded down (or its rho rounded up).
 * *Limits*: epsilon and delta for `sensitivity` only. Calibrated to them, stddevs in the thousands take up to 40 ms to find.
 *
 *     const mechanism = discreteGaussian({ sensitivity: 1, rho: 0.125, insecureRandom: insecureSeeded(1) })
 *     mechanism.event // => { kind: 'discreteGaussian', stddev: 2, sensitivity: 1 }
 *     mechanism.error({ confidence: 0.95 }) // => { confidence: 0.95, stddev: 2, halfWidth: 4 }
 *
 * @module
 */

import { InvalidParameterError } from '../errors.ts'
import { discreteGaussian as discreteGaussianEvent, zcdp as zcdpEvent } from '../events/builders.ts'
import type { DiscreteGaussianEvent, ZcdpEvent } from '../events/kinds.ts'
import { integer, number, options } from '../guard.ts'
import { divDown, mulUp } from '../numeric/directed.ts'
import * as rational from '../numeric/rational.ts'
import { discreteGaussianSampler } from '../random/discrete-samplers.ts'
import { type ExactNumber, exactNumber, positive } from '../random/exact-number.ts'
import { type SourceOptions, sourceOptionNames } from '../random/source-options.ts'
import { discreteGaussianStddev } from './discrete-gaussian-stddev.ts'
import { multiplierForRho, rhoOf } from './gaussian.ts'
import { releaseIntegers } from './integer-noise.ts'
import { demandDoubles, type Guarantee, type Mechanism, oneOfOptions, readConfidence } from './mechanism.ts'
import { deviationGaussian, intervalGaussian } from './noise-laws.ts'
import type { Release } from './release.ts'

type RhoOrStddev =
  | { readonly rho: number; readonly stddev?: undefined; readonly epsilon?: undefined; readonly delta?: undefined }
  | { readonly stddev: ExactNumber; readonly rho?: undefined; readonly epsilon?: undefined; readonly delta?: undefined }

/** Privacy or noise: one of `rho`, `stddev`, and `epsilon` with `delta`. */
export type DiscreteGaussianMechanismOptions = SourceOptions & {
  /** The most that one record can change in one coordinate, a whole number. */
  readonly sensitivity: number
  readonly l2Sensitivity?: undefined
} & (RhoOrStddev | { readonly epsilon: number; readonly delta: number; readonly rho?: undefined; readonly stddev?: undefined })

/** Privacy or noise for vectors: one of `rho` and `stddev`. */
export type DiscreteGaussianVectorOptions = SourceOptions & {
  /** The most that one record can change, in L2. */
  readonly l2Sensitivity: number
  readonly sensitivity?: undefined
} & RhoOrStddev

export type DiscreteGaussianMechanism = Mechanism<DiscreteGaussianEvent, Release>
export type DiscreteGaussianVectorMechanism = Mechanism<ZcdpEvent, Release>

const names = ['sensitivity', 'l2Sensitivity', 'rho', 'stddev', 'epsilon', 'delta', ...sourceOptionNames]

/** Discrete Gaussian noise on whole numbers, bigints and arrays of them. */
export function discreteGaussian(given: DiscreteGaussianMechanismOptions): DiscreteGaussianMechanism
export function discreteGaussian(given: DiscreteGaussianVectorOptions): DiscreteGaussianVectorMechanism
export function discreteGaussian(
  given: DiscreteGaussianMechanismOptions | DiscreteGaussianVectorOptions,
): DiscreteGaussianMechanism | DiscreteGaussianVectorMechanism {
  const known = options('options', given, names)
  const whose = oneOfOptions(known, ['sensitivity', 'l2Sensitivity'])
  const sensitivity =
    whose === 'sensitivity'
      ? integer('sensitivity', known['sensitivity'], { atLeast: 1 })
      : number('l2Sensitivity', known['l2Sensitivity'], { above: 0 })
  const way = oneOfOptions(known, ['rho', 'stddev', 'epsilon'])
  if (way !== 'epsilon' && known['delta'] !== undefined) {
    throw new InvalidParameterError('delta', `left out where "${way}" is given`, known['delta'])
  }
  if (way === 'epsilon' && whose === 'l2Sensitivity') {
    throw new InvalidParameterError('epsilon', 'left out where "l2Sensitivity" is given; ask for "rho"', known['epsilon'])
  }
  const exact = way === 'stddev' ? exactNumber('stddev', known['stddev'], positive) : undefined
  const asked = way === 'epsilon' ? epsilonDelta(known) : undefined
  const stddev =
    exact !== undefined
      ? rational.toNumber(exact, 'down')
      : asked !== undefined
        ? discreteGaussianStddev(asked.epsilon, asked.delta, sensitivity)
        : mulUp(multiplierForRho(known['rho']), sensitivity)
  const rho = way === 'rho' ? (known['rho'] as number) : rhoOf(divDown(stddev, sensitivity))
  const guarantee: Guarantee = asked ?? { rho }
  demandDoubles(way, known[way], exact === undefined ? stddev : rational.toNumber(exact, 'up'), rho)
  const sampler = discreteGaussianSampler({
    stddev: exact ?? stddev,
    random: given.random,
    insecureRandom: given.insecureRandom,
  })
  const rest = {
    provenance: sampler.provenance,
    guarantee: Object.freeze(guarantee),
    error: (wanted) => {
      const { confidence, risk } = readConfidence(wanted)
      return Object.freeze({ confidence, stddev: deviationGaussian(stddev), halfWidth: intervalGaussian(stddev, risk) })
    },
    release: releaseIntegers(sampler, stddev),
  } satisfies Omit<DiscreteGaussianMechanism, 'event'>
  return whose === 'sensitivity'
    ? Object.freeze({ ...rest, event: discreteGaussianEvent({ stddev, sensitivity }) })
    : Object.freeze({ ...rest, event: zcdpEvent({ rho }) })
}

function epsilonDelta(known: Record<string, unknown>): { epsilon: number; delta: number } {
  return {
    epsilon: number('epsilon', known['epsilon'], { atLeast: 0, atMost: 700 }),
    delta: number('delta', known['delta'], { above: 0, below: 1 }),
  }
}
