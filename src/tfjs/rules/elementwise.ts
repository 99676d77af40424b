/**
 * Kernels that compute each element from the elements at its own place, with broadcasting.
 *
 * @module
 */

import { type BatchLane, sameLane } from '../lane.ts'
import { type KernelCall, type Rule, refuse } from './rule.ts'

const ofOne = [
  ...[
    'Identity',
    'Cast',
    'Neg',
    'Abs',
    'Sign',
    'Floor',
    'Ceil',
    'Round',
    'Step',
    'ClipByValue',
    'LogicalNot',
    'ZerosLike',
    'OnesLike',
  ],
  ...['Square', 'Sqrt', 'Rsqrt', 'Reciprocal', 'Exp', 'Expm1', 'Log', 'Log1p', 'Erf', 'IsNan', 'IsInf', 'IsFinite'],
  ...['Relu', 'Relu6', 'LeakyRelu', 'Elu', 'Selu', 'Softplus', 'Sigmoid', 'Tanh', 'logSigmoid__op'],
  ...['Sin', 'Cos', 'Tan', 'Asin', 'Acos', 'Atan', 'Sinh', 'Cosh', 'Asinh', 'Acosh', 'Atanh'],
]

/** Of these the gradient of an operand is an elementwise product that is then summed to its shape. */
export const broadcasting: ReadonlySet<string> = new Set([
  ...['Add', 'Sub', 'Multiply', 'RealDiv', 'Maximum', 'Minimum', 'Pow', 'SquaredDifference', 'Prelu', 'Mod', 'Atan2'],
])

const others = [
  ...['FloorDiv', 'Equal', 'NotEqual', 'Greater', 'GreaterEqual', 'Less', 'LessEqual', 'LogicalAnd', 'LogicalOr', 'LogicalXor'],
  // Centres and scales by what it is given: statistics of a batch would be refused for what they are.
  ...['AddN', 'FusedBatchNorm'],
]

const same: Rule = ({ batches: [{ lane }] }) => lane

const broadcast: Rule = ({ batches, output, batchSize }) => {
  const lanes = batches.map(({ lane, tensor }): BatchLane => ({ ...lane, axis: lane.axis + output.rank - tensor.rank }))
  const [lane] = lanes as [BatchLane]
  if (!lanes.every((other) => sameLane(lane, other))) refuse('combines tensors whose examples are at different places')
  if (output.shape[lane.axis] !== lane.outer * batchSize * lane.inner) refuse('broadcasts along the examples')
  return lane
}

/** Here operands are not broadcast from the right: only equal shapes are understood. */
const select: Rule = (call) => {
  if (call.inputs.some(({ tensor }) => tensor.rank !== call.output.rank)) refuse('selects by a condition of another shape')
  return broadcast(call)
}

/** Normalises along one axis. */
const alongLast = (axis: (call: KernelCall) => unknown): Rule => {
  return (call) => {
    const [{ lane, tensor }] = call.batches
    const given = axis(call)
    const along = typeof given === 'number' && given >= 0 ? given : tensor.rank + ((given as number | undefined) ?? -1)
    if (along === lane.axis) refuse('normalises along the examples')
    return broadcast(call)
  }
}

/** A custom gradient of tfjs: labels and logits in, one number a row out. */
const crossEntropy: Rule = ({ batches, inputs }) => {
  const [{ lane, tensor }] = batches
  if (inputs.some((input) => input.tensor.rank !== tensor.rank)) refuse('compares tensors of different shapes')
  if (!batches.every((other) => sameLane(lane, other.lane))) refuse('combines tensors whose examples are at different places')
  if (lane.axis === tensor.rank - 1) refuse('normalises along the examples')
  return lane
}

export const elementwise: readonly (readonly [kernel: string, rule: Rule])[] = [
  ...ofOne.map((kernel) => [kernel, same] as const),
  ...[...broadcasting, ...others].map((kernel) => [kernel, broadcast] as const),
  ['Select', select],
  ['Softmax', alongLast(({ attributes }) => attributes['dim'])],
  ['LogSoftmax', alongLast(({ attributes }) => attributes['axis'])],
  ['logSoftmax__op', alongLast(() => -1)],
  ['softmaxCrossEntropy__op', crossEntropy],
]
