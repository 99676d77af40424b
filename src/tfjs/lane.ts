/**
 * Lanes: where in a tensor the examples are.
 *
 * | lane | |
 * | --- | --- |
 * | constant | the same for every example, and no parameter in it |
 * | parameter | made of parameters (and constants) alone |
 * | batch | along `axis` the examples are laid out as outer x batch x inner, and what is at an example's place depends on that example and on parameters only |
 * | reduced | a sum or a mean over examples of a quantity that each has for itself, plus terms without data |
 *
 * A loss whose lane is `reduced` is a sum of one term an example: the one thing that clipping by example needs.
 *
 * @module
 */

import * as tf from '@tensorflow/tfjs-core'

/** `shape[axis] === outer * batchSize * inner`, examples counted in the middle. */
export type BatchLane = { readonly kind: 'batch'; readonly axis: number; readonly outer: number; readonly inner: number }

/**
 * `by` says how the examples' terms, so many of them, were put together.
 *
 * | by | |
 * | --- | --- |
 * | mean, sum | just that, times constants that do not count the batch |
 * | counted | a sum divided by a number that is as large as the batch: a mean, unless that is chance |
 * | scaled sum, scaled mean | by a number that may or may not follow the batch: someone has to say |
 */
export type ReducedLane = {
  readonly kind: 'reduced'
  readonly by: 'mean' | 'sum' | 'counted' | 'scaled sum' | 'scaled mean'
  readonly terms: number
}

export type Lane = { readonly kind: 'constant' } | { readonly kind: 'parameter' } | BatchLane | ReducedLane

export const constant: Lane = { kind: 'constant' }
export const parameter: Lane = { kind: 'parameter' }

/** Examples along an axis, nothing else in it. */
export const batchOn = (axis: number): BatchLane => ({ kind: 'batch', axis, outer: 1, inner: 1 })

export const product = (sizes: readonly number[]): number => sizes.reduce((all, size) => all * size, 1)

/** Whether both have the examples at the same places. */
export const sameLane = (a: BatchLane, b: BatchLane): boolean => a.axis === b.axis && a.outer === b.outer && a.inner === b.inner

/** The tensor with the examples first: [batch, ...shape with outer * inner at the axis]. */
export function batchFirst(tensor: tf.Tensor, { axis, outer, inner }: BatchLane, batchSize: number): tf.Tensor {
  const before = tensor.shape.slice(0, axis)
  const after = tensor.shape.slice(axis + 1)
  const shape = [batchSize, ...before, outer * inner, ...after]
  const preceding = product(before) * outer
  if (preceding === 1) return tf.reshape(tensor, shape)
  const apart = tf.reshape(tensor, [preceding, batchSize, inner * product(after)])
  return tf.reshape(tf.transpose(apart, [1, 0, 2]), shape)
}

/** The gradient, by example, of an operand of the given shape that was broadcast to the tensor's shape: [batch, ...shape]. */
export function sumBroadcast(tensor: tf.Tensor, lane: BatchLane, batchSize: number, shape: readonly number[]): tf.Tensor {
  const byExample = batchFirst(tensor, lane, batchSize)
  const added = tensor.rank - shape.length
  const axes = Array.from({ length: tensor.rank }, (_, i) => i).filter(
    (i) => (i < added || shape[i - added] === 1) && byExample.shape[i + 1] !== 1,
  )
  const summed =
    axes.length === 0
      ? byExample
      : tf.sum(
          byExample,
          axes.map((i) => i + 1),
          true,
        )
  return tf.reshape(summed, [batchSize, ...summed.shape.slice(1 + added)])
}
