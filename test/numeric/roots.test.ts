import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InvalidParameterError, NumericalError } from '../../src/errors.ts'
import { nextUp } from '../../src/numeric/directed.ts'
import { bracket, findRoot, firstInteger, type Root } from '../../src/numeric/roots.ts'
import { fromBits, unit, wholeUnits } from './exact.ts'

const anyDouble = fc
  .bigInt({ min: 0n, max: 2n ** 64n - 1n })
  .map(fromBits)
  .filter(Number.isFinite)

/** Counts calls, and remembers them. */
function watched(f: (x: number) => number): { f: (x: number) => number; seen: Map<number, number>; calls: () => number } {
  const seen = new Map<number, number>()
  let calls = 0
  return {
    f: (x) => {
      calls++
      const value = f(x)
      seen.set(x, value)
      return value
    },
    seen,
    calls: () => calls,
  }
}

function expectSignChange(f: (x: number) => number, { low, high, atLow, atHigh, root }: Root): void {
  expect([f(low), f(high)]).toEqual([atLow, atHigh])
  if (low === high) expect(atLow === 0).toBe(true)
  else expect(atLow < 0 !== atHigh < 0 && atLow !== 0 && atHigh !== 0).toBe(true)
  expect(root).toBe(Math.abs(atLow) < Math.abs(atHigh) ? low : high)
}

/** Smooth functions with a simple root: [f, low, high, f', evaluations it may take to adjacent doubles]. */
const smooth: readonly (readonly [string, (x: number) => number, number, number, (x: number) => number, number, number])[] = [
  ['x^2 - 2', (x) => x * x - 2, 1, 10, (x) => 2 * x, 12, 9],
  ['cos x - x', (x) => Math.cos(x) - x, 0, 1, (x) => -Math.sin(x) - 1, 8, 7],
  ['e^x - 5', (x) => Math.exp(x) - 5, 0, 10, (x) => Math.exp(x), 15, 11],
  ['x^3 - 2x - 5', (x) => x ** 3 - 2 * x - 5, 2, 3, (x) => 3 * x * x - 2, 9, 8],
  ['1/x - 3', (x) => 1 / x - 3, 0.01, 10, (x) => -1 / (x * x), 14, 10],
  ['log x over nine decades', (x) => Math.log(x), 1e-3, 1e6, (x) => 1 / x, 13, 14],
  ['e^-x - 1e-12', (x) => Math.exp(-x) - 1e-12, 0, 100, (x) => -Math.exp(-x), 19, 17],
  ['atan(x - 3)', (x) => Math.atan(x - 3), -1000, 1000, (x) => 1 / (1 + (x - 3) ** 2), 14, 10],
  ['falling through -7', (x) => -7 - x, -1e3, 1e3, () => -1, 5, 5],
]

/** Noise of 5e-10, by exact operations. */
const grain = (x: number): number => (((Math.abs(x) * 1e9) % 1) - 0.5) * 1e-9
const eighth = (t: number): number => t * t * (t * t) * (t * t * (t * t))

/**
 * [name, f, low, high, evaluations down to adjacent doubles, to 1e-9 relatively, to 1e-4 absolutely]. Only + - * / and remainders, so
 * that the counts are the same on every engine: they change with the method alone. Fewer is progress, more wants a reason.
 */
