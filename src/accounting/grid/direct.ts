/**
 * Chooses cells, period and smoothing for `integral.ts`, so that both bounds are as close as asked.
 *
 * If delta falls like e^(-s epsilon) near epsilon, a variance v more moves epsilon by v (s + 1) / 2. Cells of width w add or take
 * SUM times weight w^2 / 6, the smoothing m^2 on either side. Half of what is allowed goes to each. For given total work the cells of a
 * part that occurs n times are n^(-1/3) as wide.
 *
 * *Limits*: nothing here is certified; a bad choice makes loose bounds, never wrong ones.
 *
 * @module
 */

import type { LossLaw } from '../laws/law.ts'
import { reachOfGaussian } from './direct-spectrum.ts'
import { integral, type Sides, type Summand } from './integral.ts'
import { atomicMeasure, cellsOf, lowerMeasure, type Measure, upperMeasure } from './measures.ts'
import { type Outline, type OutlinePart, stepsOf, type Tilts, tiltsFor } from './outline.ts'
import { type Profile, partition, profile, type Tails } from './partition.ts'

/** What is asked of a pair of bounds around one epsilon. */
export type Goal = {
  readonly outline: Outline
  /** Where the bounds will be asked for, about; log delta there; how fast log delta falls there. */
  readonly epsilon: number
  readonly logDelta: number
  readonly slope: number
  /** About log delta at any epsilon from below that one on. */
  readonly logDeltaAt: (epsilon: number) => number
  /** How far apart the bounds on epsilon may be. */
  readonly width: number
}

/** Atoms up to this number are taken as they are. */
const fewAtoms = 4096

/** The choices, and what they will cost. */
export type DirectPlan = Tilts & {
  readonly smoothing: number
  /** What may be left out, relative to delta at epsilon. */
  readonly tolerance: number
  readonly epsilon: number
  readonly logDelta: number
  readonly tails: Tails
  readonly cells: readonly CellPlan[]
  /** In milliseconds, roughly. */
  readonly cost: number
  /** How many (cell, frequency) pairs may be looked at for either bound: some more than planned. */
  readonly budget: number
}

/** A law, where its cells matter, and the width of cells at density 1. */
export type CellPlan = { readonly part: OutlinePart; readonly shape: Profile; readonly width: number; readonly count: number }

/** No less is left out than that, relative to delta. */
export const leastTolerance = 1e-9

/** What may be left out, relative to delta. */
export const toleranceOf = ({ slope, width }: Goal): number => Math.min(1e-3, Math.max(leastTolerance, 0.01 * slope * width))

export function planDirect(goal: Goal): DirectPlan {
  const { outline, epsilon, logDelta, slope, width } = goal
  const share = width / (4 * (slope + 1))
  const smoothing = Math.sqrt(share)
  const tolerance = toleranceOf(goal)
  const tilts = tiltsFor(outline, epsilon, logDelta, Math.log(tolerance))
  const steps = stepsOf(outline.parts)
  const tails = { tilt: tilts.tilt, low: (0.1 * tolerance) / steps, high: (0.1 * Math.exp(logDelta) * tolerance) / steps }
  const here = goal.logDeltaAt(epsilon)
  const importance = (loss: number): number => Math.max(-100, Math.min(100, goal.logDeltaAt(epsilon - loss) - here))
  const shapes = outline.parts.map((part) => profile(part, importance, tails))
  let work = 0
  for (const [i, { total }] of shapes.entries()) work += Math.cbrt((outline.parts[i] as OutlinePart).times) * total
  // The widths are rounded down to a power of two: 1.3 makes up for that.
  const atOne = 1.3 * Math.sqrt((12 * share) / work)
  const cells = shapes.map((shape, i): CellPlan => {
    const part = outline.parts[i] as OutlinePart
    const cellWidth = atOne / Math.cbrt(part.times)
    const atoms = part.law.atoms?.losses.length ?? Number.POSITIVE_INFINITY
    return { part, shape, width: cellWidth, count: Math.min(atoms, (1.4 * shape.total) / cellWidth) }
  })
  const count = cells.reduce((sum, cell) => sum + cell.count, 0)
  const perFrequency = (2 * Math.PI) / tilts.period
  const frequencies = Math.min(reachOfGaussian / smoothing, fallsFar(outline, tilts.tilt)) / perFrequency
  return {
    ...tilts,
    epsilon,
    logDelta,
    smoothing,
    tolerance,
    tails,
    cells,
    cost: count * (4e-4 + 2 * 2.5e-6 * (frequencies + 400)),
    budget: 3 * count * (frequencies + 400) + 1e6,
  }
}

