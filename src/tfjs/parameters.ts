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
  /** The way up to the split that it is a part of, and which part; both '' where it is all of the variable. */
  readonly cut: string
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
      if (variable !== undefined) {
        const path = steps.toReversed()
        // All of a split's parts have the same way up to the split.
        const cut = part === '' ? '' : path.slice(0, path.indexOf(part)).concat(part.replace(/ \d+$/, '')).join('; ')
        return { variable, path: [...path, `[${tensor.shape}]`].join('; '), cut, part }
      }
      const node = producers.get(here.id)
      const [input, second] = node?.inputs.filter(([, given]) => learns(given)) ?? []
      if (node === undefined || input === undefined || second !== undefined) return undefined
      const step = stepOf(node, here, input[1])
      if (step === undefined) return undefined
      if (step.cuts) {
        // Parts of parts are left to the general way.
        if (part !== '') return undefined
        part = step.path
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
  { shape }: tf.Tensor,
): { readonly path: string; readonly cuts?: boolean } | undefined {
  switch (kernel) {
    case 'Identity':
    case 'Reshape':
    case 'ExpandDims':
      return { path: '' }
    // The shape says how the elements were arranged as they were exchanged: a reshape may have come before.
    case 'Transpose':
      return { path: `transpose [${shape}] by ${attributes['perm']}` }
    case 'SplitV': {
      const sizes = JSON.stringify(attributes['numOrSizeSplits'])
      const part = outputs.findIndex(({ id }) => id === output.id)
      return { path: `split [${shape}] on ${attributes['axis']} into ${sizes}: ${part}`, cuts: true }
    }
    default:
      return undefined
  }
}
