import * as tf from '@tensorflow/tfjs-core'
import type { BatchLane } from '../../src/tfjs/lane.ts'
import { matMul, pad, resize, spatial, square } from './lane-images.ts'
import { type Input, kernel, type Maker, size, type Trial } from './lane-support.ts'

type Make = (all: Maker) => Trial
type T4 = tf.Tensor4D
type T5 = tf.Tensor5D

const unary =
  (name: string, attributes: object = {}, dtype: 'float32' | 'bool' = 'float32'): Make =>
  (all) => ({ inputs: [all.batch(undefined, dtype)], run: kernel(name, ['x'], attributes) })

/** Something to go with a tensor of examples: examples too (at the same places or not), or none, broadcast or not. */
const operand = (all: Maker, { tensor, lane }: { tensor: tf.Tensor; lane: BatchLane }, dtype: 'float32' | 'bool'): Input => {
  const shape = tensor.shape
  const kind = all.below(6)
  if (kind <= 1) return { tensor: all.tensor(shape, dtype), lane }
  if (kind === 2) {
    const thin = shape.map((n, i) => (i === lane.axis || all.maybe() ? n : 1))
    return { tensor: all.tensor(thin, dtype), lane }
  }
  if (kind === 3 && lane.axis > 0) return { tensor: all.tensor(shape.slice(1), dtype), lane: { ...lane, axis: lane.axis - 1 } }
  if (kind === 4) {
    const axis = all.below(shape.length)
    const other = { ...lane, axis }
    if (shape[axis] === shape[lane.axis]) return { tensor: all.tensor(shape, dtype), lane: other }
  }
  return {
    tensor: all.tensor(
      shape.slice(all.below(shape.length)).map((n) => (all.maybe() ? n : 1)),
      dtype,
    ),
  }
}

const binary =
  (name: string, names: readonly [string, string] = ['a', 'b'], dtype: 'float32' | 'bool' = 'float32'): Make =>
  (all) => {
    const first = all.batch(undefined, dtype)
    const second = operand(all, first, dtype)
    const swapped = all.maybe() && name !== 'Prelu'
    return { inputs: swapped ? [second, first] : [first, second], run: kernel(name, names) }
  }

const reduction =
  (name: string, dtype: 'float32' | 'bool' = 'float32'): Make =>
  (all) => {
    const given = all.batch(undefined, dtype)
    const { rank } = given.tensor
    const axes = Array.from({ length: rank }, (_, i) => i).filter(() => all.maybe())
    const keepDims = all.maybe()
    const named: Record<string, (x: tf.Tensor) => tf.Tensor> = {
      Mean: (x) => tf.mean(x, axes, keepDims),
      Sum: (x) => tf.sum(x, axes, keepDims),
      Max: (x) => tf.max(x, axes, keepDims),
      Min: (x) => tf.min(x, axes, keepDims),
      Prod: (x) => tf.prod(x, axes, keepDims),
      Any: (x) => tf.any(x, axes, keepDims),
      All: (x) => tf.all(x, axes, keepDims),
    }
    // The operations move axes to the back before some kernels run: those are asked by name.
    const raw = name === 'Max' ? { reductionIndices: axes, keepDims } : { axis: axes, keepDims }
    return {
      inputs: [given],
      run: all.maybe() ? kernel(name, ['x'], raw) : ([x]) => (named[name] as (x: tf.Tensor) => tf.Tensor)(x as tf.Tensor),
    }
  }

const best =
  (name: string): Make =>
  (all) => {
    const given = all.batch()
    return { inputs: [given], run: kernel(name, ['x'], { axis: all.axis(given.tensor.rank) }) }
  }

const scan =
  (name: string): Make =>
  (all) => {
    const given = all.batch()
    const [exclusive, reverse] = [all.maybe(), all.maybe()]
    // Of a negative axis wasm makes an access out of bounds, which breaks it for good.
    const axis = all.below(given.tensor.rank)
    const scanning = name === 'Cumsum' ? tf.cumsum : tf.cumprod
    return {
      inputs: [given],
      run: all.maybe()
        ? kernel(name, ['x'], { axis, exclusive, reverse })
        : ([x]) => scanning(x as tf.Tensor, axis, exclusive, reverse),
    }
  }

/** Several tensors of examples of one shape, one of them perhaps without or with them elsewhere. */
const several = (all: Maker, differAt?: (rank: number) => number): Input[] => {
  const first = all.batch()
  const axis = differAt?.(first.tensor.rank)
  const { shape, rank } = first.tensor
  const along = axis === undefined ? undefined : axis < 0 ? axis + rank : axis
  const more = Array.from({ length: 1 + all.below(2) }, (): Input => {
    const other = shape.map((n, i) => (i === along && along !== first.lane.axis ? 1 + all.below(3) : n))
    const kind = all.below(4)
    if (kind === 0) return { tensor: all.tensor(other) }
    const axis = kind === 1 ? all.below(rank) : first.lane.axis
    return { tensor: all.tensor(other), lane: other[axis] === shape[first.lane.axis] ? { ...first.lane, axis } : first.lane }
  })
  return [first, ...more]
}

