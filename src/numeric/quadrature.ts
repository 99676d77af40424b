/**
 * Integrals: over the line by the trapezoid rule, over an interval by Gauss and Legendre or, where the ends are singular, by a
 * trapezoid rule in disguise.
 *
 *   trapezoid   step sum_k f(centre + k step)
 *   integrate   sum over equal panels of (b - a)/2 sum_i w_i f((a + b)/2 + (b - a)/2 x_i)
 *   tanhSinh    trapezoid of f(x(t)) x'(t),  x(t) = (a + b)/2 + (b - a)/2 tanh(pi/2 sinh t)
 *
 * For f analytic in the strip |Im x| < c and decaying, the trapezoid rule is off by no more than M / (e^(2 pi c / step) - 1), M a
 * bound of the integral of |f| along the edges: Trefethen and Weideman, SIAM Review 56 (2014), theorem 5.1. So halving the step
 * doubles the digits. tanh-sinh: Takahasi and Mori, Publ. RIMS 9 (1974).
 *
 * *Promise*: sums are compensated, so rounding is that of f and of the weights. A NaN or infinite term, a sum that does not fade out
 * within 2^20 terms, a tolerance not met: NumericalError. `trapezoid` between two finite limits takes every point between them. On
 * an infinite side it stops after three terms in a row below 2^-60 of the sum of magnitudes so far, which is right for terms that
 * fall off monotonely from there; a sum that saw only zeros is refused, since `centre` may have missed the bulk.
 *
 * *Limits*: the error of the rule itself is the caller's for `trapezoid` and `integrate`; `tanhSinh` halves its step until two
 * results agree. There f sees x rounded: with f = x^-p the part nearer to an end than the spacing of doubles is missing.
 *
 *     trapezoid((x) => Math.exp(-x * x), { step: 0.5 }) ** 2         // => 3.1415926535897936
 *     integrate((x) => Math.exp(x), { low: 0, high: 1, order: 12 })  // => 1.7182818284590453
 *     tanhSinh((x) => Math.log(x), { low: 0, high: 1 })              // => -1
 *
 * @module
 */

import { NumericalError } from '../errors.ts'
import { integer, number } from '../guard.ts'
import { gaussLegendre } from './gauss-legendre.ts'
import { accumulator } from './sums.ts'

export type TrapezoidOptions = {
  readonly step: number
  /** A point of the grid, where f is not small. Default 0. */
  readonly centre?: number
  /** Finite limits of the sum; without one the sum goes on until it fades out. */
  readonly low?: number
  readonly high?: number
}

const mostTerms = 2 ** 20

/** The integral of f over the line, or of its part between the limits. */
export function trapezoid(f: (x: number) => number, options: TrapezoidOptions): number {
  const step = number('step', options.step, { above: 0 })
  const centre = number('centre', options.centre ?? 0)
  const up = options.high === undefined ? Infinity : number('high', options.high, { atLeast: centre }) - centre
  const down = options.low === undefined ? Infinity : centre - number('low', options.low, { atMost: centre })
  const total = accumulator()
  let magnitude = 0
  const walk = (first: number, direction: 1 | -1, reach: number): void => {
    let quiet = 0
    for (let k = first; k * step <= reach; k++) {
      if (k >= mostTerms) throw new NumericalError(`a trapezoid sum has not faded out after ${mostTerms} terms of step ${step}`)
      const x = centre + direction * k * step
      const term = f(x)
      if (!Number.isFinite(term)) throw new NumericalError(`the integrand is ${term} at ${x}`)
      total.add(term)
      magnitude += Math.abs(term)
      quiet = Math.abs(term) <= 2 ** -60 * magnitude ? quiet + 1 : 0
      if (quiet === 3 && reach === Infinity) break
    }
  }
  walk(0, 1, up)
  walk(1, -1, down)
  if (magnitude === 0 && (up === Infinity || down === Infinity)) {
    throw new NumericalError(`a trapezoid sum saw only zeros around ${centre}`)
  }
  return step * total.total()
}

export type IntegrateOptions = {
  readonly low: number
  readonly high: number
  /** Points of each panel; default 32. */
  readonly order?: number
  /** How many equal parts the interval is cut into; default 1. */
  readonly panels?: number
}

/** The integral of f from low to high by composite Gauss-Legendre quadrature. */
export function integrate(f: (x: number) => number, options: IntegrateOptions): number {
  const low = number('low', options.low)
  const high = number('high', options.high)
  const panels = integer('panels', options.panels ?? 1, { atLeast: 1 })
  const { nodes, weights } = gaussLegendre(integer('order', options.order ?? 32))
  const half = (high - low) / panels / 2
  const total = accumulator()
  for (let panel = 0; panel < panels; panel++) {
    const middle = low + (2 * panel + 1) * half
    for (let i = 0; i < nodes.length; i++) total.addProduct(weights[i] as number, f(middle + half * (nodes[i] as number)))
  }
  return half * total.total()
}

export type TanhSinhOptions = {
  readonly low: number
  readonly high: number
  /** Two results in a row must agree to the larger of the tolerances, default 1e-12 and 0. The last one is then better than that. */
  readonly relativeTolerance?: number
  readonly absoluteTolerance?: number
}

/** The integral of f from low to high, where f may be singular at the ends (but not seen there: the ends are left out). */
export function tanhSinh(f: (x: number) => number, options: TanhSinhOptions): number {
  const low = number('low', options.low)
  const high = number('high', options.high, { above: low })
  const relative = number('relativeTolerance', options.relativeTolerance ?? 1e-12, { atLeast: 0 })
  const absolute = number('absoluteTolerance', options.absoluteTolerance ?? 0, { atLeast: 0 })
  const term = (t: number): number => {
    const u = (Math.PI / 2) * Math.sinh(t)
    // The distance from the nearer end, without cancellation: (b - a) (1 - tanh |u|) / 2.
    const distance = (high - low) / (1 + Math.exp(2 * Math.abs(u)))
    const x = u < 0 ? low + distance : high - distance
    if (x <= low || x >= high) return 0
    return f(x) * (Math.PI / 2) * Math.cosh(t) * 2 * distance * (1 - distance / (high - low))
  }
  let before = Number.NaN
  let result = Number.NaN
  for (let step = 2 ** -2; step >= 2 ** -9; step /= 2) {
    before = result
    result = trapezoid(term, { step, low: -6.5, high: 6.5 })
    if (Math.abs(result - before) <= Math.max(absolute, relative * Math.abs(result))) return result
  }
  throw new NumericalError(`tanh-sinh quadrature has not settled: ${before}, then ${result} at the shortest step`)
}
