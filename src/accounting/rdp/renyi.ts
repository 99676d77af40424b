/**
 * Renyi divergences as functions of their order, and what may be done with them.
 *
 * The order is a = 1 + z, and it is z that is passed: near a = 1 no digit is lost. A curve is defined for every z from 0, where it
 * is the Kullback-Leibler divergence, to Infinity, where it is the largest loss; it rises with z, and z D_(1+z) is convex in z
 * (van Erven and Harremoes 2014, "Renyi divergence and Kullback-Leibler divergence", theorem 3 and corollary 2).
 *
 * @module
 */

import { sampledLoss } from '../laws/sampled-loss.ts'

/** D of order 1 + z, or an upper bound of it, for 0 <= z <= Infinity. */
export type Renyi = (z: number) => number

/** A curve, and the probability f that it says nothing: both sides are (1 - f) (a pair with this curve) + f (anything). */
export type Curve = { readonly renyi: Renyi; readonly failure: number }

/** Nothing is hidden. */
export const revealed: Renyi = () => Number.POSITIVE_INFINITY

/** The larger of two. */
export const larger =
  (a: Renyi, b: Renyi): Renyi =>
  (z) =>
    Math.max(a(z), b(z))

/** The lesser of two bounds. */
export const lesser =
  (a: Renyi, b: Renyi): Renyi =>
  (z) =>
    Math.min(a(z), b(z))

/** a rate with a = 1 + z; 0 at rate 0 even for z = Infinity. */
export const linear =
  (rate: number): Renyi =>
  (z) =>
    rate === 0 ? 0 : (1 + z) * rate

/**
 * With probability `rate` what is released is one of a pair with this curve, else the same on both sides: since e^(z D_(1+z)) is
 * jointly convex in the pair, D <= log(1 - rate + rate e^(z D)) / z. Valid for any sampling that picks the record with at most this
 * probability, whatever is released; not tight.
 */
export const byConvexity =
  (rate: number, base: Renyi): Renyi =>
  (z) => {
    const d = base(z)
    if (z === 0) return rate * d
    return z === Number.POSITIVE_INFINITY || d === Number.POSITIVE_INFINITY ? d : sampledLoss(rate, z * d) / z
  }

/** A curve that is known at whole orders only: in between the chord of z D, above it by convexity. At order 1 z D is 0. */
export const betweenWholeOrders =
  (at: Renyi): Renyi =>
  (z) => {
    const below = Math.floor(z)
    // z + 1 and z are the same double from 2^53 on.
    if (below === z || !Number.isFinite(z)) return z === 0 ? at(1) : at(z)
    const above = (below + 1) * at(below + 1)
    return ((z - below) * above + (below + 1 - z) * (below === 0 ? 0 : below * at(below))) / z
  }
