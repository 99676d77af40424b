/**
 * Bounds on delta(epsilon) of a sum of measures on a lattice, by a tilted fast Fourier transform.
 *
 *     r = inverse( PROD transform(w_i)^times_i ),    w_i[k] = nu_i[k] e^(lambda y_k - k_i),      y_k = offset_i + k h
 *
 * On the lattice delta is linear in e^epsilon between its points, where it is e^(K - lambda y) times
 *
 *     d_k = SUM_(j > k) r_j e^(-lambda (j - k) h) (1 - e^(-(j - k) h)),      from the top: all terms positive
 *
 * The tilt makes r largest where it is needed: without it the transform's rounding, some 1e-16 of the largest mass everywhere, would
 * exceed a small delta, and has broken bounds that called themselves certified.
 *
 * *Errors*, all in the result. A mass m periods away is counted in the window: from below it weighs e^(-lambda m W), from above
 * e^(lambda m W), bounded by E e^(mu y) at mu = 0 and at one mu > lambda; above, what has left the window is added as P(S > top) likewise.
 * Rounding: with L = log2 N each output of a transform is a sum of its N inputs along paths of L + 3 butterflies, each of relative error
 * below 10 u, twice for real data: 20 u (L + 3) SUM |inputs|; through the power by |phi| and the product, added up over all frequencies.
 * The sums d add positive terms: 4 u N.
 *
 * *Limits*: N up to 2^21: no array above 16 MB.
 *
 * @module
 */

import { realFft } from '../../numeric/fft.ts'
import { multiplySpectra, raiseSpectrum } from '../../numeric/spectrum.ts'
import { atLeastZero, atMostOne, logSum, type Sides } from './integral.ts'
import type { Measure } from './measures.ts'

const u = 2 ** -53

/** A measure whose losses are offset + h index. */
export type LatticeSummand = {
  readonly measure: Measure
  readonly index: Float64Array
  readonly offset: number
  readonly times: number
}

export type LatticeOptions = {
  readonly tilt: number
  readonly spacing: number
  /** The number of points, a power of two. */
  readonly size: number
  /** The least epsilon that will be asked for. */
  readonly bottom: number
  readonly farTilt: number
}

