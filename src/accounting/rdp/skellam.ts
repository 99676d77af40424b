/**
 * Skellam noise of variance v on integer vectors that neighbours move by at most d1 in L1 and d2 in L2.
 *
 *     D_a <= a d2^2 / 2v + min(((2a - 1) d2^2 + 6 d1) / 4v^2, 3 d1 / 2v)         for whole a > 1
 *
 * Agarwal, Kairouz and Liu 2021, "The Skellam mechanism for differentially private federated learning", arXiv 2110.04995, theorem 3.5.
 * Between whole orders the chord of (a - 1) D_a, which is convex.
 *
 * *Limits*: a bound, not the value: measured up to 5 % above that of one coordinate at v = 100, 23 % at v = 10.
 *
 * @module
 */

import type { SkellamEvent } from '../../events/kinds.ts'
import { betweenWholeOrders, type Renyi, revealed } from './renyi.ts'

/** The bound, neighbours being so many contributions apart. */
export function skellamRenyi({ variance, l1Sensitivity, l2Sensitivity }: SkellamEvent, apart: 1 | 2): Renyi {
  if (variance === 0) return revealed
  const [d1, square] = [apart * l1Sensitivity, (apart * l2Sensitivity) ** 2]
  return betweenWholeOrders((z) => {
    const excess = Math.min(((2 * z + 1) * square + 6 * d1) / (4 * variance * variance), (3 * d1) / (2 * variance))
    return ((1 + z) * square) / (2 * variance) + excess
  })
}
