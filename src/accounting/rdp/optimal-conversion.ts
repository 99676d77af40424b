/**
 * The best (epsilon, delta) that one Renyi divergence implies.
 *
 *     sup { delta : P, Q with D_a(P || Q) <= D, delta = sup_S P(S) - e^epsilon Q(S) }
 *
 * By data processing the worst P and Q are coins, p = P(S) and q = Q(S) (Asoodeh, Liao, Calmon, Kosut and Sankar 2020, arXiv
 * 2001.05990, section 3; that no other use of one order is better: Riess et al. 2026, arXiv 2602.04562), and they lie on the
 * boundary D_a(p || q) = D. Write p = q e^l and 1 - p = (1 - q) e^-m with l, m > 0, and s = l + m. Everything is then explicit: with z = a - 1
 * and g_a as in moment.ts,
 *
 *     q = (1 - e^-m) e^-l / (1 - e^-s)                                         what makes both coins sum to 1
 *     e^epsilon = dp/dq = e^l c,   c = (z / a) (1 - e^-as) / (1 - e^-zs)       the tangent to the boundary
 *     delta = p - e^epsilon q = p (1 - c),   1 - c = z e^-as g_a(s) / (1 - e^-zs)
 *     q g_a(l) + (1 - q) g_a(-m) = (e^(zD) - 1) / (a z)                        the boundary
 *
 * so for a given delta, m and l follow from s alone, and the last line is an equation for s; for a given epsilon it is one for m.
 * The boundary ends in the corner p = 1, q = e^-D, where delta = 1 - e^(epsilon - D): there from delta = 1 / a on.
 * c -> z / a for long s gives back epsilon = D + log(1 - 1/a) - (log delta + log a) / z of Canonne, Kamath and Steinke.
 *
 * *Promise*: the least epsilon (delta) for this order and divergence, from the side that claims more loss, to 1e-11 relative or
 * 1e-15 absolute; nothing cancels for tiny D or delta. z = 0 is the Kullback-Leibler divergence.
 * *Limits*: MEASURED. Preconditions, unchecked: z >= 0 finite, D > 0 finite, 0 < delta < 1, epsilon >= 0.
 *
 * @module
 */

import { NumericalError } from '../../errors.ts'
import { logAddExp } from '../../numeric/log-space.ts'
import { excess, tiltedExcess } from './moment.ts'

/** At m = 740 the coin p is 1 to the last bit of a double. */
const endless = 740
/** Of the logarithm of s or m. */
const tolerance = 1e-13

/** log((1 - e^-zs) / z). */
const logGap = (z: number, s: number): number => (z === 0 ? Math.log(s) : Math.log(-Math.expm1(-z * s) / z))

/** log(1 - c). */
const logRest = (z: number, s: number): number => Math.log(tiltedExcess(z, s)) - logGap(z, s)

/** log c. */
function logSlope(z: number, s: number, rest: number): number {
  if (rest < -Math.LN2) return Math.log1p(-Math.exp(rest))
  const a = 1 + z
  return Math.log(-Math.expm1(-a * s) / a) - logGap(z, s)
}

/** log of q g_a(l) + (1 - q) g_a(-m), given l + m = s and log q. */
function logBoundary(z: number, s: number, l: number, m: number, logQ: number): number {
  const right = logQ + Math.log(tiltedExcess(z, l)) + (1 + z) * l
  const left = Math.log(-Math.expm1(-l)) - Math.log(-Math.expm1(-s)) + Math.log(excess(z, -m))
  return logAddExp(right, left)
}

/** log((e^(zD) - 1) / (a z)). */
function logTarget(z: number, divergence: number): number {
  if (z === 0) return Math.log(divergence)
  const k = z * divergence
  return (k < 30 ? Math.log(Math.expm1(k) / z) : k - Math.log(z)) - Math.log1p(z)
}

