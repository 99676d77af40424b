/**
 * Bounds on delta of a composition by adding losses pair by pair, each sum put back on few points: no transform, no window, no tilt.
 *
 *     1 -> 2 -> 4 -> ... steps by doubling, the bits of the number of times put together; the last sum is never formed
 *
 * Points lie where they matter for delta near one epsilon (companding.ts): a loss y of a part counts with what the rest can still do,
 *
 *     weight(y) = mass(y) delta_rest(epsilon - y) / delta(epsilon),      delta_m(x) about min over z of e^(K_m(z) - z x),  at most 1
 *
 * so that rare large losses and common tiny ones are told apart at once: what a lattice would need millions of points for. With n points a
 * sum costs n^2 and epsilon is off by some K / n^2 of itself, K the number of doublings. (Evolving discretisation, in the spirit of
 * Ghazi et al. 2022, arXiv 2207.04381, with bounds on either side.)
 *
 * *Promise*: that of point-measure.ts, whatever the points. *Limits*: for few steps and for rare large losses; sums of losses beyond 600
 * are left to the other engines (undefined).
 *
 * @module
 */

import { cumulantOf } from '../laws/cumulant.ts'
import { type Atoms, emptyCell, type LossLaw } from '../laws/law.ts'
import { compandedEnds, type Weighed } from './companding.ts'
import type { Sides } from './integral.ts'
import { cellsOf, lowerMeasure, type Measure, placeError, upperMeasure } from './measures.ts'
import { type Outline, type OutlinePart, stepsOf } from './outline.ts'
import { above, below, carried, cutAbove, cutBelow, gather, mostLoss, type Points, sidesOf } from './point-measure.ts'

const u = 2 ** -53

/** What the bounds are to be good for. */
export type DoublingGoal = {
  readonly outline: Outline
  readonly epsilon: number
  readonly logDelta: number
  /** The number of points for each sum. */
  readonly points: number
  /** What may be left out, relative to delta. */
  readonly tolerance: number
}

/** A sum of some of the losses. */
type Node = {
  /** From above and from below. */
  readonly upper: Points
  readonly lower: Points
  /** K at the tilts of the outline. */
  readonly cumulant: Float64Array
  /** Losses that have a mass by themselves. */
  readonly marks: readonly Mark[]
  /** How many losses. */
  readonly steps: number
}

type Mark = { readonly loss: number; readonly mass: number }

/** No more marks than so many, the heaviest. */
const mostMarks = 48

/** The logarithm of how much a loss in a node matters. */
type Importance = (cumulant: Float64Array, loss: number) => number

/** How many points stand for a measure when the next is planned. */
const representatives = 96

/** How many sums have to be formed. */
export function sumsFor({ parts }: Outline): number {
  let sums = -1
  for (const { times } of parts) {
    sums += Math.floor(Math.log2(times))
    for (let left = times; left >= 1; left = Math.floor(left / 2)) sums += left % 2
  }
  return Math.max(1, sums - 1)
}

/** Undefined where losses are too large. */
export function doubling(goal: DoublingGoal): Sides | undefined {
  const { outline } = goal
  // K of one loss of each part, at the tilts of the outline.
  const cumulants = outline.parts.map(({ losses, weights }) =>
    Float64Array.from(outline.table, ({ tilt }) => cumulantOf(losses, weights, tilt).value),
  )
  const weigh = importanceFor(goal, cumulants)
  const steps = stepsOf(outline.parts)
  // A single power of two is the sum of its halves.
  const [only, more] = outline.parts
  const halved = more === undefined && only !== undefined && Number.isInteger(Math.log2(only.times)) && only.times > 1
  const factors: Node[] = []
  for (const [i, part] of outline.parts.entries()) {
    let power = singleNode(part, cumulants[i] as Float64Array, steps, goal, weigh)
    for (let left = halved ? part.times / 2 : part.times; left >= 1; left = Math.floor(left / 2)) {
      if (power === undefined) return undefined
      if (left % 2 === 1) factors.push(power)
      if (left > 1) power = sumOf(power, power, goal, weigh)
    }
  }
  if (halved) factors.push(factors[0] as Node)
  // The narrow ones first: the widest is then rounded least, and equal ones as often as a tree is high.
  while (factors.length > 2) {
    factors.sort((a, b) => sizeOf(b) - sizeOf(a))
    const sum = sumOf(factors.pop() as Node, factors.pop() as Node, goal, weigh)
    if (sum === undefined) return undefined
    factors.push(sum)
  }
  const [a, b] = factors as [Node, Node]
  return sidesOf([a.upper, b.upper], [a.lower, b.lower])
}

