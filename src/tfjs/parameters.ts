/**
 * From the tensor that examples met back to the variables that it was made of.
 *
 * Gradients go through the kernels in between, which know parameters only, as vector-Jacobian products. That is right for sums over examples as
 * it stands. Norms are kept by what merely moves elements (reshape, transpose); a split keeps them too if each part is counted once; for
 * anything else each example's gradient has to make the way by itself.
 *
 * @module
 */

import * as tf from '@tensorflow/tfjs-core'
import type { Analysis } from './analysis.ts'
import { Gradients, vjp } from './backward.ts'
import type { TapeNode } from './recording.ts'

/** How a tensor was made of one variable by moving elements, if it was. */
export type Moved = {
  readonly variable: tf.Variable
  /** The same for two tensors that have the same elements at the same places. */
  readonly path: string
  /** The split that it is a part of, '' where it is all of the variable. */
  readonly part: string
}

/** The way back of every tensor made of parameters. */
export type Parameters = {
  readonly moved: (tensor: tf.Tensor) => Moved | undefined
  /** What a tensor was tiled from, if it was. */
  readonly tiledFrom: (tensor: tf.Tensor) => tf.Tensor | undefined
  /** Gradients of the variables from those of tensors made of them. */
  readonly pullBack: (gradients: ReadonlyMap<number, tf.Tensor>) => ReadonlyMap<string, tf.Tensor>
}

export function parametersOf(
  nodes: readonly TapeNode[],
  variables: Iterable<tf.Variable>,
  { laneOf, learns }: Analysis,
): Parameters {
  const byId = new Map([...variables].map((variable) => [variable.id, variable]))
  const producers = new Map(nodes.flatMap((node) => node.outputs.map((output) => [output.id, node] as const)))
  const between = nodes.filter(
    (node) => learns(node.outputs[0] as tf.Tensor) && laneOf(node.outputs[0] as tf.Tensor).kind === 'parameter',
  )

  const moved = (tensor: tf.Tensor): Moved | undefined => {
    const steps: string[] = []
    let part = ''
    for (let here = tensor; ; ) {
      const variable = byId.get(here.id)
      if (variable !== undefined) return { variable, path: `${steps.reverse().join(' ')} [${tensor.shape}]`, part }
      const node = producers.get(here.id)
      const [input, second] = node?.inputs.filter(([, given]) => learns(given)) ?? []
      if (node === undefined || input === undefined || second !== undefined) return undefined
      const step = stepOf(node, here)
      if (step === undefined) return undefined
      if (step.part !== undefined) {
        // Parts of parts are left to the general way.
        if (part !== '') return undefined
        part = step.part
      }
      if (step.path !== '') steps.push(step.path)
      here = input[1]
    }
  }

  const pullBack = (gradients: ReadonlyMap<number, tf.Tensor>): ReadonlyMap<string, tf.Tensor> => {
    const arrived = new Gradients()
    for (const [id, gradient] of gradients) arrived.add({ id }, gradient)
    for (const node of between.toReversed()) {
      const dys = node.outputs.map((output) => {
        const dy = arrived.take(output)
        return dy === null ? null : tf.reshape(dy, output.shape)
      })
      if (dys.every((dy) => dy === null)) continue
      const wanted = node.inputs.filter(([, tensor]) => learns(tensor))
      const back = vjp(
        node,
        dys,
        wanted.map(([name]) => name),
      )
      for (const [name, tensor] of wanted) arrived.add(tensor, back[name] as tf.Tensor)
    }
    const found = new Map<string, tf.Tensor>()
    for (const [id, variable] of byId) {
      const gradient = arrived.take({ id })
      if (gradient !== null) found.set(variable.name, tf.reshape(gradient, variable.shape))
    }
    return found
  }
  const tiledFrom = ({ id }: tf.Tensor): tf.Tensor | undefined => {
    const producer = producers.get(id)
    return producer?.kernel === 'Tile' ? producer.inputs[0]?.[1] : undefined
  }
  return { moved, tiledFrom, pullBack }
}

/** What a kernel does to the places of elements: nothing, a known exchange, or a part of them taken. Undefined where it does more. */
function stepOf(
  { kernel, attributes, outputs }: TapeNode,
  output: tf.Tensor,
): { readonly path: string; readonly part?: string } | undefined {
  switch (kernel) {
    case 'Identity':
    case 'Reshape':
    case 'ExpandDims':
      return { path: '' }
    case 'Transpose':
      return { path: `transpose ${attributes['perm']}` }
    case 'SplitV': {
      const cut = `split ${attributes['axis']} ${JSON.stringify(attributes['numOrSizeSplits'])}`
      return { path: `${cut} ${outputs.findIndex(({ id }) => id === output.id)}`, part: cut }
    }
    default:
      return undefined
  }
}
