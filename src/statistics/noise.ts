/**
 * The noise of a statistic: on whole numbers, one law for one way of stating the privacy.
 *
 *     epsilon            discrete Laplace of scale l1 / epsilon                     epsilon-private
 *     epsilon, delta     normal of stddev m l2, rounded; m by Balle and Wang 2018   (epsilon, delta)-private
 *     rho                the same, m = 1 / sqrt(2 rho)                              rho-zero-concentrated
 *
 * `l1` and `l2` are the most that one unit's records can change the vector of whole numbers, by that norm. Normal noise is the ideal, real one and rounded
 * with the sum, which is free: one Gaussian event, however many coordinates a unit touches (for noise that is discrete itself that is not known).
 *
 * Sums of numbers are counted in steps so fine that an event of discrete noise would overtax the accountants: for them the event is `laplace`, of
 * which discrete noise on t steps to the scale is a post-processing if it has 1 / (4 t^2) less epsilon for each coordinate.
 *
 * *Promise*: what is claimed is what `discreteLaplace` and `gaussian` of `mechanisms` claim; the result is a whole number.
 * *Limits*: one number is hidden with less noise by `epsilon` alone, for each delta that one would want; a histogram of which a person touches many
 * categories by `delta` or `rho`.
 *
 * @module
 */

import { InvalidParameterError } from '../errors.ts'
import { laplace as laplaceEvent } from '../events/builders.ts'
import type { DiscreteLaplaceEvent, GaussianEvent, LaplaceEvent } from '../events/kinds.ts'
import { discreteLaplace } from '../mechanisms/discrete-laplace.ts'
import { gaussian } from '../mechanisms/gaussian.ts'
import { demandDoubles, type Guarantee, oneOfOptions } from '../mechanisms/mechanism.ts'
import { intervalLaplace } from '../mechanisms/noise-laws.ts'
import { normalQuantile } from '../numeric/normal-quantile.ts'
import * as rational from '../numeric/rational.ts'
import { type ExactNumber, exactNumber, positive } from '../random/exact-number.ts'
import type { Provenance } from '../random/handles.ts'
import { type SourceOptions, sourceOptionNames } from '../random/source-options.ts'

/** How private: `epsilon`, or `epsilon` and `delta`, or `rho`. */
export type NoiseOptions = SourceOptions &
  (
    | { readonly epsilon: ExactNumber; readonly delta?: undefined; readonly rho?: undefined }
    | { readonly epsilon: number; readonly delta: number; readonly rho?: undefined }
    | { readonly rho: number; readonly epsilon?: undefined; readonly delta?: undefined }
  )

export const noiseOptionNames: readonly string[] = ['epsilon', 'delta', 'rho', ...sourceOptionNames]

/** What statistics release. */
export type NoiseEvent = DiscreteLaplaceEvent | LaplaceEvent | GaussianEvent

export type StepNoise = {
  readonly provenance: Provenance
  readonly event: NoiseEvent
  readonly guarantee: Guarantee
  readonly add: (x: bigint) => bigint
  /** Of whole numbers below 2^53. */
  readonly addToAll: (x: Float64Array) => Float64Array
  readonly stddev: number
  /** The least whole number that noise is within, but for that risk. */
  readonly within: (risk: number) => number
  /** At least what |(1 - p) Z - p Z'| is within, but for that risk, Z and Z' being two draws. */
  readonly mixtureWithin: (p: number, risk: number) => number
}

/** The most that one unit can change, in whole numbers. */
export type StepSensitivity = {
  readonly l1: number
  readonly l2: number
  /** How many coordinates there are, where the steps are so fine that the event is to be that of continuous noise. */
  readonly fine?: number
}

/** Noise for a sensitivity in whole numbers, from options whose names were checked. */
export function stepNoise(known: Record<string, unknown>, { l1, l2, fine }: StepSensitivity): StepNoise {
  const source = { random: known['random'], insecureRandom: known['insecureRandom'] } as SourceOptions
  const way = oneOfOptions(known, ['epsilon', 'rho'])
  if (way === 'rho' && known['delta'] !== undefined) {
    throw new InvalidParameterError('delta', 'left out where "rho" is given', known['delta'])
  }
  if (way === 'epsilon' && known['delta'] === undefined) {
    if (fine !== undefined) return fineSteps(known['epsilon'], l1, fine, source)
    return laplaceSteps(discreteLaplace({ sensitivity: l1, epsilon: known['epsilon'] as ExactNumber, ...source }))
  }
  const privacy =
    way === 'rho' ? { rho: known['rho'] as number } : { epsilon: known['epsilon'] as number, delta: known['delta'] as number }
  return gaussianSteps(gaussian({ l2Sensitivity: l2, ...privacy, ...source }), way, known[way])
}

