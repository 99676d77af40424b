/**
 * The orders that an (epsilon, delta) is sought at: a list, or all of them.
 *
 * Over all orders, a quick bound of epsilon(a) is looked at on a mesh in log(a - 1), a factor of sqrt 2 apart, outwards from a = 5 until
 * it only rises; where it is not far above its least, epsilon(a) itself; and the best two of its valleys are refined. With an exact curve and the classic conversion there is one valley: z epsilon is
 * z D, which is convex in z, plus z log(z / (1 + z)) - log(1 + z) - log(delta), whose second derivative is 1 / z - 1 / (1 + z) > 0, so
 * {z : epsilon(z) <= e} is an interval. The optimal conversion, and curves that are the least of several bounds, may have more.
 *
 * *Promise*: a value that some order attains, hence a valid bound, whatever was not looked at.
 * *Limits*: the valley is refined to 2e-5 in log z, so its bottom is met to 1e-9 relative.
 *
 * @module
 */

import { minimise } from '../../numeric/minimise.ts'

/** The list that published tables use (Opacus, TensorFlow Privacy's tutorials): 1.1 to 10.9 by 0.1, then 12 to 63. */
export const defaultOrders: readonly number[] = Object.freeze([
  ...Array.from({ length: 99 }, (_, i) => (11 + i) / 10),
  ...Array.from({ length: 52 }, (_, i) => 12 + i),
])

/** The least bound and the order it comes from. */
export type Best = { readonly value: number; readonly order: number }

/** A bound at order 1 + z, and a quick one that is never below it. */
export type Objective = { readonly bound: (z: number) => number; readonly rough: (z: number) => number }

/** z where the search begins, and where it ends on either side. */
const usual = 4
const finest = 2 ** -60
const coarsest = 2 ** 60
/** How far above the least rough bound the order with the least bound may be: anywhere where the bound may be near 0. */
const reach = (least: number): number => (least < 1 ? Number.POSITIVE_INFINITY : 1.4 * least + 1)

type Point = { readonly z: number; readonly value: number }

/** Over all orders above 1, Infinity included. */
export function bestOfAll({ bound, rough }: Objective): Best {
  const up = walk(rough, usual, Math.SQRT2, coarsest)
  const mesh = [...walk(rough, usual / Math.SQRT2, Math.SQRT1_2, finest).reverse(), ...up]
  const least = mesh.reduce((value, point) => Math.min(value, point.value), Number.POSITIVE_INFINITY)
  const closer = mesh.map(({ z, value }) => ({ z, value: value <= reach(least) ? bound(z) : value }))

  let best: Best = { value: bound(Number.POSITIVE_INFINITY), order: Number.POSITIVE_INFINITY }
  for (const { z } of valleys(closer).slice(0, 2)) {
    const middle = Math.log(z)
    const found = minimise((logZ) => bound(Math.exp(logZ)), {
      low: middle - Math.LN2 / 2,
      high: middle + Math.LN2 / 2,
      relativeTolerance: 1e-5,
    })
    if (found.value < best.value) best = { value: found.value, order: 1 + Math.exp(found.x) }
  }
  return best
}

/** The points that are no higher than their neighbours, the lowest first. */
const valleys = (points: readonly Point[]): readonly Point[] =>
  points
    .filter(({ value }, i) => value <= (points[i - 1]?.value ?? value) && value <= (points[i + 1]?.value ?? value))
    .sort((p, q) => p.value - q.value)

/** Looks at z, z f, z f^2, ... until there is nothing to be had any more: eight times in a row more than the least so far, or the end. */
function walk(rough: (z: number) => number, from: number, factor: number, end: number): Point[] {
  const points: Point[] = []
  let least = Number.POSITIVE_INFINITY
  let worse = 0
  for (let z = from; worse < 8 && least > Number.MIN_VALUE && (factor > 1 ? z <= end : z >= end); z *= factor) {
    const value = rough(z)
    points.push({ z, value })
    worse = value > least ? worse + 1 : 0
    least = Math.min(least, value)
  }
  return points
}

/** Over a list of orders: those whose rough bound is not far above the least. */
export function bestOfList({ bound, rough }: Objective, orders: readonly number[]): Best {
  const points = orders.map((order) => ({ order, value: rough(order - 1) }))
  const least = points.reduce((value, point) => Math.min(value, point.value), Number.POSITIVE_INFINITY)
  let best: Best = { value: Number.POSITIVE_INFINITY, order: orders[0] as number }
  for (const { order, value } of points) {
    if (value > reach(least)) continue
    const found = bound(order - 1)
    if (found < best.value) best = { value: found, order }
  }
  return best
}
