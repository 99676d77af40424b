/**
 * Compositions whose delta(epsilon) is known in closed form: Gaussians, and one release of a Gaussian on a Poisson sample.
 *
 *     removed:  delta(e) = q delta_G(l),            e = log(1 - q + q e^l)
 *     added:    delta(e) = q e^(e - l) delta_G(l),  e = -log(1 - q + q e^-l);    0 from e = -log(1 - q) on
 *
 * (Li, Qardaji and Su 2012 for the first; both from Zhu, Dong and Wang 2022, arXiv 2106.08567, theorem 11.)
 *
 * *Promise*: lower <= truth <= upper; errors of mu and of l are passed on by evaluating delta_G on either side of them.
 * *Limits*: epsilon >= 0. Relative widths of 1e-13 to 1e-12, more only next to where delta or epsilon vanishes. Some 50 us for an epsilon.
 *
 * @module
 */

import { nextUp } from '../numeric/directed.ts'
import { bracket, findRoot } from '../numeric/roots.ts'
import { gaussianLogDelta, logError } from './analytic-gaussian.ts'
import type { Composition } from './contour/index.ts'
import { sampledLoss, unsampledLoss } from './laws/sampled-loss.ts'

/** A truth lies between these. */
export type Bracket = { readonly lower: number; readonly upper: number }

/** Brackets of delta at epsilon >= 0 and, for delta in (0, 1), of the least epsilon >= 0 that is enough. */
export type ClosedForm = { readonly delta: (epsilon: number) => Bracket; readonly epsilon: (delta: number) => Bracket }

/** The closed form of a composition, if it has one. */
export function closedForm({ parts, gaussian }: Composition): ClosedForm | undefined {
  const [part, more] = parts
  // A sum of squares is off by some rounding of each.
  if (part === undefined) return gaussian > 0 ? gaussianForm(Math.sqrt(gaussian), 2 ** -49) : undefined
  if (more !== undefined || part.times !== 1 || gaussian > 0) return undefined
  const { p, q, stddev } = part.pair
  const [mixed, other, removed] = p.means.length > 1 ? [p, q, true] : [q, p, false]
  const [idle, shift, third] = mixed.means
  if (idle !== 0 || shift !== 1 || third !== undefined || other.means.length !== 1 || other.means[0] !== 0) return undefined
  return sampledForm(mixed.weights[1] as number, 1 / stddev, removed)
}

/** A Gaussian whose mu > 0 is known to within a fraction of itself. */
export function gaussianForm(mu: number, error: number): ClosedForm {
  const [least, most] = [mu * (1 - error), mu * (1 + error)]
  return formOf((epsilon) => {
    const lower = gaussianLogDelta(least, epsilon)
    const upper = gaussianLogDelta(most, epsilon)
    return { lower: lower - logError(lower), upper: upper + logError(upper) }
  }, mu)
}

/** One release on a Poisson sample of rate q in (0, 1). */
function sampledForm(q: number, mu: number, removed: boolean): ClosedForm {
  const [least, most] = [mu * (1 - 2 ** -53), mu * (1 + 2 ** -53)]
  const end = -Math.log1p(-q)
  const logDelta = (epsilon: number): Bracket => {
    if (!removed && epsilon > end * (1 + 2 ** -50)) return { lower: Number.NEGATIVE_INFINITY, upper: Number.NEGATIVE_INFINITY }
    // What multiplies delta_G: q, or q e^(e - l) = 1 - e^e (1 - q), which vanishes at the largest loss.
    const share = removed ? q : Math.max(0, -Math.expm1(epsilon - end))
    const off = 2 ** -51 * (removed ? q : share + end)
    const base = removed ? unsampledLoss(q, epsilon) : -unsampledLoss(q, -epsilon)
    if (!(base < Number.POSITIVE_INFINITY)) return { lower: Number.NEGATIVE_INFINITY, upper: Math.log(share + off) }
    // 1 - q + q e^l is known to an ulp of the larger of its terms, so l the less the smaller q e^l is among them.
    const error = 2 ** -49 * (base + (removed ? 0 : Math.exp(base) / q))
    const lower = gaussianLogDelta(least, base + error)
    const upper = gaussianLogDelta(most, Math.max(0, base - error))
    return {
      lower: lower - logError(lower) + Math.log(Math.max(0, share - off)),
      upper: upper + logError(upper) + Math.log(share + off),
    }
  }
  return formOf(logDelta, sampledLoss(q, mu))
}

/** Both functions from the bracket of log delta; `scale` is about the size of the loss. */
function formOf(logDelta: (epsilon: number) => Bracket, scale: number): ClosedForm {
  const delta = (epsilon: number): Bracket => {
    const { lower, upper } = logDelta(epsilon)
    const most = upper === Number.NEGATIVE_INFINITY ? 0 : Math.min(1, nextUp(Math.exp(upper) * (1 + 2 ** -51)))
    return { lower: Math.exp(lower) * (1 - 2 ** -51), upper: most }
  }
  const epsilon = (target: number): Bracket => {
    const log = Math.log(target)
    const slack = 2 ** -52 * (1 + Math.abs(log))
    // Where the upper bound of delta passes the target, and where the lower one does; the ends on the outer sides.
    const crossing = (value: (epsilon: number) => number, side: 'low' | 'high'): number => {
      if (value(0) <= 0) return 0
      return findRoot(value, bracket(value, { start: 0, step: scale, direction: 'up' }))[side]
    }
    return {
      lower: crossing((e) => logDelta(e).lower - slack - log, 'low'),
      upper: crossing((e) => logDelta(e).upper + slack - log, 'high'),
    }
  }
  return { delta, epsilon }
}