/** Both bounds for one measure per part, which must be the law itself for both to hold. */
export function lattice(summands: readonly LatticeSummand[], options: LatticeOptions): Sides {
  const { tilt, spacing, size, bottom, farTilt } = options
  const total = { logScale: 0, start: 0, place: 0, fraction: 0, infinite: 0, logMass: 0, logFar: 0, far: 1e-9, sizes: 0 }
  const product = new Float64Array(size)
  const work = new Float64Array(size)
  const uncertainty = { relative: new Float64Array(size / 2 + 1), size: new Float64Array(size / 2 + 1) }
  const noise = 20 * u * (Math.log2(size) + 3)
  const fft = realFft(size)
  for (const [i, { measure, index, offset, times }] of summands.entries()) {
    const { losses, masses } = measure
    const logScale = logSum(measure, tilt)
    work.fill(0)
    let mean = 0
    let steepest = 0
    for (let j = 0; j < losses.length; j++) {
      if (!((masses[j] as number) > 0)) continue
      const exponentHere = tilt * (losses[j] as number)
      mean += (masses[j] as number) * Math.exp(exponentHere - logScale) * (index[j] as number)
      steepest = Math.max(steepest, Math.abs(exponentHere))
    }
    const middle = Math.round(mean)
    for (let j = 0; j < losses.length; j++) {
      if (!((masses[j] as number) > 0)) continue
      const half = Math.exp((tilt * (losses[j] as number) - logScale) / 2)
      const k = ((((index[j] as number) - middle) % size) + size) % size
      work[k] = (work[k] as number) + half * (masses[j] as number) * half
    }
    fft.forward(work)
    addUncertainty(work, times, noise, uncertainty)
    if (times !== 1) raiseSpectrum(work, times)
    if (i === 0) product.set(work)
    else multiplySpectra(product, work)
    total.logScale += times * logScale
    total.sizes += times * Math.abs(logScale)
    total.start += times * (offset + middle * spacing)
    total.place += times * (measure.place + 8 * u * (Math.abs(offset) + Math.abs(middle * spacing)))
    total.fraction += times * (measure.fraction + u * (8 + 4 * steepest + 2 * Math.abs(logScale)))
    total.infinite += times * Math.log1p(-Math.min(1, measure.infinite))
    total.logMass += times * logSum(measure, 0)
    total.logFar += times * logSum(measure, farTilt)
    total.far += times * u * (2 * losses.length + 8 * Math.abs(logSum(measure, farTilt)))
  }
  const rounding = roundingOf(product, uncertainty, noise)
  fft.inverse(product)
  // One point lower: bounds are asked for a little beside epsilon.
  const first = Math.floor((bottom - total.start) / spacing) - 1
  const start = total.start + first * spacing
  const turned = (k: number): number => (((first + k) % size) + size) % size
  const top = start + size * spacing
  const infinite = -Math.expm1(total.infinite)
  const slack = total.fraction + u * (4 * size + 16 + 4 * total.sizes * summands.length)
  const logMass = total.logMass + total.far
  const logFar = total.logFar + total.far
  const place = total.place + 8 * u * (Math.abs(total.start) + Math.abs(start) + Math.abs(top))

  const sticks = (sign: 1 | -1): Float64Array => {
    const d = new Float64Array(size + 1)
    const fall = Math.exp(-tilt * spacing)
    const one = Math.exp(-spacing)
    const rest = -Math.expm1(-spacing)
    let a = 0
    let stick = 0
    for (let k = size; k >= 0; k--) {
      stick = fall * (rest * a + one * stick)
      const r = k < size ? (product[turned(k)] as number) + sign * rounding : 0
      a = fall * a + Math.max(0, r)
      d[k] = stick
    }
    return d
  }
  const upper = sticks(1)
  const lower = sticks(-1)
  /** Between lattice points linear in e^epsilon. */
  const finite = (d: Float64Array, e: number): number => {
    if (e >= top) return 0
    const k = Math.min(size - 1, Math.max(0, Math.floor((e - start) / spacing)))
    const y = start + k * spacing
    const part = Math.min(1, Math.max(0, Math.expm1(e - y) / Math.expm1(spacing)))
    const low = (d[k] as number) * Math.exp(total.logScale - tilt * y)
    const high = (d[k + 1] as number) * Math.exp(total.logScale - tilt * (y + spacing))
    return low + part * (high - low)
  }
  return {
    upper: (epsilon) => {
      const e = epsilon - place - 4 * u * Math.abs(epsilon)
      if (e < start) return 1
      const beyond = Math.exp(logFar - farTilt * Math.max(e, top))
      return atMostOne(infinite * (1 + total.fraction + 1e-15) + (finite(upper, e) + beyond) * Math.exp(slack + edge(e)))
    },
    lower: (epsilon) => {
      const e = epsilon + place + 4 * u * Math.abs(epsilon)
      if (e < start) return 0
      const wrapped = Math.exp(logMass - tilt * (top - start)) + Math.exp(logFar - (farTilt - tilt) * top - tilt * e)
      const value = (finite(lower, e) * (1 - edge(e)) - wrapped) * Math.exp(-slack)
      return atLeastZero(infinite * (1 - total.fraction - 1e-15) + value)
    },
  }

  /** Relative rounding of e^(K - lambda e). */
  function edge(e: number): number {
    return u * (32 + 8 * Math.abs(total.logScale) + 8 * Math.abs(tilt * e) + 8 * Math.abs(e))
  }
}

/** What is known of the error of a product of powers, per frequency: bounds on its relative error and on its size, both logarithms. */
type Uncertainty = { readonly relative: Float64Array; readonly size: Float64Array }

/** |Phi_k| for 0 <= k <= N / 2, in the layout of fft.ts. */
function sizeAt(spectrum: Float64Array, k: number): number {
  const half = spectrum.length / 2
  if (k === 0) return Math.abs(spectrum[0] as number)
  if (k === half) return Math.abs(spectrum[1] as number)
  const re = spectrum[2 * k] as number
  const im = spectrum[2 * k + 1] as number
  return Math.sqrt(re * re + im * im)
}

/** Adds what a factor phi^times brings: |phi| is off by `noise`, the power by its rounding. */
function addUncertainty(spectrum: Float64Array, times: number, noise: number, { relative, size }: Uncertainty): void {
  for (let k = 0; k < relative.length; k++) {
    const phi = sizeAt(spectrum, k) + 1e-150
    const log = Math.log(phi)
    const power = times === 1 ? 0 : 4 * times * (Math.abs(log) + Math.PI)
    const off = times * Math.log1p(noise / phi)
    relative[k] = (relative[k] as number) + off + u * (16 + power)
    size[k] = (size[k] as number) + off + times * log + u * (16 + power)
  }
}

/** A bound on the error of every entry of the inverse transform: the mean over all frequencies. */
function roundingOf(product: Float64Array, { relative, size }: Uncertainty, noise: number): number {
  const half = relative.length - 1
  let sum = 0
  for (let k = 0; k <= half; k++) {
    const value = sizeAt(product, k)
    const r = relative[k] as number
    const error = r < 0.01 ? value * Math.expm1(r) + 1e-300 : Math.exp(Math.min(size[k] as number, 1)) + value
    sum += (k === 0 || k === half ? 1 : 2) * (error + noise * value)
  }
  return (sum / (2 * half)) * (1 + 1e-9)
}
