/**
 * The tilted law e^(lambda L - K) dP of one event's loss, centred at about its mean, and its characteristic function.
 *
 *     D = L - c,   c ~ K'(lambda) a double        phi(t) = E e^(itD) = 1 + rho(t) + i t (K' - c)
 *     rho(t) = SUM w_i (e^(i t D_i) - 1 - i t D_i) = -SUM w_i 2 sin^2(t D_i / 2) - i SUM w_i (t D_i - sin t D_i)
 *
 * A power phi^T with T = 1e9 needs log phi, hence 1 - phi, accurate relative to itself. The terms of the real sum have one sign and
 * those of the imaginary sum are of third order, so both are; the mean, which would cancel, is taken out by hand.
 *
 * *Error of the computed phi.* A node's weight off by r_i relatively and its D off by d_i change e^(itD) - 1 - itD by at most
 * t^2 (r_i D^2 / 2 + |D| d_i), since |e^(ip) - 1 - ip| <= p^2 / 2 and |e^(ip) - 1| <= |p|. With quadrature and what nodes were dropped
 *
 *     |error of phi(t)| <= constant + t linear + t^2 quadratic          for |t| <= demand.frequency.
 *
 * *Promise*: that bound, for functions of Math within 1 ulp.
 *
 * @module
 */

import type { Complex } from '../../numeric/complex.ts'
import { cubic } from '../../numeric/polynomial.ts'
import { type Cumulant, cumulant, type LossNodes, unit } from './loss-nodes.ts'

export type TiltedLaw = {
  readonly cumulant: Cumulant
  /** c. */
  readonly centre: number
  /** w_i and D_i, without nodes of negligible weight. */
  readonly weights: Float64Array
  readonly deviations: Float64Array
  /** The density of L at all of the nodes, rounded down by their `meanGap`. */
  readonly density: Float64Array
  readonly constant: number
  readonly linear: number
  readonly quadratic: number
}

/** The law tilted at demand.lambda. */
export function tiltedLaw(nodes: LossNodes, stddev: number): TiltedLaw {
  const { count, step, loss, logWeight, lossError, weightError, meanGap, demand, massError, momentError } = nodes
  const { lambda, digits } = demand
  const moments = cumulant(nodes, lambda)
  const centre = moments.slope
  const exponents = new Float64Array(count)
  let top = Number.NEGATIVE_INFINITY
  for (let i = 0; i < count; i++) {
    const exponent = (logWeight[i] as number) + lambda * (loss[i] as number)
    exponents[i] = exponent
    if (exponent > top) top = exponent
  }
  let total = 0
  for (let i = 0; i < count; i++) {
    const weight = Math.exp((exponents[i] as number) - top)
    exponents[i] = weight
    total += weight
  }
  const negligible = total * Math.exp(-digits - 12)
  const toDensity = (stddev * stddev) / step
  const weights = new Float64Array(count)
  const deviations = new Float64Array(count)
  const density = new Float64Array(count)
  let kept = 0
  let square = 0
  let slack = 0
  let common = 0
  let dropped = 0
  let droppedMoment = 0
  for (let i = 0; i < count; i++) {
    const weight = (exponents[i] as number) / total
    const deviation = (loss[i] as number) - centre
    const size = Math.abs(deviation)
    if ((exponents[i] as number) < negligible) {
      dropped += weight
      droppedMoment += weight * size
      continue
    }
    const e = lossError[i] as number
    const tilt = Math.abs(lambda * (loss[i] as number))
    const relative = (weightError[i] as number) + lambda * e + 4 * tilt + 2 * Math.abs(top) + 40
    weights[kept] = weight
    deviations[kept] = deviation
    density[i] = (weight * toDensity) / (meanGap[i] as number)
    kept++
    square += weight * size * size
    slack += weight * size * ((relative * size) / 2 + e + 2 * size)
    common += weight * relative
  }
  // The normalisation is off by the mean of the relative errors, and n additions by n units.
  slack += (square / 2) * (common + 2 * count)
  return {
    cumulant: moments,
    centre,
    weights: weights.subarray(0, kept),
    deviations: deviations.subarray(0, kept),
    density,
    constant: 1.01 * (4 * massError + 2 * dropped),
    linear: 1.01 * (momentError + 2 * massError * Math.abs(centre) + droppedMoment + moments.slopeError),
    quadratic: 1.01 * unit * slack,
  }
}

/** rho(t). */
export function rho({ weights, deviations }: TiltedLaw, t: number): Complex {
  let re = 0
  let im = 0
  for (let i = 0; i < weights.length; i++) {
    const w = weights[i] as number
    const p = t * (deviations[i] as number)
    const s = p * p
    if (s < 0.09) {
      // 1 - cos p and p - sin p by their series, to 1e-17 of themselves.
      const f = s * s
      re -= w * s * (cubic(s, f, 1 / 2, -1 / 24, 1 / 720, -1 / 40320) + (f * f) / 3628800)
      im -= w * s * p * (cubic(s, f, 1 / 6, -1 / 120, 1 / 5040, -1 / 362880) + (f * f) / 39916800)
    } else {
      const half = Math.sin(p / 2)
      re -= w * 2 * half * half
      im += w * (Math.sin(p) - p)
    }
  }
  return { re, im }
}
