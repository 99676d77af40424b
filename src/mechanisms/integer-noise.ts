/**
 * Integer noise on integers: what discrete mechanisms have in common.
 *
 * *Promise*: sums are exact. Numbers count as the integer next to them (ties up, NaN as 0), of at most 2^53 - 1, and sums past that are
 * released as that; bigints have no bounds. Never -0.
 * *Limits*: rounding moves a single number by no more than an integer sensitivity allows. In a vector whose elements are not integers it
 * may add up: there the sensitivity is that of the rounded vector.
 *
 * @module
 */

import type { IntegerSampler } from '../random/integer-sampler.ts'
import { type Release, releaseBy } from './release.ts'

const largest = Number.MAX_SAFE_INTEGER

/** Adds draws of a sampler; `scale` is that of its noise. */
export function releaseIntegers(sampler: Pick<IntegerSampler, 'sample' | 'sampleBigint'>, scale: number): Release {
  // Past 2^45 draws need not fit a double, and sums are formed in bigints.
  const number =
    scale < 2 ** 45
      ? (x: number): number => clamp(nearestInteger(x) + sampler.sample())
      : (x: number): number => Number(clampBig(BigInt(nearestInteger(x)) + sampler.sampleBigint()))
  const channel = {
    number,
    bigint: (x: bigint): bigint => x + sampler.sampleBigint(),
    into: (source: ArrayLike<number>, target: { [i: number]: number }): void => {
      for (let i = 0; i < source.length; i++) target[i] = number(source[i] as number)
    },
  }
  return releaseBy(() => channel)
}

/** The nearest integer, ties up, that counts for x; 0 for NaN. */
export function nearestInteger(x: number): number {
  return Number.isNaN(x) ? 0 : clamp(Math.round(x))
}

function clamp(x: number): number {
  return Math.min(Math.max(x, -largest), largest) + 0
}

function clampBig(x: bigint): bigint {
  if (x > largest) return BigInt(largest)
  return x < -largest ? BigInt(-largest) : x
}
