import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InvalidParameterError } from '../../src/errors.ts'
import {
  millsRatio,
  normalCdf,
  normalCentral,
  normalLogCdf,
  normalLogDensity,
  normalSf,
  scaledTail,
} from '../../src/numeric/normal.ts'
import { table, worst } from './reference.ts'

describe('against 60 digits', () => {
  it.each([
    ['normalLogDensity', normalLogDensity, 1.1],
    ['normalCdf', normalCdf, 3.2],
    ['normalLogCdf', normalLogCdf, 3.2],
    ['millsRatio', millsRatio, 3.3],
  ] as const)('%s', (name, f, bound) => {
    expect(worst(table('normal', name), f)).toSatisfy(({ ulps }: { ulps: number }) => ulps > 0 && ulps < bound)
  })
  it('the survival function is the other tail', () => {
    for (const [x] of table('normal', 'normalCdf')) expect(normalSf(-(x as number))).toBe(normalCdf(x as number))
  })
  it('the distribution less one half, near the middle', () => {
    const rows = table('error-function', 'erf').filter(([x]) => Math.abs(x as number) < 0.49)
    for (const [x, value] of rows as unknown as readonly (readonly [number, number])[]) {
      const expected = value / 2
      expect(Math.abs(normalCentral(x * Math.SQRT2) - expected)).toBeLessThanOrEqual(4e-16 * Math.abs(expected) + 5e-324)
    }
  })
})

describe('the ends', () => {
  it('the distribution goes from 0 to 1', () => {
    expect([-Infinity, -1e300, -38.6, 0, 8.3, 1e300, Infinity].map(normalCdf)).toEqual([0, 0, 0, 0.5, 1, 1, 1])
    // Phi(-38.4674) = 5.0e-324, the least subnormal.
    expect(normalCdf(-38.4674)).toBe(5e-324)
  })
  it('its logarithm goes from -Infinity to 0', () => {
    expect([-Infinity, -1e300, -1.9e154].map(normalLogCdf)).toEqual([-Infinity, -Infinity, -Infinity])
    expect(normalLogCdf(-1.8e154)).toBeCloseTo(-1.62e308, -300)
    expect(normalLogCdf(38)).toBeLessThan(0)
    expect([39, 1e300, Infinity].map((x) => normalLogCdf(x) === 0)).toEqual([true, true, true])
  })
  it('the log density falls to -Infinity', () => {
    expect([-Infinity, 1.9e154, Infinity].map(normalLogDensity)).toEqual([-Infinity, -Infinity, -Infinity])
    expect(normalLogDensity(1.8e154)).toBeGreaterThan(-Infinity)
  })
  it("Mills' ratio goes from Infinity to 0", () => {
    expect([-Infinity, -1e300, -38, -37.67, -37.66, Infinity].map(millsRatio)).toEqual([...Array(5).fill(Infinity), 0])
    // log(MAX_VALUE / sqrt(2 pi)) = 708.8637 = 37.65272^2 / 2
    expect(millsRatio(-37.6527)).toBeLessThan(Infinity)
    expect(millsRatio(-37.6528)).toBe(Infinity)
    expect([1e19, 1e20, 1e21, 1e300].map((x) => millsRatio(x) * x)).toEqual([1, 1, 1, 1].map((one) => expect.closeTo(one, 14)))
  })
  it('the scaled tail vanishes at infinity', () => {
    expect(scaledTail(Infinity)).toBe(0)
    expect(scaledTail(0)).toBeCloseTo(0.5, 15)
  })
  it('NaN is refused', () => {
    for (const f of [normalLogDensity, normalCdf, normalSf, normalLogCdf, millsRatio]) {
      expect(() => f(Number.NaN)).toThrow(InvalidParameterError)
      expect(() => f(Number.NaN)).toThrow('"x" must be a number, got NaN')
    }
  })
})

describe('relations', () => {
  const holds = (f: (x: number) => boolean, limit: number): void =>
    fc.assert(fc.property(fc.double({ min: -limit, max: limit, noNaN: true }), f))
  it('both tails add up to one', () => {
    holds((x) => Math.abs(normalCdf(x) + normalSf(x) - 1) < 1e-15, 40)
  })
  it('the logarithm is the logarithm', () => {
    holds((x) => Math.abs(Math.exp(normalLogCdf(x)) / normalCdf(x) - 1) < 1e-12, 37)
  })
  it("Mills' ratio times the density is the tail", () => {
    holds((x) => Math.abs((millsRatio(x) * Math.exp(normalLogDensity(x))) / normalSf(x) - 1) < 1e-12, 37)
  })
})
