/**
 * The pieces that the error function and the normal distribution are made of.
 *
 *   erf(x)                   = 2 x / sqrt(pi) (1 - u T(u)),                u = x^2 <= 1/4
 *   (1 - Phi(x)) e^(x^2 / 2) = P(q) / (x + c),   q = (x - k) / (x + k),    x >= 0
 *
 * P stays within [0.39, 0.46] on the whole half-line, so one polynomial serves every tail: the map to q is the one of Shepherd and
 * Laframboise (Mathematics of Computation 36, 1981), with a fit of our own by `test/vectors/numeric-coefficients.py`.
 *
 * *Promise*: T and P as fitted are within 2.3e-17 of erf and of the tail, relatively, before rounding.
 *
 * *Limits*: u in [0, 1/4], x >= 0. Preconditions; nothing is checked here.
 *
 * @module
 */

import { cubic } from './polynomial.ts'

/** k and c above. */
export const poleOfMap = 5.5
export const poleOfTail = 0.8759765625

/** k and c divided by sqrt 2, for an argument that is not yet multiplied by it. c was chosen so that this rounds well. */
export const poleOfMapOverRoot2 = 3.8890872965260113
export const poleOfTailOverRoot2 = 0.6194089675042316

/** T(u). */
export function centralSeries(u: number): number {
  const v = u * u
  const high = cubic(u, v, 0.0007575744150239304, -0.00010682609432088465, 1.3172620195492302e-5, -1.3213808495515987e-6)
  return cubic(u, v, 0.33333333333333326, -0.09999999999996839, 0.023809523806866517, -0.004629629544446312) + v * v * high
}

/** P(q). */
function tailPolynomial(q: number): number {
  const v = q * q
  const w = v * v
  let p = cubic(q, v, 3.461009228567763e-9, -4.69168340850244e-9, -2.1394412296054413e-10, 3.889731576519451e-10)
  p = cubic(q, v, 4.650103889159142e-7, -2.1490746336035407e-7, -4.129150805966003e-8, 3.475569166180834e-8) + w * p
  p = cubic(q, v, 3.9479322983371825e-5, -1.6363939758464724e-7, -4.833771721300858e-6, 1.0468597483945719e-6) + w * p
  p = cubic(q, v, -0.004436930832653973, 0.0011832180304610519, -7.477199448456449e-5, -9.502390121087343e-5) + w * p
  p = cubic(q, v, -0.028008541374000058, 0.02799844595568698, -0.01997532189200586, 0.010886935780154783) + w * p
  return 0.4485033684473242 + (cubic(q, v, 0, -0.07188950058869557, 0.022422405954328564, 0.01239222553345112) + w * p)
}

/** P(q) / (x + c) for x >= 0. */
export function tailQuotient(x: number, k: number, c: number): number {
  // Past 1e20 it is P(1) / x, and Infinity must not become Infinity / Infinity.
  return x < 1e20 ? tailPolynomial((x - k) / (x + k)) / (x + c) : 0.3989422804014327 / x
}

const ln2High = 0.6931471803691238
const ln2Low = 1.9082149292705877e-10

/** m e^-(s + r) for s >= 0 and |r| so small that e^-r = 1 - r. Rounded only once where the result is subnormal. */
export function decay(m: number, s: number, r: number): number {
  if (s < 690) {
    const d = m * Math.exp(-s)
    return d - d * r
  }
  // 2^-64 e^(64 ln 2 - s), so that all but the last product stays among the normal numbers. The first difference is exact.
  if (s > 800) return 0
  const d = m * Math.exp(64 * ln2High - s)
  return (d - d * (r - 64 * ln2Low)) * 2 ** -64
}
