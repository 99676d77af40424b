/**
 * The loss of a pair that is drawn at random, by a draw that whoever attacks gets to see: laws side by side.
 *
 *     (P, Q) = (i with probability w_i, then o ~ P_i;  the same i, then o ~ Q_i)        loss log dP_i / dQ_i
 *
 * Whatever happens by a draw that has nothing to do with the record in question may be taken as seen: that only helps the attacker, so
 * the pair dominates what happens in truth (E_a is jointly convex).
 *
 * *Promise*: that of the laws, 4 ulp more on masses. It is a bound (`attained` is false).
 *
 * @module
 */

import { type Cell, emptyCell, type LossLaw, type Nodes } from './law.ts'

const u = 2 ** -53

/** A law and the probability that it is drawn; these add up to 1. */
export type Drawn = { readonly weight: number; readonly law: LossLaw }

export function mixedLaw(drawn: readonly Drawn[]): LossLaw {
  const sum = (of: (law: LossLaw) => number): number => drawn.reduce((total, { weight, law }) => total + weight * of(law), 0)
  const most = (of: (law: LossLaw) => number): number => Math.max(...drawn.map(({ law }) => of(law)))
  const one = emptyCell()
  return {
    infiniteMass: sum((law) => law.infiniteMass),
    vanishingMass: sum((law) => law.vanishingMass),
    low: -most((law) => -law.low),
    high: most((law) => law.high),
    scale: most((law) => law.scale),
    landmarks: [...new Set(drawn.flatMap(({ law }) => law.landmarks))].sort((a, b) => a - b),
    smooth: drawn.every(({ law }) => law.smooth),
    cell: (from, to, into): Cell => {
      into.p = into.q = into.excess = 0
      for (const { weight, law } of drawn) {
        law.cell(from, to, one)
        into.p += weight * one.p
        into.q += weight * one.q
        into.excess += weight * one.excess
      }
      return into
    },
    nodes: (demand): Nodes => {
      const all = drawn.map(({ weight, law }) => ({ weight, ...law.nodes(demand) }))
      const pairs = all.flatMap(({ weight, losses, weights }) =>
        Array.from(losses, (loss, i) => ({ loss, mass: weight * (weights[i] as number) })),
      )
      pairs.sort((a, b) => a.loss - b.loss)
      // Where nodes are to show how mass is spread, those of different laws must not take turns.
      const group = demand.most === undefined ? 1 : 2 * drawn.length
      const groups = Array.from({ length: Math.ceil(pairs.length / group) }, (_, i) => pairs.slice(i * group, (i + 1) * group))
      const masses = groups.map((each) => each.reduce((sum, { mass }) => sum + mass, 0))
      return {
        losses: Float64Array.from(groups, (each, i) => mean(each, masses[i] as number)),
        weights: Float64Array.from(masses),
        error: group === 1 ? Math.max(...all.map(({ error }) => error)) : Number.POSITIVE_INFINITY,
      }
    },
    massError: most((law) => law.massError) + 4 * u,
    lossError: most((law) => law.lossError),
    attained: false,
  }
}

function mean(pairs: readonly { readonly loss: number; readonly mass: number }[], mass: number): number {
  const [first] = pairs
  if (pairs.length === 1 || !(mass > 0)) return first?.loss ?? 0
  return pairs.reduce((sum, { loss, mass }) => sum + loss * mass, 0) / mass
}
