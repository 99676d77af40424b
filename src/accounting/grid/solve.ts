/**
 * From bounds on delta(epsilon) to bounds on epsilon(delta).
 *
 * *Promise*: at the upper epsilon the upper bound on delta was evaluated and is at most delta; at the lower one (unless 0) the lower bound
 * was evaluated and is at least delta. Delta falls with epsilon, so the true epsilon lies between, whatever the shape of the bounds.
 *
 * @module
 */

import { findRoot } from '../../numeric/roots.ts'
import type { Sides } from './integral.ts'

/** Where to look. */
export type Search = {
  /** A first guess, and the size of a first step from it. */
  readonly guess: number
  readonly step: number
  /** The largest loss there can be: above it only infinite losses count. */
  readonly top: number
  /** How closely epsilon is wanted. */
  readonly tolerance: number
}

/** No loss is searched for beyond. */
const furthest = 1e25

/** A law whose losses are tiny, but for rare ones, is searched in strides. */
const growth = (step: number, search: Search): number => (step > 1e12 * search.step ? 16 : 2)

/** The least epsilon shown to have delta(epsilon) <= delta: Infinity if none is. */
export function upperEpsilon({ upper }: Sides, delta: number, search: Search): number {
  const excess = (epsilon: number): number => Math.log(upper(epsilon) / delta)
  if (upper(0) <= delta) return 0
  let high = Math.max(search.guess, 0) + search.step
  let atHigh = excess(high)
  let low = 0
  for (let step = 2 * search.step; atHigh > 0; step *= growth(step, search)) {
    low = high
    high += step
    atHigh = excess(high)
    if (high > search.top + 4 * search.step || !(step > 0 && step < furthest)) return Number.POSITIVE_INFINITY
  }
  const start = Math.max(low, search.guess - search.step)
  const atStart = excess(start)
  if (atStart > 0) low = start
  const known = atStart > 0 ? { atLow: atStart } : {}
  return findRoot(excess, { low, high, atHigh, ...known, absoluteTolerance: search.tolerance }).high
}

/** The largest epsilon shown to have delta(epsilon) >= delta: 0 if none is. */
export function lowerEpsilon({ lower }: Sides, delta: number, search: Search): number {
  const excess = (epsilon: number): number => Math.max(-1e3, Math.log(lower(epsilon) / delta))
  // Near the guess first: at 0 the bound may be useless.
  let low = Math.max(0, search.guess)
  let atLow = excess(low)
  for (let step = search.step; !(atLow >= 0); step *= 2) {
    if (low === 0 || !(step > 0 && step < 1e6 * search.step)) return 0
    low = Math.max(0, low - step)
    atLow = excess(low)
  }
  let high = low + search.step
  let atHigh = excess(high)
  for (let step = 2 * search.step; atHigh >= 0; step *= growth(step, search)) {
    low = high
    atLow = atHigh
    high += step
    atHigh = excess(high)
    if (!(step > 0 && step < furthest)) return low
  }
  return findRoot(excess, { low, high, atLow, atHigh, absoluteTolerance: search.tolerance }).low
}
