/**
 * Epsilon and delta by Renyi differential privacy.
 *
 *     epsilon(delta) = min over a of epsilon_a((delta - f) / (1 - f)),      delta(epsilon) = min over a of f + (1 - f) delta_a(epsilon)
 *
 * with f the failures of the curve (curve.ts) and epsilon_a, delta_a a conversion (conversion.ts) of the composed divergence at order a.
 *
 * *Promise*: an upper bound if the curve is one (`boundOfParts` takes care of its errors); the result is rounded up by 1e-14 of itself.
 *
 * @module
 */

import { NumericalError } from '../../errors.ts'
import { type Conversion, deltaOf, epsilonOf, roughEpsilon } from './conversion.ts'
import { type Best, bestOfAll, bestOfList, type Objective } from './orders.ts'
import type { Curve } from './renyi.ts'

/** How a bound is read off a curve: over which orders (all, unless given) and by which conversion. */
export type Reading = { readonly orders?: readonly number[] | undefined; readonly conversion: Conversion }

const outward = 1 + 1e-14

const best = (objective: Objective, orders: readonly number[] | undefined): Best =>
  orders === undefined ? bestOfAll(objective) : bestOfList(objective, orders)

/** The least epsilon at this delta that the curve implies; Infinity where its failures alone exceed delta. */
export function renyiEpsilon({ renyi, failure }: Curve, delta: number, { orders, conversion }: Reading): Best {
  if (failure > delta) return { value: Number.POSITIVE_INFINITY, order: Number.POSITIVE_INFINITY }
  const left = failure === 0 ? delta : ((delta - failure) / (1 - failure)) * (1 - 1e-15)
  const divergence = memo(renyi)
  const bound = (z: number): number => epsilonOf(z, divergence(z), left, conversion)
  // Then only a bound on the loss itself will do.
  if (left === 0 && orders === undefined)
    return { value: bound(Number.POSITIVE_INFINITY) * outward, order: Number.POSITIVE_INFINITY }
  const rough = conversion === 'optimal' ? (z: number): number => roughEpsilon(z, divergence(z), left) : bound
  const found = best({ bound, rough }, orders)
  return { ...found, value: found.value * outward }
}

/** The least delta at this epsilon that the curve implies. */
export function renyiDelta({ renyi, failure }: Curve, epsilon: number, { orders, conversion }: Reading): Best {
  const divergence = memo(renyi)
  const bound = (z: number): number => deltaOf(z, divergence(z), epsilon, conversion)
  const { value, order } = best({ bound, rough: bound }, orders)
  return { order, value: Math.min(1, (failure + (1 - failure) * value) * outward) }
}

/** The divergence is by far the dearest part, and is asked for twice at the same order. */
function memo(f: (z: number) => number): (z: number) => number {
  const known = new Map<number, number>()
  return (z) => {
    let value = known.get(z)
    if (value === undefined) {
      value = f(z)
      if (Number.isNaN(value)) throw new NumericalError(`the Renyi divergence of order ${1 + z} came out as NaN`)
      known.set(z, value)
    }
    return value
  }
}
