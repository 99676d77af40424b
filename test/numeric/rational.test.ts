import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InvalidParameterError } from '../../src/errors.ts'
import type { Rational } from '../../src/numeric/rational.ts'
import * as rational from '../../src/numeric/rational.ts'

const { of, fromNumber, toNumber, compare } = rational

const bits = new DataView(new ArrayBuffer(8))
/** The next double above, by counting bit patterns: an oracle that shares nothing with the code. */
const nextUp = (x: number): number => {
  if (x === 0) return Number.MIN_VALUE
  bits.setFloat64(0, x)
  bits.setBigInt64(0, bits.getBigInt64(0) + (x > 0 ? 1n : -1n))
  return bits.getFloat64(0)
}
const nextDown = (x: number): number => -nextUp(-x)

const finite = fc.double({ noNaN: true, noDefaultInfinity: true })
const wide = fc.bigInt({ min: -(1n << 1200n), max: 1n << 1200n })
const ratio: fc.Arbitrary<Rational> = fc
  .tuple(fc.oneof(fc.bigInt(-1000n, 1000n), wide), fc.oneof(fc.bigInt(1n, 1000n), fc.bigInt(1n, 1n << 1200n)))
  .map(([n, d]) => of(n, d))
/** Near a double or half way between two of them, where rounding is hard. */
const nearDouble: fc.Arbitrary<Rational> = fc
  .tuple(finite, fc.constantFrom(-1n, 0n, 1n), fc.integer({ min: 1, max: 3000 }), fc.boolean())
  .map(([x, side, far, half]) => {
    const from = fromNumber(x)
    const to = nextUp(x)
    const base = half && Number.isFinite(to) ? rational.divide(rational.add(from, fromNumber(to)), of(2n)) : from
    return rational.add(base, of(side, 1n << BigInt(far)))
  })

describe('rational arithmetic', () => {
  it('keeps lowest terms and a positive denominator', () => {
    expect(of(6n, -4n)).toEqual({ numerator: -3n, denominator: 2n })
    expect(of(0n, -7n)).toEqual({ numerator: 0n, denominator: 1n })
    expect(of(5n)).toEqual({ numerator: 5n, denominator: 1n })
    expect(() => of(1n, 0n)).toThrow(InvalidParameterError)
    expect(() => rational.divide(of(1n), of(0n))).toThrow(InvalidParameterError)
  })
  it('is a field', () => {
    fc.assert(
      fc.property(ratio, ratio, ratio, (a, b, c) => {
        expect(rational.add(a, b)).toEqual(rational.add(b, a))
        expect(rational.multiply(a, rational.add(b, c))).toEqual(rational.add(rational.multiply(a, b), rational.multiply(a, c)))
        expect(rational.subtract(rational.add(a, b), b)).toEqual(a)
        if (b.numerator !== 0n) expect(rational.multiply(rational.divide(a, b), b)).toEqual(a)
        expect(rational.equal(a, b)).toBe(compare(a, b) === 0)
        expect(compare(a, b)).toBe(Math.sign(Number(rational.subtract(a, b).numerator)) || 0)
      }),
    )
  })
  it('floors and ceils', () => {
    expect([of(-7n, 2n), of(7n, 2n), of(-4n), of(4n)].map(rational.floor)).toEqual([-4n, 3n, -4n, 4n])
    expect([of(-7n, 2n), of(7n, 2n), of(-4n), of(4n)].map(rational.ceil)).toEqual([-3n, 4n, -4n, 4n])
  })
  it('measures lengths', () => {
    expect([0n, 1n, 15n, 16n, -255n, 256n].map(rational.bitLength)).toEqual([0, 1, 4, 5, 8, 9])
    fc.assert(
      fc.property(ratio, (r) => {
        fc.pre(r.numerator > 0n)
        const e = rational.floorLog2(r)
        expect(compare(rational.scaleByPowerOfTwo(of(1n), e), r)).toBeLessThan(1)
        expect(compare(rational.scaleByPowerOfTwo(of(1n), e + 1), r)).toBe(1)
      }),
    )
    expect(() => rational.floorLog2(of(0n))).toThrow(InvalidParameterError)
  })
  it('has exact powers of two', () => {
    for (let e = -1074; e <= 1023; e++) {
      const expected = e >= 0 ? of(1n << BigInt(e)) : of(1n, 1n << BigInt(-e))
      expect(fromNumber(rational.powerOfTwo(e))).toEqual(expected)
    }
  })
})

