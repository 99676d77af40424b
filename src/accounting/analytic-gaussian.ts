/**
 * The Gaussian mechanism exactly: delta of epsilon, and the least noise for both.
 *
 *     delta(epsilon) = Phi(mu/2 - epsilon/mu) - e^epsilon Phi(-mu/2 - epsilon/mu)          mu = sensitivity / stddev
 *                    = e^(-a^2/2) (S(a) - S(b)),   a = epsilon/mu - mu/2,  b = a + mu,  S(x) = (1 - Phi(x)) e^(x^2/2)
 *                    = e^(-a^2/2) Int_a^b (phi(0) - x S(x)) dx                               since S' = x S - phi(0)
 *
 * Balle and Wang 2018 (arXiv 1805.06083), theorem 8. The first line cancels in both tails; the second where S(b) > S(a) / 2, and the third
 * serves there. Its integrand is phi(0) - x S(x) while that keeps its digits and further out S(x) / (x + 2 / (x + 3 / (x + ...))), the
 * quotient of two repeated integrals of the normal tail (Abramowitz and Stegun 26.2.14 differentiated). a is carried to twice the
 * precision, as a^2 / 2 in the exponent would lose a^2 ulp.
 *
 * *Promise*: `gaussianStddev` never gives too little noise: what it returns was evaluated and is private by more than the error of the
 * evaluation, for functions of Math within 1 ulp (true of fdlibm, which V8 uses; the language promises nothing).
 * *Limits*: delta within 5 ulp, its logarithm within 2, worst met on 6000 points (mu from 1e-8 to 100, delta down to 1e-300 and below)
 * against 80 digits; stddev at most 3e-14 above the least, relatively. 1 to 2 us, the stddev some 30.
 *
 *     gaussianStddev({ epsilon: 1, delta: 1e-5, l2Sensitivity: 1 })   // => 3.7306316348...
 *
 * @module
 */

import { number, options } from '../guard.ts'
import { divUp } from '../numeric/directed.ts'
import { productError, sumError } from '../numeric/double-double.ts'
import { decay } from '../numeric/gaussian-kernel.ts'
import { normalSf, scaledTail } from '../numeric/normal.ts'
import { bracket, findRoot } from '../numeric/roots.ts'
import { ten } from './laws/gauss-legendre.ts'

const phi0 = 0.3989422804014327
/** A bound on the relative error of `gaussianDelta`, some times what was measured. */
export const gaussianDeltaError: number = 2 ** -47

/** a, its rounding error, and e^(a^2 / 2) delta; with delta itself where a < 0. */
type Pieces = { readonly a: number; readonly aLow: number; readonly scaled: number; readonly whole: number | undefined }

/** delta(epsilon) for mu > 0 and a finite epsilon >= 0. */
export function gaussianDelta(mu: number, epsilon: number): number {
  const { a, aLow, scaled, whole } = pieces(mu, epsilon)
  if (whole !== undefined) return whole
  const square = a * a
  return square < 1e9 ? decay(scaled, square / 2, productError(a, a, square) / 2 + a * aLow) : 0
}

/** log delta(epsilon), also where delta is no double any more; -MAX_VALUE where even that is none. */
export function gaussianLogDelta(mu: number, epsilon: number): number {
  const { a, aLow, scaled, whole } = pieces(mu, epsilon)
  if (whole !== undefined) return Math.log(whole)
  const square = a * a
  // Further out neither matters to the last digit.
  if (!(square < 1e60)) return Math.max(-Number.MAX_VALUE, -square / 2)
  return Math.log(scaled) - (productError(a, a, square) / 2 + a * aLow) - square / 2
}

function pieces(mu: number, epsilon: number): Pieces {
  const ratio = epsilon / mu
  // So far out, one way or the other, that a is all.
  if (!(ratio + mu < 1e30)) return { a: ratio - mu / 2, aLow: 0, scaled: 1, whole: ratio > mu / 2 ? undefined : 1 }
  const product = ratio * mu
  const ratioLow = (epsilon - product - productError(ratio, mu, product)) / mu
  const half = mu / 2
  const a = ratio - half
  const b = ratio + half
  const aLow = sumError(ratio, -half, a) + ratioLow
  if (a > -1 && scaledTailOf(b) > 0.5 * scaledTailOf(a)) return { a, aLow, scaled: narrow(ratio, half), whole: undefined }
  if (a > 0) return { a, aLow, scaled: scaledTail(a) - slope(a) * aLow - scaledTail(b), whole: undefined }
  // The second term is at most half of the first: e^(-a^2/2) S(b) with S(b) < 1/2 and b >= -a.
  const weight = Math.exp((-a * a) / 2)
  const whole = normalSf(a) - weight * (phi0 * aLow + scaledTail(b) * (1 - a * aLow))
  return { a, aLow, scaled: whole / weight, whole }
}

/** S(x), x > -1. */
function scaledTailOf(x: number): number {
  return x >= 0 ? scaledTail(x) : normalSf(x) * Math.exp((x * x) / 2)
}

/** S(m - h) - S(m + h). */
function narrow(m: number, h: number): number {
  let total = 0
  for (let i = 0; i < ten.points.length; i++) total += (ten.weights[i] as number) * slope(m + h * (ten.points[i] as number))
  return h * total
}

/** -S'(x) = phi(0) - x S(x), x > -1. */
function slope(x: number): number {
  const s = scaledTailOf(x)
  if (x < 2.5) return phi0 - x * s
  // More levels change nothing: 84 at 2.5, 20 at 1000.
  let tail = x
  for (let k = Math.ceil(20 + 400 / (x * x)); k >= 2; k--) tail = x + k / tail
  return s / tail
}

/** How far a computed log delta, or the difference of two, may be off. */
export function logError(log: number): number {
  return gaussianDeltaError + 2 ** -51 * (1 + Math.abs(log))
}

/** What `gaussianStddev` is asked for. */
export type GaussianStddevOptions = { readonly epsilon: number; readonly delta: number; readonly l2Sensitivity: number }

/**
 * The least standard deviation at which noise on a vector of the given L2 sensitivity is (epsilon, delta)-differentially private,
 * rounded up; 0 if delta is 1, Infinity if it is 0.
 */
export function gaussianStddev(given: GaussianStddevOptions): number {
  options('options', given, ['epsilon', 'delta', 'l2Sensitivity'])
  const epsilon = number('epsilon', given.epsilon, { atLeast: 0 })
  const delta = number('delta', given.delta, { atLeast: 0, atMost: 1 })
  const sensitivity = number('l2Sensitivity', given.l2Sensitivity, { above: 0 })
  if (delta === 1) return 0
  if (delta === 0) return Number.POSITIVE_INFINITY
  const target = Math.log(delta)
  const error = logError(target)
  // Negative where it is private, by more than can be wrong.
  const excess = (mu: number): number => gaussianLogDelta(mu, epsilon) - target + error
  // As though delta were e^(-z^2 / 2); and for a small epsilon delta is about mu phi(0).
  const z = Math.sqrt(-2 * target)
  const start = (2 * epsilon) / (z + Math.sqrt(z * z + 2 * epsilon)) + delta / phi0
  const { low } = findRoot(excess, bracket(excess, { start }))
  // Both quotients are rounded to the side of more noise: the mu of the answer is at most the mu that was checked.
  return low > 0 ? divUp(sensitivity, low) : Number.POSITIVE_INFINITY
}
