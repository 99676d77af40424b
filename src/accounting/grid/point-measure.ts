/**
 * Sums of two independent losses, each given by points, put back on few points: above, below, and as hockey sticks.
 *
 * All points y_i + z_j of a cell (a, b] count together, with mass p and excess x = SUM m_i n_j (1 - e^(a - y_i - z_j)):
 *
 * - *upper*: x / (1 - e^-(b - a)) goes to b and the rest to a ("connect the dots", as in measures.ts);
 * - *lower*: all of p goes to the point m with p (1 - e^(a - m)) = x (Jensen; to merge outcomes is to post-process them).
 *
 * Everything added is positive, so the relative rounding of a mass is that of a sum, however small it is: no tilt is needed. The excess is
 * p - e^(a - y_i) SUM n_j e^(-z_j) for a row i, or, where losses are small, the same by 1 - e^-z, which is as accurate as they are small.
 *
 * *Promise*: domination in spite of rounding: masses and excess are moved outward by bounds of their own errors. `place` says how far
 * losses may be off. *Limits*: losses within 600 (`mostLoss`), checked by the caller; masses below 1e-290 may be lost below and are
 * counted as infinite losses above. 1.5 ns a pair (MEASURED).
 *
 * @module
 */

import type { Sides } from './integral.ts'
import { atLeastZero, atMostOne } from './integral.ts'

const u = 2 ** -53

/** Losses beyond it would overflow e^loss. */
export const mostLoss = 600
/** Smaller masses are not carried. */
const leastMass = 1e-290

/** Finitely many losses in rising order, with masses, and a mass at infinity. */
export type Points = {
  readonly losses: Float64Array
  readonly masses: Float64Array
  readonly infinite: number
  /** Each loss may be off by this much. */
  readonly place: number
}

/** What the cells between `ends` hold of a sum: mass, excess, and what these may be off by (relative to the mass, absolute). */
export type Gathered = {
  readonly ends: Float64Array
  readonly p: Float64Array
  readonly excess: Float64Array
  readonly off: Float64Array
  readonly massError: number
  readonly infinite: number
  /** By how much, relatively, masses that were rounded up may exceed 1. */
  readonly surplus: number
  readonly place: number
}

/** Losses below this in size are told from 0 by e^-z - 1. */
const small = 0.5

/** The sum of a loss of each measure, by cells that must cover it. */
export function gather(a: Points, b: Points, ends: Float64Array): Gathered {
  const cells = ends.length - 1
  const p = new Float64Array(cells)
  const excess = new Float64Array(cells)
  const off = new Float64Array(cells)
  const { losses: z, masses: n } = b
  const square = a === b
  const count = z.length
  const scaled = n.map((mass, j) => mass * Math.exp(-(z[j] as number)))
  const lacking = n.map((mass, j) => mass * -Math.expm1(-(z[j] as number)))
  const raised = ends.map(Math.exp)
  const grown = ends.map(Math.expm1)
  let start = 0
  for (let i = 0; i < a.losses.length; i++) {
    const y = a.losses[i] as number
    const m = (square ? 2 : 1) * (a.masses[i] as number)
    const fall = Math.exp(-y)
    const lack = -Math.expm1(-y)
    const near = Math.abs(y) < small
    while (start < cells - 1 && (ends[start + 1] as number) - y < (z[0] as number)) start++
    // The square of a measure: half of it, doubled.
    while (square && start < cells - 1 && (ends[start + 1] as number) - y < y) start++
    let c = start
    for (let j = square ? i : 0; j < count; c++) {
      const limit = c < cells - 1 ? (ends[c + 1] as number) - y : Number.POSITIVE_INFINITY
      if ((z[j] as number) > limit) continue
      const from = ends[c] as number
      const close = near && Math.abs(from) < small
      const weighed = close ? lacking : scaled
      let mass = 0
      let sum = 0
      if (square && j === i) {
        mass = (n[j] as number) / 2
        sum = (weighed[j] as number) / 2
        j++
      }
      for (; j < count && (z[j] as number) <= limit; j++) {
        mass += n[j] as number
        sum += weighed[j] as number
      }
      p[c] = (p[c] as number) + m * mass
      if (close) {
        const grow = grown[c] as number
        // 1 - e^(a - y) and e^(a - y)
        const rest = lack - fall * grow
        excess[c] = (excess[c] as number) + m * (mass * rest + (1 + grow) * fall * sum)
        off[c] = (off[c] as number) + m * mass * (Math.abs(y) + Math.abs(from))
      } else {
        excess[c] = (excess[c] as number) + m * (mass - (raised[c] as number) * fall * sum)
        off[c] = (off[c] as number) + m * mass
      }
    }
  }
  const rounding = u * (a.losses.length + count + 32)
  for (let c = 0; c < cells; c++)
    off[c] = 8 * rounding * ((off[c] as number) + (p[c] as number) * ((ends[c + 1] as number) - (ends[c] as number)))
  // A sum may be small where what is added is not.
  const largest = Math.max(Math.abs(ends[0] as number), Math.abs(ends[cells] as number), mostOf(a), mostOf(b))
  return {
    ends,
    p,
    excess,
    off,
    massError: rounding,
    infinite: (a.infinite + b.infinite - a.infinite * b.infinite) * (1 + 8 * u),
    surplus: surplusOf(a) + surplusOf(b),
    place: a.place + b.place + 16 * u * largest,
  }
}

