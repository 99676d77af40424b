/**
 * Products and powers of spectra, in place, in the layout of fft.ts: what convolution and composition become after the transform.
 *
 *   a_k <- a_k b_k                      (cyclic convolution of the data)
 *   a_k <- a_k^p = |a_k|^p (cos(p arg a_k) + i sin(p arg a_k))
 *
 * The modulus goes through log|x + iy| = log x + log1p((y / x)^2) / 2, x the larger part: a spectrum close to 1 keeps its digits
 * under a high power, where repeated squaring would lose as many bits as the power has.
 *
 * *Promise*: a p-th power is off by at most 2^-53 (8 + 4 p |log z|) relatively, log z the principal logarithm (imaginary part in
 * [-pi, pi]), and by 2^-53 4 p more only where |z| is near 1 but z is not. For p not whole, the principal power; the two real
 * entries, if negative, become |a|^p cos(p pi), the mean of both sides, as the data must stay real. 0^p is 0, and 1 for p = 0. A
 * power that is not finite is a NumericalError.
 *
 * *Limits*: entries finite, spectra of one size; the product is unchecked for overflow. Measured: 350 ns for a power of an
 * entry, 3 ns where it vanishes.
 *
 *     const spectrum = Float64Array.of(1, -0.5, 0, 2)
 *     raiseSpectrum(spectrum, 3)
 *     spectrum[1] // => -0.12500000000000003
 *
 * @module
 */

import { InvalidParameterError, NumericalError } from '../errors.ts'
import { number } from '../guard.ts'

/** a <- a b. */
export function multiplySpectra(a: Float64Array, b: Float64Array): void {
  if (a.length !== b.length) throw new InvalidParameterError('b.length', `${a.length}`, b.length)
  a[0] = a[0]! * b[0]!
  a[1] = a[1]! * b[1]!
  for (let k = 2; k < a.length; k += 2) {
    const ar = a[k]!
    const ai = a[k | 1]!
    const br = b[k]!
    const bi = b[k | 1]!
    a[k] = ar * br - ai * bi
    a[k | 1] = ar * bi + ai * br
  }
}

/** a <- a^exponent, for an exponent >= 0. */
export function raiseSpectrum(a: Float64Array, exponent: number): void {
  number('exponent', exponent, { atLeast: 0 })
  a[0] = realPower(a[0]!, exponent)
  a[1] = realPower(a[1]!, exponent)
  // Where |z|^p < e^-746 it is 0 as a double (the smallest is e^-744.4): most entries, when the exponent is high.
  const vanishing = Math.exp(-1492 / exponent)
  for (let k = 2; k < a.length; k += 2) {
    const x = a[k]!
    const y = a[k | 1]!
    if (x * x + y * y < vanishing) {
      a[k] = 0
      a[k | 1] = 0
      continue
    }
    const modulus = modulusPower(x, y, exponent)
    const angle = exponent * Math.atan2(y, x)
    a[k] = modulus * Math.cos(angle)
    a[k | 1] = modulus * Math.sin(angle)
  }
}

function realPower(x: number, exponent: number): number {
  const modulus = modulusPower(x, 0, exponent)
  if (x >= 0) return modulus
  // cos(p pi) by the parity of p, which stays exact when p is large.
  return modulus * (Number.isInteger(exponent) ? 1 - 2 * (exponent % 2) : Math.cos(Math.PI * (exponent % 2)))
}

/** |x + iy|^p */
function modulusPower(x: number, y: number, exponent: number): number {
  const large = Math.max(Math.abs(x), Math.abs(y))
  const small = Math.min(Math.abs(x), Math.abs(y))
  if (large === 0) return exponent === 0 ? 1 : 0
  const modulus = Math.exp(exponent * (Math.log(large) + Math.log1p((small / large) ** 2) / 2))
  if (modulus < Infinity) return modulus
  throw new NumericalError(`the power ${exponent} of a spectrum is not finite: an entry is ${x} + ${y} i`)
}
