import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { withoutArena } from '../../src/tfjs/host/arena.ts'
import { registerWasmKernels } from '../../src/tfjs/index.ts'
import { tensors, useBackend } from './backends.ts'

const { normal, integers } = tensors(9)

type Gradient = { readonly make: () => tf.Tensor[]; readonly of: (...inputs: tf.Tensor[]) => tf.Tensor }

/** Gradients that end in each of the kernels, in all inputs of the function. */
const gradients: Record<string, Gradient> = {
  'embedding (UnsortedSegmentSum)': {
    make: () => [normal(7, 3), integers(7, 5, 4)],
    of: (table, ids) => tf.square(tf.gather(table as tf.Tensor, ids as tf.Tensor2D)),
  },
  'convolution (Conv2DBackpropFilter)': {
    make: () => [normal(3, 7, 6, 2), normal(3, 2, 2, 5)],
    of: (x, filter) => tf.square(tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, [2, 1], 'same')),
  },
  'depthwise (both gradients)': {
    make: () => [normal(2, 6, 7, 3), normal(3, 3, 3, 2)],
    of: (x, filter) => tf.square(tf.depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, [2, 1], 'same')),
  },
  'depthwise, one filter a channel': {
    make: () => [normal(2, 6, 7, 3), normal(2, 3, 3, 1)],
    of: (x, filter) => tf.square(tf.depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'valid')),
  },
}

/** The values of all gradients, on the backend of the moment. */
function values(
  { of }: Gradient,
  inputs: readonly (readonly [Float32Array | Int32Array, number[], 'float32' | 'int32'])[],
): number[] {
  const given = inputs.map(([data, shape, type]) => tf.tensor(data, shape, type))
  const learned = given.filter(({ dtype }) => dtype === 'float32').map((tensor) => tf.variable(tensor))
  const { grads } = tf.variableGrads(() => {
    let at = 0
    return tf.sum(of(...given.map((tensor) => (tensor.dtype === 'float32' ? (learned[at++] as tf.Tensor) : tensor)))) as tf.Scalar
  }, learned)
  return learned.flatMap(({ name }) => [...(grads[name] as tf.Tensor).dataSync()])
}

describe.each(Object.entries(gradients))('%s', (_, gradient) => {
  beforeAll(registerWasmKernels)
  it.each([false, true])('on wasm as on cpu, without SIMD: %s', async (without) => {
    await useBackend('cpu')
    const inputs = gradient
      .make()
      .map((tensor) => [tensor.dataSync() as Float32Array, tensor.shape, tensor.dtype as 'float32'] as const)
    const expected = values(gradient, inputs)
    await useBackend('wasm')
    withoutArena(without)
    try {
      const found = values(gradient, inputs)
      const largest = Math.max(...expected.map(Math.abs))
      expect(found).toHaveLength(expected.length)
      for (const [i, value] of expected.entries()) expect(Math.abs((found[i] as number) - value)).toBeLessThan(largest * 5e-6)
    } finally {
      withoutArena(false)
    }
  })
})

it('registers what is missing, once, and replaces nothing', async () => {
  await useBackend('wasm')
  const before = tf.getKernel('Conv2D', 'wasm')
  const mine = tf.getKernel('UnsortedSegmentSum', 'wasm')
  registerWasmKernels()
  expect(tf.getKernel('Conv2D', 'wasm')).toBe(before)
  expect(tf.getKernel('UnsortedSegmentSum', 'wasm')).toBe(mine)
})
