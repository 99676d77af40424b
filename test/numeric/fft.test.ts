import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InvalidParameterError } from '../../src/errors.ts'
import { realFft } from '../../src/numeric/fft.ts'
import { rootsOfUnity } from '../../src/numeric/roots-of-unity.ts'
import vectors from '../vectors/numeric-fourier.json' with { type: 'json' }
import { ulpsFrom } from './exact.ts'
import { exactSpectrum, relativeError } from './fixed-fourier.ts'

/** Reproducible numbers in [-1/2, 1/2), whole multiples of 2^-50. */
function noise(n: number, seed: number): Float64Array {
  let state = seed
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state
  }
  return Float64Array.from({ length: n }, () => next() / 2 ** 32 + (next() >>> 14) / 2 ** 50 - 0.5)
}

const norm = (data: ArrayLike<number>): number => Math.sqrt(Array.from(data).reduce((sum, x) => sum + x * x, 0))
const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number => norm(Array.from(a, (x, i) => x - (b[i] as number)))

/** |spectrum|^2 over all n frequencies. */
function energy(spectrum: Float64Array): number {
  const ends = (spectrum[0] as number) ** 2 + (spectrum[1] as number) ** 2
  return ends + 2 * spectrum.subarray(2).reduce((sum, x) => sum + x * x, 0)
}

describe('rootsOfUnity', () => {
  const table = rootsOfUnity(2 ** 22)
  it('is within 0.75 ulp of 40 digits', () => {
    let worst = 0
    for (const [n, k, cosine, sine] of vectors.roots as [number, number, string, string][]) {
      worst = Math.max(
        worst,
        ulpsFrom(cosine, table[n / 2 + 2 * k] as number),
        ulpsFrom(sine, table[n / 2 + 2 * k + 1] as number),
      )
    }
    expect(worst).toBeLessThan(0.75)
    expect(worst).toBeGreaterThan(0.5)
  })
  it('is one table: a smaller one is the beginning of a larger one', () => {
    for (const n of [2, 4, 8, 64, 2 ** 12]) expect(rootsOfUnity(n).slice(2)).toEqual(table.slice(2, n))
  })
})

