import { describe, expect, it } from 'vitest'
import { InvalidParameterError } from '../../src/errors.ts'
import { logScaledBesselI } from '../../src/numeric/bessel.ts'
import { table, worst } from './reference.ts'

it('against 60 digits', () => {
  expect(worst(table('bessel', 'logScaledBesselI'), logScaledBesselI)).toSatisfy(
    ({ ulps }: { ulps: number }) => ulps > 0 && ulps < 5.3,
  )
})

describe('the ends', () => {
  it('at x = 0 all mass is on n = 0', () => {
    expect(logScaledBesselI(0, 0) === 0).toBe(true)
    expect(logScaledBesselI(1, 0)).toBe(-Infinity)
    expect(logScaledBesselI(0, 5e-324)).toBe(-5e-324)
  })
  it('tiny and huge x', () => {
    // I_n(x) ~ (x / 2)^n / n!, and e^-x I_n(x) ~ 1 / sqrt(2 pi x).
    expect(logScaledBesselI(2, 5e-324)).toBeCloseTo(2 * (Math.log(5e-324) - Math.LN2) - Math.LN2, 9)
    expect(logScaledBesselI(3, 1e-200)).toBeCloseTo(3 * (Math.log(1e-200) - Math.LN2) - Math.log(6), 9)
    expect(logScaledBesselI(7, 1e300)).toBeCloseTo(-0.5 * (Math.log(2 * Math.PI) + Math.log(1e300)), 9)
    expect(logScaledBesselI(0, 1.7e308)).toBeCloseTo(-0.5 * (Math.log(2 * Math.PI) + Math.log(1.7e308)), 9)
  })
  it('a negative order is the positive one', () => {
    for (const n of [1, 2, 30]) expect(logScaledBesselI(-n, 3.5)).toBe(logScaledBesselI(n, 3.5))
  })
  it('what is not an order or not an argument is refused', () => {
    for (const n of [0.5, Number.NaN, Infinity]) expect(() => logScaledBesselI(n, 1)).toThrow(InvalidParameterError)
    for (const x of [-1e-300, Number.NaN, Infinity]) expect(() => logScaledBesselI(1, x)).toThrow(InvalidParameterError)
    expect(() => logScaledBesselI(0.5, 1)).toThrow('"n" must be an integer, got 0.5')
    expect(() => logScaledBesselI(1, -1)).toThrow('"x" must be a finite number >= 0, got -1')
  })
})

describe('the Skellam law with both means x / 2', () => {
  const mass = (n: number, x: number): number => Math.exp(logScaledBesselI(n, x))
  it.each([1e-3, 0.5, 1, 1.5, 10, 99, 1000])('has mass one and variance x = %s', (x) => {
    let total = 0
    let variance = 0
    const reach = Math.ceil(12 * Math.sqrt(x)) + 20
    for (let n = -reach; n <= reach; n++) {
      total += mass(n, x)
      variance += n * n * mass(n, x)
    }
    expect(total).toBeCloseTo(1, 13)
    expect(variance / x).toBeCloseTo(1, 12)
  })
  it('meets the recurrence of Bessel functions', () => {
    for (const x of [0.3, 2, 40, 1e4, 1e8]) {
      for (const n of [1, 2, 5, 17, 60]) {
        const tolerance = 1e-14 + 4e-15 * Math.abs(logScaledBesselI(n - 1, x))
        const difference = mass(n - 1, x) - mass(n + 1, x)
        expect(Math.abs(difference - ((2 * n) / x) * mass(n, x))).toBeLessThan(tolerance * mass(n - 1, x))
      }
    }
  })
})
