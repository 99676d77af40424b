/**
 * What may still happen to a sum or a mean over the examples: it may be moved, added to others of its kind and to terms without data, and scaled
 * by constants. Anything else (a root, a product of two sums, a count of the batch in the denominator) makes examples depend on each other.
 *
 * @module
 */

import type * as tf from '@tensorflow/tfjs-core'
import type { Lane, ReducedLane } from '../lane.ts'
import type { TapeNode } from '../recording.ts'
import { type LanedTensor, refuse } from './rule.ts'

const moving = new Set(['Identity', 'Cast', 'Neg', 'Reshape', 'ExpandDims', 'Transpose', 'Sum', 'Mean'])
const adding = new Set(['Add', 'Sub', 'AddN'])

/** The lane of the result of a kernel of which one input at least is reduced over the examples. */
export function throughReduced({ kernel, saved }: TapeNode, inputs: readonly LanedTensor[], batchSize: number): Lane {
  const reduced = inputs.flatMap(({ lane }) => (lane.kind === 'reduced' ? [lane] : []))
  const [first] = reduced as [ReducedLane]
  if (inputs.some(({ lane }) => lane.kind === 'batch'))
    return refuse('uses a value that was reduced over the batch in the computation of each example')
  if (moving.has(kernel)) return first
  if (adding.has(kernel)) {
    if (reduced.some(({ by }) => by !== first.by)) refuse('adds a mean over the batch to a sum over it')
    return first
  }
  const [left, right] = inputs
  const factor = left?.lane.kind === 'reduced' ? right : left
  const scales = kernel === 'Multiply' || (kernel === 'RealDiv' && left?.lane.kind === 'reduced')
  if (!scales || inputs.length !== 2 || factor?.lane.kind !== 'constant') {
    return refuse('makes examples depend on each other: its input was reduced over the batch')
  }
  if (first.by === 'mean') return first
  // The constant itself may be gone by now; what the gradient needs of it is kept.
  const countsExamples = kernel === 'RealDiv' && [first.terms, batchSize].includes(singleValue(saved[1]))
  return { ...first, by: countsExamples ? 'mean' : 'scaled sum' }
}

/** The value of a tensor of one number, NaN of any other. */
function singleValue(tensor: tf.Tensor | undefined): number {
  return tensor?.size === 1 ? (tensor.dataSync()[0] as number) : Number.NaN
}
