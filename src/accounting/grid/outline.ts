/**
 * Where the loss of a composition lies, roughly and fast: the plan that the certified computation follows.
 *
 *     K(z) = SUM times K_i(z),      rate(x) = min_z K(z) - z x        (Chernoff: P(S > x) <= e^rate(x))
 *
 * K is tabled at tilts that grow geometrically, from where it hardly matters to well past what the question needs. From the table
 * come: the rate; a tilt lambda for the transforms and a larger one, mu, to bound what is far away, so that the period
 *
 *     W >= -l / lambda,     W >= (K(mu) - mu e - l) / (mu - lambda),      l = log(what may be missed)
 *
 * is short while e^(K(lambda) - lambda e) / delta, the digits that rounding costs, stays moderate. Where the loss is nearly normal that
 * lambda is the saddle K' = e. Where it has a heavy tail (rare, large losses) the saddle's law would be far from e; a smaller tilt serves.
 *
 * *Limits*: nothing here is certified. A bad plan makes loose bounds, never wrong ones.
 *
 * @module
 */

import { cumulantOf } from '../laws/cumulant.ts'
import type { LawPart, LossLaw, Nodes } from '../laws/law.ts'

/** One law with nodes that are good for the tilts of the table. */
export type OutlinePart = {
  readonly law: LossLaw
  readonly times: number
  readonly losses: Float64Array
  readonly weights: Float64Array
}

/** K and its first two derivatives at one tilt. */
export type Entry = { readonly tilt: number; readonly value: number; readonly first: number; readonly second: number }

export type Outline = {
  readonly parts: readonly OutlinePart[]
  readonly table: readonly Entry[]
  /** The largest sum of finite losses, perhaps infinite. */
  readonly top: number
  /** The standard deviation of the loss under P. */
  readonly spread: number
}

/** From tilt to tilt, for few laws and for many. */
const growths = { few: 1.15, many: 1.5 }
/** However little is asked for, tilts up to so many over the standard deviation. */
const leastReach = 3
/** A law with more losses than these is outlined by so many; all together have no more than a multiple. */
const most = 512
const mostInAll = 2 ** 15

/** How many losses are added up. */
export const stepsOf = (parts: readonly { readonly times: number }[]): number => parts.reduce((sum, { times }) => sum + times, 0)

/** The outline for tilts up to some beyond the first that is `enough`, without the highest losses of a law that together have mass `missed`. */
export function outline(parts: readonly LawPart[], enough: (entry: Entry) => boolean, missed = 0): Outline {
  let reach = 1
  let nodes = nodesFor(parts, reach, missed)
  const at = (tilt: number): Entry => {
    let [value, first, second] = [0, 0, 0]
    for (const { losses, weights, times } of nodes) {
      const k = cumulantOf(losses, weights, tilt)
      value += times * k.value
      first += times * k.first
      second += times * k.second
    }
    return { tilt, value, first, second }
  }
  const top = parts.reduce((sum, { law, times }) => sum + times * law.high, 0)
  const spread = Math.sqrt(at(0).second)
  const table: Entry[] = []
  let tilt = 0.02 * Math.min(1, 1 / spread)
  const growth = parts.length < 20 ? growths.few : growths.many
  for (let past = 0; past < (2 * Math.log(4)) / Math.log(growth) && table.length < 400; tilt *= growth) {
    if (tilt > reach) {
      reach = 4 * tilt
      nodes = nodesFor(parts, reach, missed)
    }
    const entry = at(tilt)
    if (!Number.isFinite(entry.value)) break
    table.push(entry)
    const settled = Number.isFinite(top) && top - entry.first <= 1e-10 * Math.abs(top)
    if (settled || (tilt * spread > leastReach && enough(entry))) past++
  }
  return { parts: nodes, table, top, spread }
}

function nodesFor(parts: readonly LawPart[], reach: number, missed: number): readonly OutlinePart[] {
  const each = Math.max(most, mostInAll / parts.length)
  return parts.map(({ law, times }): OutlinePart => {
    const { losses, weights } = withoutTop(law.nodes({ tilt: reach, frequency: 0, most }), missed)
    return { law, times, ...(losses.length > each ? thinned(losses, weights, each) : { losses, weights }) }
  })
}

