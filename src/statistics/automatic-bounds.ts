/**
 * Bounds for numbers of which nothing is known, from a noisy histogram of their magnitudes.
 *
 *     bins (-2^64, -2^63], ..., (-2^-63, -2^-64],  (-2^-64, 2^-64),  [2^-64, 2^-63), ..., [2^63, 2^64);      bounds: the outer ends of the first and last bin
 *     whose noisy count is above the threshold,     P(any empty bin's is) <= 1 - confidence, 1e-9 where that is left out
 *
 * Wilson, Zhang, Lam, Desfontaines, Simmons-Marengo and Gipson 2020. *The rule* where no bin is: the ends of the bin with the largest noisy count.
 *
 * *Promise*: the stated privacy, exactly. There are always bounds, and `lower` is below `upper`.
 * *Limits*: powers of two: up to a factor of 2 too wide. Magnitudes that few records have are left out, and clamped by what uses the bounds; how few, `error`
 * says. Beyond 2^64 counts as the last bin. Bounds that are known beforehand are better, and free.
 *
 *     const bounds = automaticBounds({ epsilon: 1, insecureRandom: insecureSeeded(1) })
 *     bounds.error().threshold // => 26
 *     bounds.release(Array.from({ length: 10_000 }, (_, i) => 3 + (i % 40))) // => { lower: 2, upper: 64 }
 *
 * @module
 */

import type { ErrorOptions, NoiseError } from '../mechanisms/mechanism.ts'
import { readConfidence } from '../mechanisms/mechanism.ts'
import { powerOfTwo } from '../numeric/rational.ts'
import { chooseRecords } from './contributions.ts'
import { type NoiseOptions, stepNoise } from './noise.ts'
import type { Table, UnitAccessor, ValueAccessor } from './records.ts'
import { type CommonOptions, readCommon, type Statistic } from './statistic.ts'
import type { Bounds } from './steps.ts'

export type AutomaticBoundsOptions<Row = number> = NoiseOptions & CommonOptions & UnitAccessor<Row> & ValueAccessor<Row>

/** Of the noisy count of a magnitude, and what it must reach: one with `threshold + halfWidth` records does at the confidence asked for. */
export type BoundsError = NoiseError & { readonly threshold: number }

export type AutomaticBounds<Row = number> = Statistic<(data: Table<Row>) => Bounds, ErrorOptions, BoundsError>

/** Of bounds without a stray magnitude: an empty one that passed would make everything after useless. */
const confidently = 1 - 1e-9

/** Exponents from -64 to 63, for either sign, and 0. */
const exponents = 64
const zero = 2 * exponents
const bins = 2 * zero + 1

/** Private bounds. */
export function automaticBounds<Row = number>(given: AutomaticBoundsOptions<Row>): AutomaticBounds<Row> {
  const { known, common } = readCommon(given, { accessors: ['value', 'unit'], own: [], confidently })
  const most = common.recordsPerUnit
  const noise = stepNoise(known, { l1: most, l2: most })
  const thresholdAt = (risk: number): number => noise.within(Math.min((2 * risk) / bins, 0.5)) + 1
  const threshold = thresholdAt(1 - common.confidence)
  return Object.freeze({
    provenance: noise.provenance,
    event: noise.event,
    guarantee: noise.guarantee,
    error: (asked) => {
      const { confidence, risk } = readConfidence(asked)
      return Object.freeze({ confidence, stddev: noise.stddev, halfWidth: noise.within(risk), threshold })
    },
    release: (data) => {
      const table = common.open(data)
      const counts = new Float64Array(bins)
      for (const x of chooseRecords(table.numbers(), table.units(), most, common.bits)) {
        if (Number.isNaN(x)) continue
        const bin = binOf(x)
        counts[bin] = (counts[bin] as number) + 1
      }
      const noisy = noise.addToAll(counts)
      let [first, last, fullest] = [-1, -1, 0]
      noisy.forEach((n, bin) => {
        if (n > (noisy[fullest] as number)) fullest = bin
        if (n < threshold) return
        if (first < 0) first = bin
        last = bin
      })
      const [low, high] = first < 0 ? [fullest, fullest] : [first, last]
      return Object.freeze({ lower: edge(low), upper: edge(high + 1) })
    },
  } satisfies AutomaticBounds<Row>)
}

const float = new DataView(new ArrayBuffer(8))

/** The bin of a number, not NaN: by the exponent that its bits say. */
function binOf(x: number): number {
  float.setFloat64(0, x)
  const exponent = ((float.getUint32(0) >>> 20) & 0x7ff) - 1023
  if (exponent < -exponents) return zero
  const magnitude = Math.min(exponent, exponents - 1) + exponents + 1
  return x < 0 ? zero - magnitude : zero + magnitude
}

/** The lower end of a bin. */
function edge(bin: number): number {
  return bin > zero ? powerOfTwo(bin - zero - 1 - exponents) : -powerOfTwo(zero - bin - exponents)
}
