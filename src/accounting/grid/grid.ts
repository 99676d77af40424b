/**
 * Certified epsilon and delta of a composition, from the laws of its parts: the grid accountant.
 *
 * Every part is replaced by two measures with finitely many losses, one that dominates it and one that it dominates (measures.ts); their
 * sums are evaluated by a Fourier transform, tilted to where the answer lies, in one of two ways: all frequencies of a lattice
 * (lattice.ts), right for few steps and for discrete noise; or the few frequencies that count, after smoothing (integral.ts), right for
 * many steps, with a cost that does not grow with their number. A single release is read off its law.
 *
 * Coarse bounds come first and say where to look; then bounds as fine as asked, and finer once more if they came out too wide.
 *
 * *Promise*: lower <= the value for the dominating pairs <= upper, all errors counted: discretisation, truncation, wrapping around,
 * frequencies left out, rounding. If a part's pair is not attained by a mechanism (`LossLaw.attained`), lower is 0. An infinite upper
 * bound comes with a reason. If the tolerance is not reached after a few rounds, the bounds say what was.
 *
 * *Limits*: no array above 16 MB. Preconditions, checked by the callers: 0 <= delta, epsilon a number, times whole and positive.
 *
 * @module
 */

import { NumericalError } from '../../errors.ts'
import type { LawPart } from '../laws/law.ts'
import { direct, type Goal, leastTolerance, planDirect, toleranceOf } from './direct.ts'
import { doubling, sumsFor } from './doubling.ts'
import { logSum, type Sides } from './integral.ts'
import { onLattice, planLattice } from './lattice-plan.ts'
import { type Outline, outline, rate, rateSlope, roughEpsilon } from './outline.ts'
import { infiniteMass, largestLoss, relevant, singleSides } from './single.ts'
import { lowerEpsilon, type Search, upperEpsilon } from './solve.ts'

/** A certified bracket. */
export type GridResult = {
  readonly upper: number
  readonly lower: number
  /** How the bounds were computed; 'none' where there was nothing to compute. */
  readonly engine: GridEngine
  /** Why `upper` is infinite. */
  readonly reason?: string
}

export type GridEngine = 'none' | 'single' | 'lattice' | 'direct' | 'doubling'

export type GridEpsilonOptions = {
  readonly delta: number
  /** How far apart the bounds may be, relative to epsilon (or to a tenth of the loss's standard deviation, if that is more). */
  readonly tolerance?: number
}

export type GridDeltaOptions = {
  readonly epsilon: number
  /** How far apart the bounds may be, relative to delta. */
  readonly tolerance?: number
}

const defaultTolerance = 1e-6

/** Bounds on the least epsilon >= 0 with delta(epsilon) <= delta, for one direction of a composition. */
export function gridEpsilon(all: readonly LawPart[], { delta, tolerance = defaultTolerance }: GridEpsilonOptions): GridResult {
  const parts = relevant(all)
  const certain = infiniteMass(parts)
  const top = largestLoss(parts)
  if (delta >= 1 || parts.length === 0) return result(parts, 0, 0, 'none')
  if (certain.lower > delta) return result(parts, Infinity, Infinity, 'none', infinityReason)
  if (certain.upper > delta) return result(parts, Infinity, 0, 'none', infinityReason)
  if (delta === certain.upper) return result(parts, top.upper, top.lower, 'none', unboundedReason)
  if (isSingle(parts)) {
    const { law } = parts[0] as LawPart
    const sides = singleSides(law)
    const search: Search = { guess: 0, step: law.scale, top: top.upper, tolerance: 1e-3 * tolerance * law.scale }
    const upper = Math.min(top.upper, upperEpsilon(sides, delta, search))
    return result(parts, upper, lowerEpsilon(sides, delta, search), 'single', unfoundReason)
  }
  const logDelta = Math.log(delta - certain.upper)
  const steps = parts.reduce((sum, { times }) => sum + times, 0)
  const missed = (0.1 * leastTolerance * Math.exp(logDelta)) / steps
  const lines = outline(parts, ({ tilt, value, first }) => value - tilt * first < logDelta - 3, missed)
  let aim = aimAt(lines, roughEpsilon(lines, logDelta), logDelta)
  let best = result(parts, top.upper, 0, 'none', unfoundReason)
  let before = Infinity
  const experience = new Map<GridEngine, Experience>()
  for (let round = 0, fraction = firstFraction; round < mostRounds; round++) {
    const scale = Math.max(aim.epsilon, 0.1 * lines.spread, 1e-290)
    const width = Math.min(fraction * scale, mostOfSlope / aim.slope)
    const bottom = Math.max(0, aim.epsilon - 6 / aim.slope - 2 * width)
    const { engine, sides, limited, points, planned } = bounds(parts, { ...aim, outline: lines, width }, bottom, experience)
    const search: Search = { guess: aim.epsilon, step: Math.min(0.3 / aim.slope, scale), top: top.upper, tolerance: 0.01 * width }
    const high = upperEpsilon(sides, delta, search)
    const low = lowerEpsilon(sides, delta, search)
    if (points > 0 || before < wellAimed) experience.set(engine, { points, width: high - low, planned })
    const upper = Math.min(best.upper, high)
    const lower = Math.max(best.lower, low)
    if (lower > upper) throw contradiction('epsilon', lower, upper)
    best = result(parts, upper, lower, engine, unfoundReason)
    const reached = (upper - lower) / Math.max(upper, 0.1 * lines.spread)
    if (!(reached > tolerance) || limited || hopeless(reached, before, round, fraction <= tolerance)) break
    if (upper < Infinity)
      aim = aimAt(
        lines,
        lower > 0 ? (lower + upper) / 2 : Math.min(upper, 2 * aim.epsilon),
        logDelta,
        sides,
        upper - lower,
        fraction > tolerance ? undefined : aim,
      )
    before = reached
    fraction = nextFraction(fraction, reached, 0.6 * tolerance, round)
  }
  return best
}

