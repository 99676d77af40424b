/**
 * From an event and a relation to the laws of its privacy loss: one law where both orders of the neighbours have the same, else two.
 *
 * | event | 'add-or-remove', 'replace-special' | 'replace-one' |
 * | --- | --- | --- |
 * | gaussian, laplace, discrete ones | N(1) against N(0), symmetric | the same at distance 2 |
 * | Poisson-sampled Gaussian | (1-q) N(0) + q N(1) against N(0), and back | (1-q) N(0) + q N(1) against (1-q) N(0) + q N(-1) |
 * | Poisson-sampled, other | theorem 11 of Zhu, Dong and Wang 2022 | unknown |
 * | mixture of Gaussians | SUM w_i N(s_i) against N(0), and back | unknown |
 * | random allocation of a Gaussian | upper and lower laws for both orders (allocation/random-allocation.ts) | unknown |
 * | truncated Poisson sample of Gaussians | with and without a crowd, side by side (`truncated`) | the same; unknown for a blank |
 * | fixed-size sample | unknown | theorem 9 of Balle, Barthe and Gaboardi 2018, on the base's pair for replacing |
 * | randomised response | against a uniform answer, only for a blank | the truth against another truth |
 * | pure, approximate, gdp, exponential, permute-and-flip | as stated, whatever the relation | the same |
 *
 * Who adds a record of randomised response adds an answer, which everybody can count: 'add-or-remove' is refused there.
 * Poisson-sampled Gaussian with replacement: Zhu, Dong and Wang 2022, appendix; Koskela, Jaelkoe and Honkela 2020.
 *
 * *Promise*: the pair dominates the event under the relation; if it is `attained`, there are neighbours that have it, so its lower
 * bounds are the event's. Where it is not, but laws are known that the event dominates (`dominatedLaws`), these give lower bounds. An event without a known pair is an `UnsupportedEventError` that names its path.
 *
 * @module
 */

import { UnsupportedEventError } from '../../errors.ts'
import { gaussian as gaussianEvent } from '../../events/builders.ts'
import type { PrivacyEvent, RandomAllocationEvent, TruncatedPoissonSampledEvent } from '../../events/kinds.ts'
import { inside } from '../../events/path.ts'
import { binomialAtLeast } from '../../numeric/binomial.ts'
import { type EpochLaws, epochLaws, type Fineness, usual } from '../allocation/epoch-laws.ts'
import type { Part } from '../flatten.ts'
import { contributionsApart, type Relation } from '../relation.ts'
import {
  discreteGaussianLaw,
  discreteLaplaceLaw,
  gaussianAtoms,
  guaranteeLaw,
  laplaceAtoms,
  largestLoss,
  responseLaw,
  responseToBlankLaw,
  revealing,
} from './discrete.ts'
import { fixedSizeLaw } from './fixed-size.ts'
import { type Mixture, shiftedWith, unshifted } from './gaussian-mixture.ts'
import { gaussianPair } from './gaussian-pair.ts'
import type { LawPart, LossLaw } from './law.ts'
import { mixedLaw } from './mixed.ts'
import { sampledAdded, sampledRemoved } from './poisson.ts'
import { boundedRangeLaw, laplaceLaw } from './two-sided.ts'

/** The law with the record in P and that with the record in Q; one only where they are the same. */
export type Laws = readonly [LossLaw] | readonly [removed: LossLaw, added: LossLaw]

/** The most losses of a discrete law that are told apart. */
const mostAtoms = 2 ** 21
/** Beyond it the loss is so large that doubles can't carry e^loss: everything is revealed. */
const largestShift = 1e5

/** The laws of an event that `flatten` leaves whole. */
export function dominatingLaws(event: PrivacyEvent, relation: Relation, path: string, fineness: Fineness = usual): Laws {
  const apart = contributionsApart(relation)
  switch (event.kind) {
    case 'gaussian':
      return [gaussian(apart / event.noiseMultiplier)]
    case 'gdp':
      return [gaussian(event.mu)]
    case 'laplace':
      return [event.noiseMultiplier > 0 ? twoSidedOrRevealing(laplaceLaw, apart / event.noiseMultiplier) : revealing()]
    case 'exponential':
      return [twoSidedOrRevealing(boundedRangeLaw, event.epsilon)]
    case 'pure':
    case 'permuteAndFlip':
      return [guaranteeLaw(event.epsilon, 0)]
    case 'approximate':
      return [guaranteeLaw(event.epsilon, event.delta)]
    case 'nonPrivate':
      return [revealing()]
    case 'discreteLaplace': {
      const distance = apart * event.sensitivity
      atMost(laplaceAtoms(distance), event, path)
      return [distance < largestLoss * event.scale ? discreteLaplaceLaw(event.scale, distance) : revealing()]
    }
    case 'discreteGaussian': {
      const distance = apart * event.sensitivity
      atMost(gaussianAtoms(event.stddev, distance), event, path)
      return [event.stddev > 0 ? discreteGaussianLaw(event.stddev, distance) : revealing()]
    }
    case 'randomizedResponse':
      return response(event.epsilon, event.categories, relation, path)
    case 'mixtureOfGaussians':
      if (relation === 'replace-one') throw unknown(event, path, relation)
      return mixture(event.stddev, event.sensitivities, event.probabilities)
    case 'poissonSampled':
      return sampled(event.samplingRate, event.event, relation, path, fineness)
    case 'truncatedPoissonSampled':
      return truncated(event, relation, path, fineness)
    case 'randomAllocation': {
      const { removed, added } = allocated(event, relation, path, fineness).upper
      return [removed, added]
    }
    case 'fixedSizeSampled': {
      if (relation !== 'replace-one') throw unknown(event, path, relation)
      const [base] = dominatingLaws(single(event.event, path), relation, inside(path, 'event'), fineness)
      return [fixedSizeLaw(event.sampleSize / event.populationSize, base)]
    }
    default:
      throw unknown(event, path, relation)
  }
}