const counted: readonly (readonly [string, (x: number) => number, number, number, number, number, number])[] = [
  ['x^2 - 2', (x) => x * x - 2, 1, 10, 11, 10, 9],
  ['x^3 - 2x - 5', (x) => x * x * x - 2 * x - 5, 2, 3, 8, 7, 6],
  ['1/x - 3', (x) => 1 / x - 3, 0.01, 10, 13, 13, 12],
  ['x^8 - 1e4', (x) => eighth(x) - 1e4, 0, 10, 8, 7, 7],
  ['a triple root', (x) => (x - 1) * (x - 1) * (x - 1), 0, 5, 56, 37, 16],
  ['a ninefold root', (x) => eighth(x - 1 / 3) * (x - 1 / 3), -1, 1.3, 76, 48, 25],
  ['1/x^2 - 3.3', (x) => 1 / (x * x) - 3.3, 0.3, 3, 12, 12, 10],
  ['1/x under noise', (x) => 1 / x - 0.3 + grain(x), 0.1, 10, 33, 12, 11],
  ['x^2 under noise', (x) => x * x - 3 + grain(x), 0.5, 1e3, 16, 12, 11],
  ['saturating', (x) => (x - 3) / (1 + Math.abs(x - 3)), -1000, 1000, 17, 17, 15],
  ['nearly a step', (x) => (1e6 * (x - 0.7)) / (1 + Math.abs(1e6 * (x - 0.7))), 0, 1, 28, 27, 16],
  ['nearly a pole', (x) => 1 / (5.001 - x) - 700, 0, 5, 20, 19, 16],
  ['near 0', (x) => x - 1e-30, -1, 1, 4, 8, 4],
  ['a step', (x) => (x < 0.3 ? -1 : 1), 0, 1, 56, 34, 16],
  ['a slanted step', (x) => (x < 0.3 ? -1e-9 : 1), -5, 1, 114, 70, 32],
  ['infinite on one side', (x) => (x < 0.5 ? -Infinity : x - 0.7), 0, 1, 10, 10, 10],
  ['x^3 - 1e-12', (x) => x * x * x - 1e-12, -1, 2, 29, 29, 16],
  ['six decades', (x) => (x * x - 1e-4) / (x + 1e-3), 1e-3, 1e3, 11, 11, 9],
  ['nine decades', (x) => (x - 1) / (x + 1), 1e-3, 1e6, 13, 13, 11],
]

