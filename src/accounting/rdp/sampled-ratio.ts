/**
 * What sampling does to the log ratio of two likelihoods, besides `sampledLoss` (laws/sampled-loss.ts).
 *
 *     sampledShare(q, y)     = q e^y / (1 - q + q e^y), the slope of sampledLoss
 *     exchangedLoss(q, y, x) = log(1 - q + q e^y) - log(1 - q + q e^x)     ((1 - q) M0 + q M1 against (1 - q) M0 + q M2)
 *
 * *Promise*: a few ulp, relative to the result, for a rate in (0, 1] and finite y and x, near each other or not.
 *
 * @module
 */

import { sampledLoss } from '../laws/sampled-loss.ts'

/** The share of the sampled in 1 - rate + rate e^y. */
export function sampledShare(rate: number, y: number): number {
  return 1 / (1 + ((1 - rate) / rate) * Math.exp(-y))
}

/** log of (1 - rate + rate e^y) / (1 - rate + rate e^x). */
export function exchangedLoss(rate: number, y: number, x: number): number {
  if (y < x) return -exchangedLoss(rate, x, y)
  if (y - x > 1) return sampledLoss(rate, y) - sampledLoss(rate, x)
  return Math.log1p(sampledShare(rate, x) * Math.expm1(y - x))
}
