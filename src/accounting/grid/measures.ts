/**
 * Two finite measures between which a loss lies: an upper one that dominates it and a lower one that it dominates.
 *
 *     nu dominates X:  E_nu (1 - e^(e - y))_+  >=  E (1 - e^(e - X))_+   for every e       (the hockey stick at every epsilon)
 *
 * Domination passes to sums: replace one summand at a time, the others being any finite measures. So the parts of a composition may
 * be replaced each by itself, and delta of the sum of measures bounds delta of the composition on its side.
 *
 * Of a cell (a, b] of the loss with mass p and excess x = E[(1 - e^(a - L)); cell]:
 *
 * - *upper*: x / (1 - e^-(b - a)) goes to b and the rest of p to a. The hockey stick is kept at a and b and, as a function of e^e, is
 *   linear between, where that of the loss is convex ("connect the dots": Doroshenko et al. 2022, arXiv 2207.04380);
 * - *lower*: all of p goes to the one point m with p (1 - e^(a - m)) = x, which is Jensen's inequality for a convex function of e^-L.
 *
 * What lies above all cells goes to infinity, or down to the last end; what lies below goes up to the first end, or is dropped.
 *
 * *Promise*: domination holds for the law's own L' (law.ts), in spite of every rounding: masses and excess are first moved outward by
 * the law's error and 8 u. `place` bounds how far any mass may be from where it should be, counting L' against L.
 *
 * @module
 */

import { type Atoms, emptyCell, type LossLaw } from '../laws/law.ts'

const u = 2 ** -53

/** Indices [from, to) of losses that are nearly `start` + `width` (i - from): what the envelope of phi is made from. */
export type Run = { readonly from: number; readonly to: number; readonly start: number; readonly width: number }

/** Finitely many losses with masses that need not add up to 1, and a mass at infinity. */
export type Measure = {
  readonly losses: Float64Array
  readonly masses: Float64Array
  readonly infinite: number
  /** Each loss may be off by this much. */
  readonly place: number
  /** Each mass may be off by this fraction of itself. */
  readonly fraction: number
  readonly runs: readonly Run[]
}

export type Bounds = { readonly upper: Measure; readonly lower: Measure }

/** The cells of a law between rising ends, with its masses below the first and above the last. */
export type Cells = {
  readonly ends: Float64Array
  readonly p: Float64Array
  readonly excess: Float64Array
  readonly below: number
  /** Whether what is below is an atom at the first end. */
  readonly belowAtEnd: boolean
  /** The mass of the last end itself (or so close below it that `place` covers the rest). */
  readonly atTop: number
  readonly above: number
  readonly law: LossLaw
}

export function cellsOf(law: LossLaw, ends: Float64Array): Cells {
  const n = ends.length - 1
  const p = new Float64Array(n)
  const excess = new Float64Array(n)
  const cell = emptyCell()
  const first = ends[0] as number
  const last = ends[n] as number
  const below = law.cell(Number.NEGATIVE_INFINITY, first, cell).p
  // An atom at the top would be taken for mass that leans towards the top of its cell.
  const marked = law.landmarks.includes(last)
  const shy = marked ? last - nearby * (last - (ends[n - 1] as number)) : last
  for (let i = 0; i < n; i++) {
    law.cell(ends[i] as number, i < n - 1 ? (ends[i + 1] as number) : shy, cell)
    p[i] = cell.p
    excess[i] = cell.excess
  }
  const atTop = marked ? law.cell(shy, last, cell).p : 0
  const above = last < law.high ? law.cell(last, Number.POSITIVE_INFINITY, cell).p : 0
  return { ends, p, excess, below, belowAtEnd: first <= law.low, atTop, above, law }
}

/** How close to a landmark counts as at it, in widths of cells. */
const nearby = 1e-10

