/**
 * A measure tilted by e^(lambda y) and centred, and its characteristic function at one frequency or at many.
 *
 *     w_j = nu_j e^(lambda y_j - k),   d_j = y_j - c,    phi(t) = SUM w_j e^(i t d_j)       k near log SUM nu_j e^(lambda y_j)
 *
 * Equally spaced frequencies share their work: each term turns by the same angle from one to the next, and is set right by sin and cos
 * every `stride` of them.
 *
 * *Promise*: |computed - exact phi(t)| <= noise(t) (of the doubles w_j, y_j given). With u = 2^-53: a turn costs 5 u of the term's size,
 * `stride` of them at most; an angle, 4 u t (|y_j| + |c|); sums in blocks of 64, (64 + n / 64) u; all relative to SUM w_j, which is 1 but
 * for 1e-9. Each w_j is within the fraction `weightError` of its exact value.
 *
 * *Limits*: 2 ns per term and frequency (MEASURED).
 *
 * @module
 */

import type { Measure } from './measures.ts'

const u = 2 ** -53
/** Turns between two settings. */
export const stride = 32
const block = 64

export type Tilted = {
  readonly measure: Measure
  readonly logScale: number
  readonly centre: number
  readonly weights: Float64Array
  readonly offsets: Float64Array
  /** SUM w_j |d_j|: phi's Lipschitz constant, rounded up. */
  readonly reach: number
  readonly noise: (t: number) => number
  readonly weightError: number
  /** A bound on |phi| between two frequencies, from sums by parts. */
  readonly envelope: (from: number, to: number) => number
}

export function tilted(measure: Measure, tilt: number): Tilted {
  const { losses, masses } = measure
  const n = losses.length
  let top = Number.NEGATIVE_INFINITY
  for (let j = 0; j < n; j++) if ((masses[j] as number) > 0) top = Math.max(top, tilt * (losses[j] as number))
  if (top === Number.NEGATIVE_INFINITY) top = 0
  let mass = 0
  for (let j = 0; j < n; j++) {
    if ((masses[j] as number) > 0) mass += (masses[j] as number) * Math.exp(tilt * (losses[j] as number) - top)
  }
  const logScale = top + Math.log(mass)
  const weights = new Float64Array(n)
  let centre = 0
  let steepest = 0
  for (let j = 0; j < n; j++) {
    if (!((masses[j] as number) > 0)) continue
    // In two halves: the factor may overflow where the product does not.
    const half = Math.exp((tilt * (losses[j] as number) - logScale) / 2)
    const w = half * (masses[j] as number) * half
    weights[j] = w
    centre += w * (losses[j] as number)
    if (w > 0) steepest = Math.max(steepest, Math.abs(tilt * (losses[j] as number)))
  }
  const offsets = new Float64Array(n)
  let reach = 0
  let size = 0
  for (let j = 0; j < n; j++) {
    const d = (losses[j] as number) - centre
    offsets[j] = d
    reach += (weights[j] as number) * Math.abs(d)
    size += (weights[j] as number) * Math.abs(losses[j] as number)
  }
  const still = u * (5 * stride + block + n / block + 8)
  const moving = 4 * u * (size + Math.abs(centre))
  return {
    measure,
    logScale,
    centre,
    weights,
    offsets,
    reach: reach * (1 + 1e-9) + 4 * u * (size + Math.abs(centre)),
    noise: (t) => still + moving * t,
    weightError: u * (6 + 4 * steepest + 2 * Math.abs(logScale)),
    envelope: envelopeOf(measure, weights),
  }
}

/**
 * On a run of losses a + j w, by Abel's summation |SUM_j w_j e^(i t w j)| <= (|w_first| + SUM |w_j+1 - w_j| + |w_last|) / |1 - e^(i t w)|;
 * places that are off their run by d_j add t SUM w_j |d_j|. No run has more than its mass.
 */
function envelopeOf({ losses, runs }: Measure, weights: Float64Array): (from: number, to: number) => number {
  const width = Float64Array.from(runs, (run) => run.width)
  const mass = new Float64Array(runs.length)
  const variation = new Float64Array(runs.length)
  const stray = new Float64Array(runs.length)
  let alone = 0
  let next = 0
  for (const [r, run] of runs.entries()) {
    let last = 0
    for (let j = run.from; j < run.to; j++) {
      const w = weights[j] as number
      mass[r] = (mass[r] as number) + w
      variation[r] = (variation[r] as number) + Math.abs(w - last)
      stray[r] = (stray[r] as number) + w * Math.abs((losses[j] as number) - (run.start + (j - run.from) * run.width))
      last = w
    }
    variation[r] = (variation[r] as number) + last
    for (; next < run.from; next++) alone += weights[next] as number
    next = run.to
  }
  for (; next < weights.length; next++) alone += weights[next] as number
  return (from, to) => {
    let total = alone
    for (let r = 0; r < mass.length; r++) {
      const w = width[r] as number
      const whole = mass[r] as number
      if (to * w >= 3) total += whole
      else total += Math.min(whole, (variation[r] as number) / (2 * Math.sin((from * w) / 2)) + to * (stray[r] as number))
    }
    return total * (1 + 1e-9)
  }
}

/** phi at one frequency, by sin and cos. */
export function characteristicAt({ weights, offsets }: Tilted, t: number): { readonly re: number; readonly im: number } {
  let re = 0
  let im = 0
  for (let from = 0; from < weights.length; from += block) {
    const to = Math.min(from + block, weights.length)
    let partRe = 0
    let partIm = 0
    for (let j = from; j < to; j++) {
      const angle = t * (offsets[j] as number)
      partRe += (weights[j] as number) * Math.cos(angle)
      partIm += (weights[j] as number) * Math.sin(angle)
    }
    re += partRe
    im += partIm
  }
  return { re, im }
}

/** phi at k step for k = 0, 1, 2, ... in turn, or from any k that is a multiple of the stride. */
export function turning({ weights, offsets }: Tilted, step: number): (k: number, into: { re: number; im: number }) => void {
  const n = weights.length
  const re = new Float64Array(n)
  const im = new Float64Array(n)
  const cos = Float64Array.from(offsets, (d) => Math.cos(step * d))
  const sin = Float64Array.from(offsets, (d) => Math.sin(step * d))
  const set = (t: number): void => {
    for (let j = 0; j < n; j++) {
      const angle = t * (offsets[j] as number)
      re[j] = (weights[j] as number) * Math.cos(angle)
      im[j] = (weights[j] as number) * Math.sin(angle)
    }
  }
  return (k, into) => {
    if (k % stride === 0) set(k * step)
    let sumRe = 0
    let sumIm = 0
    for (let from = 0; from < n; from += block) {
      const to = Math.min(from + block, n)
      let partRe = 0
      let partIm = 0
      for (let j = from; j < to; j++) {
        const x = re[j] as number
        const y = im[j] as number
        const c = cos[j] as number
        const s = sin[j] as number
        partRe += x
        partIm += y
        re[j] = x * c - y * s
        im[j] = x * s + y * c
      }
      sumRe += partRe
      sumIm += partIm
    }
    into.re = sumRe
    into.im = sumIm
  }
}
