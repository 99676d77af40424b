import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { proposeTestRelease, smoothMedian, smoothSensitivity } from '../../src/mechanisms/index.ts'
import { failsOften, testThreshold } from '../../src/mechanisms/robust/propose-test-release.ts'
import { drawStudent, intervalStudent } from '../../src/mechanisms/robust/student.ts'
import { fromNumber } from '../../src/numeric/rational.ts'
import { insecureSeeded } from '../../src/testing/index.ts'
import { chiSquared, seededBits } from '../random/support.ts'
import { attacks, audit } from './support.ts'

describe("Student's noise", () => {
  it.each([1n, 2n, 7n, 40n])('has exactly its law: c = %d', (c) => {
    const bits = seededBits(131)
    const scale = Number(c)
    const weight = (z: number): number => (scale * scale + z * z) ** -2
    let total = 0
    for (let z = -100_000; z <= 100_000; z++) total += weight(z)
    const counts = new Map<number, number>()
    const draws = 60_000
    for (let i = 0; i < draws; i++) {
      const z = Number(drawStudent(bits, c))
      if (Math.abs(z) < 500 * scale) counts.set(z, (counts.get(z) ?? 0) + 1)
    }
    expect(Math.abs(chiSquared(counts, (z) => weight(z) / total, draws))).toBeLessThan(4.5)
  })
  it('goes as far as its intervals say', () => {
    // Student's t of three degrees of freedom: 3.182446 and 12.92398 at 95 % and 99.9 %, in units of c over root 3.
    expect(intervalStudent(0.05) * Math.sqrt(3)).toBeCloseTo(3.182446305, 8)
    expect(intervalStudent(0.001) * Math.sqrt(3)).toBeCloseTo(12.923978637, 7)
    expect(intervalStudent(1e-20) / 1e6).toBeCloseTo(Math.cbrt(400 / (3 * Math.PI)), 6)
    const bits = seededBits(132)
    let beyond = 0
    for (let i = 0; i < 20_000; i++)
      if (Math.abs(Number(drawStudent(bits, 1n << 200n))) > intervalStudent(0.1) * 2 ** 200) beyond += 1
    expect(beyond / 20_000).toBeCloseTo(0.1, 2)
  })
})

describe('smoothMedian', () => {
  /** By the definition, over all k. */
  const bySums = (values: readonly number[], lower: number, upper: number, beta: number): number => {
    const x = values.map((value) => Math.min(Math.max(value, lower), upper)).sort((a, b) => a - b)
    const at = (i: number): number => (i < 0 ? lower : i >= x.length ? upper : (x[i] as number))
    const m = Math.floor((x.length + 1) / 2) - 1
    let best = 0
    for (let k = 0; k <= x.length + 1; k++) {
      for (let t = 0; t <= k + 1; t++) best = Math.max(best, Math.exp(-beta * k) * (at(m + t) - at(m + t - k - 1)))
    }
    return best
  }
  const data = fc.array(fc.oneof(fc.double({ min: -1, max: 12, noNaN: true }), fc.integer({ min: 0, max: 10 })), {
    minLength: 1,
    maxLength: 40,
  })
  const rate = fc.double({ min: 0.001, max: 3, noNaN: true })
  it('is what the definition says', () => {
    fc.assert(
      fc.property(data, rate, (values, smoothing) => {
        const { bound, value } = smoothMedian(values, { lower: 0, upper: 10, smoothing })
        expect(bound / Math.max(bySums(values, 0, 10, smoothing), 10 * 2 ** -92)).toBeCloseTo(1, 11)
        const sorted = values.map((v) => Math.min(Math.max(v, 0), 10)).sort((a, b) => a - b)
        expect(value).toBe((sorted[Math.floor((sorted.length + 1) / 2) - 1] as number) + 0)
      }),
      { numRuns: 400 },
    )
  })
  it('bounds what replacing a record does, and is smooth', () => {
    fc.assert(
      fc.property(data, rate, fc.nat(), fc.double({ min: 0, max: 10, noNaN: true }), (values, smoothing, place, other) => {
        const here = smoothMedian(values, { lower: 0, upper: 10, smoothing })
        const there = smoothMedian(values.with(place % values.length, other), { lower: 0, upper: 10, smoothing })
        expect(Math.abs(here.value - there.value)).toBeLessThanOrEqual(Math.min(here.bound, there.bound) * (1 + 2 ** -38))
        expect(here.bound).toBeLessThanOrEqual(there.bound * Math.exp(smoothing) * (1 + 2 ** -37))
      }),
      { numRuns: 400 },
    )
  })
  it('is fast, and right where much is equal or far', () => {
    const values = Float64Array.from({ length: 200_000 }, (_, i) => (i % 3 === 0 ? 5 : (i * 7919) % 1000))
    const { bound } = smoothMedian(values, { lower: 0, upper: 1000, smoothing: 0.001 })
    expect(bound).toBeGreaterThan(0)
    expect(smoothMedian(new Float64Array(1000).fill(5), { lower: 0, upper: 1e6, smoothing: 1 }).bound).toBe(1e6 * 2 ** -92)
    const plateau = [...new Array<number>(50).fill(5), 0, 10]
    expect(smoothMedian(plateau, { lower: 0, upper: 10, smoothing: 0.3 }).bound / bySums(plateau, 0, 10, 0.3)).toBeCloseTo(1, 11)
    expect(smoothMedian([], { lower: 2, upper: 10, smoothing: 1 })).toEqual({ value: 2, bound: 8 })
    expect(smoothMedian([Number.NaN, null, 'x', 7, 8] as never, { lower: 1, upper: 10, smoothing: 1 }).value).toBe(1)
    expect(smoothMedian(Float32Array.of(3, Number.POSITIVE_INFINITY, 4), { lower: 1, upper: 10, smoothing: 1 }).value).toBe(4)
    expect(() => smoothMedian('secret' as never, { lower: 0, upper: 1, smoothing: 1 })).toThrow('values')
    expect(() => smoothMedian([], { lower: 1, upper: 1, smoothing: 1 })).toThrow('upper')
    expect(() => smoothMedian([], { lower: -1e308, upper: 1e308, smoothing: 1 })).toThrow('upper')
  })
})

