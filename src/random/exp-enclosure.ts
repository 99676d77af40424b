/**
 * An enclosure of exp(-numerator / denominator) between two integers over 2^precision: the judge of every close decision.
 *
 *   exp(-x) = exp(-x / 2^h)^(2^h),  x / 2^h < 1/16,  by Taylor's series and h squarings in fixed point
 *
 * With G working bits and r = floor(x 2^G / 2^h), writing E(r) = 2^G exp(-r / 2^G): the argument lost less than one unit, so
 * the root is in (E(r) - 1, E(r)]. Each term of the series is the one before times r / (2^G k), rounded down, and as
 * r / 2^G < 1/16 it is less than 1.1 too small, the terms after the last one together too. K terms sum to E(r) give or take
 * 2 K + 2. The squarings round down below and up above.
 *
 * *Promise*: lower <= exp(-numerator / denominator) 2^precision <= upper, for every numerator >= 0 and denominator > 0.
 * *Limits*: upper - lower <= 2. A few microseconds at 128 bits.
 *
 * @module
 */

import { bitLength } from '../numeric/rational.ts'

/** Integers around a number times 2^precision. */
export type Enclosure = readonly [lower: bigint, upper: bigint]

/** exp(-numerator / denominator) 2^precision, enclosed; numerator >= 0, denominator > 0, precision a non-negative integer. */
export function encloseExpNeg(numerator: bigint, denominator: bigint, precision: number): Enclosure {
  if (numerator === 0n) return [1n << BigInt(precision), 1n << BigInt(precision)]
  // exp(-x) < 2^-x. This also keeps the work bounded, however large the exponent.
  if (numerator >= denominator * BigInt(precision)) return [0n, 1n]
  const squarings = bitLength(numerator / denominator) + 4
  const guard = BigInt(squarings + 24)
  const working = BigInt(precision) + guard
  const one = 1n << working
  const r = (numerator << working) / (denominator << BigInt(squarings))

  let sum = one
  let term = one
  let terms = 0n
  while (term > 0n) {
    terms += 1n
    term = ((term * r) >> working) / terms
    sum += (terms & 1n) === 1n ? -term : term
  }
  const slack = 2n * terms + 3n
  let lower = sum - slack
  let upper = sum + slack
  for (let i = 0; i < squarings; i++) {
    lower = (lower * lower) >> working
    upper = ((upper * upper) >> working) + 1n
  }
  return [lower >> guard, (upper >> guard) + 1n]
}
