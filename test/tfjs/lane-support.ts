import * as tf from '@tensorflow/tfjs-core'
import type { BatchLane } from '../../src/tfjs/lane.ts'
import { seededBits } from '../random/support.ts'

/** A stream of choices, the same for the same seed. */
export type Choices = {
  readonly below: (n: number) => number
  readonly one: <T>(from: readonly T[]) => T
  readonly maybe: () => boolean
  /** Numbers that every kernel can stand. */
  readonly values: (n: number) => Float32Array
}

export function choices(seed: number): Choices {
  const bits = seededBits(seed)
  const uniform = (): number => bits.bits(32) / 2 ** 32
  const below = (n: number): number => Math.floor(uniform() * n)
  return {
    below,
    one: (from) => from[below(from.length)] as (typeof from)[number],
    maybe: () => uniform() < 0.5,
    values: (n) => Float32Array.from({ length: n }, () => 0.1 + 0.8 * uniform()),
  }
}

/** A tensor and where its examples are, if it has any. */
export type Input = { readonly tensor: tf.Tensor; readonly lane?: BatchLane | undefined }

/** Something to run a kernel on, and how. */
export type Trial = {
  readonly inputs: readonly Input[]
  readonly run: (tensors: readonly tf.Tensor[]) => tf.Tensor | tf.Tensor[]
}

export const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)

export type Maker = Choices & {
  readonly batchSize: number
  readonly shape: (rank: number, axis?: number, lane?: BatchLane) => number[]
  readonly lane: (rank: number) => BatchLane
  readonly tensor: (shape: readonly number[], dtype?: 'float32' | 'int32' | 'bool', below?: number) => tf.Tensor
  /** A tensor of examples, of that rank or of one from 1 to 4. */
  readonly batch: (rank?: number, dtype?: 'float32' | 'int32' | 'bool') => Required<Input> & { readonly lane: BatchLane }
  /** An axis, counted from the front or from the back. */
  readonly axis: (rank: number) => number
}

export function maker(seed: number): Maker {
  const all = choices(seed)
  const batchSize = 2 + all.below(2)
  const lane = (rank: number): BatchLane => ({
    kind: 'batch',
    axis: all.below(rank),
    outer: all.one([1, 1, 1, 2]),
    inner: all.one([1, 1, 1, 2]),
  })
  const shape = (rank: number, axis?: number, at?: BatchLane): number[] =>
    Array.from({ length: rank }, (_, i) => (i === axis && at ? at.outer * batchSize * at.inner : 1 + all.below(3)))
  const tensor: Maker['tensor'] = (shape, dtype = 'float32', below = 2) => {
    if (dtype === 'float32') return tf.tensor(all.values(size(shape)), [...shape])
    const values = Array.from({ length: size(shape) }, () => all.below(dtype === 'bool' ? 2 : below))
    return tf.tensor(values, [...shape], dtype)
  }
  return {
    ...all,
    batchSize,
    lane,
    shape,
    tensor,
    batch: (rank = 1 + all.below(4), dtype = 'float32') => {
      const at = lane(rank)
      return { tensor: tensor(shape(rank, at.axis, at), dtype), lane: at }
    },
    axis: (rank) => all.below(2 * rank) - rank,
  }
}

/** The example of each element. */
export function examples(shape: readonly number[], { axis, inner }: BatchLane, batchSize: number): number[] {
  const after = size(shape.slice(axis + 1))
  return Array.from({ length: size(shape) }, (_, i) => {
    const along = Math.floor(i / after) % (shape[axis] as number)
    return Math.floor(along / inner) % batchSize
  })
}

/** The tensor with other values (of the same kind) where the examples are not the given one. */
export function withOthers({ tensor, lane }: Input, kept: number, all: Maker): tf.Tensor {
  if (lane === undefined) return tf.clone(tensor)
  const owners = examples(tensor.shape, lane, all.batchSize)
  const other = all.tensor(tensor.shape, tensor.dtype as 'float32').dataSync()
  const values = [...tensor.dataSync()].map((x, i) => (owners[i] === kept ? x : (other[i] as number)))
  return tf.tensor(values, tensor.shape, tensor.dtype)
}

/** A kernel by its name, with inputs in order (a list where they have no names). */
export const kernel =
  (name: string, names: readonly string[] | undefined, attributes: object = {}): Trial['run'] =>
  (tensors) => {
    const inputs = names === undefined ? tensors : Object.fromEntries(names.map((key, i) => [key, tensors[i]]))
    return tf.engine().runKernel(name, inputs as never, attributes as never) as tf.Tensor
  }
