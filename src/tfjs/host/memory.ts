/**
 * Tensors where JavaScript can read them: the backends cpu and wasm keep theirs in memory of this process.
 *
 * @module
 */

import * as tf from '@tensorflow/tfjs-core'

/** Whether reading a tensor costs a copy at most. */
export const inHostMemory = (): boolean => ['cpu', 'wasm'].includes(tf.getBackend())

/** What both backends have inside, under the names of tfjs 4. */
type Inside = {
  readonly typedArrayFromHeap?: (tensor: tf.Tensor) => Float32Array
}

/** The values of a tensor of floats, to be read at once and not to be written: on wasm a view of its heap, which may move. */
export function read(tensor: tf.Tensor): Float32Array {
  const inside = tf.backend() as unknown as Inside
  if (tf.getBackend() === 'wasm' && tensor.dtype === 'float32' && typeof inside.typedArrayFromHeap === 'function') {
    return inside.typedArrayFromHeap(tensor)
  }
  return tensor.dataSync() as Float32Array
}
