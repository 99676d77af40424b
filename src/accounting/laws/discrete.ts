/**
 * The discrete pairs: noise on the integers, randomised response, and the two-point pairs that pure and approximate guarantees have.
 *
 *     discrete Laplace of scale b at distance d    P(x) = (1 - r) / (1 + r) r^|x - d|,  r = e^(-1/b);   L = (|x| - |x - d|) / b
 *     discrete Gaussian of parameter s             P(x) = e^(-(x - d)^2 / (2 s^2)) / Z;                 L = (2 d x - d^2) / (2 s^2)
 *     randomised response over k                   P = the truth with e^eps / (e^eps + k - 1), each other answer 1 / (e^eps + k - 1)
 *     (eps, delta), nothing else known             loss eps, -eps, or infinite with probability delta
 *
 * (Canonne, Kamath and Steinke 2020, arXiv 2004.00010; Kairouz, Oh and Viswanath 2015, arXiv 1311.0776, theorem 3.3 for the last.)
 * A record exchanged for a blank answers a question at random: Q is uniform.
 *
 * *Promise*: masses within a few ulp, besides what the exponent's rounding comes to; Z is summed to the last bit (its series falls
 * like a Gaussian). *Limits*: a loss per integer: meant for distances and parameters up to some 1e5. A discrete Gaussian is cut off where
 * its masses fall below 1e-300.
 *
 * @module
 */

import { type AtomicOptions, atomicLaw, lawOfAtoms } from './atomic.ts'
import type { LossLaw } from './law.ts'

const u = 2 ** -53

/** How far a discrete Gaussian has masses above 1e-300, in units of its parameter. */
const reachOf = 37.2

/** Everything is revealed with certainty. */
export const revealing = (): LossLaw => atomicLaw([], { infiniteMass: 1, vanishingMass: 1 })

/** Losses beyond could not be added up: everything is revealed. */
export const largestLoss = 1e290

/** The pair of (epsilon, delta)-differential privacy itself. */
export function guaranteeLaw(epsilon: number, delta: number): LossLaw {
  if (delta >= 1 || epsilon > largestLoss) return revealing()
  const likely = (1 - delta) / (1 + Math.exp(-epsilon))
  const unlikely = ((1 - delta) * Math.exp(-epsilon)) / (1 + Math.exp(-epsilon))
  return atomicLaw(
    [
      { loss: epsilon, p: likely, q: unlikely },
      { loss: -epsilon, p: unlikely, q: likely },
    ],
    { infiniteMass: delta, vanishingMass: delta, massError: 8 * u, lossError: 0 },
  )
}

/** Randomised response, the truth against another truth. */
export function responseLaw(epsilon: number, categories: number): LossLaw {
  if (categories < 2) return atomicLaw([{ loss: 0, p: 1, q: 1 }])
  const { truth, other } = answers(epsilon, categories)
  return atomicLaw(
    [
      { loss: epsilon, p: truth, q: other },
      { loss: -epsilon, p: other, q: truth },
      { loss: 0, p: (categories - 2) * other, q: (categories - 2) * other },
    ],
    { massError: 8 * u, lossError: 0 },
  )
}

/** Randomised response, the truth against a blank, or the blank against the truth. */
export function responseToBlankLaw(epsilon: number, categories: number, blankFirst: boolean): LossLaw {
  if (categories < 2) return atomicLaw([{ loss: 0, p: 1, q: 1 }])
  const { truth } = answers(epsilon, categories)
  const blank = 1 / categories
  // log(k truth) = -log((e^-eps (k - 1) + 1) / k), and log(k other) = log k - log(e^eps + k - 1)
  const e = Math.exp(-epsilon)
  const up = -Math.log1p(((categories - 1) * Math.expm1(-epsilon)) / categories)
  const down = up - epsilon
  const rest = 1 - blank
  const options = { massError: 8 * u, lossError: 8 * u } satisfies AtomicOptions
  const others = ((categories - 1) * e) / (1 + (categories - 1) * e)
  return blankFirst
    ? atomicLaw(
        [
          { loss: -up, p: blank, q: truth },
          { loss: -down, p: rest, q: others },
        ],
        options,
      )
    : atomicLaw(
        [
          { loss: up, p: truth, q: blank },
          { loss: down, p: others, q: rest },
        ],
        options,
      )
}

function answers(epsilon: number, categories: number): { readonly truth: number; readonly other: number } {
  const e = Math.exp(-epsilon)
  return { truth: 1 / (1 + (categories - 1) * e), other: e / (1 + (categories - 1) * e) }
}

/** The number of losses of discrete Laplace and of discrete Gaussian noise. */
export const laplaceAtoms = (distance: number): number => distance + 1
export const gaussianAtoms = (stddev: number, distance: number): number => 2 * reachOf * stddev + distance

/** Discrete Laplace noise of the given scale, neighbours `distance` apart. */
export function discreteLaplaceLaw(scale: number, distance: number): LossLaw {
  const step = 1 / scale
  const inner = -Math.expm1(-step) / (1 + Math.exp(-step))
  const outer = 1 / (1 + Math.exp(-step))
  const losses = new Float64Array(distance + 1)
  const p = new Float64Array(distance + 1)
  const q = new Float64Array(distance + 1)
  for (let x = 0; x <= distance; x++) {
    const mass = x === 0 || x === distance ? outer : inner
    losses[x] = (2 * x - distance) * step
    // The end at 0 stands for every x <= 0, the other for every x >= distance.
    p[x] = (x === distance ? outer : mass) * Math.exp((x - distance) * step)
    q[x] = (x === 0 ? outer : mass) * Math.exp(-x * step)
  }
  return lawOfAtoms({ losses, p, q }, { massError: u * (16 + 2 * distance * step), lossError: 4 * u })
}

/** Discrete Gaussian noise of the given parameter, neighbours `distance` apart. */
export function discreteGaussianLaw(stddev: number, distance: number): LossLaw {
  const reach = Math.ceil(reachOf * stddev) + 1
  const n = 2 * reach + distance + 1
  const losses = new Float64Array(n)
  const p = new Float64Array(n)
  const q = new Float64Array(n)
  let z = 0
  for (let x = reach; x > 0; x--) z += 2 * bell(x, stddev)
  z += 1
  for (let i = 0; i < n; i++) {
    const x = i - reach
    losses[i] = ((2 * x - distance) / (2 * stddev)) * (distance / stddev)
    p[i] = bell(x - distance, stddev) / z
    q[i] = bell(x, stddev) / z
  }
  // The tails that are cut off have next to no mass, but their losses have no bound: at delta = 0 that counts.
  return lawOfAtoms(trimmed({ losses, p, q }), { massError: 2200 * u, lossError: 8 * u, infiniteMass: 1e-300 })
}

const bell = (x: number, stddev: number): number => {
  const z = x / stddev
  return Math.exp(-0.5 * z * z)
}

/** Without what has no mass under P at the top or under Q at the bottom. */
function trimmed({ losses, p, q }: { losses: Float64Array; p: Float64Array; q: Float64Array }): {
  readonly losses: Float64Array
  readonly p: Float64Array
  readonly q: Float64Array
} {
  let first = 0
  let last = losses.length
  while (first < last && !((p[first] as number) + (q[first] as number) > 1e-300)) first++
  while (last > first && !((p[last - 1] as number) + (q[last - 1] as number) > 1e-300)) last--
  return { losses: losses.subarray(first, last), p: p.subarray(first, last), q: q.subarray(first, last) }
}
