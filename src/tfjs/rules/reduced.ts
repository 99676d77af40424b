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
export function throughReduced({ kernel, saved, outputs }: TapeNode, inputs: readonly LanedTensor[], batchSize: number): Lane {
  const reduced = inputs.flatMap(({ lane }) => (lane.kind === 'reduced' ? [lane] : []))
  const [first] = reduced as [ReducedLane]
  if (inputs.some(({ lane }) => lane.kind === 'batch'))
    return refuse('uses a value that was reduced over the batch in the computation of each example')
  if (moving.has(kernel)) return first
  const size = Math.max(...outputs.map((output) => output.size))
  if (inputs.some(({ lane, tensor }) => lane.kind === 'reduced' && tensor.size !== size))
    refuse('repeats a value that was reduced over the batch, perhaps as often as there are examples')
  if (adding.has(kernel)) return { ...first, by: reduced.map(({ by }) => by).reduce(together) }
  const [left, right] = inputs
  const factor = left?.lane.kind === 'reduced' ? right : left
  const scales = kernel === 'Multiply' || (kernel === 'RealDiv' && left?.lane.kind === 'reduced')
  if (!scales || inputs.length !== 2 || factor?.lane.kind !== 'constant') {
    return refuse('makes examples depend on each other: its input was reduced over the batch')
  }
  // Of a single example the mean is the sum.
  if (batchSize === 1) return first
  // The constant itself may be gone by now; what the gradient needs of it is kept.
  const countsExamples = [first.terms, batchSize].includes(singleValue(saved[factor === left ? 0 : 1]))
  return { ...first, by: scaled(first.by, kernel === 'RealDiv', countsExamples) }
}

function scaled(by: ReducedLane['by'], divided: boolean, countsExamples: boolean): ReducedLane['by'] {
  if (by === 'mean' || by === 'scaled mean') return countsExamples ? 'scaled mean' : by
  if (by === 'counted' && !countsExamples) return by
  return countsExamples && divided && by !== 'counted' ? 'counted' : 'scaled sum'
}

/** Two of a kind may be added, and what may be taken for the same kind. */
function together(a: ReducedLane['by'], b: ReducedLane['by']): ReducedLane['by'] {
  if (a === b) return a
  const besides = a === 'counted' ? b : b === 'counted' ? a : undefined
  if (besides !== undefined && besides !== 'sum') return besides
  const means = [a, b].every((by) => by === 'mean' || by === 'scaled mean')
  return means ? 'scaled mean' : refuse('adds a mean over the batch to a sum over it')
}

/** The value of a tensor of one number, NaN of any other. */
function singleValue(tensor: tf.Tensor | undefined): number {
  return tensor?.size === 1 ? (tensor.dataSync()[0] as number) : Number.NaN
}
