/**
 * The binomial distribution: probabilities and both tails, to the last digits however far out.
 *
 *     b(k) = C(n, k) p^k q^(n - k),  q = 1 - p          binomialAtLeast(k, n, p) = b(k) + ... + b(n) = I_p(k, n - k + 1)
 *                                                       binomialAtMost(k, n, p)  = b(0) + ... + b(k) = I_q(n - k, k + 1)
 *
 * A probability comes from Loader's saddle point (Fast and accurate computation of binomial probabilities, 2000): with S Stirling's
 * error,
 *
 *     b(k) = sqrt(n / (2 pi k (n - k))) e^(S(n) - S(k) - S(n - k) - D(k, n p) - D(n - k, n q)),   D(x, m) = x log(x / m) + m - x
 *
 * Both D have the same k - n p in them, which is formed without rounding n p. The tail away from the mean is b(k) times a
 * continued fraction of positive terms, that of the incomplete beta function I_x(a, b) (DiDonato and Morris, ACM TOMS 18 (1992),
 * equation 9); the other tail is 1 minus this one.
 *
 * *Promise*: for Math.exp, log, log1p and sqrt within 1 ulp (true of fdlibm, which V8 uses; the language promises nothing) a logarithm
 * l is within 16 u (1 + |l|) of the true one, u = 2^-53, and a probability e^l is within that, relatively. A logarithm near 0 is good
 * relative to itself. Never NaN: n and k must be integers, p in [0, 1]. k may lie outside [0, n].
 *
 * *Limits*: worst met on 246 points up to n = 10^12, against 80 digits: 5.1 u (1 + |l|). Some 0.2 us for a probability, 1 us for a tail;
 * at the mean the number of terms grows like the root of n, to 0.04 s at the largest n.
 *
 *     binomialAtLeast(600, 1000, 0.5)    // => 1.3642320780330113e-10
 *     binomialLogAtMost(0, 1000, 0.999)  // => -6907.755278982136
 *
 * @module
 */

import { NumericalError } from '../errors.ts'
import { integer, number } from '../guard.ts'
import { productError } from './double-double.ts'
import { stirlingError } from './gamma.ts'

/** log(2 pi) / 2. */
const halfLog2Pi = 0.9189385332046728

/** P(X = k) for X binomial of n trials with probability p. */
export function binomialProbability(k: number, n: number, p: number): number {
  return Math.exp(binomialLogProbability(k, n, p))
}

/** log P(X = k). */
export function binomialLogProbability(k: number, n: number, p: number): number {
  check(k, n, p)
  return k < 0 || k > n ? Number.NEGATIVE_INFINITY : logProbability(k, n, p, 1 - p, above(k, n, p))
}

/** P(X >= k). */
export function binomialAtLeast(k: number, n: number, p: number): number {
  check(k, n, p)
  const excess = above(k, n, p)
  if (excess >= 0) return Math.exp(logFarTail(k, n, p, 1 - p, excess))
  return 1 - Math.exp(logFarTail(n - k + 1, n, 1 - p, p, 1 - excess))
}

/** P(X <= k). */
export function binomialAtMost(k: number, n: number, p: number): number {
  check(k, n, p)
  const excess = -above(k, n, p)
  if (excess >= 0) return Math.exp(logFarTail(n - k, n, 1 - p, p, excess))
  return 1 - Math.exp(logFarTail(k + 1, n, p, 1 - p, 1 - excess))
}

/** log P(X >= k). */
export function binomialLogAtLeast(k: number, n: number, p: number): number {
  check(k, n, p)
  const excess = above(k, n, p)
  if (excess >= 0) return logFarTail(k, n, p, 1 - p, excess)
  return Math.log1p(-Math.exp(logFarTail(n - k + 1, n, 1 - p, p, 1 - excess))) + 0
}

/** log P(X <= k). */
export function binomialLogAtMost(k: number, n: number, p: number): number {
  check(k, n, p)
  const excess = -above(k, n, p)
  if (excess >= 0) return logFarTail(n - k, n, 1 - p, p, excess)
  return Math.log1p(-Math.exp(logFarTail(k + 1, n, p, 1 - p, 1 - excess))) + 0
}

