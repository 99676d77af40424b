/**
 * The privacy blanket: what the answers of others hide, whatever their inputs.
 *
 * Let M and M' be the laws of one user's answer to two inputs, epsilon_0-DP, p = e^epsilon_0. Each other user's answer has at least the mass
 * w = max(M, M') / p everywhere, so it can be drawn by first deciding, with probability |w|, to draw from the common w / |w|. Tell the attacker
 * who did not. What is left hides in a bag of such draws, and (Balle, Bell, Gascon and Nissim 2019, arXiv 1903.02837, lemma 5.3)
 *
 *     delta(epsilon) <= (1 / n) E (f_1 + ... + f_n)+,    f = (M - e M') / w at a draw from w, 0 with probability 1 - |w|,  e = e^epsilon
 *
 * for n independent f. Where M >= M', f = p (1 - e M' / M) lies between p (1 - e) and p - e, else between 1 - e p and p (1 - e): spread to these
 * ends with the mean kept, which only raises the bound,
 *
 *     f = p - e and 1 - e p with probability a each,  f = p (1 - e) with probability b,  else 0,     a (p + 1) + p b = 1
 *
 * and a (p - 1) is at most the total variation distance. The law with b = 0 is the largest in the convex order (it is 1 at the ends
 * of a chord: docs/accounting-internals.md), and is that of Feldman, McMillan and Talwar 2022. k-ary randomised response has a common part
 * of its own, f = 1 - e with probability (k - 2) a, a = 1 / (p + k - 1).
 *
 * With T the number of users at the first two values, H at the third, g = p (or 1) its factor, and b_x, S_x the probability of x - 1 and of at
 * least x in Bin(T - 1, 1/2), x the least for which the sum is positive,
 *
 *     delta = E_(T, H) (T / 2 n) ((p - e) b_x - (p + 1)(e - 1) S_x - 2 g (e - 1) (H / T) (S_x + b_x / 2))
 *
 * H given T is spread over a few points, the mean kept, and for a block of T taken as small as at its end: again only more.
 *
 * *Promise*: an upper bound, rounding and all that is left out included.
 * *Limits*: time in proportion to sqrt(n a) and, where there is a common part, to the number of points that it is spread over.
 *
 * @module
 */

import { binomialAtLeast, binomialAtMost, binomialProbability } from '../../numeric/binomial.ts'
import { nextUp } from '../../numeric/directed.ts'
import { firstInteger } from '../../numeric/roots.ts'
import { type FairTails, fairTails } from './fair-tails.ts'

const u = 2 ** -53
/** The relative error of the products below: each binomial is within 2^-37. */
const relativeError = 2 ** -35
/** After so many steps of its recurrence a weight is evaluated afresh. */
const stretch = 1024
/** Over how many cells the number of users at the common value is spread, and for how many ranges of T; more cells for few ranges. */
const cells = 32
const mostRows = 512

/** The law of f but for e: p, a, and the factor g and the probability of the common value. */
export type Blanket = {
  readonly population: number
  readonly localEpsilon: number
  readonly each: number
  readonly factor: number
  readonly common: number
}

/** What there is to sum over: the window of T - 1 and, for it, the weights of the points of H; none of it depends on epsilon. */
export type BlanketSum = {
  readonly blanket: Blanket
  readonly from: number
  readonly to: number
  /** The points of H, and for each `block` of T their weights, row by row. */
  readonly points: readonly number[]
  readonly weights: Float64Array
  readonly block: number
  /** What is outside. */
  readonly lost: number
}

/** The sum for a blanket, leaving out at most about `left`. */
export function blanketSum(blanket: Blanket, left: number): BlanketSum {
  const { population: n, each, common } = blanket
  const others = n - 1
  const rate = Math.min(1, 2 * each)
  const [from, to] = middle(others, rate, left)
  let lost = 0
  if (from > 0) lost += binomialAtMost(from - 1, others, rate)
  if (to < others) lost += binomialAtLeast(to + 1, others, rate)
  if (common === 0) return { blanket, from, to, points: [0], weights: Float64Array.of(1), block: to - from + 1, lost }

  // H given T is Bin(n - T, share); T = c + 1.
  const share = Math.min(1, common / (1 - rate))
  const low = middle(others - to, share, left)[0]
  const high = middle(others - from, share, left)[1]
  const block = Math.ceil((to - from + 1) / mostRows)
  const rows = Math.ceil((to - from + 1) / block)
  const step = Math.max(1, Math.ceil((high - low) / Math.max(cells, (cells * mostRows) / rows)))
  const points = Array.from({ length: Math.ceil((high - low) / step) + 1 }, (_, j) => low + j * step)
  const weights = new Float64Array(rows * points.length)
  let below = 0
  for (let row = 0; row < rows; row++) {
    // H falls with T, and the sum falls with H: the last T of a block serves for all of it.
    const c = Math.min(to, from + (row + 1) * block - 1)
    const into = weights.subarray(row * points.length, (row + 1) * points.length)
    below = Math.max(below, spreadBinomial(others - c, share, points, into))
  }
  return { blanket, from, to, points, weights, block, lost: lost + below }
}

