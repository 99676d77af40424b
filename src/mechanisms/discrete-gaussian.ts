/**
 * The discrete Gaussian mechanism: rho-zero-concentrated privacy for counts, whole numbers in and out.
 *
 *     release(x) = x + Z,     P(Z = z) proportional to e^(-z^2 / (2 stddev^2)),     rho = sensitivity^2 / (2 stddev^2)
 *
 * Canonne, Kamath and Steinke 2020, theorem 4.
 *
 * *Promise*: the stddev is a double, the one in the event, and the noise has exactly that law. It is rounded up where it is derived from rho. Where
 * `stddev` is given it is drawn as given, and the event has it rounded down.
 * *Limits*: of a vector, one record may change one coordinate (a histogram): what several coordinates together are worth under the tight
 * accountant is not known to be covered by the event of one.
 *
 *     const mechanism = discreteGaussian({ sensitivity: 1, rho: 0.125, insecureRandom: insecureSeeded(1) })
 *     mechanism.event // => { kind: 'discreteGaussian', stddev: 2, sensitivity: 1 }
 *     mechanism.error({ confidence: 0.95 }) // => { confidence: 0.95, stddev: 2, halfWidth: 4 }
 *
 * @module
 */

import { discreteGaussian as discreteGaussianEvent } from '../events/builders.ts'
import type { DiscreteGaussianEvent } from '../events/kinds.ts'
import { integer, options } from '../guard.ts'
import { divDown, mulUp } from '../numeric/directed.ts'
import * as rational from '../numeric/rational.ts'
import { discreteGaussianSampler } from '../random/discrete-samplers.ts'
import { type ExactNumber, exactNumber, positive } from '../random/exact-number.ts'
import { type SourceOptions, sourceOptionNames } from '../random/source-options.ts'
import { multiplierForRho, rhoOf } from './gaussian.ts'
import { releaseIntegers } from './integer-noise.ts'
import { demandDoubles, type Mechanism, oneOfOptions, readConfidence } from './mechanism.ts'
import { deviationGaussian, intervalGaussian } from './noise-laws.ts'
import type { Release } from './release.ts'

/** Privacy or noise: one of `rho` and `stddev`. */
export type DiscreteGaussianMechanismOptions = SourceOptions & {
  /** The most that one record can change in one coordinate, a whole number. */
  readonly sensitivity: number
} & ({ readonly rho: number; readonly stddev?: undefined } | { readonly stddev: ExactNumber; readonly rho?: undefined })

export type DiscreteGaussianMechanism = Mechanism<DiscreteGaussianEvent, Release>

/** Discrete Gaussian noise on whole numbers, bigints and arrays of them. */
export function discreteGaussian(given: DiscreteGaussianMechanismOptions): DiscreteGaussianMechanism {
  const known = options('options', given, ['sensitivity', 'rho', 'stddev', ...sourceOptionNames])
  const sensitivity = integer('sensitivity', known['sensitivity'], { atLeast: 1 })
  const way = oneOfOptions(known, ['rho', 'stddev'])
  const exact = way === 'stddev' ? exactNumber('stddev', known['stddev'], positive) : undefined
  const stddev = exact === undefined ? mulUp(multiplierForRho(known['rho']), sensitivity) : rational.toNumber(exact, 'down')
  const rho = way === 'rho' ? (known['rho'] as number) : rhoOf(divDown(stddev, sensitivity))
  demandDoubles(way, known[way], exact === undefined ? stddev : rational.toNumber(exact, 'up'), rho)
  const sampler = discreteGaussianSampler({
    stddev: exact ?? stddev,
    random: given.random,
    insecureRandom: given.insecureRandom,
  })
  return Object.freeze({
    provenance: sampler.provenance,
    event: discreteGaussianEvent({ stddev, sensitivity }),
    guarantee: Object.freeze({ rho }),
    error: (asked) => {
      const { confidence, risk } = readConfidence(asked)
      return Object.freeze({ confidence, stddev: deviationGaussian(stddev), halfWidth: intervalGaussian(stddev, risk) })
    },
    release: releaseIntegers(sampler, stddev),
  } satisfies DiscreteGaussianMechanism)
}
