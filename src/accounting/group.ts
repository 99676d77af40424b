/**
 * Group privacy: the event that k records at once mean, so that every accountant answers for a group, or for a user with k records.
 *
 * | event | for k records | why |
 * | --- | --- | --- |
 * | Gaussian, Laplace, discrete and Skellam noise, tree | the same noise, its sensitivity k times as large | exact: contributions may all point one way |
 * | exponential, permute-and-flip at epsilon | at k epsilon | exact: the same mechanism with k times the sensitivity |
 * | randomised response | k times over | exact: k answers change |
 * | pure epsilon | k epsilon | k steps; attained |
 * | (epsilon, delta) | (k epsilon, delta (1 + e^epsilon + ... + e^((k-1) epsilon))) | k steps (Vadhan 2017, lemma 2.2, summed) |
 * | rho-zCDP | k^2 rho | Bun and Steinke 2016 (arXiv 1605.02635), proposition 1.9 |
 * | mu-GDP | k mu | Dong, Roth and Su 2019 (arXiv 1905.02383), theorem 2.14 |
 * | Poisson-sampled Gaussians | mixture of Gaussians: i of the k join with probability Bin(k, q)(i) | Ganesh 2024 (arXiv 2401.10294); exact |
 * | Poisson-sampled, other | (what is inside, for k records), sampled at 1 - (1 - q)^k | someone of the group joins; docs/accounting-internals.md |
 * | fixed-size samples, random allocation | what is inside, for k records | no amplification is claimed: quasi-convexity |
 *
 * A composition is mapped part by part, which is valid for adaptive ones too: each part meets its bound for neighbours that are k records
 * apart, and composition theorems hold for any notion of neighbours. Under 'add-or-remove' all k records of the group come or go
 * together, under 'replace-special' all become blanks, under 'replace-one' all become others.
 *
 * Renyi divergences of a mechanism of which only the curve is known: `groupRenyi`.
 *
 * *Promise*: the event is never more private than the group: each parameter is rounded to that side.
 * *Limits*: what has no bound is refused with its path: mixtures (say how k records take part together), truncated samples, and Poisson
 * samples under 'replace-one'.
 *
 * @module
 */

import { InvalidParameterError, UnsupportedEventError } from '../errors.ts'
import { gaussian, mixtureOfGaussians, poissonSampled } from '../events/builders.ts'
import { freeze } from '../events/freeze.ts'
import type { EventKind, PoissonSampledEvent, PrivacyEvent } from '../events/kinds.ts'
import { inside } from '../events/path.ts'
import { integer, options } from '../guard.ts'
import { binomialLogProbability } from '../numeric/binomial.ts'
import { addUp, divDown, mulUp, subDown } from '../numeric/directed.ts'
import { readRelation } from './query.ts'
import type { Relation } from './relation.ts'

export type GroupOptions = {
  /** The size of the group, or the most records that one user has. */
  readonly records: number
  readonly relation?: Relation
}

/** Which bound was used for a kind of event, and where that was met first. */
export type GroupBound = { readonly kind: EventKind; readonly path: string; readonly exact: boolean; readonly bound: string }

/**
 * An event that stands for `records` records at once, and what it rests on. An accountant's upper bound for it is one for the group; its
 * lower bound is one only where all bounds are exact.
 */
export type GroupEvent = {
  readonly event: PrivacyEvent
  readonly records: number
  readonly relation: Relation
  readonly bounds: readonly GroupBound[]
}

/** What an event reveals about a group of records, as an event: hand it to any accountant, under the same relation. */
export function groupEvent(event: PrivacyEvent, given: GroupOptions): GroupEvent {
  options('options', given, ['records', 'relation'])
  const records = integer('records', given.records, { atLeast: 1 })
  const relation = readRelation(given.relation)
  const bounds = new Map<string, GroupBound>()
  const note: Note = (kind, path, exact, bound) => {
    const key = `${kind} ${bound}`
    if (!bounds.has(key)) bounds.set(key, Object.freeze({ kind, path, exact, bound }))
  }
  const whole = freeze(event)
  const grouped = records === 1 ? whole : freeze(groupOf(whole, '', { k: records, relation, note }))
  return Object.freeze({ event: grouped, records, relation, bounds: Object.freeze([...bounds.values()]) })
}

type Note = (kind: EventKind, path: string, exact: boolean, bound: string) => void
type Group = { readonly k: number; readonly relation: Relation; readonly note: Note }

