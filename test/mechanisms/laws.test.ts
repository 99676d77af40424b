import { describe, expect, it } from 'vitest'
import { discreteGaussian, discreteLaplace, gaussian, laplace } from '../../src/mechanisms/index.ts'
import { deviationGaussian, deviationLaplace, intervalGaussian, intervalLaplace } from '../../src/mechanisms/noise-laws.ts'
import { normalCdf } from '../../src/numeric/normal.ts'
import { insecureSeeded } from '../../src/testing/index.ts'
import { chiSquared } from '../random/support.ts'

const draws = 60_000
/** In standard deviations. The streams are seeded: what passes once passes always. */
const limit = 4.5

const laplaceCdf = (x: number): number => (x < 0 ? Math.exp(x) / 2 : 1 - Math.exp(-x) / 2)

/** Bins of a tenth of the noise's scale around `at`. */
function binned(sample: () => number, at: number, scale: number): Map<number, number> {
  const counts = new Map<number, number>()
  for (let i = 0; i < draws; i++) {
    const bin = Math.floor(((sample() - at) / scale) * 10)
    counts.set(bin, (counts.get(bin) ?? 0) + 1)
  }
  return counts
}

describe('what is released has the stated law', () => {
  it('laplace', () => {
    const { release } = laplace({ sensitivity: 3, epsilon: 0.5, insecureRandom: insecureSeeded(31) })
    const counts = binned(() => release(100), 100, 6)
    expect(Math.abs(chiSquared(counts, (b) => laplaceCdf((b + 1) / 10) - laplaceCdf(b / 10), draws))).toBeLessThan(limit)
  })
  it('laplace, by the vector', () => {
    const { release } = laplace({ sensitivity: 3, epsilon: 0.5, insecureRandom: insecureSeeded(32) })
    const values = release(new Float64Array(draws).fill(100))
    let i = 0
    const counts = binned(() => values[i++] as number, 100, 6)
    expect(Math.abs(chiSquared(counts, (b) => laplaceCdf((b + 1) / 10) - laplaceCdf(b / 10), draws))).toBeLessThan(limit)
  })
  it.each([
    ['as numbers', 33, (release: (x: number) => number) => release(-7)],
    ['of a vector', 34, (release: (x: number[]) => number[]) => release([5, -7])[1] as number],
  ] as const)('gaussian, %s', (_, seed, draw) => {
    const { release } = gaussian({ l2Sensitivity: 2, rho: 0.5, insecureRandom: insecureSeeded(seed) })
    const counts = binned(() => draw(release as never), -7, 2)
    expect(Math.abs(chiSquared(counts, (b) => normalCdf((b + 1) / 10) - normalCdf(b / 10), draws))).toBeLessThan(limit)
  })
  it.each([0n, 12345n, 2n ** 53n + 1n, -(2n ** 80n) + 3n])('gaussian and laplace on %d, rounded to an integer', (x) => {
    const normal = gaussian({ l2Sensitivity: 2, rho: 0.5, insecureRandom: insecureSeeded(35) }).release
    const double = laplace({ sensitivity: 2, epsilon: 1, insecureRandom: insecureSeeded(36) }).release
    for (const [release, cdf] of [
      [normal, normalCdf],
      [double, laplaceCdf],
    ] as const) {
      const counts = new Map<number, number>()
      for (let i = 0; i < draws / 4; i++) {
        const noise = Number(release(x) - x)
        counts.set(noise, (counts.get(noise) ?? 0) + 1)
      }
      const law = (k: number): number => cdf((k + 0.5) / 2) - cdf((k - 0.5) / 2)
      expect(Math.abs(chiSquared(counts, law, draws / 4))).toBeLessThan(limit)
    }
  })
  it('bigints far below the noise are on its grid, with its spread', () => {
    const { release } = laplace({ sensitivity: 2n ** 200n, epsilon: 1, insecureRandom: insecureSeeded(37) })
    let total = 0
    for (let i = 0; i < 4000; i++) {
      const noisy = release(1n)
      expect(noisy % 2n ** 160n).toBe(0n)
      total += Math.abs(Number(noisy)) / 2 ** 200
    }
    expect(Math.abs(total / 4000 - 1)).toBeLessThan(limit / Math.sqrt(4000))
  })
  it('discreteLaplace and discreteGaussian, in every shape', () => {
    const a = Math.exp(-1 / 4)
    const geometric = (k: number): number => ((1 - a) / (1 + a)) * a ** Math.abs(k)
    let total = 0
    for (let k = -60; k <= 60; k++) total += Math.exp(-(k * k) / 32)
    const normal = (k: number): number => Math.exp(-(k * k) / 32) / total
    for (const [mechanism, law] of [
      [discreteLaplace({ sensitivity: 2, epsilon: 0.5, insecureRandom: insecureSeeded(38) }), geometric],
      [discreteGaussian({ sensitivity: 2, rho: 0.125, insecureRandom: insecureSeeded(39) }), normal],
    ] as const) {
      const { release } = mechanism
      const shapes: (() => number)[] = [
        () => release(50) - 50,
        () => Number(release(2n ** 90n) - 2n ** 90n),
        () => (release(new Float32Array([1, 50]))[1] as number) - 50,
        () => Number((release(new BigInt64Array([1n, 50n]))[1] as bigint) - 50n),
      ]
      for (const shape of shapes) {
        const counts = new Map<number, number>()
        for (let i = 0; i < draws / 4; i++) {
          const noise = shape()
          counts.set(noise, (counts.get(noise) ?? 0) + 1)
        }
        expect(Math.abs(chiSquared(counts, law, draws / 4))).toBeLessThan(limit)
      }
    }
  })
})

