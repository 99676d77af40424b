import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InvalidParameterError } from '../../src/errors.ts'
import { normalCdf, normalLogCdf, normalSf } from '../../src/numeric/normal.ts'
import { normalInterval, normalLogInterval } from '../../src/numeric/normal-interval.ts'
import { table, ulps, worst } from './reference.ts'

describe('against 140 digits', () => {
  it.each([
    ['normalInterval', normalInterval, 3.3],
    ['normalLogInterval', normalLogInterval, 2.6],
  ] as const)('%s', (name, f, bound) => {
    expect(worst(table('normal-interval', name), f)).toSatisfy(({ ulps }: { ulps: number }) => ulps > 0 && ulps < bound)
  })
  it('the mirrored interval has the same mass, to the bit', () => {
    for (const [a, b] of table('normal-interval', 'normalLogInterval') as readonly (readonly [number, number])[]) {
      expect(normalInterval(-b, -a)).toBe(normalInterval(a, b))
      expect(normalLogInterval(-b, -a)).toBe(normalLogInterval(a, b))
    }
  })
})

describe('the ends', () => {
  it('an unbounded interval is a tail', () => {
    for (const x of [-40, -30, -3, -0.5, -1e-10, 0, 1e-10, 0.2, 0.3, 0.7, 2, 10, 38.4]) {
      expect(ulps(normalInterval(-Infinity, x), normalCdf(x), 0)).toBeLessThanOrEqual(2)
      expect(ulps(normalInterval(x, Infinity), normalSf(x), 0)).toBeLessThanOrEqual(2)
      expect(ulps(normalLogInterval(-Infinity, x), normalLogCdf(x), 0)).toBeLessThanOrEqual(3)
      expect(ulps(normalLogInterval(x, Infinity), normalLogCdf(-x), 0)).toBeLessThanOrEqual(3)
    }
    expect(normalInterval(-Infinity, Infinity)).toBe(1)
    expect(normalLogInterval(-Infinity, Infinity)).toBeCloseTo(0, 300)
  })
  it('an empty interval has no mass', () => {
    for (const x of [-Infinity, -1e300, -1, 0, 0.1, 30, 1e300, Infinity]) {
      expect(normalInterval(x, x)).toBe(0)
      expect(normalLogInterval(x, x)).toBe(-Infinity)
    }
  })
  it('far out the mass vanishes and its logarithm does not', () => {
    expect(normalInterval(1e200, Infinity)).toBe(0)
    expect(normalInterval(1e200, 2e200)).toBe(0)
    expect(normalInterval(50, 50.001)).toBe(0)
    expect(normalLogInterval(1e200, 2e200)).toBe(-Infinity)
    expect(normalLogInterval(1e150, 1e151)).toBeCloseTo(-5e299, -290)
  })
  it('NaN and an interval turned round are refused', () => {
    for (const f of [normalInterval, normalLogInterval]) {
      for (const [a, b] of [
        [1, 0],
        [Number.NaN, 0],
        [0, Number.NaN],
        [Infinity, -Infinity],
      ] as const) {
        expect(() => f(a, b)).toThrow(InvalidParameterError)
      }
      expect(() => f(2, 1)).toThrow('"b" must be a number >= 2, got 1')
    }
  })
})

describe('relations', () => {
  const ordered = (count: number): fc.Arbitrary<number[]> =>
    fc
      .array(fc.oneof(fc.double({ min: -30, max: 30, noNaN: true }), fc.double({ min: -1, max: 1, noNaN: true })), {
        minLength: count,
        maxLength: count,
      })
      .map((xs) => xs.sort((x, y) => x - y))
  it('masses add up', () => {
    fc.assert(
      fc.property(ordered(3), ([a, b, c]) => {
        const whole = normalInterval(a as number, c as number)
        const parts = normalInterval(a as number, b as number) + normalInterval(b as number, c as number)
        expect(Math.abs(parts - whole)).toBeLessThanOrEqual(3e-15 * whole + 1e-322)
      }),
      { numRuns: 1000 },
    )
  })
  it('the logarithm is the logarithm', () => {
    fc.assert(
      fc.property(ordered(2), ([a, b]) => {
        const mass = normalInterval(a as number, b as number)
        fc.pre(mass > 1e-300)
        expect(Math.abs(Math.exp(normalLogInterval(a as number, b as number)) / mass - 1)).toBeLessThan(1e-12)
      }),
    )
  })
})
