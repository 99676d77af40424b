/**
 * Products by example, in SIMD: the gradients x_i^T d_i of all examples one after another, with their norms on the way.
 *
 * *Promise*: the sums of squares are formed in double precision. Either all gradients are kept until they are summed by weight, or, where they
 * would take more than `most` floats, formed twice.
 *
 * @module
 */

import * as tf from '@tensorflow/tfjs-core'
import type { ConvolutionShape } from '../convolution.ts'
import type { Solved } from '../solved.ts'
import { type Arena, arena } from './arena.ts'
import { inHostMemory, read } from './memory.ts'

/** x is [batch, steps, inputs], or an image that a filter looks at; d is [batch, steps, outputs]. */
export type Factors = { readonly x: tf.Tensor; readonly shape?: ConvolutionShape | undefined; readonly d: tf.Tensor }

/** Gradients of so many floats are kept: 256 MB. */
const most = 2 ** 26

/** Norms and weighted sums of products that go to the same parameter, where SIMD can be had. */
export function solveInHost(factors: readonly Factors[], inputs: number, outputs: number): Solved | undefined {
  const memory = inHostMemory() ? arena() : undefined
  if (memory === undefined) return undefined
  const [{ x }] = factors as [Factors]
  const batchSize = x.shape[0] as number
  const size = inputs * outputs
  const keep = batchSize * size <= most
  const gradients = memory.take(keep ? batchSize * size : size)
  const at = (example: number): number => gradients + (keep ? 4 * example * size : 0)
  const squares = new Float32Array(batchSize)
  memory.scope(() => {
    const load = loader(memory, factors, inputs, outputs)
    for (let example = 0; example < batchSize; example++) {
      const { left, right, steps } = load(example)
      squares[example] = memory.product(left, right, at(example), steps, inputs, outputs, inputs, 1, 0)
    }
  })
  const weightedSum = (weights: tf.Tensor1D): tf.Tensor => {
    const by = weights.dataSync()
    return memory.scope(() => {
      const total = memory.take(size)
      memory.floats(total, size).fill(0)
      const load = keep ? undefined : loader(memory, factors, inputs, outputs)
      for (let example = 0; example < batchSize; example++) {
        if (load !== undefined) {
          const { left, right, steps } = load(example)
          memory.product(left, right, gradients, steps, inputs, outputs, inputs, 1, 0)
        }
        memory.addScaled(at(example), total, size, by[example] as number)
      }
      return tf.tensor2d(memory.floats(total, size).slice(), [inputs, outputs])
    })
  }
  return { squaredNorms: tf.tensor1d(squares), weightedSum }
}

type Loaded = { readonly left: number; readonly right: number; readonly steps: number }

/** Brings the factors of one example after another into the arena, one set of them below the other. */
function loader(memory: Arena, factors: readonly Factors[], inputs: number, outputs: number): (example: number) => Loaded {
  const parts = factors.map(({ x, d, shape }) => {
    const [batchSize, steps] = d.shape as [number, number]
    const each = x.size / batchSize
    return { steps, shape, each, x: read(x), d: read(d), image: shape === undefined ? 0 : memory.take(each) }
  })
  const steps = parts.reduce((sum, part) => sum + part.steps, 0)
  const [left, right] = [memory.take(steps * inputs), memory.take(steps * outputs)]
  return (example) => {
    let row = 0
    for (const { x, d, shape, each, image, steps } of parts) {
      const source = x.subarray(example * each, (example + 1) * each)
      const [seen, error] = [left + 4 * row * inputs, right + 4 * row * outputs]
      if (shape === undefined) memory.floats(seen, each).set(source)
      else {
        memory.floats(image, each).set(source)
        memory.patches(image, seen, ...dimensions(shape), 0)
      }
      memory.floats(error, steps * outputs).set(d.subarray(example * steps * outputs, (example + 1) * steps * outputs))
      row += steps
    }
    return { left, right, steps }
  }
}

