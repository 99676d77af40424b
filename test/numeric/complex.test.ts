import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Complex,
  complexDivide,
  complexExp,
  complexExpm1,
  complexLog,
  complexLog1p,
  complexMultiply,
} from '../../src/numeric/complex.ts'
import { type Row, table, ulp, ulps } from './reference.ts'

/** The worst errors of the real part, of the imaginary part, and of both in ulp of the larger. */
function worstParts(rows: readonly Row[], f: (...z: number[]) => Complex): { re: number; im: number; both: number } {
  const found = { re: 0, im: 0, both: 0 }
  for (const row of rows) {
    const { re, im } = f(...row.slice(0, -4))
    const [reHi, reRest, imHi, imRest] = row.slice(-4) as [number, number, number, number]
    const off = { re: ulps(re, reHi, reRest), im: ulps(im, imHi, imRest) }
    const unit = ulp(Math.max(Math.abs(reHi), Math.abs(imHi)))
    found.re = Math.max(found.re, off.re)
    found.im = Math.max(found.im, off.im)
    found.both = Math.max(found.both, off.re * (ulp(reHi) / unit), off.im * (ulp(imHi) / unit))
  }
  return found
}

const one = (f: (z: Complex) => Complex) => (re: number, im: number) => f({ re, im })
const two = (f: (z: Complex, w: Complex) => Complex) => (a: number, b: number, c: number, d: number) =>
  f({ re: a, im: b }, { re: c, im: d })

describe('against 90 digits and more, each part in its own ulp', () => {
  it.each([
    ['complexLog', complexLog, 2.2, 1.4],
    ['complexLog1p', complexLog1p, 2.6, 1.8],
    ['complexExp', complexExp, 2, 2],
    ['complexExpm1', complexExpm1, Infinity, 2],
  ] as const)('%s', (name, f, re, im) => {
    const found = worstParts(table('complex', name), one(f) as (...z: number[]) => Complex)
    expect(found.re).toBeLessThan(re)
    expect(found.im).toBeLessThan(im)
  })
})

describe('against 90 digits, in ulp of the larger part', () => {
  it.each([
    ['complexExpm1', one(complexExpm1), 2.8],
    ['complexMultiply', two(complexMultiply), 2],
    ['complexDivide', two(complexDivide), 3.5],
  ] as const)('%s', (name, f, bound) => {
    expect(worstParts(table('complex', name), f as (...z: number[]) => Complex).both).toBeLessThan(bound)
  })
})

describe('special points', () => {
  it('logarithms of nothing', () => {
    expect(complexLog({ re: 0, im: 0 })).toEqual({ re: -Infinity, im: 0 })
    expect(complexLog1p({ re: -1, im: 0 })).toEqual({ re: -Infinity, im: 0 })
    expect(complexLog1p({ re: 0, im: 0 })).toEqual({ re: 0, im: 0 })
  })
  it('the cut along the negative reals', () => {
    expect(complexLog({ re: -1, im: 0 })).toEqual({ re: 0, im: Math.PI })
    expect(complexLog({ re: -1, im: -0 })).toEqual({ re: 0, im: -Math.PI })
    expect(complexLog1p({ re: -2, im: 0 })).toEqual({ re: 0, im: Math.PI })
    expect(complexLog({ re: 0, im: -1 })).toEqual({ re: 0, im: -Math.PI / 2 })
  })
  it('infinities', () => {
    expect(complexLog({ re: Infinity, im: 1 }).re).toBe(Infinity)
    expect(complexLog({ re: 1, im: -Infinity }).re).toBe(Infinity)
    expect(complexLog1p({ re: -Infinity, im: 1 }).re).toBe(Infinity)
    expect(complexExp({ re: -Infinity, im: 1 })).toEqual({ re: 0, im: 0 })
  })
  it('real arguments give real results', () => {
    for (const re of [-1e300, -40, -1, -1e-20, 0, 1e-20, 1, 40, 700, 1000, 2000]) {
      expect(complexExp({ re, im: 0 })).toEqual({ re: Math.exp(re), im: 0 })
      expect(complexExp({ re, im: -0 }).im).toBe(-0)
      expect(complexExpm1({ re, im: 0 })).toEqual({ re: Math.expm1(re), im: 0 })
    }
  })
  it('an exponential whose modulus overflows while its parts do not', () => {
    const { re, im } = complexExp({ re: 710, im: 1.2 })
    // e^710 = 2.2339e308; cos 1.2 = 0.36236, sin 1.2 = 0.93204
    expect(re / 1e308).toBeCloseTo(0.80948, 4)
    expect(im).toBe(Infinity)
    expect(complexExpm1({ re: 710, im: 1.2 })).toEqual({ re, im })
  })
  it('a quotient of extremes', () => {
    expect(complexDivide({ re: 1e300, im: 1e300 }, { re: 1e300, im: 1e300 })).toEqual({ re: 1, im: 0 })
    expect(complexDivide({ re: 1e-300, im: -1e-300 }, { re: 1e-300, im: 2e-300 }).re).toBeCloseTo(-0.2, 15)
  })
})

describe('relations', () => {
  const part = fc.double({ min: -20, max: 20, noNaN: true })
  const points = fc.record({ re: part, im: fc.double({ min: -3.1, max: 3.1, noNaN: true }) })
  const conjugate = ({ re, im }: Complex): Complex => ({ re, im: -im })
  const close = (z: Complex, w: Complex, tolerance: number): boolean =>
    Math.hypot(z.re - w.re, z.im - w.im) <= tolerance * (1 + Math.hypot(w.re, w.im))
  it('the logarithm undoes the exponential', () => {
    fc.assert(fc.property(points, (z) => close(complexLog(complexExp(z)), z, 1e-14)))
    fc.assert(fc.property(points, (z) => close(complexLog1p(complexExpm1(z)), z, 1e-6)))
  })
  it('conjugates go to conjugates, to the bit', () => {
    for (const f of [complexExp, complexExpm1, complexLog, complexLog1p]) {
      fc.assert(
        fc.property(points, (z) => {
          expect(f(conjugate(z))).toEqual(conjugate(f(z)))
        }),
      )
    }
  })
  it('the quotient times the divisor is the dividend', () => {
    fc.assert(
      fc.property(points, points, (z, w) => {
        fc.pre(Math.abs(w.re) + Math.abs(w.im) > 1e-100)
        return close(complexMultiply(complexDivide(z, w), w), z, 1e-14)
      }),
    )
  })
})
