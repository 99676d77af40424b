import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clipL1, clipL2, clipLinf } from '../../src/clipping/index.ts'
import { InvalidParameterError } from '../../src/errors.ts'
import { nextDown, nextUp } from '../../src/numeric/directed.ts'
import { anyBound, anyVector, powerSum, within } from './exact.ts'

type Stored = Float64Array | Float32Array | number[]
const storages: [string, (values: readonly number[]) => Stored][] = [
  ['doubles', (values) => Float64Array.from(values)],
  ['floats', (values) => Float32Array.from(values)],
  ['numbers', (values) => [...values]],
]
const finite = (vector: Stored): boolean => [...vector].every(Number.isFinite)
const scaling = [
  ['clipL1', clipL1, 1],
  ['clipL2', clipL2, 2],
] as const

describe.each(
  scaling.flatMap(([name, clip, order]) => storages.map(([storage, make]) => [name, storage, clip, order, make] as const)),
)('%s of %s', (_, storage, clipper, order, make) => {
  const check = (values: readonly number[], norm: number): Stored => {
    const vector = make(values)
    const before = vector.slice()
    const { clip, clipInPlace } = clipper({ norm })
    const clipped = clip(vector)
    expect(clipped.constructor).toBe(vector.constructor)
    expect(clipped.length).toBe(vector.length)
    expect(clipped).not.toBe(vector)
    expect(vector).toEqual(before)
    expect(within(clipped, order, norm)).toBe(true)
    if (finite(vector) && within(vector, order, norm)) expect(clipped).toEqual(vector)
    if (!finite(vector)) expect(clipped.every((x) => Object.is(x, 0))).toBe(true)
    expect(clip(clipped)).toEqual(clipped)
    expect(clipInPlace(vector)).toBe(vector)
    expect(vector).toEqual(clipped)
    return clipped
  }
  it('never exceeds the bound, in exact arithmetic, and leaves what is within it', () => {
    fc.assert(
      fc.property(anyVector, anyBound, (values, norm) => void check(values, norm)),
      { numRuns: 1500, seed: 31 },
    )
  })
  it('is as long as it may be, and points the same way', () => {
    const loss = storage === 'floats' ? 3 * 2 ** -24 : 400 * 2 ** -53
    const exponents = storage === 'floats' ? { min: -80, max: 100 } : { min: -970, max: 1010 }
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 1, maxLength: 50 }),
        fc.integer(exponents),
        fc.integer(exponents),
        fc.double({ min: 0.5, max: 1, noNaN: true }),
        (values, e, f, significand) => {
          const large = make(values.map((x) => x * 2 ** Math.max(e, f)))
          const norm = significand * 2 ** Math.min(e, f)
          const clipped = check([...large], norm)
          if (within(large, order, norm)) return
          expect(within(clipped, order, norm * (1 - loss))).toBe(false)
          const top = (vector: Stored): number => (vector as number[]).reduce((most, x) => Math.max(most, Math.abs(x)), 0)
          const [before, after] = [top(large), top(clipped)]
          for (const [i, x] of clipped.entries()) {
            const ideal = ((large[i] as number) / before) * after
            expect(Math.abs(x - ideal)).toBeLessThanOrEqual(
              Math.abs(ideal) * loss + (storage === 'floats' ? 2 ** -148 : 2 ** -1073 * Math.max(1, after)),
            )
          }
        },
      ),
      { numRuns: 800, seed: 32 },
    )
  })
  it('decides exactly at the edge', () => {
    for (const scale of [1, 2 ** -60, 2 ** 60, ...(storage === 'floats' ? [] : [2 ** -600, 2 ** 600, 2 ** -1060, 2 ** 1018])]) {
      const vector = [3 * scale, -4 * scale]
      const norm = (order === 1 ? 7 : 5) * scale
      expect([...check(vector, norm)]).toEqual(vector)
      expect([...check(vector, nextUp(norm))]).toEqual(vector)
      expect([...check(vector, nextDown(norm))]).not.toEqual(vector)
    }
    // 2^-25 squared, and so 1 + 2^-50 + ...: a difference that no double sum shows.
    const longer = [...new Array(1000).fill(2 ** -27), 1]
    expect([...check(longer, 1)]).not.toEqual(longer)
    expect(within(check(longer, 1), order, 1)).toBe(true)
  })
  it('holds the bound where all roundings go up', () => {
    // Thousands of equal entries round alike: nothing averages out.
    for (let k = 0; k < 200; k++) check(new Array(100 + 37 * (k % 7)).fill(1 + k * 0.013), 0.7 + k / 300)
  })
  it('of entries that are not finite makes zeros, without a word', () => {
    for (const bad of [Number.NaN, Infinity, -Infinity]) {
      expect([...check([1, bad, -0, 1e-300], 1)]).toEqual([0, 0, 0, 0])
      expect([...check([bad], Number.MAX_VALUE)]).toEqual([0])
    }
    expect(check([], 1).length).toBe(0)
    expect([...check([0, -0], Number.MIN_VALUE)]).toEqual([0, -0])
  })
})

