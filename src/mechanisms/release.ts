/**
 * One release for every shape of data: numbers, bigints, arrays of either; what comes back has the type of what went in.
 *
 * *Promise*: only a type throws, never a value. In a plain array what is no number counts as NaN, and NaN as 0. Results that
 * their container can't hold go to its largest or smallest value. Each element has noise of its own; what went in is not written to.
 * *Limits*: the length of an array is taken for public.
 *
 * @module
 */

import { InvalidParameterError } from '../errors.ts'
import type { FloatArray } from '../random/float-adder.ts'

/** What noise can be added to. */
export type Releasable = number | bigint | Float64Array | Float32Array | BigInt64Array | readonly number[]

/** The type that comes back. */
export type Released<T extends Releasable> = T extends number
  ? number
  : T extends bigint
    ? bigint
    : T extends Float64Array
      ? Float64Array
      : T extends Float32Array
        ? Float32Array
        : T extends BigInt64Array
          ? BigInt64Array
          : number[]

/** Adds noise to a value of any of these types. */
export type Release = <T extends Releasable>(value: T) => Released<T>

/** A way to add noise to one number, one bigint, or an array of floats. */
export type Channel = {
  readonly number: (x: number) => number
  readonly bigint: (x: bigint) => bigint
  readonly into: (source: FloatArray, target: FloatArray) => void
}

/** A release by the channel that is right for a number of coordinates. */
export function releaseBy(channelFor: (coordinates: number) => Channel): Release {
  const release = (value: unknown): unknown => {
    if (typeof value === 'number') return channelFor(1).number(value)
    if (typeof value === 'bigint') return channelFor(1).bigint(value)
    if (value instanceof Float64Array) return floats(channelFor, value, new Float64Array(value.length))
    if (value instanceof Float32Array) return floats(channelFor, value, new Float32Array(value.length))
    if (value instanceof BigInt64Array) {
      const channel = channelFor(value.length)
      return BigInt64Array.from(value, (x) => clampInt64(channel.bigint(x)))
    }
    if (Array.isArray(value)) {
      const numbers = Float64Array.from(value as unknown[], (x) => (typeof x === 'number' ? x : Number.NaN))
      return Array.from(floats(channelFor, numbers, numbers))
    }
    // Not the value itself: it is data.
    throw new InvalidParameterError('value', 'a number, a bigint, an array of numbers or a typed array', typeof value)
  }
  return release as Release
}

function floats<T extends FloatArray>(channelFor: (coordinates: number) => Channel, source: FloatArray, target: T): T {
  channelFor(source.length).into(source, target)
  return target
}

const largestInt64 = 9223372036854775807n

function clampInt64(x: bigint): bigint {
  if (x > largestInt64) return largestInt64
  return x < -largestInt64 - 1n ? -largestInt64 - 1n : x
}