/**
 * Spreads Bin(n, share) over equidistant points, keeping mass and mean in each cell; what is above the last point goes to it. Gives the
 * mass below the first one, which is left out.
 */
function spreadBinomial(n: number, share: number, points: readonly number[], into: Float64Array): number {
  const step = (points[1] ?? 1) - (points[0] as number)
  const first = points[0] as number
  // Masses and means of (point, next point] from the differences of tails, taken on the side where they are small.
  const tail = (k: number, trials: number, up: boolean): number =>
    up ? binomialAtLeast(k + 1, trials, share) : binomialAtMost(k, trials, share)
  const below = first > 0 ? binomialAtMost(first - 1, n, share) : 0
  into[0] = binomialProbability(first, n, share)
  for (let j = 1; j < points.length; j++) {
    const [a, b] = [points[j - 1] as number, points[j] as number]
    const up = a > n * share
    const between = (trials: number, shift: number): number =>
      trials < 0 ? 0 : Math.abs(tail(b - shift, trials, up) - tail(a - shift, trials, up))
    const mass = between(n, 0)
    const mean = n * share * between(n - 1, 1)
    const toUpper = Math.min(mass, Math.max(0, (mean - a * mass) / step))
    into[j - 1] = (into[j - 1] as number) + (mass - toUpper)
    into[j] = toUpper
  }
  const last = points.length - 1
  into[last] = (into[last] as number) + binomialAtLeast((points[last] as number) + 1, n, share)
  return below
}

/** A range of Bin(n, rate) outside of which there is at most `left`. */
function middle(n: number, rate: number, left: number): [from: number, to: number] {
  const mean = Math.floor(n * rate)
  const from = firstInteger((c) => binomialAtMost(c, n, rate) > left / 2, { low: 0, high: Math.min(n, mean + 1) })
  const to = firstInteger((c) => c === n || binomialAtLeast(c + 1, n, rate) <= left / 2, { low: from, high: n })
  return [from, to]
}

/** A bound on delta(epsilon), for 0 <= epsilon < epsilon_0. */
export function blanketDelta({ blanket, from, to, points, weights, block, lost }: BlanketSum, epsilon: number): number {
  const { population: n, localEpsilon, each, factor } = blanket
  const p = Math.exp(localEpsilon)
  const e = Math.exp(epsilon)
  const gain = Math.expm1(epsilon)
  // p - e without cancellation.
  const room = e * Math.expm1(localEpsilon - epsilon)
  const others = n - 1
  const rate = Math.min(1, 2 * each)
  const odds = rate / (1 - rate)
  const paths: FairTails[] = points.map(fairTails)
  let [plus, minus] = [0, 0]
  let after = 0
  for (let c = from; c <= to; c++) {
    const t = c + 1
    const weight = (c - from) % stretch === 0 ? binomialProbability(c, others, rate) : after
    after = c < others ? weight * ((others - c) / t) * odds : 0
    const row = Math.floor((c - from) / block) * points.length
    for (let j = 0; j < points.length; j++) {
      const part = weights[row + j] as number
      // The split of means is rounded: a little less of what can only lower the sum.
      const idle = factor * gain * (points[j] as number) * (1 - 2 ** -30)
      // The least x at which the sum is positive; a neighbour, should rounding name one, only gives away part of it.
      const x = Math.floor((t * (gain * p + (p - 1)) + idle) / ((p - 1) * (1 + e))) + 1
      if (x > t || part === 0) continue
      const path = paths[j] as FairTails
      path.moveTo(x, c)
      const scaled = weight * part * each
      plus += scaled * room * path.last
      minus += scaled * ((p + 1) * gain * path.tail + ((2 * idle) / t) * (path.tail + path.last / 2))
    }
  }
  const rounding = (plus + minus) * (relativeError + 4 * (to - from + 1) * points.length * u)
  return Math.min(1, nextUp(Math.max(0, plus - minus) + rounding + lost * (1 + relativeError)))
}
