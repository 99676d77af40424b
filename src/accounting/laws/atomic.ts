/**
 * The loss of a discrete pair: finitely many losses, each with its mass under P and under Q.
 *
 * *Promise*: masses are as given; a cell adds the atoms in it one by one, so its relative error is at most `massError` = that of the
 * atoms and u times the number of them. Atoms of one loss are put together; atoms without mass are dropped.
 *
 * *Limits*: a cell costs what it holds; sorting and merging cost n log n once.
 *
 * @module
 */

import type { Atoms, Cell, LossLaw } from './law.ts'

const u = 2 ** -53

/** One value of the loss. */
export type Atom = { readonly loss: number; readonly p: number; readonly q: number }

/** What else there is to say of a discrete pair. */
export type AtomicOptions = {
  /** P(Q = 0) and Q(P = 0). */
  readonly infiniteMass?: number
  readonly vanishingMass?: number
  /** Bound on the relative error of the masses given, and of the losses, as in `LossLaw`. */
  readonly massError?: number
  readonly lossError?: number
  readonly attained?: boolean
}

/** The law of atoms in any order. */
export function atomicLaw(list: readonly Atom[], options: AtomicOptions = {}): LossLaw {
  const sorted = list.filter(({ p, q }) => p > 0 || q > 0).sort((a, b) => a.loss - b.loss)
  const merged: { loss: number; p: number; q: number }[] = []
  for (const { loss, p, q } of sorted) {
    const last = merged[merged.length - 1]
    if (last !== undefined && last.loss === loss) {
      last.p += p
      last.q += q
    } else merged.push({ loss, p, q })
  }
  return lawOfAtoms(
    {
      losses: Float64Array.from(merged, ({ loss }) => loss),
      p: Float64Array.from(merged, ({ p }) => p),
      q: Float64Array.from(merged, ({ q }) => q),
    },
    options,
  )
}

/** The law of atoms whose losses rise strictly. */
export function lawOfAtoms(atoms: Atoms, options: AtomicOptions = {}): LossLaw {
  const { losses, p, q } = atoms
  const n = losses.length
  const { infiniteMass = 0, vanishingMass = 0, massError = 0, lossError = 4 * u, attained = true } = options
  const low = n > 0 ? (losses[0] as number) : 0
  const high = n > 0 ? (losses[n - 1] as number) : 0
  const cell = (from: number, to: number, into: Cell): Cell => {
    into.p = 0
    into.excess = 0
    into.q = from === Number.NEGATIVE_INFINITY ? vanishingMass : 0
    for (let i = firstAbove(losses, from); i < n && (losses[i] as number) <= to; i++) {
      into.p += p[i] as number
      into.q += q[i] as number
      into.excess -= (p[i] as number) * Math.expm1(from - (losses[i] as number))
    }
    return into
  }
  return {
    infiniteMass,
    vanishingMass,
    low,
    high,
    scale: Math.max(Math.abs(low), Math.abs(high)),
    atoms,
    landmarks: [],
    smooth: false,
    cell,
    nodes: () => ({ losses, weights: p, error: 0 }),
    massError: massError + (8 + n) * u,
    lossError,
    attained,
  }
}

/** The index of the first loss above `loss`. */
export function firstAbove(losses: Float64Array, loss: number): number {
  let low = 0
  let high = losses.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((losses[middle] as number) > loss) high = middle
    else low = middle + 1
  }
  return low
}