/** Bounds on delta(epsilon), for one direction of a composition. */
export function gridDelta(all: readonly LawPart[], { epsilon, tolerance = defaultTolerance }: GridDeltaOptions): GridResult {
  const parts = relevant(all)
  const certain = infiniteMass(parts)
  if (parts.length === 0) return result(parts, Math.max(0, -Math.expm1(epsilon)), Math.max(0, -Math.expm1(epsilon)), 'none')
  if (parts.some(({ law }) => law.infiniteMass >= 1)) return result(parts, 1, 1, 'none')
  if (epsilon >= largestLoss(parts).upper) return result(parts, certain.upper, certain.lower, 'none')
  if (isSingle(parts)) {
    const sides = singleSides((parts[0] as LawPart).law)
    return result(parts, sides.upper(epsilon), sides.lower(epsilon), 'single')
  }
  const lines = outline(parts, ({ tilt, value, first }) => first > epsilon || value - tilt * first < leastLogDelta)
  const most =
    certain.upper + Math.exp(Math.min(0, Math.max(leastLogDelta, logChernoff(parts, epsilon, rateSlope(lines, epsilon)))))
  if (most <= certain.upper + leastDelta) return result(parts, Math.min(1, most), certain.lower, 'none')
  let aim = aimAt(lines, epsilon, Math.min(-1e-3, rate(lines, epsilon) - 1))
  let best = result(parts, Math.min(1, most), certain.lower, 'none')
  let before = Infinity
  const experience = new Map<GridEngine, Experience>()
  for (let round = 0, fraction = firstFraction; round < mostRounds; round++) {
    const goal = { ...aim, outline: lines, width: fraction / (aim.slope + 1) }
    const { engine, sides, limited, points, planned } = bounds(parts, goal, epsilon, experience)
    const high = sides.upper(epsilon)
    const low = sides.lower(epsilon)
    const apart = Math.log(high / low) / (aim.slope + 1)
    if (points > 0 || before < wellAimed) experience.set(engine, { points, width: apart, planned })
    const upper = Math.min(best.upper, high)
    const lower = Math.max(best.lower, low)
    if (lower > upper) throw contradiction('delta', lower, upper)
    best = result(parts, upper, lower, engine)
    const reached = (upper - lower) / upper
    if (!(reached > tolerance) || limited || hopeless(reached, before, round, fraction <= tolerance) || upper < leastDelta) break
    aim = aimAt(
      lines,
      epsilon,
      Math.min(-1e-3, rate(lines, epsilon), Math.log(Math.max(upper - certain.upper, 1e-300))),
      sides,
      0,
      fraction > tolerance ? undefined : aim,
    )
    before = reached
    fraction = nextFraction(fraction, reached, 0.6 * tolerance, round)
  }
  return best
}

