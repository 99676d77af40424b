/**
 * The sum of the clipped gradients of some examples, out of tfjs and in plain arrays: what noise is added to.
 *
 *     sum = SUM over examples of min(1, C / |g_i|) g_i
 *
 * Sums of several batches add up, so that a batch may be larger than what fits into memory. Terms of the loss without data are the same in all of
 * them and count once.
 *
 * *Promise*: one batch's sum is formed in float32, sums of several are added in double precision.
 *
 * @module
 */

import * as tf from '@tensorflow/tfjs-core'
import { integer } from '../guard.ts'
import type { FloatArray } from '../random/float-adder.ts'
import type { AnalysisOptions } from './analysis.ts'
import { type Clipping, clipFactors } from './clip-factors.ts'
import { perExample } from './per-example.ts'

/** What a step saw. Not private: for debugging, on data that may be looked at. */
export type StepDiagnostics = {
  readonly batchSize: number
  readonly clipped: number
  /** Examples whose gradient was not finite; they added nothing. */
  readonly unsound: number
}

export type ClippedSum = {
  /** By variable; one that no example reached may be missing. */
  readonly sums: ReadonlyMap<string, FloatArray>
  /** Gradients of terms without data, by variable. */
  readonly withoutData: ReadonlyMap<string, FloatArray>
  readonly diagnostics: StepDiagnostics
}

export type ClippedSumOptions = {
  readonly clipping: Clipping
  readonly norm: number
  readonly analysis: AnalysisOptions
  /** So many examples, the last ones, add nothing: they fill up a batch. */
  readonly idle?: number | undefined
}

/** Nothing, which no example has added to. */
export const empty: ClippedSum = {
  sums: new Map(),
  withoutData: new Map(),
  diagnostics: Object.freeze({ batchSize: 0, clipped: 0, unsound: 0 }),
}

/** One forward and one backward pass over a batch; the loss is the caller's to dispose of. */
export function clippedSum(
  f: () => tf.Scalar,
  variables: readonly tf.Variable[],
  { clipping, norm, analysis, idle = 0 }: ClippedSumOptions,
): ClippedSum & { readonly loss: tf.Scalar } {
  let made: ClippedSum = empty
  const { loss } = perExample(f, variables, analysis, (found) => {
    const withoutData = onHost(found.withoutData)
    const all = found.batchSize
    const batchSize = all - integer('idle', idle, { atLeast: 0, atMost: all })
    if (batchSize === 0) {
      made = { ...empty, withoutData }
      return {}
    }
    const squares = new Map([...found.squaredNorms].map(([name, squared]) => [name, squared.dataSync()]))
    const factors = clipFactors(squares, batchSize, { clipping, norm })
    // Zero times infinity is no number: such an example has to go before the product.
    const silent = [...factors.unsound, ...Array.from({ length: idle }, (_, i) => batchSize + i)]
    const sound = silent.length === 0 ? found : found.without(silent)
    const weights = (variable: string): tf.Tensor1D => {
      const filled = new Float32Array(all)
      filled.set(factors.of(variable))
      return tf.tensor1d(filled)
    }
    made = {
      sums: onHost(sound.weightedSum(weights)),
      withoutData,
      diagnostics: Object.freeze({ batchSize, clipped: factors.clipped, unsound: factors.unsound.length }),
    }
    return {}
  })
  return { ...made, loss }
}

const onHost = (tensors: ReadonlyMap<string, tf.Tensor>): ReadonlyMap<string, FloatArray> =>
  new Map([...tensors].map(([name, tensor]) => [name, tensor.dataSync() as Float32Array]))

/** Both sums together; the arrays of the first, where they are doubles, are used again. */
export function plus(a: ClippedSum, b: ClippedSum): ClippedSum {
  const sums = new Map<string, FloatArray>()
  for (const name of new Set([...a.sums.keys(), ...b.sums.keys()])) {
    const [left, right] = [a.sums.get(name), b.sums.get(name)]
    const total = left instanceof Float64Array ? left : Float64Array.from(left ?? (right as FloatArray))
    if (left !== undefined && right !== undefined)
      for (let i = 0; i < total.length; i++) total[i] = (total[i] as number) + (right[i] as number)
    sums.set(name, total)
  }
  return {
    sums,
    withoutData: b.withoutData,
    diagnostics: Object.freeze({
      batchSize: a.diagnostics.batchSize + b.diagnostics.batchSize,
      clipped: a.diagnostics.clipped + b.diagnostics.clipped,
      unsound: a.diagnostics.unsound + b.diagnostics.unsound,
    }),
  }
}
