/**
 * Certified epsilon and delta of a composition, from the laws of its parts: the grid accountant.
 *
 * Every part is replaced by two measures with finitely many losses, one that dominates it and one that it dominates (measures.ts). Their
 * sums are found in one of three ways:
 *
 *     lattice     all frequencies of a lattice, tilted       discrete noise, exactly; smooth losses of few steps        lattice.ts
 *     direct      the few frequencies that count, smoothed   many steps: the cost does not grow with their number       integral.ts
 *     doubling    pair by pair, points where they matter     rare large losses, atoms, many different laws              doubling.ts
 *
 * A single release is read off its law. Coarse bounds come first and say where to look; then the way that should be cheapest is asked for
 * what is wanted, corrected by what it reached the last time.
 *
 * *Promise*: lower <= the value for the dominating pairs <= upper, all errors counted: discretisation, truncation, wrapping around,
 * frequencies left out, rounding. If a part's pair is not attained by a mechanism (`LossLaw.attained`), lower is 0. An infinite upper
 * bound comes with a reason. If the tolerance is not reached in some rounds of a quarter of a second, the bounds say what was.
 *
 * *Limits*: no array above 16 MB. On 300 recipes (q from 1e-6 to 0.5, sigma from 0.3 to 100, up to 1e5 steps) a tolerance of 1e-4 was missed by 8, by
 * 0.015 at most, and none took longer than 0.7 s. Preconditions, checked by the callers: 0 <= delta, epsilon a number, times whole and positive.
 *
 * @module
 */

import { NumericalError } from '../../errors.ts'
import type { LawPart } from '../laws/law.ts'
import { bounds, type Experience, type GridEngine } from './choose.ts'
import { leastTolerance } from './direct.ts'
import { logSum, type Sides } from './integral.ts'
import { type Outline, outline, rate, rateSlope, roughEpsilon, stepsOf } from './outline.ts'
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
  const missed = (0.1 * leastTolerance * Math.exp(logDelta)) / stepsOf(parts)
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
const unfoundReason = 'no finite bound was found'
/** Below this a delta is not told from 0. */
const leastDelta = 1e-280
const leastLogDelta = -650

/** More nodes than these are not worth it. */
const mostNodes = 4096

/** Chernoff's bound on what finite losses add to delta: log E e^(tilt (L - epsilon)). */
function logChernoff(parts: readonly LawPart[], epsilon: number, tilt: number): number {
  let log = -tilt * epsilon
  let size = -log
  for (const { law, times } of parts) {
    const { losses, weights, error } = law.nodes({ tilt, frequency: 0, most: mostNodes })
    if (!(error < 1)) return Number.POSITIVE_INFINITY
    const one = logSum({ losses, masses: weights }, tilt) - Math.log1p(-error)
    const most = Math.max(Math.abs(losses[0] as number), Math.abs(losses[losses.length - 1] as number))
    log += times * (one + law.massError + tilt * law.lossError * (law.scale + most))
    size += times * Math.abs(one)
  }
  return log + 1e-12 * size
}

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

/** Experience counts if it was known that well where to look. */
const wellAimed = 0.1
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
