/**
 * The grid of doubles on which noisy numbers are released, and what becomes of data that no grid can take.
 *
 *   step = 2^k,  k = floor(log2 scale) - 40
 *
 * The grid depends on public parameters only. What is released is a function of the noisy sum and of nothing else, so it is
 * post-processing: the sum, a multiple of the step, goes to the nearest double (ties to even), and past the largest
 * double to that one. Where the sum is below 2^53 steps, that is everywhere near the noise, nothing happens to it at all.
 *
 * Data is never refused, as an exception that depends on it would reveal it. NaN counts as 0; plus and minus infinity as plus
 * and minus the largest double.
 *
 * *Promise*: `roundedSum` is the double nearest to the exact x / step rounded to an integer plus noise, times step, for every x.
 * *Limits*: scales from 2^-982 to the largest double, so that the step and its inverse are normal doubles.
 *
 * @module
 */

import * as rational from '../numeric/rational.ts'
import { powerOfTwo } from '../numeric/rational.ts'
import { scaleBits } from './real-strips.ts'

/** A grid of multiples of 2^exponent. */
export type FloatGrid = { readonly exponent: number; readonly step: number; readonly inverse: number }

/** floor(log2 scale) of the smallest and the largest scale that a grid can serve. */
export const scaleExponentRange = { smallest: -982, largest: 1023 } as const

/** The grid for a scale with this floor(log2 scale). */
export function gridFor(scaleExponent: number): FloatGrid {
  const exponent = scaleExponent - scaleBits
  return Object.freeze({ exponent, step: powerOfTwo(exponent), inverse: powerOfTwo(-exponent) })
}

const half = rational.of(1n, 2n)
const largest = Number.MAX_VALUE

/** The rule for data that is not a finite number. */
export function finite(x: number): number {
  return Number.isNaN(x) ? 0 : clampFinite(x)
}

/** The nearest finite double. */
export function clampFinite(x: number): number {
  return Math.min(Math.max(x, -largest), largest)
}

/** The double that a number of steps is released as. */
export function onGrid({ exponent }: FloatGrid, steps: bigint): number {
  return clampFinite(rational.toNumber(rational.scaleByPowerOfTwo(rational.of(steps), exponent)))
}

/** The multiple of the step nearest to x, in steps; ties go up. */
export function inSteps({ exponent }: FloatGrid, x: number): bigint {
  return rational.floor(rational.add(rational.scaleByPowerOfTwo(rational.fromNumber(x), -exponent), half))
}
