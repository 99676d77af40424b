/**
 * Kernels that training wants and tfjs's wasm backend does not have: without them a convolution, a depthwise convolution or an embedding can't be
 * trained there at all.
 *
 * *Promise*: registered where there is none, never in place of one.
 *
 * @module
 */

import * as tf from '@tensorflow/tfjs-core'
import { type ConvolutionShape, convolutionShape, patches } from './convolution.ts'
import type { Attributes } from './engine.ts'
import { convolutionFilterInHost } from './host/products.ts'
import { sumRows } from './host/rows.ts'

type Inputs = Readonly<Record<string, tf.Tensor>>
type Kernel = (inputs: Inputs, attributes: Attributes) => tf.Tensor

const sumSegments: Kernel = ({ x, segmentIds }, { numSegments }) => {
  const [rows = 0, ...shape] = (x as tf.Tensor).shape
  const sums = sumRows(tf.reshape(x as tf.Tensor, [rows, -1]), segmentIds as tf.Tensor, numSegments as number)
  return tf.reshape(sums, [numSegments as number, ...shape])
}

const filterGradient: Kernel = ({ x, dy }, attributes) => {
  const filterShape = attributes['filterShape'] as number[]
  const shape = convolutionShape((x as tf.Tensor).shape, filterShape, attributes) as ConvolutionShape
  const inHost = convolutionFilterInHost(x as tf.Tensor, dy as tf.Tensor, shape)
  if (inHost !== undefined) return tf.reshape(inHost, filterShape)
  const filters = filterShape[3] as number
  const seen = tf.reshape(patches(x as tf.Tensor4D, shape), [-1, shape.filterHeight * shape.filterWidth * shape.inChannels])
  return tf.reshape(tf.matMul(tf.transpose(seen), tf.reshape(dy as tf.Tensor, [-1, filters]) as tf.Tensor2D), filterShape)
}

/** A depthwise convolution as one of [height, width, channels, channels * multiplier]. */
const depthwiseShape = (
  x: readonly number[],
  [height, width, channels, multiplier]: number[],
  attributes: Attributes,
): ConvolutionShape =>
  convolutionShape(
    x,
    [height, width, channels, (channels as number) * (multiplier as number)] as number[],
    attributes,
  ) as ConvolutionShape

const depthwiseFilterGradient: Kernel = ({ x, dy }, attributes) => {
  const filterShape = attributes['filterShape'] as [number, number, number, number]
  const [height, width, channels, multiplier] = filterShape
  const shape = depthwiseShape((x as tf.Tensor).shape, filterShape, attributes)
  const seen = tf.transpose(tf.reshape(patches(x as tf.Tensor4D, shape), [-1, height * width, channels]), [2, 1, 0])
  const errors = tf.transpose(tf.reshape(dy as tf.Tensor, [-1, channels, multiplier]), [1, 0, 2]) as tf.Tensor3D
  return tf.transpose(tf.reshape(tf.matMul(seen, errors), [channels, height, width, multiplier]), [1, 2, 0, 3])
}

/** One tap of the filter at a time: its part of the gradient, moved to where it looked. */
const depthwiseInputGradient: Kernel = ({ dy, filter }, attributes) => {
  const inputShape = attributes['inputShape'] as [number, number, number, number]
  const filterShape = (filter as tf.Tensor).shape as [number, number, number, number]
  const [height, width, channels, multiplier] = filterShape
  const shape = depthwiseShape(inputShape, filterShape, attributes)
  const { batchSize, outHeight, outWidth, strideHeight, strideWidth, dilationHeight, dilationWidth, padInfo } = shape
  const errors = (dy as tf.Tensor).dataSync()
  const weights = (filter as tf.Tensor).dataSync()
  const [, inHeight, inWidth] = inputShape
  const out = new Float32Array(batchSize * inHeight * inWidth * channels)
  for (let place = 0; place < batchSize * outHeight * outWidth; place++) {
    const [image, row, column] = [
      Math.floor(place / (outHeight * outWidth)),
      Math.floor(place / outWidth) % outHeight,
      place % outWidth,
    ]
    for (let tap = 0; tap < height * width; tap++) {
      const y = row * strideHeight - padInfo.top + Math.floor(tap / width) * dilationHeight
      const x = column * strideWidth - padInfo.left + (tap % width) * dilationWidth
      if (y < 0 || y >= inHeight || x < 0 || x >= inWidth) continue
      const to = ((image * inHeight + y) * inWidth + x) * channels
      for (let c = 0; c < channels; c++) {
        let sum = 0
        for (let m = 0; m < multiplier; m++) {
          sum +=
            (errors[(place * channels + c) * multiplier + m] as number) *
            (weights[(tap * channels + c) * multiplier + m] as number)
        }
        out[to + c] = (out[to + c] as number) + sum
      }
    }
  }
  return tf.tensor4d(out, inputShape)
}

const kernels: readonly (readonly [name: string, kernel: Kernel])[] = [
  ['UnsortedSegmentSum', sumSegments],
  ['Conv2DBackpropFilter', filterGradient],
  ['DepthwiseConv2dNativeBackpropFilter', depthwiseFilterGradient],
  ['DepthwiseConv2dNativeBackpropInput', depthwiseInputGradient],
]

/** Registers what the wasm backend lacks; again and again does no harm. */
export function registerWasmKernels(): void {
  for (const [kernelName, kernel] of kernels) {
    if (tf.getKernel(kernelName, 'wasm') != null) continue
    const kernelFunc: tf.KernelFunc = ({ inputs, attrs }) =>
      tf.tidy(() => kernel(inputs as unknown as Inputs, (attrs ?? {}) as unknown as Attributes))
    tf.registerKernel({ kernelName, backendName: 'wasm', kernelFunc })
  }
}
