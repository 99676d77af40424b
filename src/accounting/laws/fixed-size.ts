/**
 * What sampling without replacement makes of a pair (P, Q) that dominates for replacing a record and mirrors itself.
 *
 *     m of n records, g = m / n:      E_a' <= g E_a,   a' = 1 + g (a - 1),   a >= 1           (and E_(1/a') by symmetry)
 *
 * (Balle, Barthe and Gaboardi 2018, arXiv 1807.01647, theorem 9: two samples that differ overlap in all but one record.) The bound
 * is convex in a', also where the two halves meet, so it is itself the profile of a pair (Zhu, Dong and Wang 2022, proposition 9):
 * above 0 the loss is that of Poisson sampling, log(1 + g (e^l - 1)), with P' = (1 - g) Q + g P there; below 0 it mirrors that, P' and
 * Q' exchanged; and what is left sits at 0:
 *
 *     P'(L' = 0) = 1 - (1 - g) Q(L > 0) - g P(L > 0) - Q(L > 0)
 *
 * One release attains it for some mechanism; several together need not, and a Gaussian mechanism need not: it is not `attained`.
 *
 * *Limits*: P(L in A) = Q(L in -A) is required and holds for every symmetric noise and for randomised response.
 *
 * @module
 */

import { nextDown } from '../../numeric/directed.ts'
import { atomicLaw } from './atomic.ts'
import { type Cell, emptyCell, type LossLaw, type Nodes } from './law.ts'
import { sampledRemoved } from './poisson.ts'
import { sampledLoss } from './sampled-loss.ts'

/** The law for m of n records, given the base's law for replacing one of the m. */
export function fixedSizeLaw(fraction: number, base: LossLaw): LossLaw {
  const above = sampledRemoved(fraction, base)
  const half = above.cell(0, Number.POSITIVE_INFINITY, emptyCell())
  const infinite = above.infiniteMass
  const idle = Math.max(0, 1 - half.p - half.q - infinite)
  if (above.atoms !== undefined) {
    const { losses, p, q } = above.atoms
    const list = [{ loss: 0, p: idle, q: idle }]
    losses.forEach((loss, i) => {
      if (loss <= 0) return
      list.push({ loss, p: p[i] as number, q: q[i] as number }, { loss: -loss, p: q[i] as number, q: p[i] as number })
    })
    const { massError, lossError } = above
    return atomicLaw(list, { infiniteMass: infinite, vanishingMass: infinite, massError, lossError, attained: false })
  }
  const part = emptyCell()
  const cell = (from: number, to: number, into: Cell): Cell => {
    into.p = into.q = into.excess = 0
    if (to > 0) {
      const start = Math.max(from, 0)
      above.cell(start, to, part)
      add(into, part.p, part.q, from, start, part.excess)
    }
    if (from < 0 && to >= 0) add(into, idle, idle, from, 0, 0)
    if (from < 0) {
      // The mirror image [-to, -from): it holds an atom at its lower end, not one at its upper.
      const near = to < 0 ? nextDown(-to) : 0
      const far = from > Number.NEGATIVE_INFINITY ? nextDown(-from) : Number.POSITIVE_INFINITY
      above.cell(near, far, part)
      into.p += part.q
      into.q += part.p
      // q - e^from p, both of the mirror image: e^from (e^-from q - p), a sum of what is positive
      if (from === Number.NEGATIVE_INFINITY) into.excess += part.q
      else into.excess += Math.max(0, part.excess * -Math.exp(from) - part.q * Math.expm1(from + near))
    }
    if (from === Number.NEGATIVE_INFINITY) into.q += infinite
    return into
  }
  const { massError, lossError, high, scale } = above
  const marks = above.landmarks.filter((loss) => loss > 0)
  return {
    infiniteMass: infinite,
    vanishingMass: infinite,
    low: -high,
    high,
    scale,
    landmarks: [...marks.map((loss) => -loss).reverse(), 0, ...marks],
    smooth: false,
    cell,
    nodes: (demand): Nodes => {
      // A pair of nodes for each cell between the base's: good enough to see where the mass is.
      const { losses } = base.nodes(demand)
      const ends = Float64Array.from(new Set(losses.map((loss) => sampledLoss(fraction, loss)).filter((loss) => loss > 0)))
      const out: { loss: number; p: number }[] = [{ loss: 0, p: idle }]
      let start = 0
      for (const end of ends) {
        above.cell(start, end, part)
        if (part.p > 0) out.push({ loss: end, p: part.p }, { loss: -end, p: part.q })
        start = end
      }
      out.sort((a, b) => a.loss - b.loss)
      return { losses: Float64Array.from(out, ({ loss }) => loss), weights: Float64Array.from(out, ({ p }) => p), error: 1 }
    },
    massError: 4 * massError,
    lossError,
    attained: false,
  }
}

/** Adds masses of a cell from `start` to one that starts below it, at `from`. */
function add(into: Cell, p: number, q: number, from: number, start: number, excess: number): void {
  into.p += p
  into.q += q
  // p - e^from q = excess + (e^start - e^from) q
  into.excess += from === Number.NEGATIVE_INFINITY ? p : excess - q * Math.exp(start) * Math.expm1(from - start)
}
