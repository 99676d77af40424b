/**
 * The characteristic function of a sum of tilted measures at equally spaced frequencies, as far as it counts, and a bound on the rest.
 *
 *     Phi(t) = PROD phi_i(t)^times_i      at t = 0, s, 2 s, ...       and  SUM over the rest of |Phi| e^(-m^2 t^2 / 2) / t^2
 *
 * The Gaussian factor ends the sum at 9.2 / m in any case. It ends sooner where |Phi| is seen to stay small: on an interval of width
 * d around t each |phi| is at most |phi(t)| + d/2 SUM w |y - c|, and the intervals grow as the factors fall. So the number of frequencies
 * does not depend on how often a part occurs.
 *
 * *Promise*: |logSize, phase| stand for a Phi that is within `error` of the exact one; the rest is below the bounds.
 *
 * @module
 */

import { characteristicAt, stride, type Tilted, turning } from './tilted.ts'

const u = 2 ** -53

/** A tilted measure, and how often it occurs. */
export type Factor = { readonly law: Tilted; readonly times: number }

export type SpectrumOptions = {
  /** The distance of frequencies. */
  readonly step: number
  /** m. */
  readonly smoothing: number
  /** What the rest of SUM |Phi| (1 / |z (z + 1)| + m^2) may come to. */
  readonly allowance: number
  /** The most (cell, frequency) pairs to be looked at. */
  readonly budget: number
}

export type Spectrum = {
  readonly step: number
  readonly count: number
  /** log |Phi| and arg Phi, the centres taken out. */
  readonly logSize: Float64Array
  readonly phase: Float64Array
  readonly error: Float64Array
  /** Bounds on the rest of SUM |Phi| e^(-m^2 t^2 / 2) / t^2 and of SUM |Phi| e^(-m^2 t^2 / 2). */
  readonly rest: number
  readonly flatRest: number
}

/** Beyond this over m the Gaussian factor is below 4e-19. */
export const reachOfGaussian = 9.2

/** Undefined where that takes more than the budget. */
export function spectrumOf(factors: readonly Factor[], options: SpectrumOptions): Spectrum | undefined {
  const { step, smoothing, allowance } = options
  const cells = factors.reduce((sum, { law }) => sum + law.measure.losses.length, 0)
  let left = options.budget / cells
  const last = Math.ceil(reachOfGaussian / (smoothing * step)) + 1
  const turns = factors.map(({ law }) => turning(law, step))
  const value = { re: 0, im: 0 }
  let room = Math.min(last + 1, 16 * stride)
  let logSize = new Float64Array(room)
  let phase = new Float64Array(room)
  let error = new Float64Array(room)
  let count = 0
  let nextTry = 0
  while (count <= last) {
    const to = Math.min(last + 1, count + stride)
    left -= to - count
    if (left < 0) return undefined
    if (to > room) {
      room = Math.min(last + 1, 2 * room)
      logSize = longer(logSize, room)
      phase = longer(phase, room)
      error = longer(error, room)
    }
    for (let i = 0; i < factors.length; i++) {
      const { law, times } = factors[i] as Factor
      const turn = turns[i] as ReturnType<typeof turning>
      for (let k = count; k < to; k++) {
        turn(k, value)
        const log = logAbs(value.re, value.im)
        const noise = law.noise(k * step) * Math.exp(-log) + u * (8 + 4 * Math.abs(log))
        logSize[k] = (logSize[k] as number) + times * log
        phase[k] = (phase[k] as number) + times * Math.atan2(value.im, value.re)
        error[k] = (error[k] as number) + times * Math.log1p(noise)
      }
    }
    for (let k = count; k < to; k++) error[k] = Math.exp(logSize[k] as number) * Math.expm1(Math.min(error[k] as number, 700))
    count = to
    const t = count * step
    // Each frequency of the rest weighs at most 1 / t^2 + m^2.
    const limit = Math.log(allowance) - Math.log(1 / (t * step) + (reachOfGaussian * smoothing) / step)
    if (count >= nextTry && count <= last && (logSize[count - 1] as number) < limit - 2) {
      const tried = staysBelow(factors, { limit, from: t - step, to: last * step, step, most: left / priceOfOne })
      left -= tried.spent * priceOfOne
      if (tried.below) {
        const flat = Math.exp(limit)
        return {
          step,
          count,
          logSize,
          phase,
          error,
          rest: flat / (step * (t - step)) + beyond(1),
          flatRest: flat * (last - count) + beyond(0),
        }
      }
      nextTry = 1.5 * count
    }
  }
  return { step, count, logSize, phase, error, rest: beyond(1), flatRest: beyond(0) }

  /** SUM from `last` on of |Phi(0)| e^(-m^2 t^2 / 2), over t^2 or not. */
  function beyond(flat: 0 | 1): number {
    const t = last * step
    const most = Math.exp(logSize[0] as number) + (error[0] as number)
    const sum = most * Math.exp(-0.5 * (smoothing * t) ** 2) * (1 + 1 / (smoothing * smoothing * t * step))
    return flat === 1 ? sum / (t * t) : sum
  }
}

/** log |x + iy|, as good near 1 as elsewhere; never below -690. */
function logAbs(re: number, im: number): number {
  const square = re * re + im * im
  if (square > 0.5) return 0.5 * Math.log1p((re - 1) * (re + 1) + im * im)
  return square > 1e-300 ? 0.5 * Math.log(square) : -345
}

function longer(old: Float64Array, room: number): Float64Array<ArrayBuffer> {
  const grown = new Float64Array(room)
  grown.set(old)
  return grown
}

/** What one frequency by itself costs, against one in a row. */
const priceOfOne = 8

/** Whether log |Phi| is below `limit` all the way from one frequency to another, found with fewer evaluations than there are steps. */
function staysBelow(
  factors: readonly Factor[],
  {
    limit,
    from,
    to,
    step,
    most,
  }: { readonly limit: number; readonly from: number; readonly to: number; readonly step: number; readonly most: number },
): { readonly below: boolean; readonly spent: number } {
  let t = from
  let width = 2 * step
  let spent = 0
  const worthwhile = Math.min(most, (to - from) / step / 24)
  while (t < to) {
    let log = 0
    for (const { law, times } of factors) log += times * Math.log(law.envelope(t, t + width))
    if (!(log < limit)) {
      const middle = t + width / 2
      log = 0
      for (const { law, times } of factors) {
        const { re, im } = characteristicAt(law, middle)
        log += times * Math.log(Math.sqrt(re * re + im * im) + law.noise(middle) + (law.reach * width) / 2)
      }
      if (++spent > worthwhile) return { below: false, spent }
    }
    if (log < limit) {
      t += width
      width *= 1.7
    } else {
      width *= 0.4
      if (width < step) return { below: false, spent }
    }
  }
  return { below: true, spent }
}