function check(k: number, n: number, p: number): void {
  integer('k', k)
  integer('n', n, { atLeast: 0 })
  number('p', p, { atLeast: 0, atMost: 1 })
}

/** k - n p, rounded once. */
function above(k: number, n: number, p: number): number {
  const mean = n * p
  return k - mean - (mean > 1e-250 ? productError(n, p, mean) : 0)
}

/** log b(k) for 0 <= k <= n, with q = 1 - p and excess = k - n p given. */
function logProbability(k: number, n: number, p: number, q: number, excess: number): number {
  // The smaller of the two probabilities is the exact one.
  if (k === 0) return n === 0 ? 0 : n * (p < 0.5 ? Math.log1p(-p) : Math.log(q)) + 0
  if (k === n) return n * (q < 0.5 ? Math.log1p(-q) : Math.log(p)) + 0
  if (p === 0 || q === 0) return Number.NEGATIVE_INFINITY
  const rest = n - k
  const correction = stirlingError(n) - stirlingError(k) - stirlingError(rest)
  return 0.5 * Math.log(n / k / rest) - halfLog2Pi + correction - deviance(k, n * p, excess) - deviance(rest, n * q, -excess)
}

/** x log(x / m) + m - x for x, m > 0 with x - m given. */
function deviance(x: number, m: number, difference: number): number {
  if (Math.abs(difference) > 0.3 * (x + m)) return x * Math.log(x / m) - difference
  // 2 x (v + v^3 / 3 + ...) - d with v = d / (x + m), and 2 x v - d = d v.
  const v = difference / (x + m)
  const square = v * v
  let sum = 0
  for (let k = square < 0.01 ? 17 : 33; k > 1; k -= 2) sum = (sum + 1 / k) * square
  return difference * v + 2 * x * v * sum
}

/** log(b(k) + ... + b(n)) for k no less than the mean. */
function logFarTail(k: number, n: number, p: number, q: number, excess: number): number {
  if (k > n) return Number.NEGATIVE_INFINITY
  if (k <= 0) return 0
  const first = logProbability(k, n, p, q, excess)
  // The last term is the tail; and where p is 0 or 1 there is no other.
  if (k === n || first === Number.NEGATIVE_INFINITY) return first
  return Math.min(0, first + Math.log(tailOverFirst(k, n, p, q, excess)))
}

/**
 * (b(k) + ... + b(n)) / b(k) for k no less than the mean: with a = k, b = n - k + 1, x = p, y = q
 *
 *     I_x(a, b) a B(a, b) / (x^a y^b) = a / (beta_0 + alpha_1 / (beta_1 + ...)),     x^a y^b / (a B(a, b)) = q b(k)
 */
function tailOverFirst(a: number, n: number, x: number, y: number, excess: number): number {
  const b = n - a + 1
  // a y - b x + 1, in which large terms cancel: it is a - (n + 1) x + 1.
  const slack = excess + y
  let [numerator, lastNumerator] = [1, 0]
  let denominator = (a / (a + 1)) * slack
  let lastDenominator = 1
  let fraction = numerator / denominator
  for (let m = 1; m < 1e8; m++) {
    // Past m = b - 1 the fraction has ended: alpha is 0.
    if (m >= b) break
    const c = a + 2 * m - 1
    const t = m * (b - m) * x
    const alpha = ((a + m - 1) / c) * ((a + b + m - 1) / c) * x * t
    const beta = m + t / c + ((a + m) / (c + 2)) * (slack + m * (1 + y))
    ;[numerator, lastNumerator] = [beta * numerator + alpha * lastNumerator, numerator]
    ;[denominator, lastDenominator] = [beta * denominator + alpha * lastDenominator, denominator]
    const next = numerator / denominator
    if (denominator > 1e200) {
      numerator *= 1e-200
      lastNumerator *= 1e-200
      denominator *= 1e-200
      lastDenominator *= 1e-200
    }
    if (Math.abs(next - fraction) <= 2 ** -54 * next) {
      fraction = next
      break
    }
    fraction = next
    if (m === 1e8 - 1) throw new NumericalError(`the tail of a binomial (k = ${a}, n = ${n}, p = ${x}) has not converged`)
  }
  return a * y * fraction
}
