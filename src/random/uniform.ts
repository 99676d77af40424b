/**
 * Uniform integers, shuffles and samples without replacement, without a modulo's bias.
 *
 * Shuffling is Fisher and Yates' (Durstenfeld 1964): each of the n! orders is equally likely.
 *
 * *Promise*: every value of the range, every order and every subset is equally likely, exactly.
 * *Limits*: numbers up to 2^53 values; any range of bigints. Fewer than two words a number are drawn on average for ranges up to
 * 2^32, the worst being just above a power of two.
 *
 * @module
 */

import { InvalidParameterError } from '../errors.ts'
import { bigint, integer, options } from '../guard.ts'
import type { BitSource } from './bit-source.ts'
import { type SourceOptions, sourceOf, sourceOptionNames } from './source-options.ts'

const largestBound = 9007199254740992

/** [0, below), or [low, high] with both ends in it. */
export type UniformOptions<T extends number | bigint> = SourceOptions &
  (
    | { readonly below: T; readonly low?: never; readonly high?: never }
    | { readonly below?: never; readonly low: T; readonly high: T }
  )

/** A uniform integer of a range: `{ below: 6 }` is 0 to 5, `{ low: 1, high: 6 }` is 1 to 6. Numbers give a number, bigints a bigint. */
export function uniformInteger(options: UniformOptions<number>): number
export function uniformInteger(options: UniformOptions<bigint>): bigint
export function uniformInteger(given: UniformOptions<number> | UniformOptions<bigint>): number | bigint {
  const { below, low, high, ...source } = options('options', given, ['below', 'low', 'high', ...sourceOptionNames])
  if (below !== undefined) {
    if (low !== undefined) throw new InvalidParameterError('low', 'left out where "below" is given', low)
    if (high !== undefined) throw new InvalidParameterError('high', 'left out where "below" is given', high)
    if (typeof below === 'bigint') return sourceOf(source).bits.bigBelow(bigint('below', below, 1n))
    if (below !== largestBound) integer('below', below, { atLeast: 1 })
    return sourceOf(source).bits.below(below as number)
  }
  if (typeof low === 'bigint') {
    const last = bigint('high', high, low)
    return low + sourceOf(source).bits.bigBelow(last - low + 1n)
  }
  const first = integer('low', low)
  const count = integer('high', high, { atLeast: first }) - first + 1
  const { bits } = sourceOf(source)
  // Past 2^53 values a double no longer holds every offset, but the result is still a safe integer.
  if (count > largestBound) return Number(BigInt(first) + bits.bigBelow(BigInt(high as number) - BigInt(first) + 1n))
  return first + bits.below(count)
}

/** The items in a random order, in a new array. */
export function shuffle<T>(items: readonly T[], source: SourceOptions = {}): T[] {
  if (!Array.isArray(items)) throw new InvalidParameterError('items', 'an array', items)
  const { bits } = sourceOf(options('options', source, sourceOptionNames))
  const shuffled = [...(items as readonly T[])]
  for (let i = shuffled.length - 1; i > 0; i--) {
    const j = bits.below(i + 1)
    const item = shuffled[i] as T
    shuffled[i] = shuffled[j] as T
    shuffled[j] = item
  }
  return shuffled
}

/** `size` different integers of [0, population), in random order. */
export function sampleWithoutReplacement(
  given: { readonly size: number; readonly population: number } & SourceOptions,
): number[] {
  const known = options('options', given, ['size', 'population', ...sourceOptionNames])
  const population = integer('population', known['population'], { atLeast: 0 })
  const size = integer('size', known['size'], { atLeast: 0, atMost: population })
  return drawSubset(sourceOf(known).bits, size, population)
}

/** The first steps of a shuffle of 0, 1, 2, ...; only the places that were touched are held. */
function drawSubset(source: BitSource, size: number, population: number): number[] {
  const moved = new Map<number, number>()
  const drawn: number[] = []
  for (let i = 0; i < size; i++) {
    const j = i + source.below(population - i)
    drawn.push(moved.get(j) ?? j)
    moved.set(j, moved.get(i) ?? i)
    moved.delete(i)
  }
  return drawn
}