/** By how much the masses exceed 1: an infinite loss is counted with every mass of the other summand. */
function surplusOf({ masses, infinite }: Points): number {
  return Math.max(0, masses.reduce((sum, mass) => sum + mass, infinite) - 1) + 2 * u * masses.length
}

/** Points that dominate the sum. */
export function above({ ends, p, excess, off, massError, infinite, surplus, place }: Gathered): Points {
  const cells = p.length
  const masses = new Float64Array(cells + 1)
  for (let c = 0; c < cells; c++) {
    const most = (p[c] as number) * (1 + massError)
    if (!(most > 0)) continue
    const factor = -Math.expm1((ends[c] as number) - (ends[c + 1] as number))
    const high = Math.min(most, Math.max(0, (((excess[c] as number) + (off[c] as number)) / factor) * (1 + 8 * u)))
    masses[c] = (masses[c] as number) + (most - high)
    masses[c + 1] = high
  }
  return kept(ends, masses, infinite * (1 + surplus) + cells * leastMass, place)
}

/** Points that the sum dominates. */
export function below({ ends, p, excess, off, massError, infinite, place }: Gathered): Points {
  const cells = p.length
  const losses = new Float64Array(cells)
  const masses = new Float64Array(cells)
  for (let c = 0; c < cells; c++) {
    const mass = (p[c] as number) * (1 - massError)
    const from = ends[c] as number
    const width = (ends[c + 1] as number) - from
    const share = mass > 0 ? Math.max(0, ((excess[c] as number) - (off[c] as number)) / (p[c] as number)) : 0
    losses[c] = from + Math.min(width, share < 1 ? -Math.log1p(-share) : width)
    masses[c] = mass
  }
  return carried({ losses, masses, infinite: infinite * (1 - 16 * u), place })
}

/** Without the masses that would be lost from e^-loss, and seem to be larger losses than they are: is dominated. */
export function carried({ losses, masses, infinite, place }: Points): Points {
  const fit = masses.map((mass, i) => (mass * Math.exp(-Math.max(0, losses[i] as number)) > leastMass ? mass : 0))
  return kept(losses, fit, infinite, place)
}

/** Without the points that have no mass; at least one is left. */
function kept(losses: Float64Array, masses: Float64Array, infinite: number, place: number): Points {
  const some = masses.some((mass) => mass > 0)
  const stays = (_: number, i: number): boolean => (masses[i] as number) > 0 || (!some && i === 0)
  return { losses: losses.filter(stays), masses: masses.filter(stays), infinite, place }
}

