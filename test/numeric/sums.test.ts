import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InvalidParameterError, NumericalError } from '../../src/errors.ts'
import { accumulator, dot, sum } from '../../src/numeric/sums.ts'
import { unit, wholeUnits } from './exact.ts'

const magnitude = (x: bigint): bigint => (x < 0n ? -x : x)

/** |result - exact| 2^106 <= 2^53 |exact| + (n/(1 - n u))^2 sizes, all in one unit: the bound of the header, cleared of fractions. */
function withinBound(result: number, n: number, exact: bigint, sizes: bigint, scale: bigint): boolean {
  const error = magnitude(wholeUnits(result) * scale - exact)
  // g(n) <= n u (1 + 2^-30) for the n of these tests.
  const terms = (BigInt(n * n) * (2n ** 29n + 1n)) / 2n ** 29n + 1n
  return error << 106n <= (magnitude(exact) << 53n) + terms * sizes + ((BigInt(5 * n) * scale) << 106n)
}

/** Terms over 60 binades, each followed sooner or later by the negative of most of itself: the sum cancels nearly all. */
const cancelling = fc
  .array(fc.tuple(fc.integer({ min: -30, max: 30 }), fc.double({ min: 1, max: 2, noNaN: true }), fc.boolean()), {
    minLength: 1,
    maxLength: 60,
  })
  .map((parts) =>
    parts.flatMap(([exponent, mantissa, negative]) => {
      const term = (negative ? -1 : 1) * mantissa * 2 ** exponent
      return [term, -term * (1 - 2 ** -40)]
    }),
  )
  .chain((terms) => fc.shuffledSubarray(terms, { minLength: Math.max(1, terms.length - 1), maxLength: terms.length }))

const streamed = (terms: readonly number[]): number => {
  const total = accumulator()
  for (const term of terms) total.add(term)
  return total.total()
}

describe.each([
  ['sum', sum],
  ['accumulator', streamed],
])('%s', (_, add) => {
  it('stays within its bound of the exact sum on ill-conditioned terms', () => {
    fc.assert(
      fc.property(cancelling, (terms) => {
        const units = terms.map(wholeUnits)
        const exact = units.reduce((a, b) => a + b, 0n)
        const sizes = units.reduce((a, b) => a + magnitude(b), 0n)
        expect(withinBound(add(terms), terms.length, exact, sizes, 1n)).toBe(true)
      }),
      { numRuns: 1500, seed: 11 },
    )
  })
  it('keeps what a bare loop loses', () => {
    expect(add([1, 1e100, 1, -1e100])).toBe(2)
    expect(add(Array.from({ length: 10 }, () => 0.1))).toBe(1)
    expect(add([2 ** 53, 1, 1, -(2 ** 53)])).toBe(2)
    expect(add([])).toBe(0)
    expect(add([-3])).toBe(-3)
  })
  it('refuses NaN, infinities and overflow', () => {
    for (const terms of [[1, Number.NaN], [Infinity], [1, -Infinity], [Number.MAX_VALUE, Number.MAX_VALUE, -Number.MAX_VALUE]]) {
      expect(() => add(terms)).toThrow(NumericalError)
      expect(() => add(terms)).toThrow('a sum has no finite value')
    }
  })
})

const products = (a: readonly number[], b: readonly number[]): number => {
  const total = accumulator()
  for (const [i, x] of a.entries()) total.addProduct(x, b[i] as number)
  return total.total()
}

describe.each([
  ['dot', dot],
  ['accumulator of products', products],
])('%s', (_, multiply) => {
  it('stays within its bound of the exact dot product', () => {
    fc.assert(
      fc.property(cancelling, fc.integer({ min: 1, max: 2 ** 31 }), (terms, seed) => {
        const factors = terms.map((_, i) => 1 + ((seed * (i + 1)) % 1021) / 2 ** 41)
        const units = terms.map((x, i) => wholeUnits(x) * wholeUnits(factors[i] as number))
        const exact = units.reduce((a, b) => a + b, 0n)
        const sizes = units.reduce((a, b) => a + magnitude(b), 0n)
        expect(withinBound(multiply(terms, factors), terms.length, exact, sizes, unit)).toBe(true)
      }),
      { numRuns: 1500, seed: 12 },
    )
  })
  it('keeps the error of each product', () => {
    const x = 1 + 2 ** -30
    expect(multiply([x, -1], [x, 1 + 2 ** -29])).toBe(2 ** -60)
    expect(multiply([], [])).toBe(0)
    expect(multiply([3], [-7])).toBe(-21)
  })
  it('refuses what it cannot hold', () => {
    for (const factor of [Number.NaN, Infinity, 1e300]) expect(() => multiply([factor], [1e300])).toThrow(NumericalError)
  })
})

describe('dot', () => {
  it('refuses arrays of two lengths', () => {
    expect(() => dot([1, 2], [1])).toThrow(InvalidParameterError)
    expect(() => dot([1, 2], [1])).toThrow('"b" must be as long as a (2), got 1')
  })
})

describe('accumulator', () => {
  it('gives running totals and starts over', () => {
    const total = accumulator()
    expect(total.total()).toBe(0)
    total.add(1e100)
    total.addProduct(3, 5)
    expect(total.total()).toBe(1e100)
    total.add(-1e100)
    expect(total.total()).toBe(15)
    total.clear()
    expect(total.total()).toBe(0)
    total.add(2)
    expect(total.total()).toBe(2)
  })
  it('does not mix two sums', () => {
    const [a, b] = [accumulator(), accumulator()]
    a.add(1)
    b.add(2)
    expect([a.total(), b.total()]).toEqual([1, 2])
  })
})
