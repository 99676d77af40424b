/**
 * Optimal local hashing: the category is hashed to few values by a function of one's own, and the value is answered by randomised response.
 *
 *     report = (a, b, y)     y = h(category) with probability e^epsilon / (e^epsilon + g - 1), else another of the g values
 *     h(v) = floor(g ((a v + b) mod P) / P),    P = 2^31 - 1,   a and b uniform below P,   g = round(e^epsilon) + 1
 *
 * Wang, Blocki, Li and Jha 2017. A report supports every category that its own function takes to its own value: the truth with the probability above, another
 * one with 1/g. The variance of a rare share is that of `optimizedUnaryEncoding`, 4 e^epsilon / (n (e^epsilon - 1)^2), from a report of three integers.
 *
 * *Promise*: the ratio is at most e^epsilon exactly, whatever the hash. Functions are pairwise independent (Carter and Wegman 1979), and the same on
 * every engine: integers below 2^53 only. Values are P/g points wide but for one, so "1/g" is off by at most g / P^2 < 2^-45.
 * *Limits*: up to 2^22 categories; g stops at 2^16. Estimates take 1 ns for each report and category. That of one category is independent over reports, as intervals
 * assume; those of two categories need not be independent of each other.
 *
 *     const mechanism = localHashing({ epsilon: 2, categories: 1000, insecureRandom: insecureSeeded(1) })
 *     const report = mechanism.release(7)
 *     mechanism.event // => { kind: 'randomizedResponse', epsilon: 2, categories: 8 }
 *
 * @module
 */

import type { RandomizedResponseEvent } from '../../events/kinds.ts'
import { integer, options } from '../../guard.ts'
import type { Rational } from '../../numeric/rational.ts'
import * as rational from '../../numeric/rational.ts'
import { sourceOf, sourceOptionNames } from '../../random/source-options.ts'
import { countReports, errorBy, estimateShares, type LocalMechanism } from './shares.ts'
import { categoryOf, coin, type Epsilon, eventOf, likelihoodRatio, readEpsilon, truthRate } from './truth-rate.ts'
import { inDoubles, type LocalOptions } from './unary.ts'

/** a and b of the hash function, and the answer. */
export type HashedReport = readonly [a: number, b: number, value: number]

export type LocalHashing = LocalMechanism<RandomizedResponseEvent, HashedReport>

export const prime = 2147483647
const mostValues = 65536

/** To how many values is hashed, and the coins. */
export function hashingRates(epsilon: Epsilon): { values: number; truth: Rational; other: Rational; ratio: Rational } {
  const values = Math.min(mostValues, Math.round(epsilon.exp) + 1)
  const odds = rational.of(BigInt(values - 1))
  const truth = truthRate(epsilon, odds)
  return { values, truth, other: rational.of(1n, BigInt(values)), ratio: likelihoodRatio(truth, odds) }
}

/** The value of a category; exact, as no number here reaches 2^53. */
export const hashOf = (a: number, b: number, category: number, values: number): number =>
  Math.floor((((a * category + b) % prime) * values) / prime)

/** The first point that goes to a value. */
export const firstOf = (value: number, values: number): number => Math.ceil((value * prime) / values)

/** Local hashing with the number of values that has the least variance. */
export function localHashing(given: LocalOptions): LocalHashing {
  const known = options('options', given, ['epsilon', 'categories', ...sourceOptionNames])
  const epsilon = readEpsilon(known['epsilon'])
  const categories = integer('categories', known['categories'], { atLeast: 2, atMost: 2 ** 22 })
  const source = { random: given.random, insecureRandom: given.insecureRandom }
  const { bits, provenance } = sourceOf(source)
  const { values, truth, other, ratio } = hashingRates(epsilon)
  const rates = inDoubles({ truth, other })
  const truthful = coin(truth, source)
  const below =
    (bound: number) =>
    (x: unknown): x is number =>
      typeof x === 'number' && Number.isInteger(x) && x >= 0 && x < bound
  const [isPoint, isValue] = [below(prime), below(values)]

  return Object.freeze({
    provenance,
    event: eventOf(
      epsilon,
      ratio,
      rational.add(truth, rational.divide(rational.subtract(rational.of(1n), truth), rational.of(BigInt(values - 1)))),
    ),
    guarantee: Object.freeze({ epsilon: epsilon.claimed, delta: 0 }),
    error: errorBy(rates),
    release: (answer) => {
      const [a, b] = [bits.below(prime), bits.below(prime)]
      const value = hashOf(a, b, categoryOf(answer, categories), values)
      // Drawn even where it is not needed: the time must not tell.
      const lie = (value + 1 + bits.below(values - 1)) % values
      return Object.freeze([a, b, truthful() ? value : lie] as const)
    },
    estimate: (reports, asked) => {
      const supports = new Uint32Array(categories)
      const trials = countReports(reports, (report) => {
        if (!Array.isArray(report) || report.length !== 3) return false
        const [a, b, value] = report as unknown[]
        if (!isPoint(a) || !isPoint(b) || !isValue(value)) return false
        const first = firstOf(value, values)
        addSupports(a, b, first, firstOf(value + 1, values) - first, supports)
        return true
      })
      return estimateShares(supports, trials, rates, asked)
    },
  } satisfies LocalHashing)
}

/** Adds 1 for each category whose point is one of `width` from `first`. Points go up by a, modulo P, from category to category. */
function addSupports(a: number, b: number, first: number, width: number, supports: Uint32Array): void {
  // All of it in 32-bit integers: the point less P - a, and P more where that is below 0.
  const back = prime - a
  let point = b | 0
  for (let v = 0; v < supports.length; v++) {
    if ((point - first) >>> 0 < width) supports[v] = (supports[v] as number) + 1
    point -= back
    point += (point >> 31) & prime
  }
}
