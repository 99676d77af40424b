import * as tf from '@tensorflow/tfjs-core'
import type { BatchLane } from '../../src/tfjs/lane.ts'
import { type Input, kernel, type Maker, type Trial } from './lane-support.ts'

type Run = Trial['run']
type Make = (all: Maker) => Trial

/** Images (or volumes) of examples, mostly first, and a filter. */
export const spatial =
  (rank: 4 | 5, run: (all: Maker) => Run, filter?: (all: Maker, channels: number) => number[]): Make =>
  (all) => {
    const lane: BatchLane = all.below(4) > 0 ? { kind: 'batch', axis: 0, outer: 1, inner: all.one([1, 2]) } : all.lane(rank)
    const channels = 1 + all.below(2)
    const shape = [...Array.from({ length: rank - 1 }, () => 3 + all.below(2)), channels]
    shape[0] = 1 + all.below(2)
    shape[lane.axis] = lane.outer * all.batchSize * lane.inner
    const image: Input = { tensor: all.tensor(shape), lane }
    const filters: Input[] = filter === undefined ? [] : [{ tensor: all.tensor(filter(all, shape.at(-1) as number)) }]
    return { inputs: [image, ...filters], run: run(all) }
  }
export const square = (all: Maker, channels: number): number[] => [1 + all.below(3), 1 + all.below(3), channels, 1 + all.below(2)]
export const pad = (all: Maker): 'same' | 'valid' => all.one(['same', 'valid'] as const)
export const resize =
  (name: string): Make =>
  (all) =>
    spatial(4, () => kernel(name, ['images'], { size: [1 + all.below(7), 1 + all.below(7)], ...all.one(corners) }))(all)
const corners = [
  { alignCorners: false, halfPixelCenters: false },
  { alignCorners: true, halfPixelCenters: false },
  { alignCorners: false, halfPixelCenters: true },
]

export const matMul =
  (fused: boolean): Make =>
  (all) => {
    const rank = fused ? 2 : all.one([2, 3, 3, 4])
    const [transposeA, transposeB] = [all.maybe(), all.maybe()]
    const [rows, inner, columns] = [1 + all.below(3), 1 + all.below(3), 1 + all.below(3)]
    const ahead = all.shape(rank - 2)
    const shapes = [transposeA ? [inner, rows] : [rows, inner], transposeB ? [columns, inner] : [inner, columns]].map((two) => [
      ...ahead.map((n) => (all.below(4) === 0 ? 1 : n)),
      ...two,
    ])
    const lane = all.lane(rank)
    const long = lane.outer * all.batchSize * lane.inner
    const both = all.below(3) === 0
    const which = all.below(2)
    const inputs = shapes.map((shape, i): Input => {
      const mine = both || i === which
      const at = both && all.below(4) === 0 ? { ...lane, axis: all.below(rank) } : lane
      const changed = shape.map((n, axis) => (axis === at.axis && (mine || all.maybe()) ? long : n))
      return mine ? { tensor: all.tensor(changed), lane: at } : { tensor: all.tensor(changed) }
    })
    // What is summed over has to be as long in both.
    const [a, b] = inputs as [Input, Input]
    const [ka, kb] = [a.tensor.shape[rank - (transposeA ? 2 : 1)], b.tensor.shape[rank - (transposeB ? 1 : 2)]]
    if (ka !== kb) {
      const shape = [...b.tensor.shape]
      shape[rank - (transposeB ? 1 : 2)] = ka as number
      inputs[1] = b.lane === undefined ? { tensor: all.tensor(shape) } : b
    }
    if (!fused) return { inputs, run: kernel('BatchMatMul', ['a', 'b'], { transposeA, transposeB }) }
    const bias = all.maybe()
      ? [all.tensor([all.maybe() ? 1 : ((inputs[1] as Input).tensor.shape[transposeB ? 0 : 1] as number)])]
      : []
    return {
      inputs: [...inputs, ...bias.map((tensor) => ({ tensor }))],
      run: ([a, b, c]) =>
        tf.fused.matMul({ a: a as tf.Tensor, b: b as tf.Tensor, transposeA, transposeB, ...(c ? { bias: c } : {}) }),
    }
  }
