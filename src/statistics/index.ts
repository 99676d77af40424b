/**
 * Statistics of tables: counts, sums, means, quantiles, histograms, with what one privacy unit may contribute bounded.
 *
 * @module
 */

export type { Bin } from './bins.ts'
export { type Count, type CountOptions, count } from './count.ts'
export { type BinCount, type Histogram, type HistogramOptions, histogram } from './histogram.ts'
export type { Key } from './keys.ts'
export { type Mean, type MeanOptions, mean } from './mean.ts'
export type { NoiseEvent, NoiseOptions } from './noise.ts'
export type { Columns, KeyColumn, NumberColumn, Table } from './records.ts'
export type { Estimate, RecordsErrorOptions, Statistic } from './statistic.ts'
export type { Bounds } from './steps.ts'
export { type Sum, type SumOptions, sum } from './sum.ts'
