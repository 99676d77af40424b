/**
 * The k candidates with the highest scores, in order, by selecting one after another and taking it out.
 *
 *     k selections of epsilon / k each; with `select: 'exponential'` the same as adding Gumbel noise once to all scores and sorting
 *
 * Durfee and Rogers 2019, "Practical differentially private top-k selection with pay-what-you-get composition", lemma 4.2. The j-th selection is a
 * mechanism on the candidates that are left, which the results before it determine: adaptive composition.
 *
 * *The event* is that composition, k times the event of one selection, so accountants can do better than k times its epsilon. What one selection gets is a
 * double, epsilon / k rounded down, and the scores are weighed by exactly that.
 *
 * *Promise*: exactly these laws. Of fewer than k candidates all are returned.
 * *Limits*: time is that of k selections.
 *
 *     const { release, event } = topK({ k: 2, sensitivity: 1, epsilon: 2, insecureRandom: insecureSeeded(1) })
 *     release([3, 40, 12, 80]) // => [3, 1]
 *     event // => { kind: 'repeated', times: 2, event: { kind: 'exponential', epsilon: 1 } }
 *
 * @module
 */

import {
  exponential as exponentialEvent,
  permuteAndFlip as permuteAndFlipEvent,
  repeated as repeatedEvent,
} from '../../events/builders.ts'
import type { RepeatedEvent } from '../../events/kinds.ts'
import { integer, oneOf, options, orElse } from '../../guard.ts'
import * as rational from '../../numeric/rational.ts'
import { exactNumber, positive } from '../../random/exact-number.ts'
import { sourceOf } from '../../random/source-options.ts'
import { demandDoubles, type Mechanism } from '../mechanism.ts'
import {
  rateOf,
  type Scores,
  type SelectionError,
  type SelectionErrorOptions,
  type SelectionOptions,
  scoresOf,
  selectionOptionNames,
  shortfallOf,
} from '../selection.ts'
import { drawExponential, drawPermuteAndFlip } from './draws.ts'

/** `epsilon` is that of all k selections together. */
export type TopKOptions = SelectionOptions & {
  readonly k: number
  /** How each one is selected: `'exponential'`, which composes better, where it is left out; `'permuteAndFlip'` falls short less at the same epsilon. */
  readonly select?: 'exponential' | 'permuteAndFlip' | undefined
}

export type TopK = Omit<Mechanism<RepeatedEvent, (scores: Scores) => number[]>, 'error'> & {
  /** The j-th selected is within `shortfall` of the j-th best, all at once. `candidates` is k + 1 where it is left out. */
  readonly error: (options?: SelectionErrorOptions) => SelectionError
}

/** The indexes of the k best, the best first. */
export function topK(given: TopKOptions): TopK {
  const known = options('options', given, ['k', 'select', ...selectionOptionNames])
  const k = integer('k', known['k'], { atLeast: 1 })
  const select = oneOf('select', orElse(known['select'], 'exponential'), ['exponential', 'permuteAndFlip'])
  const total = exactNumber('epsilon', known['epsilon'], positive)
  const each = rational.toNumber(rational.divide(total, rational.of(BigInt(k))), 'down')
  const epsilon = rational.toNumber(total, 'up')
  demandDoubles('epsilon', known['epsilon'], each, epsilon)
  const rate = rateOf(known, rational.fromNumber(each))
  const { bits, provenance } = sourceOf(known)
  const [draw, event] =
    select === 'exponential'
      ? [drawExponential, exponentialEvent({ epsilon: each })]
      : [drawPermuteAndFlip, permuteAndFlipEvent({ epsilon: each })]

  const release = (scores: Scores): number[] => {
    let left = scoresOf(scores)
    const indexes = Array.from(left, (_, i) => i)
    const chosen: number[] = []
    while (chosen.length < k && left.length > 0) {
      const at = draw(bits, left, rate)
      chosen.push(indexes[at] as number)
      indexes.splice(at, 1)
      left.copyWithin(at, at + 1)
      left = left.subarray(0, left.length - 1)
    }
    return chosen
  }
  return Object.freeze({
    provenance,
    event: repeatedEvent({ times: k, event }),
    guarantee: Object.freeze({ epsilon, delta: 0 }),
    error: (asked) => {
      const { candidates, ...rest } = options('options', orElse(asked, {}), ['confidence', 'candidates'])
      return shortfallOf({ ...rest, candidates: orElse(candidates, k + 1) }, rate.near, k)
    },
    release,
  } satisfies TopK)
}
