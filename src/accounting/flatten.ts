/**
 * The normal form of an event: a flat list of parts, each a primitive or a sampled primitive, with how often it occurs.
 *
 *     composed([g(1), repeated(3, poissonSampled(q, g(2))), g(1)])   ->   1 x g(1 / sqrt 2),  3 x poissonSampled(q, g(2))
 *
 * Composition is a sum over parts; whatever only groups is taken away here, once, and no accountant sees it:
 *
 * - repeated and composed are multiplied out; a part that occurs no times, or on a sample of nothing, is dropped; equal parts are
 *   counted together;
 * - Gaussians become one, 1 / s^2 = SUM times / s_i^2, and a tree is a Gaussian (tree.ts). gdp becomes one by SUM mu^2
 *   and zcdp by SUM rho, each by itself: these two speak of the relation at hand, while the distance of a Gaussian depends on it;
 * - a sample of everything is no sample; a Poisson sample of a Poisson sample has the product of the rates; a truncation that
 *   can't bite is dropped; a Poisson-sampled mixture of Gaussians is a mixture with more weight at 0; a mixture of 0 and one other
 *   sensitivity is a Poisson-sampled Gaussian;
 * - what shares one sample is treated so too, and if several parts are left they stay one composed event inside the sample.
 *
 * *Promise*: the parts mean what the event meant, under every relation. None is repeated, composed or a tree; they stand in the
 * order of first occurrence; `path` is where in the event the first of each sits. The time is linear in the length.
 * *Limits*: `times` up to 2^53 - 1, refused above. The size of a merged part is rounded a few times (relative error < 4e-16,
 * MEASURED). 1e6 different parts take 1.4 s and 1e6 equal ones 0.6 s.
 *
 * @module
 */

import { InvalidParameterError } from '../errors.ts'
import { freeze } from '../events/freeze.ts'
import type {
  FixedSizeSampledEvent,
  MixtureOfGaussiansEvent,
  PoissonSampledEvent,
  PrivacyEvent,
  RandomAllocationEvent,
  TruncatedPoissonSampledEvent,
} from '../events/kinds.ts'
import { inside } from '../events/path.ts'
import { dot } from '../numeric/sums.ts'
import { treeSensitivitySquared } from './tree.ts'

/** An event that needs no further taking apart, how often it occurs, and where in the whole it (first) sits. */
export type Part = { readonly event: PrivacyEvent; readonly times: number; readonly path: string }

type Sampled =
  | PoissonSampledEvent
  | FixedSizeSampledEvent
  | TruncatedPoissonSampledEvent
  | RandomAllocationEvent
  | MixtureOfGaussiansEvent

/** Parts that are counted together, or, where many are one, added up: `sizes[i]` occurs `counts[i]` times. */
type Group = {
  readonly event: PrivacyEvent
  times: number
  readonly path: string
  readonly sizes: number[]
  readonly counts: number[]
}

/** The parts of an event. */
export function flatten(event: PrivacyEvent): readonly Part[] {
  return Object.freeze(partsOf(freeze(event), ''))
}

function partsOf(event: PrivacyEvent, path: string): Part[] {
  const groups = new Map<string, Group>()
  const add = (part: PrivacyEvent, times: number, at: string): void => {
    const size = sizeOf(part)
    const key = size === undefined ? JSON.stringify(part) : part.kind
    let group = groups.get(key)
    if (group === undefined) {
      group = { event: part, times: 0, path: at, sizes: [], counts: [] }
      groups.set(key, group)
    }
    if (size === undefined) group.times = occurrences(group.times + times, at)
    else {
      group.sizes.push(size)
      group.counts.push(times)
    }
  }
  const collect = (from: PrivacyEvent, times: number, at: string): void => {
    if (times === 0) return
    switch (from.kind) {
      case 'repeated':
        collect(from.event, occurrences(times * from.times, at), inside(at, 'event'))
        return
      case 'composed':
        for (let i = 0; i < from.events.length; i++) collect(from.events[i] as PrivacyEvent, times, inside(at, `events[${i}]`))
        return
      case 'tree': {
        const { steps, participations, separation } = from
        const noiseMultiplier = from.noiseMultiplier / Math.sqrt(treeSensitivitySquared({ steps, participations, separation }))
        add({ kind: 'gaussian', noiseMultiplier }, times, at)
        return
      }
      case 'repeatAndSelect': {
        const runs = partsOf(from.event, inside(at, 'event'))
        if (runs.length > 0) add({ ...from, event: recompose(runs) }, times, at)
        return
      }
      case 'poissonSampled':
      case 'fixedSizeSampled':
      case 'truncatedPoissonSampled':
      case 'randomAllocation':
      case 'mixtureOfGaussians':
        for (const part of sampledParts(from, at)) add(part.event, occurrences(times * part.times, at), part.path)
        return
      default:
        add(from, times, at)
    }
  }
  collect(event, 1, path)
  return Array.from(groups.values(), merge)
}

function occurrences(times: number, path: string): number {
  if (times <= Number.MAX_SAFE_INTEGER) return times
  throw new InvalidParameterError(path || 'event', 'something that occurs at most 2^53 - 1 times', times)
}

/** What adds up over parts of a kind of which many are one. */
function sizeOf(event: PrivacyEvent): number | undefined {
  switch (event.kind) {
    case 'gaussian':
      return event.noiseMultiplier
    case 'gdp':
      return event.mu
    case 'zcdp':
      return event.rho
    default:
      return undefined
  }
}

