/**
 * A convolution as a product: every place that the filter visits becomes a row of what it sees there.
 *
 *     conv(x, filter)[b, place, :] = patches(x)[b, place, :] . filter,     filter read as [height * width * channels, filters]
 *
 * @module
 */

import * as tf from '@tensorflow/tfjs-core'
import type { Attributes } from './engine.ts'

export type ConvolutionShape = ReturnType<typeof tf.backend_util.computeConv2DInfo>

/** The geometry of a convolution with the given attributes, or nothing where channels come first. */
export function convolutionShape(
  input: readonly number[],
  filter: readonly number[],
  { strides, dilations, pad, dimRoundingMode, dataFormat }: Attributes,
): ConvolutionShape | undefined {
  if (dataFormat !== undefined && dataFormat !== null && dataFormat !== 'NHWC') return undefined
  return tf.backend_util.computeConv2DInfo(
    input as [number, number, number, number],
    filter as [number, number, number, number],
    strides as number,
    (dilations ?? 1) as number,
    pad as 'same',
    dimRoundingMode as 'floor',
  )
}

/** What the filter sees: [batch, places, height * width * channels], by one strided slice for each tap of the filter. */
export function patches(x: tf.Tensor4D, shape: ConvolutionShape): tf.Tensor3D {
  const { batchSize, inChannels, inHeight, inWidth, outHeight, outWidth, filterHeight, filterWidth } = shape
  const { strideHeight, strideWidth, dilationHeight, dilationWidth, padInfo } = shape
  const places = outHeight * outWidth
  if (filterHeight === 1 && filterWidth === 1 && strideHeight === 1 && strideWidth === 1) {
    return tf.reshape(x, [batchSize, places, inChannels])
  }
  const below = (outHeight - 1) * strideHeight + (filterHeight - 1) * dilationHeight + 1 - inHeight - padInfo.top
  const right = (outWidth - 1) * strideWidth + (filterWidth - 1) * dilationWidth + 1 - inWidth - padInfo.left
  const padded = tf.pad(x, [
    [0, 0],
    [padInfo.top, Math.max(0, below)],
    [padInfo.left, Math.max(0, right)],
    [0, 0],
  ])
  const seen: tf.Tensor[] = []
  for (let row = 0; row < filterHeight; row++) {
    for (let column = 0; column < filterWidth; column++) {
      const [top, left] = [row * dilationHeight, column * dilationWidth]
      const begin = [0, top, left, 0]
      const end = [batchSize, top + (outHeight - 1) * strideHeight + 1, left + (outWidth - 1) * strideWidth + 1, inChannels]
      seen.push(tf.stridedSlice(padded, begin, end, [1, strideHeight, strideWidth, 1]))
    }
  }
  return tf.reshape(tf.concat(seen, 3), [batchSize, places, filterHeight * filterWidth * inChannels])
}
