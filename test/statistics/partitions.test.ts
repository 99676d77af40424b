import { describe, expect, it } from 'vitest'
import { discreteGaussian, laplace } from '../../src/mechanisms/index.ts'
import * as rational from '../../src/numeric/rational.ts'
import { leastTail } from '../../src/statistics/histogram.ts'
import { automaticBounds, count, distinctCount, histogram, plan, quantile, selectPartitions } from '../../src/statistics/index.ts'
import { keepTable } from '../../src/statistics/select-partitions.ts'
import { insecureSeeded } from '../../src/testing/index.ts'

const fraction = (x: number): rational.Rational => rational.fromNumber(x)

describe('the table of keep-probabilities', () => {
  it.each([
    [1, 1e-5],
    [0.1, 1e-9],
    [3, 0.01],
    [0.01, 0.2],
    [40, 1e-12],
  ])('is optimal and private: epsilon %d, delta %d', (epsilon, delta) => {
    const keep = keepTable(fraction(epsilon), fraction(delta))
    const p = (n: number): number => rational.toNumber(keep(n))
    expect(p(0)).toBe(0)
    expect(p(1) / delta).toBeCloseTo(1, 12)
    // Theorem 1 of the paper: geometric up to n1, and mirrored from there.
    const crossing = 1 + Math.floor(Math.log((Math.exp(epsilon) + 2 * delta - 1) / (delta * (Math.exp(epsilon) + 1))) / epsilon)
    for (let n = 1; n <= Math.min(crossing, 300); n++) {
      expect(p(n) / ((delta * Math.expm1(n * epsilon)) / Math.expm1(epsilon))).toBeCloseTo(1, 9)
    }
    const middle = p(crossing)
    for (let m = 0; m < 300; m++) {
      const rest = Math.exp(-m * epsilon)
      const expected = 1 - rest * (1 - middle) + delta * Math.exp(-epsilon) * ((1 - rest) / -Math.expm1(-epsilon))
      expect(p(crossing + m)).toBeCloseTo(Math.min(expected, 1), 12)
    }
    expect(p(1e6)).toBe(1)
    for (let n = 0; n < 60; n++) {
      const [a, b] = [p(n), p(n + 1)]
      expect(b).toBeGreaterThanOrEqual(a)
      expect(b).toBeLessThanOrEqual((Math.exp(epsilon) * a + delta) * (1 + 1e-14))
      // Doubles near 1 do not hold what is left of it.
      if (epsilon < 20) expect(1 - a).toBeLessThanOrEqual((Math.exp(epsilon) * (1 - b) + delta) * (1 + 1e-13) + 1e-16)
    }
  })
  it('never above the recurrence, in exact numbers', () => {
    // e^(1/8) from below and from above by 40 terms of its series.
    const x = rational.of(1n, 8n)
    let [term, low] = [rational.of(1n), rational.of(0n)]
    for (let k = 1n; k < 40n; k++) {
      low = rational.add(low, term)
      term = rational.multiply(term, rational.divide(x, rational.of(k)))
    }
    const delta = fraction(1e-6)
    const keep = keepTable(x, delta)
    const one = rational.of(1n)
    for (let n = 1; n < 150; n++) {
      const [a, b] = [keep(n - 1), keep(n)]
      const up = rational.add(rational.multiply(low, a), delta)
      const slack = rational.of(1n, 1n << 140n)
      expect(rational.compare(b, rational.add(up, slack))).not.toBe(1)
      const down = rational.add(rational.multiply(rational.add(low, slack), rational.subtract(one, b)), delta)
      expect(rational.compare(rational.subtract(one, a), down)).not.toBe(1)
    }
  })
  it('decides how often a category is shown', () => {
    const { release, keepProbability, error } = selectPartitions({ epsilon: 1, delta: 0.01, insecureRandom: insecureSeeded(51) })
    const data = [1, 2, 2, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 5, 5, 5]
    const shown = [0, 0, 0, 0, 0, 0]
    const runs = 20_000
    for (let i = 0; i < runs; i++) for (const key of release(data)) shown[key as number] = (shown[key as number] as number) + 1
    for (const [key, units] of [
      [1, 1],
      [2, 2],
      [3, 3],
      [4, 4],
      [5, 7],
    ] as const) {
      const p = keepProbability(units)
      expect(Math.abs((shown[key] as number) / runs - p)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / runs))
    }
    const { units } = error({ confidence: 0.9 })
    expect(keepProbability(units)).toBeGreaterThanOrEqual(0.9)
    expect(keepProbability(units - 1)).toBeLessThan(0.9)
  })
  it('counts units, not records, and sorts', () => {
    const { release } = selectPartitions({ epsilon: 1, delta: 1e-9, categoriesPerUnit: 3, insecureRandom: insecureSeeded(52) })
    const categories = Array.from({ length: 3000 }, (_, i) => ['z', 'a', 'lonely', 5][i % 4] as string | number)
    const units = Array.from({ length: 3000 }, (_, i) => (i % 4 === 2 ? 'one' : `u${i}`))
    expect(release({ categories, units })).toEqual([5, 'a', 'z'])
  })
})

