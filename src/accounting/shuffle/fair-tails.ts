/**
 * Probability and tail of a fair binomial along a path of neighbouring arguments.
 *
 *     last = P(Bin(c, 1/2) = x - 1),   tail = P(Bin(c, 1/2) >= x)
 *
 * By the rule of Pascal's triangle
 *
 *     P(Bin(c + 1) >= x) = P(Bin(c) >= x) + P(Bin(c) = x - 1) / 2
 *
 * *Promise*: both within 2^-37, relatively: the recurrences run with a bound on their rounding kept beside, and where that passes 2^-39,
 * and at a jump, both are evaluated afresh.
 *
 * *Limits*: a step takes some 15 ns, an evaluation a microsecond and more.
 *
 * @module
 */

import { binomialAtLeast, binomialProbability } from '../../numeric/binomial.ts'

const u = 2 ** -53
const slack = 2 ** -39
/** How many changes of `last`, 3 u each, stay within the slack. */
const stretch = 4096

/** Where the path stands; x in [1, c + 1]. */
export type FairTails = { readonly last: number; readonly tail: number; readonly moveTo: (x: number, c: number) => void }

/** A path that has not begun. */
export function fairTails(): FairTails {
  let [x, c] = [0, -1]
  let [error, steps] = [0, 0]
  const state = {
    last: 0,
    tail: 0,
    moveTo: (toX: number, toC: number): void => {
      const near = c >= 0 && toC === c + 1 && toX >= x && toX <= x + 2 && state.last > 0
      if (near) {
        const before = state.last
        state.tail += before / 2
        state.last *= (c + 1) / (2 * (c + 2 - x))
        const largest = Math.max(before, state.last)
        c++
        for (; x < toX; x++) {
          state.last *= (c - x + 1) / x
          state.tail -= state.last
        }
        // At most three changes of `last`, each of which `tail` takes up.
        steps += 3
        error += 3 * (u * (state.tail + largest) + 3 * steps * u * largest)
      }
      if (!near || steps >= stretch || error > slack * state.tail) {
        ;[x, c] = [toX, toC]
        ;[error, steps] = [0, 0]
        state.last = binomialProbability(x - 1, c, 0.5)
        state.tail = binomialAtLeast(x, c, 0.5)
      }
    },
  }
  return state
}
