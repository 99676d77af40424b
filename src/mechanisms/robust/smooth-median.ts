/**
 * The median and its smooth sensitivity: how far replacing records can move it, near or far from these data.
 *
 *     S = max over i <= m <= j of (x_j - x_i) e^(-beta (j - i - 1)),     x sorted and within [lower, upper], x_0 = lower, x_(n+1) = upper, m the median's place
 *
 * Nissim, Raskhodnikova and Smith 2007, proposition 3.4: of k replaced records the median moves at most over k + 1 gaps. It is the least beta-smooth bound. The best j rises with i, since of two
 * the farther one gains as x_i rises; so halving the range of i halves that of j, and n log n steps find the maximum (there: theorem 3.5).
 *
 * *Promise*: S up to a relative error of 2^-38, as `smoothSensitivity` takes it. Rounding errs by less than 2^-45 in a term. A comparison that went wrong by that much loses no more
 * than that much of the terms it leaves out, on each of log n levels. Terms below e^-64 (upper - lower), where exponentials end, are replaced by 2^-92 (upper - lower) for all data alike.
 * *Limits*: neighbours differ by the replacement of one record, so their number is public. What is no number counts as `lower`. Of an even number of records the lower median is taken.
 *
 *     smoothMedian([1, 2, 3, 4, 100], { lower: 0, upper: 100, smoothing: 0.5 }) // => { value: 3, bound: 58.833... }
 *
 * @module
 */

import { InvalidParameterError } from '../../errors.ts'
import { number, options } from '../../guard.ts'
import { expNeg } from '../../random/exp-neg.ts'

export type SmoothMedianOptions = {
  /** Values are clamped to [lower, upper]. Public. */
  readonly lower: number
  readonly upper: number
  /** The beta of the mechanism that will use the bound. */
  readonly smoothing: number
}

/** The median of the clamped values and its smooth bound: neither is private. */
export function smoothMedian(
  values: readonly number[] | Float64Array | Float32Array,
  given: SmoothMedianOptions,
): { readonly value: number; readonly bound: number } {
  if (!(Array.isArray(values) || values instanceof Float64Array || values instanceof Float32Array)) {
    throw new InvalidParameterError('values', 'an array of numbers', typeof values)
  }
  const known = options('options', given, ['lower', 'upper', 'smoothing'])
  const lower = number('lower', known['lower'])
  const upper = number('upper', known['upper'], { above: lower })
  number('upper', upper - lower, { atLeast: 2 ** -900 })
  const beta = number('smoothing', known['smoothing'], { above: 0 })
  const n = values.length
  const x = new Float64Array(n + 2)
  for (let i = 0; i < n; i++) {
    const value: unknown = values[i]
    x[i + 1] = typeof value === 'number' && value > lower ? Math.min(value, upper) : lower
  }
  x.subarray(1, n + 1).sort()
  x[0] = lower
  x[n + 1] = upper
  const median = Math.floor((n + 1) / 2)
  const bound = Math.max(widest(x, median, beta), (upper - lower) * 2 ** -92)
  return Object.freeze({ value: (x[median] as number) + 0, bound })
}

/** The maximum over i <= m <= j. */
function widest(x: Float64Array, m: number, beta: number): number {
  let best = 0
  /** Of one i, the best of these j; the last one of several. */
  const scan = (i: number, from: number, to: number): { value: number; j: number } => {
    const found = { value: 0, j: to }
    for (let j = from; j <= to; j++) {
      const value = ((x[j] as number) - (x[i] as number)) * expNeg(beta * Math.max(0, j - i - 1))
      if (value >= found.value) [found.value, found.j] = [value, j]
    }
    best = Math.max(best, found.value)
    return found
  }
  const search = (low: number, high: number, from: number, to: number): void => {
    if (low > high) return
    const i = Math.floor((low + high) / 2)
    const { value, j } = scan(i, from, to)
    search(low, i - 1, from, j)
    // If all are 0, then j is the last one, and x_i is x_m, as is every x between, whose terms are at most those of m itself.
    if (value > 0) search(i + 1, high, j, to)
  }
  const last = x.length - 1
  scan(m, m, last)
  // Further away all terms are below e^-64, and within there is one with a weight for every i.
  const reach = Math.floor(64 / beta)
  search(Math.max(0, m - reach), m - 1, m, Math.min(last, m + reach + 1))
  return best
}
