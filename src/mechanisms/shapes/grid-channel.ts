/**
 * Integer noise on values that were rounded to a grid: one channel for numbers, bigints and arrays, for any noise drawn as bigints.
 *
 *     release(x) = (round(x / step) + Z) step
 *
 * Values that are d apart land at most ceil(d / step) steps apart, rounding being monotone.
 *
 * *Promise*: sums are exact; the sum goes to the nearest number of its container, which is post-processing. NaN counts as 0, infinities as the largest doubles. Never -0.
 *
 * @module
 */

import { type FloatGrid, finite, inSteps, onGrid } from '../../random/float-grid.ts'
import { roundHalfUp } from '../../random/grid-laplace.ts'
import { onGrid as bigintOnGrid } from '../laplace.ts'
import type { Channel } from '../release.ts'

const largestFloat = 3.4028234663852886e38

/** Adds draws, in steps of the grid. */
export function gridChannel(grid: FloatGrid, draw: () => bigint): Channel {
  const number = (x: number): number => {
    const noise = draw()
    const near = Math.abs(x) <= Number.MAX_VALUE ? x * grid.inverse : Number.POSITIVE_INFINITY
    const small = Number(noise)
    if (Math.abs(near) < 2 ** 51 && Math.abs(small) < 2 ** 51) return (roundHalfUp(near) + small) * grid.step
    return onGrid(grid, inSteps(grid, finite(x)) + noise)
  }
  return {
    number,
    bigint: (x) => bigintOnGrid(x, draw(), grid.exponent),
    into: (source, target) => {
      const largest = target instanceof Float32Array ? largestFloat : Number.MAX_VALUE
      for (let i = 0; i < source.length; i++) target[i] = Math.min(Math.max(number(source[i] as number), -largest), largest)
    },
  }
}

/** The grid of the integers. */
export const wholeNumbers: FloatGrid = Object.freeze({ exponent: 0, step: 1, inverse: 1 })
