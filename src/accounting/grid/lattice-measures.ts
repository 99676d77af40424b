/**
 * Upper and lower measures with all their losses among given ends of cells: what a lattice needs.
 *
 * The upper one is that of measures.ts. The lower one starts from the same split, whose hockey stick H touches that of the loss at every
 * end and lies above it in between by at most
 *
 *     g = a b (e^w - 1) / (a e^w + b)        at the point m where all the mass of the cell would give the same H at both ends
 *
 * (a, b the masses at the two ends, w the width; above it would be two lines that meet at m, by Jensen). H is linear in e^e between ends,
 * and so is the hat that is 1 at one end and 0 at the others: taking away SUM c_j hat_j with c_(j-1) hat_(j-1)(m) + c_j hat_j(m) >= g for
 * every cell gives a lower bound with the same kinks. Each hat moves mass from an end to its neighbours. Where a mass turns negative the
 * bound is not convex there, and its convex hull, a lower bound too, is taken by giving the negative mass to the neighbours.
 *
 * *Promise*: as in measures.ts. What is taken is about as much as the split had added: neither moves the mean.
 *
 * @module
 */

import type { Cells } from './measures.ts'

const u = 2 ** -53

/** Masses at the ends of cells, bounded from below by construction. */
export function lowerAtEnds(cells: Cells): Float64Array {
  const masses = withHats(cells)
  return masses ?? floored(cells)
}

/** The masses of a cell, moved inward by the law's error: at its lower end, at its upper end, and the excess they have. */
function inward(
  { p, excess, ends, law }: Cells,
  i: number,
): { readonly a: number; readonly b: number; readonly x: number; readonly w: number } {
  const error = law.massError + 8 * u
  const w = (ends[i + 1] as number) - (ends[i] as number)
  const mass = (p[i] as number) * (1 - error)
  const x = Math.max(0, Math.min((excess[i] as number) - 4 * error * Math.min(1, w) * mass, -mass * Math.expm1(-w)))
  const b = Math.min(mass, x / -Math.expm1(-w))
  return { a: mass - b, b, x, w }
}

function withHats(cells: Cells): Float64Array | undefined {
  const { p, above, atTop, below, belowAtEnd, law } = cells
  const n = p.length
  const inner = 1 - law.massError - 8 * u
  const masses = new Float64Array(n + 1)
  // The sum of magnitudes that went into each mass: what its rounding is relative to.
  const sizes = new Float64Array(n + 1)
  const add = (j: number, mass: number): void => {
    masses[j] = (masses[j] as number) + mass
    sizes[j] = (sizes[j] as number) + Math.abs(mass)
  }
  add(n, (above + atTop) * inner)
  if (belowAtEnd) add(0, below * inner)
  // From the top: H at the end below, the mass above it, and the hat there. At the very top there is no hat, so cells go to their lower
  // ends until what is there outweighs rounding.
  let h = 0
  let mass = (above + atTop) * inner
  let hat = 0
  let start = n - 1
  for (; start > 0 && mass < 1e-8 * (p[start] as number); start--) {
    const all = (p[start] as number) * inner
    add(start, all)
    const down = -Math.expm1((cells.ends[start] as number) - (cells.ends[start + 1] as number))
    h = down * mass + (1 - down) * h
    mass += all
  }
  let next = n > 0 ? inward(cells, start) : undefined
  for (let i = start; i >= 0 && next !== undefined; i--) {
    const { a, b, x, w } = next
    add(i, a)
    add(i + 1, b)
    const down = -Math.expm1(-w)
    h = x + down * mass + (1 - down) * h
    mass += a + b
    const grow = Math.expm1(w)
    const total = a * (grow + 1) + b
    const gap = total > 0 ? (a * b * grow) / total : 0
    const share = total > 0 ? b / total : 0
    const need = share < 1 ? Math.max(0, (gap - hat * share) / (1 - share)) : 0
    next = i > 0 ? inward(cells, i - 1) : undefined
    let below = 0
    if (next !== undefined) {
      const e = Math.expm1(next.w)
      const sum = next.a * (e + 1) + next.b
      below = sum > 0 ? (next.a * next.b * e) / sum : 0
    }
    // Short of H, so that what is left at the top stays positive.
    hat = Math.max(need * (1 + 16 * u), Math.min(0.9 * h, below))
    // The hat at end i, of height `hat`, between the cells below and above.
    if (hat > 0) {
      add(i + 1, -hat / down)
      add(i, hat / grow)
      if (next !== undefined) {
        add(i, hat / -Math.expm1(-next.w))
        add(i - 1, -hat / Math.expm1(next.w))
      }
    }
  }
  for (let j = 0; j <= n; j++) masses[j] = (masses[j] as number) - 12 * u * (sizes[j] as number)
  return hull(masses, cells.ends)
}

/**
 * The convex hull of a hockey stick with some negative masses, and of nothing, if it ends below nothing. Undefined if too few ends are left.
 */
function hull(masses: Float64Array, ends: Float64Array): Float64Array | undefined {
  const kept: number[] = []
  const end = (back: number): number => kept[kept.length - back] as number
  const at = (j: number): number => masses[j] as number
  /** 1 - e^(y_i - y_j): what a mass at end j adds to the stick at end i. */
  const stick = (i: number, j: number): number => -Math.expm1((ends[i] as number) - (ends[j] as number))
  /** While the last but one is negative, it is left out: a line between its neighbours. It has received all that it will. */
  const straighten = (): void => {
    while (kept.length > 1 && at(end(2)) < 0) {
      const [top, gone] = [end(1), end(2)]
      const mass = at(gone)
      masses[gone] = 0
      kept.splice(kept.length - 2, 1)
      // Without a neighbour below, all of the negative mass goes up, which lowers the stick.
      const up = kept.length < 2 ? 1 : stick(end(2), gone) / stick(end(2), top)
      masses[top] = at(top) + mass * up * (1 + 8 * u)
      if (kept.length > 1) masses[end(2)] = at(end(2)) + mass * (1 - up) * (1 + 8 * u)
    }
  }
  for (let j = 0; j < masses.length; j++) {
    kept.push(j)
    straighten()
  }
  // Below nothing at the top: then it is to reach nothing one end earlier, by a line from the end before.
  while (at(end(1)) < 0) {
    if (kept.length < 4) return undefined
    const [top, gone, last, before] = [end(1), end(2), end(3), end(4)]
    const height = [top, gone, last].reduce((sum, j) => sum + at(j) * stick(before, j), 0)
    const all = at(top) + at(gone) + at(last)
    masses[top] = masses[gone] = 0
    masses[last] = (height / stick(before, last)) * (1 - 16 * u)
    masses[before] = at(before) + all - at(last) - 16 * u * (Math.abs(all) + at(last))
    kept.splice(kept.length - 2, 2)
    straighten()
  }
  return masses
}

/** Every cell at its lower end. */
function floored(cells: Cells): Float64Array {
  const { p, above, atTop, below, belowAtEnd, law } = cells
  const inner = 1 - law.massError - 8 * u
  const masses = new Float64Array(p.length + 1)
  for (let i = 0; i < p.length; i++) masses[i] = (p[i] as number) * inner
  masses[p.length] = (above + atTop) * inner
  if (belowAtEnd) masses[0] = (masses[0] as number) + below * inner
  return masses
}
