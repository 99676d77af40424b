/**
 * Where the cells of a law should lie: fine where they matter, coarse elsewhere.
 *
 * Splitting or merging the mass of a cell of width w adds or takes some w^2 / 12 of variance, as far as the cell has a part in what happens
 * near epsilon: a step at y goes together with the others at epsilon - y, so its weight is
 *
 *     p(y) delta(epsilon - y) / delta(epsilon)
 *
 * or nearly so (the tilted mass where log delta is nearly linear, and 1 / times near y = epsilon where one large step does it all). For a given number
 * of cells SUM weight w^2 is least where the width goes like density^(-1/3) (companding: Panter and Dite 1951). Ends are multiples
 * of one spacing h, and widths are h 2^j, aligned like the nodes of a binary tree: so the same cells serve a lattice, and they come in
 * runs of equal width.
 *
 * *Limits*: a plan only. Whatever the cells, the measures made from them are bounds.
 *
 * @module
 */

import { cumulantOf } from '../laws/cumulant.ts'
import type { OutlinePart } from './outline.ts'

/** Weight per unit of loss: `density[k]` on (edges[k], edges[k + 1]), and Int density^(1/3). */
export type Profile = {
  readonly edges: Float64Array
  readonly density: Float64Array
  /** The number of cells is this over the width at density 1. */
  readonly total: number
  /** Between these the law has all of its mass but for the tails asked to be left out. */
  readonly bottom: number
  readonly top: number
}

/** What may be left out of one law: mass tilted by e^(tilt L) at the bottom, P-mass at the top. */
export type Tails = { readonly tilt: number; readonly low: number; readonly high: number }

/** The profile of a law with weights e^importance(loss). */
export function profile({ losses, weights, law }: OutlinePart, importance: (loss: number) => number, tails: Tails): Profile {
  const n = losses.length
  let first = 0
  const { value } = cumulantOf(losses, weights, tails.tilt)
  let mass = 0
  for (; first < n - 1; first++) {
    if ((weights[first] as number) > 0)
      mass += (weights[first] as number) * Math.exp(tails.tilt * (losses[first] as number) - value)
    if (mass > tails.low) break
  }
  let last = n - 1
  mass = 0
  for (; last > first; last--) {
    mass += weights[last] as number
    if (mass > tails.high) break
  }
  const from = end(first === 0 ? law.low : (losses[first - 1] as number), losses[0] as number)
  const to = end(last === n - 1 ? law.high : (losses[last + 1] as number), losses[n - 1] as number)
  const edges = new Float64Array(last - first + 2)
  const density = new Float64Array(last - first + 1)
  let total = 0
  let sum = 0
  edges[0] = from
  let count = 0
  for (let k = first; k <= last; k++) {
    const right = k === last ? to : Math.min(to, ((losses[k] as number) + (losses[k + 1] as number)) / 2)
    const left = edges[count] as number
    if (!(right > left)) continue
    const w = (weights[k] as number) * Math.exp(importance(losses[k] as number))
    density[count] = w / (right - left)
    total += Math.cbrt(density[count] as number) * (right - left)
    sum += w
    count++
    edges[count] = right
  }
  // As a probability, as the law of one step given the sum is.
  const norm = sum > 0 ? 1 / sum : 1
  for (let k = 0; k < count; k++) density[k] = (density[k] as number) * norm
  return {
    edges: edges.subarray(0, count + 1),
    density: density.subarray(0, count),
    total: total * Math.cbrt(norm),
    bottom: from,
    top: to,
  }
}

const end = (wanted: number, instead: number): number => (Number.isFinite(wanted) ? wanted : instead)

/** A dyadic partition: the ends are offset + h * index. */
export type Partition = { readonly offset: number; readonly spacing: number; readonly index: Float64Array }

/** The width of cells for a density, as a level: h 2^level is no wider than width density^(-1/3), or is h. */
const levelFor = (density: number, width: number, h: number): number =>
  density > 0 ? Math.max(0, Math.min(40, Math.floor(Math.log2(width / (Math.cbrt(density) * h)) + 1e-9))) : 40

/** Cells of width about `width` density^(-1/3), in multiples of h, that cover the profile. */
export function partition({ edges, density, bottom, top }: Profile, width: number, h: number, offset: number): Partition {
  const n = density.length
  const levels = Array.from(density, (f) => levelFor(f, width, h))
  const first = Math.floor((bottom - offset) / h + 1e-9)
  const last = Math.max(first + 1, Math.ceil((top - offset) / h - 1e-9))
  const index: number[] = [first]
  let at = first
  let k = 0
  while (at < last) {
    const here = offset + at * h
    while (k < n - 1 && (edges[k + 1] as number) <= here) k++
    let level = levels[k] as number
    // No wider than anything that the cell covers asks for, and aligned to its width.
    for (; level > 0; level--) {
      const step = 2 ** level
      if (at % step !== 0 || at + step > last) continue
      const to = here + step * h
      let fits = true
      for (let i = k + 1; i < n && (edges[i] as number) < to && fits; i++) fits = (levels[i] as number) >= level
      if (fits) break
    }
    at += 2 ** level
    index.push(at)
  }
  return { offset, spacing: h, index: Float64Array.from(index) }
}
