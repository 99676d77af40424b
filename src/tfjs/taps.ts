/**
 * Where examples meet a parameter: what each of them adds to its gradient, tapped off the backward pass.
 *
 * A kernel that has no tap of its own gets the slow one, which is exact for whatever keeps examples apart: its gradient, once for each example
 * with the other examples' part of the output's gradient set to zero.
 *
 * @module
 */

import * as tf from '@tensorflow/tfjs-core'
import type { Analysis } from './analysis.ts'
import type { Contribution } from './contribution.ts'
import { type ConvolutionShape, convolutionShape, patches } from './convolution.ts'
import { type BatchLane, batchFirst, product, sumBroadcast } from './lane.ts'
import type { TapeNode } from './recording.ts'
import { broadcasting } from './rules/elementwise.ts'

/** A node of the tape at which the gradient of its output has arrived, and the name of an operand that is a parameter. */
export type Tap = {
  readonly node: TapeNode
  readonly name: string
  readonly parameter: tf.Tensor
  readonly dy: tf.Tensor
  /** The gradients of all outputs, where there are several. */
  readonly dys: readonly (tf.Tensor | null)[]
  readonly lane: BatchLane
  readonly analysis: Analysis
}

type Tapper = (tap: Tap) => Contribution | undefined

/** What the examples add to the gradient of the parameter. */
export function contributionOf(tap: Tap): Contribution {
  const own = tappers.get(tap.node.kernel) ?? (broadcasting.has(tap.node.kernel) ? elementwise : undefined)
  return own?.(tap) ?? byExample(tap)
}

const input = ({ inputs }: TapeNode, name: string): tf.Tensor => inputs.find(([known]) => known === name)?.[1] as tf.Tensor
const saved = ({ node }: Tap, at: number): tf.Tensor => node.saved[at] as tf.Tensor

const broadcastSum = ({ dy, lane, analysis, parameter }: Tap, factor: tf.Tensor = dy): Contribution => ({
  kind: 'whole',
  g: sumBroadcast(factor, lane, analysis.batchSize, parameter.shape),
})

/** [batch, everything between, last]. */
const inRows = (tensor: tf.Tensor, lane: BatchLane, batchSize: number): tf.Tensor3D =>
  tf.reshape(batchFirst(tensor, lane, batchSize), [batchSize, -1, tensor.shape.at(-1) as number]) as tf.Tensor3D

/** The last two axes exchanged, in the tensor and in its lane. */
function turned(tensor: tf.Tensor, lane: BatchLane, batchSize: number): readonly [tf.Tensor, BatchLane] {
  const { rank } = tensor
  const axes = Array.from({ length: rank }, (_, i) => i)
  const result = tf.transpose(tensor, [...axes.slice(0, -2), rank - 1, rank - 2])
  if (batchSize === 1) return [result, { kind: 'batch', axis: 0, outer: 1, inner: result.shape[0] as number }]
  const axis = lane.axis < rank - 2 ? lane.axis : 2 * rank - 3 - lane.axis
  return [result, { ...lane, axis }]
}

/** out = x W, or W x: the gradient of W is a product over rows (or columns) of x and of out. */
const matMul: Tapper = (tap) => {
  const { node, name, parameter, dy, lane, analysis } = tap
  const { batchSize, laneOf } = analysis
  const fused = node.kernel === '_FusedMatMul'
  if (fused && name === '2') return broadcastSum(tap)
  if (product(parameter.shape.slice(0, -2)) !== 1) return undefined
  const right = name === (fused ? '1' : 'b')
  const other = input(node, right ? (fused ? '0' : 'a') : fused ? '1' : 'b')
  const { transposeA, transposeB } = node.attributes
  let x: readonly [tf.Tensor, BatchLane] = [saved(tap, right ? 0 : 1), laneOf(other) as BatchLane]
  let d: readonly [tf.Tensor, BatchLane] = [dy, lane]
  if (fused && dy.rank === 2 && x[0].rank === 3)
    x = [tf.reshape(x[0], x[0].shape.slice(1)), { ...x[1], axis: Math.max(0, x[1].axis - 1) }]
  if (x[0].rank !== dy.rank) return undefined
  // To x as [.., rows, inner] and out as [.., rows, outer]; rows of W x are its columns.
  const turn = right ? transposeA === true : transposeB !== true
  if (turn) x = turned(...x, batchSize)
  if (!right) d = turned(...d, batchSize)
  const inner = inRows(...x, batchSize)
  const outer = inRows(...d, batchSize)
  const upright = right ? transposeB !== true : transposeA === true
  return upright ? { kind: 'product', x: inner, d: outer } : { kind: 'product', x: outer, d: inner }
}

const convolution: Tapper = (tap) => {
  const { node, name, parameter, dy, analysis } = tap
  const fused = node.kernel === 'FusedConv2D'
  if (fused && name === '2') return broadcastSum(tap)
  if (name !== (fused ? '1' : 'filter')) return undefined
  const x = saved(tap, fused ? 1 : 0) as tf.Tensor4D
  const shape = convolutionShape(x.shape, parameter.shape, node.attributes)
  if (shape === undefined) return undefined
  const d = tf.reshape(dy, [analysis.batchSize, -1, parameter.shape[3] as number]) as tf.Tensor3D
  return ofImages(x, shape, d)
}

/** An example may have several images, one after the other: what the filter sees of them is then in a row. */
function ofImages(image: tf.Tensor4D, shape: ConvolutionShape, d: tf.Tensor3D): Contribution {
  const [batchSize] = d.shape
  if (shape.batchSize === batchSize) return { kind: 'convolution', image, shape, d }
  const seen = patches(image, shape)
  return { kind: 'product', x: tf.reshape(seen, [batchSize, -1, seen.shape[2]]), d }
}

