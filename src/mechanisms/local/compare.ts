/**
 * Which local mechanism knows rare shares best: their variances side by side, from the probabilities that are drawn.
 *
 *     randomizedResponse           (e^epsilon + k - 2) / (n (e^epsilon - 1)^2)                least of those below for k < 3 e^epsilon + 2
 *     optimizedUnaryEncoding       4 e^epsilon / (n (e^epsilon - 1)^2)                        and localHashing, whose g is rounded
 *     symmetricUnaryEncoding       e^(epsilon / 2) / (n (e^(epsilon / 2) - 1)^2)
 *     hadamardResponse             of others spread evenly
 *     subsetSelection              never above any of these by more than rounding its size can do
 *
 * Wang, Blocki, Li and Jha 2017, table 1. Where the least is wanted, take `subsetSelection`; where short reports are, `localHashing` or `hadamardResponse`.
 *
 *     compareLocal({ epsilon: 1, categories: 100 }).map(({ mechanism }) => mechanism)[0] // => subsetSelection
 *
 * @module
 */

import { integer, options } from '../../guard.ts'
import type { ExactNumber } from '../../random/exact-number.ts'
import { hadamardRates, hadamardVariance } from './hadamard-response.ts'
import { hashingRates } from './local-hashing.ts'
import { type SupportRates, varianceAt } from './shares.ts'
import { subsetRates } from './subset-selection.ts'
import { readEpsilon } from './truth-rate.ts'
import { inDoubles, optimizedRates, symmetricRates } from './unary.ts'

export type LocalMechanismName =
  | 'randomizedResponse'
  | 'symmetricUnaryEncoding'
  | 'optimizedUnaryEncoding'
  | 'localHashing'
  | 'hadamardResponse'
  | 'subsetSelection'

/** A mechanism, and the variance of a rare share from one report; n reports have 1/n of it. */
export type LocalComparison = { readonly mechanism: LocalMechanismName; readonly variance: number }

/** All of them, the least variance first. */
export function compareLocal(given: { readonly epsilon: ExactNumber; readonly categories: number }): readonly LocalComparison[] {
  const known = options('options', given, ['epsilon', 'categories'])
  const epsilon = readEpsilon(known['epsilon'])
  const categories = integer('categories', known['categories'], { atLeast: 2, atMost: 2 ** 22 })
  const truth = 1 / (1 + (categories - 1) / epsilon.exp)
  const answered: SupportRates = { truth, other: truth / epsilon.exp }
  const rates: [LocalMechanismName, number][] = [
    ['randomizedResponse', varianceAt(answered, 0)],
    ['symmetricUnaryEncoding', varianceAt(inDoubles(symmetricRates(epsilon)), 0)],
    ['optimizedUnaryEncoding', varianceAt(inDoubles(optimizedRates(epsilon)), 0)],
    ['localHashing', varianceAt(inDoubles(hashingRates(epsilon)), 0)],
    ['hadamardResponse', hadamardVariance(hadamardRates(epsilon, categories), categories, 0)],
    ['subsetSelection', varianceAt(inDoubles(subsetRates(epsilon, categories)), 0)],
  ]
  return Object.freeze(rates.sort(([, a], [, b]) => a - b).map(([mechanism, variance]) => Object.freeze({ mechanism, variance })))
}
