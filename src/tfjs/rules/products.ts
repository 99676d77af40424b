/**
 * Products of matrices, and kernels that look at the neighbourhood of a place in an image or a sequence.
 *
 * @module
 */

import { type BatchLane, product, sameLane } from '../lane.ts'
import { type KernelCall, type LanedTensor, type Rule, refuse } from './rule.ts'

/** The operands of a product, by the names of the kernel or of the custom gradient that hides it. */
export const operands = (inputs: readonly LanedTensor[]): readonly [left: LanedTensor, right: LanedTensor] => {
  const by = (...names: string[]): LanedTensor => inputs.find(({ name }) => names.includes(name)) ?? refuse('has no operands')
  return [by('a', '0'), by('b', '1')]
}

/** Where a product has the examples of one of its operands. */
function throughProduct({ lane, tensor }: LanedTensor<BatchLane>, transposed: boolean, right: boolean, rank: number): BatchLane {
  const fromEnd = tensor.rank - 1 - lane.axis
  if (fromEnd >= 2) return { ...lane, axis: rank - 1 - fromEnd }
  const isRow = fromEnd === (transposed ? 0 : 1)
  if (isRow === right) refuse('sums over the examples')
  return { ...lane, axis: right ? rank - 1 : rank - 2 }
}

const withoutOnes = (shape: readonly number[]): string => shape.join().replace(/^(1,)+/, '')

/** The kernels count matrices around and around: right for equal batches of them, and for one matrix to many. */
const pairs = (left: readonly number[], right: readonly number[]): boolean =>
  product(left) === 1 || product(right) === 1 || withoutOnes(left) === withoutOnes(right)

const matMul: Rule = ({ inputs, attributes, output, batchSize }) => {
  const [left, right] = operands(inputs)
  const sides = [
    [left, attributes['transposeA'] === true, false],
    [right, attributes['transposeB'] === true, true],
  ] as const
  const lanes = sides.flatMap(([operand, transposed, isRight]) =>
    operand.lane.kind === 'batch' ? [throughProduct(operand as LanedTensor<BatchLane>, transposed, isRight, output.rank)] : [],
  )
  const [lane] = lanes
  const others = inputs.filter((input) => input !== left && input !== right)
  if (lane === undefined || others.some((other) => other.lane.kind === 'batch')) return refuse('has examples in its bias')
  // Of one number tfjs's wasm reads as many as there are columns: whatever is in memory there.
  if (others.some(({ tensor }) => tensor.size !== output.shape.at(-1))) refuse('adds a bias of another size than its output has')
  if (!pairs(left.tensor.shape.slice(0, -2), right.tensor.shape.slice(0, -2)))
    refuse('broadcasts batches of matrices, which tfjs pairs wrongly')
  if (!lanes.every((other) => sameLane(lane, other))) refuse('multiplies examples with each other')
  if (lane.axis < 0 || output.shape[lane.axis] !== lane.outer * batchSize * lane.inner) refuse('broadcasts along the examples')
  return lane
}

/** Examples come first, and only the first input has any: filters are nobody's. */
const spatial: Rule = ({ batches, inputs }: KernelCall) => {
  const [{ lane, name }] = batches
  if (batches.length > 1 || name !== inputs[0]?.name) refuse('filters by the data of examples')
  if (lane.axis !== 0 || lane.outer !== 1) refuse('does not have the examples on its first axis')
  return lane
}

const spatialKernels = [
  ...['Conv2D', 'FusedConv2D', 'DepthwiseConv2dNative', 'FusedDepthwiseConv2D', 'Conv3D'],
  ...['Conv2DBackpropInput', 'Conv3DBackpropInputV2'],
  ...['MaxPool', 'AvgPool', 'MaxPool3D', 'AvgPool3D', 'ResizeBilinear', 'ResizeNearestNeighbor', 'LRN'],
]

export const products: readonly (readonly [kernel: string, rule: Rule])[] = [
  ...['BatchMatMul', '_FusedMatMul'].map((kernel) => [kernel, matMul] as const),
  ...spatialKernels.map((kernel) => [kernel, spatial] as const),
]
