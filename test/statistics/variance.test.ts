import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { variance } from '../../src/statistics/index.ts'
import { stepsOfRange } from '../../src/statistics/steps.ts'
import { extremes, shareOf, weightsOf } from '../../src/statistics/variance.ts'
import { insecureSeeded } from '../../src/testing/index.ts'

const runs = 2000
const slack = 6 * Math.sqrt(0.09 / runs)

it('a record deals out exactly its whole weight, and none of it is negative', () => {
  const steps = stepsOfRange({ lower: -1, upper: 4 })
  const near = fc.integer({ min: 0, max: 200_000 }).map((i) => -1 + i * steps.step)
  fc.assert(
    fc.property(fc.oneof(near, fc.double()), (x) => {
      const weights = weightsOf(Float64Array.of(x), steps)
      for (const weight of weights) expect(weight >= 0n).toBe(true)
      expect(weights[0] + weights[1] + weights[2]).toBe(Number.isNaN(x) ? 0n : BigInt(steps.width))
    }),
    { numRuns: 2000 },
  )
})

it('without noise it is the variance', () => {
  const values = [1, 2, 4, 7, 7, 9.5, -3, 100]
  const clamped = values.map((x) => Math.min(Math.max(x, 0), 10))
  const mean = clamped.reduce((a, b) => a + b, 0) / 8
  const exact = clamped.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 8
  const { value } = variance({ lower: 0, upper: 10, epsilon: 1e6, insecureRandom: insecureSeeded(71) }).release(values)
  expect(value).toBeCloseTo(exact, 3)
})

it('the ends of the box are those that trying finds', () => {
  const side = fc.double({ min: 0, max: 10, noNaN: true })
  const part = fc.double({ min: 0, max: 1, noNaN: true })
  fc.assert(
    fc.property(fc.tuple(side, side, side), fc.tuple(side, side, side), fc.tuple(part, part, part), (low, width, at) => {
      const high = low.map((x, i) => x + (width[i] as number)) as [number, number, number]
      const [least, most] = extremes(low, high)
      const inside = low.map((x, i) => x + (width[i] as number) * (at[i] as number)) as [number, number, number]
      if (inside[0] + inside[1] + inside[2] === 0) return
      expect(shareOf(inside)).toBeGreaterThanOrEqual(least - 1e-12)
      expect(shareOf(inside)).toBeLessThanOrEqual(most + 1e-12)
    }),
    { numRuns: 3000 },
  )
})

const data = {
  spread: Float64Array.from({ length: 300 }, (_, i) => i % 50),
  'at both bounds': Float64Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? -9 : 99)),
  'at one': new Float64Array(60).fill(0),
  'in the middle': new Float64Array(60).fill(25),
  'three records': Float64Array.of(10, 49, 3),
}
describe.each([[{ epsilon: 1 }], [{ rho: 0.5 }], [{ epsilon: 0.2, delta: 1e-5 }]])('%j', (privacy) => {
  it.each(Object.entries(data))('the interval and the error of a variance hold: %s', (_, values) => {
    const clamped = values.map((x) => Math.min(Math.max(x, 0), 50))
    const mean = clamped.reduce((a, b) => a + b, 0) / values.length
    const truth = clamped.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length
    const { release, error } = variance({ ...privacy, lower: 0, upper: 50, confidence: 0.9, insecureRandom: insecureSeeded(72) })
    const { halfWidth } = error({ records: values.length, confidence: 0.9 })
    let [held, within] = [0, 0]
    for (let i = 0; i < runs; i++) {
      const { value, lower, upper } = release(values)
      if (lower <= truth && truth <= upper) held += 1
      if (Math.abs(value - truth) <= halfWidth) within += 1
      expect(lower <= upper && value >= 0 && value <= 625.001).toBe(true)
    }
    expect(held / runs).toBeGreaterThan(0.9 - slack)
    expect(within / runs).toBeGreaterThan(0.9 - slack)
  })
})

it('no direction moves the share by more than the largest noise', () => {
  // The bound of the error: the gradient's absolute entries sum to 1 at most, wherever the share is not cut off.
  const part = fc.double({ min: 0, max: 1, noNaN: true })
  fc.assert(
    fc.property(part, part, (a, b) => {
      const [p0, p2] = [Math.min(a, b), 1 - Math.max(a, b)]
      const p1 = 1 - p0 - p2
      const share = p0 * p2 - (p1 * p1) / 4
      if (share < 0) return
      expect(Math.abs(p2 - 2 * share) + p1 / 2 + 2 * share + Math.abs(p0 - 2 * share)).toBeLessThanOrEqual(1 + 1e-12)
    }),
    { numRuns: 3000 },
  )
})
