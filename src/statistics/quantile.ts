/**
 * A quantile: a number that a stated share of the data lies below, the median at 0.5.
 *
 *     P(c) proportional to e^(-epsilon loss(c) / (2 D)),   D = recordsPerUnit max(at, 1 - at),   c on a public grid
 *
 * where loss(c) is how many records c is away from being the quantile (`candidates.ts`); Smith 2011. Neighbours differ in D at most.
 *
 * *Promise*: exactly this law. The rank of what is released is within `rankError` of the asked one with probability 1 - risk: D (2 / epsilon) ln(points / risk).
 * *Limits*: how far off the value is depends on how dense the data lie there, and can't be told in advance. Of no data the release is uniform between the bounds.
 * Wide bounds cost little; whole numbers should have `step: 1`. 1e6 records take 0.2 s, most of it for sorting.
 *
 *     const median = quantile({ at: 0.5, lower: 0, upper: 120, step: 1, epsilon: 1, insecureRandom: insecureSeeded(1) })
 *     median.event // => { kind: 'exponential', epsilon: 1 }
 *     median.error({ confidence: 0.95 }).rankError // => 7.79...
 *     median.release(Array.from({ length: 1000 }, (_, i) => i % 90)) // => { value: 4..., rankError: 7.79..., confidence: 0.95 }
 *
 * @module
 */

import { InvalidParameterError } from '../errors.ts'
import { exponential } from '../events/builders.ts'
import type { ExponentialEvent } from '../events/kinds.ts'
import type { ErrorOptions } from '../mechanisms/mechanism.ts'
import { demandDoubles, readConfidence } from '../mechanisms/mechanism.ts'
import type { Rational } from '../numeric/rational.ts'
import * as rational from '../numeric/rational.ts'
import { type ExactNumber, exactNumber, positive, probability } from '../random/exact-number.ts'
import { type SourceOptions, sourceOf, sourceOptionNames } from '../random/source-options.ts'
import { chooseCandidate } from './candidates.ts'
import { chooseRecords } from './contributions.ts'
import { type Grid, type GridOptions, gridOptionNames, readGrid } from './quantile-grid.ts'
import type { Table, UnitAccessor, ValueAccessor } from './records.ts'
import { type Common, type CommonOptions, readCommon, type Statistic } from './statistic.ts'

export type QuantileOptions<Row = number> = SourceOptions &
  CommonOptions &
  UnitAccessor<Row> &
  ValueAccessor<Row> &
  GridOptions & {
    /** The share that lies below, from 0 to 1. */
    readonly at: ExactNumber
    readonly epsilon: ExactNumber
  }

/** How many records what is released may be away from the quantile, in rank. */
export type RankError = { readonly confidence: number; readonly rankError: number }

export type Quantile<Row = number> = Statistic<
  (data: Table<Row>) => RankError & { readonly value: number },
  ErrorOptions,
  RankError,
  ExponentialEvent
>

/** A private quantile. */
export function quantile<Row = number>(given: QuantileOptions<Row>): Quantile<Row> {
  const { known, common, grid, epsilon } = readQuantiles(given)
  const share = exactNumber('at', known['at'], probability)
  const rate = rateFor(epsilon, share, common.recordsPerUnit)
  demandRate(known, rate)
  const rankError = (risk: number): number => Math.log((grid.last + 1) / risk) / rational.toNumber(rate, 'down')
  const asDouble = rational.toNumber(epsilon, 'up')
  const { confidence } = common
  const promised = rankError(1 - confidence)
  return Object.freeze({
    provenance: sourceOf(known).provenance,
    event: exponential({ epsilon: asDouble }),
    guarantee: Object.freeze({ epsilon: asDouble, delta: 0 }),
    error: (asked) => {
      const { confidence, risk } = readConfidence(asked)
      return Object.freeze({ confidence, rankError: rankError(risk) })
    },
    release: (data) => {
      const places = placesOf(data, common, grid).sort()
      const chosen = chooseCandidate(places, { first: 0, last: grid.last, share, rate }, common.bits)
      return Object.freeze({ value: grid.valueAt(chosen), rankError: promised, confidence })
    },
  } satisfies Quantile<Row>)
}

/** What one quantile and several have in common. */
export function readQuantiles(given: unknown): { known: Record<string, unknown>; common: Common; grid: Grid; epsilon: Rational } {
  const { known, common } = readCommon(given, {
    accessors: ['value', 'unit'],
    own: [...gridOptionNames, 'at'],
    privacy: ['epsilon', ...sourceOptionNames],
  })
  const grid = readGrid(known)
  const epsilon = exactNumber('epsilon', known['epsilon'], positive)
  demandDoubles('epsilon', known['epsilon'], 1, rational.toNumber(epsilon, 'up'))
  return { known, common, grid, epsilon }
}

/** epsilon / (2 D). */
export function rateFor(epsilon: Rational, share: Rational, recordsPerUnit: number): Rational {
  const rest = rational.subtract(rational.of(1n), share)
  const larger = rational.compare(share, rest) > 0 ? share : rest
  return rational.divide(epsilon, rational.multiply(larger, rational.of(2n * BigInt(recordsPerUnit))))
}

/** Rates that exponents are exact enough for, and that are doubles. */
export function demandRate(known: Record<string, unknown>, rate: Rational): void {
  const size = rational.floorLog2(rate)
  if (size < 20 && size > -900) return
  throw new InvalidParameterError('epsilon', 'above 2^-880 and below 2^19 times the records per unit', known['epsilon'])
}

/** The places of the records that count. */
export function placesOf(data: unknown, common: Common, grid: Grid): Float64Array {
  const table = common.open(data)
  const chosen = chooseRecords(table.numbers(), table.units(), common.recordsPerUnit, common.bits)
  const places = new Float64Array(chosen.length)
  let count = 0
  for (let i = 0; i < chosen.length; i++) {
    const x = chosen[i] as number
    if (!Number.isNaN(x)) places[count++] = grid.placeOf(x)
  }
  return places.subarray(0, count)
}
