/**
 * Private selection: which of several candidates has the highest score, without showing the scores.
 *
 *     exponential       P(i) proportional to w_i                                                       McSherry and Talwar 2007
 *     permuteAndFlip    candidates in random order, the first whose coin of probability w_i shows heads    McKenna and Sheldon 2020
 *     w_i = e^(-epsilon (best - score_i) / (2 sensitivity))
 *
 * Permute-and-flip is never worse: its expected shortfall is at most that of the exponential mechanism, for every set of scores.
 *
 * *Monotonic* scores, of which one record moves all up or all down, count twice as much. Both laws see nothing but differences of scores. So where
 * scores move by amounts in [0, sensitivity], half the sensitivity may be taken off all of them: they move by at most half of it either way, and
 * everything that is known of the general case holds, the event's meaning included.
 *
 * *Promise*: exactly these probabilities: scores and parameters count at their exact value, and no weight is ever summed. What is no number counts as a
 * score of 0, infinities as the largest doubles.
 * *Limits*: of 10 000 candidates 0.1 to 0.2 ms, wherever the best one is; how long exactly depends a little on the scores.
 *
 *     const { release, event } = permuteAndFlip({ sensitivity: 1, epsilon: 1, insecureRandom: insecureSeeded(1) })
 *     release([3, 40, 12]) // => 1
 *     event // => { kind: 'permuteAndFlip', epsilon: 1 }
 *
 * @module
 */

import { InvalidParameterError } from '../errors.ts'
import { exponential as exponentialEvent, permuteAndFlip as permuteAndFlipEvent } from '../events/builders.ts'
import type { ExponentialEvent, PermuteAndFlipEvent } from '../events/kinds.ts'
import { flag, integer, options, orElse } from '../guard.ts'
import type { Rational } from '../numeric/rational.ts'
import * as rational from '../numeric/rational.ts'
import { type ExactNumber, exactNumber, positive } from '../random/exact-number.ts'
import { finite } from '../random/float-grid.ts'
import { type SourceOptions, sourceOf, sourceOptionNames } from '../random/source-options.ts'
import { demandDoubles, type ErrorOptions, type Mechanism, readConfidence } from './mechanism.ts'
import { type Draw, drawExponential, drawPermuteAndFlip, type Rate } from './selection/draws.ts'

export type SelectionOptions = SourceOptions & {
  /** The most that any one score can differ between neighbours, under the relation that accountants will be asked for: the event has but one epsilon. */
  readonly sensitivity: ExactNumber
  readonly epsilon: ExactNumber
  /** Whether a record moves all scores up or all of them down, as counts when it is added; then it may weigh twice as much. */
  readonly monotonic?: boolean | undefined
}

/** How far the score of what is selected may be below the best one. */
export type SelectionError = {
  readonly confidence: number
  /** The score is within this of the best with probability `confidence` or more, whatever the scores. */
  readonly shortfall: number
}

/** Scores to choose among. */
export type Scores = readonly number[] | Float64Array | Float32Array

/** Scores in, the index of one of them out. */
export type SelectIndex = (scores: Scores) => number

/** `candidates` is 2 where it is left out. */
export type SelectionErrorOptions = ErrorOptions & { readonly candidates?: number | undefined }

export type Selection<Event> = Omit<Mechanism<Event, SelectIndex>, 'error'> & {
  readonly error: (options?: SelectionErrorOptions) => SelectionError
}

/** The exponential mechanism. */
export function exponential(given: SelectionOptions): Selection<ExponentialEvent> {
  return selection(given, drawExponential, (epsilon) => exponentialEvent({ epsilon }))
}

/** Permute-and-flip: the better choice unless a proof asks for the other. */
export function permuteAndFlip(given: SelectionOptions): Selection<PermuteAndFlipEvent> {
  return selection(given, drawPermuteAndFlip, (epsilon) => permuteAndFlipEvent({ epsilon }))
}

/** The names of their options. */
export const selectionOptionNames: readonly string[] = ['sensitivity', 'epsilon', 'monotonic', ...sourceOptionNames]

function selection<Event>(given: SelectionOptions, draw: Draw, eventOf: (epsilon: number) => Event): Selection<Event> {
  const known = options('options', given, selectionOptionNames)
  const exact = exactNumber('epsilon', known['epsilon'], positive)
  const rate = rateOf(known, exact)
  const { bits, provenance } = sourceOf(known)
  const epsilon = rational.toNumber(exact, 'up')
  demandDoubles('epsilon', known['epsilon'], 1, epsilon)
  return Object.freeze({
    provenance,
    event: eventOf(epsilon),
    guarantee: Object.freeze({ epsilon, delta: 0 }),
    error: (asked) => shortfallOf(asked, rate.near, 1),
    release: (scores) => draw(bits, scoresOf(scores), rate),
  } satisfies Selection<Event>)
}

/** What a score counts in a selection of this epsilon: half of epsilon / sensitivity, or all of it. */
export function rateOf(known: Record<string, unknown>, epsilon: Rational): Rate {
  const sensitivity = exactNumber('sensitivity', known['sensitivity'], positive)
  const weight = flag('monotonic', known['monotonic']) ? 0 : 1
  const exact = rational.divide(epsilon, rational.scaleByPowerOfTwo(sensitivity, weight))
  const near = rational.toNumber(exact)
  // Away from both ends of the doubles, where a product with it would lose its digits.
  demandDoubles('epsilon', known['epsilon'], near > 2 ** -900 && near < 2 ** 900 ? near : 0, 0)
  return { exact, near }
}

/** A candidate of weight w is selected with probability w or less, in each of so many selections. */
export function shortfallOf(asked: unknown, rate: number, selections: number): SelectionError {
  const { candidates, ...rest } = options('options', orElse(asked, {}), ['confidence', 'candidates'])
  const n = integer('candidates', orElse(candidates, 2), { atLeast: 1 })
  const { confidence, risk } = readConfidence(rest)
  return Object.freeze({ confidence, shortfall: Math.log((n * selections) / risk) / rate })
}

/** The scores as doubles, in a new array. */
export function scoresOf(scores: unknown): Float64Array {
  const array = Array.isArray(scores) || scores instanceof Float64Array || scores instanceof Float32Array
  if (!array || scores.length === 0) {
    throw new InvalidParameterError('scores', 'an array of at least one number', array ? 'an empty one' : typeof scores)
  }
  const values = new Float64Array(scores.length)
  for (let i = 0; i < values.length; i++) {
    const score: unknown = scores[i]
    values[i] = typeof score === 'number' ? finite(score) : 0
  }
  return values
}
