/**
 * What an attacker gains at most who has to tell whether a record was used, and who knows all other records.
 *
 *     hits <= 1 - f(a),       posterior = p hits / (p hits + (1 - p) a)        a: rate of false alarms,  p: prior,  f: trade-off curve
 *
 * - `truePositiveRate`: how often an alarm is raised at most when the record was used, if alarms are raised with probability a when not;
 * - `advantage`: the most by which that rate can exceed a, for any a. It is delta(0); who starts from even odds is right with
 *   probability (1 + advantage) / 2 at most;
 * - `posterior`: how sure one may be at most, after such an alarm, that the record was used, having held that likely with probability
 *   p before. It speaks of all alarms of a test together; a single release can be more telling than the average alarm.
 *   At a = 0 it is the limit for a -> 0: 1, unless the loss has a bound B, then p e^B / (p e^B + 1 - p).
 *
 * "Used" and "not used" are the two sides of the relation, in whichever order serves the attacker.
 *
 * *Promise*: each figure is on or above the truth (trade-off.ts), and never NaN.
 *
 * @module
 */

import type { PrivacyEvent } from '../events/kinds.ts'
import { number, options } from '../guard.ts'
import type { Accountant } from './bound.ts'
import { readQuery } from './query.ts'
import type { Relation } from './relation.ts'
import { curveOf, type TradeOffOptions, tradeOffFields } from './trade-off.ts'

export type AttackRiskOptions = TradeOffOptions & {
  /** How often the attacker raises an alarm over a record that was not used; in [0, 1]. */
  readonly falsePositiveRate: number
  /** How likely the attacker holds it, before, that the record was used; in [0, 1], a half unless given. */
  readonly prior?: number
}

export type AttackRisk = {
  readonly falsePositiveRate: number
  readonly truePositiveRate: number
  readonly advantage: number
  readonly prior: number
  readonly posterior: number
  readonly relation: Relation
  readonly accountant: Accountant
  /** How far `truePositiveRate` may lie above the trade-off curve, relatively, where that is more than was asked for. */
  readonly reached?: number
}

/**
 * Bounds what an attacker gains.
 *
 *     attackRisk(gaussian({ noiseMultiplier: 1 }), { falsePositiveRate: 0.01 }).truePositiveRate // => 0.0924
 */
export function attackRisk(event: PrivacyEvent, given: AttackRiskOptions): AttackRisk {
  options('options', given, [...tradeOffFields, 'falsePositiveRate', 'prior'])
  const falsePositiveRate = number('falsePositiveRate', given.falsePositiveRate, { atLeast: 0, atMost: 1 })
  const prior = given.prior === undefined ? 0.5 : number('prior', given.prior, { atLeast: 0, atMost: 1 })
  const { relation, accountant, tolerance = 1e-6 } = readQuery(given)
  const curve = curveOf(event, given)
  const { lower, upper: truePositiveRate } = curve.at(falsePositiveRate).hits
  const reached = truePositiveRate > 0 ? (truePositiveRate - lower) / truePositiveRate : 0
  const likelihood =
    falsePositiveRate > 0
      ? truePositiveRate / falsePositiveRate
      : truePositiveRate > 0
        ? Number.POSITIVE_INFINITY
        : Math.exp(curve.largestLoss())
  return Object.freeze({
    falsePositiveRate,
    truePositiveRate,
    advantage: curve.advantage.upper,
    prior,
    posterior: posteriorOf(prior, likelihood),
    relation,
    accountant,
    ...(reached > tolerance ? { reached } : {}),
  })
}

/** Bayes' rule, rounded up. */
function posteriorOf(prior: number, likelihood: number): number {
  if (prior === 0) return 0
  return Math.min(1, (prior / (prior + (1 - prior) / likelihood)) * (1 + 2 ** -50))
}
