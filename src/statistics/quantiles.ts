/**
 * Several quantiles at once, by halving: the middle one first, then each side of it on the data of its side.
 *
 *     levels = ceil(log2(quantiles + 1)),   each level with epsilon / levels
 *
 * Kaplan, Schnapp and Stemmer 2022. On one level every record takes part in one question only, and a unit's records, wherever they lie, weigh no more
 * together than recordsPerUnit do in one: a level is one exponential mechanism. Asking one by one would cost epsilon / quantiles each.
 *
 * Records with the same value would all go to one side. So the grid is made 2^8 times finer, each record gets one of the finer places at random, and what
 * is released is the coarse one.
 *
 * *Promise*: the stated epsilon, exactly; values ascend as what was asked for does, without being sorted afterwards. All ranks together
 * are within `rankError` with probability 1 - risk; more by 1/256 of the records that share the value of another quantile.
 * *Limits*: rankError is what the proof gives; half of it is common.
 *
 *     const quartiles = quantiles({ at: [0.25, 0.5, 0.75], lower: 0, upper: 100, step: 1, epsilon: 1, insecureRandom: insecureSeeded(1) })
 *     quartiles.event // => { kind: 'repeated', times: 2, event: { kind: 'exponential', epsilon: 0.5 } }
 *     quartiles.release(Array.from({ length: 10_000 }, (_, i) => i % 100)).values // => [ 25, 50, 75 ]
 *
 * @module
 */

import { exponential, repeated } from '../events/builders.ts'
import type { ExponentialEvent, RepeatedEvent } from '../events/kinds.ts'
import { array } from '../guard.ts'
import type { ErrorOptions } from '../mechanisms/mechanism.ts'
import { readConfidence } from '../mechanisms/mechanism.ts'
import type { Rational } from '../numeric/rational.ts'
import * as rational from '../numeric/rational.ts'
import { type ExactNumber, exactNumber, probability } from '../random/exact-number.ts'
import { sourceOf } from '../random/source-options.ts'
import { chooseCandidate } from './candidates.ts'
import { demandRate, placesOf, type QuantileOptions, type RankError, rateFor, readQuantiles } from './quantile.ts'
import type { Table } from './records.ts'
import type { Statistic } from './statistic.ts'

export type QuantilesOptions<Row = number> = Omit<QuantileOptions<Row>, 'at'> & {
  /** The shares that lie below, each from 0 to 1. */
  readonly at: readonly ExactNumber[]
}

export type Quantiles<Row = number> = Statistic<
  (data: Table<Row>) => RankError & { readonly values: readonly number[] },
  ErrorOptions,
  RankError,
  ExponentialEvent | RepeatedEvent
>

/** One question of the tree: the quantile at `share` of the records between those of its neighbours above. */
type Node = {
  readonly index: number
  readonly share: Rational
  readonly rate: Rational
  readonly left?: Node
  readonly right?: Node
}

const finer = 256

/** Private quantiles, in the order asked for. */
export function quantiles<Row = number>(given: QuantilesOptions<Row>): Quantiles<Row> {
  const { known, common, grid, epsilon } = readQuantiles(given)
  const shares = Array.from(array('at', known['at'], 1), (share, i) => exactNumber(`at[${i}]`, share, probability))
  const order = shares.map((_, i) => i).sort((a, b) => rational.compare(shares[a] as Rational, shares[b] as Rational))
  const levels = 32 - Math.clz32(shares.length)
  const perLevel = rational.toNumber(rational.divide(epsilon, rational.of(BigInt(levels))), 'down')
  const level = rational.fromNumber(perLevel)
  // Built once, public: which quantile is asked for where.
  const build = (from: number, to: number, low: Rational, high: Rational): Node | undefined => {
    if (from >= to) return undefined
    const middle = (from + to) >> 1
    const index = order[middle] as number
    const asked = shares[index] as Rational
    const room = rational.subtract(high, low)
    const share = room.numerator === 0n ? rational.of(1n, 2n) : rational.divide(rational.subtract(asked, low), room)
    const rate = rateFor(level, share, common.recordsPerUnit)
    demandRate(known, rate)
    const [left, right] = [build(from, middle, low, asked), build(middle + 1, to, asked, high)]
    return { index, share, rate, ...(left === undefined ? {} : { left }), ...(right === undefined ? {} : { right }) }
  }
  const root = build(0, order.length, rational.of(0n), rational.of(1n)) as Node
  const points = (grid.last + 1) * finer

  const rankError = (risk: number): number => {
    const each = Math.log((points * shares.length) / risk)
    const worst = (node: Node | undefined, above: number): number => {
      if (node === undefined) return 0
      // What the node above was off by, its sides have too many or too few: at most all of it passes on.
      const own = each / rational.toNumber(node.rate, 'down') + above
      return Math.max(own, worst(node.left, own), worst(node.right, own))
    }
    return worst(root, 0)
  }
  const { confidence, bits } = common
  const promised = rankError(1 - confidence)
  const asDouble = rational.toNumber(epsilon, 'up')
  const one = exponential({ epsilon: perLevel })
  return Object.freeze({
    provenance: sourceOf(known).provenance,
    event: levels === 1 ? one : repeated({ times: levels, event: one }),
    guarantee: Object.freeze({ epsilon: asDouble, delta: 0 }),
    error: (asked) => {
      const { confidence, risk } = readConfidence(asked)
      return Object.freeze({ confidence, rankError: rankError(risk) })
    },
    release: (data) => {
      const places = placesOf(data, common, grid)
      for (let i = 0; i < places.length; i++) places[i] = (places[i] as number) * finer + bits.bits(8)
      places.sort()
      const values = new Array<number>(shares.length)
      const answer = (node: Node | undefined, within: Float64Array, first: number, last: number): void => {
        if (node === undefined) return
        const chosen = chooseCandidate(within, { first, last, share: node.share, rate: node.rate }, bits)
        values[node.index] = grid.valueAt(Math.floor(chosen / finer))
        let split = 0
        while (split < within.length && (within[split] as number) <= chosen) split += 1
        answer(node.left, within.subarray(0, split), first, chosen)
        answer(node.right, within.subarray(split), chosen, last)
      }
      answer(root, places, 0, points - 1)
      return Object.freeze({ values: Object.freeze(values), rankError: promised, confidence })
    },
  } satisfies Quantiles<Row>)
}
