/**
 * Zero-concentrated differential privacy: one number rho for a whole composition, D_a <= a rho at every order a > 1.
 *
 * | event | rho |
 * | --- | --- |
 * | Gaussian noise, on the line or on the integers, shift m in units of the noise | m^2 / 2 (Bun and Steinke 2016; Canonne, Kamath and Steinke 2020, theorem 4) |
 * | gdp | mu^2 / 2 |
 * | whatever is epsilon-differentially private | epsilon tanh(epsilon / 2), which randomised response attains as a -> 1 |
 * | bounded range (exponential mechanism) | epsilon^2 / 8 (Cesar and Rogers 2020, arXiv 2004.07223) |
 * | Skellam noise | D_2, and from a = 2 on the bound of its curve over a |
 * | mixture of Gaussians | that of its largest shift, by quasi-convexity |
 * | samples | what is inside, by quasi-convexity: zCDP does not see sampling |
 *
 * Rho adds up. (epsilon, delta) follows from the curve a rho by the best conversion over all orders (rdp/accountant.ts). The bound of
 * pure privacy: Lebeda and Steinke's note at differentialprivacy.org/pdp-to-zcdp; half of epsilon^2 / 2, or less, for large epsilon.
 *
 * *Promise*: an upper bound, rounded up. A (epsilon, delta) guarantee enters as a failure (rdp/curve.ts).
 *
 * @module
 */

import { UnsupportedEventError } from '../errors.ts'
import type { PrivacyEvent } from '../events/kinds.ts'
import { inside } from '../events/path.ts'
import { elsewhere, responseToBlankLoss } from './claims.ts'
import { flatten, type Part } from './flatten.ts'
import { type Curve, linear } from './rdp/renyi.ts'
import { skellamRenyi } from './rdp/skellam.ts'
import { contributionsApart, type Relation } from './relation.ts'

/** A rho, and the probability that it says nothing. */
export type Concentrated = { readonly rho: number; readonly failure: number }

const margin = 1 + 2 ** -49

/** The Renyi curve of a composition by its rho. */
export function zcdpCurve(parts: readonly Part[], relation: Relation): Curve {
  const { rho, failure } = concentrated(parts, relation, '')
  return { renyi: linear(rho), failure }
}

/** Rho of a composition. */
export function concentrated(parts: readonly Part[], relation: Relation, within: string): Concentrated {
  let rho = 0
  let logSound = 0
  for (const { event, times, path } of parts) {
    const part = rhoOf(event, relation, [within, path].filter((p) => p !== '').join('.'))
    // A bound that is 0 is 0 however often it occurs, and nothing is known where one is infinite.
    if (part.rho > 0) rho += times * part.rho
    if (part.failure > 0) logSound += times * Math.log1p(-part.failure)
  }
  return { rho: rho * margin, failure: 0 - Math.expm1(logSound) }
}

function rhoOf(event: PrivacyEvent, relation: Relation, path: string): Concentrated {
  const apart = contributionsApart(relation)
  const only = (rho: number): Concentrated => ({ rho, failure: 0 })
  const shifted = (m: number): Concentrated => only((m * m) / 2)
  const pure = (epsilon: number): Concentrated => only(epsilon * Math.tanh(epsilon / 2))
  const sampled = (rate: number, inner: Relation, base: PrivacyEvent): Concentrated => {
    const { rho, failure } = concentrated(flatten(base), inner, inside(path, 'event'))
    return { rho, failure: rate * failure }
  }
  switch (event.kind) {
    case 'gaussian':
      return shifted(apart / event.noiseMultiplier)
    case 'discreteGaussian':
      return shifted((apart * event.sensitivity) / event.stddev)
    case 'gdp':
      return shifted(event.mu)
    case 'zcdp':
      return only(event.rho)
    case 'laplace':
      return pure(apart / event.noiseMultiplier)
    case 'discreteLaplace':
      return pure((apart * event.sensitivity) / event.scale)
    case 'pure':
    case 'permuteAndFlip':
      return pure(event.epsilon)
    case 'approximate':
      return { ...pure(event.epsilon), failure: event.delta }
    case 'exponential':
      return only(event.epsilon ** 2 / 8)
    case 'nonPrivate':
      return only(Number.POSITIVE_INFINITY)
    case 'randomizedResponse':
      if (relation === 'add-or-remove') break
      return pure(relation === 'replace-one' ? event.epsilon : responseToBlankLoss(event))
    case 'skellam': {
      const renyi = skellamRenyi(event, apart)
      return only(event.variance === 0 ? Number.POSITIVE_INFINITY : renyi(1))
    }
    case 'mixtureOfGaussians':
      if (relation !== 'replace-one') return shifted(Math.max(...event.sensitivities) / event.stddev)
      break
    case 'poissonSampled':
      return sampled(event.samplingRate, relation, event.event)
    case 'fixedSizeSampled':
      if (relation !== 'add-or-remove') return sampled(event.sampleSize / event.populationSize, relation, event.event)
      break
    case 'randomAllocation':
      return sampled(1, relation, event.event)
    default:
  }
  throw new UnsupportedEventError(path, event.kind, `no rho is known for it under '${relation}'; ${elsewhere(event, relation)}`)
}
