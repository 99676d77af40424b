/**
 * Kernels that move, cut, join or repeat elements, and those that reduce axes.
 *
 * @module
 */

import { type BatchLane, type Lane, product, sameLane } from '../lane.ts'
import { axesOf, axisOf, type KernelCall, type Rule, refuse } from './rule.ts'

/** The one tensor that has examples, where a kernel takes but one. */
const only = (call: KernelCall): KernelCall['batches'][0] =>
  call.batches.length === 1 ? call.batches[0] : refuse('takes more than one tensor of examples')

/** Of all the tensors with examples, if they agree and are as long as the output. */
const together = ({ batches }: KernelCall): BatchLane => {
  const [{ lane }] = batches
  if (!batches.every((other) => sameLane(lane, other.lane))) refuse('joins tensors whose examples are at different places')
  return lane
}

/**
 * Flattened, an element's example is that of its place (p * batch + b) * q; the new shape has an axis of examples where one
 * splits it that way.
 */
export function reshapedLane(
  shape: readonly number[],
  lane: BatchLane,
  batchSize: number,
  to: readonly number[],
): BatchLane | undefined {
  const preceding = product(shape.slice(0, lane.axis)) * lane.outer
  const following = product(shape.slice(lane.axis + 1)) * lane.inner
  let before = 1
  for (const [axis, size] of to.entries()) {
    const outer = preceding / before
    const inner = size / (outer * batchSize)
    if (Number.isInteger(outer) && Number.isInteger(inner) && inner * product(to.slice(axis + 1)) === following) {
      return { kind: 'batch', axis, outer, inner }
    }
    before *= size
  }
  return undefined
}

const reshape: Rule = (call) => {
  const { tensor, lane } = only(call)
  return reshapedLane(tensor.shape, lane, call.batchSize, call.output.shape) ?? refuse('reshapes the examples away')
}

const transpose: Rule = (call) => {
  const { lane } = only(call)
  const permutation = call.attributes['perm']
  if (!Array.isArray(permutation)) return refuse('has no permutation')
  return { ...lane, axis: permutation.indexOf(lane.axis) }
}

const concat: Rule = (call) => {
  const lane = together(call)
  if (axisOf(call.attributes['axis'], call.output.rank, 0) === lane.axis) refuse('joins along the examples')
  // What has no examples in it must be as long there: it is then as if each example had its part of it.
  return lane
}

const pack: Rule = (call) => {
  const lane = together(call)
  const axis = axisOf(call.attributes['axis'], call.output.rank, 0)
  return { ...lane, axis: axis <= lane.axis ? lane.axis + 1 : lane.axis }
}

const unpack: Rule = (call) => {
  const { lane, tensor } = only(call)
  const axis = axisOf(call.attributes['axis'], tensor.rank, 0)
  if (axis === lane.axis) refuse('takes the examples apart')
  return { ...lane, axis: axis < lane.axis ? lane.axis - 1 : lane.axis }
}

const split: Rule = (call) => {
  const { lane, tensor } = only(call)
  if (axisOf(call.attributes['axis'], tensor.rank, 0) === lane.axis) refuse('splits the examples')
  return lane
}

/** Cuts, pads, repeats along axes; that of the examples must stay as it is. */
const elsewhere: Rule = (call) => {
  const { lane, tensor } = only(call)
  if (call.output.rank !== tensor.rank || call.output.shape[lane.axis] !== tensor.shape[lane.axis])
    refuse('cuts or repeats the examples')
  return lane
}

const scan: Rule = (call) => {
  const { lane, tensor } = only(call)
  const axis = axisOf(call.attributes['axis'], tensor.rank, 0)
  if (axis === lane.axis) refuse('accumulates along the examples')
  // tfjs takes a negative axis for a place in a permutation, and mixes up what it moves.
  if (axis !== (call.attributes['axis'] ?? 0)) refuse('counts its axis from the end, which tfjs gets wrong')
  return lane
}

const stridedSlice: Rule = (call) => {
  const { lane, tensor } = only(call)
  const { strides, shrinkAxisMask, newAxisMask, ellipsisMask } = call.attributes
  if (shrinkAxisMask || newAxisMask || ellipsisMask) refuse('slices in a way that moves axes')
  if (!Array.isArray(strides) || (strides[lane.axis] ?? 1) !== 1) refuse('strides over the examples')
  if (call.output.rank !== tensor.rank) return refuse('slices in a way that moves axes')
  return elsewhere(call)
}

const reverse: Rule = (call) => {
  const { lane, tensor } = only(call)
  if (axesOf(call.attributes['dims'], tensor.rank).includes(lane.axis)) refuse('turns the order of the examples')
  return lane
}

const oneHot: Rule = (call) => only(call).lane

const gather: Rule = (call) => {
  const { lane } = only(call)
  const from = call.inputs.find(({ name }) => name === 'x')
  const indices = call.inputs.find(({ name }) => name === 'indices')
  if (from === undefined || indices === undefined || call.attributes['batchDims']) return refuse('gathers by example')
  const axis = axisOf(call.attributes['axis'], from.tensor.rank, 0)
  if (indices.lane.kind === 'batch') return { ...lane, axis: axis + lane.axis }
  if (axis === lane.axis) refuse('gathers examples')
  return { ...lane, axis: axis < lane.axis ? lane.axis + indices.tensor.rank - 1 : lane.axis }
}

/** Sums and means over examples end their lane; nothing else may reduce them. */
const reduce: Rule = (call): Lane => {
  const { lane, tensor } = only(call)
  const { kernel, attributes } = call
  const axes = axesOf(attributes['axis'] ?? attributes['reductionIndices'], tensor.rank)
  if (axes.includes(lane.axis)) {
    const terms = tensor.size / call.output.size
    // Of a single example the mean is the sum.
    if (call.batchSize === 1 && (kernel === 'Mean' || kernel === 'Sum')) return { kind: 'reduced', by: 'counted', terms }
    if (kernel === 'Mean') return { kind: 'reduced', by: 'mean', terms }
    if (kernel === 'Sum') return { kind: 'reduced', by: 'sum', terms }
    return refuse('reduces the examples by other than a sum or a mean')
  }
  const kept = call.output.rank === tensor.rank
  return { ...lane, axis: kept ? lane.axis : lane.axis - axes.filter((axis) => axis < lane.axis).length }
}

export const shapes: readonly (readonly [kernel: string, rule: Rule])[] = [
  ...['Reshape', 'ExpandDims'].map((kernel) => [kernel, reshape] as const),
  ...['Slice', 'PadV2', 'MirrorPad', 'Tile'].map((kernel) => [kernel, elsewhere] as const),
  ...['Cumsum', 'Cumprod'].map((kernel) => [kernel, scan] as const),
  ...['Mean', 'Sum', 'Max', 'Min', 'Prod', 'Any', 'All', 'ArgMax', 'ArgMin'].map((kernel) => [kernel, reduce] as const),
  ['Transpose', transpose],
  ['Concat', concat],
  ['Pack', pack],
  ['Unpack', unpack],
  ['SplitV', split],
  ['StridedSlice', stridedSlice],
  ['Reverse', reverse],
  ['OneHot', oneHot],
  ['GatherV2', gather],
]