function groupOf(event: PrivacyEvent, path: string, group: Group): PrivacyEvent {
  const { k, relation, note } = group
  const scaled = (bound = 'the sensitivity grows k-fold', exact = true): void => note(event.kind, path, exact, bound)
  switch (event.kind) {
    case 'gaussian':
    case 'laplace':
    case 'tree':
      scaled()
      return { ...event, noiseMultiplier: divDown(event.noiseMultiplier, k) }
    case 'discreteGaussian':
    case 'discreteLaplace':
      scaled()
      return { ...event, sensitivity: wholeProduct(event.sensitivity, k, inside(path, 'sensitivity')) }
    case 'skellam':
      scaled()
      return { ...event, l1Sensitivity: mulUp(event.l1Sensitivity, k), l2Sensitivity: mulUp(event.l2Sensitivity, k) }
    case 'exponential':
    case 'permuteAndFlip':
      scaled()
      return claimed({ ...event, epsilon: mulUp(event.epsilon, k) }, event.epsilon * k)
    case 'randomizedResponse':
      scaled('k answers')
      return { kind: 'repeated', times: k, event }
    case 'pure':
      scaled('k steps: k epsilon')
      return claimed({ ...event, epsilon: mulUp(event.epsilon, k) }, event.epsilon * k)
    case 'approximate':
      scaled('k steps: k epsilon, and delta times 1 + e^epsilon + ... + e^((k-1) epsilon)', false)
      return claimed(
        { ...event, epsilon: mulUp(event.epsilon, k), delta: overSteps(event.delta, event.epsilon, k) },
        event.epsilon * k,
      )
    case 'zcdp':
      scaled('k^2 rho', false)
      return claimed({ ...event, rho: mulUp(mulUp(event.rho, k), k) }, event.rho * k * k)
    case 'gdp':
      scaled('k mu')
      return claimed({ ...event, mu: mulUp(event.mu, k) }, event.mu * k)
    case 'nonPrivate':
      return event
    case 'repeated':
    case 'repeatAndSelect':
      return { ...event, event: groupOf(event.event, inside(path, 'event'), group) }
    case 'composed':
      return { ...event, events: event.events.map((each, i) => groupOf(each, inside(path, `events[${i}]`), group)) }
    case 'poissonSampled':
      if (relation === 'replace-one')
        throw refused(event, path, "a Poisson sample of replaced records; ask for 'replace-special'")
      return ofPoissonSample(event, path, group)
    case 'fixedSizeSampled':
      if (relation === 'add-or-remove') throw refused(event, path, "added records that displace others; ask for 'replace-one'")
      note(event.kind, path, false, 'unsampled, by quasi-convexity: no amplification is claimed')
      return groupOf(event.event, inside(path, 'event'), group)
    case 'randomAllocation':
      note(event.kind, path, false, 'all records in one step, by quasi-convexity: no amplification is claimed')
      return groupOf(addsUp(event.event, inside(path, 'event')), inside(path, 'event'), group)
    default:
      throw refused(event, path, 'it')
  }
}

const refused = (event: PrivacyEvent, path: string, what: string): UnsupportedEventError =>
  new UnsupportedEventError(path, event.kind, `no bound for a group of records is known for ${what}`)

function wholeProduct(a: number, b: number, path: string): number {
  const product = a * b
  if (!Number.isSafeInteger(product)) throw new InvalidParameterError(path, 'at most 2^53 - 1 when taken k times', product)
  return product
}

/** A claim so weak that it overflows is no claim. */
const claimed = (event: PrivacyEvent, size: number): PrivacyEvent => (Number.isFinite(size) ? event : { kind: 'nonPrivate' })

/** delta (1 + e^epsilon + ... + e^((k - 1) epsilon)), rounded up. */
function overSteps(delta: number, epsilon: number, k: number): number {
  if (delta === 0) return 0
  const up = 1 + 2 ** -44
  const factor =
    epsilon === 0 ? k : k * epsilon > 700 ? Number.POSITIVE_INFINITY : (Math.expm1(k * epsilon) / Math.expm1(epsilon)) * up
  return Math.min(1, mulUp(delta, factor))
}

/**
 * An event whose bound for records in different steps is no worse than with all in one step: noise whose L2 norms add up, and
 * guarantees that add up over steps no faster than over records.
 */
function addsUp(event: PrivacyEvent, path: string): PrivacyEvent {
  switch (event.kind) {
    case 'gaussian':
    case 'gdp':
    case 'zcdp':
    case 'pure':
      return event
    case 'repeated':
      addsUp(event.event, inside(path, 'event'))
      return event
    case 'composed':
      event.events.forEach((each, i) => {
        addsUp(each, inside(path, `events[${i}]`))
      })
      return event
    default:
      throw refused(event, path, 'it where the records are dealt to different steps')
  }
}