/** How wide a node is: its cumulant at some tilt. */
const sizeOf = ({ cumulant }: Node): number => cumulant[Math.floor(cumulant.length / 2)] ?? 0

/** log (delta_rest(epsilon - y) / delta(epsilon)), both by Chernoff. */
function importanceFor({ outline: { table, parts }, epsilon }: DoublingGoal, cumulants: readonly Float64Array[]): Importance {
  const all = new Float64Array(table.length)
  for (const [i, { times }] of parts.entries()) {
    for (const [k, one] of (cumulants[i] as Float64Array).entries()) all[k] = (all[k] as number) + times * one
  }
  const rate = (cumulant: Float64Array | undefined, x: number): number => {
    let least = 0
    for (let k = 0; k < all.length; k++) {
      const rest = (all[k] as number) - (cumulant === undefined ? 0 : (cumulant[k] as number))
      least = Math.min(least, rest - (table[k] as { readonly tilt: number }).tilt * x)
    }
    return least
  }
  const whole = rate(undefined, epsilon)
  return (cumulant, loss) => rate(cumulant, epsilon - loss) - whole
}

/** One loss of a law. */
function singleNode(
  part: OutlinePart,
  cumulant: Float64Array,
  steps: number,
  goal: DoublingGoal,
  weigh: Importance,
): Node | undefined {
  const { law, losses, weights } = part
  const { scale } = law
  const missed = (0.02 * goal.tolerance) / steps
  const bottom = Number.isFinite(law.low) ? law.low : quantile(law, missed, -1)
  const top = Number.isFinite(law.high) ? law.high : quantile(law, missed * Math.exp(Math.max(goal.logDelta, -600)), 1)
  if (!(Math.max(-bottom, top) < mostLoss)) return undefined
  const range = { from: bottom, to: top }
  if (law.atoms !== undefined) {
    const cut = { low: missed, high: missed * Math.exp(Math.max(goal.logDelta, -600)) }
    const upper = cutAbove(atomicPoints(law.atoms, law, 1), cut)
    const lower = carried(cutBelow(atomicPoints(law.atoms, law, -1), cut))
    const weights = weighed(upper.losses, upper.masses, cumulant, weigh)
    const marks = heaviest(
      Array.from(upper.losses, (loss, i) => ({ loss, mass: upper.masses[i] as number })),
      cumulant,
      weigh,
    )
    if (law.atoms.losses.length <= 2 * goal.points) return { upper, lower, cumulant, marks, steps: 1 }
    const ends = compandedEnds(
      weights,
      { from: first(upper), to: last(upper) },
      goal.points,
      marks.map(({ loss }) => loss),
    )
    return { upper: above(gather(upper, nothing, ends)), lower: below(gather(lower, nothing, ends)), cumulant, marks, steps: 1 }
  }
  const into = emptyCell()
  const marks = law.landmarks.map((loss) => ({ loss, mass: law.cell(loss - 1e-9 * scale, loss, into).p }))
  const inside = losses.map((loss) => Math.min(top, Math.max(bottom, loss)))
  const ends = compandedEnds(weighed(inside, weights, cumulant, weigh), range, goal.points, law.landmarks)
  const cells = cellsOf(law, ends)
  return { upper: points(upperMeasure(cells)), lower: carried(points(lowerMeasure(cells))), cumulant, marks, steps: 1 }
}

