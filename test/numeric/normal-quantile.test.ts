import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InvalidParameterError } from '../../src/errors.ts'
import { millsRatio, normalCdf, normalLogCdf } from '../../src/numeric/normal.ts'
import { normalQuantile, normalQuantileFromLog } from '../../src/numeric/normal-quantile.ts'
import { table, worst } from './reference.ts'

describe('against 90 digits', () => {
  it.each([
    ['normalQuantile', normalQuantile, 2.3],
    ['normalQuantileFromLog', normalQuantileFromLog, 2.9],
  ] as const)('%s', (name, f, bound) => {
    expect(worst(table('normal-quantile', name), f)).toSatisfy(({ ulps }: { ulps: number }) => ulps > 0 && ulps < bound)
  })
})

describe('the ends', () => {
  it('certainty is at infinity, a half at zero', () => {
    expect([0, 0.5, 1].map(normalQuantile)).toEqual([-Infinity, 0, Infinity])
    expect([-Infinity, 0, -0].map(normalQuantileFromLog)).toEqual([-Infinity, Infinity, Infinity])
    expect(normalQuantileFromLog(-1.7e308)).toBeCloseTo(-1.8439e154, -151)
    // The double nearest to log(1/2) is 2.3e-17 short of it.
    expect(normalQuantileFromLog(-Math.LN2)).toBeCloseTo(2.906e-17, 20)
  })
  it('what is not a probability, or the logarithm of one, is refused', () => {
    for (const p of [-5e-324, -1, 1 + 2 ** -52, Infinity, Number.NaN])
      expect(() => normalQuantile(p)).toThrow(InvalidParameterError)
    for (const y of [5e-324, 1, Infinity, Number.NaN]) expect(() => normalQuantileFromLog(y)).toThrow(InvalidParameterError)
    expect(() => normalQuantile(1.5)).toThrow('"p" must be in [0, 1], got 1.5')
    expect(() => normalQuantileFromLog(1)).toThrow('"logP" must be a number <= 0, got 1')
  })
})

describe('relations', () => {
  // x changes by the mass's relative error times Mills' ratio.
  const allowed = (x: number): number => 8e-16 * (1 + millsRatio(Math.abs(x)) + 2 * Math.abs(x))
  it('undoes the distribution on the left', () => {
    fc.assert(
      fc.property(fc.double({ min: -37.5, max: 0, noNaN: true }), (x) => {
        expect(Math.abs(normalQuantile(normalCdf(x)) - x)).toBeLessThan(allowed(x))
      }),
    )
  })
  it('undoes the log distribution everywhere', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.double({ min: -1e150, max: 37, noNaN: true }), fc.double({ min: -5, max: 5, noNaN: true })),
        (x) => {
          expect(Math.abs(normalQuantileFromLog(normalLogCdf(x)) - x)).toBeLessThan(allowed(x))
        },
      ),
    )
  })
  it('is odd about a half', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 52 - 1 }), (k) => {
        expect(normalQuantile(k * 2 ** -53)).toBe(-normalQuantile(1 - k * 2 ** -53))
      }),
    )
  })
  it('rises', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1 - 1e-14, noNaN: true }), (p) => {
        expect(normalQuantile(p + 1e-14)).toBeGreaterThan(normalQuantile(p))
      }),
    )
  })
})
