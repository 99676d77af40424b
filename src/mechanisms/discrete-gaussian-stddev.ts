/**
 * The least discrete Gaussian noise for epsilon and delta, on integers.
 *
 *     delta(epsilon) = SUM over y > epsilon s^2 / D - D / 2 of P(y) - e^epsilon P(y + D),     P(y) = e^(-y^2 / 2 s^2) / Z
 *
 * Canonne, Kamath and Steinke 2020, theorem 7. Shifts smaller than D have a smaller delta: noise is log-concave, so the best test is a threshold, whose power rises with the shift.
 * Below s = 4096 all terms are summed, and Z as well or by Z >= s sqrt(2 pi). From there on a sum over integers of what rises and then falls is at most the integral and once the largest term; the integral is the
 * delta of continuous noise.
 *
 * *Promise*: the returned s was evaluated: its delta, raised by more than the error of the evaluation (for functions of Math within some ulp), is at most the one asked for.
 * *Limits*: below 4096 at most 1e-10 above the least, relatively; above it some 1e-4. Up to 40 ms for s in the thousands, else less than 1 ms.
 *
 * @module
 */

import { gaussianDelta, gaussianStddev } from '../accounting/analytic-gaussian.ts'

const margin = 1 + 1e-10
const summedBelow = 4096

/** An upper bound on delta at epsilon of discrete Gaussian noise, for a shift by a whole number. */
export function discreteGaussianDelta(stddev: number, shift: number, epsilon: number): number {
  const variance = stddev * stddev
  const from = (epsilon * variance) / shift - shift / 2
  const term = (y: number): number =>
    Math.exp((-y * y) / (2 * variance)) * Math.max(0, -Math.expm1(epsilon - (shift * (2 * y + shift)) / (2 * variance)))
  if (stddev >= summedBelow) {
    const total = stddev * Math.sqrt(2 * Math.PI)
    return Math.min(1, (gaussianDelta(shift / stddev, epsilon) + largestTerm(term, from, stddev) / total) * margin)
  }
  const first = Math.ceil(from)
  let sum = 0
  for (let y = first; ; y++) {
    const here = term(y)
    sum += here
    // Past the middle and the edge terms fall faster and faster; at e^-745 there is nothing left.
    if (y > first + 1 && y > 0 && here <= sum * 1e-18) break
  }
  return Math.min(1, (sum / total(stddev)) * margin)
}

/** Z, or a lower bound next to it. */
function total(stddev: number): number {
  const integral = stddev * Math.sqrt(2 * Math.PI)
  if (stddev > 4) return integral
  let sum = 1
  for (let y = Math.ceil(40 * stddev) + 1; y > 0; y--) sum += 2 * Math.exp(-((y / stddev) ** 2) / 2)
  return sum
}

/** The maximum, and one per cent: the terms are a bell that was cut off on its left. */
function largestTerm(term: (y: number) => number, from: number, stddev: number): number {
  let largest = 0
  const start = Math.max(from, -6 * stddev)
  for (let i = 0; i <= 2000; i++) largest = Math.max(largest, term(start + (i / 100) * stddev))
  return 1.01 * largest
}

/** The least stddev with that delta at epsilon, or a little more. */
export function discreteGaussianStddev(epsilon: number, delta: number, sensitivity: number): number {
  const suffices = (stddev: number): boolean => discreteGaussianDelta(stddev, sensitivity, epsilon) <= delta
  let high = gaussianStddev({ epsilon, delta, l2Sensitivity: sensitivity })
  while (!suffices(high)) high *= 1.01
  let low = high * 0.98
  while (suffices(low) && low > 2 ** -20) [high, low] = [low, low * 0.9]
  for (let i = 0; i < 36; i++) {
    const middle = (low + high) / 2
    if (suffices(middle)) high = middle
    else low = middle
  }
  return high
}
