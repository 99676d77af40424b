/**
 * Which examples are in a batch.
 *
 * *Promise*: a Poisson sample is one coin for each example, of exactly the double that the event states, from the same entropy as the noise; how long drawing
 * takes does not depend on who was drawn.
 * *Limits*: 1 ms for 100 000 examples.
 *
 * @module
 */

import { bernoulliSampler } from '../../random/bernoulli.ts'
import type { SourceOptions } from '../../random/source-options.ts'

/** Each example by its own coin. */
export function poissonSample(examples: number, probability: number, source: SourceOptions): () => Int32Array {
  const coin = bernoulliSampler({ probability, ...source })
  const drawn = new Int32Array(examples)
  return () => {
    let count = 0
    for (let i = 0; i < examples; i++) {
      drawn[count] = i
      count += coin.sample() ? 1 : 0
    }
    return drawn.slice(0, count)
  }
}

/** The examples in their order, over and over, an epoch's last batch being what is left. */
export const inOrder =
  (examples: number, batchSize: number) =>
  (step: number): Int32Array => {
    const first = (step % Math.ceil(examples / batchSize)) * batchSize
    return Int32Array.from({ length: Math.min(batchSize, examples - first) }, (_, i) => first + i)
  }

/** In pieces of at most so many. */
export function* pieces(numbers: Int32Array, most: number): Generator<Int32Array> {
  for (let at = 0; at < numbers.length; at += most) yield numbers.subarray(at, at + most)
}