/** Laws that an event dominates for every composition, where they are not the dominating ones; undefined where none are known. */
function dominatedLaws(event: PrivacyEvent, relation: Relation, path: string, fineness: Fineness): Laws | undefined {
  if (event.kind !== 'randomAllocation') return undefined
  const { removed, added } = allocated(event, relation, path, fineness).lower
  return [removed, added]
}

/** Both directions of a composition, or the one that serves for both; the parts of each with their laws. */
export function directions(
  parts: readonly Part[],
  relation: Relation,
  fineness: Fineness = usual,
): readonly (readonly LawPart[])[] {
  return sidesOf(
    parts,
    parts.map(({ event, path }) => dominatingLaws(event, relation, path, fineness)),
  )
}

/** The same with laws that the parts dominate, for lower bounds; undefined where the dominating ones are as good. */
export function directionsBelow(
  parts: readonly Part[],
  relation: Relation,
  fineness: Fineness = usual,
): readonly (readonly LawPart[])[] | undefined {
  const below = parts.map(({ event, path }) => dominatedLaws(event, relation, path, fineness))
  if (below.every((each) => each === undefined)) return undefined
  return sidesOf(
    parts,
    parts.map(({ event, path }, k) => below[k] ?? dominatingLaws(event, relation, path, fineness)),
  )
}

function sidesOf(parts: readonly Part[], laws: readonly Laws[]): readonly (readonly LawPart[])[] {
  const side = (i: 0 | 1): readonly LawPart[] =>
    parts.map(({ times }, k) => {
      const [first, second = first] = laws[k] as Laws
      return { law: i === 0 ? first : second, times }
    })
  return laws.some((each) => each.length === 2) ? [side(0), side(1)] : [side(0)]
}

/** The laws of one epoch of random allocation. */
function allocated({ steps, event }: RandomAllocationEvent, relation: Relation, path: string, fineness: Fineness): EpochLaws {
  if (relation === 'replace-one') {
    throw new UnsupportedEventError(
      path,
      'randomAllocation',
      "no pair of distributions that dominates it under 'replace-one' is known; ask for 'add-or-remove', or the 'rdp' accountant for a bound without amplification",
    )
  }
  if (event.kind !== 'gaussian') {
    throw new UnsupportedEventError(
      inside(path, 'event'),
      event.kind,
      "random allocation is known for Gaussian noise only; the other accountants ('rdp' first) may have a bound without amplification",
    )
  }
  const noise = event.noiseMultiplier
  if (noise > 0 && (noise < 1e-3 || noise > 1e4)) {
    throw new UnsupportedEventError(
      inside(path, 'event'),
      event.kind,
      "random allocation is computed for noise multipliers from 0.001 to 10 000 only; the 'rdp' accountant has a bound without amplification",
    )
  }
  return epochLaws(steps, noise, fineness)
}

function unknown(event: PrivacyEvent, path: string, relation: Relation): UnsupportedEventError {
  const others = event.kind === 'fixedSizeSampled' ? "ask for 'replace-one'" : "the 'rdp' accountant may have a bound for it"
  return new UnsupportedEventError(
    path,
    event.kind,
    `no pair of distributions that dominates it under '${relation}' is known; ${others}`,
  )
}

function atMost(atoms: number, event: PrivacyEvent, path: string): void {
  if (atoms <= mostAtoms) return
  throw new UnsupportedEventError(
    path,
    event.kind,
    `its loss has more than ${mostAtoms} values; the 'rdp' accountant has a bound for it`,
  )
}

const gaussian = (shift: number): LossLaw =>
  shift === 0 ? guaranteeLaw(0, 0) : shift <= largestShift ? gaussianPair(shiftedWith(1, shift), unshifted) : revealing()

const twoSidedOrRevealing = (law: (range: number) => LossLaw, range: number): LossLaw =>
  range === 0 ? guaranteeLaw(0, 0) : range <= 1400 ? law(range) : guaranteeLaw(range, 0)

