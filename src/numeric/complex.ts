/**
 * Complex numbers as plain objects, and the four functions that a cumulant needs: exp, expm1, log, log1p.
 *
 *   log1p(z) = log(2 x + x^2 + y^2 + 1) / 2 + i atan2(y, 1 + x)
 *   expm1(z) = expm1(x) cos y - 2 sin^2(y / 2) + i e^x sin y,            z = x + i y
 *
 * log |z| vanishes on the unit circle and log |1 + z| on the one around -1; beside it the squares are summed with their rounding
 * errors, and as often as it takes, so both keep their relative accuracy right up to the circle.
 *
 * *Promise*: for Math.exp, expm1, log, log1p, sin, cos within 1 ulp and atan2 within 2 (true of fdlibm, which V8 uses; the
 * language promises nothing) both parts of exp, log and log1p, and the imaginary part of expm1, are each within 4 ulp. The real part
 * of expm1 vanishes on the curve e^x cos y = 1 and has no such bound beside it: it is within 4 ulp of the larger of |re|, |im|, as
 * are products and quotients. Finite arguments are a precondition (and w != 0 in a quotient), not checked: these run in inner loops.
 *
 * *Limits*: worst met on 30 000 to 67 000 points each, against 90 digits and more, as re, im: log 2.10, 1.32 ulp; log1p 2.49, 1.73; exp
 * 1.94, 1.87; expm1 2.65 of the larger part, 1.90; products 1.45 and quotients 2.52 of the larger part. Some 120 ns each, 30 for log, 10
 * for products and quotients, the new object in.
 *
 *     complexLog1p({ re: -5e-21, im: 1e-10 })  // => { re: 6.385681158839296e-37, im: 1e-10 }
 *
 * @module
 */

import { productError, sumError } from './double-double.ts'

/** x + i y. Never changed in place; a fresh one costs less than any function here. */
export type Complex = { readonly re: number; readonly im: number }

/** z w. */
export function complexMultiply(z: Complex, w: Complex): Complex {
  return { re: z.re * w.re - z.im * w.im, im: z.re * w.im + z.im * w.re }
}

/** z / w, by Smith's method: no overflow on the way unless the quotient is near it. */
export function complexDivide(z: Complex, w: Complex): Complex {
  if (Math.abs(w.re) >= Math.abs(w.im)) {
    const ratio = w.im / w.re
    const d = w.re + w.im * ratio
    return { re: (z.re + z.im * ratio) / d, im: (z.im - z.re * ratio) / d }
  }
  const ratio = w.re / w.im
  const d = w.re * ratio + w.im
  return { re: (z.re * ratio + z.im) / d, im: (z.im * ratio - z.re) / d }
}

/** e^z. */
export function complexExp(z: Complex): Complex {
  const e = Math.exp(z.re)
  if (e < Infinity) return { re: e * Math.cos(z.im), im: e * Math.sin(z.im) }
  // e^x overflows a little before e^x cos y does; and a real z has a real e^z.
  const half = Math.exp(z.re / 2)
  return { re: half * Math.cos(z.im) * half, im: z.im === 0 ? z.im : half * Math.sin(z.im) * half }
}

/** e^z - 1. */
export function complexExpm1(z: Complex): Complex {
  if (z.re > 40) return complexExp(z)
  const s = Math.sin(z.im / 2)
  return { re: Math.expm1(z.re) * Math.cos(z.im) - 2 * s * s, im: Math.exp(z.re) * Math.sin(z.im) }
}

/** log z, imaginary part in [-pi, pi], cut along the negative reals. */
export function complexLog(z: Complex): Complex {
  const { re: x, im: y } = z
  const square = x * x + y * y
  const re = square > 0.5 && square < 2 ? Math.log1p(plusSquares(-1, x, y)) / 2 : logAbs(x, y, square)
  return { re, im: Math.atan2(y, x) }
}

/** log(1 + z), cut along the reals below -1. */
export function complexLog1p(z: Complex): Complex {
  const { re: x, im: y } = z
  const excess = 2 * x + x * x + y * y
  const moved = 1 + x
  const re = excess > -0.5 && excess < 1e300 ? Math.log1p(plusSquares(2 * x, x, y)) / 2 : logAbs(moved, y, moved * moved + y * y)
  return { re, im: Math.atan2(y, moved) }
}

/** log |x + i y|, away from the unit circle, for `square` = x^2 + y^2 however badly that under- or overflows. */
function logAbs(x: number, y: number, square: number): number {
  if (square > 1e-290 && square < 1e300) return Math.log(square) / 2
  const larger = Math.max(Math.abs(x), Math.abs(y))
  const ratio = Math.min(Math.abs(x), Math.abs(y)) / larger
  return larger > 0 && larger < Infinity ? Math.log(larger) + Math.log1p(ratio * ratio) / 2 : Math.log(larger)
}

/** a + x^2 + y^2, accurate relative to itself. */
function plusSquares(a: number, x: number, y: number): number {
  const p = x * x
  const q = y * y
  const first = a + p
  const sum = first + q
  const low = sumError(a, p, first) + sumError(first, q, sum) + productError(x, x, p) + productError(y, y, q)
  if (Math.abs(sum + low) > 1e-14 * (Math.abs(a) + p)) return sum + low
  return distil([productError(x, x, p), productError(y, y, q), p, q, a])
}

/** The sum of five terms that cancel almost wholly: each pass moves the sum into the last and keeps what rounding dropped. */
function distil(terms: number[]): number {
  for (let pass = 0; pass < 4; pass++) {
    for (let i = 1; i < terms.length; i++) {
      const a = terms[i - 1] as number
      const b = terms[i] as number
      const sum = a + b
      terms[i - 1] = sumError(a, b, sum)
      terms[i] = sum
    }
  }
  return terms.reduce((sum, term) => sum + term)
}
