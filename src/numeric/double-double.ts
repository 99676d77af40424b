/**
 * The rounding errors of a sum and of a product, as doubles: with them a number is carried as `high + low`, twice as long.
 *
 *   a + b = s + sumError(a, b, s)          where s = fl(a + b)
 *   a b   = p + productError(a, b, p)      where p = fl(a b)
 *
 * Knuth's two-sum (The Art of Computer Programming, vol. 2, 4.2.2, theorem B) and Dekker's product over Veltkamp's split
 * (Numerische Mathematik 18, 1971). Plain round-to-nearest arithmetic: JavaScript has no fused multiply-add. The rounded result
 * is an argument, so nothing is allocated.
 *
 * *Promise*: both identities are exact within the limits.
 *
 * *Limits*: no overflow in the sum; |a|, |b|, |a b| < 2^996 and |a b| > 2^-968 (or a b = 0) in the product, below which the
 * error may itself underflow and is then off by a few 2^-1074.
 *
 *     sumError(1, 2 ** -60, 1)  // => 8.673617379884035e-19
 *
 * @module
 */

/** a + b - s, for s the rounded sum of a and b. */
export function sumError(a: number, b: number, s: number): number {
  const t = s - a
  return a - (s - t) + (b - t)
}

const splitter = 2 ** 27 + 1

/** a b - p, for p the rounded product of a and b. */
export function productError(a: number, b: number, p: number): number {
  const s = splitter * a
  const aHigh = s - (s - a)
  const aLow = a - aHigh
  const t = splitter * b
  const bHigh = t - (t - b)
  const bLow = b - bHigh
  return aLow * bLow - (p - aHigh * bHigh - aLow * bHigh - aHigh * bLow)
}
