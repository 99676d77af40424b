/**
 * What an event guarantees by itself as an (epsilon, delta), for composition theorems that know nothing else of it.
 *
 * | event | claim |
 * | --- | --- |
 * | Laplace noise of scale b at distance d | (d / b, 0) |
 * | randomised response, pure, approximate, exponential, permute-and-flip | as stated |
 * | several releases on one sample | the sums (Dwork et al. 2006) |
 * | Poisson sample, 'add-or-remove'; fixed size, replacing | (log(1 + q (e^epsilon - 1)), q delta): Balle, Barthe and Gaboardi 2018, theorems 8 and 9 |
 * | other samples | (epsilon, q delta), by joint convexity |
 *
 * *Promise*: rounded up. Events without a claim of their own, Gaussian noise for one, are an `UnsupportedEventError`.
 *
 * @module
 */

import { UnsupportedEventError } from '../errors.ts'
import type { PrivacyEvent, RandomizedResponseEvent } from '../events/kinds.ts'
import { inside } from '../events/path.ts'
import { addUp, mulUp } from '../numeric/directed.ts'
import { flatten, type Part } from './flatten.ts'
import { sampledLoss } from './laws/sampled-loss.ts'
import { contributionsApart, type Relation } from './relation.ts'

/** An (epsilon, delta) guarantee; whether some mechanism that answers to the event is no better. */
export type Claim = { readonly epsilon: number; readonly delta: number; readonly attained: boolean }

/** Claims with how often each is made. */
export type Claims = readonly { readonly claim: Claim; readonly times: number }[]

const margin = 1 + 2 ** -50

export function claimsOf(parts: readonly Part[], relation: Relation, within = ''): Claims {
  return parts.map(({ event, times, path }) => ({
    claim: claimOf(event, relation, [within, path].filter((p) => p !== '').join('.')),
    times,
  }))
}

function claimOf(event: PrivacyEvent, relation: Relation, path: string): Claim {
  const apart = contributionsApart(relation)
  const loose = (epsilon: number): Claim => ({ epsilon: epsilon * margin, delta: 0, attained: false })
  const inner = inside(path, 'event')
  switch (event.kind) {
    case 'pure':
      return { epsilon: event.epsilon, delta: 0, attained: true }
    case 'approximate':
      return { epsilon: event.epsilon, delta: event.delta, attained: true }
    case 'exponential':
    case 'permuteAndFlip':
      return { epsilon: event.epsilon, delta: 0, attained: false }
    case 'nonPrivate':
      return { epsilon: 0, delta: 1, attained: true }
    case 'laplace':
      return loose(apart / event.noiseMultiplier)
    case 'discreteLaplace':
      return loose((apart * event.sensitivity) / event.scale)
    case 'randomizedResponse': {
      const { epsilon, categories } = event
      if (relation === 'add-or-remove') break
      if (relation === 'replace-one') return { epsilon, delta: 0, attained: categories === 2 }
      return loose(responseToBlankLoss(event))
    }
    case 'poissonSampled':
      return sampled(event.samplingRate, relation === 'add-or-remove', basicSum(claimsOf(flatten(event.event), relation, inner)))
    case 'fixedSizeSampled': {
      const fraction = event.sampleSize / event.populationSize
      if (relation === 'add-or-remove') break
      return sampled(fraction, relation === 'replace-one', basicSum(claimsOf(flatten(event.event), relation, inner)))
    }
    case 'randomAllocation':
      return { ...basicSum(claimsOf(flatten(event.event), relation, inner)), attained: false }
    default:
  }
  throw new UnsupportedEventError(
    path,
    event.kind,
    `it has no epsilon of its own under '${relation}'; ${elsewhere(event, relation)}`,
  )
}

/** Who may have a bound for an event that an accountant of one number has none for. */
export function elsewhere({ kind }: PrivacyEvent, relation: Relation): string {
  if (kind === 'randomizedResponse') return "ask for 'replace-one' or 'replace-special'"
  if (kind === 'mixtureOfGaussians' && relation === 'replace-one') return "ask for 'add-or-remove'"
  return kind === 'zcdp' || kind === 'skellam' || kind === 'repeatAndSelect' || kind === 'truncatedPoissonSampled'
    ? "the accountant 'rdp' has a bound"
    : "the accountants 'tight' and 'rdp' may have a bound"
}

function sampled(rate: number, amplified: boolean, { epsilon, delta }: Claim): Claim {
  return {
    epsilon: amplified ? sampledLoss(rate, epsilon) * margin : epsilon,
    delta: mulUp(rate, delta),
    attained: false,
  }
}

/** The largest loss of randomised response against a uniform answer. */
export function responseToBlankLoss({ epsilon, categories }: RandomizedResponseEvent): number {
  // log(k e^epsilon / (e^epsilon + k - 1)) and log((e^epsilon + k - 1) / k)
  return Math.max(-sampledLoss(1 - 1 / categories, -epsilon), sampledLoss(1 / categories, epsilon))
}

/** Basic composition: everything adds up. */
export function basicSum(claims: Claims): Claim {
  let epsilon = 0
  let delta = 0
  for (const { claim, times } of claims) {
    epsilon = addUp(epsilon, mulUp(times, claim.epsilon))
    delta = addUp(delta, mulUp(times, claim.delta))
  }
  return { epsilon, delta: Math.min(1, delta), attained: false }
}
