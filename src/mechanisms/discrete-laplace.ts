/**
 * The discrete Laplace (geometric) mechanism: epsilon-differential privacy for counts, whole numbers in and out.
 *
 *     release(x) = x + Z,     P(Z = z) proportional to e^(-|z| / scale),     epsilon = sensitivity / scale
 *
 * Ghosh, Roughgarden and Sundararajan 2009. For a vector the sensitivity is in L1: a change that is spread over coordinates is hidden no worse than one of
 * the same size in a single coordinate.
 *
 * *Promise*: the scale is a double, the one in the event, and the noise has exactly that law. It is rounded up where it is derived from epsilon. Where
 * `scale` is given it is drawn as given, and the event has it rounded down.
 * *Limits*: any epsilon whose scale is a double.
 *
 *     const mechanism = discreteLaplace({ sensitivity: 1, epsilon: 0.5, insecureRandom: insecureSeeded(1) })
 *     mechanism.event // => { kind: 'discreteLaplace', scale: 2, sensitivity: 1 }
 *     mechanism.error({ confidence: 0.95 }) // => { confidence: 0.95, stddev: 2.799..., halfWidth: 6 }
 *     mechanism.release(1234) // => 1234
 *
 * @module
 */

import { discreteLaplace as discreteLaplaceEvent } from '../events/builders.ts'
import type { DiscreteLaplaceEvent } from '../events/kinds.ts'
import { integer, options } from '../guard.ts'
import { divUp } from '../numeric/directed.ts'
import * as rational from '../numeric/rational.ts'
import { discreteLaplaceSampler } from '../random/discrete-samplers.ts'
import { type ExactNumber, exactNumber, positive } from '../random/exact-number.ts'
import { type SourceOptions, sourceOptionNames } from '../random/source-options.ts'
import { releaseIntegers } from './integer-noise.ts'
import { demandDoubles, type Mechanism, oneOfOptions, readConfidence } from './mechanism.ts'
import { deviationLaplace, intervalLaplace } from './noise-laws.ts'
import type { Release } from './release.ts'

/** Privacy or noise: one of `epsilon` and `scale`. */
export type DiscreteLaplaceMechanismOptions = SourceOptions & {
  /** The most that one record can change, a whole number; in L1 for a vector. */
  readonly sensitivity: number
} & (
    | { readonly epsilon: ExactNumber; readonly scale?: undefined }
    | { readonly scale: ExactNumber; readonly epsilon?: undefined }
  )

export type DiscreteLaplaceMechanism = Mechanism<DiscreteLaplaceEvent, Release>

/** Discrete Laplace noise on whole numbers, bigints and arrays of them. */
export function discreteLaplace(given: DiscreteLaplaceMechanismOptions): DiscreteLaplaceMechanism {
  const known = options('options', given, ['sensitivity', 'epsilon', 'scale', ...sourceOptionNames])
  const sensitivity = integer('sensitivity', known['sensitivity'], { atLeast: 1 })
  const way = oneOfOptions(known, ['epsilon', 'scale'])
  const value = exactNumber(way, known[way], positive)
  const scale =
    way === 'scale'
      ? rational.toNumber(value, 'down')
      : rational.toNumber(rational.divide(rational.of(BigInt(sensitivity)), value), 'up')
  const epsilon = way === 'scale' ? divUp(sensitivity, scale) : rational.toNumber(value, 'up')
  demandDoubles(way, known[way], scale, Math.max(epsilon, rational.toNumber(value, 'up')))
  const sampler = discreteLaplaceSampler({
    scale: way === 'scale' ? value : scale,
    random: given.random,
    insecureRandom: given.insecureRandom,
  })
  return Object.freeze({
    provenance: sampler.provenance,
    event: discreteLaplaceEvent({ scale, sensitivity }),
    guarantee: Object.freeze({ epsilon, delta: 0 }),
    error: (asked) => {
      const { confidence, risk } = readConfidence(asked)
      return Object.freeze({ confidence, stddev: deviationLaplace(scale), halfWidth: intervalLaplace(scale, risk) })
    },
    release: releaseIntegers(sampler, scale),
  } satisfies DiscreteLaplaceMechanism)
}
