import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InvalidParameterError } from '../../src/errors.ts'
import { lgamma, logBinomial, logFactorial, stirlingError } from '../../src/numeric/gamma.ts'
import { table, ulps, worst } from './reference.ts'

describe('against 90 digits', () => {
  it.each([
    ['lgamma', lgamma, 3.2],
    ['stirlingError', stirlingError, 3.6],
    ['logFactorial', logFactorial, 1.9],
    ['logBinomial', logBinomial, 2.8],
  ] as const)('%s', (name, f, bound) => {
    expect(worst(table('gamma', name), f)).toSatisfy(({ ulps }: { ulps: number }) => ulps > 0 && ulps < bound)
  })
})

describe('lgamma', () => {
  it('vanishes at 1 and 2, to the bit', () => {
    expect([1, 2].map((x) => lgamma(x) === 0)).toEqual([true, true])
  })
  it('overflows where it should', () => {
    // 2.55998e305 is the largest argument with a finite logarithm.
    expect(lgamma(2.5599e305)).toBeLessThan(Infinity)
    expect([2.56e305, Infinity].map(lgamma)).toEqual([Infinity, Infinity])
  })
  it('of x + 1 is log x more', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-9, max: 1e9, noNaN: true }), (x) => {
        const scale = Math.abs(lgamma(x)) + Math.abs(Math.log(x)) + 1
        expect(Math.abs(lgamma(x + 1) - lgamma(x) - Math.log(x))).toBeLessThan(1e-15 * scale * (1 + Math.log(1 + x)))
      }),
    )
  })
  it('refuses what it has no value for', () => {
    for (const x of [0, -0, -1, -0.5, -Infinity, Number.NaN]) {
      expect(() => lgamma(x)).toThrow(InvalidParameterError)
      expect(() => stirlingError(x)).toThrow(InvalidParameterError)
    }
    expect(() => lgamma(0)).toThrow('"x" must be a number > 0, got 0')
    expect(() => stirlingError(0)).toThrow('"x" must be a number > 0, got 0')
  })
})

describe('counting', () => {
  it('factorials', () => {
    expect([0, 1].map((n) => logFactorial(n) === 0)).toEqual([true, true])
    let product = 1
    for (let n = 1; n <= 18; n++) {
      product *= n
      expect(ulps(logFactorial(n), Math.log(product), 0)).toBeLessThan(3)
    }
  })
  it('binomials of small numbers, all of them', () => {
    for (let n = 0; n <= 56; n++) {
      let ways = 1n
      for (let k = 0; k <= n; k++) {
        expect(ulps(logBinomial(n, k), Math.log(Number(ways)), 0)).toBeLessThan(4)
        ways = (ways * BigInt(n - k)) / BigInt(k + 1)
      }
    }
  })
  it('one way to choose none or all', () => {
    for (const n of [0, 1, 2, 40, 1e6, 2 ** 53 - 1]) {
      expect(logBinomial(n, 0) === 0).toBe(true)
      expect(logBinomial(n, n) === 0).toBe(true)
    }
  })
  it('choosing is leaving out', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.double({ min: 0, max: 1, noNaN: true }), (n, share) => {
        const k = Math.floor(n * share)
        expect(logBinomial(n, n - k)).toBe(logBinomial(n, k))
      }),
    )
  })
  it('what is not a whole number, or too many, is refused', () => {
    for (const bad of [-1, 0.5, 2 ** 53, Infinity, Number.NaN]) {
      expect(() => logFactorial(bad)).toThrow(InvalidParameterError)
      expect(() => logBinomial(bad, 0)).toThrow(InvalidParameterError)
      expect(() => logBinomial(5, bad)).toThrow(InvalidParameterError)
    }
    expect(() => logFactorial(-1)).toThrow('"n" must be an integer >= 0, got -1')
    expect(() => logBinomial(-1, 0)).toThrow('"n" must be an integer >= 0, got -1')
    expect(() => logBinomial(5, 6)).toThrow('"k" must be an integer in [0, 5], got 6')
  })
})

describe("Stirling's error", () => {
  it('is what is left over', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 30, noNaN: true }), (x) => {
        const left = lgamma(x) - (x - 0.5) * Math.log(x) + x - Math.log(2 * Math.PI) / 2
        expect(Math.abs(stirlingError(x) - left)).toBeLessThan(1e-13)
      }),
    )
  })
  it('is half a logarithm near zero, nothing at infinity', () => {
    expect(stirlingError(5e-324)).toBeCloseTo(-0.5 * Math.log(5e-324) - Math.log(2 * Math.PI) / 2, 10)
    expect(stirlingError(Infinity)).toBe(0)
  })
})
