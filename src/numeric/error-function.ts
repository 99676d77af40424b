/**
 * The error function, its complement, and the complement scaled so that it neither underflows nor loses digits.
 *
 *   erf(x)   = 2 / sqrt(pi) Int_0^x e^(-t^2) dt
 *   erfc(x)  = 1 - erf(x)
 *   erfcx(x) = e^(x^2) erfc(x)
 *
 * The square in e^(-x^2) is carried with its rounding error: without that a tail loses x^2 ulp.
 *
 * *Promise*: for Math.exp within 1 ulp (true of fdlibm, which V8 uses; the language promises nothing) every result is within 4 ulp
 * of the true value, for every double, subnormal results included. NaN is refused.
 *
 * *Limits*: worst met on 100 000 points each, against 60 digits: erf 1.93 ulp, erfc 3.31, erfcx 3.22. Some 40, 40 and 20 ns.
 *
 *     erfc(20)  // => 5.395865611607901e-176
 *
 * @module
 */

import { InvalidParameterError } from '../errors.ts'
import { productError } from './double-double.ts'
import { centralSeries, decay, poleOfMapOverRoot2, poleOfTailOverRoot2, tailQuotient } from './gaussian-kernel.ts'

const twoOverRootPi = 1.1283791670955126
/** The relative error of Math.SQRT2. */
const excessOfRoot2 = 6.8358e-17

/** erf(x), odd and in [-1, 1]. */
export function erf(x: number): number {
  if (Math.abs(x) < 0.5) {
    const u = x * x
    // x + x (2 / sqrt(pi) - 1 - ...): the large part is exact.
    return x + x * (0.1283791670955126 - twoOverRootPi * u * centralSeries(u))
  }
  return x > 0 ? 1 - erfc(x) : erfc(-x) - 1
}

/** 1 - erf(x), in [0, 2]; accurate to the last subnormal at x = 27.2. */
export function erfc(x: number): number {
  if (x >= 0.5) {
    const square = x * x
    return decay(tail(x), square, productError(x, x, square) + excessOfRoot2)
  }
  if (x > -0.5) return 1 - erf(x)
  if (x <= -0.5) return 2 - erfc(-x)
  throw new InvalidParameterError('x', 'a number', x)
}

/** e^(x^2) erfc(x): about 1 / (x sqrt(pi)) far to the right, 2 e^(x^2) to the left; Infinity from x = -26.63 down. */
export function erfcx(x: number): number {
  if (x >= 0) return tail(x)
  if (x < -26.64) return Infinity
  const square = x * x
  // Halved, so that nothing overflows before it is put right.
  const e = 0.5 * Math.exp(square) * erfc(x)
  return 2 * (e + e * productError(x, x, square))
}

/** erfcx(x) for x >= 0. */
function tail(x: number): number {
  return Math.SQRT2 * tailQuotient(x, poleOfMapOverRoot2, poleOfTailOverRoot2)
}
