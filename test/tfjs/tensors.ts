import * as tf from '@tensorflow/tfjs-core'
import { seededBits } from '../random/support.ts'

/** Tensors of numbers that are the same in every run. */
export function tensors(seed: number): {
  readonly normal: (...shape: number[]) => tf.Tensor
  readonly integers: (below: number, ...shape: number[]) => tf.Tensor
  readonly oneHot: (batch: number, classes: number) => tf.Tensor
} {
  const bits = seededBits(seed)
  const uniform = (): number => (bits.bits(53) + 0.5) / 2 ** 53
  const size = (shape: number[]): number => shape.reduce((a, b) => a * b, 1)
  const fill = (shape: number[], next: () => number): Float32Array => Float32Array.from({ length: size(shape) }, next)
  const integers = (below: number, ...shape: number[]): tf.Tensor =>
    tf.tensor(Int32Array.from(fill(shape, () => Math.floor(uniform() * below))), shape, 'int32')
  return {
    normal: (...shape) =>
      tf.tensor(
        fill(shape, () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())),
        shape,
      ),
    integers,
    oneHot: (batch, classes) => tf.cast(tf.oneHot(integers(classes, batch) as tf.Tensor1D, classes), 'float32'),
  }
}
