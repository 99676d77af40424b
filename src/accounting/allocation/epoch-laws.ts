/**
 * The laws of one epoch of random allocation, as finely as a question needs them.
 *
 * The upper and the lower law are some 1e-4 (2048 / bins)^2 of epsilon apart, with many epochs four times that. What the windows
 * leave out is counted as an infinite loss: some 20 tails of probability, which have to be small beside the delta in question.
 *
 * *Promise*: as random-allocation.ts; the lower laws count as attained: whatever they bound from below, the mechanism bounds.
 * The last few laws made are kept, since an accountant asks for the same many times.
 * *Limits*: never finer than 2048 bins, so that tolerances below some 1e-4 are not reached, and the answer says what was. MEASURED: relative
 * widths of epsilon of 6e-5 (t = 10, sigma = 1, one epoch) to 9e-4 (t = 1000), 1e-2 at t = 1e5; 0.2 to 0.4 s with the laws, 40 ms at tolerance 1e-2.
 *
 * @module
 */

import { revealing } from '../laws/discrete.ts'
import type { LossLaw } from '../laws/law.ts'
import { type Both, randomAllocationLaws } from './random-allocation.ts'

/** Laws above and below the truth. */
export type EpochLaws = { readonly upper: Both; readonly lower: Both }

/** What the laws are to be good for: how far apart the bounds may be, relatively, and the least delta that counts. */
export type Fineness = { readonly tolerance: number; readonly delta: number }

/** As fine as may be, for any delta that is not astronomically small. */
export const usual: Fineness = Object.freeze({ tolerance: 1e-6, delta: 1e-18 })

const mostBins = 2048
const fewestBins = 256
/** How far apart the bounds are with so many bins, relatively. */
const gapOfMost = 4e-4
/** The share of delta that may be left out at each doubling. */
const shareOfDelta = 1e-8

/** The relative width that bounds by these laws have at best, whatever is asked. */
export const reachable = (tolerance: number): number => Math.max(tolerance, gapOfMost)

const kept = new Map<string, EpochLaws>()
const mostKept = 8

export function epochLaws(steps: number, noiseMultiplier: number, { tolerance, delta }: Fineness): EpochLaws {
  if (noiseMultiplier === 0) {
    const all = { removed: revealing(), added: revealing() }
    return { upper: all, lower: all }
  }
  const wanted = mostBins * Math.sqrt(gapOfMost / reachable(tolerance))
  const bins = Math.max(fewestBins, 2 ** Math.ceil(Math.log2(wanted)))
  // By powers of ten, so that neighbouring questions share laws.
  const tail = 10 ** Math.floor(Math.log10(Math.min(1e-10, Math.max(shareOfDelta * delta, 1e-290))))
  const key = `${steps} ${noiseMultiplier} ${bins} ${tail}`
  let laws = kept.get(key)
  if (laws === undefined) {
    const { upper, lower } = randomAllocationLaws({ steps, noiseMultiplier, bins, tail })
    laws = { upper: marked(upper, false), lower: marked(lower, true) }
    if (kept.size >= mostKept) kept.delete(kept.keys().next().value as string)
    kept.set(key, laws)
  }
  return laws
}

function marked({ removed, added }: Both, attained: boolean): Both {
  const mark = (law: LossLaw): LossLaw => ({ ...law, attained })
  return { removed: mark(removed), added: mark(added) }
}
