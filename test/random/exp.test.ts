import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromNumber } from '../../src/numeric/rational.ts'
import { encloseExpNeg } from '../../src/random/exp-enclosure.ts'
import { expNeg, expNegRelativeError } from '../../src/random/exp-neg.ts'
import vectors from '../vectors/random-reference.json' with { type: 'json' }
import { fullSize, seededBits } from './support.ts'

describe('the enclosure of exp(-x)', () => {
  it.each(vectors.exponentials)('holds mpmath: exp(-$numerator/$denominator) at $precision bits', (vector) => {
    const [lower, upper] = encloseExpNeg(BigInt(vector.numerator), BigInt(vector.denominator), vector.precision)
    const floor = BigInt(vector.floor)
    const exact = vector.numerator === '0'
    // The true value is in [floor, floor + 1), and it is floor itself only for x = 0.
    expect(lower).toBeLessThanOrEqual(floor)
    expect(upper).toBeGreaterThanOrEqual(exact ? floor : floor + 1n)
    expect(upper - lower).toBeLessThanOrEqual(2n)
  })
  it('is consistent with itself at every precision, and narrow', () => {
    const ratio = fc.tuple(fc.bigInt(0n, 1n << 80n), fc.bigInt(1n, 1n << 80n))
    fc.assert(
      fc.property(ratio, fc.nat(300), fc.integer({ min: 1, max: 200 }), ([n, d], precision, more) => {
        const [lower, upper] = encloseExpNeg(n, d, precision)
        const [finerLower, finerUpper] = encloseExpNeg(n, d, precision + more)
        expect(lower <= upper && upper - lower <= 2n && lower >= 0n).toBe(true)
        expect(lower << BigInt(more) <= finerUpper).toBe(true)
        expect(upper << BigInt(more) >= finerLower).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })
  it('turns sums into products', () => {
    const part = fc.tuple(fc.bigInt(0n, 1n << 40n), fc.bigInt(1n << 35n, 1n << 40n))
    fc.assert(
      fc.property(part, part, ([a, b], [c, d]) => {
        const precision = 200
        const [left] = encloseExpNeg(a, b, precision)
        const [right] = encloseExpNeg(c, d, precision)
        const [, product] = encloseExpNeg(a * d + c * b, b * d, precision)
        expect((left * right) >> BigInt(precision) <= product).toBe(true)
      }),
    )
  })
  it('is not slowed down by huge exponents', () => {
    expect(encloseExpNeg(1n << 5000n, 1n, 64)).toEqual([0n, 1n])
    expect(encloseExpNeg(64n, 1n, 64)).toEqual([0n, 1n])
  })
})

describe('exp(-x) in doubles', () => {
  it.each(vectors.doubles)('at $x agrees with mpmath within its bound', ({ x, exp }) => {
    expect(Math.abs(expNeg(x) - exp)).toBeLessThanOrEqual(exp * (expNegRelativeError + 2 ** -53))
  })
  it('has the ends it must have', () => {
    expect(expNeg(0)).toBe(1)
    expect([64, 1e300, Number.POSITIVE_INFINITY].map(expNeg)).toEqual([0, 0, 0])
    expect(expNeg(63.99)).toBeGreaterThan(0)
  })
  it('keeps its bound all over the range, and at the seams of its tables', () => {
    const source = seededBits(7)
    const points: number[] = []
    for (let i = 0; i < 4096; i++) points.push(i / 64, i / 64 + 2 ** -46, (i + 1) / 64 - 2 ** -46)
    const random = fullSize ? 1_000_000 : 40_000
    for (let i = 0; i < random; i++) points.push((source.bits(53) / 2 ** 53) * (i % 2 === 0 ? 64 : 1))
    let worst = 0
    for (const x of points) {
      const { numerator, denominator } = fromNumber(x)
      const precision = Math.ceil(x * 1.45) + 70
      const [lower] = encloseExpNeg(numerator, denominator, precision)
      const found = fromNumber(expNeg(x))
      const difference = (found.numerator << BigInt(precision)) - lower * found.denominator
      const error = Math.abs(Number(difference) / Number(lower * found.denominator))
      if (error > worst) worst = error
    }
    expect(worst).toBeLessThan(expNegRelativeError)
    // The bound is within a factor of two of what is found: it is no guess.
    expect(worst).toBeGreaterThan(expNegRelativeError / 4)
  })
})
