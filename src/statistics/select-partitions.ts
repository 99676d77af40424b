/**
 * Which categories there are, where their names are not public: a category is shown if enough units are in it.
 *
 *     keep(0) = 0,   keep(n) = min(e^E keep(n - 1) + D,  1 - e^-E (1 - keep(n - 1) - D),  1),     E = epsilon / l, D = delta / l, l = categoriesPerUnit
 *
 * Desfontaines, Voss and Gipson 2022 ("Differentially private partition selection"): no (E, D)-private rule shows a category of n units with a higher
 * probability. A unit takes part in l of these decisions at most.
 *
 * In whole numbers over a power of two every step is rounded down, with e^E from below and e^-E from above. That is as private: the
 * first two are what privacy asks of keep(n), given the keep(n - 1) that is used, and they hold for whatever is less.
 *
 * *Promise*: the stated epsilon and delta, exactly; coins of exactly these probabilities. Categories come sorted, in no order of the table.
 * *Limits*: epsilon / categoriesPerUnit from 2^-14. Each unit counts once in a category, however often it is in it.
 *
 *     const selection = selectPartitions({ epsilon: 1, delta: 1e-5, insecureRandom: insecureSeeded(1) })
 *     selection.keepProbability(5) // => 0.00085...
 *     selection.error({ confidence: 0.95 }).units // => 14
 *     selection.release([...Array(30).fill('tea'), 'rare']) // => [ 'tea' ]
 *
 * @module
 */

import { InvalidParameterError } from '../errors.ts'
import { approximate } from '../events/builders.ts'
import type { ApproximateEvent } from '../events/kinds.ts'
import { integer, number, options } from '../guard.ts'
import type { ErrorOptions } from '../mechanisms/mechanism.ts'
import { demandDoubles, readConfidence } from '../mechanisms/mechanism.ts'
import type { Rational } from '../numeric/rational.ts'
import * as rational from '../numeric/rational.ts'
import { drawRational } from '../random/bernoulli.ts'
import { type ExactNumber, exactNumber, positive } from '../random/exact-number.ts'
import { encloseExpNeg } from '../random/exp-enclosure.ts'
import { type SourceOptions, sourceOf, sourceOptionNames } from '../random/source-options.ts'
import { inOrder } from './bins.ts'
import { countCells } from './contributions.ts'
import type { CategoriesPerUnit } from './histogram.ts'
import type { Key } from './keys.ts'
import { type CategoryAccessor, openTable, readAccessors, type Table, type UnitAccessor } from './records.ts'
import { readPerUnit, type Statistic } from './statistic.ts'

export type SelectPartitionsOptions<Row = unknown> = SourceOptions &
  CategoriesPerUnit &
  UnitAccessor<Row> &
  CategoryAccessor<Row> & { readonly epsilon: ExactNumber; readonly delta: number }

/** How many units a category needs to be shown with probability `confidence` or more. */
export type SelectionSize = { readonly confidence: number; readonly units: number }

export type SelectPartitions<Row = unknown> = Statistic<
  (data: Table<Row>) => readonly Key[],
  ErrorOptions,
  SelectionSize,
  ApproximateEvent
> & {
  /** The probability with which a category of so many units is shown. */
  readonly keepProbability: (units: number) => number
}

/** The categories that can be shown. */
export function selectPartitions<Row = unknown>(given: SelectPartitionsOptions<Row>): SelectPartitions<Row> {
  const known = options('options', given, ['epsilon', 'delta', 'categoriesPerUnit', 'unit', 'category', ...sourceOptionNames])
  const exact = exactNumber('epsilon', known['epsilon'], positive)
  const epsilon = rational.toNumber(exact, 'up')
  demandDoubles('epsilon', known['epsilon'], 1, epsilon)
  const delta = number('delta', known['delta'], { above: 0, below: 1 })
  const l0 = readPerUnit(known, 'categoriesPerUnit')
  const accessors = readAccessors(known, ['unit', 'category'])
  const { bits, provenance } = sourceOf(known)
  const share = rational.divide(exact, rational.of(BigInt(l0)))
  if (rational.floorLog2(share) < -14) {
    throw new InvalidParameterError('epsilon', 'at least 2^-14 for each category of a unit', known['epsilon'])
  }
  const keep = keepTable(share, rational.divide(rational.fromNumber(delta), rational.of(BigInt(l0))))
  return Object.freeze({
    provenance,
    event: approximate({ epsilon, delta }),
    guarantee: Object.freeze({ epsilon, delta }),
    keepProbability: (units) => rational.toNumber(keep(integer('units', units, { atLeast: 0 })), 'down'),
    error: (asked) => {
      const { confidence } = readConfidence(asked)
      let units = 1
      while (rational.toNumber(keep(units), 'down') < confidence) units += 1
      return Object.freeze({ confidence, units })
    },
    release: (data) => {
      const table = openTable(data, accessors, l0 > 1)
      const categories = table.keys('category')
      const counts = countCells(categories, table.units(), { l0, linf: 1 }, bits)
      const shown: Key[] = []
      counts.forEach((units, code) => {
        if (units > 0 && drawRational(bits, keep(units))) shown.push(categories.keyOf(code))
      })
      return Object.freeze(inOrder(shown, (key) => key))
    },
  } satisfies SelectPartitions<Row>)
}

/** keep(n) of the header, as fractions over a power of two, worked out as far as it is asked for. */
export function keepTable(epsilon: Rational, delta: Rational): (units: number) => Rational {
  const precision = BigInt(128 + Math.max(0, -rational.floorLog2(delta)))
  const one = 1n << precision
  const guard = precision + 64n
  const [, high] = encloseExpNeg(epsilon.numerator, epsilon.denominator, Number(guard))
  const growth = (1n << (2n * guard)) / high
  const least = rational.floor(rational.multiply(delta, rational.of(one)))
  const kept: bigint[] = [0n]
  // Where the rest to 1 has been used up, all that follows is 1.
  let last = 0n
  return (units) => {
    for (let n = kept.length; n <= units && last < one; n++) {
      const rest = one - last - least
      const byGrowth = ((growth * last) >> guard) + least
      const byRest = rest > 0n ? one - ((high * rest + (1n << guard) - 1n) >> guard) : one
      last = byGrowth < byRest ? byGrowth : byRest
      if (last > one) last = one
      kept.push(last)
    }
    return { numerator: kept[Math.min(units, kept.length - 1)] as bigint, denominator: one }
  }
}
