/**
 * The loss between two normal mixtures of unit variance, P shifted to the right and Q to the left.
 *
 *     dP/dx = A(x) phi(x),  dQ/dx = B(-x) phi(x),     L(x) = log A(x) - log B(-x)     (A, B as in gaussian-mixture.ts)
 *
 * L rises with x, so an interval of losses is an interval of x. Every Gaussian kind is such a pair, in units of its noise:
 *
 *     gaussian: A shifted, B not       Poisson-sampled, record removed: A = {0: 1 - q, s: q}, B = {0: 1};  added: the other way round
 *     replace-one, Poisson-sampled: A = B = {0: 1 - q, s: q}           mixture of Gaussians: several shifts in A, or in B
 *
 * The excess of a cell from x_0 is an integral of what is positive, each of these terms by itself,
 *
 *     p - e^from q = Int phi(x) A(x_0) (SUM a_i expm1(s_i (x - x_0)) - SUM b_j expm1(-t_j (x - x_0))) dx,
 *
 * a_i and b_j the shares of the components at x_0: nothing cancels, however narrow the cell. Narrow cells are one Gauss-Legendre
 * panel, wide ones differences of normal tails.
 *
 * Nodes: the trapezoid rule in x. With S and T the largest shifts the integrand phi A^(1+z) B^(-z) is analytic while |Im x| = y keeps
 * y S < pi and y T < pi, where a sum of components within an angle theta is at most the sum of their sizes and at least cos(theta / 2)
 * times that. So with z = lambda + it the trapezoid rule of step h is off by at most
 *
 *     2 e^(y^2 / 2 + |t| (S + T) y - lambda log cos(T y / 2)) / (e^(2 pi y / h) - 1)       relative to E e^(lambda L)
 *
 * (Trefethen and Weideman, SIAM Review 56 (2014), theorem 5.1). Left of -9.5 - T and right of (1 + lambda) S + lambda T + 9.5 the
 * integrand falls at least as fast as phi: what is cut off is below 1e-19 of the whole.
 *
 * *Limits*: any shifts up to 1e5, any weights. Measured against 50 digits: masses and excess within 3e-14 for shifts up to 40.
 *
 * @module
 */

import { NumericalError } from '../../errors.ts'
import { normalInterval, normalLogInterval } from '../../numeric/normal-interval.ts'
import { ruleFor, ten, widestExponent } from './gauss-legendre.ts'
import { density, largestShift, logRatio, type Mixture, massBetween, movedTo, shares, unshifted } from './gaussian-mixture.ts'
import type { Cell, LossLaw, NodeDemand, Nodes } from './law.ts'
import { unsampledLoss } from './sampled-loss.ts'

const rootOf2Pi = 2.5066282746310007
const u = 2 ** -53

