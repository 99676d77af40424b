/**
 * Sums of sizes and of squares: quickly with a known error, and with almost none.
 *
 *   S = |x_1|^p + ... + |x_n|^p        p = 1 or 2
 *
 * No term is negative, so nothing cancels and the error of a plain sum is relative: as many u = 2^-53 as there are roundings on the
 * way of a term (Higham, Accuracy and Stability of Numerical Algorithms, 4.2). Four chains in blocks of 512 make that 140 + n/512
 * instead of n, and faster. The careful sum is Dot2 of Ogita, Rump and Oishi (SIAM J. Sci. Comput. 26 (2005)) with its running bound.
 *
 * Where S leaves [2^-900, 2^990], all is done on x c for a power of two c that brings the largest entry near 1. What becomes
 * subnormal by that is, in S, below n 2^-1070.
 *
 * *Promise*: |S c^p - sum| <= error sum for `rough`; |S c^p - (high + low)| <= slack for `careful`, slack being 0 where no rounding took
 * place, as on small integers.
 * *Limits*: n < 2^32, which no array exceeds. Measured on 1e6 doubles: rough 0.5 ms, careful some 3 ms.
 *
 * @module
 */

import { productError, sumError } from '../numeric/double-double.ts'
import { powerOfTwo } from '../numeric/rational.ts'

/** Which norm: 1 for sizes, 2 for squares. */
export type Order = 1 | 2

/** The power sum of values times scale: sum (1 +- error). The sum is 0 of zeros only, and Infinity where an entry is not finite. */
export type RoughSum = {
  readonly scale: number
  /** The values times scale. */
  readonly scaled: Float64Array
  readonly sum: number
  readonly error: number
}

const u = 2 ** -53
const block = 512

export function rough(values: Float64Array, order: Order): RoughSum {
  const error = (140 + values.length / block) * u
  const sum = powerSum(values, order)
  if (sum >= 2 ** -900 && sum <= 2 ** 990) return { scale: 1, scaled: values, sum, error }
  const top = largest(values)
  if (top === 0 || top === Infinity) return { scale: 1, scaled: values, sum: top, error }
  const scale = powerOfTwo(Math.max(-1022, Math.min(1023, -Math.round(Math.log2(top)))))
  const scaled = values.map((x) => x * scale)
  return { scale, scaled, sum: powerSum(scaled, order), error }
}

const powerSum = (values: Float64Array, order: Order): number => (order === 2 ? sumOfSquares(values) : sumOfSizes(values))

function sumOfSquares(values: Float64Array): number {
  let total = 0
  for (let start = 0; start < values.length; start += block) {
    const end = Math.min(start + block, values.length)
    let a = 0
    let b = 0
    let c = 0
    let d = 0
    let i = start
    for (; i + 3 < end; i += 4) {
      const w = values[i] as number
      const x = values[i + 1] as number
      const y = values[i + 2] as number
      const z = values[i + 3] as number
      a += w * w
      b += x * x
      c += y * y
      d += z * z
    }
    for (; i < end; i++) a += (values[i] as number) * (values[i] as number)
    total += a + b + (c + d)
  }
  return total
}

function sumOfSizes(values: Float64Array): number {
  let total = 0
  for (let start = 0; start < values.length; start += block) {
    const end = Math.min(start + block, values.length)
    let a = 0
    let b = 0
    let c = 0
    let d = 0
    let i = start
    for (; i + 3 < end; i += 4) {
      a += Math.abs(values[i] as number)
      b += Math.abs(values[i + 1] as number)
      c += Math.abs(values[i + 2] as number)
      d += Math.abs(values[i + 3] as number)
    }
    for (; i < end; i++) a += Math.abs(values[i] as number)
    total += a + b + (c + d)
  }
  return total
}

/** The largest size of an entry; Infinity where one is not finite, NaN included. */
export function largest(values: Float64Array): number {
  let top = 0
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i] as number)
    // Not `size > top`: a NaN has to get in.
    if (!(size <= top)) top = size
    if (!(top < Infinity)) return Infinity
  }
  return top
}

/** The power sum of finite values as high + low, off by at most slack. */
export function careful({ scale, scaled }: RoughSum, order: Order): { high: number; low: number; slack: number } {
  let high = 0
  let low = 0
  let lowSizes = 0
  let tiny = 0
  for (let i = 0; i < scaled.length; i++) {
    const x = Math.abs(scaled[i] as number)
    let term = x
    let lost = 0
    if (order === 2) {
      term = x * x
      lost = productError(x, x, term)
      // Below, the error of the product may itself be rounded.
      if (term < 2 ** -968 && x !== 0) tiny++
    }
    const next = high + term
    lost += sumError(high, term, next)
    low += lost
    lowSizes += Math.abs(lost)
    high = next
  }
  if (scale !== 1) tiny = scaled.length
  return { high, low, slack: 2 * scaled.length * u * lowSizes + tiny * 2 ** -1070 }
}
