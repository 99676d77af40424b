import * as tf from '@tensorflow/tfjs-core'
import * as tl from '@tensorflow/tfjs-layers'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { UnsupportedModelError } from '../../src/errors.ts'
import { dpOptimizer, selfTest } from '../../src/tfjs/index.ts'
import { tensors, useBackend } from './backends.ts'

const { layers: l } = tl
const { normal, oneHot } = tensors(61)
const chain = (...layers: tl.layers.Layer[]): tl.LayersModel => tl.sequential({ layers })
const loss = 'meanSquaredError'

let mended: (() => void) | undefined
afterEach(() => {
  mended?.()
  mended = undefined
})

/** Hands each image's result to the one before it. */
const mixing = (tensor: tf.Tensor): tf.Tensor => tf.concat([tf.slice(tensor, 1), tf.slice(tensor, 0, 1)], 0)

/** Puts something after a kernel. */
function spoil(kernelName: string, after: (made: tf.Tensor) => tf.Tensor): void {
  const sound = tf.getKernel(kernelName, 'cpu') as tf.KernelConfig
  const spoilt: tf.KernelFunc = (given) => {
    const made = sound.kernelFunc(given) as tf.TensorInfo
    return after(tf.engine().makeTensorFromTensorInfo(made))
  }
  tf.unregisterKernel(kernelName, 'cpu')
  tf.registerKernel({ ...sound, kernelFunc: spoilt })
  mended = () => {
    tf.unregisterKernel(kernelName, 'cpu')
    tf.registerKernel(sound)
  }
}

beforeAll(() => useBackend('cpu'))

describe('passes', () => {
  it('a network, and gives it back as it was', async () => {
    const model = chain(
      l.conv2d({ filters: 3, kernelSize: 3, inputShape: [6, 6, 1], activation: 'relu' }),
      l.averagePooling2d({ poolSize: 2 }),
      l.flatten(),
      l.dense({ units: 3, activation: 'softmax', kernelRegularizer: 'l1l2' }),
    )
    const optimizer = dpOptimizer(tf.train.sgd(1), { l2NormClip: 1, noiseMultiplier: 1, expectedBatchSize: 4 })
    model.compile({ optimizer, loss: 'categoricalCrossentropy', metrics: ['accuracy'] })
    const before = model.getWeights().map((weight) => [...weight.dataSync()])
    const batch = { x: normal(4, 6, 6, 1), y: oneHot(4, 3) }
    const tensorsBefore = tf.memory().numTensors
    const report = await selfTest(model, batch)
    expect(report).toMatchObject({ ok: true, examples: 4, findings: [] })
    expect(report.together).toBeLessThan(1e-5)
    expect(report.apart).toBeLessThan(1e-5)
    expect(model.getWeights().map((weight) => [...weight.dataSync()])).toEqual(before)
    expect(model.optimizer).toBe(optimizer)
    expect(optimizer.steps).toBe(0)
    expect(tf.memory().numTensors).toBe(tensorsBefore)
  })
  it('a loss written as a function', async () => {
    const w = tf.variable(normal(3, 2))
    const program = {
      variables: [w],
      loss: (x: tf.Tensor2D, y: tf.Tensor2D): tf.Scalar =>
        tf.mean(tf.square(tf.sub(tf.matMul(x, w as unknown as tf.Tensor2D), y))),
    }
    expect(await selfTest(program, { x: normal(3, 3), y: normal(3, 2) })).toMatchObject({ ok: true })
  })
  const image = { inputShape: [4, 4, 2] }
  const row = { inputShape: [6, 2] }
  it.each<[string, () => tl.LayersModel, number[]]>([
    [
      'upSampling2d, whose stock gradient is wrong',
      () =>
        chain(
          l.conv2d({ filters: 2, kernelSize: 1, ...image }),
          l.upSampling2d({ size: [2, 2] }),
          l.flatten(),
          l.dense({ units: 1 }),
        ),
      [4, 4, 2],
    ],
    [
      'maxPooling1d',
      () =>
        chain(
          l.conv1d({ filters: 2, kernelSize: 1, ...row }),
          l.maxPooling1d({ poolSize: 2 }),
          l.flatten(),
          l.dense({ units: 1 }),
        ),
      [6, 2],
    ],
    [
      'averagePooling1d',
      () =>
        chain(
          l.conv1d({ filters: 2, kernelSize: 1, ...row }),
          l.averagePooling1d({ poolSize: 2 }),
          l.flatten(),
          l.dense({ units: 1 }),
        ),
      [6, 2],
    ],
    [
      'globalMaxPooling2d',
      () => chain(l.conv2d({ filters: 2, kernelSize: 1, ...image }), l.globalMaxPooling2d({}), l.dense({ units: 1 })),
      [4, 4, 2],
    ],
    [
      'reLU and softmax',
      () => chain(l.dense({ units: 5, inputShape: [3] }), l.reLU(), l.dense({ units: 4 }), l.softmax(), l.dense({ units: 1 })),
      [3],
    ],
    [
      'cells in a stack',
      () => chain(l.rnn({ cell: [l.lstmCell({ units: 3 }), l.gruCell({ units: 2 })], ...row } as never), l.dense({ units: 1 })),
      [6, 2],
    ],
  ])('%s', async (_, model, shape) => {
    const report = await selfTest(model(), { x: normal(3, ...shape), y: normal(3, 1) }, { loss })
    expect(report.findings).toEqual([])
    expect(report.ok).toBe(true)
  })
})

