/**
 * Bounds on delta(epsilon) of a sum of measures by an integral along a vertical line, whatever the measures are.
 *
 * For a sum S of finite measures, K(z) = SUM times log E e^(z y), one more summand N(m^2 / 2, m^2), the loss of a Gaussian mechanism of
 * size m, makes delta larger, and smooth:
 *
 *     delta~(e) = (1 / 2 pi) Int e^(K(z) + m^2 z (z + 1) / 2 - z e) / (z (z + 1)) dt,       z = lambda + i t
 *
 * and larger by no more than the mean of a bump m phi(r / m) e^(-r / 2), r = y - e, whose integral is as simple:
 *
 *     delta(e) <= delta~(e),     delta(e) >= (1 / 2 pi) Int e^(K + m^2 z (z + 1) / 2 - z e) (1 / (z (z + 1)) - m^2 e^(m^2 / 8)) dt
 *
 * (The hockey stick of N(m^2 / 2, m^2) at x >= 0 is Int_0^m phi(x / v - v / 2) dv, and phi(x / v - v / 2) <= phi(x / m) e^(x / 2); below 0
 * by its symmetry.)
 *
 * *Errors*, all in the result. The trapezoid rule of step 2 pi / W adds SUM e^(lambda j W) delta~(e + j W), j != 0: positive, so harmless
 * above; below it is taken away, with delta~ <= E e^(mu (y - e)) at mu = 0 for j < 0 and at one mu > lambda for j > 0. Left-out
 * frequencies and rounding: direct-spectrum.ts. Places that are off move e, masses that are off are a factor.
 *
 * @module
 */

import { spectrumOf } from './direct-spectrum.ts'
import type { Measure } from './measures.ts'
import type { Tilts } from './outline.ts'
import { type Tilted, tilted } from './tilted.ts'

const u = 2 ** -53

/** One summand, and how often. */
export type Summand = { readonly measure: Measure; readonly times: number }

/** lambda, mu and W; and besides: */
export type IntegralOptions = Tilts & {
  /** m. */
  readonly smoothing: number
  /** What is left out on purpose, relative to a delta of e^logDelta at epsilon. */
  readonly tolerance: number
  readonly epsilon: number
  readonly logDelta: number
  /** The most (cell, frequency) pairs to be looked at. */
  readonly budget: number
}

/** Bounds on delta as functions of epsilon. */
export type Sides = { readonly upper: (epsilon: number) => number; readonly lower: (epsilon: number) => number }

/**
 * Both bounds from one measure per part, which must be the law itself for both to hold. Undefined where that takes more than the budget.
 */
