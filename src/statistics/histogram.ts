/**
 * How many records there are of each category, or in each range of numbers.
 *
 *     value of a bin = records in it + noise        sensitivity: categoriesPerUnit recordsPerUnit in L1,  sqrt(categoriesPerUnit) recordsPerUnit in L2
 *
 * `categories` or `edges` say the bins, and then all of them are released, empty ones too. Where neither is known beforehand, `epsilon` and `delta` are
 * needed, and categories are shown whose noisy count reaches a threshold (Korolova, Kenthapadi, Mishra and Ntoulas 2009):
 *
 *     least m with  categoriesPerUnit P(Z >= m) <= delta,      shown from recordsPerUnit + m on
 *
 * A category that is there because of one unit alone is shown with probability delta / categoriesPerUnit or less; for the others epsilon holds.
 *
 * *Promise*: the stated privacy, exactly: delta is compared with enclosures of the noise's tail. Categories come sorted, in no order of the table.
 * Each interval holds for its own bin.
 * *Limits*: values may be below 0 unless `nonNegative` is set. The intervals of categories that were shown for their large noise are too high: they
 * hold for a category that was chosen beforehand.
 *
 *     const visits = histogram({ categories: ['a', 'b'], epsilon: 1, insecureRandom: insecureSeeded(1) })
 *     visits.error({ confidence: 0.95 }).halfWidth // => 3
 *     visits.release(['a', 'a', 'b', 'c'])[0] // => { category: 'a', value: ..., lower: ..., upper: ..., confidence: 0.95 }
 *     histogram({ epsilon: 1, delta: 1e-6, insecureRandom: insecureSeeded(1) }).release(['a', 'b']) // => []
 *
 * @module
 */

import { InvalidParameterError } from '../errors.ts'
import { approximate } from '../events/builders.ts'
import type { ApproximateEvent } from '../events/kinds.ts'
import { flag, number } from '../guard.ts'
import type { ErrorOptions } from '../mechanisms/mechanism.ts'
import { mulUp, sqrtUp } from '../numeric/directed.ts'
import * as rational from '../numeric/rational.ts'
import { encloseExpNeg } from '../random/exp-enclosure.ts'
import { type Bin, inOrder, readBins } from './bins.ts'
import { type CellBounds, countCells } from './contributions.ts'
import { errorOfCounts, estimateOfCount } from './count.ts'
import type { Key } from './keys.ts'
import { type NoiseEvent, type NoiseOptions, type StepNoise, stepNoise } from './noise.ts'
import type { CategoryAccessor, Table, UnitAccessor, ValueAccessor } from './records.ts'
import { type CommonOptions, type Estimate, readCommon, readPerUnit, type Statistic } from './statistic.ts'

export type CategoriesPerUnit = {
  /** The most categories of one unit that count; which ones is drawn at random. 1 where it is left out. ("l0" in papers.) */
  readonly categoriesPerUnit?: number | undefined
}

export type HistogramOptions<Row = unknown> = NoiseOptions &
  CommonOptions &
  CategoriesPerUnit &
  UnitAccessor<Row> &
  ValueAccessor<Row> &
  CategoryAccessor<Row> & {
    /** All categories, where they are known without a look at the data. */
    readonly categories?: readonly Key[] | undefined
    /** The ends of ranges of numbers, in ascending order. */
    readonly edges?: readonly number[] | undefined
    /** Whether values below 0 are released as 0. */
    readonly nonNegative?: boolean | undefined
  }

/** A bin and its count. */
export type BinCount = Bin & Estimate

export type Histogram<Row = unknown> = Statistic<
  (data: Table<Row>) => readonly BinCount[],
  ErrorOptions,
  ReturnType<typeof errorOfCounts>,
  NoiseEvent | ApproximateEvent
>

/** A private histogram. */
export function histogram<Row = unknown>(given: HistogramOptions<Row>): Histogram<Row> {
  const { known, common } = readCommon(given, {
    accessors: ['value', 'unit', 'category'],
    own: ['categories', 'edges', 'nonNegative'],
    perUnit: ['recordsPerUnit', 'categoriesPerUnit'],
  })
  const nonNegative = flag('nonNegative', known['nonNegative'])
  const { confidence, recordsPerUnit: linf, bits } = common
  const asked = readPerUnit(known, 'categoriesPerUnit')
  const publicBins = readBins(known)
  const l0 = Math.min(asked, publicBins?.bins.length ?? asked)
  const bounds: CellBounds = { l0, linf }
  const estimate = (noise: StepNoise, bin: Bin, noisy: number): BinCount =>
    Object.freeze({ ...bin, ...estimateOfCount(noisy, noise, { confidence, nonNegative }) })
  const withNoise = (noise: StepNoise) => ({
    provenance: noise.provenance,
    error: (how?: ErrorOptions) => errorOfCounts(noise, how),
  })

  if (publicBins !== undefined) {
    const { bins, codes } = publicBins
    const noise = stepNoise(known, { l1: l0 * linf, l2: mulUp(sqrtUp(l0), linf) })
    return Object.freeze({
      ...withNoise(noise),
      event: noise.event,
      guarantee: noise.guarantee,
      release: (data) => {
        const table = common.open(data)
        const noisy = noise.addToAll(countCells(codes(table), table.units(), bounds, bits))
        return Object.freeze(bins.map((bin, i) => estimate(noise, bin, noisy[i] as number)))
      },
    } satisfies Histogram<Row>)
  }

  const { delta: _, ...pure } = known
  if (known['rho'] !== undefined)
    throw new InvalidParameterError('rho', 'left out where the categories are not known', known['rho'])
  const noise = stepNoise(pure, { l1: l0 * linf, l2: l0 * linf })
  const delta = number('delta', known['delta'], { above: 0, below: 1 })
  const epsilon = noise.guarantee.epsilon as number
  const threshold = linf + leastTail((noise.event as { readonly scale: number }).scale, l0, delta)
  return Object.freeze({
    ...withNoise(noise),
    event: approximate({ epsilon, delta }),
    guarantee: Object.freeze({ epsilon, delta }),
    release: (data) => {
      const table = common.open(data)
      const categories = table.keys('category')
      const noisy = noise.addToAll(countCells(categories, table.units(), bounds, bits))
      const shown: number[] = []
      for (let code = 0; code < noisy.length; code++) if ((noisy[code] as number) >= threshold) shown.push(code)
      const sorted = inOrder(shown, categories.keyOf)
      return Object.freeze(sorted.map((code) => estimate(noise, { category: categories.keyOf(code) }, noisy[code] as number)))
    },
  } satisfies Histogram<Row>)
}

/** The least m with times P(Z >= m) <= delta, Z discrete Laplace: P(Z >= m) = e^(-m / scale) / (1 + e^(-1 / scale)); at most one more. */
export function leastTail(scale: number, times: number, delta: number): number {
  const { numerator: t, denominator: s } = rational.fromNumber(scale)
  const { numerator, denominator } = rational.fromNumber(delta)
  const precision = 64 + Math.max(0, -rational.floorLog2({ numerator, denominator }))
  const [other] = encloseExpNeg(s, t, precision)
  const one = 1n << BigInt(precision)
  const holds = (m: number): boolean => {
    const [, tail] = encloseExpNeg(BigInt(m) * s, t, precision)
    return BigInt(times) * tail * denominator <= numerator * (one + other)
  }
  let m = Math.max(0, Math.ceil(scale * (Math.log(times / delta) - Math.log1p(Math.exp(-1 / scale)))) - 1)
  while (!holds(m)) m += Math.max(1, Math.floor(m * 2 ** -48))
  return m
}
