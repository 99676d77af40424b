/**
 * Renyi divergence of releasing the best of a random number K of runs (private hyper-parameter search).
 *
 * Papernot and Steinke 2022, "Hyperparameter tuning with Renyi differential privacy", arXiv 2110.03620. With D_a the divergence of
 * one run, in both directions:
 *
 * - K truncated negative binomial, shape eta > -1, parameter g (theorem 2): for any b >= 1
 *     D_a + (1 + eta) ((1 - 1/b) D_b + log(1/g) / b) + log(E K) / (a - 1),       E K = eta (1 - g) / (g (1 - g^eta))
 * - K Poisson (theorem 6): D_a + E K delta + log(E K) / (a - 1), where one run is (log(1 + 1 / (a - 1)), delta)-private.
 *
 * Both may be taken at a larger order and hold at a: the divergence rises with the order.
 *
 * *Promise*: upper bounds for every order; g is rounded to the side that claims more loss. For a pure run they come to (2 + eta) epsilon.
 * *Limits*: the orders b and those above a are searched for numerically, which can only cost tightness (below 1e-6, relatively).
 *
 * @module
 */

import { minimise } from '../../numeric/minimise.ts'
import { bracket, findRoot } from '../../numeric/roots.ts'
import { deltaOf } from './conversion.ts'
import type { Renyi } from './renyi.ts'

/** log z of the orders that are looked at first. */
const mesh = Array.from({ length: 41 }, (_, i) => -7 + i / 2)

/** The best of K runs of something with this curve. */
export function selectionRenyi(run: Renyi, mean: number, shape: number | 'poisson'): Renyi {
  const logMean = Math.max(0, Math.log(mean))
  const own = (z: number): number => run(z) + (logMean === 0 ? 0 : logMean / z)
  if (shape !== 'poisson') {
    const rest = (1 + shape) * leastCost(run, logStop(mean, shape))
    return atLargerOrders((z) => own(z) + rest)
  }
  return atLargerOrders((z) => own(z) + mean * leastDelta(run, Math.log1p(1 / z)))
}

/** min over b >= 1 of (1 - 1/b) D_b + cost / b; b = 1 costs `cost`, b = Infinity the largest loss. */
function leastCost(run: Renyi, cost: number): number {
  const at = (logZ: number): number => {
    const z = Math.exp(logZ)
    return (z * run(z) + cost) / (1 + z)
  }
  return Math.min(cost, run(Number.POSITIVE_INFINITY), least(at).value)
}

/** The delta of one run at this epsilon. */
function leastDelta(run: Renyi, epsilon: number): number {
  const at = (logZ: number): number => {
    const z = Math.exp(logZ)
    return deltaOf(z, run(z), epsilon, 'optimal')
  }
  const atInfinity = deltaOf(Number.POSITIVE_INFINITY, run(Number.POSITIVE_INFINITY), epsilon, 'optimal')
  return Math.min(1, atInfinity, least(at).value)
}

const least = (f: (logZ: number) => number): { readonly x: number; readonly value: number } =>
  minimise(f, { low: mesh[0] as number, high: mesh.at(-1) as number, mesh, relativeTolerance: 1e-5 })

/** The least value of a bound at any order from a on: it falls, then rises. */
function atLargerOrders(bound: Renyi): Renyi {
  const best = least((logZ) => bound(Math.exp(logZ)))
  const atInfinity = bound(Number.POSITIVE_INFINITY)
  return (z) => Math.min(atInfinity, z <= Math.exp(best.x) ? best.value : bound(z))
}

/** log(1/g) for the g at which the truncated negative binomial has this mean: log E K = log((1/g - 1) / log(1/g)) - log f(-eta log(1/g)), f(x) = (e^x - 1) / x. */
function logStop(mean: number, shape: number): number {
  if (mean === 1) return 0
  const logMean = (t: number): number =>
    Math.log(Math.expm1(t) / t) - Math.log(shape === 0 ? 1 : Math.expm1(-shape * t) / (-shape * t))
  const beyond = (t: number): number => (t > 700 ? t - Math.log(t) + laterTerm(shape, t) : logMean(t)) - Math.log(mean)
  return findRoot(beyond, bracket(beyond, { start: 1 })).high
}

/** -log((1 - e^-(eta t)) / (eta t)) for long t. */
function laterTerm(shape: number, t: number): number {
  if (shape === 0) return 0
  const x = -shape * t
  return x > 700 ? Math.log(x) - x : -Math.log(Math.expm1(x) / x)
}
