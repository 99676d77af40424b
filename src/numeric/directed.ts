/**
 * Arithmetic that rounds the way a bound needs: `...Up` never below the exact result, `...Down` never above it.
 *
 *   addDown(a, b) <= a + b <= addUp(a, b)          and likewise for -, *, /, sqrt
 *
 * The nearest double is computed first; the sign of its exact error says whether to take one step outward. The error of a sum is
 * a double (Dekker's fast two-sum, free of overflow: Boldo, Graillat and Muller, ACM TOMS 44 (2017)), those of a quotient and a
 * root follow from the error of a product; where a product's error leaves the range of doubles, big integers decide.
 * Successor and predecessor: Rump, Zimmermann, Boldo and Melquiond, BIT 49 (2009), algorithm 2.
 *
 * *Promise*: the tightest double on its side, as IEEE 754 rounding towards +infinity or -infinity would give, for all operands:
 * exact results stay as they are, signed zeros included; subnormals too; `addUp` overflows to Infinity where `addDown` stops at
 * MAX_VALUE. A bound is never NaN: an operation without a value (a NaN operand, Infinity - Infinity, 0 * Infinity, 0 / 0,
 * Infinity / Infinity, the root of a negative number) is a NumericalError.
 *
 * *Limits*: a few nanoseconds each (measured: addUp 2, mulUp 4, divUp 5, sqrtUp 4); a product or quotient near the ends of the range (below 2^-960 or
 * above 2^990) takes microseconds. Rounding is of one operation: a chain needs each link directed.
 *
 *     addUp(0.1, 0.2)   // => 0.30000000000000004
 *     addDown(0.1, 0.2) // => 0.3
 *     mulUp(3, 0.5)     // => 1.5
 *
 * @module
 */

import { NumericalError } from '../errors.ts'
import { productError } from './double-double.ts'

const smallest = Number.MIN_VALUE
const largest = Number.MAX_VALUE
/** u (1 + 2u) with u = 2^-53: times |x|, a little over half the distance to the next double. */
const overHalf = 2 ** -53 * (1 + 2 ** -52)

/** The least double above x. */
export function nextUp(x: number): number {
  if (!(x > -Infinity)) return x === -Infinity ? -largest : noValue('nextUp', x)
  const size = Math.abs(x)
  if (size >= 2 ** -969) return x + overHalf * size
  // Written so that the successor of the largest negative double is -0, as in IEEE 754.
  if (size < 2 ** -1021) return -(-x - smallest)
  // In between, overHalf * size would be rounded itself: do the same 53 binades higher.
  const scaled = x * 2 ** 53
  return (scaled + overHalf * Math.abs(scaled)) * 2 ** -53
}

/** The greatest double below x. */
export function nextDown(x: number): number {
  return -nextUp(-x)
}

/** The distance from |x| to the next double away from zero, as though doubles went on past the largest; Infinity of an infinity. */
export function ulp(x: number): number {
  const size = Math.abs(x)
  if (size === Infinity) return Infinity
  return size === largest ? size - nextDown(size) : nextUp(size) - size
}

/** The least double >= a + b. */
export function addUp(a: number, b: number): number {
  const nearest = a + b
  if (!Number.isFinite(nearest)) return overflowUp('addUp', nearest, a, b)
  const error = Math.abs(a) < Math.abs(b) ? a - (nearest - b) : b - (nearest - a)
  return error > 0 ? nextUp(nearest) : nearest
}

/** The greatest double <= a + b. */
export function addDown(a: number, b: number): number {
  return -addUp(-a, -b)
}

/** The least double >= a - b. */
export function subUp(a: number, b: number): number {
  return addUp(a, -b)
}

/** The greatest double <= a - b. */
export function subDown(a: number, b: number): number {
  return -addUp(-a, b)
}

/** The least double >= a b. */
export function mulUp(a: number, b: number): number {
  const nearest = a * b
  if (!Number.isFinite(nearest)) return overflowUp('mulUp', nearest, a, b)
  return excess(nearest, a, b) < 0 ? nextUp(nearest) : nearest
}

/** The greatest double <= a b. */
export function mulDown(a: number, b: number): number {
  return -mulUp(-a, b)
}

/** The least double >= a / b. The sign of a zero divisor decides between the infinities, as in IEEE 754. */
export function divUp(a: number, b: number): number {
  const nearest = a / b
  if (!Number.isFinite(nearest)) return overflowUp('divUp', nearest, a, b)
  if (!Number.isFinite(b)) return nearest
  const short = excess(a, nearest, b)
  return (b < 0 ? -short : short) > 0 ? nextUp(nearest) : nearest
}

/** The greatest double <= a / b. */
export function divDown(a: number, b: number): number {
  return -divUp(-a, b)
}

/** The least double >= sqrt(x). */
export function sqrtUp(x: number): number {
  const nearest = Math.sqrt(x)
  if (!Number.isFinite(nearest)) return nearest === Infinity ? nearest : noValue('sqrtUp', x)
  return excess(x, nearest, nearest) > 0 ? nextUp(nearest) : nearest
}

/** The greatest double <= sqrt(x). */
export function sqrtDown(x: number): number {
  const nearest = Math.sqrt(x)
  if (!Number.isFinite(nearest)) return nearest === Infinity ? nearest : noValue('sqrtDown', x)
  return excess(x, nearest, nearest) < 0 ? nextDown(nearest) : nearest
}

/** A number with the sign of the exact c - a b, for finite operands of which c is a b but for rounding. */
function excess(c: number, a: number, b: number): number {
  const size = Math.abs(c)
  if (size > 2 ** -960 && size < 2 ** 990 && Math.abs(a) < 2 ** 990 && Math.abs(b) < 2 ** 990) {
    const product = a * b
    // c - product is exact, or so much larger than the product's error that its rounding can't change the sign.
    return c - product - productError(a, b, product)
  }
  if (c === 0 && (a === 0 || b === 0)) return 0
  const difference = inSmallest(c) * inSmallest(1) - inSmallest(a) * inSmallest(b)
  return difference > 0n ? 1 : difference < 0n ? -1 : 0
}

/** A finite double as a whole number of the smallest ones: x 2^1074. */
function inSmallest(x: number): bigint {
  const unit = ulp(x)
  return BigInt(x / unit) << BigInt(Math.round(Math.log2(unit)) + 1074)
}

/** The upward rounding of a result that is not finite: exact after an infinity or a zero divisor, else an overflow. */
function overflowUp(name: string, nearest: number, a: number, b: number): number {
  if (Number.isNaN(nearest)) return noValue(name, a, b)
  const exact = !Number.isFinite(a) || !Number.isFinite(b) || b === 0
  return nearest < 0 && !exact ? -largest : nearest
}

function noValue(name: string, ...operands: readonly number[]): never {
  throw new NumericalError(`${name}(${operands.join(', ')}) has no value`)
}