function merge({ event, times, path, sizes, counts }: Group): Part {
  const one = (merged: PrivacyEvent): Part => Object.freeze({ event: Object.freeze(merged), times: 1, path })
  switch (event.kind) {
    case 'gaussian': {
      const least = sizes.reduce((a, b) => Math.min(a, b))
      if (least === 0) return one({ kind: 'gaussian', noiseMultiplier: 0 })
      const precision = dot(
        counts,
        Float64Array.from(sizes, (size) => (least / size) ** 2),
      )
      return one({ kind: 'gaussian', noiseMultiplier: least / Math.sqrt(precision) })
    }
    case 'gdp': {
      const most = sizes.reduce((a, b) => Math.max(a, b))
      if (most === 0) return one({ kind: 'gdp', mu: 0 })
      return one(
        finite({
          kind: 'gdp',
          mu:
            most *
            Math.sqrt(
              dot(
                counts,
                Float64Array.from(sizes, (size) => (size / most) ** 2),
              ),
            ),
        }),
      )
    }
    case 'zcdp': {
      // Halved on the way, lest a sum that is still a double overflows in between.
      const most = sizes.reduce((a, b) => Math.max(a, b))
      if (most === 0) return one({ kind: 'zcdp', rho: 0 })
      return one(
        finite({
          kind: 'zcdp',
          rho:
            most *
            dot(
              counts,
              Float64Array.from(sizes, (size) => size / most),
            ),
        }),
      )
    }
    default:
      return Object.freeze({ event: Object.freeze(event), times, path })
  }
}

/** A claim so weak that it overflows is no claim. */
function finite(event: PrivacyEvent): PrivacyEvent {
  return Number.isFinite(sizeOf(event)) ? event : { kind: 'nonPrivate' }
}

/** Parts as one event again, to be put inside a sample. */
function recompose(parts: readonly Part[]): PrivacyEvent {
  const events = parts.map(
    ({ event, times }): PrivacyEvent => (times === 1 ? event : Object.freeze({ kind: 'repeated', times, event })),
  )
  return events.length === 1 ? (events[0] as PrivacyEvent) : Object.freeze({ kind: 'composed', events: Object.freeze(events) })
}

/** What is left of a sampled event: nothing, what was inside, or one part. */
function sampledParts(event: Sampled, path: string): readonly Part[] {
  if (event.kind === 'mixtureOfGaussians') return mixture(event, path)
  const inner = partsOf(event.event, inside(path, 'event'))
  const part = (sampled: PrivacyEvent): readonly Part[] => [{ event: Object.freeze(sampled), times: 1, path }]
  const whole = recompose(inner)
  if (inner.length === 0) return []
  switch (event.kind) {
    case 'poissonSampled': {
      const rate = event.samplingRate
      if (rate === 0) return []
      if (rate === 1) return inner
      if (whole.kind === 'poissonSampled') {
        return part({ ...whole, samplingRate: Math.max(rate * whole.samplingRate, Number.MIN_VALUE) })
      }
      if (whole.kind === 'mixtureOfGaussians') {
        const sensitivities = [0, ...whole.sensitivities]
        const probabilities = [1 - rate, ...whole.probabilities.map((p) => rate * p)]
        return mixture({ ...whole, sensitivities, probabilities }, path)
      }
      return part({ ...event, event: whole })
    }
    case 'fixedSizeSampled':
      if (event.sampleSize === 0) return []
      return event.sampleSize === event.populationSize ? inner : part({ ...event, event: whole })
    case 'truncatedPoissonSampled': {
      const { samplingRate, populationSize, maximumBatch } = event
      if (samplingRate === 0) return []
      if (maximumBatch >= populationSize) return sampledParts({ kind: 'poissonSampled', samplingRate, event: whole }, path)
      return part({ ...event, event: whole })
    }
    case 'randomAllocation':
      return event.steps === 1 ? inner : part({ ...event, event: whole })
  }
}

/** A mixture with each sensitivity once, in order, none impossible; a mixture of one sensitivity, with or without 0, is a Gaussian. */
function mixture({ stddev, sensitivities, probabilities }: MixtureOfGaussiansEvent, path: string): readonly Part[] {
  const weights = new Map<number, number>()
  let total = 0
  for (const [i, sensitivity] of sensitivities.entries()) {
    const probability = probabilities[i] as number
    if (probability === 0) continue
    weights.set(sensitivity, (weights.get(sensitivity) ?? 0) + probability)
    total += probability
  }
  const sorted = [...weights].sort(([a], [b]) => a - b)
  const idle = sorted[0]?.[0] === 0 ? 1 : 0
  const part = (event: PrivacyEvent): readonly Part[] => [{ event: Object.freeze(event), times: 1, path }]
  const [only, more] = sorted.slice(idle)
  if (only === undefined) return []
  if (more === undefined) {
    const noiseMultiplier = Math.min(stddev / only[0], Number.MAX_VALUE)
    const event: PrivacyEvent = Object.freeze({ kind: 'gaussian', noiseMultiplier })
    return part(idle === 0 ? event : { kind: 'poissonSampled', samplingRate: only[1] / total, event })
  }
  return part({
    kind: 'mixtureOfGaussians',
    stddev,
    sensitivities: Object.freeze(sorted.map(([sensitivity]) => sensitivity)),
    probabilities: Object.freeze(sorted.map(([, probability]) => probability / total)),
  })
}
