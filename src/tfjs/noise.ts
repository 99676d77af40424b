/**
 * From clipped sums to the gradients that an optimizer is given.
 *
 * *Promise*: exact Gaussian noise, rounded to float32 after the addition (`gaussianAdder`); noise in every element of every variable.
 *
 * @module
 */

import * as tf from '@tensorflow/tfjs-core'
import type { FloatArray } from '../random/float-adder.ts'
import { gaussianAdder } from '../random/real-adder.ts'
import type { SourceOptions } from '../random/source-options.ts'
import type { ClippedSum } from './clipped-sum.ts'

export type NoisyMean = {
  readonly stddev: number
  readonly divisor: number
  readonly source: SourceOptions
}

/** (sum + noise) / divisor + gradient without data, by variable. */
export function noisyMean(
  variables: readonly tf.Variable[],
  { sums, withoutData }: ClippedSum,
  { stddev, divisor, source }: NoisyMean,
): tf.NamedTensorMap {
  const adder = stddev > 0 ? gaussianAdder({ stddev, ...source }) : undefined
  const released = (variable: tf.Variable): FloatArray => {
    const clean = sums.get(variable.name) ?? new Float32Array(variable.size)
    return adder === undefined ? Float32Array.from(clean) : adder.releaseInto(clean, new Float32Array(variable.size))
  }
  return meanOf(variables, released, { divisor, withoutData })
}

/** released / divisor + gradient without data, by variable. */
export function meanOf(
  variables: readonly tf.Variable[],
  released: (variable: tf.Variable) => FloatArray,
  { divisor, withoutData }: { readonly divisor: number; readonly withoutData: ClippedSum['withoutData'] },
): tf.NamedTensorMap {
  return tf.tidy(() => {
    const gradients: tf.NamedTensorMap = {}
    for (const variable of variables) {
      const { name, shape } = variable
      const mean = tf.div(tf.tensor(released(variable), shape, 'float32'), divisor)
      const apart = withoutData.get(name)
      gradients[name] = apart === undefined ? mean : tf.add(mean, tf.tensor(apart, shape, 'float32'))
    }
    return gradients
  })
}