describe('smoothSensitivity', () => {
  it('is as private as it says, with scales that differ as much as they may', () => {
    const attack = (epsilon: number, spread: number, distance: number): number => {
      const mechanism = smoothSensitivity({ epsilon, leastBound: 0.01, insecureRandom: insecureSeeded(133) })
      const grow = Math.exp(spread * mechanism.smoothing)
      const points = [-20, -8, -4, -2, -1, -0.5, 0, 0.5, 1, 1.5, 2, 4, 8, 20]
      const releases = [() => mechanism.release(0, 1), () => mechanism.release(distance, grow)] as const
      return audit(releases, attacks(points, [38, 39, 40, 44]), { draws: 20_000 }).epsilon
    }
    expect(attack(1, 1, 1)).toBeLessThan(1)
    expect(attack(4, 1, 1)).toBeLessThan(4)
    expect(attack(4, -1, 1)).toBeLessThan(4)
    // Were all of epsilon for the shift, or the bound not smooth: seen.
    expect(attack(1, 0, 5)).toBeGreaterThan(1)
    expect(attack(1, 30, 0)).toBeGreaterThan(1)
  })
  it('has noise of the size it says, and takes anything', () => {
    const mechanism = smoothSensitivity({ epsilon: 2, leastBound: 1, insecureRandom: insecureSeeded(134) })
    expect(mechanism.event).toEqual({ kind: 'pure', epsilon: 2 })
    expect(mechanism.guarantee).toEqual({ epsilon: 2, delta: 0 })
    expect(mechanism.smoothing).toBeCloseTo(1 / 3, 12)
    // c = 2 S / (epsilon - 3 beta) = 2 S.
    expect(mechanism.error({ bound: 5 }).stddev).toBeCloseTo(10, 7)
    expect(mechanism.error()).toEqual(mechanism.error({ confidence: 0.95, bound: 1 }))
    const { halfWidth } = mechanism.error({ confidence: 0.9, bound: 5 })
    let beyond = 0
    for (let i = 0; i < 20_000; i++) if (Math.abs(mechanism.release(100, 5) - 100) > halfWidth) beyond += 1
    expect(beyond / 20_000).toBeCloseTo(0.1, 2)
    for (const bound of [Number.NaN, -1, Number.POSITIVE_INFINITY, 'x', undefined]) {
      expect(Number.isFinite(mechanism.release(5, bound as never))).toBe(true)
    }
    for (const value of [Number.NaN, null, 'x', undefined])
      expect(Math.abs(mechanism.release(value as never, 0))).toBeLessThan(1e4)
    expect(mechanism.release(Number.POSITIVE_INFINITY, 1)).toBe(Number.MAX_VALUE)
    const refused = (given: object, name: string): void => {
      expect(() => smoothSensitivity({ epsilon: 1, leastBound: 1, ...given })).toThrow(`"${name}"`)
    }
    refused({ epsilon: 1e-9 }, 'epsilon')
    refused({ epsilon: 2 ** 21 }, 'epsilon')
    refused({ leastBound: 0 }, 'leastBound')
    refused({ smoothing: 1 / 3 }, 'smoothing')
    refused({ smoothing: 0 }, 'smoothing')
  })
})

