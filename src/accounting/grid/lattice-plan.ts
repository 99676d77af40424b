/**
 * Chooses the lattice for `lattice.ts`: the spacing, and which end of each law it goes through.
 *
 * If every law is discrete with losses on one lattice (randomised response, discrete noise, pure guarantees), that is the lattice, and
 * nothing is lost but rounding. Else the spacing h is such that splitting and its counterpart below, which add and take
 * (lambda + 1) T h^2 / 12 and at most twice that of epsilon, stay within what is allowed; laws with an atom at their top have the lattice go
 * through it, so that the largest possible loss is exact.
 *
 * *Limits*: a plan; not certified.
 *
 * @module
 */

import type { LawPart, LossLaw } from '../laws/law.ts'
import type { CellPlan, DirectPlan, Goal } from './direct.ts'
import type { Sides } from './integral.ts'
import { type LatticeSummand, lattice } from './lattice.ts'
import { lowerAtEnds } from './lattice-measures.ts'
import { atomicMeasure, cellsOf, lowerMeasure, upperMeasure } from './measures.ts'
import { partition } from './partition.ts'

/** A lattice for a composition. */
export type LatticePlan = {
  readonly spacing: number
  readonly size: number
  /** Whether all losses lie on it. */
  readonly exact: boolean
  /** In milliseconds, roughly. */
  readonly cost: number
}

const largest = 2 ** 21
const smallest = 64

/** The spacing that all differences of a discrete law's losses are multiples of, if they are few enough to be one. */
export function commonSpacing({ losses }: { readonly losses: Float64Array }): number | undefined {
  const n = losses.length
  if (n < 2) return n === 1 ? Number.POSITIVE_INFINITY : undefined
  const range = (losses[n - 1] as number) - (losses[0] as number)
  let least = range
  for (let i = 1; i < n; i++) least = Math.min(least, (losses[i] as number) - (losses[i - 1] as number))
  const whole = Math.round(range / least)
  if (whole > largest) return undefined
  const h = range / whole
  for (let i = 1; i < n; i++) {
    const k = ((losses[i] as number) - (losses[0] as number)) / h
    if (Math.abs(k - Math.round(k)) > 1e-13 * whole + 1e-12) return undefined
  }
  return h
}

/** The lattice on which all laws of a composition lie, if there is one. */
function exactSpacing(parts: readonly LawPart[]): number | undefined {
  let least = Number.POSITIVE_INFINITY
  const spacings: number[] = []
  for (const { law } of parts) {
    const h = law.atoms === undefined ? undefined : commonSpacing(law.atoms)
    if (h === undefined) return undefined
    spacings.push(h)
    least = Math.min(least, h)
  }
  if (least === Number.POSITIVE_INFINITY) return undefined
  const fits = spacings.every(
    (h) => h === Number.POSITIVE_INFINITY || Math.abs(h / least - Math.round(h / least)) < 1e-13 * (h / least),
  )
  return fits ? least : undefined
}

/** A plan for bounds as close as asked; with a spacing too wide for that if it can't be had. */
export function planLattice(parts: readonly LawPart[], goal: Goal, period: number): LatticePlan {
  const exact = exactSpacing(parts)
  if (exact !== undefined && period / exact < largest / 2) {
    const size = sizeFor(period, exact)
    return { spacing: exact, size, exact: true, cost: costOf(parts, size) }
  }
  const times = parts.reduce((sum, part) => sum + part.times, 0)
  const wanted = Math.sqrt((4 * goal.width) / ((goal.slope + 1) * times))
  const spacing = Math.max(wanted, period / (largest / 2))
  // A power of two of points anyway: the finest lattice that fits it.
  const size = sizeFor(period, spacing)
  return { spacing: period / (size - 3), size, exact: false, cost: 2 * costOf(parts, size) }
}

/** A transform, a power and a product for each law. */
const costOf = (parts: readonly LawPart[], size: number): number => (parts.length + 1) * size * (1e-6 * Math.log2(size) + 8e-5)

const sizeFor = (period: number, spacing: number): number =>
  Math.min(largest, Math.max(smallest, 2 ** Math.ceil(Math.log2(period / spacing + 3))))

/** Bounds for epsilons from `bottom` on, with the tilts of a direct plan and the cells where it wants them. */
export function onLattice(parts: readonly LawPart[], plan: LatticePlan, like: DirectPlan, bottom: number): Sides {
  const { spacing, size } = plan
  const options = { tilt: like.tilt, farTilt: like.farTilt, spacing, size, bottom }
  if (plan.exact) {
    return lattice(
      parts.map(({ law, times }) => exactSummand(law, times, spacing)),
      options,
    )
  }
  const both = like.cells.map((cells) => splitSummands(cells, spacing))
  const upper = lattice(
    both.map(({ upper }) => upper),
    options,
  )
  const lower = lattice(
    both.map(({ lower }) => lower),
    options,
  )
  return { upper: upper.upper, lower: lower.lower }
}

function exactSummand(law: LossLaw, times: number, spacing: number): LatticeSummand {
  const atoms = law.atoms
  if (atoms === undefined) throw new TypeError('a law without atoms is on no lattice')
  const measure = atomicMeasure(law, atoms)
  const offset = atoms.losses[0] as number
  const index = atoms.losses.map((loss) => Math.round((loss - offset) / spacing))
  // The lattice's own places may differ from the losses by rounding.
  let place = measure.place
  for (let i = 0; i < index.length; i++) {
    place = Math.max(place, measure.place + Math.abs((atoms.losses[i] as number) - offset - (index[i] as number) * spacing))
  }
  return { measure: { ...measure, place }, index, offset, times }
}

function splitSummands(
  { part, shape, width }: CellPlan,
  spacing: number,
): { readonly upper: LatticeSummand; readonly lower: LatticeSummand } {
  const { law, times } = part
  const offset = Number.isFinite(law.high) && !law.smooth ? law.high : 0
  const { index } = partition(shape, width, spacing, offset)
  const ends = index.map((i) => offset + i * spacing)
  const cells = cellsOf(law, ends)
  const upper = upperMeasure(cells)
  const lower = { ...upper, masses: lowerAtEnds(cells), infinite: lowerMeasure(cells).infinite }
  return { upper: { measure: upper, index, offset, times }, lower: { measure: lower, index, offset, times } }
}
