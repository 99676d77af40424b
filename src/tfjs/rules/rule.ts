/**
 * What a rule is: from the lanes of a kernel's inputs to those of its outputs, or a refusal.
 *
 * *Promise*: a rule that gives a batch lane has the kernel keep examples apart, forwards and in its gradient. This is what privacy rests on: in doubt
 * a rule refuses.
 *
 * @module
 */

import type * as tf from '@tensorflow/tfjs-core'
import type { Attributes } from '../engine.ts'
import type { BatchLane, Lane } from '../lane.ts'

export type LanedTensor<L extends Lane = Lane> = { readonly name: string; readonly tensor: tf.Tensor; readonly lane: L }

/** A call of a kernel some of whose inputs have examples in them, and none of which is reduced over them. */
export type KernelCall = {
  readonly kernel: string
  readonly attributes: Attributes
  readonly inputs: readonly LanedTensor[]
  /** Those of the inputs that have examples in them: one at least. */
  readonly batches: readonly [LanedTensor<BatchLane>, ...LanedTensor<BatchLane>[]]
  readonly outputs: readonly tf.Tensor[]
  /** The first of the outputs. */
  readonly output: tf.Tensor
  readonly batchSize: number
}

/** The lane of every output. */
export type Rule = (call: KernelCall) => Lane

/** Thrown by rules; the analysis says which layer it was. */
export class ExamplesMix extends Error {}

export const refuse = (why: string): never => {
  throw new ExamplesMix(why)
}

/** An axis as a tensor of that rank counts it. */
export const axisOf = (given: unknown, rank: number, otherwise: number): number => {
  const axis = given === undefined || given === null ? otherwise : given
  if (typeof axis !== 'number') return refuse('has an axis that is no number')
  return axis < 0 ? axis + rank : axis
}

/** A list of axes (one number is a list of one; none at all is every axis). */
export function axesOf(given: unknown, rank: number): number[] {
  if (given === undefined || given === null) return Array.from({ length: rank }, (_, i) => i)
  return (Array.isArray(given) ? given : [given]).map((axis) => axisOf(axis, rank, 0))
}
