/**
 * delta(epsilon) = (1 / 2 pi i) Int e^(K(z) - z epsilon) / (z (z + 1)) dz over Re z = lambda, by the trapezoid rule on a tabulated line.
 *
 *     delta(epsilon) = e^(K(lambda) - lambda epsilon) I,     I = (D / pi) [1 / (2 lambda (lambda + 1)) + SUM_k Re e^(-i t_k epsilon) phi(t_k) / (z_k (z_k + 1))]
 *
 * The bracket around I: the rule's surplus is >= 0 and bounded (line.ts), the end is cut with a bounded remainder, phi at each frequency
 * is off by no more than `error` relative to itself, and the sum is rounded. K(lambda) has an error of its own, the exponent's.
 *
 * Zhu, Dong and Wang 2022 (arXiv 2106.08567) for delta by characteristic functions; Alghamdi et al. 2023 (arXiv 2208.09595) for the saddle.
 *
 * @module
 */

import type { Line } from './line.ts'
import { unit } from './loss-nodes.ts'

export type LogDelta = {
  /** log delta, as computed, and its bracket. */
  readonly log: number
  readonly lower: number
  readonly upper: number
  /** The derivative of log delta. */
  readonly slope: number
  /** What a wider window and a longer line would save: aliasing and the end, relative to delta. */
  readonly avoidable: number
}

/** log delta(epsilon), from below and above. */
export function logDeltaAt(table: Line, epsilon: number): LogDelta {
  const { lambda, step, count, value, valueError, centre, logSize, phase, error, truncation, mu, atMu } = table
  const shift = epsilon - centre
  const shiftError = unit * (Math.abs(epsilon) + 2 * Math.abs(centre))
  const at0 = 1 / (lambda * (lambda + 1))
  let sum = at0 / 2
  let derivative = 0
  let slack = 0
  let sizes = at0
  for (let k = 1; k <= count; k++) {
    const t = k * step
    const angle = (phase[k] as number) - t * shift
    const re = lambda * (lambda + 1) - t * t
    const im = (2 * lambda + 1) * t
    const square = re * re + im * im
    const scale = Math.exp(logSize[k] as number) / square
    const cos = Math.cos(angle)
    const sin = Math.sin(angle)
    sum += scale * (cos * re + sin * im)
    derivative += t * scale * (sin * re - cos * im)
    const size = scale * Math.sqrt(square)
    sizes += size
    slack +=
      size * (Math.expm1(error[k] as number) + t * shiftError + unit * 4 * (Math.abs(angle) + Math.abs(phase[k] as number)))
  }
  const integral = (sum * step) / Math.PI
  const loose = (1.01 * step * (slack + unit * (count + 20) * sizes)) / Math.PI + truncation
  const log = value - lambda * epsilon
  const logError = valueError + 4 * unit * (Math.abs(value) + lambda * Math.abs(epsilon) + Math.abs(log) + 1)
  const window = (2 * Math.PI) / step
  const surplus = geometric(-log, lambda * window) + geometric(atMu - mu * epsilon - log, (mu - lambda) * window)
  const least = integral - loose - 1.01 * surplus
  return {
    log: log + Math.log(integral),
    lower: least > 0 ? log - logError + Math.log(least) * (1 - Math.sign(Math.log(least)) * 4 * unit) : Number.NEGATIVE_INFINITY,
    upper: log + logError + Math.log(integral + loose) * (1 + Math.sign(Math.log(integral + loose)) * 4 * unit),
    slope: (derivative * step) / Math.PI / integral - lambda,
    avoidable: (surplus + truncation) / Math.abs(integral),
  }
}

/** e^start (e^-rate + e^-2 rate + ...). */
function geometric(start: number, rate: number): number {
  return Math.exp(start - rate) / -Math.expm1(-rate)
}