/** The law of the loss of `right` against the mirror image of `left`. */
export function gaussianPair(right: Mixture, left: Mixture): LossLaw {
  const s = largestShift(right)
  const t = largestShift(left)
  const low = t > 0 ? Number.NEGATIVE_INFINITY : Math.log(right.rest)
  const high = s > 0 ? Number.POSITIVE_INFINITY : -Math.log(left.rest)
  const a = new Float64Array(right.shifts.length)
  const b = new Float64Array(left.shifts.length)

  const lossAt = lossOf(right, left)
  const place = inverse(right, left, { low, high, s, t }, lossAt)

  /** Shares at x, and A(x) phi(x) there as though carried along: its leading component. */
  const prepare = (x: number): { readonly slope: number; readonly lead: number; readonly leadShift: number } => {
    const logA = logRatio(right, x)
    const slope = shares(right, x, logA, a) + shares(left, -x, logRatio(left, -x), b)
    let lead = 1 - a.reduce((sum, share) => sum + share, 0)
    let leadShift = 0
    let weight = right.rest
    for (let i = 0; i < a.length; i++) {
      if ((a[i] as number) > lead) {
        lead = a[i] as number
        leadShift = right.shifts[i] as number
        weight = right.weights[i] as number
      }
    }
    return { slope, lead: weight / lead, leadShift }
  }

  /** SUM a_i expm1(s_i d) - SUM b_j expm1(-t_j d). */
  const gain = (d: number): { readonly up: number; readonly down: number } => {
    let up = 0
    for (let i = 0; i < a.length; i++) up += (a[i] as number) * Math.expm1((right.shifts[i] as number) * d)
    let down = 0
    for (let j = 0; j < b.length; j++) down -= (b[j] as number) * Math.expm1(-(left.shifts[j] as number) * d)
    return { up, down }
  }

  const narrow = (x0: number, x1: number, from: number, into: Cell): Cell => {
    const { lead, leadShift } = prepare(x0)
    const half = (x1 - x0) / 2
    const rule = ruleFor(half * (Math.max(Math.abs(x0), Math.abs(x1)) + s + t + 1))
    let p = 0
    let excess = 0
    for (let k = 0; k < rule.points.length; k++) {
      const d = half * (1 + (rule.points[k] as number))
      const z = x0 - leadShift + d
      const w = (rule.weights[k] as number) * Math.exp(-0.5 * z * z - leadShift * d)
      const { up, down } = gain(d)
      p += w * (1 + up)
      excess += w * (up + down)
    }
    const unit = (half * lead) / rootOf2Pi
    into.p = unit * p
    into.excess = unit * excess
    into.q = Math.exp(-from) * unit * (p - excess)
    return into
  }

  const wide = (x0: number, x1: number, from: number, into: Cell): Cell => {
    into.p = massBetween(right, 1, x0, x1)
    into.q = massBetween(left, -1, x0, x1)
    const common = raised(left, from, x0, x1, into.q)
    if (common <= 0.9 * into.p) into.excess = into.p - common
    else into.excess = s + t <= fewPanels ? panels(x0, x1, from) : Math.max(0, byComponents(x0, x1, from))
    return into
  }

  /** The excess by components, those at 0 together: where shifts are large, what cancels is no larger than the loss itself. */
  const byComponents = (x0: number, x1: number, from: number): number => {
    const centred = left.rest > 0 && from < 600 ? right.rest - left.rest - left.rest * Math.expm1(from) : 0
    const middle = centred * normalInterval(x0, x1)
    const moved = massBetween({ ...right, rest: from < 600 ? 0 : right.rest }, 1, x0, x1)
    const other = from < 600 ? { ...left, rest: 0 } : left
    return middle + moved - raised(other, from, x0, x1, massBetween(other, -1, x0, x1))
  }

  /** The excess by panels, from where the density is largest on outwards until nothing is added any more. */
  const panels = (x0: number, x1: number, from: number): number => {
    const peak = Math.min(Math.max(x0, 0), x1)
    let total = 0
    for (const side of [1, -1]) {
      let near = peak
      while (side > 0 ? near < x1 : near > x0) {
        const width = widestExponent / (Math.abs(near) + s + t + 2)
        const far = side > 0 ? Math.min(x1, near + width) : Math.max(x0, near - width)
        const part = panelExcess(Math.min(near, far), Math.max(near, far), from)
        total += part
        near = far
        // To the right there is a hump at each shift.
        if (part <= 1e-19 * total && (side > 0 ? near > s + 1 : near < -1)) break
      }
    }
    return total
  }

  /** Int (A - e^from B) phi over one panel; the loss may start below the panel. */
  const panelExcess = (y0: number, y1: number, from: number): number => {
    const half = (y1 - y0) / 2
    let total = 0
    for (let k = 0; k < ten.points.length; k++) {
      const x = y0 + half * (1 + (ten.points[k] as number))
      const ratio = -Math.expm1(from - lossAt(x))
      if (ratio > 0) total += (ten.weights[k] as number) * density(right, x) * ratio
    }
    return (total * half) / rootOf2Pi
  }

  const cell = (from: number, to: number, into: Cell): Cell => {
    const x0 = place(from)
    const x1 = place(to)
    if (!(x1 > x0)) {
      into.p = into.q = into.excess = 0
      return into
    }
    const c = ((x1 - x0) / 2) * (Math.max(Math.abs(x0), Math.abs(x1)) + s + t + 1)
    return c <= widestExponent ? narrow(x0, x1, from, into) : wide(x0, x1, from, into)
  }

  const middle = prepare(0)
  return {
    infiniteMass: 0,
    vanishingMass: 0,
    low,
    high,
    scale: Math.max(leastScale, middle.slope + Math.abs(lossAt(0))),
    landmarks: [],
    smooth: true,
    cell,
    nodes: (demand) => nodes(right, { s, t }, lossAt, demand),
    massError: u * (64 + (s + t + 40) ** 2 / 2),
    lossError: 8 * u * (1 + (s + t) ** 2),
    attained: true,
  }
}

