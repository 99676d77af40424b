/**
 * The trade-off curve: what anybody can do who wants to tell from a release which of two neighbours it was made from.
 *
 *     f(a) = max over epsilon >= 0 of  max(1 - delta(epsilon) - e^epsilon a,  e^-epsilon (1 - delta(epsilon) - a))
 *
 * No test that raises a false alarm with probability a misses with less than f(a). The identity is Dong, Roth and Su 2019
 * (arXiv 1905.02383), proposition 2.12: f is that of the worst pair of neighbours, in both orders, made symmetric and convex. As every
 * epsilon gives a bound, every certified delta gives a certified one, and the curve is never cut into pieces.
 *
 * f is its own inverse and touches the line a + b = 1 - delta(0) in a = b. So left of that the first term is the larger, a
 * convex function of e^epsilon to be minimised; right of it the second, a convex function of e^-epsilon (least-of-convex.ts). The
 * search starts from the Gaussian with the same advantage delta(0).
 *
 * *Promise*: the rate of misses is never above the truth, so an attacker is never belittled. It is in [0, 1 - a], falls with a, and
 * where the accountant brackets delta closely enough it is within the tolerance of the curve of the dominating pairs, relative to the
 * rate of hits up to a = f(a) and to that of misses beyond.
 * *Limits*: MEASURED. Within 3e-7 of normal curves at the default tolerance, from some 20 deltas a rate: 1 to 10 ms where the contour
 * applies, else up to a second or two. Accountants that know upper bounds only ('rdp', 'zcdp') give the curve that their
 * delta(epsilon) implies, for zCDP up to 0.005 below the one that the divergences imply. Advantages below 1e-12 are added to the
 * rate as they are.
 *
 * @module
 */

import { InvalidParameterError } from '../errors.ts'
import type { PrivacyEvent } from '../events/kinds.ts'
import { number, options } from '../guard.ts'
import { nextDown, nextUp } from '../numeric/directed.ts'
import { minimise } from '../numeric/minimise.ts'
import { normalQuantile } from '../numeric/normal-quantile.ts'
import { byAccountant } from './accountants.ts'
import type { Accountant } from './bound.ts'
import { flatten } from './flatten.ts'
import { type Bracket, leastOfConvex } from './least-of-convex.ts'
import { readQuery } from './query.ts'
import type { Relation } from './relation.ts'
import { lossLimits } from './tight.ts'

export type TradeOffOptions = {
  /** When data sets are neighbours; `'add-or-remove'` unless given. */
  readonly relation?: Relation
  /** Who finds delta; `'tight'` unless given. */
  readonly accountant?: Accountant
  /** How far the rates may be off, relatively. Default 1e-6. */
  readonly tolerance?: number
}

/** The fields of `TradeOffOptions`. */
export const tradeOffFields: readonly string[] = Object.freeze(['relation', 'accountant', 'tolerance'])

/** The most an attacker can do at one rate of false alarms. */
export type Operation = {
  /** The rate of hits. */
  readonly hits: Bracket
  /** The rate of misses, 1 less that of hits but for the rounding of rates next to 1. */
  readonly misses: Bracket
}

/** What is known of an event's trade-off curve. */
export type Curve = {
  /** delta(0): the most by which the rate of hits can exceed that of false alarms. */
  readonly advantage: Bracket
  /** At a rate in [0, 1]. */
  readonly at: (falsePositiveRate: number) => Operation
  /** The largest privacy loss that is finite; Infinity where none is known. */
  readonly largestLoss: () => number
}

/**
 * The least rate of misses as a function of the rate of false alarms, a number in [0, 1].
 *
 *     const misses = tradeOff(gaussian({ noiseMultiplier: 1 }))
 *     misses(0.05) // => 0.7404...: who raises false alarms one time in twenty misses three of four
 */
export function tradeOff(event: PrivacyEvent, given: TradeOffOptions = {}): (falsePositiveRate: number) => number {
  options('options', given, tradeOffFields)
  const curve = curveOf(event, given)
  return (falsePositiveRate) => curve.at(number('falsePositiveRate', falsePositiveRate, { atLeast: 0, atMost: 1 })).misses.lower
}

const defaultTolerance = 1e-6
/** An epsilon beyond what most events lose, for accountants that don't know the chance of an infinite loss. */
const remote = 1e4
/** Below it an advantage is not told from its rounding in e^epsilon. */
const nothing = 1e-12
/** Beyond this epsilon a pair says nothing of the advantage. */
const mostTelling = 8

