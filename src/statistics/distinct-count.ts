/**
 * How many different values there are.
 *
 *     value = different values among those that count, of each unit at most valuesPerUnit, + noise        sensitivity: valuesPerUnit
 *
 * Of a unit that has more different values, as many as may count are drawn at random. The others' are drawn without regard to it, so a
 * unit adds valuesPerUnit different values at most. To count the units themselves, give the same function as `value` and `unit`.
 *
 * *Promise*: whole numbers, exactly; the stated privacy exactly. Values are told apart like keys: 1 and '1' are two, objects are none.
 * *Limits*: the interval is for the values that count: where units have many more than `valuesPerUnit`, there are more of them.
 *
 *     const cities = distinctCount({ epsilon: 1, valuesPerUnit: 2, unit: (r) => r.user, value: (r) => r.city, insecureRandom: insecureSeeded(1) })
 *     cities.event // => { kind: 'discreteLaplace', scale: 2, sensitivity: 2 }
 *     cities.error({ confidence: 0.95 }).halfWidth // => 6
 *
 * @module
 */

import { flag } from '../guard.ts'
import type { ErrorOptions } from '../mechanisms/mechanism.ts'
import { countCells } from './contributions.ts'
import { errorOfCounts, estimateOfCount } from './count.ts'
import type { Key } from './keys.ts'
import { type NoiseOptions, stepNoise } from './noise.ts'
import type { Table, UnitAccessor } from './records.ts'
import { type CommonOptions, type Estimate, readCommon, readPerUnit, type Statistic } from './statistic.ts'

export type DistinctCountOptions<Row = unknown> = NoiseOptions &
  Omit<CommonOptions, 'recordsPerUnit'> &
  UnitAccessor<Row> & {
    /** What is counted; the element itself where it is left out. */
    readonly value?: ((row: Row) => Key | null | undefined) | undefined
    /** The most different values of one unit that count; which ones is drawn at random. 1 where it is left out. */
    readonly valuesPerUnit?: number | undefined
    /** Whether a value below 0 is released as 0. */
    readonly nonNegative?: boolean | undefined
  }

export type DistinctCount<Row = unknown> = Statistic<(data: Table<Row>) => Estimate, ErrorOptions>

/** A private number of different values. */
export function distinctCount<Row = unknown>(given: DistinctCountOptions<Row>): DistinctCount<Row> {
  const { known, common } = readCommon(given, { accessors: ['value', 'unit'], own: ['nonNegative'], perUnit: ['valuesPerUnit'] })
  const nonNegative = flag('nonNegative', known['nonNegative'])
  const most = readPerUnit(known, 'valuesPerUnit')
  const noise = stepNoise(known, { l1: most, l2: most })
  return Object.freeze({
    provenance: noise.provenance,
    event: noise.event,
    guarantee: noise.guarantee,
    error: (asked) => errorOfCounts(noise, asked),
    release: (data) => {
      const table = common.open(data)
      const counts = countCells(table.keys('value'), table.units(), { l0: most, linf: 1 }, common.bits)
      const different = counts.reduce((found, n) => found + (n > 0 ? 1 : 0), 0)
      return estimateOfCount(Number(noise.add(BigInt(different))), noise, { confidence: common.confidence, nonNegative })
    },
  } satisfies DistinctCount<Row>)
}