describe('errors are known in advance', () => {
  const risks = [0.9, 0.5, 0.32, 0.05, 0.01, 1e-6, 1e-12]
  it.each([0.05, 0.3, 0.7, 1, 2, 10, 123.456])('discrete laws of scale %d: the least interval, by summing', (scale) => {
    for (const [law, interval, deviation] of [
      [(x: number) => Math.exp(-x / scale), intervalLaplace, deviationLaplace],
      [(x: number) => Math.exp(-((x / scale) ** 2) / 2), intervalGaussian, deviationGaussian],
    ] as const) {
      const masses = Array.from({ length: Math.ceil(60 * scale) + 10 }, (_, x) => law(x) * (x === 0 ? 1 : 2))
      const total = masses.reduceRight((sum, mass) => sum + mass, 0)
      const square = masses.reduceRight((sum, mass, x) => sum + mass * x * x, 0)
      const tail = (k: number): number => masses.slice(k + 1).reduceRight((sum, mass) => sum + mass, 0) / total
      for (const risk of risks) {
        const k = interval(scale, risk)
        expect(tail(k)).toBeLessThanOrEqual(risk * (1 + 1e-12))
        if (k > 0) expect(tail(k - 1)).toBeGreaterThan(risk * (1 - 1e-12))
      }
      expect(deviation(scale)).toBeCloseTo(Math.sqrt(square / total), 10)
    }
  })
  it('ties of the interval with the risk count as reached', () => {
    // P(|Z| > k) = 2 a^(k+1) / (1 + a) at its very value, up to a rounding upwards.
    for (const scale of [0.5, 1, 3]) {
      const a = Math.exp(-1 / scale)
      for (const k of [0, 1, 2, 5]) expect(intervalLaplace(scale, ((2 * a ** (k + 1)) / (1 + a)) * (1 + 1e-14))).toBe(k)
    }
  })
  it('wide discrete Gaussian noise is within a step of the sum, from where sums are not formed', () => {
    for (const risk of risks) {
      const below = intervalGaussian(4095.999, risk)
      const above = intervalGaussian(4096, risk)
      expect(above).toBeGreaterThanOrEqual(below)
      expect(above - below).toBeLessThanOrEqual(1)
    }
    expect(deviationGaussian(1e6)).toBe(1e6)
    expect(deviationGaussian(4095)).toBeCloseTo(4095, 8)
  })
  it('of continuous noise: the quantiles, and half a step for rounding', () => {
    const double = laplace({ sensitivity: 3, epsilon: 0.5 })
    const normal = gaussian({ l2Sensitivity: 3, stddev: 6 })
    for (const risk of risks) {
      const confidence = 1 - risk
      const exact = -6 * Math.log(1 - confidence)
      const { halfWidth, stddev } = double.error({ confidence })
      expect(halfWidth).toBeGreaterThan(exact * (1 - 1e-11))
      expect(halfWidth).toBeLessThan(exact + 6e-11 + exact * 1e-11)
      expect(stddev).toBeCloseTo(6 * Math.SQRT2, 9)
      const half = normal.error({ confidence }).halfWidth
      expect(2 * normalCdf(-half / 6)).toBeLessThan(1 - confidence)
      expect(2 * normalCdf(-half / 6)).toBeGreaterThan((1 - confidence) * (1 - 1e-9))
    }
    expect(normal.error()).toEqual(normal.error({ confidence: 0.95 }))
    expect(normal.error().stddev).toBe(6)
  })
  it('covers what it says', () => {
    const mechanisms = [
      laplace({ sensitivity: 1, epsilon: 0.5, insecureRandom: insecureSeeded(41) }),
      gaussian({ l2Sensitivity: 1, epsilon: 1, delta: 1e-5, insecureRandom: insecureSeeded(42) }),
    ]
    for (const { release, error } of mechanisms) {
      const { halfWidth } = error({ confidence: 0.9 })
      let inside = 0
      for (let i = 0; i < draws; i++) if (Math.abs(release(7) - 7) <= halfWidth) inside += 1
      expect(Math.abs(inside / draws - 0.9) * Math.sqrt(draws / 0.09)).toBeLessThan(limit)
    }
  })
})