/** Between humps that are far apart the loss underflows; whoever searches for one needs a first step. */
const leastScale = 1e-30
/** Up to that sum of shifts wide cells may be integrated panel by panel. */
const fewPanels = 8

/** The loss at x. Between the humps it comes from A - B, where what both have at 0 leaves no trace. */
function lossOf(right: Mixture, left: Mixture): (x: number) => number {
  if (!(right.rest > 0 && right.rest === left.rest && right.shifts.length > 0)) {
    return (x) => logRatio(right, x) - logRatio(left, -x)
  }
  const between = (m: Mixture, x: number): boolean => m.shifts.every((shift) => shift * (x - shift / 2) < -1)
  return (x) => {
    const below = logRatio(left, -x)
    if (!(between(right, x) && between(left, -x))) return logRatio(right, x) - below
    return Math.log1p((movedTo(right, x) - movedTo(left, -x)) * Math.exp(-below))
  }
}

/** e^from times the mass that `left`, mirrored, gives to [x0, x1]: `mass`, where that and e^from are within range. */
function raised(left: Mixture, from: number, x0: number, x1: number, mass: number): number {
  if (from < 650 && (mass > 1e-250 || from < 0)) return Math.exp(from) * mass
  let total = left.rest > 0 ? Math.exp(from + Math.log(left.rest) + normalLogInterval(x0, x1)) : 0
  for (let j = 0; j < left.shifts.length; j++) {
    const t = left.shifts[j] as number
    total += Math.exp(from + Math.log(left.weights[j] as number) + normalLogInterval(x0 + t, x1 + t))
  }
  return total
}

type Ends = { readonly low: number; readonly high: number; readonly s: number; readonly t: number }

/** Where the loss takes a value: in closed form with one shift in all, else by Newton's method held in a bracket. */
function inverse(right: Mixture, left: Mixture, ends: Ends, lossAt: (x: number) => number): (loss: number) => number {
  const one = right.shifts.length + left.shifts.length === 1
  const beyond = 40 + ends.s + ends.t
  const only = single(right, left)
  const near = one ? undefined : oneSided(right, left)
  const find = (loss: number): number => {
    if (one) return only(loss)
    const guess = near?.(loss)
    const close = u * (1 + (ends.s + ends.t) ** 2) * Math.abs(loss)
    return guess !== undefined && Math.abs(lossAt(guess) - loss) <= close ? guess : solve(loss, lossAt, beyond)
  }
  let known = Number.NaN
  let at = 0
  return (loss) => {
    if (loss <= ends.low) return Number.NEGATIVE_INFINITY
    if (loss >= ends.high) return Number.POSITIVE_INFINITY
    // Cells are asked for in a row: the end of one is the start of the next.
    if (loss !== known) {
      at = find(loss)
      known = loss
    }
    return at
  }
}