describe('realFft', () => {
  it.each(Array.from({ length: 13 }, (_, i) => 2 ** (i + 1)))('n = %d: forward and inverse are within 1e-16 log2 n', (n) => {
    for (let seed = 1; seed <= (n < 1024 ? 8 : 1); seed++) {
      const data = noise(n, seed)
      const spectrum = data.slice()
      realFft(n).forward(spectrum)
      expect(relativeError(spectrum, exactSpectrum(data))).toBeLessThan(1e-16 * Math.log2(n))
      realFft(n).inverse(spectrum)
      expect(distance(spectrum, data)).toBeLessThan(1.2e-16 * Math.log2(n) * norm(data))
    }
  })

  it.each([2 ** 14, 2 ** 15, 2 ** 16, 2 ** 19, 2 ** 20])('n = %d: a chirp, whose spectrum is a chirp', (n) => {
    // sum_j e^(pi i j^2 / n) e^(-2 pi i j k / n) = e^(pi i / 4) sqrt(n) e^(-pi i k^2 / n) for even n, and its real part.
    const phase = (j: number): number => (Math.PI * ((j * j) % (2 * n))) / n
    const data = Float64Array.from({ length: n }, (_, j) => Math.cos(phase(j)))
    const at = (k: number): number => Math.sqrt(n) * Math.cos(phase(k) - Math.PI / 4)
    const expected = Float64Array.from({ length: n }, (_, i) =>
      i === 0 ? at(0) : i === 1 ? at(n / 2) : i % 2 === 0 ? at(i / 2) : 0,
    )
    const spectrum = data.slice()
    realFft(n).forward(spectrum)
    // The input's own rounding is of the same order.
    expect(distance(spectrum, expected)).toBeLessThan(2e-16 * Math.log2(n) * norm(expected))
    realFft(n).inverse(spectrum)
    expect(distance(spectrum, data)).toBeLessThan(1e-16 * Math.log2(n) * norm(data))
  })

  it('goes to 2^22: Parseval, a shifted impulse and the way back', () => {
    const n = 2 ** 22
    const plan = realFft(n)
    const data = noise(n, 5)
    const total = data.reduce((sum, x) => sum + x * x, 0)
    plan.forward(data)
    expect(Math.abs(energy(data) / n / total - 1)).toBeLessThan(1e-13)
    plan.inverse(data)
    const again = noise(n, 5)
    let error = 0
    for (let i = 0; i < n; i++) error += ((data[i] as number) - (again[i] as number)) ** 2
    expect(Math.sqrt(error / total)).toBeLessThan(1e-16 * 22)
    data.fill(0)
    data[3] = 1
    plan.forward(data)
    for (const k of [1, 2, 12345, n / 8, n / 2 - 1]) {
      expect(data[2 * k]).toBeCloseTo(Math.cos((2 * Math.PI * 3 * k) / n), 14)
      expect(data[2 * k + 1]).toBeCloseTo(-Math.sin((2 * Math.PI * 3 * k) / n), 14)
    }
    expect([data[0], data[1]]).toEqual([1, -1])
  })

  it('lays out 8 points as documented', () => {
    const data = Float64Array.of(1, 2, 3, 4, 5, 6, 7, 9)
    realFft(8).forward(data)
    const h = Math.SQRT1_2
    // X_0, X_4, then re and im of X_1, X_2, X_3, by hand.
    const expected = [37, -5, -4 + h, 4 + 9 * h, -4, 5, -4 - h, -4 + 9 * h]
    for (const [i, x] of expected.entries()) expect(data[i]).toBeCloseTo(x, 14)
  })

  it('turns cyclic convolution into a product', () => {
    const n = 16
    const [a, b] = [noise(n, 1), noise(n, 2)]
    const direct = Array.from({ length: n }, (_, i) => a.reduce((sum, x, j) => sum + x * (b[(i - j + n) % n] as number), 0))
    const plan = realFft(n)
    plan.forward(a)
    plan.forward(b)
    const product = a.map((x, i) => {
      if (i < 2) return x * (b[i] as number)
      const [re, im] = [i - (i % 2), i - (i % 2) + 1]
      const [p, q, r, s] = [a[re], a[im], b[re], b[im]] as [number, number, number, number]
      return i === re ? p * r - q * s : p * s + q * r
    })
    plan.inverse(product)
    expect(distance(product, direct)).toBeLessThan(1e-15)
  })

  it('is exact on an impulse at 0 and on a constant, and brings any impulse back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), fc.nat(1023), (power, place) => {
        const n = 2 ** power
        const data = new Float64Array(n)
        data[0] = 3
        realFft(n).forward(data)
        expect(Array.from(data, Math.abs)).toEqual(Array.from({ length: n }, (_, i) => (i < 2 || i % 2 === 0 ? 3 : 0)))
        data.fill(1)
        realFft(n).forward(data)
        expect(Array.from(data, Math.abs)).toEqual(Array.from({ length: n }, (_, i) => (i === 0 ? n : 0)))
        data.fill(0)
        data[place % n] = 1
        realFft(n).forward(data)
        realFft(n).inverse(data)
        const back = Array.from({ length: n }, (_, i) => (i === place % n ? 1 : 0))
        expect(distance(data, back)).toBeLessThan(1e-15)
      }),
      { numRuns: 60, seed: 41 },
    )
  })

  it('remembers plans, the latest that fit', () => {
    const plan = realFft(64)
    expect(realFft(64)).toBe(plan)
    expect(plan.size).toBe(64)
    expect(Object.isFrozen(plan)).toBe(true)
    const large = realFft(2 ** 20)
    expect(realFft(64)).toBe(plan)
    expect(realFft(2 ** 20)).toBe(large)
    // 2^20 + 2^19 + 2^19 and the small ones are too many: the oldest are forgotten.
    const half = realFft(2 ** 19)
    realFft(2 ** 18)
    expect(realFft(2 ** 19)).toBe(half)
    const whole = realFft(2 ** 21)
    expect(realFft(2 ** 21)).toBe(whole)
    expect(realFft(2 ** 20)).not.toBe(large)
    expect(realFft(64)).not.toBe(plan)
    const beyond = realFft(2 ** 22)
    expect(realFft(2 ** 22)).not.toBe(beyond)
  })

  it('keeps plans of two sizes apart', () => {
    const [small, large] = [realFft(8), realFft(32)]
    const [a, b] = [noise(8, 3), noise(32, 4)]
    const [a0, b0] = [a.slice(), b.slice()]
    small.forward(a)
    large.forward(b)
    small.inverse(a)
    large.inverse(b)
    expect(distance(a, a0) + distance(b, b0)).toBeLessThan(1e-14)
  })

  it('refuses other lengths', () => {
    for (const n of [0, 1, 3, 12, 2 ** 23, 1.5, -4, Number.NaN, Infinity, 2 ** 20 + 2]) {
      expect(() => realFft(n)).toThrow(InvalidParameterError)
      expect(() => realFft(n)).toThrow(`"n" must be a power of two from 2 to 2^22, got ${n}`)
    }
    expect(() => realFft(8).forward(new Float64Array(4))).toThrow('"data.length" must be 8, got 4')
    expect(() => realFft(8).inverse(new Float64Array(16))).toThrow(InvalidParameterError)
  })
})
