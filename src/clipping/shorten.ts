/**
 * Clipping in l1 and l2: a vector that is too long is scaled down, never to more than the bound.
 *
 *   y_i = x_i f,    f = b / (|x| (1 + margin))
 *
 * A stored product exceeds |x_i| f by at most a relative u + v (v = 2^-24 in floats, 0 in doubles) and half the smallest number of the
 * storage. The margin covers all roundings: the error of the sum, those of root, quotient and product, and v. The smallest numbers
 * are less than the rest of the margin where b >= 2^-980 (floats: 2^-90), as n < 2^32; under a smaller bound every entry is cut by
 * four roundings and two smallest numbers, so that it is below |x_i| f by itself.
 *
 * *Promise*: |y| <= b in exact arithmetic of the entries as stored, and |y| >= b (1 - 3 v - (320 + n/256) 2^-53) unless b is
 * tiny; a vector with |x| <= b, decided exactly, is kept bit for bit. A vector with a NaN or infinite entry becomes zeros: a public rule, no
 * exception.
 * *Limits*: the time depends on whether a vector is kept, and by more on whether it is within 1e-12 of the bound.
 *
 * @module
 */

import { divDown } from '../numeric/directed.ts'
import { powerOfTwo } from '../numeric/rational.ts'
import { exactNorm } from './exact-norm.ts'
import { type Order, rough } from './power-sum.ts'

/** How many bits entries are kept in: those of a double or of a float. */
export type Storage = 'double' | 'float'

/** What is to become of a vector. */
export type Verdict =
  | 'keep'
  | 'blank'
  | {
      /** The values, or these times a power of two. */
      readonly source: Float64Array
      readonly factor: number
      /** Under tiny bounds: what to cut off each entry, relatively and absolutely. */
      readonly cut: readonly [relative: number, absolute: number] | undefined
    }

const u = 2 ** -53
const storages = {
  double: { rounding: 0, tiny: 2 ** -980, cut: [4 * u, 2 * 2 ** -1074] },
  float: { rounding: 2 ** -24, tiny: 2 ** -90, cut: [4 * 2 ** -24, 2 * 2 ** -149] },
} as const

export function judge(
  values: Float64Array,
  { order, bound, storage }: { order: Order; bound: number; storage: Storage },
): Verdict {
  const sum = rough(values, order)
  if (sum.sum === 0) return 'keep'
  if (sum.sum === Infinity) return 'blank'
  const { scale, scaled, error } = sum
  const norm = order === 2 ? Math.sqrt(sum.sum) : sum.sum
  const far = 1 + error + 16 * u
  if (norm * far < bound * scale) return 'keep'
  if (!(norm > bound * scale * far) && !exactNorm(values, order, sum).exceeds(bound)) return 'keep'

  const { rounding, tiny, cut } = storages[storage]
  const length = norm * (far + 2 * rounding)
  // A scale above 1 goes with the bound, and one below 1 with the values: neither quotient then leaves the range.
  const factor = divDown(bound * Math.max(scale, 1), length)
  const fitting = { factor, cut: bound < tiny ? cut : undefined }
  if (factor > 2 ** -960 || scale !== 1) return { ...fitting, source: scale < 1 ? scaled : values }
  // A factor with few bits left: bring the length near 1 first.
  const down = powerOfTwo(-Math.round(Math.log2(length)))
  return { ...fitting, source: values.map((x) => x * down), factor: divDown(bound, length * down) }
}

/** Writes what a verdict makes of the values, which `into` may be. */
export function carryOut(verdict: Exclude<Verdict, 'keep'>, into: Float64Array): Float64Array {
  if (verdict === 'blank') return into.fill(0)
  const { source, factor, cut } = verdict
  if (cut === undefined) {
    for (let i = 0; i < into.length; i++) into[i] = (source[i] as number) * factor
    return into
  }
  const [relative, absolute] = cut
  for (let i = 0; i < into.length; i++) {
    const product = (source[i] as number) * factor
    const size = Math.max(0, Math.abs(product) * (1 - relative) - absolute)
    into[i] = product < 0 ? -size : size
  }
  return into
}