/** Those that matter most, in order. */
function heaviest(marks: readonly Mark[], cumulant: Float64Array, weigh: Importance): readonly Mark[] {
  if (marks.length <= mostMarks) return marks
  const weight = new Map(marks.map((mark) => [mark, Math.log(mark.mass) + weigh(cumulant, mark.loss)]))
  const of = (mark: Mark): number => weight.get(mark) as number
  return [...marks]
    .sort((a, b) => of(b) - of(a))
    .slice(0, mostMarks)
    .sort((a, b) => a.loss - b.loss)
}

/** The sums of two marks, those that fall together as one. */
function marksOfSum(a: Node, b: Node, cumulant: Float64Array, weigh: Importance): readonly Mark[] {
  const sums = a.marks
    .flatMap((x) => b.marks.map((y) => ({ loss: x.loss + y.loss, mass: x.mass * y.mass })))
    .sort((x, y) => x.loss - y.loss)
  const merged: Mark[] = []
  for (const mark of sums) {
    const last = merged[merged.length - 1]
    if (last !== undefined && mark.loss - last.loss < 1e-12 * (1 + Math.abs(mark.loss))) {
      merged[merged.length - 1] = { loss: mark.loss, mass: last.mass + mark.mass }
    } else merged.push(mark)
  }
  return heaviest(merged, cumulant, weigh)
}

/** The law of no loss. */
const nothing: Points = { losses: Float64Array.of(0), masses: Float64Array.of(1), infinite: 0, place: 0 }

/** About where the mass beyond is as small as that, rather further out. */
function quantile({ cell, scale }: OutlinePart['law'], mass: number, side: 1 | -1): number {
  const into = emptyCell()
  const beyond = (x: number): number =>
    side > 0 ? cell(x, Number.POSITIVE_INFINITY, into).p : cell(Number.NEGATIVE_INFINITY, x, into).p
  let [near, far] = [0, side * scale]
  while (beyond(far) > mass && Math.abs(far) < 2 * mostLoss) [near, far] = [far, 2 * far]
  for (let i = 0; i < 12; i++) {
    const middle = (near + far) / 2
    if (beyond(middle) > mass) near = middle
    else far = middle
  }
  return far
}

function atomicPoints({ losses, p }: Atoms, law: LossLaw, side: 1 | -1): Points {
  const { infiniteMass, massError } = law
  const masses = p.map((mass) => mass * (1 + side * (massError + 4 * u)))
  return { losses, masses, infinite: infiniteMass * (1 + side * (massError + 4 * u)), place: placeError(law, law.low, law.high) }
}

/** A measure in rising order. */
function points({ losses, masses, infinite, place }: Measure): Points {
  const order = Array.from(losses.keys())
    .filter((i) => (masses[i] as number) > 0)
    .sort((i, j) => (losses[i] as number) - (losses[j] as number))
  if (order.length === 0) order.push(0)
  const pick = (values: Float64Array): Float64Array => Float64Array.from(order, (i) => values[i] as number)
  return { losses: pick(losses), masses: pick(masses), infinite, place }
}

function sumOf(a: Node, b: Node, goal: DoublingGoal, weigh: Importance): Node | undefined {
  const cumulant = a.cumulant.map((value, k) => value + (b.cumulant[k] as number))
  const steps = a.steps + b.steps
  const from = Math.min(first(a.upper) + first(b.upper), first(a.lower) + first(b.lower))
  const to = Math.max(last(a.upper) + last(b.upper), last(a.lower) + last(b.lower))
  if (!(Math.max(-from, to) < mostLoss)) return undefined
  const marks = marksOfSum(a, b, cumulant, weigh)
  const plan = weighedSums(few(a, weigh), a === b ? undefined : few(b, weigh), cumulant, weigh)
  const ends = compandedEnds(
    plan,
    { from, to },
    goal.points,
    marks.map(({ loss }) => loss),
  )
  const low = (0.01 * goal.tolerance * steps) / stepsOf(goal.outline.parts)
  const cut = { low, high: low * Math.exp(Math.max(goal.logDelta, -600)) }
  return {
    upper: cutAbove(above(gather(a.upper, b.upper, ends)), cut),
    lower: cutBelow(below(gather(a.lower, b.lower, ends)), cut),
    cumulant,
    marks,
    steps,
  }
}

