import { count } from '../../../src/statistics/index.ts'
import type { Call } from '../call.ts'

/** The error of a statistic is for any confidence; its release is for data, which is not refused (test/statistics). */
const asked = (more: object): Pick<Call, 'gives'> => ({
  gives: (statistic) => (confidence) => (statistic as { error: (options: object) => unknown }).error({ confidence, ...more }),
})
const records = { records: 100 }
const accessors = { unit: (row: { id: string }) => row.id, value: (row: { x: number }) => row.x }
const isFunction = (value: unknown): boolean => typeof value === 'function'
const isFlag = (value: unknown): boolean => typeof value === 'boolean'
const accepts = { unit: isFunction, value: isFunction, category: isFunction, nonNegative: isFlag }
const bounded = { lower: 0, upper: 120, epsilon: 1, recordsPerUnit: 2, confidence: 0.9, ...accessors }

export const statisticsCalls: Record<string, Call> = {
  count: {
    args: [{ epsilon: 1, recordsPerUnit: 2, confidence: 0.9, nonNegative: true, unit: accessors.unit }],
    accepts,
    ...asked({}),
  },
  sum: { args: [bounded], accepts, ...asked({}) },
  mean: { args: [bounded], accepts, ...asked(records) },
  variance: { args: [bounded], accepts, ...asked(records) },
  automaticBounds: { args: [{ epsilon: 1, recordsPerUnit: 2, ...accessors }], accepts, ...asked({}) },
  distinctCount: { args: [{ epsilon: 1, valuesPerUnit: 2, nonNegative: true, ...accessors }], accepts, ...asked({}) },
  quantile: { args: [{ ...bounded, at: 0.5, step: 1 }], accepts, ...asked({}) },
  quantiles: { args: [{ ...bounded, at: [0.25, 0.75], step: 1 }], accepts, ...asked({}) },
  selectPartitions: {
    args: [{ epsilon: 1, delta: 1e-5, categoriesPerUnit: 2, unit: accessors.unit, category: accessors.unit }],
    accepts,
    ...asked({}),
  },
  plan: {
    args: [(epsilon: number) => count({ epsilon }), { halfWidth: 10, confidence: 0.9 }],
    mayGiveUp: true,
  },
  histogram: {
    args: [
      { rho: 0.5, categories: ['a', 'b'], categoriesPerUnit: 2, recordsPerUnit: 3, category: accessors.unit, nonNegative: true },
    ],
    accepts,
    ...asked({}),
  },
}