function response(epsilon: number, categories: number, relation: Relation, path: string): Laws {
  switch (relation) {
    case 'replace-one':
      return [responseLaw(epsilon, categories)]
    case 'replace-special':
      return [responseToBlankLaw(epsilon, categories, false), responseToBlankLaw(epsilon, categories, true)]
    case 'add-or-remove':
      throw new UnsupportedEventError(
        path,
        'randomizedResponse',
        "an answer that is there or not shows whether the record is; ask for 'replace-one' or 'replace-special'",
      )
  }
}

function mixture(stddev: number, sensitivities: readonly number[], probabilities: readonly number[]): Laws {
  const moved = sensitivities.flatMap((sensitivity, i) => {
    const weight = probabilities[i] as number
    return sensitivity > 0 && weight > 0 ? [{ shift: sensitivity / stddev, weight }] : []
  })
  const weights = moved.map(({ weight }) => weight)
  if (moved.length === 0) return [guaranteeLaw(0, 0)]
  const all = weights.reduce((a, b) => a + b, 0)
  const still = sensitivities.some((sensitivity, i) => sensitivity === 0 && (probabilities[i] as number) > 0)
  if (moved.some(({ shift }) => !(shift <= largestShift))) {
    if (!still) return [revealing()]
    return [sampledRemoved(Math.min(all, 1), revealing()), sampledAdded(Math.min(all, 1), revealing())]
  }
  const right: Mixture = { shifts: moved.map(({ shift }) => shift), weights, rest: still ? Math.max(0, 1 - all) : 0 }
  return [gaussianPair(right, unshifted), gaussianPair(unshifted, right)]
}

function single(event: PrivacyEvent, path: string): PrivacyEvent {
  if (event.kind !== 'composed' && event.kind !== 'repeated') return event
  throw new UnsupportedEventError(
    inside(path, 'event'),
    event.kind,
    'several releases on one sample have no known pair; sample each by itself',
  )
}

function sampled(rate: number, base: PrivacyEvent, relation: Relation, path: string, fineness: Fineness): Laws {
  const event = single(base, path)
  if (event.kind === 'gaussian' && event.noiseMultiplier > 0 && 1 / event.noiseMultiplier <= largestShift) {
    const moved = shiftedWith(rate, 1 / event.noiseMultiplier)
    return relation === 'replace-one'
      ? [gaussianPair(moved, moved)]
      : [gaussianPair(moved, unshifted), gaussianPair(unshifted, moved)]
  }
  if (event.kind === 'randomizedResponse' && relation === 'replace-one') {
    // Not sampled means a uniform answer: randomised response again, with less weight on the truth.
    const e = Math.exp(-event.epsilon)
    const gain = -rate * Math.expm1(-event.epsilon)
    const other = (1 - rate) * ((1 - e) / event.categories + e) + rate * e
    return [responseLaw(Math.log1p(gain / other), event.categories)]
  }
  if (relation === 'replace-one') throw unknown({ kind: 'poissonSampled', samplingRate: rate, event: base }, path, relation)
  const [removed, added = removed] = dominatingLaws(event, relation, inside(path, 'event'), fineness)
  return [sampledRemoved(rate, removed), sampledAdded(rate, added)]
}

/**
 * A Poisson sample of which at most B are kept. Whether B of the other records came is a draw of its own, with probability t. If not, the record
 * joins at the sampling rate and nobody has to leave. If so, it joins in place of another record, at twice the distance, at rate r:
 *
 *     t = P(Bin(n, q) >= B),        r = E(q B / (m + 1) | m >= B) = B P(Bin(n + 1, q) > B) / ((n + 1) t),      m ~ Bin(n, q)
 *
 * since which B others are taken, and who of them leaves, does not depend on m.
 */
function truncated(event: TruncatedPoissonSampledEvent, relation: Relation, path: string, fineness: Fineness): Laws {
  const { samplingRate, populationSize, maximumBatch } = event
  if (relation === 'replace-special' || event.event.kind !== 'gaussian') {
    const why =
      event.event.kind === 'gaussian'
        ? 'whether a blank takes the place of another record is not said'
        : 'a pair that dominates it is known around Gaussian noise only'
    throw new UnsupportedEventError(path, event.kind, `${why}; the 'rdp' accountant may have a bound for it`)
  }
  const crowded = binomialAtLeast(maximumBatch, populationSize, samplingRate)
  const rate =
    (maximumBatch * binomialAtLeast(maximumBatch + 1, populationSize + 1, samplingRate)) / ((populationSize + 1) * crowded)
  const free = sampled(samplingRate, event.event, relation, path, fineness)
  if (!(crowded > 0)) return free
  const twice = gaussianEvent({ noiseMultiplier: event.event.noiseMultiplier / 2 })
  const taken = sampled(Math.min(rate * (1 + 1e-12), 1), twice, relation, path, fineness)
  const t = Math.min(1, crowded * (1 + 1e-12))
  const laws = free.map((law, i) =>
    mixedLaw([
      { weight: 1 - t, law },
      { weight: t, law: taken[i] as LossLaw },
    ]),
  )
  return laws as unknown as Laws
}
