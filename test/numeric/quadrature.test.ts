import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InvalidParameterError, NumericalError } from '../../src/errors.ts'
import { gaussLegendre } from '../../src/numeric/gauss-legendre.ts'
import { integrate, tanhSinh, trapezoid } from '../../src/numeric/quadrature.ts'
import vectors from '../vectors/numeric-gauss-legendre.json' with { type: 'json' }
import { ulpsFrom } from './exact.ts'

describe('gaussLegendre', () => {
  it('is within 0.501 ulp of 40 digits, nodes and weights', () => {
    let [worstNode, worstWeight] = [0, 0]
    for (const [n, i, node, weight] of vectors.rules as [number, number, string, string][]) {
      const { nodes, weights } = gaussLegendre(n)
      worstNode = Math.max(worstNode, ulpsFrom(node, nodes[n - 1 - i] as number))
      worstWeight = Math.max(worstWeight, ulpsFrom(weight, weights[n - 1 - i] as number))
    }
    expect(worstNode).toBeLessThan(0.501)
    expect(worstWeight).toBeLessThan(0.501)
  })
  it('has rising nodes, symmetric bit by bit, and weights that add up to 2', () => {
    for (let n = 1; n <= 130; n++) {
      const { nodes, weights } = gaussLegendre(n)
      expect([nodes.length, weights.length]).toEqual([n, n])
      let sum = 0
      for (let i = 0; i < n; i++) {
        if (i > 0) expect(nodes[i] as number).toBeGreaterThan(nodes[i - 1] as number)
        expect((nodes[i] as number) + (nodes[n - 1 - i] as number)).toBe(0)
        expect(weights[i]).toBe(weights[n - 1 - i])
        sum += weights[i] as number
      }
      expect(Math.abs(sum - 2)).toBeLessThan(4e-15)
    }
  })
  it('is exact for polynomials of degree 2n - 1 and not beyond', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), (n) => {
        const { nodes, weights } = gaussLegendre(n)
        const moment = (degree: number): number =>
          Array.from(weights).reduce((sum, w, i) => sum + w * (nodes[i] as number) ** degree, 0)
        for (let degree = 0; degree <= 2 * n - 1; degree++) {
          expect(Math.abs(moment(degree) - (degree % 2 === 0 ? 2 / (degree + 1) : 0))).toBeLessThan(2e-15)
        }
        if (n <= 8) expect(Math.abs(moment(2 * n) - 2 / (2 * n + 1))).toBeGreaterThan(1e-6)
      }),
      { numRuns: 40, seed: 51 },
    )
  })
  it('keeps the last 16 rules', () => {
    const first = gaussLegendre(201)
    expect(gaussLegendre(201)).toBe(first)
    expect(Object.isFrozen(first)).toBe(true)
    for (let n = 202; n < 217; n++) gaussLegendre(n)
    expect(gaussLegendre(201)).toBe(first)
    gaussLegendre(217)
    expect(gaussLegendre(201)).not.toBe(first)
  })
  it('refuses other numbers of points', () => {
    for (const n of [0, -1, 2.5, 4097, Number.NaN]) expect(() => gaussLegendre(n)).toThrow(InvalidParameterError)
  })
})

describe('trapezoid', () => {
  const gaussian = (x: number): number => Math.exp(-x * x)
  it('doubles its digits with half the step, as the theorem says', () => {
    const root = Math.sqrt(Math.PI)
    // The bound 2 sqrt(pi) e^(-(pi/h)^2) is nearly attained: the first alias of the Gaussian.
    for (const [step, error] of [
      [2, 0.3],
      [1.5, 0.05],
      [1, 2e-4],
    ] as const) {
      const relative = Math.abs(trapezoid(gaussian, { step }) / root - 1)
      expect(relative).toBeLessThan(2.1 * Math.exp(-((Math.PI / step) ** 2)))
      expect(relative).toBeGreaterThan(0.4 * error * 0.1)
    }
    for (const step of [0.5, 0.25, 0.1, 0.01]) expect(trapezoid(gaussian, { step })).toBeCloseTo(root, 15)
  })
  it('goes through the centre, both ways, until three terms in a row have faded out', () => {
    const seen: number[] = []
    const box = (x: number): number => {
      seen.push(x)
      return Math.abs(x - 1) < 2.5 ? 1 : 0
    }
    expect(trapezoid(box, { step: 1, centre: 1 })).toBe(5)
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 0, -1, -2, -3, -4])
  })
  it('takes every point between finite limits, zeros or not', () => {
    const seen: number[] = []
    const f = (x: number): number => {
      seen.push(x)
      return 0
    }
    expect(trapezoid(f, { step: 0.5, centre: 1, low: -1.1, high: 2 })).toBe(0)
    expect(seen).toEqual([1, 1.5, 2, 0.5, 0, -0.5, -1])
    expect(trapezoid(() => 2, { step: 0.25, low: 0, high: 0 })).toBe(0.5)
    expect(trapezoid((x) => (x > 5 ? 1 : 0), { step: 1, low: 0, high: 7 })).toBe(2)
    // One limit: the other side fades out.
    expect(trapezoid((x) => Math.exp(-x), { step: 1, low: 0 })).toBeCloseTo(1 / (1 - Math.exp(-1)), 15)
    expect(trapezoid((x) => Math.exp(x), { step: 1, high: 0 })).toBeCloseTo(1 / (1 - Math.exp(-1)), 15)
  })
  it('adds up without losing digits', () => {
    const alternating = (x: number): number => (x === 0 ? 1e16 : x === 1 ? 1 : x === 2 ? -1e16 : 0)
    expect(trapezoid(alternating, { step: 1, low: 0, high: 2 })).toBe(1)
  })
  it('throws rather than guess', () => {
    expect(() => trapezoid((x) => 1 / (1 + Math.abs(x)), { step: 1 })).toThrow(NumericalError)
    expect(() => trapezoid((x) => 1 / (1 + Math.abs(x)), { step: 1 })).toThrow('has not faded out after 1048576 terms of step 1')
    expect(() => trapezoid((x) => gaussian(x - 100), { step: 0.5, centre: 0 })).toThrow('saw only zeros around 0')
    expect(() => trapezoid((x) => gaussian(x - 100), { step: 0.5, low: 0 })).toThrow(NumericalError)
    expect(() => trapezoid((x) => gaussian(x - 100), { step: 0.5, high: 0 })).toThrow(NumericalError)
    expect(() => trapezoid((x) => 1 / x, { step: 1 })).toThrow('the integrand is Infinity at 0')
    expect(() => trapezoid((x) => (x === -2 ? Number.NaN : gaussian(x)), { step: 1 })).toThrow('the integrand is NaN at -2')
    for (const bad of [
      { step: 0 },
      { step: Number.NaN },
      { step: 1, centre: Number.NaN },
      { step: 1, low: 1 },
      { step: 1, high: -1 },
      { step: 1, high: Infinity },
    ]) {
      expect(() => trapezoid(gaussian, bad)).toThrow(InvalidParameterError)
    }
  })
})

