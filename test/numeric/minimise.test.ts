import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InvalidParameterError, NumericalError } from '../../src/errors.ts'
import { minimise } from '../../src/numeric/minimise.ts'

/** [name, f, low, high, the minimum's place, evaluations it may take]. */
const smooth: readonly (readonly [string, (x: number) => number, number, number, number, number])[] = [
  ['(x - 2)^2', (x) => (x - 2) ** 2, 0, 10, 2, 6],
  ['-sin x', (x) => -Math.sin(x), 0, 3, Math.PI / 2, 9],
  ['x log x', (x) => x * Math.log(x), 1e-9, 2, 1 / Math.E, 14],
  ['e^x - 2x', (x) => Math.exp(x) - 2 * x, -50, 50, Math.LN2, 20],
  ['cosh(x - 0.3)', (x) => Math.cosh(x - 0.3), -5, 5, 0.3, 12],
  ['x/2 + 8/x', (x) => x / 2 + 8 / x, 0.01, 1000, 4, 30],
]

const squared = (t: number): number => t * t

/** [name, f, low, high, evaluations to the default tolerance, to 1e-4]: exact operations only, so that the counts are the same everywhere. */
const counted: readonly (readonly [string, (x: number) => number, number, number, number, number])[] = [
  ['(x - 2)^2', (x) => squared(x - 2), 0, 10, 6, 6],
  ['(x - 2)^4', (x) => squared(squared(x - 2)), 0, 10, 22, 18],
  ['x/2 + 8/x', (x) => x / 2 + 8 / x, 0.01, 1000, 25, 20],
  ['|x - 0.3|', (x) => Math.abs(x - 0.3), 0, 1, 22, 14],
  ['-x / (1 + x^2)', (x) => -x / (1 + x * x), 0, 10, 15, 13],
  ['rising', (x) => x, 1, 2, 38, 19],
  ['falling', (x) => 1 / x, 1, 2, 36, 18],
  ['a corner', (x) => (x < 0.2 ? squared(0.2 - x) : 100 * (x - 0.2)), 0, 1, 15, 10],
  ['a wall', (x) => (x > 7 ? Infinity : 1 / x), 0.1, 10, 37, 19],
  ['x^3 - 3x', (x) => x * x * x - 3 * x, 0, 2, 11, 9],
  ['(x^2 - 1)^2', (x) => squared(x * x - 1), -0.5, 3, 15, 12],
  ['stairs', (x) => Math.floor(squared(x - 0.3) * 1e6), 0, 1, 14, 17],
]

