/**
 * The lane of every tensor on the way to the loss, or the refusal of the first kernel that mixes examples.
 *
 * Whatever enters from outside is a parameter, a declared constant, a single number, or data: and then its first axis counts the
 * examples. Anything else is refused: a table of data that was taken for a constant would leave without noise.
 *
 * *Promise*: if this returns, the loss is a sum over examples of terms that each depend on one example and on parameters (or a mean of them), plus terms without data.
 * *Limits*: constants are taken for public and for independent of the batch: single numbers from outside, variables that are not learned, and what
 * the function itself makes of numbers (unless its first axis counts the examples). A loss that is written with the size of its batch in it
 * (a penalty times `x.shape[0]` within each example's term) has a scale that follows the batch, which one pass can't show.
 *
 * @module
 */

import * as tf from '@tensorflow/tfjs-core'
import { InvalidParameterError, UnsupportedModelError } from '../errors.ts'
import { refuseDetours } from './detours.ts'
import { batchOn, constant, type Lane, parameter, type ReducedLane } from './lane.ts'
import type { Recording, TapeNode } from './recording.ts'
import { applyRule, rules } from './rules/index.ts'
import { throughReduced } from './rules/reduced.ts'
import { ExamplesMix, type KernelCall, type LanedTensor } from './rules/rule.ts'

export type AnalysisOptions = {
  /** How many examples there are: read off the tensors that enter where it is left out. */
  readonly batchSize?: number | undefined
  /** Tensors from outside that are no data. */
  readonly constants?: readonly tf.Tensor[] | undefined
  /** How the loss puts its examples together, where it can't be seen. */
  readonly reduction?: 'mean' | 'sum' | undefined
}

export type Analysis = {
  readonly batchSize: number
  readonly reduction: 'mean' | 'sum'
  readonly laneOf: (tensor: tf.Tensor) => Lane
  /** Whether a parameter is among what the tensor was made of. */
  readonly learns: (tensor: tf.Tensor) => boolean
}

/** What separates the examples of a recorded pass. */
export function analyse(recording: Recording, variables: ReadonlySet<tf.Variable>, options: AnalysisOptions = {}): Analysis {
  const { nodes, loss, firstIdInside } = recording
  const made = new Set(nodes.flatMap(({ outputs }) => outputs.map(({ id }) => id)))
  const constants = new Set((options.constants ?? []).map(({ id }) => id))
  const entering = new Map<number, tf.Tensor>()
  for (const { inputs } of nodes) {
    for (const [, tensor] of inputs) if (!made.has(tensor.id)) entering.set(tensor.id, tensor)
  }
  const fromOutside = [...entering.values()].filter(
    (tensor) => tensor.id < firstIdInside && !(tensor instanceof tf.Variable) && tensor.rank > 0 && !constants.has(tensor.id),
  )
  const batchSize = options.batchSize ?? inferBatchSize(fromOutside)
  if (batchSize < 1)
    throw new UnsupportedModelError({ reason: 'a batch without examples has no gradient: such a step is noise alone' })
  refuseDetours(recording, { entering: [...entering.values()], learned: variables, constants: options.constants ?? [] })

  const lanes = new Map<number, Lane>()
  const learning = new Set<number>()
  for (const tensor of entering.values()) {
    if (variables.has(tensor as tf.Variable)) {
      lanes.set(tensor.id, parameter)
      learning.add(tensor.id)
    } else if (tensor instanceof tf.Variable || constants.has(tensor.id) || tensor.rank === 0) lanes.set(tensor.id, constant)
    else if (tensor.shape[0] === batchSize) lanes.set(tensor.id, wholeOrFirst(tensor, batchSize))
    else if (tensor.id >= firstIdInside || tensor.size === 1) lanes.set(tensor.id, constant)
    else {
      throw new UnsupportedModelError({
        reason: `a tensor of shape [${tensor.shape}] enters the loss from outside, and its first axis does not count the ${batchSize} examples: if it is no data, name it in "constants"`,
      })
    }
  }
  const laneOf = ({ id, shape }: tf.Tensor): Lane => {
    const lane = lanes.get(id)
    if (lane === undefined) throw new UnsupportedModelError({ reason: `a tensor of shape [${shape}] is used before it is made` })
    return lane
  }
  for (const [i, node] of nodes.entries()) {
    let lane: Lane
    try {
      lane = laneOfCall(node, laneOf, batchSize)
    } catch (error) {
      if (!(error instanceof ExamplesMix)) throw error
      const reason = `${error.message}${takenForData([...entering.values()], recording, batchSize)}`
      throw new UnsupportedModelError({ kernel: node.kernel, variable: nearestVariable(nodes, i), reason })
    }
    const learns = node.inputs.some(([, { id }]) => learning.has(id))
    for (const output of node.outputs) {
      lanes.set(output.id, lane.kind === 'batch' && batchSize === 1 ? wholeOrFirst(output, 1) : lane)
      if (learns) learning.add(output.id)
    }
  }
  return {
    batchSize,
    reduction: reductionOf(laneOf(loss), options.reduction),
    laneOf,
    learns: ({ id }) => learning.has(id),
  }
}