export function integral(summands: readonly Summand[], options: IntegralOptions): Sides | undefined {
  const { tilt, period, smoothing, farTilt } = options
  const step = (2 * Math.PI) / period
  const factors = summands.map(({ measure, times }) => ({ law: tilted(measure, tilt), times }))
  const at = totals(factors, farTilt)
  const square = smoothing * smoothing
  const shift = at.centre + square * (tilt + 0.5)
  const logScale = at.logScale + 0.5 * square * tilt * (tilt + 1)
  const allowance = options.tolerance * (Math.PI / step) * Math.exp(options.logDelta - logScale + tilt * options.epsilon)
  const spectrum = spectrumOf(factors, { step, smoothing, allowance, budget: options.budget })
  if (spectrum === undefined) return undefined
  const { count, logSize, phase, error, rest, flatRest } = spectrum
  const bump = square * Math.exp(square / 8)

  /** SUM' Re Phi e^(i t (shift - e)) (1 / (z (z + 1)) - flat) and what its terms may be off by, together. */
  const sum = (e: number, flat: number): { readonly value: number; readonly off: number } => {
    const r = shift - e
    let value = 0
    let off = rest + flat * flatRest
    for (let k = 0; k < count; k++) {
      const t = k * step
      const gauss = Math.exp(-0.5 * square * t * t) * (k === 0 ? 0.5 : 1)
      const size = Math.exp(logSize[k] as number) * gauss
      const angle = (phase[k] as number) + t * r
      const x = tilt * (tilt + 1) - t * t
      const y = (2 * tilt + 1) * t
      const norm = x * x + y * y
      const re = x / norm - flat
      const im = -y / norm
      const kernel = Math.sqrt(re * re + im * im)
      value += size * (re * Math.cos(angle) - im * Math.sin(angle))
      off +=
        kernel *
        ((error[k] as number) * gauss +
          size * u * (40 + count + 2 * Math.abs(phase[k] as number) + 3 * t * (Math.abs(r) + Math.abs(shift))))
    }
    return { value, off }
  }
  const scaleAt = (e: number): number => (step / Math.PI) * Math.exp(logScale - tilt * e)

  return {
    upper: (epsilon) => {
      const e = epsilon - at.place - 4 * u * Math.abs(epsilon)
      const { value, off } = sum(e, 0)
      const scale = scaleAt(e) * Math.exp(at.fraction + exponentError(logScale, tilt * e))
      return atMostOne(at.infinite * (1 + at.fraction + 1e-15) + Math.max(0, value + off) * scale)
    },
    lower: (epsilon) => {
      const e = epsilon + at.place + 4 * u * Math.abs(epsilon)
      const { value, off } = sum(e, bump)
      const slack = at.fraction + exponentError(logScale, tilt * e)
      const below = Math.exp(at.logMass - tilt * period) / -Math.expm1(-tilt * period)
      const far = at.logFar + 0.5 * square * farTilt * (farTilt + 1) - farTilt * e
      const gap = (farTilt - tilt) * period
      const above = Math.exp(far - gap) / -Math.expm1(-gap)
      const wrapped = (below + above) * Math.exp(slack)
      return atLeastZero(at.infinite * (1 - at.fraction - 1e-15) + (value - off) * scaleAt(e) * Math.exp(-slack) - wrapped)
    },
  }
}

/** No delta is above 1 or below 0, whatever overflowed far from where the tilt aims. */
export const atMostOne = (delta: number): number => (Number.isNaN(delta) ? 1 : Math.min(1, delta))
export const atLeastZero = (delta: number): number => (Number.isNaN(delta) ? 0 : Math.max(0, delta))

const exponentError = (a: number, b: number): number => u * (8 + 4 * Math.abs(a) + 4 * Math.abs(b))

type Totals = Record<'logScale' | 'centre' | 'place' | 'fraction' | 'infinite' | 'logMass' | 'logFar', number>

function totals(factors: readonly { readonly law: Tilted; readonly times: number }[], farTilt: number): Totals {
  const total = { logScale: 0, centre: 0, place: 0, fraction: 0, infinite: 0, logMass: 0, logFar: 0 }
  let sizes = 0
  let far = 1e-9
  for (const { law, times } of factors) {
    const { measure } = law
    total.logScale += times * law.logScale
    total.centre += times * law.centre
    sizes += times * Math.abs(law.logScale)
    total.place += times * (measure.place + 4 * u * Math.abs(law.centre))
    total.fraction += times * (law.weightError + measure.fraction)
    total.infinite += times * Math.log1p(-Math.min(1, measure.infinite))
    total.logMass += times * logSum(measure, 0)
    total.logFar += times * logSum(measure, farTilt)
    far += times * (2 * u * measure.losses.length + 8 * u * Math.abs(logSum(measure, farTilt)))
  }
  total.fraction += u * factors.length * sizes
  total.place += u * factors.length * Math.abs(total.centre)
  total.infinite = -Math.expm1(total.infinite)
  total.logMass += far
  total.logFar += far
  return total
}

/** log SUM masses e^(z losses). */
export function logSum({ losses, masses }: Pick<Measure, 'losses' | 'masses'>, z: number): number {
  let top = Number.NEGATIVE_INFINITY
  for (let j = 0; j < losses.length; j++) if ((masses[j] as number) > 0) top = Math.max(top, z * (losses[j] as number))
  if (top === Number.NEGATIVE_INFINITY) return top
  let sum = 0
  for (let j = 0; j < losses.length; j++) {
    if ((masses[j] as number) > 0) sum += (masses[j] as number) * Math.exp(z * (losses[j] as number) - top)
  }
  return top + Math.log(sum)
}
