/**
 * Canaries for the audit of a training run: records that are in it or not, each by its own fair coin, and guesses which were, from
 * what training let out.
 *
 * (Steinke, Nasr and Jagielski, *Privacy auditing with one training run*, 2023, arXiv 2305.08846.)
 */
import type { OneRun } from '../../src/accounting/index.ts'
import { seededBits } from '../random/support.ts'

/** Fair coins, and numbers below a bound. */
export function coins(seed: number): { readonly toss: () => boolean; readonly below: (bound: number) => number } {
  const source = seededBits(seed)
  return { toss: () => source.bits(1) === 1, below: (bound) => Math.floor((source.bits(32) / 2 ** 32) * bound) }
}

/** Takes the highest scores for "in" and the lowest for "out", so many in all, and counts how often that is right. */
export function guess(scores: ArrayLike<number>, isIn: readonly boolean[], guesses: number): OneRun {
  const order = Array.from(isIn.keys()).sort((a, b) => (scores[b] as number) - (scores[a] as number))
  const half = Math.floor(guesses / 2)
  const correct =
    order.slice(0, half).filter((i) => isIn[i] === true).length + order.slice(-half).filter((i) => isIn[i] === false).length
  return { canaries: isIn.length, guesses: 2 * half, correct }
}

/** How sure a proof is to be, fixed before any score was seen. */
export const significance: number = 0.01
