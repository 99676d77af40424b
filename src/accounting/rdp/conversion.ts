/**
 * From a Renyi divergence to (epsilon, delta), in three ways.
 *
 *     'mironov'                    epsilon = D - log(delta) / z                                  Mironov 2017, proposition 3
 *     'canonne-kamath-steinke'     epsilon = D + log(1 - 1/a) - (log delta + log a) / z          arXiv 2004.00010, proposition 12
 *                                  and 0 from delta = sqrt(1 - e^-D) on (Bretagnolle and Huber 1979), as dp_accounting has it
 *     'optimal'                    see optimal-conversion.ts
 *
 * with a = 1 + z, and each of them the other way round. The later is never larger; the first two are there to reproduce published
 * tables. At infinite order D is a bound on the loss itself: epsilon = D, or D + log(1 - delta) in the optimal way.
 *
 * *Promise*: every result is a valid bound, at least 0 and (delta) at most 1, never NaN. D = 0 gives 0, D = Infinity gives
 * Infinity (delta: 1), delta = 0 gives Infinity for a finite order with D > 0.
 *
 * @module
 */

import { optimalDelta, optimalEpsilon } from './optimal-conversion.ts'

/** The ways. */
export type Conversion = 'optimal' | 'canonne-kamath-steinke' | 'mironov'

/** Every way, the default first. */
export const conversions: readonly Conversion[] = Object.freeze(['optimal', 'canonne-kamath-steinke', 'mironov'] as const)

/** The epsilon at which D of order 1 + z implies (epsilon, delta). */
export function epsilonOf(z: number, divergence: number, delta: number, conversion: Conversion): number {
  if (divergence === 0) return 0
  if (divergence === Number.POSITIVE_INFINITY) return divergence
  if (z === Number.POSITIVE_INFINITY) return Math.max(0, conversion === 'optimal' ? divergence + Math.log1p(-delta) : divergence)
  if (delta === 0) return Number.POSITIVE_INFINITY
  switch (conversion) {
    case 'mironov':
      return z === 0 ? Number.POSITIVE_INFINITY : divergence - Math.log(delta) / z
    case 'canonne-kamath-steinke':
      if (delta >= totalVariation(divergence)) return 0
      if (z === 0) return Number.POSITIVE_INFINITY
      return Math.max(0, divergence - Math.log1p(1 / z) - (Math.log(delta) + Math.log1p(z)) / z)
    case 'optimal':
      return optimalEpsilon(z, divergence, delta)
  }
}

/** The delta at which D of order 1 + z implies (epsilon, delta). */
export function deltaOf(z: number, divergence: number, epsilon: number, conversion: Conversion): number {
  if (divergence === 0) return 0
  if (divergence === Number.POSITIVE_INFINITY) return 1
  if (z === Number.POSITIVE_INFINITY) {
    if (divergence <= epsilon) return 0
    return conversion === 'optimal' ? -Math.expm1(epsilon - divergence) : 1
  }
  // An underflow is not a proof that nothing can go wrong.
  return Math.max(Number.MIN_VALUE, finiteDelta(z, divergence, epsilon, conversion))
}

function finiteDelta(z: number, divergence: number, epsilon: number, conversion: Conversion): number {
  switch (conversion) {
    case 'mironov':
      return Math.min(1, Math.exp(z * (divergence - epsilon)))
    case 'canonne-kamath-steinke':
      return Math.min(totalVariation(divergence), Math.exp(z * (divergence - epsilon - Math.log1p(1 / z)) - Math.log1p(z)))
    case 'optimal':
      return optimalDelta(z, divergence, epsilon)
  }
}

/** The most that two laws may differ, by Bretagnolle and Huber's inequality; D of any order from 1 on is at least their divergence. */
const totalVariation = (divergence: number): number => Math.sqrt(-Math.expm1(-divergence))

/**
 * A quick upper bound of the optimal epsilon that is near it everywhere: the lesser of Canonne, Kamath and Steinke's and of
 * log(1 + (e^(zD) - 1) / (a delta)) / z (Asoodeh et al. 2020, theorem 3), which is the better where D is small.
 */
export function roughEpsilon(z: number, divergence: number, delta: number): number {
  const classic = epsilonOf(z, divergence, delta, 'canonne-kamath-steinke')
  if (!(z > 0 && Number.isFinite(classic) && z * divergence < 700)) return classic
  return Math.min(classic, Math.log1p(Math.expm1(z * divergence) / ((1 + z) * delta)) / z)
}