const infinityReason = 'the probability of an infinite privacy loss exceeds delta'
const unboundedReason = 'the privacy loss is unbounded: every finite epsilon has a delta above the one asked for'
/** Chernoff's bound on what finite losses add to delta: log E e^(tilt (L - epsilon)). */
function logChernoff(parts: readonly LawPart[], epsilon: number, tilt: number): number {
  let log = -tilt * epsilon
  let size = -log
  for (const { law, times } of parts) {
    const { losses, weights, error } = law.nodes({ tilt, frequency: 0 })
    const one = logSum({ losses, masses: weights }, tilt) - Math.log1p(-error)
    log += times * one
    size += times * Math.abs(one)
  }
  return log + 1e-12 * size
}

const unfoundReason = 'no finite bound was found'
/** Below this a delta is not told from 0. */
const leastDelta = 1e-280
const leastLogDelta = -650

function result(parts: readonly LawPart[], upper: number, lower: number, engine: GridEngine, reason?: string): GridResult {
  const attained = parts.every(({ law }) => law.attained)
  const bracket = { upper, lower: attained ? Math.min(lower, upper) : 0, engine }
  return Object.freeze(reason !== undefined && upper === Infinity ? { ...bracket, reason } : bracket)
}

const contradiction = (what: string, lower: number, upper: number): NumericalError =>
  new NumericalError(`the bounds on ${what} contradict each other: [${lower}, ${upper}]`)

const isSingle = (parts: readonly LawPart[]): boolean => parts.length === 1 && parts[0]?.times === 1

/** What bounds are to be good for: an epsilon, log delta there, and how fast that falls. */
type Aim = {
  readonly epsilon: number
  readonly logDelta: number
  readonly slope: number
  readonly logDeltaAt: (epsilon: number) => number
}

/** How coarse the first bounds are, which find out where to look; and when to give up on the tolerance. */
const firstFraction = 0.02
const mostRounds = 8
/** How wide bounds may be against 1 / slope: beyond it they say little. */
const mostOfSlope = 0.1

/** The slope is measured where there are bounds close enough to, else taken from the rate. */
function aimAt(lines: Outline, epsilon: number, logDelta: number, sides?: Sides, width = 0, before?: Aim): Aim {
  const likely = rateSlope(lines, epsilon)
  if (sides === undefined) return { epsilon, logDelta, slope: likely, logDeltaAt: (e) => rate(lines, e) }
  const step = Math.max(0.1 / likely, width)
  const slope = Math.log(sides.upper(epsilon) / sides.upper(epsilon + step)) / step
  const plausible = slope > 0.1 * likely && slope < 1e3 * likely
  const logDeltaAt = before?.logDeltaAt ?? measured(lines, epsilon, logDelta, sides)
  return { epsilon, logDelta, slope: plausible ? slope : likely, logDeltaAt }
}

/** Log delta between 0 and epsilon from bounds on it, as far as these are better than the rate. */
function measured(lines: Outline, epsilon: number, logDelta: number, { upper }: Sides): (epsilon: number) => number {
  const points = 24
  const step = epsilon / points
  const known = Float64Array.from({ length: points + 1 }, (_, i) => Math.min(Math.log(upper(i * step)), rate(lines, i * step)))
  const last = known[points] as number
  return (e) => {
    if (!(e > 0 && step > 0)) return 0
    if (e >= epsilon) return Math.max(last, logDelta) + rate(lines, e) - rate(lines, epsilon)
    const i = Math.min(points - 1, Math.floor(e / step))
    const low = known[i] as number
    return low + (e / step - i) * ((known[i + 1] as number) - low)
  }
}

/** Whether finer cells have stopped to help: something else keeps the bounds apart. */
const hopeless = (reached: number, before: number, round: number, fine: boolean): boolean =>
  fine && round > 2 && reached > 0.7 * before

/** How fine the next bounds should be: as asked, if the last ones say well enough where to look. */
function nextFraction(fraction: number, reached: number, tolerance: number, round: number): number {
  if (fraction <= tolerance || reached < 0.1) return tolerance
  return round < 2 ? fraction : Math.max(tolerance, fraction / 8)
}

/** How far apart the bounds of an engine were when it was last used, by how many points, and how far they should have been. */
type Experience = { readonly points: number; readonly width: number; readonly planned: number }

type Bounds = {
  readonly engine: GridEngine
  readonly sides: Sides
  /** Whether no finer bounds are to be had in reasonable time. */
  readonly limited: boolean
  /** The number of points, if by doubling, else 0. */
  readonly points: number
  /** How far apart they should be. */
  readonly planned: number
}

