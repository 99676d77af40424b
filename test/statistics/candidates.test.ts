import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as rational from '../../src/numeric/rational.ts'
import { chooseCandidate } from '../../src/statistics/candidates.ts'
import { quantile, quantiles } from '../../src/statistics/index.ts'
import { insecureSeeded } from '../../src/testing/index.ts'
import { chiSquared, seededBits } from '../random/support.ts'

/** By the definition, point by point. */
function law(values: readonly number[], first: number, last: number, share: number, rate: number): number[] {
  const points = Array.from({ length: last - first + 1 }, (_, i) => first + i)
  const losses = points.map((c) => {
    const below = values.filter((x) => x < c).length
    const upTo = values.filter((x) => x <= c).length
    const target = share * values.length
    return Math.max(below - target, target - upTo, 0)
  })
  const weights = losses.map((loss) => Math.exp(-rate * loss))
  const total = weights.reduce((a, b) => a + b, 0)
  return weights.map((w) => w / total)
}

const cases: [string, number[], number, number][] = [
  ['the median of five', [1, 3, 3, 6, 9], 0.5, 0.7],
  ['of an even number', [0, 2, 7, 11], 0.5, 1.3],
  ['a quarter', [0, 0, 0, 5, 11, 11], 0.25, 0.9],
  ['the least', [4, 5, 6], 0, 0.5],
  ['the largest', [4, 5, 6], 1, 0.5],
  ['a share that is no dyadic number', [2, 2, 8, 9, 9, 10], 0.3, 0.4],
  ['nothing', [], 0.5, 1],
  ['all the same', [4, 4, 4, 4], 0.5, 1],
]

describe('a candidate', () => {
  it.each(cases)('has exactly its law: %s', (_, values, share, rate) => {
    const draws = 40_000
    const bits = seededBits(41)
    const counts = new Map<number, number>()
    const question = { first: 0, last: 11, share: rational.fromNumber(share), rate: rational.fromNumber(rate) }
    for (let i = 0; i < draws; i++) {
      const chosen = chooseCandidate(Float64Array.from(values), question, bits)
      counts.set(chosen, (counts.get(chosen) ?? 0) + 1)
    }
    const masses = law(values, 0, 11, share, rate)
    expect(Math.abs(chiSquared(counts, (c) => masses[c] ?? 0, draws))).toBeLessThan(4.5)
  })
  it('neighbours: no point is more than e^epsilon likelier, and ratios range over epsilon', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 6 }),
        fc.integer({ min: 0, max: 6 }),
        fc.constantFrom(0, 0.25, 0.5, 0.9),
        (values, more, share) => {
          const rate = 1 / (2 * Math.max(share, 1 - share))
          const [here, there] = [law(values, 0, 6, share, rate), law([...values, more], 0, 6, share, rate)]
          const ratios = here.map((p, i) => Math.log(p / (there[i] as number)))
          expect(Math.max(...ratios.map(Math.abs))).toBeLessThanOrEqual(1 + 1e-12)
          expect(Math.max(...ratios) - Math.min(...ratios)).toBeLessThanOrEqual(1 + 1e-12)
        },
      ),
    )
  })
  it('is right where a weight is far below any other, and where all are', () => {
    const bits = seededBits(42)
    const question = { first: 0, last: 2 ** 40, share: rational.of(1n, 2n), rate: rational.of(1n) }
    const many = new Float64Array(1000).fill(77)
    for (let i = 0; i < 200; i++) expect(chooseCandidate(many, question, bits)).toBe(77)
    // 2^40 e^-27.7 is about 1: of a few records both happen.
    const few = new Float64Array(56).fill(77)
    const hits = Array.from({ length: 2000 }, () => chooseCandidate(few, question, bits)).filter((c) => c === 77).length / 2000
    const expected = 1 / (1 + 2 ** 40 * Math.exp(-28))
    expect(Math.abs(hits - expected)).toBeLessThan(6 * Math.sqrt((expected * (1 - expected)) / 2000))
  })
})

