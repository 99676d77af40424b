/**
 * exp(-x) in doubles with an error bound that is proven, and the same bits on every engine.
 *
 *   x = n + i/64 + r,  exp(-x) = A[n] B[i] p(r),  p = Taylor's polynomial of degree 6,  0 <= r < 1/64
 *
 * Math.exp has no error bound in the language standard. This has: only + - * and two tables rounded from bigint enclosures.
 * With u = 2^-53: each table entry errs by u, each of the two products by u, the splitting of x by nothing (both subtractions are
 * exact), p by less than u (its last subtraction gives u/2, all before it is scaled by r: 3u/64, the series is cut at
 * r^7/5040 < 2^-54). That is less than 5 u and a little, below 2^-50.
 *
 * *Promise*: |expNeg(x) - exp(-x)| <= 2^-50 exp(-x) for 0 <= x < 64; 0 from there on, off by less than 2^-92.
 * *Limits*: measured on 3 10^5 random points: at most 4.5 u, 2^-50.8. x must not be negative or NaN; not checked, this is the inner loop.
 *
 * @module
 */

import { powerOfTwo } from '../numeric/rational.ts'
import { encloseExpNeg } from './exp-enclosure.ts'

/** The proven bound on the relative error below 64. */
export const expNegRelativeError: number = powerOfTwo(-50)

const whole = new Float64Array(64)
const sixtyFourths = new Float64Array(64)

// At the first use, not at import. One enclosure each, then powers in fixed point: of 256 bits at most 100 go lost.
function fillTables(): void {
  const fill = (table: Float64Array, denominator: bigint): void => {
    const [base] = encloseExpNeg(1n, denominator, 256)
    let power = 1n << 256n
    for (let i = 0; i < table.length; i++) {
      table[i] = Number(power) * powerOfTwo(-256)
      power = (power * base) >> 256n
    }
  }
  fill(sixtyFourths, 64n)
  fill(whole, 1n)
}

/** exp(-x), x >= 0. */
export function expNeg(x: number): number {
  if (x >= 64) return 0
  if (whole[0] === 0) fillTables()
  const n = Math.floor(x)
  const fraction = x - n
  const i = Math.floor(fraction * 64)
  const r = fraction - i * 0.015625
  const p = 1 - r * (1 - r * (1 / 2 - r * (1 / 6 - r * (1 / 24 - r * (1 / 120 - r * (1 / 720))))))
  return (whole[n] as number) * (sixtyFourths[i] as number) * p
}