describe('a histogram of unknown categories', () => {
  it('has the least threshold for its delta', () => {
    for (const [scale, times, delta] of [
      [1, 1, 1e-5],
      [2, 3, 1e-9],
      [0.1, 1, 0.1],
      [1000, 5, 1e-12],
      [1, 1, 0.9],
    ] as const) {
      const m = leastTail(scale, times, delta)
      const tail = (k: number): number => (times * Math.exp(-k / scale)) / (1 + Math.exp(-1 / scale))
      expect(tail(m)).toBeLessThanOrEqual(delta * (1 + 1e-12))
      if (m > 0) expect(tail(m - 1)).toBeGreaterThan(delta * (1 - 1e-12))
    }
  })
  it('shows what one unit brings as seldom as delta says', () => {
    const { release } = histogram({ epsilon: 1, delta: 0.02, recordsPerUnit: 3, insecureRandom: insecureSeeded(53) })
    const runs = 20_000
    let shown = 0
    const data = { categories: ['x', 'x', 'x', 'x', 'x'], units: [1, 1, 1, 1, 1] }
    for (let i = 0; i < runs; i++) shown += release(data).length
    expect(shown / runs).toBeLessThan(0.02 + 5 * Math.sqrt(0.02 / runs))
    expect(shown / runs).toBeGreaterThan(0.012)
  })
})

it('known categories: what is in none of them is left out before a unit may choose', () => {
  const { release } = histogram({ epsilon: 1000, categories: ['a', 'b'], insecureRandom: insecureSeeded(54) })
  const data = { categories: ['x', 'y', 'b', null as never, 'z'], units: [1, 1, 1, 1, 1] }
  expect(release(data).map(({ value }) => value)).toEqual([0, 1])
})
it('edges: each bin has its lower one, the ends take what is beyond', () => {
  const { release } = histogram({ epsilon: 1000, edges: [0, 1, 10, 11, 1000], insecureRandom: insecureSeeded(55) })
  const values = [
    -5,
    0,
    0.5,
    1,
    9.9,
    10,
    10.5,
    11,
    999,
    1000,
    1e9,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NaN,
  ]
  expect(release(values)).toMatchObject([
    { from: 0, to: 1, value: 4 },
    { from: 1, to: 10, value: 2 },
    { from: 10, to: 11, value: 2 },
    { from: 11, to: 1000, value: 5 },
  ])
})

it('different values: of a unit at most so many', () => {
  const exact = { epsilon: 1000, insecureRandom: insecureSeeded(56) }
  const data = { values: ['a', 'b', 'c', 'a', 'd', 'a'], units: [1, 1, 1, 1, 2, 3] }
  expect(distinctCount({ ...exact, valuesPerUnit: 9 }).release(data).value).toBe(4)
  const found = Array.from({ length: 50 }, () => distinctCount({ ...exact, valuesPerUnit: 1 }).release(data).value)
  expect(new Set(found)).toEqual(new Set([2, 3]))
})

