/**
 * The moments of moment.ts over an interval of a smooth density, by Gauss-Legendre panels.
 *
 *     S(a) = Int q(x) g_a(L(x)) dx  ~  SUM over panels SUM_i w_i q(x_i) g_a(L(x_i))
 *
 * For densities with an end or a kink, where the trapezoid rule of line.ts loses its speed. Sixteen points take an exponential
 * e^(cx) over a panel with |c| width <= 14 to 2e-16 of its largest value, and a function analytic but for a point d away to
 * (d / r + sqrt(1 + (d / r)^2))^-32 for half the width r; a piece says how wide a panel may be at each place. Panels are laid from
 * both ends until they no longer count: the density times e^(aL) may have a hump at either end or near `turn`, and none between.
 *
 * *Limits*: MEASURED
 *
 * @module
 */

import { gaussLegendre } from '../../numeric/gauss-legendre.ts'
import { addMoment, emptyNodes, type Scaled, setNode } from './moment.ts'

/** A stretch of the line: log q and log p / q there. */
export type Piece = {
  readonly from: number
  readonly to: number
  readonly at: (x: number, at: { logQ: number; loss: number }) => void
  /** The widest panel that begins or ends at x, for the order 1 + z. */
  readonly width: (x: number, z: number) => number
  /** Beyond this x the integrand has no hump but that at the far end. */
  readonly turn: number
}

/** D(P || Q) or D(Q || P): which of the two the moments are of. */
export type Direction = 'forward' | 'backward'

const rule = gaussLegendre(16)
const logWeights = Float64Array.from(rule.weights, Math.log)

const negligible = 1e-18

/** Adds the moment S(1 + z) of a piece to the sum. */
export function addPiece(piece: Piece, z: number, direction: Direction, sum: Scaled): void {
  const nodes = emptyNodes(logWeights.length)
  const at = { logQ: 0, loss: 0 }
  const panel = (from: number, to: number): number => {
    const [middle, radius] = [(from + to) / 2, (to - from) / 2]
    const logRadius = Math.log(radius)
    for (let i = 0; i < logWeights.length; i++) {
      piece.at(middle + radius * (rule.nodes[i] as number), at)
      const logQ = at.logQ + (logWeights[i] as number) + logRadius
      if (direction === 'forward') setNode(nodes, i, logQ, at.loss)
      else setNode(nodes, i, logQ + at.loss, -at.loss)
    }
    const before = sum.value
    const scale = sum.scale
    addMoment(nodes, z, 0, logWeights.length, sum)
    return sum.value - before * Math.exp(scale - sum.scale)
  }
  let added = 0
  let high = piece.to
  while (high > piece.from) {
    const low = Math.max(piece.from, high - piece.width(high, z))
    const now = panel(low, high)
    high = low
    if (now <= negligible * sum.value && now <= added) break
    added = now
  }
  added = 0
  for (let low = piece.from; low < high; ) {
    let next = Math.min(high, low + piece.width(low, z))
    while (next - low > piece.width(next, z)) next = low + (next - low) / 2
    const now = panel(low, next)
    low = next
    if (now <= negligible * sum.value && (now <= added || low > piece.turn)) break
    added = now
  }
}
