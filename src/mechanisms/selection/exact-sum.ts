/**
 * Noisy sums to be compared and not to be released: round(x / step) plus discrete Laplace noise, never rounded.
 *
 * A comparison of sums that were rounded to doubles is not covered by proofs about noise: two sums that are equal after rounding need not
 * stay so when both are shifted alike. So a sum is a number where that holds it and a bigint where not, and the language compares the two exactly.
 *
 * @module
 */

import type { Rational } from '../../numeric/rational.ts'
import type { BitSource } from '../../random/bit-source.ts'
import { type FloatGrid, inSteps } from '../../random/float-grid.ts'
import { roundHalfUp } from '../../random/grid-laplace.ts'
import { buildIntegerTable, IntegerStrips } from '../../random/integer-strips.ts'
import { laplaceLaw } from '../../random/law.ts'

/** floor(log2) of the largest scale, in steps, whose draws come as doubles. */
export const largestScaleExponent = 46

/** A finite x in steps, plus noise of this scale in steps, which is below 2^47. */
export function exactSums(bits: BitSource, grid: FloatGrid, scale: Rational): (x: number) => number | bigint {
  const strips = new IntegerStrips(bits, buildIntegerTable(laplaceLaw(scale)))
  return (x) => {
    const noise = strips.next()
    const near = x * grid.inverse
    if (Math.abs(near) < 2 ** 52 && Math.abs(noise) < 2 ** 52) return roundHalfUp(near) + noise
    return inSteps(grid, x) + (Number.isNaN(noise) ? strips.beyond : BigInt(noise))
  }
}
