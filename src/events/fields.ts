/**
 * The rules of every kind of event, once: builders, `freeze` and `parse` all read this table, so a document and a call obey
 * the same law and get the same words.
 *
 * @module
 */

import { InvalidParameterError } from '../errors.ts'
import { array, integer, number } from '../guard.ts'
import type { EventKind, EventOfKind } from './kinds.ts'

/** Checks one field and returns it, or throws an `InvalidParameterError` that carries `path`. */
export type FieldRule<T> = (path: string, value: unknown) => T

type ChildField = 'event' | 'events'

type KindRules<E> = {
  /** In the order in which they are written to JSON. */
  readonly fields: { readonly [F in Exclude<keyof E, 'kind' | ChildField>]-?: FieldRule<E[F]> }
  /** What an absent field means. */
  readonly defaults?: { readonly [F in Exclude<keyof E, 'kind' | ChildField>]?: E[F] }
  /** The field that holds other events. */
  readonly child?: Extract<keyof E, ChildField>
  /** Requirements between fields, checked when each alone is right. */
  readonly together?: (event: Omit<E, ChildField>, path: (field: string) => string) => void
}

// A negative zero would come back from JSON as a positive one.
const double =
  (range: Parameters<typeof number>[2]): FieldRule<number> =>
  (path, value) =>
    number(path, value, range) + 0
const whole =
  (range: Parameters<typeof integer>[2]): FieldRule<number> =>
  (path, value) =>
    integer(path, value, range) + 0

const nonNegative: FieldRule<number> = double({ atLeast: 0 })
const positive: FieldRule<number> = double({ above: 0 })
const probability: FieldRule<number> = double({ atLeast: 0, atMost: 1 })
const count: FieldRule<number> = whole({ atLeast: 0 })
const positiveCount: FieldRule<number> = whole({ atLeast: 1 })

const listOf =
  (rule: FieldRule<number>): FieldRule<readonly number[]> =>
  (path, value) =>
    Object.freeze(Array.from(array(path, value, 1), (element, i) => rule(`${path}[${i}]`, element)))

/** What repeatAndSelect calls the number of runs: a shape above -1, or Poisson. */
const runs: FieldRule<number | 'poisson'> = (path, value) => {
  if (value === 'poisson') return value
  if (typeof value === 'string') throw new InvalidParameterError(path, "a finite number > -1 or 'poisson'", value)
  return double({ above: -1 })(path, value)
}

/** Probabilities come from doubles (binomials, ratios), so their sum may miss one by rounding and by no more than that. */
const slack = 1e-12

export const rules: { readonly [K in EventKind]: KindRules<EventOfKind<K>> } = {
  gaussian: { fields: { noiseMultiplier: nonNegative } },
  laplace: { fields: { noiseMultiplier: nonNegative } },
  discreteGaussian: { fields: { stddev: nonNegative, sensitivity: positiveCount } },
  discreteLaplace: { fields: { scale: nonNegative, sensitivity: positiveCount } },
  randomizedResponse: { fields: { epsilon: nonNegative, categories: whole({ atLeast: 2 }) }, defaults: { categories: 2 } },
  exponential: { fields: { epsilon: nonNegative } },
  permuteAndFlip: { fields: { epsilon: nonNegative } },
  pure: { fields: { epsilon: nonNegative } },
  approximate: { fields: { epsilon: nonNegative, delta: probability } },
  zcdp: { fields: { rho: nonNegative } },
  gdp: { fields: { mu: nonNegative } },
  nonPrivate: { fields: {} },
  mixtureOfGaussians: {
    fields: { stddev: nonNegative, sensitivities: listOf(nonNegative), probabilities: listOf(probability) },
    together: ({ sensitivities, probabilities }, path) => {
      if (sensitivities.length !== probabilities.length) {
        throw new InvalidParameterError(
          path('probabilities'),
          `as long as the sensitivities (${sensitivities.length})`,
          probabilities,
        )
      }
      const total = probabilities.reduce((sum, p) => sum + p, 0)
      if (Math.abs(total - 1) > slack + probabilities.length * Number.EPSILON) {
        throw new InvalidParameterError(path('probabilities'), 'a distribution: a sum of 1', total)
      }
    },
  },
  skellam: { fields: { variance: nonNegative, l1Sensitivity: positive, l2Sensitivity: positive } },
  tree: {
    fields: { noiseMultiplier: nonNegative, steps: positiveCount, participations: positiveCount, separation: positiveCount },
    defaults: { participations: 1, separation: 1 },
    together: ({ steps, participations, separation }, path) => {
      if (participations > 1 && (participations - 1) * separation >= steps) {
        throw new InvalidParameterError(
          path('participations'),
          `at most ${Math.floor((steps - 1) / separation) + 1} (${steps} steps, ${separation} apart)`,
          participations,
        )
      }
    },
  },
  repeatAndSelect: {
    fields: { mean: positive, shape: runs },
    child: 'event',
    together: ({ mean, shape }, path) => {
      if (shape !== 'poisson' && mean < 1) {
        throw new InvalidParameterError(
          path('mean'),
          "at least 1 unless the shape is 'poisson' (zero runs are truncated away)",
          mean,
        )
      }
    },
  },
  poissonSampled: { fields: { samplingRate: probability }, child: 'event' },
  fixedSizeSampled: {
    fields: { sampleSize: count, populationSize: positiveCount },
    child: 'event',
    together: ({ sampleSize, populationSize }, path) => {
      if (sampleSize > populationSize) {
        throw new InvalidParameterError(path('sampleSize'), `at most the populationSize (${populationSize})`, sampleSize)
      }
    },
  },
  truncatedPoissonSampled: {
    fields: { samplingRate: probability, populationSize: positiveCount, maximumBatch: positiveCount },
    child: 'event',
  },
  randomAllocation: { fields: { steps: positiveCount }, child: 'event' },
  repeated: { fields: { times: count }, child: 'event' },
  composed: { fields: {}, child: 'events' },
}

/** Every kind, in the order of the table. */
export const eventKinds: readonly EventKind[] = Object.freeze(Object.keys(rules) as EventKind[])
