/**
 * The mean of numbers between public bounds.
 *
 *     a = SUM (q(x) - q(lower)),   b = SUM (q(upper) - q(x)),        value = lower + (upper - lower) a' / (a' + b')
 *
 * with noise on a and b. Each record has the weight upper - lower and deals it to a and b, by where it lies: both together change by exactly
 * `recordsPerUnit (upper - lower)` in L1, so **both are released with the whole epsilon**, and no part of it is set aside for a count. The variance of the
 * mean is that of one draw of noise of scale (upper - lower) / epsilon, over the square of the number of records, where all records lie at a bound, and half of it where they
 * lie in the middle; splitting epsilon in halves, for a centred sum and a count, has twice that.
 *
 * *The interval* is Fieller's: all p = a / (a + b) for which (1 - p) a' - p b', which is noise alone for the true p, is within what such noise is.
 *
 * *Promise*: the stated privacy, exactly, floating point included. The interval holds the mean of the clamped records with the stated probability
 * at least, for however few. Of no records every number is the mean; what is released of them is anything between the bounds.
 * *Limits*: steps of 2^-32 of the range; the mean is that of the rounded records, 2^-33 of the range away at most. `stddev` is the largest for the number of records stated, to first order.
 *
 *     const average = mean({ lower: 0, upper: 120, epsilon: 1, insecureRandom: insecureSeeded(1) })
 *     average.error({ records: 1000, confidence: 0.95 }).halfWidth // => 0.3594...
 *     average.release([31, 28, 64]) // => { value: ..., lower: ..., upper: ..., confidence: 0.95 }
 *
 * @module
 */

import { readConfidence } from '../mechanisms/mechanism.ts'
import { chooseRecords } from './contributions.ts'
import { type DealtOptions, readDealt } from './dealt-weights.ts'
import type { Table } from './records.ts'
import { type Estimate, type RecordsErrorOptions, readRecords, type Statistic } from './statistic.ts'
import { type Bounds, sumOfSteps } from './steps.ts'

export type MeanOptions<Row = number> = DealtOptions<Row>

export type Mean<Row = number> = Statistic<(data: Table<Row>) => Estimate, RecordsErrorOptions>

/** A private mean. */
export function mean<Row = number>(given: MeanOptions<Row>): Mean<Row> {
  const { common, bounds, range, steps, noise } = readDealt(given, 2)
  const { width } = steps
  const { confidence, recordsPerUnit } = common
  return Object.freeze({
    provenance: noise.provenance,
    event: noise.event,
    guarantee: noise.guarantee,
    error: (asked) => {
      const { records, rest } = readRecords(asked)
      const { confidence, risk } = readConfidence(rest)
      // A mixture is widest at its ends; where it says nothing of the mean, its being between the bounds still does.
      const share = (noise: number): number => Math.min(noise / (records * width), 1)
      return Object.freeze({
        confidence,
        stddev: share(noise.stddev) * range,
        halfWidth: Math.min(share(noise.mixtureWithin(0, risk)) + rounding, 1) * range,
      })
    },
    release: (data) => {
      const table = common.open(data)
      const { count, sum } = sumOfSteps(chooseRecords(table.numbers(), table.units(), recordsPerUnit, common.bits), steps)
      const above = Number(noise.add(sum))
      const below = Number(noise.add(BigInt(count) * BigInt(width) - sum))
      const within = (p: number): number => noise.mixtureWithin(p, 1 - confidence)
      const [low, high] = shares(above, below, within)
      const share = above + below > 0 ? Math.min(Math.max(above / (above + below), 0), 1) : 0.5
      const at = (p: number): number => between(bounds, p)
      return Object.freeze({
        value: at(share),
        lower: at(Math.max(low - rounding, 0)),
        upper: at(Math.min(high + rounding, 1)),
        confidence,
      })
    },
  } satisfies Mean<Row>)
}

/** What doubles and the steps may be off, as a share of the range. */
const rounding = 2 ** -32

/** lower + (upper - lower) p, within the bounds; never overflowing. */
export function between({ lower, upper }: Bounds, p: number): number {
  return Math.min(Math.max(lower * (1 - p) + upper * p, lower), upper) + 0
}

/**
 * The ends of the set of p in [0, 1] with |(1 - p) above - p below| <= within(p). `within` is convex (the quantiles of mixtures of symmetric
 * log-concave noise are a norm: Meyer and Reisner 1991), so from an end that is not in the set one crossing leads into it, or none.
 */
function shares(above: number, below: number, within: (p: number) => number): readonly [low: number, high: number] {
  const contrast = (p: number): number => (1 - p) * above - p * below
  const beyond = (p: number, sign: number): boolean => sign * contrast(p) > within(p)
  const end = (from: number, to: number): number => {
    const sign = contrast(from) < 0 ? -1 : 1
    if (!beyond(from, sign)) return from
    // All of it is beyond: less likely than the risk.
    if (beyond(to, sign)) return Math.abs(contrast(from)) - within(from) < Math.abs(contrast(to)) - within(to) ? from : to
    let [outside, inside] = [from, to]
    for (let i = 0; i < 48; i++) {
      const middle = (outside + inside) / 2
      if (beyond(middle, sign)) outside = middle
      else inside = middle
    }
    return outside
  }
  return [end(0, 1), end(1, 0)]
}