/** Rare and large losses that can't matter would spoil every tilt. */
function withoutTop({ losses, weights }: Pick<Nodes, 'losses' | 'weights'>, missed: number): Pick<Nodes, 'losses' | 'weights'> {
  let last = losses.length
  for (let mass = 0; last > 1; last--) {
    mass += weights[last - 1] as number
    if (mass > missed) break
  }
  return { losses: losses.subarray(0, last), weights: weights.subarray(0, last) }
}

/** Neighbours put together, so that about `most` nodes are left: many where there is much mass, and everywhere in the range. */
function thinned(
  losses: Float64Array,
  weights: Float64Array,
  most: number,
): { readonly losses: Float64Array; readonly weights: Float64Array } {
  const n = losses.length
  const first = losses[0] as number
  const range = (losses[n - 1] as number) - first
  const outLosses: number[] = []
  const outWeights: number[] = []
  let [mass, moment, seen, bucket] = [0, 0, 0, -1]
  for (let i = 0; i < n; i++) {
    const w = weights[i] as number
    seen += w
    const next = Math.floor((most / 2) * seen) + Math.floor((most / 2) * (((losses[i] as number) - first) / range))
    if (next !== bucket && mass > 0) {
      outLosses.push(moment / mass)
      outWeights.push(mass)
      mass = moment = 0
    }
    bucket = next
    mass += w
    moment += w * (losses[i] as number)
  }
  if (mass > 0) {
    outLosses.push(moment / mass)
    outWeights.push(mass)
  }
  return { losses: Float64Array.from(outLosses), weights: Float64Array.from(outWeights) }
}

/** min over the table of K(z) - z x, at most 0. */
export function rate({ table }: Outline, x: number): number {
  let least = 0
  for (const { tilt, value } of table) least = Math.min(least, value - tilt * x)
  return least
}

/** How fast the rate falls at x: the best tilt. */
export function rateSlope({ table }: Outline, x: number): number {
  let best = table[0] as Entry
  for (const entry of table) if (entry.value - entry.tilt * x < best.value - best.tilt * x) best = entry
  return best.tilt
}

/** A first guess of epsilon(delta): Chernoff's bound, with Laplace's factor for what it gives away, at the best tilt. */
export function roughEpsilon({ table, top }: Outline, logDelta: number): number {
  let best = top
  for (const { tilt, value, second } of table) {
    const factor = Math.log1p(Math.sqrt(2 * Math.PI * second) * tilt * (tilt + 1))
    best = Math.min(best, Math.max(0, (value - logDelta - factor) / tilt), Math.max(0, (value - logDelta) / tilt))
  }
  return best
}

/** A tilt, a larger one for what is far away, and a period. */
export type Tilts = { readonly tilt: number; readonly farTilt: number; readonly period: number }

/** The tilts for an epsilon with a delta of about e^logDelta, if e^logMissed of that may be missed. */
export function tiltsFor({ table, spread, parts }: Outline, epsilon: number, logDelta: number, logMissed: number): Tilts {
  const missed = logDelta + logMissed
  const least = table.reduce((min, { tilt, value }) => Math.min(min, value - tilt * epsilon), Number.POSITIVE_INFINITY)
  // Rounding, some 1e-13 for each step, must stay well below what may be missed.
  const steps = stepsOf(parts)
  const mostLost = Math.min(16, Math.max(0.7, logMissed + 20 - Math.log(steps)))
  let best: Tilts = { tilt: 1 / spread, farTilt: 2 / spread, period: Number.POSITIVE_INFINITY }
  for (const [i, { tilt, value }] of table.entries()) {
    const lost = value - tilt * epsilon - least
    if (lost > mostLost) continue
    const below = -missed / tilt
    for (const far of table.slice(i + 1)) {
      const above = (far.value - far.tilt * epsilon - missed) / (far.tilt - tilt)
      // Digits are worth something too: a period longer by a tenth for each.
      const period = Math.max(below, above) * (1 + 0.04 * lost)
      if (period < best.period) best = { tilt, farTilt: far.tilt, period }
    }
  }
  return { ...best, period: best.period * 1.02 }
}
