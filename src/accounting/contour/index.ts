/**
 * The contour accountant: epsilon and delta of compositions of Gaussian events, with a bracket that contains the truth.
 *
 *     delta(epsilon) = (1 / 2 pi i) Int e^(K(z) - z epsilon) / (z (z + 1)) dz,     Re z = lambda > 0,     K = SUM T_j K_j
 *
 * *Promise*: lower <= truth <= upper. Everything is counted: aliasing, the end of the integral, the quadrature of K, the rounding of
 * each step (for functions of Math within 1 ulp: true of fdlibm, which V8 uses; the language promises nothing). Where the law is
 * such that this would take too long, the answer is undefined, and comes quickly.
 * *Limits*: MEASURED. The relative width of epsilon is below 1e-12 for most compositions of hundreds of steps, at any delta down to
 * 1e-300. The cost does not depend on the number of steps, and is proportional to the number of different parts.
 *
 * @module
 */

import { nextDown, nextUp } from '../../numeric/directed.ts'
import { type LogDelta, logDeltaAt } from './integral.ts'
import { line } from './line.ts'
import { unit } from './loss-nodes.ts'
import { type Composition, type Cumulants, cumulants, type Tilt, tiltForDelta, tiltForEpsilon } from './tilt.ts'

export { type Compositions, gaussianCompositions } from './pairs.ts'
export type { Composition, ContourPart } from './tilt.ts'

/** A truth lies between these. */
export type ContourBracket = { readonly lower: number; readonly upper: number }

export type ContourOptions = {
  /** The relative width that is needed; more is given where it costs little. */
  readonly tolerance: number
  /** The largest number of (node, frequency) pairs to be spent; a million take about 10 ms. */
  readonly budget: number
}

/** Minus the log of the relative error of delta that is tried first: a trillionth. */
const fine = 27
/** And what part of the budget that may take. */
const fineShare = 0.25

/** The epsilon at which delta(epsilon) = delta, for delta in (0, 1); negative for a delta beyond delta(0). */
export function contourEpsilon(composition: Composition, delta: number, options: ContourOptions): ContourBracket | undefined {
  const logDelta = Math.log(delta)
  const of = cumulants(composition)
  const tilt = tiltForDelta(of, logDelta)
  if (tilt === undefined) return undefined
  const { lambda, at } = tilt
  const epsilon = (at.value + logIntegral(tilt) - logDelta) / lambda
  const needed = -Math.log((options.tolerance * lambda * Math.abs(epsilon)) / 8)
  return attempt(composition, tilt, of, { epsilon, logDelta, needed, budget: options.budget }, (evaluate) =>
    invert(evaluate, epsilon, logDelta),
  )
}

/** delta(epsilon), for any finite epsilon. */
export function contourDelta(composition: Composition, epsilon: number, options: ContourOptions): ContourBracket | undefined {
  const of = cumulants(composition)
  const tilt = tiltForEpsilon(of, epsilon)
  if (tilt === undefined) return undefined
  const { lambda, at } = tilt
  const logDelta = Math.min(0, at.value - lambda * epsilon + logIntegral(tilt))
  const needed = -Math.log(options.tolerance / 4)
  return attempt(composition, tilt, of, { epsilon, logDelta, needed, budget: options.budget }, (evaluate) => {
    const { lower, upper } = evaluate(epsilon)
    return { lower: Math.max(0, nextDown(Math.exp(lower))), upper: Math.min(1, nextUp(nextUp(Math.exp(upper)))) }
  })
}

/**
 * Whether delta(epsilon) <= e^logDelta, by Chernoff's bound alone: false says nothing.
 *
 *     delta(epsilon) <= e^(K(l) - l epsilon) sup_x (1 - e^-x) e^(-l x) = e^(K(l) - l epsilon) l^l / (1 + l)^(1 + l)
 */