describe.each(storages)('clipLinf of %s', (storage, make) => {
  it('cuts off each entry by itself', () => {
    fc.assert(
      fc.property(anyVector, anyBound, (values, norm) => {
        const vector = make(values)
        const { clip, clipInPlace } = clipLinf({ norm })
        const clipped = clip(vector)
        expect(clipped.constructor).toBe(vector.constructor)
        for (const [i, x] of clipped.entries()) {
          expect(Math.abs(x)).toBeLessThanOrEqual(norm)
          const before = vector[i] as number
          if (!finite(vector)) expect(x).toBe(0)
          else if (Math.abs(before) <= norm) expect(Object.is(x, before)).toBe(true)
          else {
            // The nearest that fits: the bound itself, or the float below it.
            expect(Math.sign(x)).toBe(norm < 2 ** -149 && storage === 'floats' ? Math.sign(x) : Math.sign(before))
            if (storage !== 'floats') expect(Math.abs(x)).toBe(norm)
            else expect(Math.abs(x) * (1 + 2 ** -22) + 2 ** -148).toBeGreaterThan(norm)
          }
        }
        expect(clipInPlace(vector)).toBe(vector)
        expect(vector).toEqual(clipped)
      }),
      { numRuns: 2000, seed: 33 },
    )
  })
})

describe('sensitivities', () => {
  it('are known before a vector is', () => {
    expect(clipL1({ norm: 2 })).toMatchObject({ l1Sensitivity: 2, l2Sensitivity: 2 })
    expect(clipL2({ norm: 2 }).l2Sensitivity).toBe(2)
    expect(clipLinf({ norm: 2 }).linfSensitivity).toBe(2)
    expect('l2Sensitivity' in clipLinf({ norm: 2 })).toBe(false)
    expect(Object.isFrozen(clipL2({ norm: 2 }))).toBe(true)
  })
  it('of an linf bound come with the dimension, rounded up', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-300, max: 1e290, noNaN: true }), fc.integer({ min: 1, max: 200 }), (norm, dimension) => {
        const clipper = clipLinf({ norm, dimension })
        const worst = new Array<number>(dimension).fill(norm)
        expect(within(worst, 1, clipper.l1Sensitivity as number)).toBe(true)
        expect(within(worst, 2, clipper.l2Sensitivity as number)).toBe(true)
        expect(within(worst, 2, (clipper.l2Sensitivity as number) * (1 - 2 ** -50))).toBe(false)
      }),
      { numRuns: 300, seed: 34 },
    )
    expect(clipLinf({ norm: 1, dimension: 3 }).clip([5, 0, -5])).toEqual([1, 0, -1])
    expect(() => clipLinf({ norm: 1, dimension: 3 }).clip([1, 2])).toThrow(InvalidParameterError)
  })
  it('refuse norms that are none', () => {
    for (const make of [clipL1, clipL2, clipLinf]) {
      for (const norm of [0, -1, Number.NaN, Infinity, '1', undefined])
        expect(() => make({ norm: norm as number })).toThrow('"norm"')
      expect(() => make({ norm: 1 }).clip('1' as never)).toThrow(InvalidParameterError)
    }
    for (const dimension of [0, 1.5, null])
      expect(() => clipLinf({ norm: 1, dimension: dimension as number })).toThrow('"dimension"')
  })
})

describe('a million entries', () => {
  it('are within the bound, and no shorter than promised', () => {
    const vector = Float64Array.from({ length: 1e6 }, (_, i) => Math.sin(i * i))
    const clipped = clipL2({ norm: 1 }).clip(vector)
    expect(within(clipped, 2, 1)).toBe(true)
    expect(within(clipped, 2, 1 - (320 + 1e6 / 256) * 2 ** -53)).toBe(false)
    expect(powerSum(clipped, 2)).toBeGreaterThan(0n)
  })
})