/** Discrete Laplace noise that is covered by `laplace({ noiseMultiplier })`, by a little more of it: see the header of `laplace` in mechanisms. */
function fineSteps(given: unknown, l1: number, coordinates: number, source: SourceOptions): StepNoise {
  const exact = exactNumber('epsilon', given, positive)
  const noiseMultiplier = rational.toNumber(rational.divide(rational.of(1n), exact), 'up')
  demandDoubles('epsilon', given, noiseMultiplier, rational.toNumber(exact, 'up'))
  const target = rational.divide(rational.of(1n), rational.fromNumber(noiseMultiplier))
  // coordinates / (4 t^2), as t >= l1 / epsilon.
  const inverse = rational.divide(exact, rational.of(BigInt(l1)))
  const reserve = rational.multiply(rational.of(BigInt(coordinates), 4n), rational.multiply(inverse, inverse))
  const epsilon = rational.subtract(target, reserve)
  if (epsilon.numerator <= 0n) throw new InvalidParameterError('epsilon', 'below 2^30', given)
  const noise = laplaceSteps(discreteLaplace({ sensitivity: l1, epsilon, ...source }))
  return {
    ...noise,
    event: laplaceEvent({ noiseMultiplier }),
    guarantee: Object.freeze({ epsilon: rational.toNumber(exact, 'up'), delta: 0 }),
  }
}

function laplaceSteps(mechanism: ReturnType<typeof discreteLaplace>): StepNoise {
  const { provenance, event, guarantee, release, error } = mechanism
  return {
    provenance,
    event,
    guarantee,
    add: release,
    addToAll: release,
    stddev: error().stddev,
    within: (risk) => intervalLaplace(event.scale, risk),
    // Within one of continuous noise each (`laplace` of mechanisms), and so is any mean of the two.
    mixtureWithin: (p, risk) => 1 + event.scale * laplaceMixture(p, risk),
  }
}

function gaussianSteps(mechanism: ReturnType<typeof gaussian>, way: string, given: unknown): StepNoise {
  const { provenance, event, guarantee, release, error } = mechanism
  const { stddev, halfWidth } = error({ confidence: 0.5 })
  // What the mechanism rounds, and the rounding to a whole number.
  const rounding = Math.max(halfWidth + normalQuantile(0.25) * stddev, 0) + 0.5
  const beyond = (risk: number): number => -normalQuantile(risk / 2) * stddev
  if (stddev >= 2 ** 92) throw new InvalidParameterError(way, 'such that the noise is below 2^92 steps', given)
  return {
    provenance,
    event,
    guarantee,
    add: release,
    addToAll: (x) => release(x).map((sum) => Math.round(sum) + 0),
    stddev,
    within: (risk) => Math.floor(beyond(risk) + rounding),
    mixtureWithin: (p, risk) => beyond(risk) * Math.hypot(1 - p, p) + rounding,
  }
}

/**
 * The t with P(|a X - b Y| > t) = (a^2 e^(-t / a) - b^2 e^(-t / b)) / (a^2 - b^2) = risk, {a, b} = {p, 1 - p}, X and Y Laplace of scale 1. By Newton's
 * steps on the logarithm, which is concave: they come down to t from above.
 */
function laplaceMixture(p: number, risk: number): number {
  const a = Math.max(p, 1 - p)
  // Where a and b are nearly the same, as if they were, which is more.
  const b = 2 * a - 1 < 1e-4 ? a : 1 - a
  let t = -a * Math.log(risk)
  for (let i = 0; i < 8; i++) {
    const [near, far] = [Math.exp(-t / a), b === 0 ? 0 : Math.exp(-t / b)]
    const beyond = a === b ? (1 + t / (2 * a)) * near : (a * a * near - b * b * far) / (a * a - b * b)
    const slope = a === b ? ((1 + t / a) * near) / (2 * a) : (a * near - b * far) / (a * a - b * b)
    t += ((Math.log(beyond) - Math.log(risk)) * beyond) / slope
  }
  return t * (1 + 2 ** -40)
}