/** With so many points doubling finds out where to look. */
const firstPoints = 96
/** Where more sums than that are to be formed, doubling is not tried. */
const mostSums = 300
/** The longest that one pair of bounds should take, in milliseconds. */
const longest = 250
/** Experience counts if it was known that well where to look. */
const wellAimed = 0.1
/** Below that log delta doubling has too far to go from the bulk of the mass to find out anything. */
const leastForDoubling = -50

/** Whether all losses are so few that the direct way takes them as they are, exactly and fast. */
const fewLosses = (parts: readonly LawPart[]): boolean =>
  parts.every(({ law }) => (law.atoms?.losses.length ?? Number.POSITIVE_INFINITY) <= 64)

/** Whether a law has atoms far apart: between them a lattice can't take back from below what it took too much. */
const sparse = (parts: readonly LawPart[]): boolean => parts.some(({ law }) => law.atoms !== undefined)

/** What doubling costs, in milliseconds, roughly. */
const costOfDoubling = (sums: number, points: number): number => sums * (0.5 + 9e-6 * points * points)
const pointsFor = (sums: number, cost: number): number => Math.floor(Math.sqrt(Math.max(0, cost / sums - 0.5) / 9e-6))

/** Bounds by the cheapest way, to be asked for from `bottom` on; coarser ones if those asked for would take too long. */
function bounds(
  parts: readonly LawPart[],
  wanted: Goal,
  bottom: number,
  experience: ReadonlyMap<GridEngine, Experience>,
): Bounds {
  const sums = sumsFor(wanted.outline)
  const pairing = sums <= mostSums && wanted.logDelta > leastForDoubling
  const before = experience.get('doubling')
  const byDoubling = (points: number, limited: boolean): Bounds | undefined => {
    const sides =
      sums > mostSums || wanted.logDelta < leastForDoubling
        ? undefined
        : doubling({ ...wanted, points, tolerance: toleranceOf(wanted) })
    return sides && { engine: 'doubling', sides, limited, points, planned: wanted.width }
  }
  /** What to ask an engine for, to get what is wanted. */
  const asked = (engine: GridEngine, goal: Goal): Goal => {
    const seen = experience.get(engine)
    return seen === undefined ? goal : { ...goal, width: goal.width * Math.min(1, (0.7 * seen.planned) / seen.width) }
  }
  // Once it has taken far longer than planned, the direct way is not tried again.
  let lengthy = false
  for (let goal = wanted; ; ) {
    const forDirect = asked('direct', goal)
    const forLattice = asked('lattice', goal)
    const plan = planDirect(forDirect)
    const like = forLattice.width === forDirect.width ? plan : planDirect(forLattice)
    const grid = planLattice(parts, forLattice, like.period + goal.epsilon - bottom)
    const limited = goal !== wanted
    const costs = {
      direct: lengthy || grid.exact ? Number.POSITIVE_INFINITY : plan.cost,
      lattice: !grid.exact && pairing && sparse(parts) ? Number.POSITIVE_INFINITY : grid.cost,
    }
    if (!grid.exact) {
      // The first time, to see where to look; then by what it took.
      const points = before === undefined ? firstPoints : Math.ceil(1.1 * before.points * Math.sqrt(before.width / goal.width))
      const cost = costOfDoubling(sums, points)
      const first = experience.size === 0 && !limited && !fewLosses(parts)
      if (first || (before !== undefined && cost < Math.min(longest, costs.direct, costs.lattice))) {
        const found = byDoubling(points, limited)
        if (found !== undefined) return found
      }
      if (costs.direct < Math.min(longest, costs.lattice)) {
        const sides = direct(plan)
        if (sides !== undefined) return { engine: 'direct', sides, limited, points: 0, planned: forDirect.width }
        lengthy = true
        continue
      }
      if (before !== undefined && !(Math.min(cost, costs.lattice) < longest)) {
        // As many points as there is time for, if that is more than before.
        const most = pointsFor(sums, longest)
        const found = most > 1.3 * before.points ? byDoubling(Math.min(points, most), points > most) : undefined
        if (found !== undefined) return found
      }
    }
    if (costs.lattice < longest || goal.width >= 1e6 * wanted.width) {
      return { engine: 'lattice', sides: onLattice(parts, grid, like, bottom), limited, points: 0, planned: forLattice.width }
    }
    goal = { ...goal, width: 2 * goal.width }
  }
}
