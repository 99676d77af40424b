/**
 * Which way the next bounds are computed: lattice, direct or by doubling.
 *
 * Each way has a plan with a cost in milliseconds. What it reached the last time corrects what it is asked for the next time; the
 * cheapest goes first; none is given more than a quarter of a second, and where that is too little for what is wanted, bounds are coarser.
 *
 * *Limits*: a plan. Whatever is chosen, the bounds are bounds.
 *
 * @module
 */

import type { LawPart } from '../laws/law.ts'
import { direct, type Goal, planDirect, toleranceOf } from './direct.ts'
import { doubling, sumsFor } from './doubling.ts'
import type { Sides } from './integral.ts'
import { onLattice, planLattice } from './lattice-plan.ts'

/** How bounds were computed; 'none' where there was nothing to compute. */
export type GridEngine = 'none' | 'single' | 'lattice' | 'direct' | 'doubling'

/** How far apart the bounds of an engine were when it was last used, by how many points, and how far they should have been. */
export type Experience = { readonly points: number; readonly width: number; readonly planned: number }

export type Bounds = {
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
export function bounds(
  parts: readonly LawPart[],
  wanted: Goal,
  bottom: number,
  experience: ReadonlyMap<GridEngine, Experience>,
): Bounds {
  const sums = sumsFor(wanted.outline)
  const pairing = sums <= mostSums && wanted.logDelta >= leastForDoubling
  const before = experience.get('doubling')
  const byDoubling = (points: number, limited: boolean): Bounds | undefined => {
    const sides = pairing ? doubling({ ...wanted, points, tolerance: toleranceOf(wanted) }) : undefined
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
