/**
 * The state of a run between two stretches: plain data, which a structured clone copies and nothing in it is more private than the model.
 *
 * *Promise*: to the bit: weights, the optimizer's own, and the noise of every step so far. Nothing that was not released is in it: by a tree, checkpoints are made
 * where no sum is waiting.
 *
 * @module
 */

import * as tf from '@tensorflow/tfjs-core'
import { readRelation } from '../../accounting/query.ts'
import type { Relation } from '../../accounting/relation.ts'
import { InvalidParameterError } from '../../errors.ts'
import { array, integer, isPlainObject, number, oneOf, options } from '../../guard.ts'
import type { Provenance } from '../../random/handles.ts'
import { readPast, type Steps } from '../dp-optimizer.ts'

export type SavedTensor = {
  readonly name: string
  readonly shape: readonly number[]
  readonly dtype: 'float32' | 'int32' | 'bool'
  readonly values: Float32Array | Int32Array | Uint8Array
}

export type Checkpoint = {
  readonly format: 1
  readonly mechanism: 'dp-sgd' | 'tree'
  readonly examples: number
  readonly batchSize: number
  /** Steps so far, and their noise. */
  readonly step: number
  readonly past: readonly Steps[]
  /** What noise was calibrated to. */
  readonly plan: {
    readonly steps: number
    readonly delta: number
    readonly relation: Relation
    readonly targetEpsilon?: number
    readonly noiseMultiplier?: number
  }
  /** Where an adaptive norm has got to. */
  readonly l2NormClip?: number
  /** Whether some of the noise so far was seeded. */
  readonly provenance: Provenance
  readonly weights: readonly SavedTensor[]
  readonly optimizer: readonly SavedTensor[]
}

/** Copies tensors out of tfjs. */
export async function saved(tensors: readonly { readonly name: string; readonly tensor: tf.Tensor }[]): Promise<SavedTensor[]> {
  return Promise.all(
    tensors.map(async ({ name, tensor }) => ({
      name,
      shape: tensor.shape.slice(),
      dtype: tensor.dtype as SavedTensor['dtype'],
      values: (await tensor.data()).slice() as SavedTensor['values'],
    })),
  )
}

/** Tensors of what was saved; the caller disposes of them. */
export const restored = (tensors: readonly SavedTensor[]): { name: string; tensor: tf.Tensor }[] =>
  tensors.map(({ name, shape, dtype, values }) => ({ name, tensor: tf.tensor(values.slice(), [...shape], dtype) }))

/** Puts saved values into variables, in order. */
export function assign(variables: readonly tf.Variable[], tensors: readonly SavedTensor[]): void {
  const shapes = (of: readonly { readonly shape: readonly number[] }[]): string => JSON.stringify(of.map(({ shape }) => shape))
  if (shapes(variables) !== shapes(tensors)) {
    throw new InvalidParameterError('resume', `of a model with weights of the shapes ${shapes(variables)}`, shapes(tensors))
  }
  for (const [i, { tensor }] of restored(tensors).entries()) {
    variables[i]?.assign(tensor)
    tensor.dispose()
  }
}

/** What is stated in a checkpoint, checked; tensors are checked where they are used. */
export function readCheckpoint(given: unknown): Checkpoint {
  const known = options('resume', given, [
    ...[
      'format',
      'mechanism',
      'examples',
      'batchSize',
      'step',
      'past',
      'plan',
      'l2NormClip',
      'provenance',
      'weights',
      'optimizer',
    ],
  ])
  if (known['format'] !== 1) throw new InvalidParameterError('resume.format', '1', known['format'])
  oneOf('resume.mechanism', known['mechanism'], ['dp-sgd', 'tree'])
  integer('resume.examples', known['examples'], { atLeast: 1 })
  number('resume.batchSize', known['batchSize'], { above: 0 })
  const step = integer('resume.step', known['step'], { atLeast: 0 })
  const past = readPast('resume.past', known['past'])
  if (past.reduce((sum, { times }) => sum + times, 0) !== step) {
    throw new InvalidParameterError('resume.past', `a record of all ${step} steps`, known['past'])
  }
  const plan = options('resume.plan', known['plan'], ['steps', 'delta', 'relation', 'targetEpsilon', 'noiseMultiplier'])
  readRelation(plan['relation'])
  if (plan['noiseMultiplier'] !== undefined) number('resume.plan.noiseMultiplier', plan['noiseMultiplier'], { atLeast: 0 })
  if (known['l2NormClip'] !== undefined) number('resume.l2NormClip', known['l2NormClip'], { above: 0 })
  oneOf('resume.provenance', known['provenance'], ['secure', 'insecure-seeded'])
  for (const name of ['weights', 'optimizer'] as const) {
    for (const [i, tensor] of array(`resume.${name}`, known[name]).entries()) {
      if (isPlainObject(tensor) && ArrayBuffer.isView(tensor['values']) && Array.isArray(tensor['shape'])) continue
      throw new InvalidParameterError(`resume.${name}[${i}]`, 'a tensor as it was saved', tensor)
    }
  }
  return given as Checkpoint
}
