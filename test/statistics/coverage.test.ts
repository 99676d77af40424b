import { describe, expect, it } from 'vitest'
import { count, type Estimate, histogram, mean, sum } from '../../src/statistics/index.ts'
import { insecureSeeded } from '../../src/testing/index.ts'

const runs = 3000
/** Six standard deviations of the share of so many runs. */
const slack = (share: number): number => 6 * Math.sqrt((share * (1 - share)) / runs)

function shareOf(make: () => Estimate, truth: number): { covered: number; within: (halfWidth: number) => number } {
  const found = Array.from({ length: runs }, make)
  return {
    covered: found.filter(({ lower, upper }) => lower <= truth && truth <= upper).length / runs,
    within: (halfWidth) => found.filter(({ value }) => Math.abs(value - truth) <= halfWidth).length / runs,
  }
}

const data = {
  spread: Float64Array.from({ length: 200 }, (_, i) => i % 50),
  'at the lower bound': new Float64Array(40).fill(-5),
  'at the upper bound': new Float64Array(40).fill(1e9),
  'three records': Float64Array.of(10, 49, 3),
  one: Float64Array.of(25),
}
const clamp = (x: number): number => Math.min(Math.max(x, 0), 50)
const privacies = [
  ['epsilon', { epsilon: 1 }],
  ['a small epsilon', { epsilon: 0.1 }],
  ['rho', { rho: 0.5 }],
  ['delta', { epsilon: 1, delta: 1e-5 }],
] as const

describe.each(privacies)('by %s', (_, privacy) => {
  describe.each(Object.entries(data))('%s', (_, values) => {
    const clamped = values.map(clamp)
    const total = clamped.reduce((a, b) => a + b, 0)
    const options = { ...privacy, lower: 0, upper: 50, confidence: 0.9, insecureRandom: insecureSeeded(31) }
    it('the interval of a mean holds it as often as it says, or more', () => {
      const statistic = mean(options)
      const { covered, within } = shareOf(() => statistic.release(values), total / values.length)
      expect(covered).toBeGreaterThan(0.9 - slack(0.9))
      const { halfWidth } = statistic.error({ records: values.length, confidence: 0.9 })
      expect(within(halfWidth)).toBeGreaterThan(0.9 - slack(0.9))
    })
    it('and that of a sum', () => {
      const statistic = sum(options)
      const { covered, within } = shareOf(() => statistic.release(values), total)
      expect(covered).toBeGreaterThan(0.9 - slack(0.9))
      expect(Math.abs(within(statistic.error({ confidence: 0.9 }).halfWidth) - 0.9)).toBeLessThan(slack(0.9))
    })
  })
  it('those of a count and a histogram', () => {
    const options = { ...privacy, confidence: 0.9, insecureRandom: insecureSeeded(32) }
    const counted = count(options)
    const { covered, within } = shareOf(() => counted.release(data.spread), 200)
    expect(covered).toBeGreaterThan(0.9 - slack(0.9))
    expect(within(counted.error({ confidence: 0.9 }).halfWidth)).toBe(covered)
    const binned = histogram({ ...options, edges: [0, 25, 50] })
    const bin = shareOf(() => binned.release(data.spread)[1] as Estimate, 100)
    expect(bin.covered).toBeGreaterThan(0.9 - slack(0.9))
  })
})

it('a mean is tight: its interval is not wider than noise makes it', () => {
  const statistic = mean({ epsilon: 1, lower: 0, upper: 50, confidence: 0.9, insecureRandom: insecureSeeded(33) })
  const { covered } = shareOf(() => statistic.release(data.spread), 24.5)
  expect(covered).toBeLessThan(0.9 + slack(0.9))
  // Splitting epsilon in halves would give at least sqrt(2) times the deviation.
  const errors = Array.from({ length: runs }, () => statistic.release(data.spread).value - 24.5)
  const deviation = Math.sqrt(errors.reduce((a, b) => a + b * b, 0) / runs)
  expect(deviation).toBeLessThan(1.1 * statistic.error({ records: 200 }).stddev * Math.SQRT1_2)
  expect(deviation).toBeGreaterThan(0.9 * statistic.error({ records: 200 }).stddev * Math.SQRT1_2)
})

it('of nothing, or of nobody, something is released all the same', () => {
  for (const nothing of [[], [Number.NaN, Number.NaN, null as never]]) {
    const { value, lower, upper } = mean({ epsilon: 1, lower: 3, upper: 5, insecureRandom: insecureSeeded(34) }).release(nothing)
    expect(value).toBeGreaterThanOrEqual(3)
    expect(value).toBeLessThanOrEqual(5)
    expect(upper - lower).toBeGreaterThan(0)
  }
})
it('bounds as far apart as doubles go', () => {
  const wide = { epsilon: 1, lower: -Number.MAX_VALUE, upper: Number.MAX_VALUE, insecureRandom: insecureSeeded(35) }
  const many = new Float64Array(1000).fill(1e308)
  expect(mean(wide).release(many).value / 1e308).toBeCloseTo(1, 1)
  expect(sum(wide).release(many)).toEqual({
    value: Number.MAX_VALUE,
    lower: Number.MAX_VALUE,
    upper: Number.MAX_VALUE,
    confidence: 0.95,
  })
  expect(mean(wide).error({ records: 1 }).halfWidth).toBe(Number.MAX_VALUE)
})