/** Stretches of cells of one width: the indices of their first ends. */
function runsOf(ends: Float64Array): Run[] {
  const runs: Run[] = []
  const n = ends.length - 1
  let from = 0
  while (from < n) {
    const start = ends[from] as number
    const width = (ends[from + 1] as number) - start
    let to = from + 1
    while (to < n && Math.abs((ends[to + 1] as number) - (ends[to] as number) - width) <= 1e-6 * width) to++
    runs.push({ from, to, start, width })
    from = to
  }
  return runs
}

/** How far the places of a measure's masses may be off. */
function placeOf({ law, ends, atTop }: Cells): number {
  const n = ends.length - 1
  const shy = atTop > 0 ? 2 * nearby * ((ends[n] as number) - (ends[n - 1] as number)) : 0
  return placeError(law, ends[0] as number, ends[n] as number) + shy
}

/** The same of a law between two losses. */
export function placeError({ lossError, scale }: Pick<LossLaw, 'lossError' | 'scale'>, from: number, to: number): number {
  const most = Math.max(Math.abs(from), Math.abs(to))
  return 3 * lossError * (scale + most) + 4 * u * most
}

/** Splits a cell: writes the masses that go to its two ends. */
export function split(p: number, excess: number, width: number, error: number, into: { low: number; high: number }): void {
  const most = p * (1 + error)
  const factor = -Math.expm1(-width)
  const high = Math.min(most, (excess / factor) * (1 + 4 * u) + 2 * error * p)
  into.low = most - high
  into.high = high
}

export function upperMeasure(cells: Cells): Measure {
  const { ends, p, excess, below, atTop, above, law } = cells
  const n = p.length
  const error = law.massError + 8 * u
  const masses = new Float64Array(n + 1)
  const parts = { low: 0, high: 0 }
  masses[0] = below * (1 + error)
  for (let i = 0; i < n; i++) {
    split(p[i] as number, excess[i] as number, (ends[i + 1] as number) - (ends[i] as number), error, parts)
    masses[i] = (masses[i] as number) + parts.low
    masses[i + 1] = parts.high
  }
  masses[n] = (masses[n] as number) + atTop * (1 + error)
  const lost = 1e-300 * (n + 2)
  const infinite = (law.infiniteMass + above) * (1 + error) + ((ends[n] as number) >= law.high ? 0 : lost)
  return {
    losses: ends,
    masses,
    infinite,
    place: placeOf(cells),
    fraction: 0,
    runs: runsOf(ends),
  }
}

export function lowerMeasure(cells: Cells): Measure {
  const { ends, p, excess, below, belowAtEnd, atTop, above, law } = cells
  const n = p.length
  const error = law.massError + 8 * u
  const losses = new Float64Array(n + 2)
  const masses = new Float64Array(n + 2)
  for (let i = 0; i < n; i++) {
    const mass = (p[i] as number) * (1 - error)
    const width = Math.min(1, (ends[i + 1] as number) - (ends[i] as number))
    const share = mass > 0 ? Math.max(0, (excess[i] as number) / mass - error * width * 4) : 0
    // At most the width, which rounding could pass.
    losses[i] = (ends[i] as number) + Math.min(-Math.log1p(-share), (ends[i + 1] as number) - (ends[i] as number))
    masses[i] = mass
  }
  losses[n] = ends[n] as number
  masses[n] = (above + atTop) * (1 - error)
  losses[n + 1] = ends[0] as number
  masses[n + 1] = belowAtEnd ? below * (1 - error) : 0
  return {
    losses,
    masses,
    infinite: law.infiniteMass * (1 - error),
    place: placeOf(cells),
    fraction: 0,
    runs: runsOf(ends).map(({ from, to, start, width }) => ({ from, to, start: start + width / 2, width })),
  }
}

/** The measure of a discrete law itself, which serves on both sides. */
export function atomicMeasure(law: LossLaw, atoms: Atoms): Measure {
  const { infiniteMass, massError } = law
  const place = placeError(law, law.low, law.high)
  return { losses: atoms.losses, masses: atoms.p, infinite: infiniteMass, place, fraction: massError, runs: [] }
}