describe('doubles', () => {
  it('are read exactly', () => {
    expect(fromNumber(0.1)).toEqual({ numerator: 3602879701896397n, denominator: 1n << 55n })
    expect(fromNumber(-0)).toEqual({ numerator: 0n, denominator: 1n })
    expect(fromNumber(Number.MIN_VALUE)).toEqual({ numerator: 1n, denominator: 1n << 1074n })
    expect(fromNumber(Number.MAX_VALUE)).toEqual({ numerator: ((1n << 53n) - 1n) << 971n, denominator: 1n })
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(() => fromNumber(bad)).toThrow(InvalidParameterError)
    }
  })
  it('come back as they went, in every direction', () => {
    fc.assert(
      fc.property(finite, (x) => {
        const r = fromNumber(x)
        expect(r).toEqual(of(r.numerator, r.denominator))
        for (const direction of ['nearest', 'up', 'down'] as const) expect(toNumber(r, direction)).toBe(x === 0 ? 0 : x)
      }),
      { numRuns: 1000 },
    )
  })
  it('are rounded up, down and to the nearest', () => {
    fc.assert(
      fc.property(fc.oneof(ratio, nearDouble), (r) => {
        const up = toNumber(r, 'up')
        const down = toNumber(r, 'down')
        expect([up, down].every((x) => !Object.is(x, -0))).toBe(true)
        if (up !== Number.POSITIVE_INFINITY) expect(compare(fromNumber(up), r)).toBeGreaterThan(-1)
        if (down !== Number.NEGATIVE_INFINITY) expect(compare(fromNumber(down), r)).toBeLessThan(1)
        // Neighbours, or one and the same double: nothing lies between them.
        if (up !== down) expect(nextUp(down)).toBe(Math.abs(up) === 0 ? -0 : up)
        const nearest = toNumber(r)
        expect([up, down]).toContain(nearest)
        if (up !== down && Number.isFinite(up) && Number.isFinite(down)) {
          const toUp = rational.subtract(fromNumber(up), r)
          const toDown = rational.subtract(r, fromNumber(down))
          const side = compare(toUp, toDown)
          bits.setFloat64(0, up)
          const evenIsUp = (bits.getBigInt64(0) & 1n) === 0n
          expect(nearest).toBe(side < 0 || (side === 0 && evenIsUp) ? up : down)
        }
      }),
      { numRuns: 2000 },
    )
  })
  it('overflow and underflow as IEEE 754 has it', () => {
    const largest = fromNumber(Number.MAX_VALUE)
    const halfUlp = of(1n << 970n)
    const tie = rational.add(largest, halfUlp)
    const below = rational.subtract(tie, of(1n, 7n))
    expect(toNumber(tie)).toBe(Number.POSITIVE_INFINITY)
    expect(toNumber(below)).toBe(Number.MAX_VALUE)
    expect(toNumber(tie, 'down')).toBe(Number.MAX_VALUE)
    expect(toNumber(below, 'up')).toBe(Number.POSITIVE_INFINITY)
    expect(toNumber(rational.negate(below), 'up')).toBe(-Number.MAX_VALUE)
    expect(toNumber(rational.negate(below), 'down')).toBe(Number.NEGATIVE_INFINITY)
    expect(toNumber(of(1n << 5000n), 'down')).toBe(Number.MAX_VALUE)
    expect(toNumber(of(1n << 5000n))).toBe(Number.POSITIVE_INFINITY)
    const tiny = of(1n, 1n << 1075n)
    expect(toNumber(tiny)).toBe(0)
    expect(toNumber(tiny, 'up')).toBe(Number.MIN_VALUE)
    expect(toNumber(tiny, 'down')).toBe(0)
    expect(toNumber(rational.negate(tiny), 'up')).toBe(0)
    expect(toNumber(rational.negate(tiny), 'down')).toBe(-Number.MIN_VALUE)
    expect(toNumber(rational.add(tiny, of(1n, 1n << 3000n)))).toBe(Number.MIN_VALUE)
    expect(toNumber(of(1n, 3n), 'up')).toBe(0.33333333333333337)
    expect(nextDown(0.33333333333333337)).toBe(toNumber(of(1n, 3n), 'down'))
  })
})
