/**
 * The logarithm of the gamma function and what is counted with it: factorials, binomials, and Stirling's error.
 *
 *   lgamma(x)        = log Gamma(x),                      x > 0
 *   stirlingError(x) = lgamma(x) - (x - 1/2) log x + x - log(2 pi) / 2  ~  1 / (12 x)
 *   logFactorial(n)  = log n!                logBinomial(n, k) = log(n! / (k! (n - k)!))
 *
 * Around its zeros lgamma(1 + t) = t (t - 1) G(w), w = (t - 1/5) / (t + 2), with G a fit of our own
 * (`test/vectors/numeric-coefficients.py`), so the zeros at 1 and 2 are exact. From 6 up Stirling's formula holds, with S(1 / x^2) / x
 * for its error; between, the recurrence Gamma(x + 1) = x Gamma(x). A large binomial is put together from saddle-point terms that
 * never cancel (Loader, Fast and accurate computation of binomial probabilities, 2000), a small one is a product.
 *
 * *Promise*: for Math.log and log1p within 1 ulp (true of fdlibm, which V8 uses; the language promises nothing) every result is
 * within 4 ulp of the true value, for every argument of the domain. One outside it, and NaN, are refused.
 *
 * *Limits*: worst met on 20 000 to 70 000 points each, against 90 digits: lgamma 3.08 ulp, stirlingError 3.52, logFactorial 1.79,
 * logBinomial (n up to 2^53 - 1) 2.66. Some 22, 14, 25 and 65 ns; stirlingError below 6 takes up to 500.
 *
 *     lgamma(1 + 2 ** -20)         // => -5.504750066148867e-7
 *     logBinomial(2 ** 53 - 1, 2)  // => 72.78045395879425
 *
 * @module
 */

import { InvalidParameterError } from '../errors.ts'
import { integer } from '../guard.ts'
import { cubic } from './polynomial.ts'

/** log(2 pi) / 2. */
const halfLog2Pi = 0.9189385332046728
/** From here up Stirling's formula with its fitted error. */
const large = 6

/** log Gamma(x) for x > 0; Infinity from x = 2.56e305 up. */
export function lgamma(x: number): number {
  if (x >= large) return (x - 0.5) * (Math.log(x) - 1) + (halfLog2Pi - 0.5 + errorSeries(x))
  if (x > 2.5) {
    let product = 1
    let y = x
    while (y > 2.5) {
      y -= 1
      product *= y
    }
    return lgammaNearZeros(y - 1) + Math.log(product)
  }
  if (x >= 0.6) return lgammaNearZeros(x - 1)
  if (x > 0) return lgammaNearZeros(x) - Math.log(x)
  throw new InvalidParameterError('x', 'a number > 0', x)
}

/** lgamma(1 + t) for t in [-0.4, 1.52]. */
function lgammaNearZeros(t: number): number {
  const w = (t - 0.2) / (t + 2)
  const v = w * w
  const u = v * v
  let g = cubic(w, v, 0.00020400367250607884, -0.0021948351861755724, -0.0007197457577146433, -0.0033393593282292034)
  g = cubic(w, v, 0.001707087142130962, -0.005693266858480605, 0.0005918119768185504, -0.0039057900922248854) + u * g
  g = cubic(w, v, 0.0076356123959062105, -0.01446317352220961, 0.003739480480724385, -0.00886328264686208) + u * g
  g = cubic(w, v, 0.032239616198141516, -0.0478568073601496, 0.015418344502608887, -0.025121954041023412) + u * g
  g = 0.5335880625207241 + (cubic(w, v, 0, -0.4278029376533844, 0.07352995720427333, -0.10828849191013448) + u * g)
  return t * (t - 1) * g
}

/** Stirling's error for x >= 6. */
function errorSeries(x: number): number {
  const u = 1 / x / x
  const v = u * u
  const high = cubic(u, v, 0.0008416117568838537, -0.001906405156123843, 0.005901549297067006, -0.016450184918873966)
  return (
    (cubic(u, v, 0.08333333333333333, -0.0027777777777734623, 0.0007936507903643918, -0.0005952371351851137) + v * v * high) / x
  )
}

/** How far log Gamma(x) is above Stirling's formula, for x > 0: about 1 / (12 x). */
export function stirlingError(x: number): number {
  if (!(x > 0)) throw new InvalidParameterError('x', 'a number > 0', x)
  let y = x
  let sum = 0
  // stirlingError(y) - stirlingError(y + 1) = atanh(v) / v - 1 with v = 1 / (2 y + 1), the sum of v^(2 i) / (2 i + 1), i > 0.
  for (; y < large; y += 1) {
    if (y < 0.1) {
      const log = y < 1e-300 ? -Math.log(y) : Math.log1p(1 / y)
      sum += y * log + (0.5 * log - 1)
      continue
    }
    const v = 1 / (2 * y + 1)
    const u = v * v
    let k = 3
    for (let power = u; power > 1e-17; power *= u) k += 2
    let step = 0
    for (; k > 1; k -= 2) step = (step + 1 / k) * u
    sum += step
  }
  return sum + errorSeries(y)
}

/** log n! for an integer n >= 0. */
export function logFactorial(n: number): number {
  return lgamma(integer('n', n, { atLeast: 0 }) + 1)
}

/** The logarithm of the number of ways to choose k out of n, for integers 0 <= k <= n. */
export function logBinomial(n: number, k: number): number {
  integer('n', n, { atLeast: 0 })
  const j = Math.min(integer('k', k, { atLeast: 0, atMost: n }), n - k)
  const rest = n - j
  if (j <= 16) {
    // At most 2^(53 * 16): no overflow.
    let product = 1
    for (let i = 1; i <= j; i++) product *= (rest + i) / i
    return Math.log(product)
  }
  const correction = stirlingError(n) - stirlingError(j) - stirlingError(rest)
  return j * Math.log(n / j) - rest * Math.log1p(-j / n) + (0.5 * Math.log(n / j / rest) - halfLog2Pi + correction)
}
