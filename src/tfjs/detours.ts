/**
 * Ways by which data could reach the loss past the tape, where it would be taken for a constant and leave without noise.
 *
 * | way | |
 * | --- | --- |
 * | a value read while the loss is computed | `dataSync` and its kind, of anything that data went into: a number made of it is no tensor's child |
 * | a variable made by the function | it starts as data, and nothing says so |
 * | a second tensor on the same memory | the engine can make one that no kernel made |
 * | a variable that is not learned and changes between steps | it may be a buffer that batches are copied into; what private steps learned is exempt |
 *
 * *Limits*: what was read in the pass before (an asynchronous `data()`) and comes back as a number is not seen. The last way is seen at the second
 * step. A frozen variable that others change has to be named in `constants`.
 *
 * @module
 */

import * as tf from '@tensorflow/tfjs-core'
import { UnsupportedModelError } from '../errors.ts'
import type { Recording } from './recording.ts'

type Known = {
  /** Tensors that lead to the loss and that nothing on the tape made. */
  readonly entering: readonly tf.Tensor[]
  readonly learned: ReadonlySet<tf.Variable>
  /** What was declared to be no data. */
  readonly constants: readonly tf.Tensor[]
}

/** Refuses all of these ways. */
export function refuseDetours(recording: Recording, known: Known): void {
  refuseNewVariables(recording, known)
  refuseAliases(recording, known)
  refuseReads(recording, known)
  refuseBuffers(known)
}

function refuseNewVariables({ firstIdInside }: Recording, { entering, learned }: Known): void {
  for (const tensor of entering) {
    if (!(tensor instanceof tf.Variable) || tensor.id < firstIdInside || learned.has(tensor)) continue
    throw new UnsupportedModelError({
      variable: tensor.name,
      reason: 'is made while the loss is computed: layers have to be built before the first step, and data is no variable',
    })
  }
}

function refuseAliases({ tape, firstIdInside }: Recording, { entering, constants }: Known): void {
  const onTape = new Set<object>()
  for (const { inputs, outputs } of tape) {
    const given = Object.values(inputs).filter((tensor) => tensor != null)
    for (const { dataId } of outputs) if (!given.some((tensor) => tensor.dataId === dataId)) onTape.add(dataId)
    for (const { id, dataId } of given) if (id < firstIdInside) onTape.add(dataId)
  }
  for (const tensor of entering) {
    if (tensor.id < firstIdInside || constants.includes(tensor) || !onTape.has(tensor.dataId)) continue
    throw new UnsupportedModelError({
      reason: `a tensor of shape [${tensor.shape}] uses the memory of another, and nothing on the tape says how it came about`,
    })
  }
}

function refuseReads({ tape, read, firstIdInside }: Recording, { constants }: Known): void {
  if (read.size === 0) return
  const isPublic = (tensor: tf.Tensor): boolean =>
    tensor instanceof tf.Variable || constants.includes(tensor) || tensor.id >= firstIdInside
  const variables = Object.values(tf.engine().state.registeredVariables)
  const clean = new Set<object>([...variables, ...constants].map(({ dataId }) => dataId))
  const tainted = new Set<number>()
  for (const { inputs, outputs } of tape) {
    const given = Object.values(inputs).filter((tensor) => tensor != null)
    for (const tensor of given) {
      if (tainted.has(tensor.id) || !isPublic(tensor)) tainted.add(tensor.id)
      else clean.add(tensor.dataId)
    }
    for (const output of outputs) {
      if (given.some(({ id }) => tainted.has(id))) tainted.add(output.id)
      else clean.add(output.dataId)
    }
  }
  if ([...read].every((dataId) => clean.has(dataId))) return
  throw new UnsupportedModelError({
    reason:
      'the loss reads values of data while it is computed (dataSync, arraySync, print): numbers made of them would leave without noise',
  })
}

const everLearned = new WeakSet<tf.Variable>()
const lastSeen = new WeakMap<tf.Variable, object>()

function refuseBuffers({ entering, learned, constants }: Known): void {
  for (const variable of learned) everLearned.add(variable)
  for (const tensor of entering) {
    if (!(tensor instanceof tf.Variable) || everLearned.has(tensor) || constants.includes(tensor)) continue
    const before = lastSeen.get(tensor)
    lastSeen.set(tensor, tensor.dataId)
    if (before === undefined || before === tensor.dataId) continue
    throw new UnsupportedModelError({
      variable: tensor.name,
      reason:
        'is not learned, yet changes from step to step: if that is no data (nor made of data without privacy), name it in "constants"',
    })
  }
}
