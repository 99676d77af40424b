/**
 * The discrete Fourier transform of real data, in place.
 *
 *   X_k = sum_j x_j e^(-2 pi i j k / n),   0 <= k <= n/2          (the rest is X_(n-k) = conj X_k)
 *   x_j = (1/n) sum_k X_k e^(+2 pi i j k / n)
 *
 * The spectrum takes the place of the n numbers: X_0 and X_(n/2), which are real, in data[0] and data[1]; the real and the imaginary
 * part of X_k in data[2k] and data[2k + 1] for 0 < k < n/2. Products and powers in this layout: spectrum.ts.
 *
 * Even and odd entries are taken as the real and the imaginary parts of m = n/2 complex numbers with the transform Z (Van Loan,
 * Computational Frameworks for the Fast Fourier Transform (1992), section 4.3):
 *
 *   X_k = E_k + e^(-2 pi i k / n) O_k,   E_k = (Z_k + conj Z_(m-k)) / 2,   O_k = (Z_k - conj Z_(m-k)) / 2i
 *
 * The inverse solves this for Z and transforms Z read backwards.
 *
 * *Promise*: nothing is allocated per transform; + - * only, so the same bits on every engine; relative l2 error at most
 * 1e-15 log2 n. `realFft` remembers plans of 2^21 points in all (a plan takes 16 bytes a point, and a fraction): keep your own
 * for n = 2^22.
 *
 * *Limits*: n a power of two from 2 to 2^22, no array above 32 MB; entries finite, which is not checked. Relative l2 error measured
 * on random data: at most 0.42e-16 log2 n for n up to 2^14, forward. The error is spread evenly: a small X_k or x_j is known to a fraction of the largest, not of itself.
 * A plan has one work space, which is no restriction within one thread.
 *
 *     const data = Float64Array.of(1, 2, 3, 4)
 *     realFft(4).forward(data)
 *     data // => Float64Array(4) [ 10, -2, -2, 2 ]
 *
 * @module
 */

import { InvalidParameterError } from '../errors.ts'
import { complexFft, leafPlaces } from './fft-kernel.ts'
import { rootsOfUnity } from './roots-of-unity.ts'

export type RealFft = {
  readonly size: number
  /** Replaces data by their spectrum. */
  readonly forward: (data: Float64Array) => void
  /** Replaces a spectrum by its data. */
  readonly inverse: (spectrum: Float64Array) => void
}

const plans = new Map<number, RealFft>()
/** The sizes of remembered plans add up to this at most. */
const remembered = 2 ** 21

/** The transform of n real points. */
export function realFft(n: number): RealFft {
  const known = plans.get(n)
  if (known !== undefined) return known
  if (!(n >= 2 && n <= 2 ** 22 && 2 ** Math.round(Math.log2(n)) === n)) {
    throw new InvalidParameterError('n', 'a power of two from 2 to 2^22', n)
  }
  const plan = makePlan(n)
  if (n <= remembered) {
    plans.set(n, plan)
    let total = 0
    for (const size of plans.keys()) total += size
    // The oldest go first.
    for (const size of plans.keys()) {
      if (total <= remembered) break
      total -= size
      plans.delete(size)
    }
  }
  return plan
}

function makePlan(n: number): RealFft {
  const work = plainDoubles(n)
  const roots = rootsOfUnity(n)
  const places = leafPlaces(n / 2)
  return Object.freeze({
    size: n,
    forward: (data: Float64Array) => {
      complexFft(ofSize(n, data), work, places, roots)
      separate(work, data, roots)
    },
    inverse: (spectrum: Float64Array) => {
      unite(ofSize(n, spectrum), roots)
      complexFft(spectrum, work, places, roots)
      spectrum.set(work)
    },
  })
}

/** From the transform Z of the points taken in pairs to the spectrum X. */
function separate(z: readonly number[], x: Float64Array, roots: Float64Array): void {
  const n = z.length
  const m = n / 2
  x[m] = z[m]!
  x[m + 1] = -z[m + 1]!
  x[0] = z[0]! + z[1]!
  x[1] = z[0]! - z[1]!
  for (let k = 2, l = (n - 2) | 0; k < l; k = (k + 2) | 0, l = (l - 2) | 0) {
    const kr = z[k]!
    const ki = z[k | 1]!
    const lr = z[l]!
    const li = z[l | 1]!
    const evenR = 0.5 * (kr + lr)
    const evenI = 0.5 * (ki - li)
    const oddR = 0.5 * (ki + li)
    const oddI = 0.5 * (lr - kr)
    const cos = roots[(m + k) | 0]!
    const sin = roots[(m + k) | 1]!
    const turnedR = oddR * cos + oddI * sin
    const turnedI = oddI * cos - oddR * sin
    x[k] = evenR + turnedR
    x[k | 1] = evenI + turnedI
    x[l] = evenR - turnedR
    x[l | 1] = turnedI - evenI
  }
}

/** The way back in place, with Z_k written at m - k, which makes the forward transform an inverse one, and divided by m. */
function unite(x: Float64Array, roots: Float64Array): void {
  const n = x.length
  const m = n / 2
  const scale = 1 / n
  x[m] = 2 * scale * x[m]!
  x[m + 1] = -2 * scale * x[m + 1]!
  const [first, last] = [x[0]!, x[1]!]
  x[0] = scale * (first + last)
  x[1] = scale * (first - last)
  for (let k = 2, l = (n - 2) | 0; k < l; k = (k + 2) | 0, l = (l - 2) | 0) {
    const kr = x[k]!
    const ki = x[k | 1]!
    const lr = x[l]!
    const li = x[l | 1]!
    const evenR = scale * (kr + lr)
    const evenI = scale * (ki - li)
    const turnedR = scale * (kr - lr)
    const turnedI = scale * (ki + li)
    const cos = roots[(m + k) | 0]!
    const sin = roots[(m + k) | 1]!
    const oddR = turnedR * cos - turnedI * sin
    const oddI = turnedI * cos + turnedR * sin
    x[l] = evenR - oddI
    x[l | 1] = evenI + oddR
    x[k] = evenR + oddI
    x[k | 1] = oddR - evenI
  }
}

/** An array that engines store as bare doubles from the start, without holes. */
function plainDoubles(n: number): number[] {
  const doubles: number[] = []
  while (doubles.length < n) doubles.push(0.5)
  return doubles
}

function ofSize(n: number, data: Float64Array): Float64Array {
  if (data.length !== n) throw new InvalidParameterError('data.length', `${n}`, data.length)
  return data
}