export function surelyBelow(composition: Composition, epsilon: number, logDelta: number): boolean {
  const of = cumulants(composition)
  const shown = ({ lambda, at }: Tilt): boolean => {
    const exponent = at.value - lambda * epsilon
    const shape = lambda * Math.log(lambda) - (1 + lambda) * Math.log1p(lambda)
    const slack = at.valueError + 8 * unit * (at.value + lambda * Math.abs(epsilon) + Math.abs(shape) + Math.abs(logDelta) + 1)
    return exponent + shape + slack <= logDelta
  }
  // Any tilt on the way to the saddle may do already.
  let enough = false
  const saddle = tiltForEpsilon((lambda) => {
    const at = of(lambda)
    enough = at !== undefined && lambda > 0 && shown({ lambda, at })
    return enough ? undefined : at
  }, epsilon)
  if (enough) return true
  if (saddle !== undefined) return shown(saddle)
  // No saddle within reach: epsilon is close to the largest loss there can be, or above. Any tilt gives a bound.
  for (let lambda = 1; lambda < 1e6; lambda *= 4) {
    const at = of(lambda)
    if (at === undefined) return false
    if (shown({ lambda, at })) return true
  }
  return false
}

/** About the log of delta e^(lambda epsilon - K), at a saddle: that of a normal law, and low enough for others. */
function logIntegral({ lambda, at }: Tilt): number {
  return -Math.log(2.5 * (1 + lambda * Math.sqrt(at.curvature)) * (1 + lambda))
}

type Evaluate = (epsilon: number) => LogDelta
type Aim = { readonly epsilon: number; readonly logDelta: number; readonly needed: number; readonly budget: number }

/** First as finely as doubles allow if that is cheap, else as finely as needed. */
function attempt(
  composition: Composition,
  tilt: Tilt,
  of: Cumulants,
  { needed, budget, ...where }: Aim,
  use: (evaluate: Evaluate) => ContourBracket | undefined,
): ContourBracket | undefined {
  const evaluation = (digits: number, share: number): Evaluate | undefined => {
    const table = line(composition, tilt, of, { ...where, digits, budget: budget * share })
    return table === undefined ? undefined : (epsilon) => logDeltaAt(table, epsilon)
  }
  let digits = fine
  let evaluate = evaluation(digits, fineShare)
  if (evaluate === undefined && needed < fine) {
    digits = Math.max(needed, 6)
    evaluate = evaluation(digits, 1)
  }
  if (evaluate === undefined) return undefined
  const { avoidable } = evaluate(where.epsilon)
  if (!(avoidable < 20 * Math.exp(-digits))) {
    // Delta is smaller than it looked, so errors are larger relative to it.
    const more = evaluation(digits + Math.min(40, Math.max(3, digits + Math.log(avoidable))), 1)
    if (more !== undefined) evaluate = more
  }
  return use(evaluate)
}

/** Newton's method for log delta(epsilon), and then a step to either side, to where the bracket of delta clears the target. */
function invert(evaluate: Evaluate, start: number, logDelta: number): ContourBracket | undefined {
  let epsilon = start
  let here = evaluate(epsilon)
  for (let round = 0; round < 40; round++) {
    const step = (logDelta - here.log) / here.slope
    if (!Number.isFinite(step)) return undefined
    epsilon += step
    here = evaluate(epsilon)
    if (Math.abs(step) <= 1e-10 * Math.abs(epsilon)) break
  }
  // The logarithm of the target is rounded itself.
  const slack = 2 * unit * Math.abs(logDelta)
  const clear = (side: 1 | -1): number => {
    const short = side > 0 ? here.upper + slack - logDelta : logDelta + slack - here.lower
    let step = Math.max((-1.01 * short) / here.slope, 4 * unit * Math.abs(epsilon), Number.MIN_VALUE)
    for (let round = 0; round < 40; round++, step *= 2) {
      const { lower, upper } = evaluate(epsilon + side * step)
      if (side > 0 ? upper + slack <= logDelta : lower - slack >= logDelta) return epsilon + side * step
    }
    return side * Number.POSITIVE_INFINITY
  }
  const [lower, upper] = [clear(-1), clear(1)]
  return lower < upper ? { lower, upper } : undefined
}
