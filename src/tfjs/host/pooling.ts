/**
 * The gradient of max pooling, which tfjs's wasm backend takes most of a convolutional step for.
 *
 * *Promise*: it goes to the first greatest value of each window, as on tfjs's backend cpu. On wasm tfjs 4.22 loses the gradient of windows that have no
 * positive value; what is formed here has it.
 *
 * @module
 */

import * as tf from '@tensorflow/tfjs-core'
import type { Attributes } from '../engine.ts'
import { arena } from './arena.ts'
import { inHostMemory, read } from './memory.ts'

/** The gradient of the input x [batch, height, width, channels], where it can be had in SIMD's memory. */
export function maxPoolInputInHost(dy: tf.Tensor, x: tf.Tensor, attributes: Attributes): tf.Tensor | undefined {
  const memory = inHostMemory() ? arena() : undefined
  if (memory === undefined || x.rank !== 4) return undefined
  const { filterSize, strides, pad, dimRoundingMode } = attributes
  const shape = tf.backend_util.computePool2DInfo(
    x.shape as [number, number, number, number],
    filterSize as number,
    strides as number,
    1,
    pad as 'same',
    dimRoundingMode as 'floor',
  )
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, filterHeight, filterWidth, strideHeight, strideWidth } =
    shape
  const dimensions = [
    ...[inHeight, inWidth, inChannels, outHeight, outWidth, filterHeight, filterWidth, strideHeight, strideWidth],
    ...[shape.padInfo.top, shape.padInfo.left],
  ]
  const [each, places] = [x.size / batchSize, dy.size / batchSize]
  return memory.scope(() => {
    const [image, error, gradient] = [memory.take(each), memory.take(places), memory.take(each)]
    const [values, errors] = [read(x), read(dy)]
    const result = new Float32Array(x.size)
    for (let example = 0; example < batchSize; example++) {
      memory.floats(image, each).set(values.subarray(example * each, (example + 1) * each))
      memory.floats(error, places).set(errors.subarray(example * places, (example + 1) * places))
      memory.maxPoolBack(image, error, gradient, ...dimensions)
      result.set(memory.floats(gradient, each), example * each)
    }
    return tf.tensor(result, x.shape)
  })
}