const factorised = (all: Maker, n: number): number[] => {
  const shape: number[] = []
  let left = n
  while (left > 1 && shape.length < 4) {
    const divisors = Array.from({ length: left }, (_, i) => i + 1).filter((d) => left % d === 0)
    const next = shape.length === 3 ? left : all.one(divisors)
    shape.push(next)
    left /= next
  }
  return left > 1 ? [...shape, left] : shape.length === 0 ? [1] : shape
}

const normalised =
  (run: (x: tf.Tensor) => tf.Tensor): Make =>
  (all) => ({ inputs: [all.batch()], run: ([x]) => run(x as tf.Tensor) })

const unaries = [
  ...['Identity', 'Neg', 'Abs', 'Sign', 'Floor', 'Ceil', 'Round', 'ZerosLike', 'OnesLike'],
  ...['Square', 'Sqrt', 'Rsqrt', 'Reciprocal', 'Exp', 'Expm1', 'Log', 'Log1p', 'Erf', 'IsNan', 'IsInf', 'IsFinite'],
  ...['Relu', 'Relu6', 'Elu', 'Selu', 'Softplus', 'Sigmoid', 'Tanh'],
  ...['Sin', 'Cos', 'Tan', 'Asin', 'Acos', 'Atan', 'Sinh', 'Cosh', 'Asinh', 'Acosh', 'Atanh'],
]
const binaries = [
  ...['Add', 'Sub', 'Multiply', 'RealDiv', 'Maximum', 'Minimum', 'Pow', 'SquaredDifference', 'Mod', 'Atan2', 'FloorDiv'],
  ...['Equal', 'NotEqual', 'Greater', 'GreaterEqual', 'Less', 'LessEqual'],
]

