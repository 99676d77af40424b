/**
 * What every sampler of integer noise offers, whichever way it draws.
 *
 * *Promise*: no draw is rounded, clamped or folded into its container. A container that is too small for a scale is refused when
 * the call is made, by the (public) scale: it must reach 128 scales. In it a draw that still does not fit has a probability
 * below 2^-184, and would throw.
 *
 * @module
 */

import { InvalidParameterError, NumericalError } from '../errors.ts'
import type { Provenance } from './handles.ts'

/** An array that integer noise can be drawn into. */
export type IntegerArray = Float64Array | Int32Array | BigInt64Array

/** A sampler of integer noise, ready to draw. */
export type IntegerSampler = {
  /** Where the noise comes from: `'insecure-seeded'` noise protects nobody. */
  readonly provenance: Provenance
  /** One draw as a number, never -0. For scales below 2^46. */
  readonly sample: () => number
  /** One draw as a bigint, for any scale. */
  readonly sampleBigint: () => bigint
  /** Overwrites every element with a draw and returns the array. Int32Array: scales below 2^24; BigInt64Array: below 2^56. */
  readonly fill: <T extends IntegerArray>(target: T) => T
}

/** A way to draw integers: `next` answers NaN for a draw of 2^53 or more, which is then in `beyond`. */
export type IntegerCore = { readonly next: () => number; readonly nextBigint: () => bigint; readonly beyond: bigint }

/** floor(log2 scale) up to which a container reaches 128 scales. */
const reach = { number: 45, Int32Array: 23, BigInt64Array: 55 } as const
const largestInt32 = 2147483647
const largestInt64 = 9223372036854775807n

/** Wraps a core. `parameter` is the name of the scale in messages, `scaleExponent` its floor(log2). */
export function integerSampler(
  core: IntegerCore,
  { provenance, parameter, scaleExponent }: { provenance: Provenance; parameter: string; scaleExponent: number },
): IntegerSampler {
  const demand = (container: keyof typeof reach, instead: string): void => {
    if (scaleExponent <= reach[container]) return
    const limit = `below 2^${reach[container] + 1} for draws as ${container === 'number' ? 'numbers' : container}; ${instead}`
    throw new InvalidParameterError(parameter, limit, `about 2^${scaleExponent}`)
  }
  const sample = (): number => {
    demand('number', 'use sampleBigint()')
    const drawn = core.next()
    if (Number.isNaN(drawn)) tooLarge()
    return drawn
  }
  const fill = <T extends IntegerArray>(target: T): T => {
    if (target instanceof BigInt64Array) {
      demand('BigInt64Array', 'use sampleBigint()')
      fillBigints(core, target)
    } else if (target instanceof Int32Array) {
      demand('Int32Array', 'use a Float64Array')
      fillNumbers(core, target, largestInt32)
    } else if (target instanceof Float64Array) {
      demand('number', 'use a BigInt64Array')
      fillNumbers(core, target, Number.MAX_SAFE_INTEGER)
    } else {
      throw new InvalidParameterError('target', 'a Float64Array, an Int32Array or a BigInt64Array', target)
    }
    return target
  }
  return Object.freeze({ provenance, sample, sampleBigint: () => core.nextBigint(), fill })
}

function fillNumbers(core: IntegerCore, target: Float64Array | Int32Array, largest: number): void {
  for (let i = 0; i < target.length; i++) {
    const drawn = core.next()
    // Not `>`: NaN has to fail too.
    if (!(drawn <= largest && drawn >= -largest)) tooLarge()
    target[i] = drawn
  }
}

function fillBigints(core: IntegerCore, target: BigInt64Array): void {
  for (let i = 0; i < target.length; i++) {
    const drawn = core.nextBigint()
    if (drawn > largestInt64 || drawn < -largestInt64) tooLarge()
    target[i] = drawn
  }
}

function tooLarge(): never {
  throw new NumericalError('a draw of more than 128 scales did not fit its container: this has a probability below 2^-184')
}
