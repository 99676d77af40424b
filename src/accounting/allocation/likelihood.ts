/**
 * The likelihood ratio of one Gaussian step, X = e^((2 x - 1) / (2 sigma^2)) for x ~ N(0, sigma^2), in the two roundings.
 *
 *     log X ~ N(-s^2 / 2, s^2) under Q,   N(+s^2 / 2, s^2) under P,   s = 1 / sigma,   E X = 1
 *
 * *Promise*: as in spread.ts and merge.ts.
 *
 * @module
 */

import { normalInterval } from '../../numeric/normal-interval.ts'
import type { Merged } from './merge.ts'
import type { Spread } from './spread.ts'

const u = 2 ** -53

/** The cells of X: first edge e^(first h), and what lies in each cell and outside, under Q and as a share of the mean. */
type Cells = {
  readonly h: number
  readonly first: number
  readonly q: Float64Array
  readonly p: Float64Array
  readonly shift: number
}

/** Some `bins` cells that leave out less than `tail` on either side; the first and the last cell reach to 0 and to infinity. */
function cells(s: number, bins: number, reach: number): Cells {
  const ends = s * (s / 2 + reach)
  const h = (2 * ends) / bins
  const first = Math.floor(-ends / h)
  const count = 2 * -first
  const edge = (i: number, side: 1 | -1): number =>
    i === 0 ? -Infinity : i === count + 2 ? Infinity : ((first + i - 1) * h) / s + (side * s) / 2
  const mass = (side: 1 | -1): Float64Array =>
    Float64Array.from({ length: count + 2 }, (_, i) => normalInterval(edge(i, side), edge(i + 1, side)))
  // An edge is rounded by 2 u of its size, which is at most reach + s; the density there changes by its size times that.
  return { h, first, q: mass(1), p: mass(-1), shift: 16 * u * (1 + (reach + s) ** 2) }
}

/** X spread out over the points of a geometric grid. */
export function spreadRatio(s: number, bins: number, reach: number): Spread {
  const { h, first, q, p, shift } = cells(s, bins, reach)
  const count = q.length - 2
  const mass = new Float64Array(count + 1)
  const width = Math.expm1(h)
  for (let i = 0; i < count; i++) {
    const [under, share] = [q[i + 1] as number, p[i + 1] as number]
    const upper = under > 0 ? Math.min(1, Math.max(0, (share / under / Math.exp((first + i) * h) - 1) / width)) : 0
    mass[i] = (mass[i] as number) + under * (1 - upper)
    mass[i + 1] = (mass[i + 1] as number) + under * upper
  }
  const [lowest, highest] = [Math.exp(first * h), Math.exp((first + count) * h)]
  const atLowest = Math.min(q[0] as number, (p[0] as number) / lowest)
  mass[0] = (mass[0] as number) + atLowest
  mass[count] = (mass[count] as number) + (q[count + 1] as number)
  const beyond = Math.max(0, (p[count + 1] as number) - (q[count + 1] as number) * highest)
  return {
    h,
    first,
    mass,
    zero: (q[0] as number) - atLowest,
    beyond: beyond + 1e-9 * (p[count + 1] as number),
    massError: 8 * u,
    shift,
  }
}

/** X merged into geometric bins. */
export function mergedRatio(s: number, bins: number, reach: number): Merged {
  const { h, first, q, p, shift } = cells(s, bins, reach)
  return { h, first: first - 1, mass: q, moment: p, massError: 8 * u, shift }
}
