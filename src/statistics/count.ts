/**
 * How many records there are.
 *
 *     value = number of records, at most recordsPerUnit of each unit, + noise        sensitivity: recordsPerUnit
 *
 * Without units each record is a unit of its own. To count units, leave `recordsPerUnit` at 1 and say what a unit is.
 *
 * *Promise*: whole numbers, exactly; the stated privacy exactly. The interval is that of the noise.
 * *Limits*: the value and its interval may go below 0, so that sums of counts stay right, unless `nonNegative` is set.
 *
 *     const visits = count({ epsilon: 0.5, recordsPerUnit: 2, unit: (visit) => visit.user, insecureRandom: insecureSeeded(1) })
 *     visits.event // => { kind: 'discreteLaplace', scale: 4, sensitivity: 2 }
 *     visits.error({ confidence: 0.95 }).halfWidth // => 12
 *     visits.release([{ user: 'a' }, { user: 'a' }, { user: 'a' }, { user: 'b' }]) // => { value: 20, lower: 8, upper: 32, confidence: 0.95 }
 *
 * @module
 */

import { flag } from '../guard.ts'
import type { ErrorOptions, NoiseError } from '../mechanisms/mechanism.ts'
import { readConfidence } from '../mechanisms/mechanism.ts'
import { countRecords } from './contributions.ts'
import { type NoiseOptions, type StepNoise, stepNoise } from './noise.ts'
import type { Table, UnitAccessor } from './records.ts'
import { type CommonOptions, type Estimate, readCommon, type Statistic } from './statistic.ts'

export type CountOptions<Row = unknown> = NoiseOptions &
  CommonOptions &
  UnitAccessor<Row> & {
    /** Whether a value below 0 is released as 0. */
    readonly nonNegative?: boolean | undefined
  }

export type Count<Row = unknown> = Statistic<(data: Table<Row>) => Estimate, ErrorOptions>

/** A private count of records, or of units. */
export function count<Row = unknown>(given: CountOptions<Row>): Count<Row> {
  const { known, common } = readCommon(given, { accessors: ['unit'], own: ['nonNegative'] })
  const nonNegative = flag('nonNegative', known['nonNegative'])
  const { recordsPerUnit: most, confidence } = common
  const noise = stepNoise(known, { l1: most, l2: most })
  return Object.freeze({
    provenance: noise.provenance,
    event: noise.event,
    guarantee: noise.guarantee,
    error: (asked) => errorOfCounts(noise, asked),
    release: (data) => {
      const table = common.open(data)
      const counted = countRecords(table.length, table.units(), most)
      return estimateOfCount(Number(noise.add(BigInt(counted))), noise, { confidence, nonNegative })
    },
  } satisfies Count<Row>)
}

/** The error of a number that has this noise. */
export function errorOfCounts(noise: StepNoise, asked: unknown): NoiseError {
  const { confidence, risk } = readConfidence(asked)
  return Object.freeze({ confidence, stddev: noise.stddev, halfWidth: noise.within(risk) })
}

/** A noisy count with its interval; where nothing below 0 is wanted, neither ends there. */
export function estimateOfCount(
  noisy: number,
  noise: StepNoise,
  { confidence, nonNegative }: { readonly confidence: number; readonly nonNegative: boolean },
): Estimate {
  const within = noise.within(1 - confidence)
  const cut = (x: number): number => (nonNegative ? Math.max(x, 0) : x)
  return Object.freeze({ value: cut(noisy), lower: cut(noisy - within), upper: cut(noisy + within), confidence })
}
