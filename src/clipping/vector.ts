/**
 * The vectors that are clipped, seen as doubles and given back as what they were.
 *
 * *Promise*: a double array is looked at where it lies; floats and plain arrays are copied, exactly. Only types and shapes are
 * refused, never values, and no message holds an element.
 * *Limits*: an array that another thread writes to meanwhile is not protected.
 *
 * @module
 */

import { InvalidParameterError } from '../errors.ts'

/** A vector as it is stored: doubles, floats, or a plain array of doubles. */
export type Vector = Float64Array | Float32Array | readonly number[]

/** The elements as doubles: the array itself where it holds doubles, else a copy. */
export function asDoubles(name: string, vector: unknown): Float64Array {
  if (ArrayBuffer.isView(vector)) {
    if (vector instanceof Float64Array) return vector
    if (vector instanceof Float32Array) return new Float64Array(vector)
  }
  if (!Array.isArray(vector))
    throw new InvalidParameterError(name, 'a Float64Array, a Float32Array or an array of numbers', vector)
  const values = new Float64Array(vector.length)
  for (let i = 0; i < values.length; i++) {
    const value: unknown = vector[i]
    if (typeof value !== 'number') throw new InvalidParameterError(`${name}[${i}]`, 'a number', typeof value)
    values[i] = value
  }
  return values
}

/** Doubles, which become the caller's, in the storage of the model. */
export function inStorageOf<T extends Vector>(model: T, values: Float64Array): T {
  if (model instanceof Float64Array) return values as Vector as T
  if (model instanceof Float32Array) return new Float32Array(values) as Vector as T
  const numbers = new Array<number>(values.length)
  overwrite(numbers, values)
  return numbers as Vector as T
}

/** Overwrites the target with as many values. */
export function overwrite(target: Vector, values: Float64Array): void {
  if (target === values) return
  if (ArrayBuffer.isView(target)) (target as Float64Array | Float32Array).set(values)
  else for (let i = 0; i < values.length; i++) (target as number[])[i] = values[i] as number
}
