import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InvalidParameterError } from '../../src/errors.ts'
import { log1mexp, log1pexp, logAddExp, logSubExp, logSumExp } from '../../src/numeric/log-space.ts'
import { table, ulp, worst } from './reference.ts'

describe('against 90 digits and more', () => {
  it.each([
    ['log1mexp', log1mexp, 1.8],
    ['log1pexp', log1pexp, 1.5],
  ] as const)('%s', (name, f, bound) => {
    expect(worst(table('log-space', name), f)).toSatisfy(({ ulps }: { ulps: number }) => ulps > 0 && ulps < bound)
  })

  type Pair = readonly [a: number, b: number, hi: number, rest: number]
  it.each([
    ['logAddExp', logAddExp, (a: number, b: number) => Math.log1p(Math.exp(-Math.abs(a - b)))],
    ['logSubExp', logSubExp, (a: number, b: number) => Math.log(-Math.expm1(b - a))],
  ] as const)('%s: half an ulp of the result and 2 ulp of the logarithm added', (name, f, added) => {
    for (const [a, b, hi, rest] of table('log-space', name) as unknown as readonly Pair[]) {
      const error = Math.abs(f(a, b) - hi - rest * ulp(hi))
      expect(error).toBeLessThanOrEqual(0.5 * ulp(hi) + 2 * ulp(added(a, b)))
    }
  })
  it('logSumExp: half an ulp of the result and 3e-16', () => {
    for (const row of table('log-space', 'logSumExp')) {
      const [hi, rest] = row.slice(-2) as [number, number]
      expect(Math.abs(logSumExp(row.slice(0, -2)) - hi - rest * ulp(hi))).toBeLessThanOrEqual(0.5 * ulp(hi) + 3e-16)
    }
  })
})

describe('the ends', () => {
  const none = -Infinity
  it('zero and infinity', () => {
    expect([0, -0, none, -1e300].map((x) => log1mexp(x))).toEqual([none, none, -0, -0])
    expect([none, -1e300, 1e300, Infinity].map(log1pexp)).toEqual([0, 0, 1e300, Infinity])
    expect(log1mexp(-5e-324)).toBe(Math.log(5e-324))
    expect(log1pexp(-744)).toBe(Math.exp(-744))
  })
  it('sums with nothing, and with infinity', () => {
    for (const x of [none, -1e300, -1, 0, 700, 1e300, Infinity]) {
      expect(logAddExp(x, none)).toBe(x)
      expect(logAddExp(none, x)).toBe(x)
      expect(logAddExp(Infinity, x)).toBe(Infinity)
      expect(logSumExp([none, x, none])).toBe(x)
      expect(logSumExp([x, Infinity])).toBe(Infinity)
      if (x < Infinity) {
        expect(logSubExp(x, none)).toBe(x)
        expect(logSubExp(x, x)).toBe(none)
        expect(logSubExp(Infinity, x)).toBe(Infinity)
      }
    }
    expect(logSumExp([])).toBe(none)
    expect(logSumExp(new Float64Array(3).fill(none))).toBe(none)
  })
  it('what is too small to matter does not', () => {
    expect(logAddExp(0, -746)).toBe(0)
    expect(logAddExp(-1, -1e9)).toBe(-1)
    expect(logSubExp(0, -800) === 0).toBe(true)
    expect(logSubExp(5, -1e9)).toBe(5)
  })
  it('what has no logarithm is refused', () => {
    expect(() => log1mexp(5e-324)).toThrow('"x" must be a number <= 0, got 5e-324')
    expect(() => log1mexp(Number.NaN)).toThrow(InvalidParameterError)
    expect(() => log1pexp(Number.NaN)).toThrow('"x" must be a number, got NaN')
    expect(() => logAddExp(Number.NaN, 1)).toThrow('"a" must be a number, got NaN')
    expect(() => logAddExp(1, Number.NaN)).toThrow('"b" must be a number, got NaN')
    expect(() => logSubExp(1, 2)).toThrow('"b" must be a finite number <= 1, got 2')
    for (const [a, b] of [
      [Infinity, Infinity],
      [Number.NaN, 1],
      [1, Number.NaN],
      [none, 0],
    ] as const) {
      expect(() => logSubExp(a, b)).toThrow(InvalidParameterError)
    }
    expect(() => logSumExp([1, Number.NaN])).toThrow('"values[1]" must be a number, got NaN')
    expect(() => logSumExp([Infinity, Number.NaN])).toThrow(InvalidParameterError)
    // biome-ignore lint/suspicious/noSparseArray: a hole is what is tested
    expect(() => logSumExp([1, , 2] as number[])).toThrow('"values[1]" must be a number, got undefined')
  })
})

describe('relations', () => {
  const logs = fc.double({ min: -700, max: 700, noNaN: true })
  it('adding is symmetric', () => {
    fc.assert(fc.property(logs, logs, (a, b) => Object.is(logAddExp(a, b), logAddExp(b, a))))
  })
  it('subtracting undoes adding', () => {
    fc.assert(
      fc.property(fc.double({ min: -50, max: 50, noNaN: true }), fc.double({ min: -20, max: 20, noNaN: true }), (b, apart) => {
        const a = b + apart
        // What is left of a after b, e^-apart times its size, was added.
        expect(Math.abs(logSubExp(logAddExp(a, b), b) - a)).toBeLessThan(1e-13 * (1 + Math.exp(-apart)))
      }),
    )
  })
  it('a sum of two is the sum of two', () => {
    fc.assert(
      fc.property(logs, logs, (a, b) => {
        expect(Math.abs(logSumExp([a, b]) - logAddExp(a, b))).toBeLessThanOrEqual(ulp(logAddExp(a, b)) + 3e-16)
      }),
    )
  })
  it('a million terms cost no digits', () => {
    // Each 0.1 rounds the same way when it is added: a bare sum is off by 1e-11.
    const terms = new Float64Array(1_000_001).fill(Math.log(0.1))
    terms[777] = 0
    const expected = Math.log1p(1e6 * Math.exp(Math.log(0.1)))
    expect(Math.abs(logSumExp(terms) - expected)).toBeLessThanOrEqual(2 * ulp(expected))
  })
  it('log1mexp undoes itself', () => {
    fc.assert(
      fc.property(fc.double({ min: -30, max: -1e-3, noNaN: true }), (x) => Math.abs(log1mexp(log1mexp(x)) / x - 1) < 1e-11),
    )
  })
})
