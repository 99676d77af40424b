/**
 * Statistics of tables: counts, sums, means, quantiles, histograms, with what one privacy unit may contribute bounded.
 *
 * @module
 */

export { type AutomaticBounds, type AutomaticBoundsOptions, automaticBounds, type BoundsError } from './automatic-bounds.ts'
export type { Bin } from './bins.ts'
export { type Count, type CountOptions, count } from './count.ts'
export { type DistinctCount, type DistinctCountOptions, distinctCount } from './distinct-count.ts'
export { type BinCount, type CategoriesPerUnit, type Histogram, type HistogramOptions, histogram } from './histogram.ts'
export type { Key } from './keys.ts'
export { type Mean, type MeanOptions, mean } from './mean.ts'
export type { NoiseEvent, NoiseOptions } from './noise.ts'
export { type Plan, type Plannable, type PlanTarget, plan } from './plan.ts'
export { type Quantile, type QuantileOptions, quantile, type RankError } from './quantile.ts'
export type { GridOptions } from './quantile-grid.ts'
export { type Quantiles, type QuantilesOptions, quantiles } from './quantiles.ts'
export type { CategoryAccessor, Columns, KeyColumn, NumberColumn, Table, UnitAccessor, ValueAccessor } from './records.ts'
export { type SelectionSize, type SelectPartitions, type SelectPartitionsOptions, selectPartitions } from './select-partitions.ts'
export type { CommonOptions, Estimate, RecordsErrorOptions, Statistic } from './statistic.ts'
export type { Bounds } from './steps.ts'
export { type Sum, type SumOptions, sum } from './sum.ts'
export { type Variance, type VarianceOptions, variance } from './variance.ts'