function ofPoissonSample(event: PoissonSampledEvent, path: string, group: Group): PrivacyEvent {
  const { k, note } = group
  const { samplingRate: q, event: base } = event
  if (base.kind === 'poissonSampled') {
    const rate = Math.min(1, mulUp(q, base.samplingRate))
    return ofPoissonSample({ ...event, samplingRate: rate, event: base.event }, path, group)
  }
  const noise = merged(base)
  if (noise !== undefined) {
    if (k > mostJoining) throw new InvalidParameterError('records', `at most ${mostJoining} of a Poisson sample`, k)
    note(event.kind, path, true, 'a mixture of Gaussians: i of the k records join with probability Bin(k, q)(i)')
    if (q === 0) return { ...event, event: gaussian({ noiseMultiplier: noise }) }
    return mixtureOfGaussians({ stddev: noise, ...joining(k, q) })
  }
  note(event.kind, path, false, 'the bound for k records, sampled at the probability 1 - (1 - q)^k that one of them joins')
  const rate = Math.min(1, -Math.expm1(k * Math.log1p(-q)) * (1 + 2 ** -48))
  return poissonSampled({ samplingRate: rate, event: groupOf(base, inside(path, 'event'), group) })
}

/** The noise multiplier of Gaussians on one sample, rounded down: SUM times / s^2 = 1 / merged^2. Undefined where there is something else. */
function merged(event: PrivacyEvent): number | undefined {
  const precision = precisionOf(event)
  if (precision === undefined) return undefined
  if (event.kind === 'gaussian') return event.noiseMultiplier
  return precision === 0 ? Number.MAX_VALUE : (1 / Math.sqrt(precision)) * (1 - 2 ** -50)
}

function precisionOf(event: PrivacyEvent): number | undefined {
  switch (event.kind) {
    case 'gaussian':
      return mulUp(1 / event.noiseMultiplier, 1 / event.noiseMultiplier) * (1 + 2 ** -51)
    case 'repeated': {
      const one = precisionOf(event.event)
      return one === undefined ? undefined : event.times === 0 ? 0 : mulUp(event.times, one)
    }
    case 'composed': {
      let sum = 0
      for (const each of event.events) {
        const one = precisionOf(each)
        if (one === undefined) return undefined
        sum = addUp(sum, one)
      }
      return sum
    }
    default:
      return undefined
  }
}

/** So many records may share in a Poisson sample; the mixture has some 17 000 components then, which accountants take minutes for. */
const mostJoining = 1e6
/** Below this log-probability ends of the binomial are put together with a larger number of records. */
const negligible = -140

/**
 * How many of k records join, by Bin(k, q), in the form of a mixture: every probability of at least i is rounded up. What is hardly
 * possible is counted as more records than it is.
 */
function joining(k: number, q: number): { readonly sensitivities: readonly number[]; readonly probabilities: readonly number[] } {
  const atoms: { readonly records: number; readonly probability: number }[] = []
  let carried = 0
  const mode = Math.floor((k + 1) * q)
  let i = 1
  for (; i <= k; i++) {
    const log = binomialLogProbability(i, k, q)
    if (log < negligible && i > mode) break
    // An upper bound: the error is 16 u (1 + |log|).
    carried = addUp(carried, log === Number.NEGATIVE_INFINITY ? 0 : Math.exp(log) * (1 + 2 ** -47 * (1 - log)))
    if (log < negligible && i < mode) continue
    atoms.push({ records: i, probability: carried })
    carried = 0
  }
  // Past the mode the terms fall, and there are at most k of them.
  if (i <= k) atoms.push({ records: k, probability: Math.exp(negligible) * k })

  // From the top, as far as there is probability left.
  const sensitivities: number[] = []
  const probabilities: number[] = []
  let left = 1
  for (const { records, probability } of atoms.reverse()) {
    const given = Math.min(left, probability)
    left = subDown(left, given)
    sensitivities.unshift(records)
    probabilities.unshift(given)
  }
  return { sensitivities: [0, ...sensitivities], probabilities: [left, ...probabilities] }
}

/**
 * The Renyi divergence of order a between mechanisms on data sets that are k records apart, from the curve D of one record:
 *
 *     D_a(k records) <= SUM_(j = 1..k)  (k a / (k a - j + 1)) D(k a - j + 1)
 *
 * k - 1 times the weak triangle inequality, Mironov 2017 (arXiv 1702.07476), proposition 11, with its free exponents chosen such that
 * D(a) = rho a gives k^2 rho a, which is the truth for Gaussians; and never more than k D(Infinity). `divergence` must hold for both orders
 * of the neighbours; rounded up.
 */
export function groupRenyi(
  divergence: (order: number) => number,
  given: { readonly records: number; readonly order: number },
): number {
  const { records, order } = options('options', given, ['records', 'order']) as { records: number; order: number }
  const k = integer('records', records, { atLeast: 1 })
  if (!(typeof order === 'number' && order > 1)) throw new InvalidParameterError('order', 'a number > 1', order)
  // Losses add up over the steps.
  const largest = mulUp(k, divergence(Number.POSITIVE_INFINITY))
  if (order === Number.POSITIVE_INFINITY) return largest
  const top = mulUp(k, order)
  let sum = 0
  for (let j = 1; j <= k; j++) {
    const at = top - j + 1
    sum = addUp(sum, mulUp((top / at) * (1 + 2 ** -51), divergence(at)))
  }
  return Math.min(sum, largest)
}
