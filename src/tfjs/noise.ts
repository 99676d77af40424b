/**
 * From clipped sums to the gradients that an optimizer is given.
 *
 * *Promise*: exact Gaussian noise, rounded to float32 after the addition (`gaussianAdder`); noise in every element of every variable.
 *
 * @module
 */

import * as tf from '@tensorflow/tfjs-core'
import { gaussianAdder } from '../random/real-adder.ts'
import type { SourceOptions } from '../random/source-options.ts'

export type NoisyMean = {
  readonly sums: ReadonlyMap<string, tf.Tensor>
  readonly withoutData: ReadonlyMap<string, tf.Tensor>
  readonly stddev: number
  readonly divisor: number
  readonly source: SourceOptions
}

/** (sum + noise) / divisor + gradient without data, by variable. */
export function noisyMean(
  variables: readonly tf.Variable[],
  { sums, withoutData, stddev, divisor, source }: NoisyMean,
): tf.NamedTensorMap {
  const adder = stddev > 0 ? gaussianAdder({ stddev, ...source }) : undefined
  const gradients: tf.NamedTensorMap = {}
  for (const { name, size, shape } of variables) {
    const sum = sums.get(name)
    const clean = sum === undefined ? new Float32Array(size) : (sum.dataSync() as Float32Array)
    const noisy = adder === undefined ? Float32Array.from(clean) : adder.releaseInto(clean, new Float32Array(size))
    const mean = tf.div(tf.tensor(noisy, shape), divisor)
    const apart = withoutData.get(name)
    gradients[name] = apart === undefined ? mean : tf.add(mean, apart)
  }
  return gradients
}
