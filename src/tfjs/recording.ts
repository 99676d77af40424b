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
import { quirkless } from './quirks.ts'

/** A kernel call on the way to the loss. */
export type TapeNode = {
  readonly kernel: string
  readonly attributes: Attributes
  /** By the kernel's names for them; those that were left out are not here. */
  readonly inputs: readonly (readonly [name: string, tensor: tf.Tensor])[]
  readonly outputs: readonly tf.Tensor[]
  readonly saved: readonly tf.Tensor[]
  readonly gradient: RawNode['gradient']
  /** Written by someone with a gradient of its own: what it is computed from can't be seen. */
  readonly opaque: boolean
}

export type Recording = {
  readonly loss: tf.Scalar
  /** All that ran, whether or not it leads to the loss; what makes a tensor stands before what uses it. */
  readonly tape: readonly RawNode[]
  /** The data of tensors whose values the function read as it ran. */
  readonly read: ReadonlySet<object>
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
  refuseHalfPrecision()
  const attributes = new Map<RawNode, Attributes>()
  /** What ran inside a custom gradient (the fused layers are such), by the data that it made. */
  const within = new Map<object, { readonly kernel: string; readonly attributes: Attributes }>()
  const contents = new Map(Object.values(state.registeredVariables).map((variable) => [variable.name, variable.dataId]))
  const firstIdInside = nextTensorId()

  const tape: RawNode[] = []
  const read = new Set<object>()
  /** What was cloned, by the clone. */
  const identities = new Map<number, number>()
  let running = 0
  const runKernel = engine.runKernel
  const readSync = engine.readSync
  const own = Object.hasOwn(engine, 'runKernel')
  engine.readSync = (dataId) => {
    // Kernels may look at their inputs: what they make of them is on the tape.
    if (running === 0) read.add(dataId)
    return readSync.call(engine, dataId)
  }
  engine.runKernel = (name, inputs, given) => {
    running++
    let out: tf.Tensor | tf.Tensor[]
    try {
      out = runKernel.call(engine, name, inputs, given)
    } finally {
      running--
    }
    const known = (given ?? {}) as Attributes
    if (name === 'Identity') identities.set((out as tf.Tensor).id, (inputs as { x: tf.Tensor }).x.id)
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
    delete (engine as Partial<typeof engine>).readSync
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
    if (loss.id < firstIdInside)
      throw new UnsupportedModelError({ reason: 'the loss must be computed by the function that gives it' })
  } catch (error) {
    release()
    if (loss instanceof tf.Tensor && loss.id >= firstIdInside) loss.dispose()
    throw error
  }

  /** The engine writes clones down by itself, outside of kernels and inside; the inputs of custom gradients have numbers for names. */
  const isClone = ({ inputs, outputs }: RawNode): boolean => {
    const names = Object.keys(inputs)
    const from = identities.get(outputs[0]?.id ?? -1)
    return names.length === 1 && names[0] === 'x' && from !== undefined && from === inputs['x']?.id
  }
  const resolve = (node: RawNode): Pick<TapeNode, 'kernel' | 'attributes' | 'opaque'> => {
    const { kernelName } = node
    const known = attributes.get(node)
    if (known !== undefined) return { kernel: kernelName, attributes: known, opaque: false }
    const [output] = node.outputs
    if (isClone(node)) return { kernel: 'Identity', attributes: {}, opaque: false }
    const kernel = customGradients.get(kernelName)
    const made = output === undefined ? undefined : within.get(output.dataId)
    if (kernel !== undefined && made?.kernel === kernel) return { ...made, opaque: false }
    return { kernel: kernelName, attributes: {}, opaque: kernel !== kernelName }
  }
  const ordered = inOrder(tape)
  const needed = new Set([loss.id])
  const nodes: TapeNode[] = []
  for (const node of ordered.toReversed()) {
    if (!node.outputs.some(({ id }) => needed.has(id))) continue
    const inputs = Object.entries(node.inputs).filter(([, tensor]) => tensor != null)
    for (const [, { id }] of inputs) needed.add(id)
    const call = { ...resolve(node), inputs, outputs: node.outputs, saved: node.saved ?? [] }
    nodes.push({ ...call, gradient: quirkless(call) ?? node.gradient })
  }
  return { loss, nodes: nodes.reverse(), tape: ordered, read, firstIdInside, release }
}

/** Norms of numbers of 16 bits overflow and underflow, and clip by what they are not. (The backend's own `floatPrecision` has it the wrong way round.) */
function refuseHalfPrecision(): void {
  if (tf.getBackend() === 'webgl' && !tf.env().getBool('WEBGL_RENDER_FLOAT32_ENABLED')) {
    throw new UnsupportedModelError({
      reason: "this device's WebGL computes with 16 bits: use the wasm backend (tf.setBackend('wasm'))",
    })
  }
}

/** What a kernel keeps of its output for its gradient is a clone that stands before the kernel on the tape: each goes after what made its input. */
function inOrder(tape: readonly RawNode[]): RawNode[] {
  const madeAt = new Map<number, number>()
  for (const [i, { outputs }] of tape.entries()) for (const { id } of outputs) if (!madeAt.has(id)) madeAt.set(id, i)
  const later = new Map<number, RawNode[]>()
  const ordered: RawNode[] = []
  for (const [i, node] of tape.entries()) {
    const latest = Math.max(...Object.values(node.inputs).map((tensor) => madeAt.get(tensor?.id ?? -1) ?? -1))
    if (latest > i) later.set(latest, [...(later.get(latest) ?? []), node])
    else ordered.push(node, ...(later.get(i) ?? []))
  }
  return ordered
}

/**
 * The custom gradients of tfjs itself, by the operation they are in, and the kernel that each hides (its outputs are those of the kernel) or is
 * taken for. Those of anyone else are opaque: their functions may close over data.
 */
const customGradients: ReadonlyMap<string, string> = new Map([
  ['fusedMatMul__op', '_FusedMatMul'],
  ['fusedConv2d__op', 'FusedConv2D'],
  ['fusedDepthwiseConv2d__op', 'FusedDepthwiseConv2D'],
  ...['logSigmoid__op', 'logSoftmax__op', 'softmaxCrossEntropy__op'].map((name) => [name, name] as const),
])
const fused = new Set(customGradients.values())

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
