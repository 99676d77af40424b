/**
 * Gradients of tfjs that are wrong, put right.
 *
 * | kernel | what tfjs 4.22 does |
 * | --- | --- |
 * | ResizeNearestNeighbor | on the cpu its gradient steps from image to image by the size before it was resized: an example gets what belongs to another |
 * | Cumsum | along any but the last axis its gradient is transposed once more than it should |
 * | Conv3D, Conv3DBackpropInputV2 | on wasm the gradient of the input (which the transposed convolution is) mixes examples: refused there |
 * | Conv2D, FusedConv2D | their gradients refuse dilation; that of the input is had from the filter with holes in it |
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

/** A dilated filter is one with zeros between its taps. */
function holed(filter: tf.Tensor4D, [high, wide]: readonly [number, number]): tf.Tensor4D {
  const [height, width, from, to] = filter.shape
  const apart = tf.pad(tf.reshape(filter, [height, 1, width, 1, from * to]), [
    [0, 0],
    [0, high - 1],
    [0, 0],
    [0, wide - 1],
    [0, 0],
  ])
  const full = tf.reshape(apart, [height * high, width * wide, from, to]) as tf.Tensor4D
  return tf.slice(full, [0, 0, 0, 0], [(height - 1) * high + 1, (width - 1) * wide + 1, from, to])
}

/** By the name of the input and the place of the filter among what the kernel saves. */
const dilated =
  (name: string, at: number) =>
  ({ attributes, inputs, saved }: Call): Gradient | undefined => {
    const { dilations, strides, pad, dataFormat, dimRoundingMode } = attributes
    const [high, wide] = [dilations ?? 1, dilations ?? 1].map((both, i) => (Array.isArray(both) ? both[i] : both)) as [
      number,
      number,
    ]
    const input = inputs.find(([known]) => known === name)?.[1]
    if ((high === 1 && wide === 1) || input === undefined) return undefined
    return ([dy]) => ({
      [name]: () =>
        tf
          .engine()
          .runKernel(
            'Conv2DBackpropInput',
            { dy, filter: holed(saved[at] as tf.Tensor4D, [high, wide]) } as unknown as tf.NamedTensorMap,
            { strides, pad, dataFormat, dimRoundingMode, inputShape: input.shape } as unknown as tf.NamedAttrMap,
          ) as tf.Tensor,
    })
  }

const quirks: ReadonlyMap<string, (call: Call) => Gradient | undefined> = new Map<string, (call: Call) => Gradient | undefined>([
  ['ResizeNearestNeighbor', resizeNearest],
  ['Cumsum', cumsum],
  ['GatherV2', gather],
  ['Conv2D', dilated('x', 1)],
  ['FusedConv2D', dilated('0', 0)],
])

const mixing: ReadonlyMap<string, readonly string[]> = new Map([['wasm', ['Conv3D', 'Conv3DBackpropInputV2']]])

/** Whether the current backend has the kernel, or its gradient, mix examples. */
export function mixesExamples(kernel: string): boolean {
  return mixing.get(tf.getBackend())?.includes(kernel) ?? false
}
