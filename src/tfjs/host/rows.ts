/**
 * Sums of rows by the number of the row that they go to.
 *
 *     out[indices[i], :] += d[i, :]
 *
 * and of each example the squared norm of what it adds: a row that is named twice gets the sum of both. In host memory by a loop: tfjs has no such kernel for wasm, and its own for cpu takes (rows x entries) comparisons, minutes for a large
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

/** d [batch, entries, width], indices [batch, entries] -> [batch]: |SUM of what goes to a row|^2, over all rows. */
export function squaredNormsOfRows(d: tf.Tensor3D, indices: tf.Tensor2D): tf.Tensor1D {
  const [batchSize, entries, width] = d.shape
  if (entries === 1) return tf.sum(tf.square(d), [1, 2])
  if (!inHostMemory()) {
    // <d_s, d_t> counts wherever s and t name the same row.
    const sameRow = tf.cast(tf.equal(tf.expandDims(indices, 2), tf.expandDims(indices, 1)), 'float32')
    return tf.sum(tf.mul(sameRow, tf.matMul(d, d, false, true)), [1, 2])
  }
  const places = indices.dataSync()
  const values = read(d)
  const squares = new Float32Array(batchSize)
  const sums = new Float64Array(entries * width)
  const slots = new Map<number, number>()
  for (let example = 0; example < batchSize; example++) {
    slots.clear()
    for (let entry = 0; entry < entries; entry++) {
      const row = places[example * entries + entry] as number
      let slot = slots.get(row)
      if (slot === undefined) {
        slot = slots.size * width
        slots.set(row, slot)
        sums.fill(0, slot, slot + width)
      }
      const from = (example * entries + entry) * width
      for (let j = 0; j < width; j++) sums[slot + j] = (sums[slot + j] as number) + (values[from + j] as number)
    }
    let square = 0
    for (let i = 0; i < slots.size * width; i++) square += (sums[i] as number) ** 2
    squares[example] = square
  }
  return tf.tensor1d(squares)
}
