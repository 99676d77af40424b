/**
 * A bound on |phi(s)| for *all* s >= t, of a law of which only the density at some points is known.
 *
 * A density is at least a staircase under it, and a staircase that rises and then falls is a mixture of uniform laws (one for each
 * level, as in Khinchine's theorem). The uniform law on an interval of length l has |phi(s)| = |sinc(s l / 2)|, so
 *
 *     |phi(s)| <= 1 - SUM mass_k (1 - |sinc(s l_k / 2)|) <= 1 - SUM mass_k gain(t l_k / 2)
 *     gain(x) = x^2 / 6 - x^4 / 120 for x < pi / 2, else 1 - 1 / x            (rises, and is at most 1 - |sinc y| for y >= x)
 *
 * The lower edge of the staircase between two nodes x_i, x_i + h: with f the density of L as a function of x and (log f)'' <= C there,
 * f >= min(f_i, f_i+1) e^(-C h^2 / 8). Here log f = -x^2 / (2 s^2) + (lambda + 1) A - lambda B - log |L'| + const., and
 *
 *     A'' <= (a_max - a_min)^2 / (4 s^4)  (a variance),   B'' >= 0,   -(log |L'|)'' <= 2 m^2 / s^4,  m = max(|a_k|, |b_k|)
 *
 * the last where all a_k are on one side of 0 and all b_k on the other, as L' s^2 is then the sum of two posterior means of one sign, whose
 * first and second derivatives are variances and third cumulants, at most m and m^2 times the means. A level's interval is shortened by
 * the rounding of its ends.
 *
 * @module
 */

import { type LossNodes, unit } from './loss-nodes.ts'
import { hull, type MixturePair } from './mixture-pair.ts'

/** Uniform laws: their masses, and half their lengths. */
export type Envelope = { readonly masses: Float64Array; readonly halves: Float64Array }

/** The staircase under the density of a tilted law; empty where the means of the pair are not on two sides of 0. */
export function envelope(pair: MixturePair, nodes: LossNodes, density: Float64Array): Envelope {
  const { step, count, loss, lossError, demand } = nodes
  const [aMin, aMax] = hull(pair.p)
  const [bMin, bMax] = hull(pair.q)
  const apart = (aMin >= 0 && bMax <= 0) || (aMax <= 0 && bMin >= 0)
  if (!apart) return { masses: new Float64Array(0), halves: new Float64Array(0) }
  const variance = pair.stddev * pair.stddev
  const largest = Math.max(-aMin, aMax, -bMin, bMax)
  const bend = (((demand.lambda + 1) * (aMax - aMin) ** 2) / 4 + 2 * largest * largest) / (variance * variance) - 1 / variance
  // The factor below 1 is for the rounding of density and loss.
  const factor = Math.exp((-step * step * Math.max(0, bend)) / 8) * (1 - 1e-6)

  const cells = count - 1
  const height = new Float64Array(cells)
  let peak = 0
  for (let i = 0; i < cells; i++) {
    height[i] = Math.min(density[i] as number, density[i + 1] as number) * factor
    if ((height[i] as number) > (height[peak] as number)) peak = i
  }
  for (let i = peak + 1; i < cells; i++) height[i] = Math.min(height[i] as number, height[i - 1] as number)
  for (let i = peak - 1; i >= 0; i--) height[i] = Math.min(height[i] as number, height[i + 1] as number)

  const masses = new Float64Array(cells)
  const halves = new Float64Array(cells)
  let low = 0
  let high = cells - 1
  let level = 0
  for (let k = 0; k < cells; k++) {
    const slack = unit * ((lossError[low] as number) + (lossError[high + 1] as number))
    const width = Math.max(0, Math.abs((loss[high + 1] as number) - (loss[low] as number)) - slack)
    const next = Math.min(height[low] as number, height[high] as number)
    masses[k] = (next - level) * width
    halves[k] = width / 2
    level = next
    if ((height[low] as number) <= next) low++
    else high--
  }
  return { masses, halves }
}

/** log of the bound on |phi(s)|, s >= t. */
export function logEnvelope({ masses, halves }: Envelope, t: number): number {
  let gained = 0
  for (let k = 0; k < masses.length; k++) {
    const x = t * (halves[k] as number)
    const s = x * x
    gained += (masses[k] as number) * (x < 1.5707 ? s * (1 / 6 - s / 120) : 1 - 1 / x)
  }
  return Math.log1p(-gained)
}
