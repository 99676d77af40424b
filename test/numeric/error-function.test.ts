import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InvalidParameterError } from '../../src/errors.ts'
import { erf, erfc, erfcx } from '../../src/numeric/error-function.ts'
import { table, worst } from './reference.ts'

describe('against 60 digits', () => {
  it.each([
    ['erf', erf, 2],
    ['erfc', erfc, 3.4],
    ['erfcx', erfcx, 3.3],
  ] as const)('%s', (name, f, bound) => {
    expect(worst(table('error-function', name), f)).toSatisfy(({ ulps }: { ulps: number }) => ulps > 0 && ulps < bound)
  })
})

describe('the ends', () => {
  it('erf goes from -1 to 1', () => {
    expect([-Infinity, -1e300, -6, 6, 1e300, Infinity].map(erf)).toEqual([-1, -1, -1, 1, 1, 1])
    expect(Object.is(erf(-0), -0) && Object.is(erf(0), 0)).toBe(true)
  })
  it('erfc goes from 2 to 0', () => {
    expect([-Infinity, -1e300, -6, 0, 27.3, 40, 1e200, Infinity].map(erfc)).toEqual([2, 2, 2, 1, 0, 0, 0, 0])
  })
  it('the last subnormal of erfc is where it should be', () => {
    // 2.47263e-324 and 2.47033e-324, either side of half the least subnormal, 2.47033e-324.
    expect(erfc(27.226)).toBe(5e-324)
    expect(erfc(27.2261)).toBe(0)
  })
  it('erfcx goes from Infinity to 0', () => {
    expect([-Infinity, -1e300, -27, -26.7, Infinity].map(erfcx)).toEqual([Infinity, Infinity, Infinity, Infinity, 0])
    // log(MAX_VALUE / 2) = 709.0896 = 26.628736^2
    expect(erfcx(-26.62873)).toBeLessThan(Infinity)
    expect(erfcx(-26.62874)).toBe(Infinity)
  })
  it('NaN is refused', () => {
    for (const f of [erf, erfc, erfcx]) expect(() => f(Number.NaN)).toThrow(InvalidParameterError)
    expect(() => erfc(Number.NaN)).toThrow('"x" must be a number, got NaN')
  })
})

describe('relations', () => {
  const moderate = fc.double({ min: -26, max: 26, noNaN: true })
  const holds = (f: (x: number) => boolean, xs = moderate): void => fc.assert(fc.property(xs, f))
  it('erf is odd', () => {
    holds((x) => Object.is(erf(-x), -erf(x)))
    holds((x) => Object.is(erf(-x), -erf(x)), fc.double({ min: -2, max: 2, noNaN: true }))
  })
  it('erf and erfc add up to one', () => {
    holds((x) => Math.abs(erf(x) + erfc(x) - 1) < 1e-15)
  })
  it('erfc(x) and erfc(-x) add up to two', () => {
    holds((x) => Math.abs(erfc(x) + erfc(-x) - 2) < 1e-15)
  })
  it('erfcx is erfc scaled', () => {
    holds((x) => Math.abs(erfcx(x) / (Math.exp(x * x) * erfc(x)) - 1) < 1e-12)
  })
})