const dimensions = (shape: ConvolutionShape): number[] => [
  ...[shape.inHeight, shape.inWidth, shape.inChannels, shape.outHeight, shape.outWidth, shape.filterHeight, shape.filterWidth],
  ...[shape.strideHeight, shape.strideWidth, shape.padInfo.top, shape.padInfo.left],
]

/** Whether the patches of a convolution can be had in SIMD. */
export const isPlain = ({ dilationHeight, dilationWidth }: ConvolutionShape): boolean =>
  dilationHeight === 1 && dilationWidth === 1

/** The gradient of a convolution's input: dy W^T, added up where patches overlap. */
export function convolutionInputInHost(dy: tf.Tensor, filter: tf.Tensor, shape: ConvolutionShape): tf.Tensor | undefined {
  const memory = inHostMemory() && isPlain(shape) ? arena() : undefined
  if (memory === undefined) return undefined
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth } = shape
  const outputs = filter.shape[3] as number
  const inputs = filter.size / outputs
  const places = outHeight * outWidth
  const each = inHeight * inWidth * inChannels
  return memory.scope(() => {
    const [turned, error, seen, image] = [
      memory.take(filter.size),
      memory.take(places * outputs),
      memory.take(places * inputs),
      memory.take(each),
    ]
    const weights = read(filter)
    const into = memory.floats(turned, filter.size)
    for (let i = 0; i < inputs; i++) for (let o = 0; o < outputs; o++) into[o * inputs + i] = weights[i * outputs + o] as number
    const result = new Float32Array(batchSize * each)
    const errors = read(dy)
    for (let example = 0; example < batchSize; example++) {
      memory.floats(error, places * outputs).set(errors.subarray(example * places * outputs, (example + 1) * places * outputs))
      memory.product(error, turned, seen, outputs, places, inputs, 1, outputs, 0)
      memory.patches(image, seen, ...dimensions(shape), 1)
      result.set(memory.floats(image, each), example * each)
    }
    return tf.tensor4d(result, [batchSize, inHeight, inWidth, inChannels])
  })
}

/** The gradient of a convolution's filter, over all examples: [height * width * channels, filters]. */
export function convolutionFilterInHost(x: tf.Tensor, dy: tf.Tensor, shape: ConvolutionShape): tf.Tensor2D | undefined {
  const memory = inHostMemory() && isPlain(shape) ? arena() : undefined
  if (memory === undefined) return undefined
  const { batchSize, filterHeight, filterWidth, inChannels, outChannels } = shape
  const inputs = filterHeight * filterWidth * inChannels
  const size = inputs * outChannels
  return memory.scope(() => {
    const total = memory.take(size)
    memory.floats(total, size).fill(0)
    const load = loader(memory, [{ x, shape, d: tf.reshape(dy, [batchSize, -1, outChannels]) }], inputs, outChannels)
    for (let example = 0; example < batchSize; example++) {
      const { left, right, steps } = load(example)
      memory.product(left, right, total, steps, inputs, outChannels, inputs, 1, 1)
    }
    return tf.tensor2d(memory.floats(total, size).slice(), [inputs, outChannels])
  })
}

/** a b, or a^T b: on the backend cpu, whose own product is plain JavaScript; elsewhere by the backend. */
export function matMul(a: tf.Tensor2D, b: tf.Tensor2D, transposeA = false): tf.Tensor2D {
  const memory = tf.getBackend() === 'cpu' ? arena() : undefined
  if (memory === undefined) return tf.matMul(transposeA ? tf.transpose(a) : a, b)
  const [rows, columns] = a.shape
  const [steps, inputs] = transposeA ? [rows, columns] : [columns, rows]
  const outputs = b.shape[1]
  return memory.scope(() => {
    const [left, right, out] = [memory.take(a.size), memory.take(b.size), memory.take(inputs * outputs)]
    memory.floats(left, a.size).set(read(a))
    memory.floats(right, b.size).set(read(b))
    memory.product(left, right, out, steps, inputs, outputs, transposeA ? inputs : 1, transposeA ? 1 : steps, 0)
    return tf.tensor2d(memory.floats(out, inputs * outputs).slice(), [inputs, outputs])
  })
}