describe('findRoot', () => {
  it.each(counted)('%s: as many evaluations as ever', (_, f, low, high, adjacent, relatively, absolutely) => {
    const found = findRoot(f, { low, high })
    expectSignChange(f, found)
    expect([
      found.iterations,
      findRoot(f, { low, high, relativeTolerance: 1e-9 }).iterations,
      findRoot(f, { low, high, absoluteTolerance: 1e-4 }).iterations,
    ]).toEqual([adjacent, relatively, absolutely])
  })

  it.each(smooth)('%s: adjacent doubles in few evaluations', (_, f, low, high, derivative, most, mostWithSlope) => {
    const plain = watched(f)
    const found = findRoot(plain.f, { low, high })
    expectSignChange(f, found)
    expect(found.low === found.high || nextUp(found.low) === found.high).toBe(true)
    expect(found.iterations).toBe(plain.calls())
    expect(found.iterations).toBeLessThanOrEqual(most)
    const newton = findRoot(f, { low, high, derivative })
    expectSignChange(f, newton)
    expect(newton.low === newton.high || nextUp(newton.low) === newton.high).toBe(true)
    expect(newton.iterations).toBeLessThanOrEqual(mostWithSlope)
  })

  it('encloses the exact root of x^2 = 2', () => {
    const { low, high } = findRoot((x) => x * x - 2, { low: 1, high: 2 })
    expect(wholeUnits(low) ** 2n < 2n * unit ** 2n && wholeUnits(high) ** 2n > 2n * unit ** 2n).toBe(true)
  })

  it('finds a jump anywhere among the doubles, in at most 180 evaluations', () => {
    fc.assert(
      fc.property(anyDouble, anyDouble, anyDouble, fc.boolean(), (a, b, c, rising) => {
        const [low, at, high] = [a, b, c].sort((x, y) => x - y) as [number, number, number]
        fc.pre(low < at)
        const f = (x: number): number => (x < at === rising ? -1 : 1)
        const found = findRoot(f, { low, high })
        // Compared with ===: the sign of a zero doesn't matter.
        expect(nextUp(found.low) === found.high && found.high === at).toBe(true)
        expect(found.iterations).toBeLessThanOrEqual(180)
      }),
      { numRuns: 2000, seed: 21 },
    )
  })

  it('spans the whole range of doubles', () => {
    const most = Number.MAX_VALUE
    for (const at of [1e300, -1e300, 5e-324, -most, 0.1]) {
      const f = (x: number): number => (x <= at ? -1 : 1)
      const found = findRoot(f, { low: -most, high: most })
      expect([found.low, found.high]).toEqual([at, nextUp(at)])
    }
  })

  it('ends for shapes that mislead interpolation', () => {
    const shapes: readonly ((t: number) => number)[] = [
      (t) => t ** 9,
      (t) => Math.sign(t) * Math.sqrt(Math.abs(t)),
      (t) => Math.tanh(1e6 * t),
      (t) => (t < 0 ? -1e-300 : t > 0 ? 1e300 : 0),
      (t) => (t < 0 ? -Infinity : t),
      (t) => (t < 0 ? -Infinity : Infinity),
      (t) => Math.round(t * 1e9) / 1e9 || (t < 0 ? -1e-12 : 1e-12),
      (t) => t * Math.exp(-30 * t),
    ]
    fc.assert(
      fc.property(fc.constantFrom(...shapes), fc.double({ min: -3, max: 3, noNaN: true }), (shape, root) => {
        const f = (x: number): number => shape(x - root)
        const found = findRoot(f, { low: -4, high: 5 })
        expectSignChange(f, found)
        expect(found.low === found.high || nextUp(found.low) === found.high).toBe(true)
        expect(found.iterations).toBeLessThanOrEqual(180)
        const misled = findRoot(f, { low: -4, high: 5, derivative: (x) => Math.sin(1e3 * x) })
        expectSignChange(f, misled)
        expect(misled.iterations).toBeLessThanOrEqual(180)
      }),
      { numRuns: 800, seed: 22 },
    )
  })

  it('closes the bracket under noise without bisecting all of it', () => {
    // A deterministic jitter of the last digits, as rounding makes it.
    const jitter = (x: number): number => Math.sin(x * 1e13) * 1e-12
    const f = (x: number): number => Math.log(x) - 0.3 + jitter(x)
    const found = findRoot(f, { low: 0.1, high: 10 })
    expectSignChange(f, found)
    expect(found.iterations).toBeLessThanOrEqual(30)
    const coarse = findRoot(f, { low: 0.1, high: 10, relativeTolerance: 1e-9 })
    expect(coarse.iterations).toBeLessThanOrEqual(11)
    const steps = findRoot((x) => Math.round((x - Math.PI) * 1e12) / 1e12 + 1e-13, { low: 0, high: 10 })
    expect(steps.iterations).toBeLessThanOrEqual(20)
  })

  it('stops at the tolerance asked for, and not far below it', () => {
    for (const [, f, low, high] of smooth.slice(0, 8)) {
      for (const relativeTolerance of [1e-3, 1e-6, 1e-9]) {
        const found = findRoot(f, { low, high, relativeTolerance })
        expectSignChange(f, found)
        expect(found.high - found.low).toBeLessThanOrEqual(
          relativeTolerance * Math.max(Math.abs(found.low), Math.abs(found.high)),
        )
        expect(found.iterations).toBeLessThanOrEqual(findRoot(f, { low, high }).iterations)
      }
      const found = findRoot(f, { low, high, absoluteTolerance: 0.01 })
      expect(found.high - found.low).toBeLessThanOrEqual(0.01)
    }
    // The tolerance is relative to the larger end.
    const lopsided = findRoot((x) => (x < 1 ? -1 : 1), { low: 0, high: 4, relativeTolerance: 0.9 })
    expect(lopsided).toMatchObject({ high: 4, iterations: 3 })
    expect(lopsided.low).toBeCloseTo(0.76, 12)
    const wide = findRoot((x) => x - 1, { low: 0, high: 3, absoluteTolerance: 5 })
    expect(wide).toEqual({ root: 0, low: 0, high: 3, atLow: -1, atHigh: 2, iterations: 2 })
  })

  it('takes an exact zero as both ends, wherever it is', () => {
    const f = (x: number): number => x - 2
    for (const [low, high] of [
      [2, 5],
      [-1, 2],
      [2, 2],
      [0, 4],
    ] as const) {
      const found = findRoot(f, { low, high })
      expect(found).toMatchObject({ root: 2, low: 2, high: 2, atLow: 0, atHigh: 0 })
    }
    expect(findRoot(f, { low: 0, high: 4 }).iterations).toBe(3)
  })

  it('uses values it is given', () => {
    const { f, seen } = watched((x) => x ** 3 - 2)
    const found = findRoot(f, { low: 0, high: 4, atLow: -2, atHigh: 62 })
    expect(seen.has(0) || seen.has(4)).toBe(false)
    expect(found.iterations).toBe(seen.size)
    expect(findRoot(f, { low: 0, high: 4, atLow: -Infinity }).root).toBeCloseTo(Math.cbrt(2), 15)
  })

  it('gives a frozen result', () => {
    expect(Object.isFrozen(findRoot((x) => x, { low: -1, high: 1 }))).toBe(true)
  })

  it('refuses ends of one sign, NaN and impossible options', () => {
    expect(() => findRoot((x) => x * x + 1, { low: -1, high: 2 })).toThrow(NumericalError)
    expect(() => findRoot((x) => x * x + 1, { low: -1, high: 2 })).toThrow('no sign change: f(-1) = 2 and f(2) = 5')
    expect(() => findRoot((x) => -x, { low: 1, high: 2 })).toThrow('no sign change: f(1) = -1 and f(2) = -2')
    expect(() => findRoot((x) => (x === 0 || x === 1 ? x - 0.5 : Number.NaN), { low: 0, high: 1 })).toThrow(NumericalError)
    expect(() => findRoot((x) => (x === 0 || x === 1 ? x - 0.5 : Number.NaN), { low: 0, high: 1 })).toThrow(
      'f(0.5) is NaN; the sign change sought in [0, 1]',
    )
    expect(() => findRoot(() => Number.NaN, { low: 0, high: 1 })).toThrow('f(0) is NaN')
    expect(() => findRoot((x) => x, { low: -1, high: 1, atHigh: Number.NaN })).toThrow('f(1) is NaN')
    for (const [name, bad] of [
      ['high', { low: 1, high: 0 }],
      ['low', { low: Number.NaN, high: 0 }],
      ['high', { low: 0, high: Infinity }],
      ['absoluteTolerance', { low: -1, high: 1, absoluteTolerance: -1 }],
      ['relativeTolerance', { low: -1, high: 1, relativeTolerance: 1 }],
      ['relativeTolerance', { low: -1, high: 1, relativeTolerance: Number.NaN }],
    ] as const) {
      expect(() => findRoot((x) => x, bad)).toThrow(InvalidParameterError)
      expect(() => findRoot((x) => x, bad)).toThrow(`"${name}"`)
    }
  })
})

