/**
 * Gradients of a layer's input where tfjs's own way to them is slow: its wasm products of transposed matrices run at a tenth of the speed of
 * plain ones.
 *
 * @module
 */

import * as tf from '@tensorflow/tfjs-core'
import { convolutionShape } from './convolution.ts'
import { maxPoolInputInHost } from './host/pooling.ts'
import { convolutionInputInHost, matMul } from './host/products.ts'
import { product } from './lane.ts'
import type { TapeNode } from './recording.ts'

/** Weights that were turned already in this step, by their data: a recurrent layer has the same ones at every time. */
export type Turned = Map<object, tf.Tensor2D>

/** The gradient of the named inputs, or nothing where the general way is as good. */
export function activationGradients(
  node: TapeNode,
  dys: readonly (tf.Tensor | null)[],
  wanted: readonly string[],
  turned: Turned,
): Readonly<Record<string, tf.Tensor>> | undefined {
  const [name, second] = wanted
  const [dy] = dys
  if (name === undefined || second !== undefined || !dy) return undefined
  switch (node.kernel) {
    case 'BatchMatMul':
      return name === 'a' ? throughWeights(node, dy, name, node.saved[1], turned) : undefined
    case '_FusedMatMul':
      return name === '0' ? throughWeights(node, dy, name, node.saved[1], turned) : undefined
    case 'FusedConv2D':
      return name === '0' ? convolutionInput(node, dy, name, node.saved[0]) : undefined
    case 'Conv2D':
      return name === 'x' ? convolutionInput(node, dy, name, node.saved[1]) : undefined
    case 'MaxPool':
      return maxPoolInput(node, dy, name)
    default:
      return undefined
  }
}

/** dx = dy W^T, W turned first. */
function throughWeights(
  { attributes, inputs }: TapeNode,
  dy: tf.Tensor,
  name: string,
  weights: tf.Tensor | undefined,
  turned: Turned,
): Record<string, tf.Tensor> | undefined {
  const input = inputs.find(([known]) => known === name)?.[1]
  if (weights === undefined || input === undefined || attributes['transposeA'] === true) return undefined
  if (product(weights.shape.slice(0, -2)) !== 1) return undefined
  const flat: tf.Tensor2D = tf.reshape(weights, weights.shape.slice(-2) as [number, number])
  let upright = flat
  if (attributes['transposeB'] !== true) {
    upright = turned.get(weights.dataId) ?? tf.transpose<tf.Tensor2D>(flat)
    turned.set(weights.dataId, upright)
  }
  const rows = tf.reshape(dy, [-1, dy.shape.at(-1) as number]) as tf.Tensor2D
  return { [name]: tf.reshape(matMul(rows, upright), input.shape) }
}

/** The gradient that tfjs has for fused layers forms that of the filter as well. */
function convolutionInput(
  { attributes, inputs }: TapeNode,
  dy: tf.Tensor,
  name: string,
  filter: tf.Tensor | undefined,
): Record<string, tf.Tensor> | undefined {
  const input = inputs.find(([known]) => known === name)?.[1]
  if (filter === undefined || input === undefined) return undefined
  const shape = convolutionShape(input.shape, filter.shape, attributes)
  const inHost = shape === undefined ? undefined : convolutionInputInHost(dy, filter, shape)
  if (inHost !== undefined) return { [name]: inHost }
  const { strides, pad, dataFormat, dimRoundingMode, dilations } = attributes
  if (!tf.backend_util.tupleValuesAreOne((dilations ?? 1) as number)) return undefined
  const gradient = tf.engine().runKernel(
    'Conv2DBackpropInput',
    { dy, filter } as unknown as tf.NamedTensorMap,
    {
      ...{ strides, pad, dataFormat, dimRoundingMode },
      inputShape: input.shape,
    } as unknown as tf.NamedAttrMap,
  ) as tf.Tensor
  return { [name]: gradient }
}

function maxPoolInput({ attributes, saved }: TapeNode, dy: tf.Tensor, name: string): Record<string, tf.Tensor> | undefined {
  const [x] = saved
  const gradient = x === undefined ? undefined : maxPoolInputInHost(dy, x, attributes)
  return gradient === undefined ? undefined : { [name]: gradient }
}
