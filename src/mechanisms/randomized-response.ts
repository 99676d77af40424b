/**
 * Randomised response: each answer is private before it leaves the one who gives it, and shares can still be estimated.
 *
 *     P(release = j | truth i) = e^epsilon / (e^epsilon + k - 1) for j = i,  1 / (e^epsilon + k - 1) for each other j
 *
 * Warner 1965; Kairouz, Bonawitz and Ramage 2016 for k categories. A uniform category is proposed and kept where it is the truth, else
 * with probability e^-epsilon, or another one is proposed: exact coins, no division.
 *
 * *Estimates*: with p and q the two probabilities, a share s gives the answer in (p - q) s + q of the cases. Intervals are Clopper and Pearson's, which hold
 * for answers of a fixed crowd too (Hoeffding 1956: their number is spread less than a binomial one).
 *
 * *Promise*: exactly these probabilities; how long a release takes does not depend on the truth. What is no category counts as category 0, or false.
 * *Limits*: about min(k, e^epsilon) trials a release. Neighbours are two truths of one person: ask accountants for `'replace-one'`.
 *
 *     const response = randomizedResponse({ epsilon: 1, insecureRandom: insecureSeeded(1) })
 *     [response.release(true), response.release(true), response.release(false)] // => [ true, true, false ]
 *     response.error({ responses: 10_000, confidence: 0.95 }).halfWidth // => 0.029388...
 *     response.estimate([4000, 6000])[1] // => { share: 0.716395..., stddev: ..., low: 0.695448..., high: 0.737215... }
 *
 * @module
 */

import { InvalidParameterError } from '../errors.ts'
import { randomizedResponse as randomizedResponseEvent } from '../events/builders.ts'
import type { RandomizedResponseEvent } from '../events/kinds.ts'
import { array, integer, number, options, orElse } from '../guard.ts'
import * as rational from '../numeric/rational.ts'
import { drawExp } from '../random/bernoulli.ts'
import { type ExactNumber, exactNumber, positive } from '../random/exact-number.ts'
import { type SourceOptions, sourceOf, sourceOptionNames } from '../random/source-options.ts'
import { estimateShares, type ShareEstimate } from './local/shares.ts'
import type { ErrorOptions, Mechanism, NoiseError } from './mechanism.ts'
import { demandDoubles, readConfidence } from './mechanism.ts'

export type { ShareEstimate }

export type RandomizedResponseOptions = SourceOptions & {
  readonly epsilon: ExactNumber
  /** How many answers there are, numbered from 0; 2 where it is left out. */
  readonly categories?: number | undefined
}

/** An answer in, an answer out: by its number, as true (1) or false (0) if there are two, or many of them by number. */
export type ReleaseAnswer = <T extends number | boolean | readonly number[]>(
  answer: T,
) => T extends boolean ? boolean : T extends number ? number : number[]

export type RandomizedResponse = Omit<Mechanism<RandomizedResponseEvent, ReleaseAnswer>, 'error'> & {
  /** Of a share that is estimated from so many responses (1 where it is left out); Hoeffding's bound. */
  readonly error: (options?: ErrorOptions & { readonly responses?: number | undefined }) => NoiseError
  /** The true shares, from how often each category was released: unbiased, so perhaps a little outside [0, 1]. */
  readonly estimate: (counts: readonly number[], options?: ErrorOptions) => readonly ShareEstimate[]
}

/** Answers that are the truth only more often than not. */
export function randomizedResponse(given: RandomizedResponseOptions): RandomizedResponse {
  const known = options('options', given, ['epsilon', 'categories', ...sourceOptionNames])
  const exact = exactNumber('epsilon', known['epsilon'], positive)
  const categories = integer('categories', orElse(known['categories'], 2), { atLeast: 2, atMost: 4294967296 })
  const { bits, provenance } = sourceOf(known)
  const epsilon = rational.toNumber(exact, 'up')
  demandDoubles('epsilon', known['epsilon'], 1, epsilon)

  const nearest = rational.toNumber(exact)
  const draw = (truth: number): number => {
    for (;;) {
      const proposed = bits.below(categories)
      // Thrown even for the truth: the time must not tell.
      const kept = drawExp(bits, nearest, () => exact)
      if (proposed === truth || kept) return proposed
    }
  }
  const category = (answer: unknown): number =>
    typeof answer === 'number' && Number.isInteger(answer) && answer >= 0 && answer < categories ? answer + 0 : 0
  const release = (answer: unknown): unknown => {
    if (typeof answer === 'number') return draw(category(answer))
    if (typeof answer === 'boolean' && categories === 2) return draw(answer ? 1 : 0) === 1
    if (Array.isArray(answer)) return Array.from(answer as unknown[], (one) => draw(category(one)))
    const kinds = categories === 2 ? 'true or false, a number or an array of numbers' : 'a number or an array of numbers'
    throw new InvalidParameterError('answer', kinds, typeof answer)
  }

  const other = Math.exp(-nearest)
  const total = 1 + (categories - 1) * other
  const [lie, slope] = [other / total, -Math.expm1(-nearest) / total]
  return Object.freeze({
    provenance,
    event: randomizedResponseEvent({ epsilon, categories }),
    guarantee: Object.freeze({ epsilon, delta: 0 }),
    error: (asked) => {
      const { responses = 1, ...rest } = options('options', orElse(asked, {}), ['confidence', 'responses'])
      const n = integer('responses', responses, { atLeast: 1 })
      const { confidence, risk } = readConfidence(rest)
      // The largest variance of an answer: of one half if that can be, else of the truth of everybody.
      const likeliest = Math.min(0.5, lie + slope)
      return Object.freeze({
        confidence,
        stddev: Math.sqrt((likeliest * (1 - likeliest)) / n) / slope,
        halfWidth: Math.sqrt(Math.log(2 / risk) / (2 * n)) / slope,
      })
    },
    estimate: (counts, asked) => {
      const checked = array('counts', counts).map((count, i) => integer(`counts[${i}]`, count, { atLeast: 0 }))
      if (checked.length !== categories) {
        throw new InvalidParameterError('counts', `as many as there are categories (${categories})`, checked.length)
      }
      const trials = number(
        'counts',
        checked.reduce((sum, count) => sum + count, 0),
        { atLeast: 1, atMost: Number.MAX_SAFE_INTEGER },
      )
      return estimateShares(checked, trials, { truth: lie + slope, other: lie }, asked)
    },
    release: release as ReleaseAnswer,
  } satisfies RandomizedResponse)
}