describe('bracket', () => {
  const rising = (at: number) => (x: number) => x - at

  it('doubles away from the start until the sign changes', () => {
    expect(bracket(rising(100), { start: 1 })).toEqual({ low: 64, high: 128, atLow: -36, atHigh: 28 })
    expect(bracket(rising(100), { start: 1, direction: 'up' })).toEqual({ low: 64, high: 128, atLow: -36, atHigh: 28 })
    expect(bracket(rising(0.1), { start: 1 })).toMatchObject({ low: 0.0625, high: 0.125 })
    expect(bracket(rising(0.1), { start: 1, direction: 'down' })).toMatchObject({ low: 0.0625, high: 0.125 })
    expect(bracket(rising(-100), { start: -1 })).toEqual({ low: -128, high: -64, atLow: -28, atHigh: 36 })
    expect(bracket(rising(-0.1), { start: -1, direction: 'up' })).toMatchObject({ low: -0.125, high: -0.0625 })
  })
  it('walks by doubling steps, across 0', () => {
    expect(bracket(rising(-5), { start: 0, step: 1 })).toEqual({ low: -7, high: -3, atLow: -2, atHigh: 2 })
    expect(bracket(rising(5), { start: 0, step: 1, direction: 'up' })).toEqual({ low: 3, high: 7, atLow: -2, atHigh: 2 })
    expect(bracket(rising(-5), { start: 3, step: 1, direction: 'down' })).toEqual({ low: -12, high: -4, atLow: -7, atHigh: 1 })
    expect(bracket(rising(5), { start: -3, step: 1 })).toMatchObject({ low: 4, high: 12 })
    // A step below the spacing of doubles is lengthened to it.
    expect(bracket(rising(1.5), { start: 1, step: 1e-300 })).toMatchObject({ low: 1.5 - 2 ** -52, high: 2 - 2 ** -52 })
  })
  it('stops at a limit, having looked at it', () => {
    expect(bracket(rising(100), { start: 1, max: 100.5 })).toMatchObject({ low: 64, high: 100.5 })
    expect(bracket(rising(-5), { start: 0, step: 1, min: -6 })).toMatchObject({ low: -6, high: -3 })
    expect(() => bracket(rising(100), { start: 1, min: 0.5, max: 99 })).toThrow(NumericalError)
    expect(() => bracket(rising(100), { start: 1, min: 0.5, max: 99 })).toThrow('f does not change sign in [0.5, 99]')
    expect(() => bracket(rising(100), { start: 1, direction: 'down', min: 0.5 })).toThrow('f does not change sign in [0.5, 1]')
    expect(() => bracket(() => 1, { start: 1 })).toThrow(`in [${Number.MIN_VALUE}, ${Number.MAX_VALUE}]`)
    expect(() => bracket(() => 1, { start: -1 })).toThrow(`in [${-Number.MAX_VALUE}, ${-Number.MIN_VALUE}]`)
    expect(() => bracket(() => -1, { start: 0, step: 1 })).toThrow(`in [${-Number.MAX_VALUE}, ${Number.MAX_VALUE}]`)
  })
  it('gives what findRoot takes, a zero at an end included', () => {
    const f = rising(8)
    expect(findRoot(f, bracket(f, { start: 1 })).root).toBe(8)
    expect(findRoot(f, bracket(f, { start: 8 })).root).toBe(8)
    const touching = (x: number): number => (x - 8) * (x - 8)
    expect(bracket(touching, { start: 8 })).toEqual({ low: 8, high: 16, atLow: 0, atHigh: 64 })
    expect(bracket(touching, { start: 1, direction: 'up' })).toEqual({ low: 4, high: 8, atLow: 16, atHigh: 0 })
    expect(bracket(touching, { start: 32, direction: 'down' })).toEqual({ low: 8, high: 16, atLow: 0, atHigh: 64 })
    expect(Object.isFrozen(bracket(f, { start: 1 }))).toBe(true)
    expect(Object.isFrozen(bracket(f, { start: 9, direction: 'down' }))).toBe(true)
  })
  it('asks no more than once for each point, one way or both', () => {
    const { f, seen, calls } = watched(rising(100))
    bracket(f, { start: 1, direction: 'up' })
    expect([...seen.keys()]).toEqual([1, 2, 4, 8, 16, 32, 64, 128])
    const down = watched(rising(1))
    bracket(down.f, { start: 8, direction: 'down' })
    expect([...down.seen.keys()]).toEqual([8, 4, 2, 1])
    expect(down.calls()).toBe(4)
    const both = watched(rising(3))
    bracket(both.f, { start: 1 })
    expect([...both.seen.keys()]).toEqual([1, 2, 0.5, 4])
    expect(calls()).toBe(8)
  })
  it('refuses NaN and impossible options', () => {
    expect(() => bracket((x) => (x > 3 ? Number.NaN : 1), { start: 1 })).toThrow('f(4) is NaN; no sign change in [0.5, 2]')
    expect(() => bracket(rising(1), { start: 0 })).toThrow('"start" must be other than 0 unless "step" is given')
    for (const [name, bad] of [
      ['start', { start: Number.NaN }],
      ['start', { start: 1, min: 2 }],
      ['start', { start: 1, max: 0.5 }],
      ['step', { start: 1, step: 0 }],
      ['step', { start: 1, step: Number.NaN }],
      ['min', { start: 1, min: Number.NaN }],
      ['max', { start: 1, max: Number.NaN }],
      ['direction', { start: 1, direction: 'left' as 'up' }],
    ] as const) {
      expect(() => bracket(rising(5), bad)).toThrow(InvalidParameterError)
      expect(() => bracket(rising(5), bad)).toThrow(`"${name}"`)
    }
  })
})

