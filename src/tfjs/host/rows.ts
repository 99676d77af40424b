/**
 * Sums of rows by the number of the row that they go to.
 *
 *     out[indices[i], :] += d[i, :]
 *
 * In host memory by a loop: tfjs has no such kernel for wasm, and its own for cpu takes (rows x entries) comparisons, minutes for a large
 * embedding. *Promise*: sums are formed in float32, in the order of the entries.
 *
 * @module
 */

import * as tf from '@tensorflow/tfjs-core'
import { inHostMemory, read } from './memory.ts'

/** d [entries, width], indices [entries] -> [rows, width]; entries of rows that there are not are dropped, as by tfjs. */
export function sumRows(d: tf.Tensor, indices: tf.Tensor, rows: number): tf.Tensor {
  const width = d.shape.at(-1) as number
  if (!inHostMemory()) return tf.unsortedSegmentSum(tf.reshape(d, [-1, width]), tf.reshape(indices, [-1]) as tf.Tensor1D, rows)
  const values = read(d)
  const places = indices.dataSync()
  const out = new Float32Array(rows * width)
  for (let i = 0; i < places.length; i++) {
    const row = places[i] as number
    if (!(row >= 0 && row < rows)) continue
    for (let j = 0, to = row * width, from = i * width; j < width; j++, to++, from++)
      out[to] = (out[to] as number) + (values[from] as number)
  }
  return tf.tensor2d(out, [rows, width])
}
