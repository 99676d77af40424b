/**
 * How far discrete noise goes: standard deviations and central intervals of the two laws on the integers.
 *
 *     Laplace    P(|Z| > k) = 2 a^(k+1) / (1 + a),  Var Z = 2 a / (1 - a)^2,  a = e^(-1 / scale)
 *     Gaussian   by summing e^(-x^2 / (2 stddev^2)); from stddev 4096 on by the integral
 *
 * The integral: the tail's terms lie below those of the density from k + 1/2 on where it is convex, and the half step that `intervalGaussian` adds
 * is more than what concavity can do at that width.
 *
 * *Promise*: the interval [-k, k] is the least of its probability, up to the rounding of doubles (and one step, for a stddev from 4096 on).
 * *Limits*: preconditions, not checks: scale and stddev > 0, risk in (0, 1). These are statements on accuracy: no privacy depends on them.
 *
 * @module
 */

import { normalQuantile } from '../numeric/normal-quantile.ts'

/** The standard deviation of discrete Laplace noise. */
export function deviationLaplace(scale: number): number {
  return Math.SQRT1_2 / Math.sinh(1 / (2 * scale))
}

/** The least k with P(|Z| > k) <= risk, discrete Laplace. */
export function intervalLaplace(scale: number, risk: number): number {
  const twoOverSum = Math.LN2 - Math.log1p(Math.exp(-1 / scale))
  const logTail = (k: number): number => twoOverSum - (k + 1) / scale
  const target = Math.log(risk)
  const k = Math.max(0, Math.ceil(scale * (twoOverSum - target)) - 1)
  // The product was rounded.
  if (logTail(k) > target) return k + 1
  return k > 0 && logTail(k - 1) <= target ? k - 1 : k
}

const summedBelow = 4096

/** The standard deviation of discrete Gaussian noise of the parameter `stddev`, which is slightly larger where that is small. */
export function deviationGaussian(stddev: number): number {
  if (stddev >= summedBelow) return stddev
  const { masses, total } = masses12(stddev)
  let square = 0
  for (let x = masses.length - 1; x > 0; x--) square += 2 * x * x * (masses[x] as number)
  return Math.sqrt(square / total)
}

/** The least k with P(|Z| > k) <= risk, discrete Gaussian. */
export function intervalGaussian(stddev: number, risk: number): number {
  if (stddev >= summedBelow) return Math.ceil(-normalQuantile(risk / 2) * stddev)
  const { masses, total } = masses12(stddev)
  let beyond = 0
  for (let k = masses.length - 1; k > 0; k--) {
    beyond += 2 * (masses[k] as number)
    if (beyond > risk * total) return k
  }
  return 0
}

/** Unnormalised masses up to 12 standard deviations, past which there is less than doubles tell. */
function masses12(stddev: number): { readonly masses: number[]; readonly total: number } {
  const masses = Array.from({ length: Math.ceil(12 * stddev) + 2 }, (_, x) => Math.exp(-((x / stddev) ** 2) / 2))
  return { masses, total: masses.reduceRight((sum, mass) => sum + 2 * mass, 0) - 1 }
}
