import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { l1Norm, l2Norm, linfNorm } from '../../src/clipping/index.ts'
import { InvalidParameterError } from '../../src/errors.ts'
import { nextDown, nextUp } from '../../src/numeric/directed.ts'
import { anyVector, within } from './exact.ts'

const norms = [
  ['l1Norm', l1Norm, 1],
  ['l2Norm', l2Norm, 2],
] as const

describe.each(norms)('%s', (_, norm, order) => {
  const isLeast = (vector: Float64Array | Float32Array | number[]): void => {
    const found = norm(vector)
    expect(within(vector, order, found)).toBe(true)
    if (found > 0) expect(within(vector, order, nextDown(found))).toBe(false)
  }
  it('is the least double that is not below the exact norm', () => {
    fc.assert(fc.property(anyVector, isLeast), { numRuns: 4000, seed: 21 })
  })
  it('of floats too', () => {
    fc.assert(
      fc.property(fc.array(fc.float({ noNaN: true, noDefaultInfinity: true })), (values) => isLeast(Float32Array.from(values))),
      { numRuns: 500, seed: 22 },
    )
  })
  it('of long vectors, whatever the length of the last block', () => {
    for (const n of [511, 512, 513, 1027, 20_001])
      isLeast(Float64Array.from({ length: n }, (_, i) => Math.sin(i * i) * 1.1 ** (i % 300)))
  })
  it('just beside squares and sums that are doubles', () => {
    for (const near of [
      [3, 4],
      [5, 12],
      [1e200, 1e-200],
      [1, 2 ** -53],
      [1, 2 ** -600],
      [2 ** 600, 1],
      [2 ** 600, 2 ** -600],
      [2 ** 1000, Number.MIN_VALUE],
      [2 ** 1000, 2 ** -1000],
    ]) {
      isLeast(near)
      isLeast([nextUp(near[0] as number), near[1] as number])
      isLeast([nextDown(near[0] as number), near[1] as number])
    }
  })
})

describe('what twice the precision loses', () => {
  it('is not lost', () => {
    // 2^-120 goes under in the low part, which is then nothing: the two parts alone say that the norm is 1 + 2^-51.
    const vector = [1, 2 ** -53, 2 ** -120, 3 * 2 ** -53]
    expect(l1Norm(vector)).toBe(nextUp(1 + 2 ** -51))
    // Scaled to near 1, the second entry is gone.
    expect(l1Norm([2 ** 1000, Number.MIN_VALUE])).toBe(nextUp(2 ** 1000))
    expect(l2Norm([2 ** 1000, Number.MIN_VALUE])).toBe(nextUp(2 ** 1000))
  })
})

describe('norms', () => {
  it('of known vectors', () => {
    expect(l2Norm([3, 4])).toBe(5)
    expect(l2Norm([3e300, -4e300])).toBe(5e300)
    expect(l2Norm([3 * Number.MIN_VALUE, 4 * Number.MIN_VALUE])).toBe(5 * Number.MIN_VALUE)
    expect(l2Norm([Number.MIN_VALUE, Number.MIN_VALUE])).toBe(2 * Number.MIN_VALUE)
    expect(l1Norm([1, 2 ** -60])).toBe(1 + 2 ** -52)
    expect(l1Norm(new Float64Array(1e5).fill(1))).toBe(1e5)
    expect(linfNorm([1, -7, 3])).toBe(7)
    expect(linfNorm([-Number.MIN_VALUE])).toBe(Number.MIN_VALUE)
  })
  it('of nothing and of zeros are 0', () => {
    for (const norm of [l1Norm, l2Norm, linfNorm]) {
      expect(norm([])).toBe(0)
      expect(norm([0, -0])).toBe(0)
    }
  })
  it('past the largest double, and of entries that are not finite, are Infinity', () => {
    for (const norm of [l1Norm, l2Norm]) {
      expect(norm([Number.MAX_VALUE, Number.MAX_VALUE])).toBe(Infinity)
      expect(norm([Number.MAX_VALUE, 1])).toBe(Infinity)
      expect(norm([Number.MAX_VALUE])).toBe(Number.MAX_VALUE)
    }
    for (const norm of [l1Norm, l2Norm, linfNorm]) {
      for (const bad of [Number.NaN, Infinity, -Infinity]) {
        expect(norm([bad])).toBe(Infinity)
        expect(norm([1e308, bad, 1e308])).toBe(Infinity)
        expect(norm([1, 2, 3, bad])).toBe(Infinity)
      }
    }
  })
  it('refuse what is no vector, and do not show what is in one', () => {
    for (const wrong of [
      null,
      1,
      '12',
      {},
      new Int32Array(2),
      new DataView(new ArrayBuffer(8)),
      Object.create(Float64Array.prototype),
    ]) {
      expect(() => l2Norm(wrong as never)).toThrow(InvalidParameterError)
    }
    expect(() => l2Norm([1, 'secret'] as never)).toThrow('"vector[1]" must be a number, got "string"')
    expect(() => l2Norm(new Array(3))).toThrow(InvalidParameterError)
  })
})