describe('a quantile', () => {
  const values = Array.from({ length: 500 }, (_, i) => (i * 37) % 101)
  const rankOf = (value: number, share: number): number => {
    const target = share * values.length
    return Math.max(values.filter((x) => x < value).length - target, target - values.filter((x) => x <= value).length, 0)
  }
  it.each([0, 0.1, 0.5, 0.99, 1])('is within the rank error as often as it says: %d', (at) => {
    const { release, error } = quantile({ at, lower: 0, upper: 200, step: 1, epsilon: 0.5, insecureRandom: insecureSeeded(43) })
    const { rankError } = error({ confidence: 0.9 })
    const found = Array.from({ length: 500 }, () => rankOf(release(values).value, at))
    expect(found.filter((loss) => loss <= rankError).length).toBeGreaterThan(450 - 6 * Math.sqrt(45))
  })
  it('releases points of the grid, between the bounds', () => {
    const { release } = quantile({ at: 0.5, lower: 0.1, upper: 0.4, step: 0.1, epsilon: 0.1, insecureRandom: insecureSeeded(44) })
    const found = new Set(Array.from({ length: 300 }, () => release([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]).value))
    expect([...found].sort()).toEqual([0.1, 0.2, 0.1 + 2 * 0.1, 0.4])
    const wide = { lower: -Number.MAX_VALUE, upper: Number.MAX_VALUE, epsilon: 5, insecureRandom: insecureSeeded(45) }
    expect(quantile({ at: 0.5, ...wide }).release(new Float64Array(100).fill(1e308)).value / 1e308).toBeCloseTo(1, 4)
  })
  it('several: in order, each within the rank error, none worse for ties', () => {
    const at = [0.9, 0.1, 0.5, 0.25, 0.75]
    const { release, error, event } = quantiles({
      at,
      lower: 0,
      upper: 200,
      step: 1,
      epsilon: 3,
      insecureRandom: insecureSeeded(46),
    })
    expect(event).toEqual({ kind: 'repeated', times: 3, event: { kind: 'exponential', epsilon: 1 } })
    const { rankError } = error({ confidence: 0.9 })
    let good = 0
    for (let i = 0; i < 200; i++) {
      const { values: found } = release(values)
      const ascending = [1, 3, 2, 4, 0].map((j) => found[j] as number)
      expect(ascending).toEqual([...ascending].sort((a, b) => a - b))
      if (at.every((share, j) => rankOf(found[j] as number, share) <= rankError)) good += 1
    }
    expect(good).toBeGreaterThan(180 - 6 * Math.sqrt(18))
    const same = quantiles({ at, lower: 0, upper: 200, step: 1, epsilon: 3, insecureRandom: insecureSeeded(47) })
    expect(same.release(new Float64Array(1000).fill(42)).values).toEqual([42, 42, 42, 42, 42])
  })
  it('several are better at once than one by one', () => {
    const at = Array.from({ length: 15 }, (_, i) => (i + 1) / 16)
    const normalish = Float64Array.from({ length: 2000 }, (_, i) => 500 + 300 * Math.sin(i) ** 3)
    const sorted = [...normalish].sort((a, b) => a - b)
    const missed = (found: readonly number[]): number =>
      found.reduce((sum, value, j) => sum + Math.abs(sorted.filter((x) => x <= value).length - (at[j] as number) * 2000), 0)
    const together = quantiles({ at, lower: 0, upper: 1000, epsilon: 1, insecureRandom: insecureSeeded(48) })
    const apart = at.map((share) =>
      quantile({ at: share, lower: 0, upper: 1000, epsilon: 1 / 15, insecureRandom: insecureSeeded(49) }),
    )
    let [one, other] = [0, 0]
    for (let i = 0; i < 20; i++) {
      one += missed(together.release(normalish).values)
      other += missed(apart.map(({ release }) => release(normalish).value))
    }
    expect(one).toBeLessThan(other / 2)
  })
  it('one share twice, and the ends', () => {
    const { release } = quantiles({
      at: [0.5, 0.5, 0, 1],
      lower: 0,
      upper: 200,
      epsilon: 100,
      insecureRandom: insecureSeeded(50),
    })
    const [first, second, least, most] = release(values).values as [number, number, number, number]
    expect(Math.abs(first - 50)).toBeLessThan(3)
    expect(Math.abs(second - 50)).toBeLessThan(3)
    expect(least).toBeLessThan(2)
    expect(most).toBeGreaterThan(98)
  })
})
