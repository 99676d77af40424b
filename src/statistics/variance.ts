/**
 * The variance of numbers between public bounds: the mean square of the distance from the mean.
 *
 *     with u = (x - lower) / (upper - lower):    c0 = SUM (1 - u)^2,   c1 = SUM 2 u (1 - u),   c2 = SUM u^2
 *     value = (upper - lower)^2 (c0 c2 - c1^2 / 4) / (c0 + c1 + c2)^2,   of the noisy c
 *
 * The three weights of a record are Bernstein's polynomials and sum to 1: like that of a `mean`, a record deals its whole weight out, so all three sums
 * are released with the whole epsilon. c0 + c1 + c2 is the number of records, c1 / 2 + c2 the sum of u, c2 that of u^2.
 *
 * *The interval* is made of all c >= 0 with each noise within what noise is, at a third of the risk each: conservative.
 *
 * *Promise*: the stated privacy, exactly: weights are whole numbers of which one record has exactly `width`. The interval holds the variance of the clamped records with the stated probability at least.
 * *Limits*: the variance of all records (divided by their number, not one less). For the standard deviation take roots of the value and of the ends of the interval.
 *
 *     const spread = variance({ lower: 0, upper: 10, epsilon: 1, insecureRandom: insecureSeeded(1) })
 *     spread.error({ records: 1000, confidence: 0.95 }).halfWidth // => 0.4145...
 *     spread.release([1, 5, 9]).upper // => 25.0000...
 *
 * @module
 */

import { readConfidence } from '../mechanisms/mechanism.ts'
import { chooseRecords } from './contributions.ts'
import { type DealtOptions, readDealt } from './dealt-weights.ts'
import type { Table } from './records.ts'
import { type Estimate, type RecordsErrorOptions, readRecords, type Statistic } from './statistic.ts'
import { round, type Steps } from './steps.ts'

export type VarianceOptions<Row = number> = DealtOptions<Row>

export type Variance<Row = number> = Statistic<(data: Table<Row>) => Estimate, RecordsErrorOptions>

/** A private variance. */
export function variance<Row = number>(given: VarianceOptions<Row>): Variance<Row> {
  const { common, range, steps, noise } = readDealt(given, 3)
  const { width } = steps
  const { confidence, recordsPerUnit } = common
  const square = (share: number): number => Math.min(share * range * range, Number.MAX_VALUE)
  return Object.freeze({
    provenance: noise.provenance,
    event: noise.event,
    guarantee: noise.guarantee,
    error: (asked) => {
      const { records, rest } = readRecords(asked)
      const { confidence, risk } = readConfidence(rest)
      // No direction moves the share by more than the largest noise, over what is left of the weight.
      const share = (weight: number): number => {
        const left = records * width - 3 * weight
        return left > 0 ? Math.min(weight / left, 0.25) : 0.25
      }
      const stddev = Math.min(noise.stddev / (records * width), 0.25)
      return Object.freeze({
        confidence,
        stddev: square(stddev),
        halfWidth: square(Math.min(share(noise.within(risk / 3)) + rounding, 0.25)),
      })
    },
    release: (data) => {
      const table = common.open(data)
      const weights = weightsOf(chooseRecords(table.numbers(), table.units(), recordsPerUnit, common.bits), steps)
      const noisy = weights.map((weight) => Number(noise.add(weight))) as [number, number, number]
      const within = noise.within((1 - confidence) / 3)
      const [low, high] = extremes(
        noisy.map((c) => Math.max(c - within, 0)) as unknown as Weights,
        noisy.map((c) => Math.max(c + within, 0)) as unknown as Weights,
      )
      return Object.freeze({
        value: square(shareOf(noisy.map((c) => Math.max(c, 0)) as unknown as Weights)),
        lower: square(Math.max(low - rounding, 0)),
        upper: square(Math.min(high + rounding, 0.25)),
        confidence,
      })
    },
  } satisfies Variance<Row>)
}

/** What doubles and the steps may be off, as a share of the square of the range. */
const rounding = 2 ** -31

type Weights = readonly [c0: number, c1: number, c2: number]

/** (c0 c2 - c1^2 / 4) / (c0 + c1 + c2)^2, within [0, 1 / 4] as of real weights; the middle where there are none. */
export function shareOf([c0, c1, c2]: Weights): number {
  const total = c0 + c1 + c2
  if (!(total > 0)) return 0.125
  const [p0, p1, p2] = [c0 / total, c1 / total, c2 / total]
  return Math.min(Math.max(p0 * p2 - (p1 * p1) / 4, 0), 0.25)
}

/**
 * The least and the largest share over a box. It falls with c1; in c0 and in c2 it rises to c0 = c1 + c2 + c1^2 / (2 c2) (with c0 and c2 swapped) and falls from there,
 * so that it is least at a corner and largest on an edge.
 */
export function extremes(low: Weights, high: Weights): readonly [number, number] {
  const peak = (c1: number, other: number): number => (other > 0 ? c1 + other + (c1 * c1) / (2 * other) : 0)
  const into = (x: number, i: 0 | 2): number => Math.min(Math.max(x, low[i]), high[i])
  let [least, most] = [0.25, 0]
  for (const c0 of [low[0], high[0]]) {
    for (const c2 of [low[2], high[2]]) {
      least = Math.min(least, high[0] + high[1] + high[2] > 0 && c0 + high[1] + c2 > 0 ? shareOf([c0, high[1], c2]) : 0)
      most = Math.max(most, shareOf([into(peak(low[1], c2), 0), low[1], c2]), shareOf([c0, low[1], into(peak(low[1], c0), 2)]))
    }
  }
  return [least, most]
}

/** The three sums, in steps; of each record they are whole numbers >= 0 that sum to `width`. */
export function weightsOf(values: Float64Array, { lower, upper, step, lowest, width }: Steps): readonly [bigint, bigint, bigint] {
  const inverse = 1 / step
  let [first, second, last] = [0n, 0n, 0n]
  for (let from = 0; from < values.length; from += block) {
    const to = Math.min(values.length, from + block)
    let [part0, part2, records] = [0, 0, 0]
    for (let i = from; i < to; i++) {
      const x = values[i] as number
      if (Number.isNaN(x)) continue
      const q = round(Math.min(Math.max(x, lower), upper) * inverse) - lowest
      const weight2 = round(q * (q / width))
      const weight0 = Math.min(round((width - q) * ((width - q) / width)), width - weight2)
      part0 += weight0
      part2 += weight2
      records += 1
    }
    first += BigInt(part0)
    last += BigInt(part2)
    second += BigInt(records) * BigInt(width) - BigInt(part0) - BigInt(part2)
  }
  return [first, second, last]
}

const block = 2 ** 18
