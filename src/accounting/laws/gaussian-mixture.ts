/**
 * One normal mixture with shifts to the right, as a ratio to the standard normal density: the half of a Gaussian pair.
 *
 *     M(x) = SUM_i w_i e^(s_i x - s_i^2 / 2),    s_i >= 0, SUM w_i = 1,    M(x) phi(x) = SUM_i w_i phi(x - s_i)
 *
 * The weight at shift 0 is held as what the others leave, so that log M = log1p(SUM w_i expm1(s_i x - s_i^2 / 2)) keeps its relative
 * accuracy where M is near 1: a sampling rate of 1e-12 costs no digits.
 *
 * *Limits*: log M is within 4 ulp, besides what the rounding of x comes to.
 *
 * @module
 */

import { normalInterval } from '../../numeric/normal-interval.ts'

/** The components with a positive shift; what their weights leave to 1 sits at 0. */
export type Mixture = { readonly shifts: readonly number[]; readonly weights: readonly number[]; readonly rest: number }

/** The standard normal alone. */
export const unshifted: Mixture = { shifts: [], weights: [], rest: 1 }

/** The mixture that is shifted by `shift` with probability `weight`, else not at all. */
export const shiftedWith = (weight: number, shift: number): Mixture => ({
  shifts: [shift],
  weights: [weight],
  rest: weight === 1 ? 0 : 1 - weight,
})

export const largestShift = ({ shifts }: Mixture): number => shifts.reduce((a, b) => Math.max(a, b), 0)

/** log M(x). */
export function logRatio({ shifts, weights, rest }: Mixture, x: number): number {
  let sum = 0
  let top = 0
  for (let i = 0; i < shifts.length; i++) {
    const s = shifts[i] as number
    const e = s * (x - s / 2)
    if (e > top) top = e
    sum += (weights[i] as number) * Math.expm1(e)
  }
  if (top < 600 && sum > -0.5) return Math.log1p(sum)
  let total = rest * Math.exp(-top)
  for (let i = 0; i < shifts.length; i++) {
    const s = shifts[i] as number
    total += (weights[i] as number) * Math.exp(s * (x - s / 2) - top)
  }
  return total > 0 ? top + Math.log(total) : farLeft(shifts, weights, x)
}

/** What M(x) has beside its weight at 0. */
export function movedTo({ shifts, weights }: Mixture, x: number): number {
  let total = 0
  for (let i = 0; i < shifts.length; i++) {
    const s = shifts[i] as number
    total += (weights[i] as number) * Math.exp(s * (x - s / 2))
  }
  return total
}

/** log M where every term underflows: rest is 0 and x far to the left. */
function farLeft(shifts: readonly number[], weights: readonly number[], x: number): number {
  let best = Number.NEGATIVE_INFINITY
  for (let i = 0; i < shifts.length; i++) {
    const s = shifts[i] as number
    best = Math.max(best, s * (x - s / 2) + Math.log(weights[i] as number))
  }
  if (best === Number.NEGATIVE_INFINITY) return best
  let total = 0
  for (let i = 0; i < shifts.length; i++) {
    const s = shifts[i] as number
    total += Math.exp(s * (x - s / 2) + Math.log(weights[i] as number) - best)
  }
  return best + Math.log(total)
}

/** Writes each component's share of M at x into `shares` and gives SUM shares s = (log M)'. */
export function shares({ shifts, weights }: Mixture, x: number, logM: number, into: Float64Array): number {
  let slope = 0
  for (let i = 0; i < shifts.length; i++) {
    const s = shifts[i] as number
    const share = (weights[i] as number) * Math.exp(s * (x - s / 2) - logM)
    into[i] = share
    slope += share * s
  }
  return slope
}

/** Int_from^to M phi, for shifts to the right (`side` 1) or mirrored (-1). */
export function massBetween({ shifts, weights, rest }: Mixture, side: 1 | -1, from: number, to: number): number {
  let total = rest > 0 ? rest * normalInterval(from, to) : 0
  for (let i = 0; i < shifts.length; i++) {
    const s = side * (shifts[i] as number)
    total += (weights[i] as number) * normalInterval(from - s, to - s)
  }
  return total
}

/** M(x) phi(x) sqrt(2 pi). */
export function density({ shifts, weights, rest }: Mixture, x: number): number {
  let total = rest > 0 ? rest * Math.exp(-0.5 * x * x) : 0
  for (let i = 0; i < shifts.length; i++) {
    const d = x - (shifts[i] as number)
    total += (weights[i] as number) * Math.exp(-0.5 * d * d)
  }
  return total
}