/** With one shift on either side: where the loss would be if the other side stayed at what it has at 0, as it all but does far out. */
function oneSided(right: Mixture, left: Mixture): ((loss: number) => number) | undefined {
  if (right.shifts.length !== 1 || left.shifts.length !== 1 || !(right.rest > 0 && left.rest > 0)) return undefined
  const up = single(right, unshifted)
  const down = single(unshifted, left)
  const [offUp, offDown] = [Math.log(left.rest), Math.log(right.rest)]
  return (loss) => (loss > 0 ? up(loss + offUp) : down(loss - offDown))
}

function single(right: Mixture, left: Mixture): (loss: number) => number {
  const side = right.shifts.length === 1 ? 1 : -1
  const { shifts, weights } = side > 0 ? right : left
  const [shift] = shifts as [number]
  const [weight] = weights as [number]
  return (loss) => {
    const y = side * loss
    const e = weight === 1 ? y : unsampledLoss(weight, y)
    return side * (e / shift + shift / 2)
  }
}

function solve(loss: number, lossAt: (x: number) => number, beyond: number): number {
  let low = -1
  let high = 1
  // The loss may level off: past the last place with mass, where it levels off is infinitely far.
  while (lossAt(low) > loss) {
    low *= 2
    if (low < -beyond) return Number.NEGATIVE_INFINITY
  }
  while (lossAt(high) < loss) {
    high *= 2
    if (high > beyond) return Number.POSITIVE_INFINITY
  }
  let x = (low + high) / 2
  let y = lossAt(x) - loss
  for (let i = 0; i < 200; i++) {
    if (y > 0) high = x
    else low = x
    const width = 1e-7 * (1 + Math.abs(x))
    const slope = (lossAt(x + width) - (y + loss)) / width
    const step = x - y / slope
    const next = step > low && step < high ? step : (low + high) / 2
    if (next === x || high - low <= 4 * u * Math.max(Math.abs(low), Math.abs(high)) || y === 0) return x
    const value = lossAt(next) - loss
    if (Math.abs(next - x) < 1e-9 * (1 + Math.abs(x)) && Math.abs(value) >= Math.abs(y)) return x
    x = next
    y = value
  }
  throw new NumericalError(`no point with a privacy loss of ${loss} was found: [${low}, ${high}] is left`)
}

function nodes(right: Mixture, { s, t }: { s: number; t: number }, lossAt: (x: number) => number, demand: NodeDemand): Nodes {
  const { tilt, frequency } = demand
  const reach = Math.max(s, t)
  // log of the bound's growth with y; a positive power of A or B grows by nothing, a negative one by the cosine.
  const growth = (y: number): number =>
    y * (y / 2 + frequency * (s + t)) -
    Math.max(0, tilt) * Math.log(Math.cos((t * y) / 2)) -
    Math.max(0, -1 - tilt) * Math.log(Math.cos((s * y) / 2))
  let h = 0
  let error = Number.POSITIVE_INFINITY
  for (let y = reach > 0 ? Math.min(9.1, (0.95 * Math.PI) / reach) : 9.1, k = 0; k < 40; k++, y *= 0.8) {
    const step = (2 * Math.PI * y) / (growth(y) + 41.5)
    if (!(step > h)) continue
    h = step
    error = (2 * Math.exp(growth(y))) / Math.expm1((2 * Math.PI * y) / h) + 1e-18
  }
  // Past 38 from every mean the densities underflow.
  const from = Math.max(-9.5 - Math.max(t, -tilt * t, -(1 + tilt) * s), -38.5 - t)
  const to = Math.min(Math.max(0, (1 + tilt) * s) + Math.max(0, tilt * t) + 9.5, 38.5 + s)
  if (demand.most !== undefined && (to - from) / h > demand.most) {
    h = (to - from) / demand.most
    error = 1
  }
  const first = Math.floor(from / h)
  const n = Math.ceil(to / h) - first + 1
  const losses = new Float64Array(n)
  const weights = new Float64Array(n)
  for (let i = 0; i < n; i++) {
    const x = (first + i) * h
    losses[i] = lossAt(x)
    weights[i] = (h * density(right, x)) / rootOf2Pi
  }
  return { losses, weights, error }
}
