/**
 * Values as whole numbers of a public step, and their exact sum.
 *
 *     q(x) = round(min(max(x, lower), upper) / step),      step = 2^exponent,  derived from the bounds
 *
 * Sums of doubles depend on their order, by more than one record weighs (Casacuberta, Shoemate, Vadhan and Wagaman 2022). Sums of q don't: they are
 * exact, in doubles up to 2^53 and bigints from there. q is monotone, so q(lower) <= q(x) <= q(upper) holds in whole numbers.
 *
 * *Promise*: one record changes a sum of q - q(lower) by a whole number from 0 to `width`, whatever the value and the order.
 * *Limits*: 2^32 to 2^33 steps between the bounds, fewer where they are closer than 2^-20 of their size: what q rounds off is below 2^-33 of the range. NaN is left out.
 *
 * @module
 */

import { InvalidParameterError } from '../errors.ts'
import { number } from '../guard.ts'
import * as rational from '../numeric/rational.ts'

export const boundNames: readonly ['lower', 'upper'] = ['lower', 'upper']

/** Public bounds; values outside count as the nearer one. */
export type Bounds = { readonly lower: number; readonly upper: number }

/** Reads bounds that are apart. */
export function readBounds(known: Record<string, unknown>): Bounds {
  const lower = number('lower', known['lower'])
  const upper = number('upper', known['upper'], { above: lower })
  const range = rational.subtract(rational.fromNumber(upper), rational.fromNumber(lower))
  if (rational.floorLog2(range) < -900) throw new InvalidParameterError('upper', 'more than 2^-900 above "lower"', upper)
  return { lower, upper }
}

export type Steps = Bounds & {
  /** The size of a step, a power of two. */
  readonly step: number
  /** q(lower). */
  readonly lowest: number
  /** q(upper) - q(lower). */
  readonly width: number
}

/** Steps as fine as the range wants: `width` is about 2^32. */
export function stepsOfRange(bounds: Bounds): Steps {
  const { lower, upper } = bounds
  const range = rational.subtract(rational.fromNumber(upper), rational.fromNumber(lower))
  return stepsOf(bounds, Math.max(rational.floorLog2(range) - 32, floorLog2(bounds) - 52))
}

/** Steps as fine as the larger bound wants: it is about 2^32 of them. */
export function stepsOfSize(bounds: Bounds): Steps {
  return stepsOf(bounds, floorLog2(bounds) - 32)
}

function floorLog2({ lower, upper }: Bounds): number {
  return rational.floorLog2(rational.fromNumber(Math.max(Math.abs(lower), Math.abs(upper))))
}

function stepsOf({ lower, upper }: Bounds, exponent: number): Steps {
  const step = rational.powerOfTwo(exponent)
  const lowest = round(lower / step) + 0
  return { lower, upper, step, lowest, width: round(upper / step) - lowest }
}

/** To a whole number: monotone, as adding 1/2 in doubles is. Five times as fast as `Math.round`. */
export const round = (x: number): number => Math.floor(x + 0.5)

/** How many values are numbers, and the sum of q - q(lower) over them. */
export function sumOfSteps(values: Float64Array, { lower, upper, step, lowest }: Steps): { count: number; sum: bigint } {
  const inverse = 1 / step
  let [count, sum] = [0, 0n]
  for (let from = 0; from < values.length; from += block) {
    const to = Math.min(values.length, from + block)
    let part = 0
    for (let i = from; i < to; i++) {
      const q = round(Math.min(Math.max(values[i] as number, lower), upper) * inverse)
      if (Number.isNaN(q)) continue
      part += q - lowest
      count += 1
    }
    sum += BigInt(part)
  }
  return { count, sum }
}

/** So many numbers of less than 2^34 stay below 2^53. */
const block = 2 ** 18

/** A whole number of steps as the nearest double, or the largest. */
export function fromSteps(steps: bigint, step: number): number {
  const exact = rational.multiply(rational.of(steps), rational.fromNumber(step))
  const nearest = rational.toNumber(exact)
  return Math.min(Math.max(nearest, -Number.MAX_VALUE), Number.MAX_VALUE) + 0
}