describe('catches', () => {
  it.each(['AvgPoolGrad', 'ResizeBilinearGrad'])('a kernel whose gradient mixes examples: %s', async (kernel) => {
    spoil(kernel, mixing)
    const layer =
      kernel === 'AvgPoolGrad' ? l.averagePooling2d({ poolSize: 2 }) : l.upSampling2d({ size: [2, 2], interpolation: 'bilinear' })
    const model = chain(l.conv2d({ filters: 2, kernelSize: 1, inputShape: [4, 4, 1] }), layer, l.flatten(), l.dense({ units: 1 }))
    const report = await selfTest(model, { x: normal(4, 4, 4, 1), y: normal(4, 1) }, { loss })
    expect(report.ok).toBe(false)
    expect(report.findings.map(({ test }) => test)).toEqual(['together', 'apart'])
    expect(report.findings[0]).toMatchObject({ variable: expect.stringContaining('conv2d'), example: expect.any(Number) })
    expect(report.findings[0]?.problem).toMatch(/differs from what it is alone, by [\d.]+ of the largest/)
    expect(report.together).toBeGreaterThan(0.1)
  })
  it('a kernel that is wrong for batches, but mixes nothing', async () => {
    spoil('AvgPoolGrad', (made) => tf.mul(made, (made.shape[0] as number) > 1 ? 2 : 1))
    const model = chain(
      l.conv2d({ filters: 2, kernelSize: 1, inputShape: [4, 4, 1] }),
      l.averagePooling2d({ poolSize: 2 }),
      l.flatten(),
      l.dense({ units: 1 }),
    )
    const report = await selfTest(model, { x: normal(4, 4, 4, 1), y: normal(4, 1) }, { loss })
    expect(report.findings.map(({ test }) => test)).toEqual(['together'])
    expect(report.apart).toBeLessThan(1e-5)
  })
  it('a loss that is random, which it can not judge', async () => {
    const model = chain(l.dense({ units: 30, inputShape: [3] }), l.dropout({ rate: 0.5 }), l.dense({ units: 1 }))
    const report = await selfTest(model, { x: normal(4, 3), y: normal(4, 1) }, { loss })
    expect(report).toMatchObject({ ok: false, together: Number.NaN, findings: [{ test: 'random' }] })
  })
  it('what is refused anyway, by refusing', async () => {
    const model = chain(l.dense({ units: 3, inputShape: [3] }), l.batchNormalization(), l.dense({ units: 1 }))
    await expect(selfTest(model, { x: normal(4, 3), y: normal(4, 1) }, { loss })).rejects.toThrow(UnsupportedModelError)
    const fine = chain(l.dense({ units: 1, inputShape: [3] }))
    await expect(selfTest(fine, { x: normal(1, 3), y: normal(1, 1) }, { loss })).rejects.toThrow('"batch"')
    await expect(selfTest(fine, { x: normal(2, 3), y: normal(2, 1) }, { loss, tolerance: 0 })).rejects.toThrow('"tolerance"')
  })
})