/** The least epsilon >= 0 at this delta, from D of order 1 + z. */
export function optimalEpsilon(z: number, divergence: number, delta: number): number {
  if (delta * (1 + z) >= 1) return Math.max(0, divergence + Math.log1p(-delta))
  const target = logTarget(z, divergence)
  const logDelta = Math.log(delta)
  let epsilon = 0
  /** How far the coins of delta and s are beyond the boundary; sets their epsilon. */
  const beyond = (logS: number): number => {
    const s = Math.exp(logS)
    const rest = logRest(z, s)
    const m = -Math.log1p(Math.exp(logDelta - rest) * Math.expm1(-s))
    const l = s - m
    if (!(l > 0)) return Number.NEGATIVE_INFINITY
    epsilon = l + logSlope(z, s, rest)
    return logBoundary(z, s, l, m, logDelta - rest - l) - target
  }
  // For long s, where c is z / a and m is a delta: the classic conversion.
  const long = divergence - (logDelta + Math.log1p(z)) / z
  beyond(crossing(beyond, z > 0 && long > 0 ? Math.log(long) : 0))
  return Math.max(0, epsilon)
}

/** The least delta at this epsilon, from D of order 1 + z. */
export function optimalDelta(z: number, divergence: number, epsilon: number): number {
  if (epsilon - divergence <= -Math.log1p(1 / z)) return -Math.expm1(epsilon - divergence)
  const target = logTarget(z, divergence)
  let logDelta = 0
  let s = 0
  /** The same for the coins of epsilon and m; sets their delta. */
  const beyond = (logM: number): number => {
    const m = Math.min(Math.exp(logM), endless)
    s = spanOf(z, epsilon + m, s)
    const rest = logRest(z, s)
    const l = epsilon - logSlope(z, s, rest)
    const logP = Math.log(-Math.expm1(-m)) - Math.log(-Math.expm1(-s))
    logDelta = logP + rest
    return m < endless ? logBoundary(z, s, l, m, logP - l) - target : Number.POSITIVE_INFINITY
  }
  // For long s the classic conversion; below the least double there is nothing to refine.
  const long = z > 0 ? z * (divergence - epsilon - Math.log1p(1 / z)) : 0
  if (long < -745) return 0
  beyond(crossing(beyond, Math.min(0, long)))
  return Math.min(1, Math.exp(logDelta))
}

/** The s at which s + log c is this: by Newton, the slope being between 1/2 and 1. */
function spanOf(z: number, wanted: number, guess: number): number {
  let s = guess > wanted ? guess : wanted + Math.min(wanted + 1, Math.log1p(1 / z))
  for (let i = 0; i < 60; i++) {
    const slope = 1 + 1 / gapAhead(1 + z, s) - 1 / gapAhead(z, s)
    const step = (s + logSlope(z, s, logRest(z, s)) - wanted) / slope
    s = Math.max(s - step, wanted)
    if (Math.abs(step) <= 1e-14 * s) break
  }
  return s
}

/** (e^(bs) - 1) / b. */
const gapAhead = (b: number, s: number): number => (b === 0 ? s : Math.expm1(b * s) / b)

/**
 * Just above where a rising function passes 0: secants, kept between the last points on either side. Its own search and not
 * findRoot's, since a conversion for each of many orders is mostly this and one side is all that is wanted.
 */
function crossing(f: (x: number) => number, start: number): number {
  let [low, high] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
  let [x, y] = [start, f(start)]
  let slope = Number.NaN
  let reach = 0.125
  for (let i = 0; i < 200; i++) {
    if (y < 0) low = x
    else high = x
    let next = x - y / slope
    if (high - low === Number.POSITIVE_INFINITY) {
      // Until the root is between two points, no further at a time than twice as far as before.
      if (!(Math.abs(next - x) < reach && next > low && next < high)) next = y < 0 ? x + reach : x - reach
      reach *= 2
    } else if (!(next > low && next < high)) next = (low + high) / 2
    if (Math.abs(next - x) <= tolerance) break
    const before = { x, y }
    ;[x, y] = [next, f(next)]
    slope = (y - before.y) / (x - before.x)
  }
  for (let step = tolerance; step < 700; step *= 4) {
    if (f(x) >= 0) return x
    x += step
  }
  throw new NumericalError(`no bound on the loss was found between ${low} and ${high}`)
}