describe('firstInteger', () => {
  it('finds the threshold of a monotone condition', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.maxSafeInteger(), fc.maxSafeInteger(), (a, b, c) => {
        const [low, at, high] = [a, b, c].sort((x, y) => x - y) as [number, number, number]
        let calls = 0
        const holds = (n: number): boolean => {
          calls++
          return n >= at
        }
        expect(firstInteger(holds, { low, high })).toBe(at)
        expect(calls).toBeLessThanOrEqual(56)
      }),
      { numRuns: 300, seed: 23 },
    )
    expect(firstInteger(() => true, { low: 3, high: 9 })).toBe(3)
    expect(firstInteger((n) => n > 8, { low: 3, high: 9 })).toBe(9)
    expect(firstInteger((n) => n > 2, { low: 3, high: 3 })).toBe(3)
  })
  it('refuses a condition that never holds and ends that are not integers', () => {
    expect(() => firstInteger(() => false, { low: 1, high: 5 })).toThrow(NumericalError)
    expect(() => firstInteger(() => false, { low: 1, high: 5 })).toThrow('the condition holds for no integer in [1, 5]')
    expect(() => firstInteger(() => true, { low: 0.5, high: 5 })).toThrow('"low" must be an integer, got 0.5')
    expect(() => firstInteger(() => true, { low: 6, high: 5 })).toThrow('"high" must be an integer >= 6, got 5')
  })
})
