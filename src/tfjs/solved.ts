/**
 * What is known of one parameter's gradients by example.
 *
 * @module
 */

import type * as tf from '@tensorflow/tfjs-core'

/** The squared norm of each example's part, and the sum of the parts by weights. */
export type Solved = {
  readonly squaredNorms: tf.Tensor1D
  readonly weightedSum: (weights: tf.Tensor1D) => tf.Tensor
}