describe('proposeTestRelease', () => {
  it.each([
    [1, 1e-6],
    [0.01, 0.4],
    [30, 1e-9],
    [0.3, 0.01],
  ])('fails as often as it must: epsilon %d, delta %d', (epsilon, delta) => {
    const threshold = testThreshold(fromNumber(epsilon), delta)
    const beyond = (t: number): number => Math.exp(-epsilon * (t + 1)) / (1 + Math.exp(-epsilon))
    expect(beyond(threshold)).toBeLessThanOrEqual(delta * (1 + 1e-9))
    if (threshold > 0) expect(beyond(threshold - 1)).toBeGreaterThan(delta)
    expect(failsOften(threshold, fromNumber(epsilon), delta)).toBe(true)
  })
  it('passes by distance, as it says', () => {
    const mechanism = proposeTestRelease({ bound: 0.5, epsilon: 1, delta: 0.01, insecureRandom: insecureSeeded(135) })
    expect(mechanism.event).toEqual({ kind: 'approximate', epsilon: 1, delta: 0.01 })
    expect(mechanism.guarantee).toEqual({ epsilon: 1, delta: 0.01 })
    const { distance, halfWidth } = mechanism.error({ confidence: 0.9 })
    expect(halfWidth).toBeCloseTo(Math.log(10), 9)
    const passed = (at: unknown): number => {
      let count = 0
      for (let i = 0; i < 20_000; i++) if (mechanism.release({ value: 7, distance: at as number }) !== undefined) count += 1
      return count / 20_000
    }
    expect(passed(distance)).toBeGreaterThanOrEqual(0.9)
    expect(passed(distance - 1)).toBeLessThan(0.9)
    for (const none of [0, -5, Number.NaN, 'x', 0.9]) {
      expect(passed(none)).toBeLessThan(0.0125)
      expect(passed(none)).toBeGreaterThan(0.002)
    }
    expect(passed(Number.POSITIVE_INFINITY)).toBe(1)
  })
  it('is as private as it says, and not without the test', () => {
    const attack = (there: { value: number; distance: number }): number => {
      const mechanism = proposeTestRelease({ bound: 1, epsilon: 2, delta: 0.02, insecureRandom: insecureSeeded(136) })
      const seen = (measured: { value: number; distance: number }): number => mechanism.release(measured) ?? -1e6
      const here = { value: 0, distance: 4 }
      return audit([() => seen(here), () => seen(there)], attacks([-1e5, -2, -1, 0, 0.5, 1, 2, 3]), {
        draws: 60_000,
        delta: 0.02,
      }).epsilon
    }
    expect(attack({ value: 1, distance: 3 })).toBeLessThan(2)
    expect(attack({ value: 1, distance: 3 })).toBeGreaterThan(0.8)
    // As though the distance could fall by two and the value move by three bounds.
    expect(attack({ value: 3, distance: 6 })).toBeGreaterThan(2)
  })
  it('refuses what makes no sense', () => {
    const { release } = proposeTestRelease({ bound: 1, epsilon: 1, delta: 0.1, insecureRandom: insecureSeeded(137) })
    expect(release({ value: null, distance: 1e9 } as never)).toBeTypeOf('number')
    expect(() => release('secret' as never)).toThrow('measured')
    expect(() => release('secret' as never)).not.toThrow('secret')
    const refused = (given: object, name: string): void => {
      expect(() => proposeTestRelease({ bound: 1, epsilon: 1, delta: 0.1, ...given })).toThrow(`"${name}"`)
    }
    refused({ bound: 0 }, 'bound')
    refused({ epsilon: 2 ** -41 }, 'epsilon')
    refused({ epsilon: 1401 }, 'epsilon')
    refused({ delta: 0 }, 'delta')
  })
})