/** The gradient of a convolution as a layer of its own: its output is that convolution's input. */
const transposedConvolution: Tapper = (tap) => {
  const { node, name, parameter, dy, analysis } = tap
  if (name !== 'filter') return undefined
  const shape = convolutionShape(dy.shape, parameter.shape, node.attributes)
  if (shape === undefined) return undefined
  const d = tf.reshape(saved(tap, 0), [analysis.batchSize, -1, parameter.shape[3] as number]) as tf.Tensor3D
  return ofImages(dy as tf.Tensor4D, shape, d)
}

/** Each channel has filters of its own. */
const depthwise: Tapper = (tap) => {
  const { node, name, parameter, dy, analysis } = tap
  if (name !== 'filter') return undefined
  const { batchSize } = analysis
  const [height, width, channels, multiplier] = parameter.shape as [number, number, number, number]
  const x = saved(tap, 0) as tf.Tensor4D
  const shape = convolutionShape(x.shape, [height, width, channels, channels * multiplier], node.attributes)
  if (shape === undefined) return undefined
  // An example may have several images, one after the other.
  const places = (shape.batchSize / batchSize) * shape.outHeight * shape.outWidth
  const taps = height * width
  const seen = tf.transpose(tf.reshape(patches(x, shape), [batchSize, places, taps, channels]), [0, 3, 2, 1])
  const d = tf.transpose(tf.reshape(dy, [batchSize, places, channels, multiplier]), [0, 2, 1, 3])
  const g = tf.matMul(
    tf.reshape(seen, [batchSize * channels, taps, places]),
    tf.reshape(d, [batchSize * channels, places, multiplier]) as tf.Tensor3D,
  )
  const byTap = tf.transpose(tf.reshape(g, [batchSize, channels, taps, multiplier]), [0, 2, 1, 3])
  return { kind: 'whole', g: tf.reshape(byTap, [batchSize, ...parameter.shape]) }
}

const gather: Tapper = (tap) => {
  const { node, name, parameter, dy, lane, analysis } = tap
  const { batchSize, laneOf } = analysis
  const { axis, batchDims } = node.attributes
  if (name !== 'x' || (axis ?? 0) !== 0 || batchDims) return undefined
  const indicesLane = laneOf(input(node, 'indices'))
  if (indicesLane.kind !== 'batch') return undefined
  const width = product(parameter.shape.slice(1))
  const indices = batchFirst(tf.cast(saved(tap, 1), 'int32'), indicesLane, batchSize)
  return {
    kind: 'rows',
    indices: tf.reshape(indices, [batchSize, -1]) as tf.Tensor2D,
    d: tf.reshape(batchFirst(dy, lane, batchSize), [batchSize, -1, width]) as tf.Tensor3D,
  }
}

const batchNorm: Tapper = (tap) => {
  const { node, name, dy } = tap
  if (name === 'offset') return broadcastSum(tap)
  if (name !== 'scale') return undefined
  const [x, mean, variance] = [saved(tap, 0), saved(tap, 1), saved(tap, 2)]
  const deviation = tf.rsqrt(tf.add(variance, node.attributes['varianceEpsilon'] as number))
  return broadcastSum(tap, tf.mul(dy, tf.mul(tf.sub(x, mean), deviation)))
}

/** The gradient of each element of the operand as it was broadcast, summed to its shape for each example. */
const elementwise: Tapper = (tap) => {
  const { node, name, dy, dys } = tap
  if (node.kernel === 'Add' || (node.kernel === 'Sub' && name === 'a')) return broadcastSum(tap)
  const config = tf.getGradient(node.kernel)
  const at = config?.inputsToSave?.indexOf(name) ?? -1
  if (config === undefined || at < 0) return byExample(tap)
  const full = [...node.saved]
  full[at] = tf.broadcastTo(saved(tap, at), dy.shape as [number])
  const gradient = config.gradFunc(dys[0] as tf.Tensor, full, node.attributes as tf.NamedAttrMap)
  return broadcastSum(tap, (gradient as Record<string, () => tf.Tensor>)[name]?.())
}

function byExample({ node, name, dys, lane, analysis }: Tap): Contribution {
  const { batchSize } = analysis
  const { axis, outer, inner } = lane
  const rows = Array.from({ length: batchSize }, (_, example) =>
    tf.tidy(() => {
      const alone = tf.reshape(tf.oneHot(tf.tensor1d([example], 'int32'), batchSize), [1, batchSize, 1])
      const along = tf.reshape(tf.tile(alone, [outer, 1, inner]), [-1])
      const masked = dys.map((d) => {
        if (d === null) return null
        const mask = tf.reshape(along, [...Array<number>(axis).fill(1), -1, ...Array<number>(d.rank - axis - 1).fill(1)])
        return tf.where(tf.broadcastTo(tf.cast(mask, 'bool'), d.shape as [number]), d, tf.zerosLike(d))
      })
      return node.gradient?.(masked)[name]?.() as tf.Tensor
    }),
  )
  return { kind: 'whole', g: tf.stack(rows) }
}

const tappers: ReadonlyMap<string, Tapper> = new Map([
  ['BatchMatMul', matMul],
  ['_FusedMatMul', matMul],
  ['Conv2D', convolution],
  ['FusedConv2D', convolution],
  ['Conv2DBackpropInput', transposedConvolution],
  ['DepthwiseConv2dNative', depthwise],
  ['GatherV2', gather],
  ['FusedBatchNorm', batchNorm],
])
