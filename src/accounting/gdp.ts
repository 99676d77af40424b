/**
 * Gaussian differential privacy: one number mu for a whole composition.
 *
 *     mu^2 = SUM mu_i^2;    delta(epsilon) as for N(0, 1) against N(mu, 1)                    (Dong, Roth and Su 2019, arXiv 1905.02383)
 *
 * | event | mu |
 * | --- | --- |
 * | Gaussian noise of multiplier s at distance d | d / s, exactly |
 * | gdp | as stated |
 * | whatever is epsilon-differentially private | 2 PhiInverse(e^epsilon / (1 + e^epsilon)): where the two trade-off curves touch; the one of epsilon consists of chords of the other |
 * | samples, mixtures of Gaussians | those of what is inside, or of the largest shift: nothing is gained from sampling |
 *
 * What the literature calls GDP accounting of subsampled Gaussians is a central limit: with m = 1 / s for Poisson sampling and the
 * distance of replacing for samples of fixed size,
 *
 *     Poisson       mu^2 = SUM q^2 (e^(m^2) - 1)
 *     fixed size    mu^2 = SUM 2 q^2 (e^(m^2) Phi(3m/2) + 3 Phi(-m/2) - 2)                   (Bu, Dong, Long and Su 2019, arXiv 1911.11607)
 *
 * It is an *estimate*: it can lie below the true epsilon, and often does. It is given as `estimate`, beside a bound that holds.
 *
 * *Promise*: `mu` is an upper bound; where all is Gaussian it is the truth but for 1e-14 of itself.
 *
 * @module
 */

import { UnsupportedEventError } from '../errors.ts'
import type { PrivacyEvent } from '../events/kinds.ts'
import { inside } from '../events/path.ts'
import { log1pexp } from '../numeric/log-space.ts'
import { normalCdf } from '../numeric/normal.ts'
import { normalQuantileFromLog } from '../numeric/normal-quantile.ts'
import { elsewhere, responseToBlankLoss } from './claims.ts'
import { flatten, type Part } from './flatten.ts'
import { contributionsApart, type Relation } from './relation.ts'

/** Mu of a composition. */
export type GaussianEquivalent = {
  readonly mu: number
  /** The probability that mu says nothing, from (epsilon, delta) guarantees. */
  readonly failure: number
  /** Whether mu is the truth and not only a bound. */
  readonly exact: boolean
  /** The central limit's mu, where it has one to offer and it is another. */
  readonly limit?: number
}

type Square = { readonly bound: number; readonly limit: number | undefined; readonly failure: number; readonly exact: boolean }

/** Mu of the parts together. */
export function gaussianEquivalent(parts: readonly Part[], relation: Relation): GaussianEquivalent {
  const { bound, limit, failure, exact } = total(parts, relation, '')
  const estimated = limit !== undefined && limit !== bound && Number.isFinite(limit)
  return { mu: Math.sqrt(bound), failure, exact, ...(estimated ? { limit: Math.sqrt(limit) } : {}) }
}

function total(parts: readonly Part[], relation: Relation, within: string): Square {
  let [bound, limit, logSound, exact]: [number, number | undefined, number, boolean] = [0, 0, 0, true]
  for (const { event, times, path } of parts) {
    const square = squareOf(event, relation, [within, path].filter((p) => p !== '').join('.'))
    if (square.bound > 0) bound += times * square.bound
    limit = limit === undefined || square.limit === undefined ? undefined : limit + times * square.limit
    if (square.failure > 0) logSound += times * Math.log1p(-square.failure)
    exact = exact && square.exact
  }
  return { bound, limit, failure: 0 - Math.expm1(logSound), exact }
}

/** Mu^2 of a part. */
function squareOf(event: PrivacyEvent, relation: Relation, path: string): Square {
  const apart = contributionsApart(relation)
  const gaussian = (mu: number): Square => ({ bound: mu * mu, limit: mu * mu, failure: 0, exact: true })
  const pure = (epsilon: number, failure = 0): Square => {
    const bound = (2 * normalQuantileFromLog(-log1pexp(epsilon))) ** 2
    return { bound, limit: bound, failure, exact: false }
  }
  const sampled = (rate: number, base: PrivacyEvent): Square => {
    const { bound, failure } = total(flatten(base), relation, inside(path, 'event'))
    return { bound, limit: limitOf(event, relation), failure: rate * failure, exact: false }
  }
  switch (event.kind) {
    case 'gaussian':
      return gaussian(apart / event.noiseMultiplier)
    case 'gdp':
      return gaussian(event.mu)
    case 'laplace':
      return pure(apart / event.noiseMultiplier)
    case 'discreteLaplace':
      return pure((apart * event.sensitivity) / event.scale)
    case 'pure':
    case 'exponential':
    case 'permuteAndFlip':
      return pure(event.epsilon)
    case 'approximate':
      return pure(event.epsilon, event.delta)
    case 'randomizedResponse':
      if (relation === 'add-or-remove') break
      return pure(relation === 'replace-one' ? event.epsilon : responseToBlankLoss(event))
    case 'nonPrivate':
      return gaussian(Number.POSITIVE_INFINITY)
    case 'mixtureOfGaussians':
      if (relation === 'replace-one') break
      return { ...gaussian(Math.max(...event.sensitivities) / event.stddev), limit: undefined, exact: false }
    case 'poissonSampled':
      return sampled(event.samplingRate, event.event)
    case 'fixedSizeSampled':
      if (relation === 'add-or-remove') break
      return sampled(event.sampleSize / event.populationSize, event.event)
    case 'randomAllocation':
      return sampled(1, event.event)
    default:
  }
  throw new UnsupportedEventError(path, event.kind, `no mu is known for it under '${relation}'; ${elsewhere(event, relation)}`)
}

/** The central limit's mu^2 of a sampled Gaussian. */
function limitOf(event: PrivacyEvent, relation: Relation): number | undefined {
  if (event.kind === 'poissonSampled' && event.event.kind === 'gaussian' && relation !== 'replace-one') {
    return event.samplingRate ** 2 * Math.expm1(event.event.noiseMultiplier ** -2)
  }
  if (event.kind === 'fixedSizeSampled' && event.event.kind === 'gaussian' && relation === 'replace-one') {
    const m = 2 / event.event.noiseMultiplier
    const spread = Math.exp(m * m) * normalCdf(1.5 * m) + 3 * normalCdf(-m / 2) - 2
    return 2 * (event.sampleSize / event.populationSize) ** 2 * spread
  }
  return undefined
}
