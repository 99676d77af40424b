/**
 * Statistics of 1e6 records of 1e5 units, by columns: what is released, with contributions bounded, beside the loop that one would write
 * by hand without any privacy.
 */
import {
  count,
  distinctCount,
  histogram,
  mean,
  quantile,
  quantiles,
  selectPartitions,
  sum,
  variance,
} from '../src/statistics/index.ts'
import { type BenchTable, figure, interleave } from './table.ts'

const n = 1e6
const users = 1e5

/** The table that the peers get as well: values from 0 to 100, each unit with about ten records. */
export function table(): {
  readonly values: Float64Array
  readonly units: Int32Array
  readonly sparse: Float64Array
  readonly names: string[]
  readonly categories: Int32Array
} {
  // A multiplicative generator: the same numbers in any language.
  let state = 1
  const next = (bound: number): number => {
    state = (state * 48271) % 2147483647
    return state % bound
  }
  const values = Float64Array.from({ length: n }, () => next(100_000) / 1000)
  const units = Int32Array.from({ length: n }, () => next(users))
  const categories = Int32Array.from({ length: n }, () => next(100))
  return {
    values,
    units,
    sparse: Float64Array.from(units, (u) => u * 7919.5),
    names: Array.from(units, (u) => `user-${u}`),
    categories,
  }
}

export async function run(): Promise<BenchTable> {
  const { values, units, sparse, names, categories } = table()
  const bounds = { lower: 0, upper: 100, epsilon: 1 }
  const edges = Array.from({ length: 21 }, (_, i) => i * 5)
  const average = mean(bounds)
  const bins = histogram({ edges, epsilon: 1 })
  const known = histogram({ categories: Array.from({ length: 100 }, (_, i) => i), categoriesPerUnit: 4, epsilon: 1 })
  const rows = Array.from(values, (value, i) => ({ value, unit: names[i] as string }))
  type Row = (typeof rows)[number]
  const byRow = mean({ ...bounds, unit: (row: Row) => row.unit, value: (row: Row) => row.value })
  const spread = variance(bounds)
  const total = sum(bounds)
  const counted = count({ epsilon: 1 })
  const different = distinctCount({ epsilon: 1, valuesPerUnit: 4 })
  const median = quantile({ ...bounds, at: 0.5 })
  const nine = quantiles({ ...bounds, at: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9] })
  const selection = selectPartitions({ epsilon: 1, delta: 1e-6, categoriesPerUnit: 4 })
  const naive = (): number => {
    let [s, c] = [0, 0]
    for (let i = 0; i < n; i++) {
      s += Math.min(Math.max(values[i] as number, 0), 100)
      c += 1
    }
    return s / c
  }
  const { opsPerSecond, ratio } = await interleave(
    {
      'a loop by hand, no privacy': naive,
      'mean, each record a unit': () => average.release(values),
      'mean, units are small numbers': () => average.release({ values, units }),
      'mean, units are any numbers': () => average.release({ values, units: sparse }),
      'mean, units are strings': () => average.release({ values, units: names }),
      'mean, rows': () => byRow.release(rows),
      'sum, units': () => total.release({ values, units }),
      'variance, units': () => spread.release({ values, units }),
      'count, units': () => counted.release({ units }),
      'histogram of 20 ranges, each record a unit': () => bins.release(values),
      'histogram of 20 ranges, units': () => bins.release({ values, units }),
      'histogram of 100 categories, 4 a unit': () => known.release({ categories, units }),
      'selectPartitions, 4 a unit': () => selection.release({ categories, units }),
      'distinctCount, 4 a unit': () => different.release({ values: categories, units }),
      'median, each record a unit': () => median.release(values),
      'median, units': () => median.release({ values, units }),
      'nine quantiles, each record a unit': () => nine.release(values),
    },
    { rounds: 5 },
  )
  return {
    name: 'Statistics of 1e6 records of 1e5 units',
    rows: Object.entries(opsPerSecond).map(([what, speed]) => ({
      what,
      ms: figure(1000 / speed),
      'of the loop': figure(ratio[what as keyof typeof ratio]),
    })),
  }
}
