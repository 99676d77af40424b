/**
 * Gradients of tfjs that are wrong, put right.
 *
 * | kernel | what tfjs 4.22 does |
 * | --- | --- |
 * | ResizeNearestNeighbor | on the cpu its gradient steps from image to image by the size before it was resized: an example gets what belongs to another |
 * | Cumsum | along any but the last axis its gradient is transposed once more than it should |
 * | Conv3D, Conv3DBackpropInputV2 | on wasm the gradient of the input (which the transposed convolution is) mixes examples: refused there |
 * | GatherV2 | its gradient of the indices is the indices themselves; nothing flows to an index |
 *
 * *Promise*: used for the recorded pass alone; what tfjs has registered is left as it is.
 *
 * @module
 */

import * as tf from '@tensorflow/tfjs-core'
import type { Attributes, RawNode } from './engine.ts'

type Call = {
  readonly kernel: string
  readonly attributes: Attributes
  readonly inputs: readonly (readonly [name: string, tensor: tf.Tensor])[]
  readonly saved: readonly tf.Tensor[]
}
type Gradient = NonNullable<RawNode['gradient']>

/** The gradient of a call, where that of tfjs must not be used. */
export function quirkless(call: Call): Gradient | undefined {
  return quirks.get(call.kernel)?.(call)
}

/** Which pixel each pixel came from is asked of the kernel itself, by resizing an image of numbers in a row. */
const resizeNearest = ({ attributes, inputs }: Call): Gradient => {
  const images = inputs[0]?.[1] as tf.Tensor4D
  const [batch, height, width, depth] = images.shape
  return ([dy]) => ({
    images: () => {
      const numbers = tf.reshape(tf.range(0, height * width), [1, height, width, 1])
      const from = tf
        .engine()
        .runKernel(
          'ResizeNearestNeighbor',
          { images: numbers } as unknown as tf.NamedTensorMap,
          attributes as unknown as tf.NamedAttrMap,
        ) as tf.Tensor
      const rows = tf.transpose(tf.reshape(dy as tf.Tensor, [batch, from.size, depth]), [1, 0, 2])
      const indices: tf.Tensor1D = tf.cast(tf.reshape(from, [-1]), 'int32')
      const sums = tf.unsortedSegmentSum(rows, indices, height * width)
      return tf.reshape(tf.transpose(sums, [1, 0, 2]), images.shape)
    },
  })
}

/** The stock gradient turns what `cumsum` has turned back itself. */
const cumsum = ({ attributes }: Call): Gradient => {
  const { axis, exclusive, reverse } = attributes as { axis?: number; exclusive?: boolean; reverse?: boolean }
  return ([dy]) => ({ x: () => tf.cumsum(dy as tf.Tensor, axis, exclusive, reverse !== true) })
}

const gather = ({ attributes, saved }: Call): Gradient => {
  const stock = tf.getGradient('GatherV2') as tf.GradConfig
  return ([dy]) => ({
    x: () =>
      (stock.gradFunc(dy as tf.Tensor, [...saved], attributes as unknown as tf.NamedAttrMap) as { x: () => tf.Tensor }).x(),
    indices: () => tf.zeros((saved[1] as tf.Tensor).shape),
  })
}

const quirks: ReadonlyMap<string, (call: Call) => Gradient> = new Map([
  ['ResizeNearestNeighbor', resizeNearest],
  ['Cumsum', cumsum],
  ['GatherV2', gather],
])

const mixing: ReadonlyMap<string, readonly string[]> = new Map([['wasm', ['Conv3D', 'Conv3DBackpropInputV2']]])

/** Whether the current backend has the kernel, or its gradient, mix examples. */
export function mixesExamples(kernel: string): boolean {
  return mixing.get(tf.getBackend())?.includes(kernel) ?? false
}