describe('integrate', () => {
  it('matches closed forms', () => {
    expect(integrate(Math.exp, { low: 0, high: 1 })).toBeCloseTo(Math.E - 1, 15)
    expect(integrate(Math.sin, { low: 0, high: 100, panels: 10 })).toBeCloseTo(1 - Math.cos(100), 13)
    expect(integrate((x) => x ** 3, { low: -1, high: 3, order: 2 })).toBeCloseTo(20, 14)
    expect(integrate((x) => x ** 3, { low: 3, high: -1, order: 2 })).toBeCloseTo(-20, 14)
    expect(integrate(Math.exp, { low: 2, high: 2 })).toBe(0)
  })
  it('converges with panels where one rule is too coarse', () => {
    const f = (x: number): number => Math.abs(x - 0.3)
    const truth = (0.3 ** 2 + 0.7 ** 2) / 2
    const errors = [1, 4, 16, 64].map((panels) => Math.abs(integrate(f, { low: 0, high: 1, order: 4, panels }) - truth))
    expect(errors[0]).toBeGreaterThan(1e-3)
    expect(errors[3]).toBeLessThan(1e-5)
    // Ten panels put the kink on a border: exact.
    expect(integrate(f, { low: 0, high: 1, order: 1, panels: 10 })).toBeCloseTo(truth, 15)
  })
  it('refuses NaN and impossible options', () => {
    expect(() => integrate(() => Number.NaN, { low: 0, high: 1 })).toThrow(NumericalError)
    for (const bad of [
      { low: Number.NaN, high: 1 },
      { low: 0, high: Infinity },
      { low: 0, high: 1, order: 0 },
      { low: 0, high: 1, panels: 0 },
      { low: 0, high: 1, panels: 1.5 },
    ]) {
      expect(() => integrate(Math.exp, bad)).toThrow(InvalidParameterError)
    }
  })
})

describe('tanhSinh', () => {
  it.each<[string, (x: number) => number, number, number, number]>([
    ['e^x', Math.exp, 0, 1, Math.E - 1],
    ['log x', Math.log, 0, 1, -1],
    ['x log x', (x) => x * Math.log(x), 0, 1, -0.25],
    ['1 / sqrt x', (x) => 1 / Math.sqrt(x), 0, 4, 4],
    ['x^-0.9', (x) => x ** -0.9, 0, 1, 10],
    ['sqrt(1 - x^2)', (x) => Math.sqrt(1 - x * x), -1, 1, Math.PI / 2],
    ['1 / (1 + 25 x^2)', (x) => 1 / (1 + 25 * x * x), -1, 1, 0.4 * Math.atan(5)],
    ['log(x - 3)', (x) => Math.log(x - 3), 3, 5, 2 * Math.LN2 - 2],
  ])('%s', (_, f, low, high, truth) => {
    expect(Math.abs(tanhSinh(f, { low, high }) / truth - 1)).toBeLessThan(1e-14)
  })
  it('never looks at the ends', () => {
    const seen: number[] = []
    tanhSinh(
      (x) => {
        seen.push(x)
        return 1
      },
      { low: 1, high: 2 },
    )
    expect(Math.min(...seen)).toBeGreaterThan(1)
    expect(Math.max(...seen)).toBeLessThan(2)
  })
  it('says so when it does not settle', () => {
    const odd = (x: number): number => x
    expect(() => tanhSinh((x) => Math.sin(1e4 * x), { low: 0, high: 1 })).toThrow(NumericalError)
    expect(() => tanhSinh((x) => Math.sin(1e4 * x), { low: 0, high: 1 })).toThrow(
      /has not settled: .*, then .* at the shortest step/,
    )
    expect(Math.abs(tanhSinh(odd, { low: -1, high: 1, absoluteTolerance: 1e-15 }))).toBeLessThan(1e-15)
    expect(tanhSinh(() => 0, { low: -1, high: 1 })).toBe(0)
    expect(() => tanhSinh(() => Number.NaN, { low: 0, high: 1 })).toThrow(NumericalError)
    for (const bad of [
      { low: 1, high: 1 },
      { low: 0, high: Number.NaN },
      { low: 0, high: 1, relativeTolerance: -1 },
      { low: 0, high: 1, absoluteTolerance: Number.NaN },
    ]) {
      expect(() => tanhSinh(Math.exp, bad)).toThrow(InvalidParameterError)
    }
  })
})
