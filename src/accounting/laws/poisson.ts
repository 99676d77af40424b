/**
 * What Poisson sampling at rate r makes of a pair (P, Q) that dominates for removing a record, or for adding one.
 *
 *     removed:  ((1 - r) Q + r P, Q)        l' = log(1 - r + r e^l)         p' = (1 - r) q + r p,   excess' = r excess
 *     added:    (P, (1 - r) P + r Q)        l' = -log(1 - r + r e^-l)       q' = (1 - r) p + r q,   excess' = r e^(a' - a) excess
 *
 * (Zhu, Dong and Wang 2022, arXiv 2106.08567, theorem 11; Li, Qardaji and Su 2012.) An interval of losses stays one, so its masses
 * follow from those of the base without loss of accuracy; the excess too, since p' - e^(a') q' is a multiple of p - e^a q. What the
 * base could not explain at all, an infinite loss, becomes a loss of -log(1 - r) when a record is added.
 *
 * *Promise*: the base's, with 8 ulp more on masses and losses. *Limits*: Gaussians have a law of their own (gaussian-pair.ts).
 *
 * @module
 */

import { lawOfAtoms } from './atomic.ts'
import { type Atoms, type Cell, emptyCell, type LossLaw, type Nodes } from './law.ts'
import { sampledLoss, unsampledLoss } from './sampled-loss.ts'

const u = 2 ** -53

/** The way back for the ends of cells: where an atom sits it must lead there to the last bit. */
function wayBack(
  base: LossLaw,
  images: readonly number[],
  high: number,
  back: (loss: number) => number,
): (loss: number) => number {
  return (loss) => {
    if (loss >= high) return Number.POSITIVE_INFINITY
    const i = images.indexOf(loss)
    return i < 0 ? back(loss) : (base.landmarks[i] as number)
  }
}

/** The pair for a record that is removed. */
export function sampledRemoved(rate: number, base: LossLaw): LossLaw {
  const rest = 1 - rate
  const bottom = Math.log1p(-rate)
  const inherited = inherit(base)
  if (base.atoms !== undefined) {
    const { losses, p, q } = base.atoms
    const mixed = p.map((mass, i) => rest * (q[i] as number) + rate * mass)
    const atoms = { losses: losses.map((loss) => sampledLoss(rate, loss)), p: mixed, q }
    return lawOfAtoms(withAtom(atoms, 'first', { loss: bottom, p: rest * base.vanishingMass, q: base.vanishingMass }), {
      ...inherited,
      infiniteMass: rate * base.infiniteMass,
    })
  }
  const inner = emptyCell()
  const landmarks = base.landmarks.map((loss) => sampledLoss(rate, loss))
  const high = sampledLoss(rate, base.high)
  const back = wayBack(base, landmarks, high, (loss) => unsampledLoss(rate, loss))
  const cell = (from: number, to: number, into: Cell): Cell => {
    base.cell(back(from), back(to), inner)
    into.p = rest * inner.q + rate * inner.p
    into.q = inner.q
    into.excess = from >= bottom ? rate * inner.excess : into.p - Math.exp(from) * inner.q
    return into
  }
  return {
    ...inherited,
    infiniteMass: rate * base.infiniteMass,
    vanishingMass: 0,
    low: Math.max(bottom, sampledLoss(rate, base.low)),
    high,
    scale: Math.min(rate * base.scale * Math.exp(Math.min(base.scale, 50)), base.scale),
    landmarks,
    smooth: base.smooth,
    cell,
    nodes: (demand): Nodes => {
      const { losses, weights, error } = base.nodes({ ...demand, tilt: Math.max(Math.abs(demand.tilt), 1) })
      const mixed = weights.map((w, i) => w * (rest * Math.exp(-(losses[i] as number)) + rate))
      return { losses: losses.map((loss) => sampledLoss(rate, loss)), weights: mixed, error }
    },
  }
}

/** The pair for a record that is added. */
export function sampledAdded(rate: number, base: LossLaw): LossLaw {
  const rest = 1 - rate
  const top = -Math.log1p(-rate)
  const inherited = inherit(base)
  const turn = (loss: number): number => -sampledLoss(rate, -loss)
  const certain = base.infiniteMass
  if (base.atoms !== undefined) {
    const { losses, p, q } = base.atoms
    const atoms = { losses: losses.map(turn), p, q: q.map((mass, i) => rest * (p[i] as number) + rate * mass) }
    return lawOfAtoms(withAtom(atoms, 'last', { loss: top, p: certain, q: rest * certain }), {
      ...inherited,
      vanishingMass: rate * base.vanishingMass,
    })
  }
  const inner = emptyCell()
  const images = base.landmarks.map(turn)
  const back = wayBack(base, images, turn(base.high), (loss) => -unsampledLoss(rate, -loss))
  const cell = (from: number, to: number, into: Cell): Cell => {
    const a = back(from)
    base.cell(a, back(to), inner)
    into.p = inner.p
    into.q = rest * inner.p + rate * inner.q
    // e^(a' - a) = 1 / ((1 - r) e^a + r)
    into.excess = from === Number.NEGATIVE_INFINITY ? inner.p : (rate * inner.excess) / (rest * Math.exp(a) + rate)
    if (certain > 0 && from < top && to >= top) {
      into.p += certain
      into.q += rest * certain
      into.excess -= certain * Math.expm1(from - top)
    }
    return into
  }
  return {
    ...inherited,
    infiniteMass: 0,
    vanishingMass: rate * base.vanishingMass,
    low: turn(base.low),
    high: certain > 0 ? top : turn(base.high),
    scale: Math.min(rate * base.scale * Math.exp(Math.min(base.scale, 50)), base.scale),
    landmarks: [...images, ...(certain > 0 ? [top] : [])],
    smooth: base.smooth,
    cell,
    nodes: (demand): Nodes => {
      const { losses, weights, error } = base.nodes(demand)
      return withNode({ losses: losses.map(turn), weights, error }, top, certain)
    },
  }
}

const inherit = (base: LossLaw): Pick<LossLaw, 'massError' | 'lossError' | 'attained'> => ({
  massError: base.massError + 8 * u,
  lossError: base.lossError + 8 * u,
  attained: base.attained,
})

/** The atoms and one more at an end, if it has a mass; together with its neighbour if it falls on it. */
function withAtom({ losses, p, q }: Atoms, end: 'first' | 'last', atom: { loss: number; p: number; q: number }): Atoms {
  if (!(atom.p + atom.q > 0)) return { losses, p, q }
  const add = (values: Float64Array, value: number): Float64Array =>
    Float64Array.from(end === 'first' ? [value, ...values] : [...values, value])
  return { losses: add(losses, atom.loss), p: add(p, atom.p), q: add(q, atom.q) }
}

function withNode({ losses, weights, error }: Nodes, loss: number, weight: number): Nodes {
  if (!(weight > 0)) return { losses, weights, error }
  return { losses: Float64Array.from([...losses, loss]), weights: Float64Array.from([...weights, weight]), error }
}