/** A frequency beyond which the outline's |Phi| seems to be below e^-45, Infinity if none is found. */
function fallsFar({ parts, table }: Outline, tilt: number): number {
  const entry = table.find((each) => each.tilt >= tilt) ?? table[table.length - 1]
  const spread = Math.sqrt(entry?.second ?? 0)
  for (const reach of [10, 30, 100, 1000]) {
    if (logSizeAt(parts, tilt, reach / spread) < -45 && logSizeAt(parts, tilt, (1.37 * reach) / spread) < -45)
      return reach / spread
  }
  return Number.POSITIVE_INFINITY
}

function logSizeAt(parts: readonly OutlinePart[], tilt: number, t: number): number {
  let log = 0
  for (const { losses, weights, times } of parts) {
    let [re, im, mass] = [0, 0, 0]
    const top = (losses[losses.length - 1] as number) * tilt
    for (let j = 0; j < losses.length; j++) {
      if (!((weights[j] as number) > 0)) continue
      const w = (weights[j] as number) * Math.exp(tilt * (losses[j] as number) - top)
      re += w * Math.cos(t * (losses[j] as number))
      im += w * Math.sin(t * (losses[j] as number))
      mass += w
    }
    log += 0.5 * times * Math.log((re * re + im * im) / (mass * mass))
  }
  return log
}

/** Undefined where that takes far longer than planned. */
export function direct(plan: DirectPlan): Sides | undefined {
  const both = plan.cells.map(measuresOf)
  const summands = (side: 'upper' | 'lower'): readonly Summand[] =>
    both.map((bounds, i) => ({ measure: bounds[side], times: (plan.cells[i] as CellPlan).part.times }))
  const upper = integral(summands('upper'), plan)
  const same = both.every((bounds) => bounds.upper === bounds.lower)
  const lower = same || upper === undefined ? upper : integral(summands('lower'), plan)
  return upper && lower && { upper: upper.upper, lower: lower.lower }
}

function measuresOf({ part, shape, width, count }: CellPlan): { readonly upper: Measure; readonly lower: Measure } {
  const { law } = part
  if (law.atoms !== undefined && law.atoms.losses.length <= Math.max(fewAtoms, 2 * count)) {
    const measure = atomicMeasure(law, law.atoms)
    return { upper: measure, lower: measure }
  }
  const cells = cellsOf(law, endsFor(law, shape, width))
  return { upper: upperMeasure(cells), lower: lowerMeasure(cells) }
}

/** Ends of cells of a profile: dyadic, and tight around each loss that has a mass of its own. */
function endsFor({ landmarks }: LossLaw, shape: Profile, width: number): Float64Array {
  const finest = shape.density.reduce((a, b) => Math.max(a, b), 0)
  const h = width / Math.cbrt(finest)
  const { offset, spacing, index } = partition(shape, width, h, 0)
  const ends = index.map((i) => Math.min(Math.max(offset + i * spacing, shape.bottom), shape.top))
  if (landmarks.length === 0) return rising(ends)
  const marked = [...ends, ...landmarks.flatMap((mark) => [mark - 1e-3 * h, mark])]
  return rising(Float64Array.from(marked.filter((each) => each >= shape.bottom && each <= shape.top)).sort())
}

const rising = (ends: Float64Array): Float64Array => ends.filter((end, i) => i === 0 || end > (ends[i - 1] as number))
