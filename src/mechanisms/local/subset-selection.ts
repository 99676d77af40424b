/**
 * Subset selection: the report is a set of w of the k categories, that of the truth in it more often than chance has it.
 *
 *     P(set) = t / C(k - 1, w - 1) for each set with the truth in it,  (1 - t) / C(k - 1, w) for each other,    t = w e^epsilon / (w e^epsilon + k - w)
 *
 * Wang et al. 2016; Ye and Barg 2018, who show that no mechanism has less squared error as the crowd grows, whatever k and epsilon. The best size is
 * k / (e^epsilon + 1), rounded to whichever side has less variance. With w = 1 it is randomised response.
 *
 * *Promise*: the ratio is at most e^epsilon exactly; the same draws are made whatever the truth.
 * *Limits*: a report of w numbers, so for small epsilon up to half of the categories.
 *
 *     const mechanism = subsetSelection({ epsilon: 1, categories: 10, insecureRandom: insecureSeeded(1) })
 *     mechanism.release(7) // => [ 2, 5 ]
 *
 * @module
 */

import type { RandomizedResponseEvent } from '../../events/kinds.ts'
import { integer, options } from '../../guard.ts'
import type { Rational } from '../../numeric/rational.ts'
import * as rational from '../../numeric/rational.ts'
import { sourceOf, sourceOptionNames } from '../../random/source-options.ts'
import { sampleWithoutReplacement } from '../../random/uniform.ts'
import { countReports, errorBy, estimateShares, type LocalMechanism, varianceAt } from './shares.ts'
import { categoryOf, coin, type Epsilon, eventOf, likelihoodRatio, readEpsilon, truthRate } from './truth-rate.ts'
import { inDoubles, type LocalOptions } from './unary.ts'

/** The categories of the set, in ascending order. */
export type SubsetSelection = LocalMechanism<RandomizedResponseEvent, readonly number[]>

type SubsetRates = { readonly size: number; readonly truth: Rational; readonly other: Rational; readonly ratio: Rational }

/** The size of least variance, and how likely a set has the truth, and another category, in it. */
export function subsetRates(epsilon: Epsilon, categories: number): SubsetRates {
  const ideal = categories / (epsilon.exp + 1)
  const small = subsetsOf(Math.max(1, Math.floor(ideal)), epsilon, categories)
  const large = subsetsOf(Math.max(1, Math.ceil(ideal)), epsilon, categories)
  return varianceAt(inDoubles(large), 0) < varianceAt(inDoubles(small), 0) ? large : small
}

function subsetsOf(size: number, epsilon: Epsilon, categories: number): SubsetRates {
  const [w, k] = [BigInt(size), BigInt(categories)]
  const odds = rational.of(k - w, w)
  const truth = truthRate(epsilon, odds)
  // Of the k - 1 others, w - 1 are in a set with the truth and w in one without: (w - t) / (k - 1).
  const other = rational.divide(rational.subtract(rational.of(w), truth), rational.of(k - 1n))
  return { size, truth, other, ratio: likelihoodRatio(truth, odds) }
}

/** Subset selection with the best size. */
export function subsetSelection(given: LocalOptions): SubsetSelection {
  const known = options('options', given, ['epsilon', 'categories', ...sourceOptionNames])
  const epsilon = readEpsilon(known['epsilon'])
  const categories = integer('categories', known['categories'], { atLeast: 2, atMost: 2 ** 22 })
  const source = { random: given.random, insecureRandom: given.insecureRandom }
  const { provenance } = sourceOf(source)
  const { size, truth, other, ratio } = subsetRates(epsilon, categories)
  const rates = inDoubles({ truth, other })
  const truthful = coin(truth, source)
  // Sets with the one truth and without the other: t (k - w) / (k - 1), and 1/R of it with the other and without the one.
  const apart = rational.multiply(truth, rational.of(BigInt(categories - size), BigInt(categories - 1)))
  const differing = rational.add(apart, rational.divide(apart, ratio))
  return Object.freeze({
    provenance,
    event: eventOf(epsilon, ratio, differing),
    guarantee: Object.freeze({ epsilon: epsilon.claimed, delta: 0 }),
    error: errorBy(rates),
    release: (answer) => {
      const category = categoryOf(answer, categories)
      const set = sampleWithoutReplacement({ size, population: categories - 1, ...source }).map((j) => (j < category ? j : j + 1))
      if (truthful()) set[size - 1] = category
      return Object.freeze(set.sort((a, b) => a - b))
    },
    estimate: (reports, asked) => {
      const supports = new Uint32Array(categories)
      const trials = countReports(reports, (report) => {
        if (!isSubset(report, size, categories)) return false
        for (const j of report) supports[j] = (supports[j] as number) + 1
        return true
      })
      return estimateShares(supports, trials, rates, asked)
    },
  } satisfies SubsetSelection)
}

function isSubset(report: unknown, size: number, categories: number): report is readonly number[] {
  if (!Array.isArray(report) || report.length !== size) return false
  let last = -1
  for (const j of report as unknown[]) {
    if (typeof j !== 'number' || !Number.isInteger(j) || j <= last || j >= categories) return false
    last = j
  }
  return true
}
