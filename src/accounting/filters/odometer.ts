/**
 * A privacy odometer: a running bound on what was spent so far, valid at all times at once, although each event may be chosen from what the
 * earlier ones released.
 *
 * | kind | after n events, with probability at least 1 - delta_n |
 * | --- | --- |
 * | `'basic'` | loss <= SUM epsilon_i,  delta_n = SUM delta_i |
 * | `'renyi'` | loss <= min over a of SUM D_a(i) + log(m / delta) / (a - 1),  delta_n = delta + SUM failures, for m orders fixed up front |
 *
 * For one order, e^((a - 1)(loss_n - SUM D_a(i))) is a supermartingale under either data set, whatever the events are chosen from; by Ville's
 * inequality it passes m / delta at any time with probability at most delta / m (the line crossing of Whitehouse, Ramdas, Rogers and Wu 2023,
 * arXiv 2203.05481, for Renyi divergences as in Feldman and Zrnic 2021, arXiv 2008.11193). The m orders share delta. So whoever stops at any
 * moment, for any reason, is (epsilon, delta_n)-DP with the epsilon shown then.
 *
 * *Promise*: rounded up. *Limits*: a bound for all times costs log(m) / (a - 1) more than one for a time fixed up front.
 *
 * @module
 */

import { freeze } from '../../events/freeze.ts'
import type { PrivacyEvent } from '../../events/kinds.ts'
import { array, number, oneOf, options, orElse } from '../../guard.ts'
import { addUp, divUp } from '../../numeric/directed.ts'
import { toNumber } from '../../numeric/rational.ts'
import { flatten } from '../flatten.ts'
import { readRelation } from '../query.ts'
import { boundOfParts } from '../rdp/curve.ts'
import type { Relation } from '../relation.ts'
import { addCosts, type Cost, claimedCost, costOf, free } from './costs.ts'

export type OdometerOptions =
  | { readonly kind: 'basic'; readonly relation?: Relation }
  | {
      readonly kind: 'renyi'
      /** The probability that the bound ever fails. */
      readonly delta: number
      /** The orders that share delta, fixed up front. */
      readonly orders?: readonly number[]
      readonly relation?: Relation
    }

/** An odometer at one moment. Nothing in it changes: `record` gives the next one. */
export type PrivacyOdometer = {
  readonly kind: OdometerOptions['kind']
  readonly relation: Relation
  /** What has been spent so far is (epsilon, delta)-DP, now as at any other time. */
  readonly epsilon: number
  readonly delta: number
  /** The Renyi order that gives the bound. */
  readonly order?: number
  readonly record: (event: PrivacyEvent) => PrivacyOdometer
}

/** From a large budget (orders near 1) to a small one; each twice as far from 1 as the one before. */
const ladder: readonly number[] = Object.freeze(Array.from({ length: 12 }, (_, i) => 1 + 2 ** (i - 3)))

/** An odometer at zero. */
export function privacyOdometer(given: OdometerOptions): PrivacyOdometer {
  const kind = oneOf('kind', (given as { kind?: unknown } | undefined)?.kind, ['basic', 'renyi'] as const)
  options('options', given, kind === 'basic' ? ['kind', 'relation'] : ['kind', 'delta', 'orders', 'relation'])
  const relation = readRelation(given.relation)
  if (given.kind === 'basic') return basic(relation, free)
  const delta = number('delta', given.delta, { above: 0, below: 1 })
  const orders = Array.from(array('orders', orElse(given.orders, ladder), 1), (order, i) =>
    number(`orders[${i}]`, order, { above: 1 }),
  )
  return renyi(
    { relation, delta, orders },
    orders.map(() => 0),
    0,
    true,
  )
}

function basic(relation: Relation, spent: Cost): PrivacyOdometer {
  return Object.freeze({
    kind: 'basic',
    relation,
    epsilon: toNumber(spent.spent, 'up'),
    delta: Math.min(1, toNumber(spent.failure, 'up')),
    record: (event: PrivacyEvent) => basic(relation, addCosts(spent, costOf(freeze(event), claimedCost(relation)))),
  })
}

type Ladder = { readonly relation: Relation; readonly delta: number; readonly orders: readonly number[] }

function renyi(fixed: Ladder, sums: readonly number[], failure: number, unused: boolean): PrivacyOdometer {
  const { relation, delta, orders } = fixed
  const log = Math.log(orders.length / delta) * (1 + 2 ** -50)
  let epsilon = Number.POSITIVE_INFINITY
  let best = orders[0] as number
  orders.forEach((order, j) => {
    const bound = addUp(sums[j] as number, divUp(log, order - 1))
    if (bound < epsilon) [epsilon, best] = [bound, order]
  })
  return Object.freeze({
    kind: 'renyi',
    relation,
    // Before anything is released nothing is lost.
    epsilon: unused ? 0 : epsilon,
    delta: Math.min(1, addUp(delta, failure)),
    ...(unused || epsilon === Number.POSITIVE_INFINITY ? {} : { order: best }),
    record: (event: PrivacyEvent) => {
      const parts = flatten(event)
      const curve = boundOfParts(parts, relation)
      const added = orders.map((order, j) => addUp(sums[j] as number, curve.renyi(order - 1) * (1 + 2 ** -50)))
      return renyi(fixed, added, addUp(failure, curve.failure * (1 + 2 ** -50)), unused && parts.length === 0)
    },
  })
}
