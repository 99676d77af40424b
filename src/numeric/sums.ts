/**
 * Sums and dot products as though worked in twice the precision and rounded once.
 *
 *   s <- fl(s + x)        e <- fl(e + (s_old + x - s))        total = fl(s + e)
 *
 * The rounding error of every addition is itself a double; these are added up beside the sum (Neumaier, ZAMM 54 (1974), in the
 * branch-free form of Ogita, Rump and Oishi, "Accurate sum and dot product", SIAM J. Sci. Comput. 26 (2005): Sum2, Dot2).
 *
 * *Promise*: with u = 2^-53 and g(n) = n u / (1 - n u), for n terms of sum S and sum of magnitudes A
 *
 *   |sum - S| <= u |S| + g(n - 1)^2 A                                (proposition 4.5)
 *   |dot - S| <= u |S| + g(n)^2 A + 5 n 2^-1074                      (proposition 5.5, with its term for underflow)
 *
 * so the result is as good as the exact sum rounded once or twice while A / |S| < 1 / (n^2 u), some 9e15 / n^2. The order of the
 * terms is the order given: the same input, the same bits. A total that is not finite (a NaN or infinite term, an overflow on
 * the way) is a NumericalError, never a quiet wrong number.
 *
 * *Limits*: |terms| and partial sums below 2^1023, factors below 2^995, n < 2^52. Rounded to nearest: a bound has to step
 * outward itself. Measured per term, data in cache: sum 1.5 ns and dot 3.2 ns where bare loops take 0.8 and 1.3, the accumulator
 * 4 to 5.
 *
 *     sum([1, 1e100, 1, -1e100])               // => 2
 *     dot([1e8 + 1, -1], [1e8 - 1, 1e16]) // => -1
 *
 * @module
 */

import { InvalidParameterError, NumericalError } from '../errors.ts'
import { productError, sumError } from './double-double.ts'

/** The sum of the terms. The sum of none is 0. */
export function sum(terms: ArrayLike<number>): number {
  let high = 0
  let low = 0
  for (let i = 0; i < terms.length; i++) {
    const term = terms[i] as number
    const next = high + term
    low += sumError(high, term, next)
    high = next
  }
  return finite(high + low)
}

/** The sum of a[i] b[i], for arrays of one length. */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new InvalidParameterError('b', `as long as a (${a.length})`, b.length)
  let high = 0
  let low = 0
  for (let i = 0; i < a.length; i++) {
    const x = a[i] as number
    const y = b[i] as number
    const product = x * y
    const next = high + product
    low += productError(x, y, product) + sumError(high, product, next)
    high = next
  }
  return finite(high + low)
}

/** A sum under way: terms and products go in one by one, the total may be asked for at any time. */
export type Accumulator = {
  /** Adds a term. */
  readonly add: (term: number) => void
  /** Adds the product x y without rounding it first. */
  readonly addProduct: (x: number, y: number) => void
  /** The sum so far. */
  readonly total: () => number
  /** Back to 0. */
  readonly clear: () => void
}

/** A new sum at 0. Nothing is allocated per term: the two halves live in a typed array, since a captured `let` would be boxed. */
export function accumulator(): Accumulator {
  const halves = new Float64Array(2)
  const carry = (term: number, error: number): void => {
    const high = halves[0] as number
    const next = high + term
    halves[1] = (halves[1] as number) + (sumError(high, term, next) + error)
    halves[0] = next
  }
  return {
    add: (term) => carry(term, 0),
    addProduct: (x, y) => carry(x * y, productError(x, y, x * y)),
    total: () => finite((halves[0] as number) + (halves[1] as number)),
    clear: () => {
      halves.fill(0)
    },
  }
}

function finite(total: number): number {
  if (Number.isFinite(total)) return total
  throw new NumericalError('a sum has no finite value: a term is NaN or infinite, or a partial sum overflowed')
}
