/**
 * The Renyi curve of an event.
 *
 *     rdp(poissonSampled({ samplingRate: 0.01, event: gaussian({ noiseMultiplier: 1 }) }), { orders: [2, 8, 32] })
 *     // => [0.000171813422..., 0.000893643907..., 11.2462759...]
 *
 * @module
 */

import type { PrivacyEvent } from '../events/kinds.ts'
import { options } from '../guard.ts'
import { flatten } from './flatten.ts'
import { readOrders, readRelation } from './query.ts'
import { curveOfParts } from './rdp/curve.ts'
import type { Relation } from './relation.ts'

export { defaultOrders } from './rdp/orders.ts'

export type RdpOptions = {
  /** Orders from 1 (the Kullback-Leibler divergence) to Infinity (the largest loss). */
  readonly orders: readonly number[]
  readonly relation?: Relation
}

/**
 * The Renyi divergence of each order, of the event's dominating pair where one is known (to 1e-12, relatively) and else an upper
 * bound, the larger of both directions. Infinity at every order where the event may fail altogether.
 */
export function rdp(event: PrivacyEvent, given: RdpOptions): readonly number[] {
  options('options', given, ['orders', 'relation'])
  const orders = readOrders(given.orders)
  const { renyi, failure } = curveOfParts(flatten(event), readRelation(given.relation))
  return Object.freeze(orders.map((order) => (failure > 0 ? Number.POSITIVE_INFINITY : renyi(order - 1))))
}