const first = ({ losses }: Points): number => losses[0] as number
const last = ({ losses }: Points): number => losses[losses.length - 1] as number

/** Masses with their importance, which is found at every few losses (in rising order) and interpolated. */
function weighed(losses: Float64Array, masses: Float64Array, cumulant: Float64Array, weigh: Importance): Weighed {
  const weights = new Float64Array(masses.length)
  const at = (i: number): number => weigh(cumulant, losses[i] as number)
  const last = losses.length - 1
  const stretch = Math.min(12, Math.ceil(losses.length / 256))
  let right = at(0)
  for (let from = 0; from <= last; from += stretch) {
    const to = Math.min(last, from + stretch)
    const left = right
    right = at(to)
    const width = (losses[to] as number) - (losses[from] as number)
    for (let i = from; i < Math.min(from + stretch, last + 1); i++) {
      const part = width > 0 ? ((losses[i] as number) - (losses[from] as number)) / width : 0
      weights[i] = (masses[i] as number) * Math.exp(Math.min(300, left + part * (right - left)))
    }
  }
  return { losses, weights }
}

/** Points that stand for the upper measure of a node; what is heavy stays where it is. */
function few({ upper, cumulant }: Node, weigh: Importance): Points {
  const { losses, weights } = weighed(upper.losses, upper.masses, cumulant, weigh)
  const n = losses.length
  const total = weights.reduce((sum, w) => sum + w, 0)
  const range = last(upper) - first(upper)
  const outLosses: number[] = []
  const outMasses: number[] = []
  let [mass, moment, seen, bucket] = [0, 0, 0, 0]
  const flush = (): void => {
    if (mass > 0) {
      outLosses.push(moment / mass)
      outMasses.push(mass)
    }
    mass = moment = 0
  }
  for (let i = 0; i < n; i++) {
    const share = (weights[i] as number) / total
    const y = losses[i] as number
    const m = upper.masses[i] as number
    const heavy = share > 1 / representatives
    seen += share
    const next = Math.floor((representatives / 2) * (seen + (range > 0 ? (y - first(upper)) / range : 0)))
    if (heavy || next !== bucket) flush()
    bucket = next
    mass += m
    moment += m * y
    if (heavy) {
      flush()
      // Exactly where it was.
      outLosses[outLosses.length - 1] = y
    }
  }
  flush()
  return { ...upper, losses: Float64Array.from(outLosses), masses: Float64Array.from(outMasses) }
}

/** All sums of two losses, in order. */
function weighedSums(a: Points, b: Points | undefined, cumulant: Float64Array, weigh: Importance): Weighed {
  const other = b ?? a
  const sums: { readonly loss: number; readonly mass: number }[] = []
  for (let i = 0; i < a.losses.length; i++) {
    for (let j = b === undefined ? i : 0; j < other.losses.length; j++) {
      const twice = b === undefined && i !== j ? 2 : 1
      sums.push({
        loss: (a.losses[i] as number) + (other.losses[j] as number),
        mass: twice * (a.masses[i] as number) * (other.masses[j] as number),
      })
    }
  }
  sums.sort((x, y) => x.loss - y.loss)
  return weighed(
    Float64Array.from(sums, ({ loss }) => loss),
    Float64Array.from(sums, ({ mass }) => mass),
    cumulant,
    weigh,
  )
}
