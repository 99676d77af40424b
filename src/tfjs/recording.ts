/**
 * One forward pass, written down: every kernel that ran on the way to the loss, with its attributes.
 *
 * The engine's own tape has kernels, inputs, outputs and what gradients need, but no attributes; those are learned by wrapping the engine's
 * public `runKernel` while the loss is computed (synchronously, and put back whatever happens).
 *
 * *Promise*: a pass that writes to a variable is refused (batch statistics would be released without noise), and so is one that uses what an
 * earlier one kept (the state of a stateful layer carries one batch into the next).
 *
 * @module
 */

import * as tf from '@tensorflow/tfjs-core'
import { UnsupportedModelError } from '../errors.ts'
import { type Attributes, engineInternals, nextTensorId, type RawNode } from './engine.ts'

/** A kernel call on the way to the loss. */
export type TapeNode = {
  readonly kernel: string
  readonly attributes: Attributes
  /** By the kernel's names for them; those that were left out are not here. */
  readonly inputs: readonly (readonly [name: string, tensor: tf.Tensor])[]
  readonly outputs: readonly tf.Tensor[]
  readonly saved: readonly tf.Tensor[]
  readonly gradient: RawNode['gradient']
}

export type Recording = {
  readonly loss: tf.Scalar
  /** In the order in which they ran; all of them lead to the loss. */
  readonly nodes: readonly TapeNode[]
  /** Tensors of this id and above were made by the recorded function. */
  readonly firstIdInside: number
  /** Gives back what the engine kept for gradients. */
  readonly release: () => void
}

/** Runs f with the tape on. */
export function record(f: () => tf.Scalar): Recording {
  const engine = engineInternals()
  const { state } = engine
  if (state.gradientDepth !== 0) {
    throw new UnsupportedModelError({ reason: 'a private step cannot run inside another gradient computation' })
  }
  const attributes = new Map<RawNode, Attributes>()
  /** What ran inside a custom gradient (the fused layers are such), by the data that it made. */
  const within = new Map<object, { readonly kernel: string; readonly attributes: Attributes }>()
  const contents = new Map(Object.values(state.registeredVariables).map((variable) => [variable.name, variable.dataId]))
  const firstIdInside = nextTensorId()

  const tape: RawNode[] = []
  const runKernel = engine.runKernel
  const own = Object.hasOwn(engine, 'runKernel')
  engine.runKernel = (name, inputs, given) => {
    const out = runKernel.call(engine, name, inputs, given)
    const known = (given ?? {}) as Attributes
    if (state.kernelDepth === 0) {
      const latest = tape.at(-1)
      if (latest?.kernelName === name) attributes.set(latest, known)
    } else if (fused.has(name)) {
      for (const tensor of Array.isArray(out) ? out : [out]) within.set(tensor.dataId, { kernel: name, attributes: known })
    }
    return out
  }
  state.activeTape = tape
  state.gradientDepth++
  let loss: tf.Scalar
  try {
    loss = tf.engine().tidy('forward', f as () => tf.Scalar)
  } catch (error) {
    for (const { saved } of tape) tf.dispose(saved as tf.Tensor[])
    throw error
  } finally {
    if (own) engine.runKernel = runKernel
    else delete (engine as Partial<typeof engine>).runKernel
    state.gradientDepth--
    state.activeTape = null
  }
  const release = (): void => {
    for (const { saved } of tape) tf.dispose(saved as tf.Tensor[])
  }
  try {
    refuseWrites(contents, state.registeredVariables)
    refuseCarriedOver(tape)
    if (!(loss instanceof tf.Tensor) || loss.size !== 1) {
      throw new UnsupportedModelError({ reason: 'the loss must be a tensor of one number' })
    }
  } catch (error) {
    release()
    if (loss instanceof tf.Tensor) loss.dispose()
    throw error
  }

  const resolve = (node: RawNode): Pick<TapeNode, 'kernel' | 'attributes'> => {
    const known = attributes.get(node)
    if (known !== undefined) return { kernel: node.kernelName, attributes: known }
    const inputs = Object.values(node.inputs)
    const [first] = inputs
    const [output] = node.outputs
    if (inputs.length === 1 && node.outputs.length === 1 && output?.dataId === first?.dataId)
      return { kernel: 'Identity', attributes: {} }
    const made = output === undefined ? undefined : within.get(output.dataId)
    if (made !== undefined) return made
    return { kernel: node.kernelName, attributes: {} }
  }
  const needed = new Set([loss.id])
  const nodes: TapeNode[] = []
  for (const node of tape.toReversed()) {
    if (!node.outputs.some(({ id }) => needed.has(id))) continue
    const inputs = Object.entries(node.inputs).filter(([, tensor]) => tensor != null)
    for (const [, { id }] of inputs) needed.add(id)
    nodes.push({ ...resolve(node), inputs, outputs: node.outputs, saved: node.saved ?? [], gradient: node.gradient })
  }
  return { loss, nodes: nodes.reverse(), firstIdInside, release }
}

/** Layers whose kernel hides in a custom gradient: its outputs are those of the kernel. */
const fused = new Set(['_FusedMatMul', 'FusedConv2D', 'FusedDepthwiseConv2D'])

function refuseWrites(before: ReadonlyMap<string, object>, variables: Readonly<Record<string, tf.Variable>>): void {
  for (const [name, dataId] of before) {
    const variable = variables[name]
    if (variable === undefined || variable.dataId === dataId) continue
    throw new UnsupportedModelError({
      variable: name,
      reason:
        'the forward pass writes to it, so that statistics of the batch would leave without noise (a BatchNormalization does so even where it is frozen: put a LayerNormalization in its place)',
    })
  }
}

/** The data of what a recorded pass kept for later: metrics, and the states of stateful layers. */
const keptForLater = new WeakSet<object>()

/** Metrics are read and forgotten; what comes back in a later pass carries one batch into another. */
function refuseCarriedOver(tape: readonly RawNode[]): void {
  // The engine itself keeps what gradients need.
  const forGradients = new Set(tape.flatMap(({ saved }) => (saved ?? []).map(({ id }) => id)))
  const made = new Set(tape.flatMap(({ outputs }) => outputs.map(({ id }) => id)))
  for (const { kernelName, inputs } of tape) {
    if (Object.values(inputs).some((tensor) => tensor != null && !made.has(tensor.id) && keptForLater.has(tensor.dataId))) {
      throw new UnsupportedModelError({
        kernel: kernelName,
        reason: 'uses what an earlier batch left behind (a stateful layer): its examples are not separate',
      })
    }
  }
  for (const { outputs } of tape) {
    for (const tensor of outputs) {
      if (!forGradients.has(tensor.id) && (tensor as unknown as { kept?: boolean }).kept === true) keptForLater.add(tensor.dataId)
    }
  }
}
