/**
 * Exact rationals on bigint, and the way back to a double with the rounding direction said.
 *
 *   value = numerator / denominator,  denominator > 0,  gcd(numerator, denominator) = 1
 *
 * Privacy parameters are compared, divided and rounded here because a double quotient such as `sensitivity / epsilon` may
 * round the wrong way. Written by hand: the bigint fractions on npm (fraction.js) have no directed rounding to a double, and
 * that is the half which matters here.
 *
 * *Promise*: every operation is exact; equal values have equal fields; `toNumber` is correctly rounded in the direction asked
 * for, subnormal results and overflow included, and never gives -0.
 * *Limits*: time and memory grow with the digits, as with any bigint.
 *
 *     toNumber(divide(of(1n), of(3n)), 'up') // => 0.33333333333333337
 *
 * @module
 */

import { InvalidParameterError } from '../errors.ts'

/** A fraction in lowest terms with a positive denominator. */
export type Rational = { readonly numerator: bigint; readonly denominator: bigint }

/** To the nearest double (ties to even), towards plus infinity, or towards minus infinity. */
export type Rounding = 'nearest' | 'up' | 'down'

const float = new DataView(new ArrayBuffer(8))

/** 2^exponent as a double, exactly; exponent an integer in [-1074, 1023]. (The language lets `2 ** e` be approximate.) */
export function powerOfTwo(exponent: number): number {
  const normal = exponent >= -1022
  float.setBigUint64(0, normal ? BigInt(exponent + 1023) << 52n : 1n << BigInt(exponent + 1074))
  return float.getFloat64(0)
}

/** The number of binary digits of |value|; 0 for 0. */
export function bitLength(value: bigint): number {
  const hex = (value < 0n ? -value : value).toString(16)
  const leading = Number.parseInt(hex[0] as string, 16)
  return 4 * (hex.length - 1) + 32 - Math.clz32(leading)
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [x, y] = [a < 0n ? -a : a, b]
  while (y !== 0n) [x, y] = [y, x % y]
  return x
}

/** numerator / denominator in lowest terms. */
export function of(numerator: bigint, denominator = 1n): Rational {
  if (denominator === 0n) throw new InvalidParameterError('denominator', 'other than 0', denominator)
  const divisor = greatestCommonDivisor(numerator, denominator < 0n ? -denominator : denominator)
  const signed = denominator < 0n ? -divisor : divisor
  return { numerator: numerator / signed, denominator: denominator / signed }
}

/** The exact value of a finite double: every one is an integer times a power of two. */
export function fromNumber(value: number): Rational {
  if (!Number.isFinite(value)) throw new InvalidParameterError('value', 'a finite number', value)
  if (Number.isInteger(value)) return { numerator: BigInt(value), denominator: 1n }
  float.setFloat64(0, value)
  const bits = float.getBigUint64(0)
  const biased = Number((bits >> 52n) & 0x7ffn)
  const fraction = bits & 0xfffffffffffffn
  const mantissa = biased === 0 ? fraction : fraction | 0x10000000000000n
  // The lowest set bit, so that an odd numerator stands over a power of two: lowest terms without a division.
  const twos = BigInt(bitLength(mantissa & -mantissa) - 1)
  const exponent = BigInt(1075 - Math.max(biased, 1)) - twos
  return { numerator: value < 0 ? -(mantissa >> twos) : mantissa >> twos, denominator: 1n << exponent }
}

export function add(a: Rational, b: Rational): Rational {
  return of(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator)
}

export function subtract(a: Rational, b: Rational): Rational {
  return add(a, negate(b))
}

export function multiply(a: Rational, b: Rational): Rational {
  return of(a.numerator * b.numerator, a.denominator * b.denominator)
}

/** a / b; b must not be 0. */
export function divide(a: Rational, b: Rational): Rational {
  return of(a.numerator * b.denominator, a.denominator * b.numerator)
}

export function negate(a: Rational): Rational {
  return { numerator: -a.numerator, denominator: a.denominator }
}

/** value * 2^exponent, for any integer exponent. */
export function scaleByPowerOfTwo(value: Rational, exponent: number): Rational {
  return exponent >= 0
    ? of(value.numerator << BigInt(exponent), value.denominator)
    : of(value.numerator, value.denominator << BigInt(-exponent))
}

/** Less than 0, 0 or greater than 0, as `Array.prototype.sort` wants it. */
export function compare(a: Rational, b: Rational): -1 | 0 | 1 {
  const difference = a.numerator * b.denominator - b.numerator * a.denominator
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

export function equal(a: Rational, b: Rational): boolean {
  return a.numerator === b.numerator && a.denominator === b.denominator
}

/** The largest integer <= value. */
export function floor({ numerator, denominator }: Rational): bigint {
  const quotient = numerator / denominator
  return numerator < 0n && quotient * denominator !== numerator ? quotient - 1n : quotient
}

/** The smallest integer >= value. */
export function ceil(value: Rational): bigint {
  return -floor(negate(value))
}

/** The largest integer e with 2^e <= value; value must be positive. */
export function floorLog2({ numerator, denominator }: Rational): number {
  if (numerator <= 0n) throw new InvalidParameterError('value', 'positive', numerator)
  const guess = bitLength(numerator) - bitLength(denominator)
  const reached = guess >= 0 ? numerator >= denominator << BigInt(guess) : numerator << BigInt(-guess) >= denominator
  return reached ? guess : guess - 1
}

/** The double that `rounding` picks for an exact value. */
export function toNumber(value: Rational, rounding: Rounding = 'nearest'): number {
  if (value.numerator === 0n) return 0
  const negative = value.numerator < 0n
  const magnitude = negative ? negate(value) : value
  const direction = rounding === 'nearest' ? 'nearest' : (rounding === 'up') === negative ? 'towards zero' : 'away from zero'
  const rounded = roundMagnitude(magnitude, direction)
  return negative && rounded !== 0 ? -rounded : rounded
}

/** A positive value = (quotient + remainder) * 2^exponent with a 53-bit quotient, or fewer bits where the result is subnormal. */
function roundMagnitude(value: Rational, direction: 'nearest' | 'towards zero' | 'away from zero'): number {
  const exponent = Math.max(floorLog2(value) - 52, -1074)
  if (exponent > 971) return direction === 'towards zero' ? Number.MAX_VALUE : Number.POSITIVE_INFINITY
  const { numerator, denominator } = scaleWithoutReducing(value, -exponent)
  let quotient = numerator / denominator
  const remainder = numerator - quotient * denominator
  if (direction === 'away from zero') {
    if (remainder > 0n) quotient += 1n
  } else if (direction === 'nearest') {
    const twice = 2n * remainder
    if (twice > denominator || (twice === denominator && (quotient & 1n) === 1n)) quotient += 1n
  }
  // At most 2^53 times a power of two: exact, or Infinity where rounding up has passed the largest double.
  return Number(quotient) * powerOfTwo(exponent)
}

const scaleWithoutReducing = ({ numerator, denominator }: Rational, exponent: number): Rational =>
  exponent >= 0
    ? { numerator: numerator << BigInt(exponent), denominator }
    : { numerator, denominator: denominator << BigInt(-exponent) }
