/**
 * Random allocation ("balls and bins"): each record takes part in exactly one of t Gaussian steps, dealt at random.
 *
 *     P: x = e_I + noise, I uniform on t;   Q: x = noise;   dP/dQ = W = (X_1 + ... + X_t) / t,   X_i = e^((2 x_i - 1) / (2 sigma^2))
 *
 *     removing: delta(epsilon) = E_Q (W - e^epsilon)+              adding: delta(epsilon) = E_Q (1 - e^epsilon W)+
 *
 * The pair dominates one epoch for both orders of the neighbours, steps chosen from earlier outputs included (Feldman and Shenfeld
 * 2025, arXiv 2502.08202; Chua et al. 2024, arXiv 2412.16802), and epochs compose as any pairs do. Under Q the X_i are
 * independent: their sum is found by doubling on a geometric grid (the linear domain of Feldman and Shenfeld 2026, arXiv 2602.17284), once spread
 * out (spread.ts) and once merged (merge.ts). Both deltas are expectations of convex functions of W. So a law of W that is larger in
 * the convex order dominates the pair, one that is smaller is dominated by it; and as domination is kept by composition (Zhu, Dong
 * and Wang 2022, theorem 10), so it is for any number of epochs and beside other events.
 *
 * *Promise*: `upper` dominates the truth, the truth dominates `lower`, rounding included: for either direction and any composition.
 * *Limits*: the gap in epsilon falls like 1 / bins^2, the time grows like bins^2 log t. With 2048 bins, one epoch: t = 10, sigma = 1,
 * delta = 1e-5 gives epsilon in [2.18878, 2.18900] in 0.1 s (the authors' own code: [2.134, 2.213]); t = 100, sigma = 0.8: [1.37382, 1.37413] in
 * 0.3 s; t = 1000, sigma = 1: [0.13880, 0.13897] in 0.5 s. Many steps that are each little private make the window wide for the bulk:
 * t = 1e6, sigma = 0.7: [0.0058, 0.0062]; a larger `tail` helps there. Past 2^23 steps the laws of 2^23 steps stand in, and there is no lower
 * law; below sigma = 1/28 no amplification is claimed.
 *
 * @module
 */

import { integer, number, options, orElse } from '../../guard.ts'
import { normalQuantile } from '../../numeric/normal-quantile.ts'
import { type Atom, atomicLaw } from '../laws/atomic.ts'
import { guaranteeLaw } from '../laws/discrete.ts'
import { shiftedWith, unshifted } from '../laws/gaussian-mixture.ts'
import { gaussianPair } from '../laws/gaussian-pair.ts'
import type { LossLaw } from '../laws/law.ts'
import { mergedRatio, spreadRatio } from './likelihood.ts'
import { addMerged, gatherTails, type Merged } from './merge.ts'
import { addSpread, type Spread, trim } from './spread.ts'

const u = 2 ** -53
/** More steps than that are not told apart: the rounding of masses grows with their number. */
const mostSteps = 2 ** 23
/** Beyond this shift the likelihood ratio overflows. */
const largestShift = 28

/** One law of the loss for each order of the neighbours. */
export type Both = { readonly removed: LossLaw; readonly added: LossLaw }

export type AllocationOptions = {
  /** The steps of an epoch. */
  readonly steps: number
  /** Of the Gaussian noise in each step. */
  readonly noiseMultiplier: number
  /** How fine the grid is. Default 2048. */
  readonly bins?: number
  /** What may be moved out of sight at each doubling: a share of P that is counted as lost. Default 1e-16. */
  readonly tail?: number
}