/** What may be behind a refusal: a mask or a table of positions that happens to be as long as the batch. */
function takenForData(entering: readonly tf.Tensor[], { firstIdInside }: Recording, batchSize: number): string {
  const made = entering.find(({ id, shape }) => id >= firstIdInside && shape[0] === batchSize)
  return made === undefined
    ? ''
    : `; a tensor of shape [${made.shape}] that the function itself makes was taken for data, since its first axis is as long as the batch: make it outside and name it in "constants" if it is none`
}

/** A single example can't mix with any: every axis is its own. */
const wholeOrFirst = (tensor: tf.Tensor, batchSize: number): Lane =>
  batchSize === 1 && tensor.rank > 0 ? { kind: 'batch', axis: 0, outer: 1, inner: tensor.shape[0] as number } : batchOn(0)

function inferBatchSize(entering: readonly tf.Tensor[]): number {
  const sizes = [...new Set(entering.map(({ shape }) => shape[0] as number))]
  const [size] = sizes
  if (size === undefined)
    throw new InvalidParameterError('batchSize', 'given where no tensor of data enters the loss from outside', undefined)
  if (sizes.length === 1) return size
  throw new InvalidParameterError(
    'batchSize',
    `given (or "constants" named) where tensors with first axes of ${sizes.join(', ')} enter the loss`,
    undefined,
  )
}

function laneOfCall(node: TapeNode, laneOf: (tensor: tf.Tensor) => Lane, batchSize: number): Lane {
  const inputs: LanedTensor[] = node.inputs.map(([name, tensor]) => ({ name, tensor, lane: laneOf(tensor) }))
  const kinds = new Set(inputs.map(({ lane }) => lane.kind))
  if (node.opaque) throw new ExamplesMix("has a custom gradient: what it was computed from can't be seen")
  if (kinds.has('reduced')) return throughReduced(node, inputs, batchSize)
  if (!kinds.has('batch')) return kinds.has('parameter') ? parameter : constant
  // A single example can't mix with any.
  if (batchSize === 1 && rules.has(node.kernel) && !endsLane(node)) return batchOn(0)
  const batches = inputs.filter(({ lane }) => lane.kind === 'batch') as unknown as KernelCall['batches']
  const { kernel, attributes, outputs } = node
  return applyRule({ kernel, attributes, inputs, batches, outputs, output: outputs[0] as tf.Tensor, batchSize })
}

/** Of a single example, only a sum or a mean down to one number is one over examples. */
const endsLane = ({ kernel, outputs }: TapeNode): boolean => (kernel === 'Sum' || kernel === 'Mean') && outputs[0]?.rank === 0

function reductionOf(lane: Lane, given: 'mean' | 'sum' | undefined): 'mean' | 'sum' {
  if (lane.kind !== 'reduced') {
    throw new UnsupportedModelError({
      reason:
        lane.kind === 'batch'
          ? 'the loss must be summed or averaged over the examples'
          : 'no tensor of data leads to the loss (the examples must be counted by the first axis of what enters)',
    })
  }
  const seen = (lane as ReducedLane).by
  if (seen === 'counted') return given ?? 'mean'
  if (seen === 'scaled sum' || seen === 'scaled mean') {
    if (given !== undefined) return given
    throw new InvalidParameterError(
      'reduction',
      "'mean' where the loss divides its sum by the number of examples (and does not multiply it by that), else 'sum'",
      undefined,
    )
  }
  if (given !== undefined && given !== seen)
    throw new InvalidParameterError('reduction', `'${seen}', which is what the loss does`, given)
  return seen
}

/** The variable closest to a node, looking ahead first: a layer's kernels lead to its weights soon. */
function nearestVariable(nodes: readonly TapeNode[], at: number): string | undefined {
  const reached = new Set<number>()
  const variableOf = ({ inputs }: TapeNode): tf.Variable | undefined =>
    inputs.map(([, tensor]) => tensor).find((tensor) => tensor instanceof tf.Variable) as tf.Variable | undefined
  for (const node of nodes.slice(at, at + 12)) {
    if (reached.size > 0 && !node.inputs.some(([, { id }]) => reached.has(id))) continue
    const variable = variableOf(node)
    if (variable !== undefined) return variable.name
    for (const { id } of node.outputs) reached.add(id)
  }
  for (const node of nodes.slice(0, at).reverse()) {
    const variable = variableOf(node)
    if (variable !== undefined) return variable.name
  }
  return undefined
}