describe('automatic bounds', () => {
  it.each([
    [[3, 60], { lower: 2, upper: 64 }],
    [[-3, 60], { lower: -4, upper: 64 }],
    [[-0.3, -0.1], { lower: -0.5, upper: -(2 ** -4) }],
    [[0, 0], { lower: -(2 ** -64), upper: 2 ** -64 }],
    [[0, 1e300], { lower: -(2 ** -64), upper: 2 ** 64 }],
    [[Number.NEGATIVE_INFINITY, 1], { lower: -(2 ** 64), upper: 2 }],
    [[2, 4], { lower: 2, upper: 8 }],
  ])('of %j', (ends, expected) => {
    const values = Array.from({ length: 400 }, (_, i) => ends[i % 2] as number)
    expect(automaticBounds({ epsilon: 1, confidence: 0.999, insecureRandom: insecureSeeded(57) }).release(values)).toEqual(
      expected,
    )
  })
  it('there are always some, and empty magnitudes seldom pass', () => {
    const { release } = automaticBounds({ epsilon: 1, confidence: 0.9, insecureRandom: insecureSeeded(58) })
    const data = new Float64Array(100).fill(5)
    let right = 0
    for (let i = 0; i < 1000; i++) {
      const { lower, upper } = release(data)
      if (lower === 4 && upper === 8) right += 1
      const nothing = release([])
      expect(nothing.lower).toBeLessThan(nothing.upper)
    }
    expect(right).toBeGreaterThan(900 - 6 * Math.sqrt(90))
  })
})

describe('plan', () => {
  it('finds the least epsilon, to the last digit that counts', () => {
    const { epsilon, error, mechanism } = plan((e) => count({ epsilon: e }), { halfWidth: 10, confidence: 0.95 })
    expect(error.halfWidth).toBe(10)
    expect(mechanism.error({ confidence: 0.95 }).halfWidth).toBe(10)
    expect(count({ epsilon: epsilon * (1 - 1e-13) }).error({ confidence: 0.95 }).halfWidth).toBe(11)
  })
  it('works for whatever has an error', () => {
    const rank = plan((e) => quantile({ at: 0.5, lower: 0, upper: 1, epsilon: e }), { rankError: 5 })
    expect(rank.error.rankError).toBeLessThanOrEqual(5)
    expect(rank.error.rankError).toBeGreaterThan(5 * (1 - 1e-12))
    const noise = plan((e) => laplace({ sensitivity: 3, epsilon: e }), { stddev: 1e6 })
    expect(noise.epsilon).toBeCloseTo((3 * Math.SQRT2) / 1e6, 12)
    const rho = plan((r) => discreteGaussian({ sensitivity: 1, rho: r }), { halfWidth: 3 })
    expect(rho.mechanism.guarantee).toEqual({ rho: rho.epsilon })
    expect(plan((e) => selectPartitions({ epsilon: e, delta: 1e-5 }), { units: 20, confidence: 0.9 }).error.units).toBe(20)
  })
  it('and the other way round', () => {
    const table = plan((e) => count({ epsilon: e }), { epsilons: [0.1, 1], confidence: 0.95 })
    expect(table.map(({ epsilon, error }) => [epsilon, error.halfWidth])).toEqual([
      [0.1, 30],
      [1, 3],
    ])
  })
  it('says what it can not do', () => {
    const family = (epsilon: number): ReturnType<typeof count> => count({ epsilon })
    expect(() => plan(family, {})).toThrow('halfWidth')
    expect(() => plan(family, { halfWidth: 1, stddev: 1 })).toThrow('stddev')
    expect(() => plan(family, { shortfall: 1 })).toThrow('shortfall')
    expect(() => plan(family, { epsilons: [] })).toThrow('epsilons')
    expect(() => plan((() => 1) as never, { halfWidth: 1 })).toThrow('family')
    expect(() => plan(() => laplace({ sensitivity: 1, epsilon: 1 }), { halfWidth: 1e-3 })).toThrow('no epsilon up to 2^40')
    expect(plan(() => laplace({ sensitivity: 1, epsilon: 1 }), { halfWidth: 1e3 }).epsilon).toBeLessThan(2 ** -39)
  })
})