/** Laws of the loss of one epoch above and below the truth. */
export function randomAllocationLaws(given: AllocationOptions): { readonly upper: Both; readonly lower: Both } {
  options('options', given, ['steps', 'noiseMultiplier', 'bins', 'tail'])
  const steps = integer('steps', given.steps, { atLeast: 1 })
  const s = 1 / number('noiseMultiplier', given.noiseMultiplier, { above: 0 })
  const bins = integer('bins', orElse(given.bins, 2048), { atLeast: 16, atMost: 2 ** 15 })
  const tail = number('tail', orElse(given.tail, 1e-16), { atLeast: 1e-300, atMost: 0.01 })
  const nothing = guaranteeLaw(0, 0)
  if (s > largestShift) {
    const one = gaussianPair(shiftedWith(1, s), unshifted)
    return { upper: { removed: one, added: one }, lower: { removed: nothing, added: nothing } }
  }
  const reach = -normalQuantile(tail)
  const counted = Math.min(steps, mostSteps)
  const spread = sumOf(counted, spreadRatio(s, bins, reach), bins, addSpread, (sum) => trim(sum, tail))
  const upper = spreadLaws(spread, counted)
  if (steps > mostSteps) return { upper, lower: { removed: nothing, added: nothing } }
  const merged = sumOf(steps, mergedRatio(s, bins, reach), bins, addMerged, (sum) => gatherTails(sum, tail))
  return { upper, lower: mergedLaws(merged, steps) }
}

/**
 * The sum of `count` independent copies, from the leading binary digits of `count` on: where k copies are summed, k + 1 are too if an odd
 * number comes later. As sums get narrower than the window, the grid gets finer.
 */
function sumOf<T extends { readonly mass: Float64Array }>(
  count: number,
  one: T,
  bins: number,
  add: (a: T, b: T, finer: number) => T,
  narrow: (sum: T) => T,
): T {
  const digits = count.toString(2)
  const oddAfter = (i: number): boolean => digits.includes('1', i + 1)
  let sum = one
  let next = oddAfter(0) ? narrow(add(one, one, 1)) : one
  for (let i = 1; i < digits.length; i++) {
    const widest = Math.max(sum.mass.length, next.mass.length)
    const finer = 2 ** Math.max(0, Math.floor(Math.log2(bins / widest)))
    const odd = digits[i] === '1'
    const [half, otherHalf] = odd ? [sum, next] : [sum, sum]
    const following = oddAfter(i) ? narrow(odd ? add(next, next, finer) : add(sum, next, finer)) : undefined
    sum = narrow(add(half, otherHalf, finer))
    next = following ?? sum
  }
  return sum
}

/** Both laws of W from a law of the sum that is spread out. */
function spreadLaws({ h, first, mass, zero, beyond, massError, shift }: Spread, steps: number): Both {
  const up = Math.exp(massError) * (1 + 1e-9)
  const atoms = Array.from(mass, (q, i): Atom => ({ loss: (first + i) * h - Math.log(steps), q, p: 0 }))
  return bothLaws(
    atoms,
    { massError, shift: shift + (8 + Math.abs(first) * h) * u },
    { infinite: (beyond / steps) * up, vanishing: zero * up },
  )
}

/** Both laws of W from a law of the sum that is merged. */
function mergedLaws({ mass, moment, massError, shift }: Merged, steps: number): Both {
  const atoms = Array.from(mass, (q, i): Atom => ({ loss: q > 0 ? Math.log((moment[i] as number) / q / steps) : 0, q, p: 0 }))
  return bothLaws(atoms, { massError, shift: shift + 8 * u }, { infinite: 0, vanishing: 0 })
}

/** The atoms of the removed record's loss are those of log W; their P-mass is W times their Q-mass. Turned round for the added one. */
function bothLaws(
  logs: readonly Atom[],
  { massError, shift }: { massError: number; shift: number },
  { infinite, vanishing }: { infinite: number; vanishing: number },
): Both {
  const atoms = logs.filter(({ q }) => q > 0).map(({ loss, q }) => ({ loss, q, p: q * Math.exp(loss) }))
  const size = atoms.reduce((most, { loss }) => Math.max(most, Math.abs(loss)), 0)
  const errors = { massError: massError + (4 + size) * u, lossError: size > 0 ? shift / size + 8 * u : 0, attained: false }
  const turned = atoms.map(({ loss, p, q }) => ({ loss: -loss, p: q, q: p }))
  return {
    removed: atomicLaw(atoms, { ...errors, infiniteMass: infinite, vanishingMass: vanishing }),
    added: atomicLaw(turned, { ...errors, infiniteMass: vanishing, vanishingMass: infinite }),
  }
}
