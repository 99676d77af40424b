/**
 * Private selection: which of several candidates has the highest score, without showing the scores.
 *
 *     exponential       P(i) proportional to w_i                                                       McSherry and Talwar 2007
 *     permuteAndFlip    candidates in random order, the first whose coin of probability w_i shows heads    McKenna and Sheldon 2020
 *     w_i = e^(-epsilon (best - score_i) / (2 sensitivity))
 *
 * Both are one loop over coins that are thrown at uniformly drawn candidates; permute-and-flip draws each but once, and is never worse: its
 * expected shortfall is at most that of the exponential mechanism, for every set of scores.
 *
 * *Promise*: exactly these probabilities: scores and parameters count at their exact value, and no weight is ever summed. What is no number counts as a
 * score of 0, infinities as the largest doubles.
 * *Limits*: at most as many coins as there are candidates (for `exponential`, on average): of 10 000, 0.1 ms, and up to
 * 0.5 ms where one is far ahead of all others. How many were thrown depends on the
 * scores, and so does the time.
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
import { integer, options, orElse } from '../guard.ts'
import type { Rational } from '../numeric/rational.ts'
import * as rational from '../numeric/rational.ts'
import { drawExp } from '../random/bernoulli.ts'
import type { BitSource } from '../random/bit-source.ts'
import { type ExactNumber, exactNumber, positive } from '../random/exact-number.ts'
import { finite } from '../random/float-grid.ts'
import { type SourceOptions, sourceOf, sourceOptionNames } from '../random/source-options.ts'
import { demandDoubles, type ErrorOptions, type Mechanism, readConfidence } from './mechanism.ts'

export type SelectionOptions = SourceOptions & {
  /** The most that any one score can differ between neighbours, under the relation that accountants will be asked for: the event has but one epsilon. */
  readonly sensitivity: ExactNumber
  readonly epsilon: ExactNumber
}

/** How far the score of what is selected may be below the best one. */
export type SelectionError = {
  readonly confidence: number
  /** The score is within this of the best with probability `confidence` or more, whatever the scores. */
  readonly shortfall: number
}

/** Scores in, the index of one of them out. */
export type SelectIndex = (scores: readonly number[] | Float64Array | Float32Array) => number

export type Selection<Event> = Omit<Mechanism<Event, SelectIndex>, 'error'> & {
  /** `candidates` is 2 where it is left out. */
  readonly error: (options?: ErrorOptions & { readonly candidates?: number | undefined }) => SelectionError
}

/** The exponential mechanism. */
export function exponential(given: SelectionOptions): Selection<ExponentialEvent> {
  return selection(given, drawExponential, (epsilon) => exponentialEvent({ epsilon }))
}

/** Permute-and-flip: the better choice unless a proof asks for the other. */
export function permuteAndFlip(given: SelectionOptions): Selection<PermuteAndFlipEvent> {
  return selection(given, drawPermuteAndFlip, (epsilon) => permuteAndFlipEvent({ epsilon }))
}

type Draw = (bits: BitSource, candidates: number, heads: (i: number) => boolean) => number

const drawExponential: Draw = (bits, candidates, heads) => {
  for (;;) {
    const i = bits.below(candidates)
    if (heads(i)) return i
  }
}

const drawPermuteAndFlip: Draw = (bits, candidates, heads) => {
  const order = new Uint32Array(candidates)
  for (let i = 0; i < candidates; i++) order[i] = i
  // The best candidate's coin always shows heads, so this ends before nobody is left.
  for (let left = candidates; ; left--) {
    const at = bits.below(left)
    const i = order[at] as number
    if (heads(i)) return i
    order[at] = order[left - 1] as number
  }
}

function selection<Event>(given: SelectionOptions, draw: Draw, eventOf: (epsilon: number) => Event): Selection<Event> {
  const known = options('options', given, ['sensitivity', 'epsilon', ...sourceOptionNames])
  const sensitivity = exactNumber('sensitivity', known['sensitivity'], positive)
  const exact = exactNumber('epsilon', known['epsilon'], positive)
  const { bits, provenance } = sourceOf(known)
  const epsilon = rational.toNumber(exact, 'up')
  const rate = rational.divide(exact, rational.scaleByPowerOfTwo(sensitivity, 1))
  const perScore = rational.toNumber(rate)
  // Away from both ends of the doubles, where a product with it would lose its digits.
  demandDoubles('epsilon', known['epsilon'], perScore > 2 ** -900 && perScore < 2 ** 900 ? perScore : 0, epsilon)

  const release: SelectIndex = (scores) => {
    const values = scoresOf(scores)
    let best = values[0] as number
    for (let i = 1; i < values.length; i++) best = Math.max(best, values[i] as number)
    const heads = (i: number): boolean => {
      const score = values[i] as number
      // Three roundings: within 2^-51 of the exponent.
      const exponent = Math.min((best - score) * perScore, Number.MAX_VALUE)
      return score === best || drawExp(bits, exponent, () => exactExponent(best, score, rate))
    }
    return draw(bits, values.length, heads)
  }
  return Object.freeze({
    provenance,
    event: eventOf(epsilon),
    guarantee: Object.freeze({ epsilon, delta: 0 }),
    error: (asked) => {
      const { candidates, ...rest } = options('options', orElse(asked, {}), ['confidence', 'candidates'])
      const n = integer('candidates', orElse(candidates, 2), { atLeast: 1 })
      const { confidence, risk } = readConfidence(rest)
      return Object.freeze({ confidence, shortfall: Math.log(n / risk) / perScore })
    },
    release,
  } satisfies Selection<Event>)
}

function exactExponent(best: number, score: number, rate: Rational): Rational {
  return rational.multiply(rational.subtract(rational.fromNumber(best), rational.fromNumber(score)), rate)
}

function scoresOf(scores: unknown): Float64Array {
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