/** delta(epsilon) of a measure: its hockey stick, by a recursion of positive terms from the top. */
function hockeyStick({
  losses,
  masses,
}: Points): (epsilon: number, from: number) => { readonly value: number; readonly at: number } {
  const n = losses.length
  /** Masses above each loss, and the stick at it. */
  const over = new Float64Array(n)
  const stick = new Float64Array(n)
  for (let k = n - 2; k >= 0; k--) {
    over[k] = (over[k + 1] as number) + (masses[k + 1] as number)
    const fall = (losses[k] as number) - (losses[k + 1] as number)
    stick[k] = (stick[k + 1] as number) * Math.exp(fall) - (over[k] as number) * Math.expm1(fall)
  }
  const all = (over[0] as number) + (masses[0] as number)
  /** `from` is a place to begin the search: at or above the first loss that is not below epsilon. */
  return (epsilon, from) => {
    let k = from
    while (k > 0 && (losses[k - 1] as number) > epsilon) k--
    while (k < n && (losses[k] as number) <= epsilon) k++
    if (k >= n) return { value: 0, at: n - 1 }
    const fall = epsilon - (losses[k] as number)
    const mass = k > 0 ? (over[k - 1] as number) : all
    return { value: (stick[k] as number) * Math.exp(fall) - mass * Math.expm1(fall), at: k }
  }
}

/** delta(epsilon) of the sum of two measures. */
function deltaOfSum(a: Points, b: Points): (epsilon: number) => number {
  const stick = hockeyStick(b)
  return (epsilon) => {
    let delta = 0
    let at = b.losses.length - 1
    for (let i = 0; i < a.losses.length; i++) {
      const found = stick(epsilon - (a.losses[i] as number), at)
      at = found.at
      delta += (a.masses[i] as number) * found.value
    }
    return delta
  }
}

/** Two measures whose sum is meant. */
export type Pair = readonly [Points, Points]

/** Bounds on delta from pairs of measures that dominate it and that it dominates. */
export function sidesOf(upper: Pair, lower: Pair): Sides {
  const high = deltaOfSum(...upper)
  const low = deltaOfSum(...lower)
  const error = ([a, b]: Pair): number => u * (8 * a.losses.length + 8 * b.losses.length + 64)
  const infinite = ([a, b]: Pair): number => a.infinite + b.infinite - a.infinite * b.infinite
  const place = ([a, b]: Pair, epsilon: number): number => a.place + b.place + 8 * u * (Math.abs(epsilon) + mostOf(a) + mostOf(b))
  return {
    upper: (epsilon) => {
      const e = epsilon - place(upper, epsilon)
      const surplus = surplusOf(upper[0]) + surplusOf(upper[1])
      return atMostOne((infinite(upper) * (1 + surplus) + high(e)) * (1 + error(upper)))
    },
    lower: (epsilon) => {
      const e = epsilon + place(lower, epsilon)
      return atLeastZero((infinite(lower) + low(e)) * (1 - error(lower)))
    },
  }
}

const mostOf = ({ losses }: Points): number =>
  Math.max(Math.abs(losses[0] as number), Math.abs(losses[losses.length - 1] as number))

/** What may be cut off: mass at the bottom and at the top. */
export type Cut = { readonly low: number; readonly high: number }

/** With the top moved to infinity and the bottom up to what is left: dominates. */
export function cutAbove(points: Points, cut: Cut): Points {
  const { from, to, low, high } = kernel(points, cut)
  const masses = points.masses.slice(from, to)
  masses[0] = (masses[0] as number) + low * (1 + 1e-12)
  return { ...points, losses: points.losses.slice(from, to), masses, infinite: points.infinite + high * (1 + 1e-12) }
}

/** With the top moved down to what is left and the bottom left out: is dominated. */
export function cutBelow(points: Points, cut: Cut): Points {
  const { from, to, high } = kernel(points, cut)
  const masses = points.masses.slice(from, to)
  masses[masses.length - 1] = (masses[masses.length - 1] as number) + high * (1 - 1e-12)
  return { ...points, losses: points.losses.slice(from, to), masses }
}

/** What is left when no more than the cut is taken away at either end, and what that is. */
function kernel(
  { masses }: Points,
  cut: Cut,
): { readonly from: number; readonly to: number; readonly low: number; readonly high: number } {
  let [from, to, low, high] = [0, masses.length, 0, 0]
  while (to - from > 1 && low + (masses[from] as number) <= cut.low) low += masses[from++] as number
  while (to - from > 1 && high + (masses[to - 1] as number) <= cut.high) high += masses[--to] as number
  return { from, to, low, high }
}
