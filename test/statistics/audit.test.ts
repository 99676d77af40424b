import { describe, expect, it } from 'vitest'
import { delta as deltaOf } from '../../src/accounting/index.ts'
import {
  automaticBounds,
  count,
  distinctCount,
  histogram,
  mean,
  quantile,
  quantiles,
  selectPartitions,
  sum,
  variance,
} from '../../src/statistics/index.ts'
import { insecureSeeded } from '../../src/testing/index.ts'
import { attacks, audit } from '../mechanisms/support.ts'

/** A table with one unit less and one more: the one more has all that it may have, and a lot that it may not. */
const without = { values: [0, 0, 10, 10, 5], units: ['a', 'b', 'c', 'd', 'e'], categories: ['x', 'x', 'y', 'y', 'x'] }
const more = (value: number, category = 'y'): typeof without => ({
  values: [...without.values, ...Array(7).fill(value)],
  units: [...without.units, ...Array(7).fill('z')],
  categories: [...without.categories, ...Array(7).fill(category)],
})
const values = ({ values, units }: typeof without): object => ({ values, units })
const draws = 40_000
const bounds = { lower: 0, upper: 10 }

const seed = { insecureRandom: insecureSeeded(81) }
const one = { epsilon: 1, ...seed }
const within = { ...bounds, ...one }
const counted = count({ ...one, recordsPerUnit: 2 })
const total = sum(within)
const average = mean(within)
const averageOfThree = mean({ ...within, recordsPerUnit: 3 })
const spread = variance(within)
const median = quantile({ ...within, at: 0.5, step: 1, recordsPerUnit: 2 })
const quartiles = quantiles({ ...within, at: [0.25, 0.5, 0.75], step: 1, recordsPerUnit: 2 })
const found = automaticBounds({ ...one, confidence: 0.01 })
const binned = histogram({ ...one, categories: ['x', 'y'] })
const different = distinctCount(one)
const cases: [string, (data: typeof without) => number, ReturnType<typeof more>, number[]][] = [
  ['count', (d) => counted.release({ units: d.units }).value, more(0), [4, 5, 6, 7]],
  ['sum', (d) => total.release(values(d)).value, more(1e308), [20, 25, 30, 35, 40]],
  ['mean', (d) => average.release(values(d)).value, more(1e308), [3, 5, 6, 7, 8, 9.9]],
  ['mean, several records', (d) => averageOfThree.release(values(d)).value, more(-1), [0, 2, 4, 5, 6]],
  ['variance', (d) => spread.release(values(d)).value, more(5), [0, 5, 10, 15, 20, 24.9]],
  ['a median', (d) => median.release(values(d)).value, more(10), [0, 2, 4, 5, 7, 9]],
  ['quartiles, the last', (d) => quartiles.release(values(d)).values[2] as number, more(10), [0, 2, 4, 5, 7, 9]],
  ['automatic bounds', (d) => found.release(values(d)).upper, more(4), [4, 8, 16]],
  ['a bin', (d) => binned.release({ units: d.units, categories: d.categories })[1]?.value as number, more(0), [1, 2, 3, 4]],
  ['different values', (d) => different.release(values(d)).value, more(77), [2, 3, 4]],
]

describe('one unit more or less can not be told by more than epsilon', () => {
  it.each(cases)('%s', (_, release, there, points) => {
    expect(audit([() => release(without), () => release(there)], attacks(points), { draws: draws / 2 }).epsilon).toBeLessThan(1)
  })
  it('and what is claimed is about what is used: a count of one record each, a sum at its bound', () => {
    const insecureRandom = insecureSeeded(82)
    const single = count({ epsilon: 1, insecureRandom })
    const sums = sum({ ...bounds, epsilon: 1, insecureRandom })
    const proven = audit([() => single.release([1]).value, () => single.release([1, 1]).value], attacks([0, 1, 2, 3]), {
      draws,
    })
    expect(proven.epsilon).toBeGreaterThan(0.85)
    expect(proven.epsilon).toBeLessThan(1)
    const summed = audit([() => sums.release([]).value, () => sums.release([10]).value], attacks([0, 5, 10, 15], [20, 30, 40]), {
      draws,
    })
    expect(summed.epsilon).toBeGreaterThan(0.85)
    expect(summed.epsilon).toBeLessThan(1)
  })
  it('the two sums behind a mean: together no more than epsilon', () => {
    const { release } = mean({ ...bounds, epsilon: 1, insecureRandom: insecureSeeded(83) })
    const proven = audit([() => release([0]).value, () => release([0, 10]).value], attacks([0, 1, 2, 4, 5, 6, 8, 9.99]), {
      draws,
    })
    expect(proven.epsilon).toBeLessThan(1)
    expect(proven.epsilon).toBeGreaterThan(0.3)
  })
  it('a unit in two categories, by Gaussian noise', () => {
    const { release, event } = histogram({
      categories: ['x', 'y'],
      categoriesPerUnit: 2,
      rho: 0.5,
      insecureRandom: insecureSeeded(84),
    })
    const both = (data: readonly [string[], string[]]): number => {
      const [x, y] = release({ categories: data[0], units: data[1] })
      return (x?.value as number) + (y?.value as number)
    }
    const claimed = deltaOf(event, { epsilon: 0.5 }).upper
    const proven = audit(
      [
        () => both([[], []]),
        () =>
          both([
            ['x', 'y', 'x', 'y'],
            ['u', 'u', 'u', 'u'],
          ]),
      ],
      attacks([-1, 0, 1, 2, 3]),
      { draws, delta: claimed },
    )
    expect(proven.epsilon).toBeLessThan(0.5)
    expect(proven.epsilon).toBeGreaterThan(0.2)
  })
  it('a category of one unit, and one of another', () => {
    const { release } = selectPartitions({ epsilon: 1, delta: 0.05, categoriesPerUnit: 2, insecureRandom: insecureSeeded(85) })
    const shown = (categories: string[], units: string[]): number => release({ categories, units }).length
    const base: [string[], string[]] = [
      ['x', 'x', 'y', 'y'],
      ['a', 'b', 'a', 'b'],
    ]
    const here = (): number => shown(...base)
    const there = (): number => shown([...base[0], 'x', 'y', 'w'], [...base[1], 'c', 'c', 'c'])
    const proven = audit([here, there], attacks([0, 1]), { draws, delta: 0.05 })
    expect(proven.epsilon).toBeLessThan(1)
  })
})

describe('an audit catches what is broken', () => {
  it('contributions that are not bounded', () => {
    const { release } = count({ epsilon: 1, insecureRandom: insecureSeeded(86) })
    // The units left out by mistake: each record passes for one of its own.
    const proven = audit([() => release(without.units).value, () => release(more(0).units).value], attacks([5, 8, 12]), {
      draws: 10_000,
    })
    expect(proven.epsilon).toBeGreaterThan(1)
  })
})
