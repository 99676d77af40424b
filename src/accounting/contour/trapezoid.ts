/**
 * Where the trapezoid rule in x puts its points so that it gives E_P[e^(zL)] as accurately as asked.
 *
 *     E_P[e^(zL)] = Int n e^((z + 1) A - z B) dx  ~  h SUM n e^((z + 1) A - z B)(i h),      z = lambda + i t
 *
 * *Step.* The integrand is analytic for |Im x| < s^2 c while no mixture can vanish there: the terms of p / n have angles a_k Im x / s^2,
 * so they stay within a wedge of less than pi for c (a_max - a_min) < pi, likewise for q. On the line Im x = s^2 c
 *
 *     |n| = n e^(s^2 c^2 / 2),   |p / n|^(lambda + 1) <= its real value,   |q / n|^-lambda <= its real value sec^lambda(c (b_max - b_min) / 2),
 *     |e^(itL)| <= e^(t c turn),  turn = max(|a_max - b_min|, |a_min - b_max|)
 *
 * so the integral of the modulus is at most e^X E e^(lambda L), X = s^2 c^2 / 2 + lambda log sec(...) + t c turn, and the error of the rule at most
 * 2 e^X / (e^(2 pi s^2 c / h) - 1) of E e^(lambda L) (Trefethen and Weideman, SIAM Review 56 (2014), theorem 5.1). c is chosen for the longest h.
 *
 * *Ends.* The logarithmic derivative of the integrand at t = 0 is (m(x) - x) / s^2, where m = (lambda + 1) s^2 A' - lambda s^2 B' and
 * s^2 A', s^2 B' rise from a_min, b_min to a_max, b_max. Hence the law that it is the density of lies stochastically below N(max m, s^2) and above
 * N(min m, s^2), and what is cut off R standard deviations beyond these is at most e^(-R^2 / 2). Within such ends m ranges less
 * widely, so the argument may be repeated, each time for another e^(-R^2 / 2).
 *
 * *Promise*: with L_z the law e^(zL - K(z)) dP at real z = lambda' in {-1} and [0, lambda], sums over the points differ by at most `massError` from
 * E e^(itL_z) (|t| <= frequency) and by at most `momentError` from E L_z.
 *
 * @module
 */

import { hull, type MixturePair, posteriorMean } from './mixture-pair.ts'

/** The points first step, ..., (first + count - 1) step. */
export type Trapezoid = {
  readonly step: number
  readonly first: number
  readonly count: number
  readonly massError: number
  readonly momentError: number
}

export type Demand = {
  readonly lambda: number
  /** The largest |t|. */
  readonly frequency: number
  /** Minus the log of the error to aim at, before it is divided by what depends on lambda and t. */
  readonly digits: number
}

/** log sec of the largest half wedge that is allowed, twice. */
const logSecants = 5.1
/** The part of pi that a wedge may take. */
const wedge = 0.95 * Math.PI

/** The fewest points found for the demand. */
export function trapezoid(pair: MixturePair, { lambda, frequency, digits }: Demand): Trapezoid {
  const { stddev, p, q } = pair
  const variance = stddev * stddev
  const [aMin, aMax] = hull(p)
  const [bMin, bMax] = hull(q)
  const a = Math.max(-aMin, aMax)
  const b = Math.max(-bMin, bMax)
  const turn = Math.max(Math.abs(aMax - bMin), Math.abs(aMin - bMax))
  const spread = Math.max(aMax - aMin, bMax - bMin)

  // |L| <= offset + slope |x| on the real line.
  const slope = (a + b) / variance
  const offset = (a * a + b * b) / (2 * variance)
  let low = Math.min(0, aMin, bMin, (lambda + 1) * aMin - lambda * bMax)
  let high = Math.max(0, aMax, bMax, (lambda + 1) * aMax - lambda * bMin)
  const furthest = offset + slope * (Math.max(-low, high) + stddev)
  const need = digits + Math.log(8 + 4 * lambda + (frequency + 1) * (furthest + 10))
  const tail = Math.sqrt(2 * need)
  low -= tail * stddev
  high += tail * stddev
  let cuts = 1
  for (; cuts < 6 && high - low > 6 * tail * stddev; cuts++) {
    const [aLow, aHigh] = [posteriorMean(p, stddev, low), posteriorMean(p, stddev, high)]
    const [bLow, bHigh] = [posteriorMean(q, stddev, low), posteriorMean(q, stddev, high)]
    const closerLow = Math.min(0, aLow, bLow, (lambda + 1) * aLow - lambda * bHigh) - tail * stddev
    const closerHigh = Math.max(0, aHigh, bHigh, (lambda + 1) * aHigh - lambda * bLow) + tail * stddev
    if (closerHigh - closerLow > 0.8 * (high - low)) break
    low = Math.max(low, closerLow)
    high = Math.min(high, closerHigh)
  }

  let step = 0
  let width = 0
  let growth = 0
  // h is a quotient of a linear by a convex function of c: one maximum, at most at c = sqrt(2 need) / s.
  let c = Math.min(wedge / spread, (1.2 * tail) / stddev)
  for (let tries = 0; tries < 20; tries++, c *= 0.8) {
    const x = (variance * c * c) / 2 - lambda * Math.log(Math.cos((c * (bMax - bMin)) / 2)) + frequency * turn * c
    const h = (2 * Math.PI * variance * c) / (x + need)
    if (h < step) break
    step = h
    width = c
    growth = x
  }
  // So few bits that any multiple in use is exact; fround may round up, hence the factor.
  step = Math.fround(step * (1 - 2 ** -23))
  const decay = (2 * Math.PI * variance * width) / step
  const strip = (2.01 * Math.exp(growth - decay)) / -Math.expm1(-decay)
  const outside = 1.01 * cuts * Math.exp((-tail * tail) / 2)
  const first = Math.floor(low / step)
  const largest = offset + slope * Math.max(-low, high) + turn * width + logSecants + 1
  return {
    step,
    first,
    count: Math.ceil(high / step) - first + 1,
    massError: strip + outside,
    momentError: strip * largest + outside * furthest,
  }
}
