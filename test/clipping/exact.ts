/**
 * Exact power sums of stored vectors, apart from the code under test: whole numbers of the smallest double, from its bits.
 */
import fc from 'fast-check'
import type { Vector } from '../../src/clipping/vector.ts'
import { wholeUnits } from '../numeric/exact.ts'

const size = (x: number): bigint => (x < 0 ? -wholeUnits(x) : wholeUnits(x))

/** |x_1|^order + ..., in units of 2^(-1074 order). */
export const powerSum = (vector: Vector, order: 1 | 2): bigint =>
  [...vector].reduce((total, x) => total + size(x) ** BigInt(order), 0n)

/** Whether the stored vector is within the bound in exact arithmetic. */
export const within = (vector: Vector, order: 1 | 2, bound: number): boolean =>
  bound === Infinity || powerSum(vector, order) <= wholeUnits(bound) ** BigInt(order)

/** A double from all of the range: signs, zeros, subnormals, huge ones, and the everyday. */
export const anyDouble: fc.Arbitrary<number> = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.double({ min: -10, max: 10, noNaN: true }),
  fc.integer({ min: -5, max: 5 }),
  fc.integer({ min: 0, max: 40 }).map((k) => k * Number.MIN_VALUE),
  fc.constantFrom(0, -0, 1e308, -1.7e308, Number.MAX_VALUE, 5e-324, 2 ** -1022, 2 ** -485, 2 ** 495, 1e-160, 1e154),
)

/** Vectors of one size of entries, so that many of them count. */
const alike = fc
  .tuple(
    fc.integer({ min: -1070, max: 1020 }),
    fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 1, maxLength: 40 }),
  )
  .map(([exponent, values]) => values.map((x) => x * 2 ** Math.trunc(exponent / 2) * 2 ** (exponent - Math.trunc(exponent / 2))))

export const anyVector: fc.Arbitrary<number[]> = fc.oneof(fc.array(anyDouble, { maxLength: 12 }), alike)

export const anyBound: fc.Arbitrary<number> = fc.oneof(
  fc.double({ min: Number.MIN_VALUE, max: Number.MAX_VALUE, noNaN: true }),
  fc.integer({ min: -1074, max: 1023 }).map((k) => 2 ** k),
  fc.double({ min: 0.01, max: 10, noNaN: true }),
  fc.constantFrom(Number.MIN_VALUE, 3 * Number.MIN_VALUE, 2 ** -980, 2 ** -981, 2 ** -90, 2 ** -91, 1, 5, Number.MAX_VALUE),
)