describe('minimise', () => {
  it.each(counted)('%s: as many evaluations as ever', (_, f, low, high, finely, coarsely) => {
    expect([minimise(f, { low, high }).iterations, minimise(f, { low, high, relativeTolerance: 1e-4 }).iterations]).toEqual([
      finely,
      coarsely,
    ])
  })

  it.each(smooth)('%s: within the tolerance, in few evaluations', (_, f, low, high, place, most) => {
    let calls = 0
    const counted = (x: number): number => {
      calls++
      return f(x)
    }
    const found = minimise(counted, { low, high })
    // The default tolerance, and as much again for where rounding makes f flat.
    expect(Math.abs(found.x - place)).toBeLessThan(4 * 2 ** -26 * (1 + place))
    expect(found.value).toBe(f(found.x))
    expect(found.iterations).toBe(calls)
    expect(calls).toBeLessThanOrEqual(most)
    expect(found.atEdge).toBe(false)
    expect(Object.isFrozen(found)).toBe(true)
  })

  it('finds the minimum of any unimodal function, and looks nowhere lower', () => {
    const unit = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(
        unit,
        fc.double({ min: 0.3, max: 4, noNaN: true }),
        fc.double({ min: 1e-3, max: 1e3, noNaN: true }),
        (at, p, skew) => {
          let lowest = Infinity
          const f = (x: number): number => {
            const value = Math.abs(x - at) ** p * (x < at ? 1 : skew)
            lowest = Math.min(lowest, value)
            return value
          }
          const found = minimise(f, { low: 0, high: 1, relativeTolerance: 1e-6 })
          expect(found.value).toBe(lowest)
          expect(Math.abs(found.x - at)).toBeLessThanOrEqual(8 * 1e-6 * (at + 2 ** -26))
          expect(found.iterations).toBeLessThanOrEqual(200)
        },
      ),
      { numRuns: 1000, seed: 31 },
    )
  })

  it('keeps to the tolerance: coarser is cheaper', () => {
    const f = (x: number): number => Math.abs(x - 3) ** 1.5
    const counts = [1e-2, 1e-4, 1e-6].map((relativeTolerance) => {
      const found = minimise(f, { low: 0, high: 10, relativeTolerance })
      expect(Math.abs(found.x - 3)).toBeLessThanOrEqual(4 * relativeTolerance * 3)
      return found.iterations
    })
    expect(counts[0]).toBeLessThan(counts[1] as number)
    expect(counts[1]).toBeLessThan(counts[2] as number)
  })

  it('says when the minimum is an end', () => {
    expect(minimise((x) => x, { low: 1, high: 2 })).toMatchObject({ x: 1, value: 1, atEdge: 'low' })
    expect(minimise((x) => -x, { low: 1, high: 2 })).toMatchObject({ x: 2, value: -2, atEdge: 'high' })
    expect(minimise((x) => Math.exp(-x), { low: 0, high: 700 })).toMatchObject({ x: 700, atEdge: 'high' })
    expect(minimise((x) => x, { low: 1, high: 2, mesh: 5 })).toMatchObject({ x: 1, value: 1, atEdge: 'low' })
    expect(minimise((x) => -x, { low: 1, high: 2, mesh: [1.2, 1.4] })).toMatchObject({ x: 2, atEdge: 'high' })
    // An end that is no lower than what lies beside it is not taken.
    expect(minimise((x) => (x === 0 ? 5 : x), { low: 0, high: 1 })).toMatchObject({ atEdge: false })
    // A minimum a little inside is not an end.
    expect(minimise((x) => (x - 1e-3) ** 2, { low: 0, high: 1 })).toMatchObject({ atEdge: false })
  })

  it('stays inside a domain outside of which f is infinite', () => {
    const wall = minimise((x) => (x > 7 ? Infinity : 1 / x), { low: 0.1, high: 100 })
    expect(7 - wall.x).toBeGreaterThanOrEqual(0)
    expect(7 - wall.x).toBeLessThan(1e-6)
    const slit = minimise((x) => (x < 0.9 || x > 0.95 ? Infinity : (x - 0.91) ** 2), { low: 0, high: 1 })
    expect(slit.x).toBeCloseTo(0.91, 6)
    expect(minimise(() => Infinity, { low: 2, high: 3 })).toEqual({ x: 2, value: Infinity, iterations: 66, atEdge: false })
    expect(minimise(() => Infinity, { low: 2, high: 3, mesh: [2.5] })).toEqual({
      x: 2.5,
      value: Infinity,
      iterations: 1,
      atEdge: false,
    })
    expect(minimise((x) => (x > 0.5 ? -Infinity : x), { low: 0, high: 1 }).value).toBe(-Infinity)
  })

  it('finds the deepest of several valleys on a mesh', () => {
    const f = (x: number): number => Math.sin(9 * x) + x / 5
    const found = minimise(f, { low: 0, high: 10, mesh: 100 })
    // cos(9x) = -1/45 in the first valley.
    expect(found.x).toBeCloseTo((2 * Math.PI - Math.acos(-1 / 45)) / 9, 7)
    const far = minimise((x) => Math.sin(9 * x) - x / 5, { low: 0, high: 10, mesh: 100 })
    expect(far.x).toBeGreaterThan(9)
  })

  it('looks at the mesh given, in order, and refines between the neighbours of the best', () => {
    const seen: number[] = []
    const f = (x: number): number => {
      seen.push(x)
      return (x - 5.2) ** 2
    }
    minimise(f, { low: 0, high: 10, mesh: [1, 4, 5, 9] })
    expect(seen.slice(0, 4)).toEqual([1, 4, 5, 9])
    expect(Math.min(...seen.slice(4))).toBeGreaterThan(4)
    expect(Math.max(...seen.slice(4))).toBeLessThan(9)
    seen.length = 0
    minimise(f, { low: 0, high: 10, mesh: 5 })
    expect(seen.slice(0, 5)).toEqual([0, 2.5, 5, 7.5, 10])
    expect(Math.min(...seen.slice(5))).toBeGreaterThan(2.5)
    expect(Math.max(...seen.slice(5))).toBeLessThan(7.5)
    seen.length = 0
    minimise(f, { low: 0.1, high: 0.7, mesh: 4 })
    expect(seen[1]).toBeCloseTo(0.3, 15)
    expect(seen[3]).toBe(0.7)
    seen.length = 0
    minimise(f, { low: 0, high: 10, mesh: [2] })
    expect(Math.abs((seen.at(-1) as number) - 5.2)).toBeLessThan(1e-6)
  })

  it('ends on flat and on rough functions', () => {
    expect(minimise(() => 3, { low: 0, high: 1 }).value).toBe(3)
    const rough = minimise((x) => Math.round((x - 0.3) ** 2 * 1e6), { low: 0, high: 1 })
    expect(rough.value).toBe(0)
    expect(rough.iterations).toBeLessThanOrEqual(60)
  })

  it('throws rather than stop short', () => {
    const shortOf = (): unknown => minimise((x) => x * x, { low: -1, high: 2, relativeTolerance: 1e-10, maxIterations: 3 })
    expect(shortOf).toThrow(NumericalError)
    expect(shortOf).toThrow(/no minimum after 3 evaluations: it is in \[-0.29.*\], f\(.*\) = .* so far/)
    expect(minimise((x) => (x - 2) ** 2, { low: 0, high: 10, maxIterations: 6 }).iterations).toBe(6)
    expect(() => minimise((x) => (x < 1 ? Number.NaN : x), { low: 0, high: 2 })).toThrow(
      /f\(0\.76.*\) is NaN, while seeking its minimum in \[0, 2\]/,
    )
  })

  it('refuses impossible options', () => {
    for (const [name, bad] of [
      ['"high"', { low: 1, high: 1 }],
      ['"low"', { low: Number.NaN, high: 1 }],
      ['"high - low"', { low: -1e308, high: 1e308 }],
      ['"relativeTolerance"', { low: 0, high: 1, relativeTolerance: 0 }],
      ['"relativeTolerance"', { low: 0, high: 1, relativeTolerance: 1 }],
      ['"maxIterations"', { low: 0, high: 1, maxIterations: 0 }],
      ['"mesh"', { low: 0, high: 1, mesh: 1 }],
      ['"mesh" must be at least one point', { low: 0, high: 1, mesh: [] }],
      ['"mesh[1]"', { low: 0, high: 1, mesh: [0.5, 0.2] }],
      ['"mesh[0]"', { low: 0, high: 1, mesh: [-0.5] }],
      ['"mesh[1]"', { low: 0, high: 1, mesh: [0.5, 1.2] }],
      ['"mesh[0]"', { low: 0, high: 1, mesh: [Number.NaN] }],
    ] as const) {
      expect(() => minimise((x) => x, bad)).toThrow(InvalidParameterError)
      expect(() => minimise((x) => x, bad)).toThrow(name)
    }
  })
})