/** Random calls of every kernel: some that keep examples apart, some that don't. */
export const trials: Readonly<Record<string, Make>> = {
  ...Object.fromEntries(unaries.map((name) => [name, unary(name)])),
  Cast: (all) => unary('Cast', { dtype: all.one(['float32', 'int32', 'bool']) })(all),
  Step: unary('Step', { alpha: 0.1 }),
  LeakyRelu: unary('LeakyRelu', { alpha: 0.1 }),
  ClipByValue: unary('ClipByValue', { clipValueMin: 0.2, clipValueMax: 0.6 }),
  LogicalNot: unary('LogicalNot', {}, 'bool'),
  logSigmoid__op: normalised((x) => tf.logSigmoid(x)),
  ...Object.fromEntries(binaries.map((name) => [name, binary(name)])),
  Prelu: binary('Prelu', ['x', 'alpha']),
  ...Object.fromEntries(['LogicalAnd', 'LogicalOr', 'LogicalXor'].map((name) => [name, binary(name, ['a', 'b'], 'bool')])),
  AddN: (all) => ({ inputs: several(all), run: kernel('AddN', undefined) }),
  FusedBatchNorm: (all) => {
    const x = all.batch(4)
    const four = Array.from({ length: 4 }, (): Input => ({ tensor: all.tensor([x.tensor.shape[3] as number]) }))
    return {
      inputs: [x, ...four],
      run: kernel('FusedBatchNorm', ['x', 'mean', 'variance', 'offset', 'scale'], { varianceEpsilon: 0.1 }),
    }
  },
  Select: (all) => {
    const [t, e] = [all.batch(), undefined]
    const same = (dtype: 'float32' | 'bool'): Input =>
      all.maybe() ? { tensor: all.tensor(t.tensor.shape, dtype), lane: t.lane } : { tensor: all.tensor(t.tensor.shape, dtype) }
    const row: Input = { tensor: all.tensor([t.tensor.shape[0] as number], 'bool') }
    return {
      inputs: [all.below(4) === 0 ? row : same('bool'), t, e ?? same('float32')],
      run: kernel('Select', ['condition', 't', 'e']),
    }
  },
  Softmax: normalised((x) => tf.softmax(x)),
  logSoftmax__op: normalised((x) => tf.logSoftmax(x)),
  softmaxCrossEntropy__op: (all) => {
    const x = all.batch(2)
    const labels: Input = all.maybe()
      ? { tensor: all.tensor(x.tensor.shape), lane: x.lane }
      : { tensor: all.tensor(x.tensor.shape) }
    return { inputs: [labels, x], run: ([a, b]) => tf.losses.softmaxCrossEntropy(a as tf.Tensor, b as tf.Tensor) }
  },
  Reshape: (all) => {
    const x = all.batch()
    return { inputs: [x], run: kernel('Reshape', ['x'], { shape: factorised(all, size(x.tensor.shape)) }) }
  },
  ExpandDims: (all) => {
    const x = all.batch(1 + all.below(3))
    return { inputs: [x], run: kernel('ExpandDims', ['input'], { dim: all.axis(x.tensor.rank + 1) }) }
  },
  Slice: (all) => {
    const x = all.batch()
    const begin = x.tensor.shape.map((n, i) => (i === x.lane.axis && all.below(4) > 0 ? 0 : all.below(n)))
    const sizes = begin.map((b, i) => {
      const left = (x.tensor.shape[i] as number) - b
      return i === x.lane.axis && b === 0 && all.below(4) > 0 ? left : 1 + all.below(left)
    })
    return { inputs: [x], run: kernel('Slice', ['x'], { begin, size: sizes }) }
  },
  PadV2: (all) => {
    const x = all.batch()
    const paddings = x.tensor.shape.map((_, i) => (i === x.lane.axis && all.below(4) > 0 ? [0, 0] : [all.below(3), all.below(3)]))
    return { inputs: [x], run: kernel('PadV2', ['x'], { paddings, constantValue: 0.3 }) }
  },
  MirrorPad: (all) => {
    const x = all.batch()
    const paddings = x.tensor.shape.map((n, i) =>
      n < 2 || (i === x.lane.axis && all.below(4) > 0) ? [0, 0] : [all.below(2), all.below(2)],
    )
    return { inputs: [x], run: kernel('MirrorPad', ['x'], { paddings, mode: all.one(['reflect', 'symmetric']) }) }
  },
  Tile: (all) => {
    const x = all.batch()
    const reps = x.tensor.shape.map((_, i) => (i === x.lane.axis && all.below(4) > 0 ? 1 : 1 + all.below(2)))
    return { inputs: [x], run: kernel('Tile', ['x'], { reps }) }
  },
  Cumsum: scan('Cumsum'),
  Cumprod: scan('Cumprod'),
  ...Object.fromEntries(['Mean', 'Sum', 'Max', 'Min', 'Prod'].map((name) => [name, reduction(name)])),
  ...Object.fromEntries(['Any', 'All'].map((name) => [name, reduction(name, 'bool')])),
  ArgMax: best('ArgMax'),
  ArgMin: best('ArgMin'),
  Transpose: (all) => {
    const x = all.batch()
    const perm = x.tensor.shape.map((_, i) => [all.below(1000), i] as const).toSorted(([a], [b]) => a - b)
    return { inputs: [x], run: kernel('Transpose', ['x'], { perm: perm.map(([, i]) => i) }) }
  },
  Concat: (all) => {
    let axis = 0
    const inputs = several(all, (rank) => {
      axis = all.axis(rank)
      return axis
    })
    return { inputs, run: (tensors) => tf.concat([...tensors], axis) }
  },
  Pack: (all) => {
    const inputs = several(all)
    const axis = all.axis((inputs[0] as Input).tensor.rank + 1)
    return { inputs, run: kernel('Pack', undefined, { axis }) }
  },
  Unpack: (all) => {
    const x = all.batch(2 + all.below(2))
    return { inputs: [x], run: kernel('Unpack', ['value'], { axis: all.axis(x.tensor.rank) }) }
  },
  SplitV: (all) => {
    const x = all.batch()
    const axis = all.axis(x.tensor.rank)
    const n = x.tensor.shape.at(axis) as number
    const first = 1 + all.below(n)
    const numOrSizeSplits = all.maybe() ? n : first === n ? [n] : [first, n - first]
    return { inputs: [x], run: kernel('SplitV', ['x'], { numOrSizeSplits, axis }) }
  },
  StridedSlice: (all) => {
    const x = all.batch()
    const { shape } = x.tensor
    const ends = shape.map((n, i): [number, number, number] => {
      if (i === x.lane.axis && all.below(4) > 0) return [0, n, 1]
      return all.one([
        [0, n, 1],
        [0, n, 2],
        [n - 1, -n - 1, -1],
        [1, n, 1],
        [-1, -n - 1, -2],
      ] as [number, number, number][])
    })
    const [begin, end, strides] = [0, 1, 2].map((i) => ends.map((one) => one[i] as number)) as [number[], number[], number[]]
    const mask = (): number => (all.below(4) === 0 ? all.below(1 << shape.length) : 0)
    const masks = { beginMask: mask(), endMask: mask(), ellipsisMask: 0, newAxisMask: mask(), shrinkAxisMask: mask() }
    return { inputs: [x], run: kernel('StridedSlice', ['x'], { begin, end, strides, ...masks }) }
  },
  Reverse: (all) => {
    const x = all.batch()
    return { inputs: [x], run: kernel('Reverse', ['x'], { dims: [all.axis(x.tensor.rank)] }) }
  },
  OneHot: (all) => ({
    inputs: [all.batch(1 + all.below(3), 'int32')],
    run: kernel('OneHot', ['indices'], { depth: 1 + all.below(3), onValue: 1, offValue: 0, dtype: 'float32' }),
  }),
  GatherV2: (all) => {
    const onIndices = all.maybe()
    const both = all.below(5) === 0
    const lane = all.lane(2)
    const indices: Input =
      onIndices || both
        ? { ...all.batch(1 + all.below(2), 'int32') }
        : { tensor: all.tensor(all.shape(1 + all.below(2)), 'int32') }
    const x: Input =
      onIndices && !both
        ? { tensor: all.tensor([2, ...all.shape(1)]) }
        : { tensor: all.tensor(all.shape(2, lane.axis, lane)), lane }
    const axis = all.axis(2)
    return (x.tensor.shape.at(axis) as number) < 2
      ? { inputs: [x, { tensor: tf.zeros([2], 'int32') }], run: kernel('GatherV2', ['x', 'indices'], { axis, batchDims: 0 }) }
      : { inputs: [x, indices], run: kernel('GatherV2', ['x', 'indices'], { axis, batchDims: all.below(5) === 0 ? 1 : 0 }) }
  },
  BatchMatMul: matMul(false),
  _FusedMatMul: matMul(true),
  Conv2D: spatial(
    4,
    (all) => {
      const [strides, padding] = [1 + all.below(2), pad(all)]
      return ([x, f]) => tf.conv2d(x as T4, f as T4, strides, padding)
    },
    square,
  ),
  FusedConv2D: spatial(
    4,
    (all) => {
      const padding = pad(all)
      return ([x, f]) => tf.fused.conv2d({ x: x as T4, filter: f as T4, strides: 1, pad: padding })
    },
    square,
  ),
  DepthwiseConv2dNative: spatial(
    4,
    (all) => {
      const padding = pad(all)
      return ([x, f]) => tf.depthwiseConv2d(x as T4, f as T4, 1, padding)
    },
    square,
  ),
  FusedDepthwiseConv2D: spatial(
    4,
    (all) => {
      const padding = pad(all)
      return ([x, f]) => tf.fused.depthwiseConv2d({ x: x as T4, filter: f as T4, strides: 1, pad: padding })
    },
    square,
  ),
  Conv3D: spatial(
    5,
    (all) => {
      const padding = pad(all)
      return ([x, f]) => tf.conv3d(x as T5, f as T5, 1, padding)
    },
    (all, channels) => [1 + all.below(2), ...square(all, channels)],
  ),
  Conv2DBackpropInput: spatial(
    4,
    () =>
      ([x, f]) => {
        const [n, h, w, c] = (x as T4).shape
        return tf.conv2dTranspose(x as T4, tf.transpose(f as T4, [0, 1, 3, 2]), [n, h, w, (f as T4).shape[3] + 0 * c], 1, 'same')
      },
    square,
  ),
  Conv3DBackpropInputV2: spatial(
    5,
    () =>
      ([x, f]) => {
        const [n, d, h, w] = (x as T5).shape
        return tf.conv3dTranspose(x as T5, tf.transpose(f as T5, [0, 1, 2, 4, 3]), [n, d, h, w, (f as T5).shape[4]], 1, 'same')
      },
    (all, channels) => [1 + all.below(2), ...square(all, channels)],
  ),
  MaxPool: spatial(4, (all) => {
    const [filter, strides, padding] = [1 + all.below(3), 1 + all.below(2), pad(all)]
    return ([x]) => tf.maxPool(x as T4, filter, strides, padding)
  }),
  AvgPool: spatial(4, (all) => {
    const [filter, strides, padding] = [1 + all.below(3), 1 + all.below(2), pad(all)]
    return ([x]) => tf.avgPool(x as T4, filter, strides, padding)
  }),
  MaxPool3D: spatial(5, (all) => {
    const [filter, strides, padding] = [1 + all.below(2), 1 + all.below(2), pad(all)]
    return ([x]) => tf.maxPool3d(x as T5, filter, strides, padding)
  }),
  AvgPool3D: spatial(5, (all) => {
    const [filter, strides, padding] = [1 + all.below(2), 1 + all.below(2), pad(all)]
    return ([x]) => tf.avgPool3d(x as T5, filter, strides, padding)
  }),
  ResizeBilinear: resize('ResizeBilinear'),
  ResizeNearestNeighbor: resize('ResizeNearestNeighbor'),
  LRN: spatial(4, (all) => {
    const radius = 1 + all.below(2)
    return ([x]) => tf.localResponseNormalization(x as T4, radius)
  }),
}
