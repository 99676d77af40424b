/**
 * Renyi divergences of a mixture of Gaussians against one: a record that takes part with a random weight.
 *
 *     SUM w_i N(m_i)  against  N(0),  and N(0) against the mixture; unit variance; of the two the larger
 *
 * Neither direction is known to be always the larger. The log ratio l(t) = log SUM w_i e^(m_i t - m_i^2 / 2) has no branch point
 * nearer to the real line than pi / max m_i, for there all terms lie in one half plane.
 *
 * *Promise*: relative accuracy 1e-12 while max m_i <= 60 and (for D(N(0) || mixture)) z l'(0) <= 1e6, else the bound by joint
 * convexity, A <= SUM w_i e^(a z m_i^2 / 2). Never above that bound.
 * *Limits*: MEASURED
 *
 * @module
 */

import { logSumExp } from '../../numeric/log-space.ts'
import { stepFor } from './gaussians.ts'
import { lineRenyi, tail } from './line.ts'
import type { Renyi } from './renyi.ts'

/** Shifts in units of the noise, in rising order and none twice, with weights that sum to 1. */
export type Shifts = { readonly shifts: readonly number[]; readonly weights: readonly number[] }

export function mixtureRenyi({ shifts, weights }: Shifts): Renyi {
  const largest = shifts.at(-1) as number
  const loss = (t: number): number => {
    if (largest * t < 700) {
      let excess = 0
      for (let i = 0; i < shifts.length; i++) {
        const m = shifts[i] as number
        excess += (weights[i] as number) * Math.expm1(m * (t - m / 2))
      }
      return Math.log1p(excess)
    }
    return logSumExp(shifts.map((m, i) => Math.log(weights[i] as number) + m * (t - m / 2)))
  }
  // Where the largest shift has outgrown the others a thousandfold.
  const heaviest = Math.log(weights.at(-1) as number)
  const turn = shifts.slice(0, -1).reduce((most, m, i) => {
    const lead = Math.log(1e3 * shifts.length * (weights[i] as number)) - heaviest
    return Math.max(most, (largest + m) / 2 + lead / (largest - m))
  }, 0)
  // l'(0), the most by which D(N(0) || mixture) can move its mass to the left, per unit of z.
  const pull = shifts.reduce((sum, m, i) => sum + m * (weights[i] as number) * Math.exp((-m * m) / 2), 0) / Math.exp(loss(0))

  const step = stepFor(Math.PI / largest)
  const rule = { step, weight: step / Math.sqrt(2 * Math.PI), core: [-tail, 2 * largest + tail] as const, turn }
  const removed = lineRenyi({
    ...rule,
    at: (t, at) => {
      at.logQ = 0
      at.loss = loss(t)
    },
    reach: (z) => [-tail, (1 + Math.max(z, 1)) * largest + tail],
  })
  const added = lineRenyi({
    ...rule,
    at: (t, at) => {
      at.logQ = loss(t)
      at.loss = -at.logQ
    },
    turn: Number.POSITIVE_INFINITY,
    reach: (z) => [-z * pull - tail, 2 * largest + tail],
  })
  return (z) => {
    const bound = mixtureByConvexity({ shifts, weights }, z)
    if (!Number.isFinite(bound) || largest > 60 || (1 + z) * largest > 1e8 || z * pull > 1e6) return bound
    return Math.min(bound, Math.max(removed(z), added(z)))
  }
}

function mixtureByConvexity({ shifts, weights }: Shifts, z: number): number {
  const exponents = shifts.map((m) => ((1 + z) * m * m) / 2)
  if (z === 0) return exponents.reduce((sum, e, i) => sum + e * (weights[i] as number), 0)
  if (exponents.at(-1) === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY
  const small = z * (exponents.at(-1) as number) < 1
  if (small) return Math.log1p(exponents.reduce((sum, e, i) => sum + Math.expm1(z * e) * (weights[i] as number), 0)) / z
  return logSumExp(exponents.map((e, i) => Math.log(weights[i] as number) + z * e)) / z
}
