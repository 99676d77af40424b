/**
 * The sum of numbers between public bounds.
 *
 *     value = (SUM q(x) + noise) step,   q(x) = round(clamped x / step)        sensitivity: recordsPerUnit max(|q(lower)|, |q(upper)|)
 *
 * Each record is rounded to a whole number of steps (`steps.ts`), and these are added exactly: no order of the records and no size of a value can
 * make one unit weigh more than the sensitivity says.
 *
 * *Promise*: the stated privacy, exactly, floating point included. The interval holds the sum of the clamped, rounded numbers.
 * *Limits*: steps of about 2^-32 of the larger bound, so rounding moves each record by 2^-33 of it at most. The error grows with the larger bound, not with
 * the data: choose bounds no wider than what is plausible.
 *
 *     const spent = sum({ lower: 0, upper: 200, epsilon: 1, insecureRandom: insecureSeeded(1) })
 *     spent.error({ confidence: 0.95 }).halfWidth // => 599.146454...
 *     spent.release([12.5, 80, 33, 1e9, NaN]) // => { value: ..., lower: ..., upper: ..., confidence: 0.95 }
 *
 * @module
 */

import type { ErrorOptions } from '../mechanisms/mechanism.ts'
import { readConfidence } from '../mechanisms/mechanism.ts'
import { mulUp } from '../numeric/directed.ts'
import { chooseRecords } from './contributions.ts'
import { type NoiseOptions, stepNoise } from './noise.ts'
import type { Table, UnitAccessor, ValueAccessor } from './records.ts'
import { type CommonOptions, type Estimate, readCommon, type Statistic } from './statistic.ts'
import { type Bounds, boundNames, fromSteps, readBounds, stepsOfSize, sumOfSteps } from './steps.ts'

export type SumOptions<Row = number> = NoiseOptions & CommonOptions & UnitAccessor<Row> & ValueAccessor<Row> & Bounds

export type Sum<Row = number> = Statistic<(data: Table<Row>) => Estimate, ErrorOptions>

/** A private sum. */
export function sum<Row = number>(given: SumOptions<Row>): Sum<Row> {
  const { known, common } = readCommon(given, { accessors: ['value', 'unit'], own: boundNames })
  const steps = stepsOfSize(readBounds(known))
  const { step, lowest, width } = steps
  const most = common.recordsPerUnit * Math.max(Math.abs(lowest), Math.abs(lowest + width))
  const noise = stepNoise(known, { l1: most, l2: most, fine: 1 })
  return Object.freeze({
    provenance: noise.provenance,
    event: noise.event,
    guarantee: noise.guarantee,
    error: (asked) => {
      const { confidence, risk } = readConfidence(asked)
      return Object.freeze({ confidence, stddev: noise.stddev * step, halfWidth: mulUp(noise.within(risk), step) })
    },
    release: (data) => {
      const table = common.open(data)
      const chosen = chooseRecords(table.numbers(), table.units(), common.recordsPerUnit, common.bits)
      const above = sumOfSteps(chosen, steps)
      const noisy = noise.add(above.sum + BigInt(above.count) * BigInt(lowest))
      const { confidence } = common
      const within = BigInt(noise.within(1 - confidence))
      const [lower, upper] = [fromSteps(noisy - within, step), fromSteps(noisy + within, step)]
      return Object.freeze({ value: fromSteps(noisy, step), lower, upper, confidence })
    },
  } satisfies Sum<Row>)
}
