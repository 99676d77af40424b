/**
 * Adding noise to doubles, one by one or by the array: what the schemes of release have in common.
 *
 * *Promise*: no value of the data makes it throw; only shapes and types do. Every element gets noise of its own.
 * *Limits*: the time an element takes depends on x only where x is not finite, past 2^1023 steps (such a release is formed in
 * bigints), or so small that the processor takes longer (below 2^-1022, or 2^-1022 steps): clamp data before it comes here. On
 * the noise it depends as that of the discrete samplers does.
 *
 * @module
 */

import { InvalidParameterError } from '../errors.ts'
import type { Provenance } from './handles.ts'

/** An array of doubles or floats. */
export type FloatArray = Float64Array | Float32Array

/** Adds noise to numbers. */
export type FloatAdder = {
  /** Where the noise comes from: `'insecure-seeded'` noise protects nobody. */
  readonly provenance: Provenance
  /** The step of the grid on which numbers are released: a power of two, about 2^-40 of the scale. */
  readonly step: number
  /** x plus noise. NaN counts as 0, plus and minus infinity as the largest and the smallest double. Never NaN, infinite or -0. */
  readonly release: (x: number) => number
  /** Writes source plus noise into target, which may be the source itself, and returns it. Floats are released as the nearest float. */
  readonly releaseInto: <T extends FloatArray>(source: FloatArray, target: T) => T
}

/** One release, and an array of them, with the largest value that the target holds. */
export type FloatCore = {
  readonly add: (x: number) => number
  readonly addInto: (source: FloatArray, target: FloatArray, largest: number) => void
}

const largestFloat = 3.4028234663852886e38

/** Wraps a core with the checks of shapes and types. */
export function floatAdder(core: FloatCore, { provenance, step }: { provenance: Provenance; step: number }): FloatAdder {
  const release = (x: number): number => {
    // The value itself stays out of the message: it is data.
    if (typeof x !== 'number') throw new InvalidParameterError('x', 'a number', typeof x)
    return core.add(x)
  }
  const releaseInto = <T extends FloatArray>(source: FloatArray, target: T): T => {
    const from = floatArray('source', source)
    const into = floatArray('target', target)
    if (into.length !== from.length) throw new InvalidParameterError('target', 'as long as "source"', target)
    if (overlap(from, into)) throw new InvalidParameterError('target', '"source" itself or apart from it in memory', target)
    core.addInto(from, into, into instanceof Float32Array ? largestFloat : Number.MAX_VALUE)
    return target
  }
  return Object.freeze({ provenance, step, release, releaseInto })
}

function floatArray(name: string, value: unknown): FloatArray {
  const real = ArrayBuffer.isView(value) && (value instanceof Float64Array || value instanceof Float32Array)
  if (!real) throw new InvalidParameterError(name, 'a Float64Array or a Float32Array', value)
  return value
}

/** Whether writing one element could change another one that is still to be read. */
function overlap(a: FloatArray, b: FloatArray): boolean {
  if (a.buffer !== b.buffer || (a.byteOffset === b.byteOffset && a.byteLength === b.byteLength)) return false
  return a.byteOffset < b.byteOffset + b.byteLength && b.byteOffset < a.byteOffset + a.byteLength
}