/** The curve, with brackets; the options are checked. */
export function curveOf(event: PrivacyEvent, given: TradeOffOptions): Curve {
  const { accountant, relation, tolerance = defaultTolerance, ...query } = readQuery(given)
  if (accountant === 'basic') {
    throw new InvalidParameterError(
      'accountant',
      "another, as 'advanced', which says all that follows from the same guarantees",
      accountant,
    )
  }
  const parts = flatten(event)
  const known = new Map<number, Bracket>()
  const delta = (epsilon: number): Bracket => {
    let found = known.get(epsilon)
    if (found === undefined) {
      const { lower, upper } = byAccountant[accountant].delta(parts, epsilon, { ...query, relation, tolerance: tolerance / 4 })
      found = { lower, upper: Math.min(1, upper) }
      known.set(epsilon, found)
    }
    return found
  }
  const advantage = accountant === 'tight' && delta(0).upper < 1 ? delta(0) : sharpened(delta)
  known.set(0, advantage)
  const centre = (1 - advantage.upper) / 2
  // About 2.5 times the advantage where that is small.
  const mu = Math.max(2 * normalQuantile(Math.min(1 - 2 ** -52, (1 + advantage.upper) / 2)), advantage.upper)

  const at = (rate: number): Operation => {
    if (rate === 1) return operation({ lower: 1, upper: 1 })
    if (advantage.upper < nothing) return operation({ lower: rate, upper: Math.min(1, rate + advantage.upper) })
    if (advantage.upper === 1) return operation({ lower: advantage.lower === 1 ? 1 : rate, upper: 1 })
    if (rate === 0) {
      if (accountant === 'tight') return operation(lossLimits(parts, relation).infiniteMass)
      return operation({ lower: 0, upper: delta(remote).upper })
    }
    const guess = mu * -normalQuantile(rate) - (mu * mu) / 2
    const search = { spacing: mu / 4, tolerance }
    if (rate <= centre) {
      // The bracket of delta(epsilon) + e^epsilon rate; 1 - e^epsilon + e^epsilon delta(-epsilon) is delta on the other side.
      const hits = leastOfConvex(
        (t) => {
          const x = Math.exp(t)
          const { lower, upper } = delta(Math.abs(t))
          if (t >= 0) return widened(lower + x * rate, upper + x * rate, x * rate + upper)
          return widened(x * lower + x * rate - Math.expm1(t), x * upper + x * rate - Math.expm1(t), 1)
        },
        { ...search, near: Math.min(guess, -Math.log(rate)) },
      )
      return operation({ lower: Math.max(rate, hits.lower), upper: Math.min(1, hits.upper) })
    }
    // The bracket of -e^-epsilon (1 - delta(epsilon) - rate), the least of which is minus the misses.
    const misses = leastOfConvex(
      (t) => {
        const x = Math.exp(t)
        const { lower, upper } = delta(Math.abs(t))
        if (t <= 0) return widened(x * (rate - 1 + lower), x * (rate - 1 + upper), x * (1 - rate + upper))
        return widened(lower + x * rate - 1, upper + x * rate - 1, 1 + x * rate)
      },
      { ...search, near: -guess },
    )
    const [least, most] = [Math.max(0, -misses.upper), Math.min(1 - rate, Math.max(0, -misses.lower))]
    return { misses: { lower: least, upper: most }, hits: { lower: nextDown(1 - most), upper: Math.min(1, nextUp(1 - least)) } }
  }
  return {
    advantage,
    at,
    largestLoss: () => (accountant === 'tight' ? lossLimits(parts, relation).largestLoss : Number.POSITIVE_INFINITY),
  }
}

/**
 * What is said of the advantage at any epsilon, where that may be less than what is said at 0: a pair leaves at most (e^epsilon - 1 + 2 delta) / (e^epsilon + 1),
 * by the identity above in a = f(a).
 */
function sharpened(delta: (epsilon: number) => Bracket): Bracket {
  const { lower, upper } = delta(0)
  const least = minimise((t) => Math.tanh(t / 2) + (2 * delta(t).upper) / (1 + Math.exp(t)), {
    low: 0,
    high: mostTelling,
    mesh: 9,
    relativeTolerance: 1e-3,
  })
  return { lower, upper: Math.min(upper, least.value * (1 + 2 ** -50)) }
}

/** A bracket with room for the rounding of a few sums of that size. */
const widened = (lower: number, upper: number, size: number): Bracket => ({
  lower: lower - 2 ** -50 * size,
  upper: upper + 2 ** -50 * size,
})

const operation = (hits: Bracket): Operation => ({
  hits,
  misses: { lower: hits.upper === 1 ? 0 : Math.max(0, nextDown(1 - hits.upper)), upper: Math.min(1, nextUp(1 - hits.lower)) },
})
