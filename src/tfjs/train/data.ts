/**
 * Examples in memory, and batches of them by number.
 *
 * @module
 */

import * as tf from '@tensorflow/tfjs-core'
import { InvalidParameterError } from '../../errors.ts'
import { array, integer, isPlainObject, options } from '../../guard.ts'

/** A table whose first axis counts the examples: a tensor, or numbers outside of tfjs, of which only batches are brought in. */
export type Table = tf.Tensor | { readonly values: Float32Array | Int32Array | Uint8Array; readonly shape: readonly number[] }

/** One table, several, or several by name. */
export type Tables = Table | readonly Table[] | Readonly<Record<string, Table>>

/** Inputs and what they should give. */
export type TrainingData = { readonly x: Tables; readonly y: Tables }

/** A batch, in the structure that the data came in. */
export type Batch = tf.Tensor | tf.Tensor[] | Record<string, tf.Tensor>

export type Examples = {
  readonly count: number
  /** The examples of these numbers; the caller disposes of them. */
  readonly batch: (numbers: Int32Array) => { readonly x: Batch; readonly y: Batch }
}

type Gather = (numbers: tf.Tensor1D, onHost: Int32Array) => tf.Tensor

/** Data, checked: all tables of one length. */
export function readData(given: unknown): Examples {
  const { x, y } = options('data', given, ['x', 'y'])
  const counts: number[] = []
  const table = (name: string, value: unknown): Gather => {
    const { count, gather } = readTable(name, value)
    counts.push(count)
    if (count !== counts[0]) throw new InvalidParameterError(name, `of ${counts[0]} examples, as "data.x" is`, count)
    return gather
  }
  const [inputs, targets] = [readTables('data.x', x, table), readTables('data.y', y, table)]
  return {
    count: counts[0] as number,
    batch: (numbers) => {
      const indices = tf.tensor1d(numbers, 'int32')
      const batch = { x: inputs(indices, numbers), y: targets(indices, numbers) }
      indices.dispose()
      return batch
    },
  }
}

type GatherAll = (numbers: tf.Tensor1D, onHost: Int32Array) => Batch

function readTables(name: string, given: unknown, table: (name: string, value: unknown) => Gather): GatherAll {
  if (Array.isArray(given)) {
    const all = array(name, given, 1).map((one, i) => table(`${name}[${i}]`, one))
    return (numbers, onHost) => all.map((gather) => gather(numbers, onHost))
  }
  if (isPlainObject(given) && !ArrayBuffer.isView(given['values'])) {
    const all = Object.entries(given).map(([key, one]) => [key, table(`${name}.${key}`, one)] as const)
    if (all.length === 0) throw new InvalidParameterError(name, 'a table, or several', given)
    return (numbers, onHost) => Object.fromEntries(all.map(([key, gather]) => [key, gather(numbers, onHost)]))
  }
  return table(name, given)
}

function readTable(name: string, given: unknown): { readonly count: number; readonly gather: Gather } {
  if (given instanceof tf.Tensor) {
    const [count] = given.shape
    if (count === undefined || count === 0)
      throw new InvalidParameterError(name, 'a tensor whose first axis counts examples', given)
    return { count, gather: (numbers) => tf.gather(given, numbers) }
  }
  const known = isPlainObject(given) ? given : {}
  const { values } = known
  if (!(values instanceof Float32Array || values instanceof Int32Array || values instanceof Uint8Array)) {
    const wanted = 'a tensor, or { values, shape } with values in a Float32Array, an Int32Array or a Uint8Array'
    throw new InvalidParameterError(name, wanted, given)
  }
  const [count, ...shape] = array(`${name}.shape`, known['shape'], 1).map((size, i) =>
    integer(`${name}.shape[${i}]`, size, { atLeast: 1 }),
  ) as [number, ...number[]]
  const width = shape.reduce((all, size) => all * size, 1)
  if (count * width !== values.length) {
    throw new InvalidParameterError(`${name}.shape`, `one of ${values.length} numbers`, String(known['shape']))
  }
  const [Floats, dtype] = values instanceof Int32Array ? [Int32Array, 'int32' as const] : [Float32Array, 'float32' as const]
  const gather: Gather = (_, numbers) => {
    const rows = new Floats(numbers.length * width)
    for (const [i, number] of numbers.entries()) rows.set(values.subarray(number * width, (number + 1) * width), i * width)
    return tf.tensor(rows, [numbers.length, ...shape], dtype)
  }
  return { count, gather }
}
