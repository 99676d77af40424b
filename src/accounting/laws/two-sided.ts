/**
 * Losses with an exponential density between two opposite ends, and an atom at each end or none.
 *
 *     p(l) = c e^(l/2),  q(l) = c e^(-l/2)  for |l| < r,      P(L = r) = Q(L = -r) = m,    P(L = -r) = Q(L = r) = m e^-r
 *
 * *Laplace* noise of scale b, neighbours at distance 1: r = 1/b, m = 1/2, c = e^(-r/2) / 4. (With x under Lap(1, b) the loss is
 * (|x| - |x - 1|) / b.)
 *
 * *Bounded range* r (the exponential mechanism at epsilon = r): m = 0, c = e^(-r/2) / (2 (1 - e^-r)). Among two-point laws with losses
 * t and t - r the one with t = (r + log a) / 2 has the largest hockey-stick divergence at order a, and any law of bounded range r is
 * a post-processing of such ones (Dong, Durfee and Rogers 2020, arXiv 1909.13830, lemma 3.2):
 *
 *     sup_t E_a = (e^(r/2) - sqrt a)^2 / (e^r - 1),   e^-r <= a <= e^r,    which is convex in a, so a pair has it as its profile
 *
 * (Zhu, Dong and Wang 2022, proposition 9): Q(L > l) = -dE/da = (e^((r-l)/2) - 1) / (e^r - 1), the density above. One release
 * attains it at every epsilon, by different mechanisms; several together attain less, so it is not `attained`.
 *
 * *Limits*: r up to 1400 (below it nothing under- or overflows that matters). Masses within 4 ulp + r u / 2 of their size.
 *
 * @module
 */

import { ten } from './gauss-legendre.ts'
import type { Cell, LossLaw, NodeDemand, Nodes } from './law.ts'

const u = 2 ** -53

/** The loss of Laplace noise of scale 1 / range on what moves by 1. */
export function laplaceLaw(range: number): LossLaw {
  return twoSided(range, 0.25 * Math.exp(-range / 2), 0.5, true)
}

/** The worst loss of a mechanism whose losses range over an interval no longer than `range`, at each order by itself. */
export function boundedRangeLaw(range: number): LossLaw {
  return twoSided(range, (-0.5 * Math.exp(-range / 2)) / Math.expm1(-range), 0, false)
}

function twoSided(range: number, density: number, atom: number, attained: boolean): LossLaw {
  const lowAtom = atom * Math.exp(-range)
  const cell = (from: number, to: number, into: Cell): Cell => {
    const a = Math.min(Math.max(from, -range), range)
    const b = Math.min(Math.max(to, -range), range)
    const width = b - a
    // 2 c Int_a^b e^(l/2) dl and the like, all of one sign
    const front = 2 * density * Math.exp(a / 2)
    const s = Math.sinh(width / 4)
    into.p = front * Math.expm1(width / 2)
    into.q = -2 * density * Math.exp(-a / 2) * Math.expm1(-width / 2)
    into.excess = 4 * front * s * s
    if (from < -range) into.excess = into.p - Math.exp(from) * into.q
    if (from < -range && to >= -range) {
      into.p += lowAtom
      into.q += atom
      into.excess += lowAtom - Math.exp(from) * atom
    }
    if (from < range && to >= range) {
      into.p += atom
      into.q += lowAtom
      into.excess -= atom * Math.expm1(from - range)
    }
    return into
  }
  return {
    infiniteMass: 0,
    vanishingMass: 0,
    low: -range,
    high: range,
    scale: range,
    landmarks: atom > 0 ? [range] : [],
    smooth: atom === 0,
    cell,
    nodes: (demand) => nodes(range, density, [lowAtom, atom], demand),
    massError: u * (16 + range),
    // The range is a rounded quotient.
    lossError: 2 * u,
    attained,
  }
}

/** The atoms, and between them Gauss-Legendre panels so short that no exponent turns or grows by more than 1 over half of one. */
function nodes(range: number, density: number, [lowAtom, highAtom]: readonly [number, number], demand: NodeDemand): Nodes {
  const half = Math.min(0.2, 1 / (2 + Math.abs(demand.tilt) + demand.frequency))
  const { most = Number.POSITIVE_INFINITY } = demand
  const wanted = Math.max(1, Math.ceil(range / half))
  const panels = Math.min(wanted, Math.ceil(most / ten.points.length))
  const r = range / panels
  const order = ten.points.length
  const losses = new Float64Array(panels * order + 2)
  const weights = new Float64Array(losses.length)
  losses[0] = -range
  weights[0] = lowAtom
  let i = 1
  for (let panel = 0; panel < panels; panel++) {
    const middle = -range + (2 * panel + 1) * r
    for (let k = 0; k < order; k++) {
      const loss = middle + r * (ten.points[k] as number)
      losses[i] = loss
      weights[i] = r * (ten.weights[k] as number) * density * Math.exp(loss / 2)
      i++
    }
  }
  losses[i] = range
  weights[i] = highAtom
  return { losses, weights, error: panels < wanted ? Number.POSITIVE_INFINITY : 1e-17 }
}
