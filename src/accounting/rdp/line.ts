/**
 * Renyi divergences of two densities on the line that are Gaussians times something analytic, by the trapezoid rule.
 *
 *     S(a) = Int n(t) e^(logQ(t)) g_a(L(t)) dt  ~  (h / sqrt(2 pi)) SUM e^(-t^2/2 + logQ(t)) g_a(L(t)),   t = i h
 *
 * with n the standard normal density and g_a as in moment.ts. Where the integrand continues to |Im t| < d, the rule errs by about
 * e^(-2 pi d / h + d^2 / 2), relatively: far below rounding for steps of half a standard deviation (Trefethen and Weideman 2014, "The
 * exponentially convergent trapezoidal rule", theorem 5.1). On a lattice the same sum, times 1 / SUM e^(-t^2/2), is not a rule but
 * the thing itself.
 *
 * What is summed: a core that holds all humps that do not depend on the order; then, towards where the power a has its own hump
 * (at t = a m for a shift by m), blocks outwards until they no longer count, and from the far end inwards likewise. The
 * integrand is log-concave apart from the valley in between, so what is left out is below e^-39 of the sum.
 *
 * *Promise*: no order is special; the sum has terms of one sign only.
 * *Limits*: see the laws that use it.
 *
 * @module
 */

import { addMoment, emptyNodes, type Nodes, renyiOf, type Scaled, setNode } from './moment.ts'

/** Two densities relative to the standard normal one. */
export type LineLaw = {
  /** log dQ/dN and log dP/dQ at t, into `at`. */
  readonly at: (t: number, at: { logQ: number; loss: number }) => void
  readonly step: number
  /** What the sum is to be multiplied by: step / sqrt(2 pi), or on a lattice one over its sum. */
  readonly weight: number
  /** Where everything is for moderate orders. */
  readonly core: readonly [number, number]
  /** The |t| beyond which the integrand has but one hump, the far one. */
  readonly turn: number
  /** How far out the order 1 + z may have its mass. */
  readonly reach: (z: number) => readonly [number, number]
}

/** Below n(t) = e^-(tail^2 / 2) = 3e-20 of its peak, a Gaussian does not count. */
export const tail = 9.5

const blockSize = 64
/** Blocks that add less than this to the sum end it. */
const negligible = 1e-18
/** Nodes kept between orders. */
const kept = 8192

/** The divergence of order 1 + z, as a function of z >= 0. */
export function lineRenyi(law: LineLaw): (z: number) => number {
  const { step, weight } = law
  const [coreFrom, coreTo] = [Math.floor(law.core[0] / step), Math.ceil(law.core[1] / step)]
  const cache = growingNodes(law, coreFrom)
  const scratch = emptyNodes(blockSize)
  const add = (z: number, from: number, to: number, sum: Scaled): void => {
    if (from >= coreFrom && to - coreFrom <= kept) addMoment(cache(to - coreFrom), z, from - coreFrom, to - coreFrom, sum)
    else {
      for (let start = from; start < to; start += blockSize) {
        const count = Math.min(blockSize, to - start)
        fill(law, scratch, start, 0, count)
        addMoment(scratch, z, 0, count, sum)
      }
    }
  }
  /** Adds blocks from `at` towards `end` until they fall below what counts; gives where it stopped. */
  const march = (z: number, at: number, end: number, turn: number, sum: Scaled): number => {
    const forward = end > at
    let before = 0
    while (at !== end) {
      const next = forward ? Math.min(at + blockSize, end) : Math.max(at - blockSize, end)
      const block: Scaled = { value: 0, scale: sum.scale }
      add(z, forward ? at : next, forward ? next : at, block)
      merge(sum, block)
      at = next
      const now = block.value * Math.exp(block.scale - sum.scale)
      if (now <= negligible * sum.value && (now <= before || Math.abs(at) * step > turn)) break
      before = now
    }
    return at
  }
  return (z) => {
    const [low, high] = law.reach(z)
    const [from, to] = [Math.floor(low / step), Math.ceil(high / step)]
    const sum: Scaled = { value: 0, scale: 0 }
    add(z, Math.max(from, coreFrom), Math.min(to, coreTo) + 1, sum)
    // The far hump first: the way up to it need not be walked if it has been seen not to count.
    if (to > coreTo) march(z, coreTo + 1, march(z, to + 1, coreTo + 1, Infinity, sum), law.turn, sum)
    if (from < coreFrom) march(z, coreFrom, march(z, from, coreFrom, Infinity, sum), law.turn, sum)
    sum.value *= weight
    return renyiOf(z, sum)
  }
}

function fill(law: LineLaw, nodes: Nodes, index: number, offset: number, count: number): void {
  const at = { logQ: 0, loss: 0 }
  for (let i = 0; i < count; i++) {
    const t = (index + i) * law.step
    law.at(t, at)
    setNode(nodes, offset + i, at.logQ - (t * t) / 2, at.loss)
  }
}

function growingNodes(law: LineLaw, first: number): (length: number) => Nodes {
  let nodes = emptyNodes(256)
  let filled = 0
  return (length) => {
    if (length > nodes.loss.length) {
      const larger = emptyNodes(Math.min(kept, 2 * length))
      for (const column of ['loss', 'logP', 'p', 'd'] as const) larger[column].set(nodes[column])
      nodes = larger
    }
    if (length > filled) {
      fill(law, nodes, first + filled, filled, length - filled)
      filled = length
    }
    return nodes
  }
}

/** sum += block. */
function merge(sum: Scaled, block: Scaled): void {
  const scale = Math.max(sum.scale, block.scale)
  sum.value = sum.value * Math.exp(sum.scale - scale) + block.value * Math.exp(block.scale - scale)
  sum.scale = scale
}
