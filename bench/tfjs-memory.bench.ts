/**
 * The most memory that tensors and the arena hold during a step of training: `dpOptimizer`'s beside the stock one, on wasm.
 */
import '@tensorflow/tfjs'
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-wasm'
import * as tl from '@tensorflow/tfjs-layers'
import { arenaBytes } from '../src/tfjs/host/arena.ts'
import { dpOptimizer, registerWasmKernels } from '../src/tfjs/index.ts'
import type { BenchTable } from './table.ts'

const { layers: l } = tl
type Case = {
  readonly what: string
  readonly layers: () => tl.layers.Layer[]
  readonly x: (n: number) => tf.Tensor
  readonly batch: number
}

const cnn = (): tl.layers.Layer[] => [
  l.conv2d({ filters: 16, kernelSize: 8, strides: 2, padding: 'same', activation: 'relu', inputShape: [28, 28, 1] }),
  l.maxPooling2d({ poolSize: 2, strides: 1 }),
  l.conv2d({ filters: 32, kernelSize: 4, strides: 2, activation: 'relu' }),
  l.maxPooling2d({ poolSize: 2, strides: 1 }),
  l.flatten(),
  l.dense({ units: 32, activation: 'relu' }),
  l.dense({ units: 10, activation: 'softmax' }),
]
const cases: readonly Case[] = [
  {
    what: 'MLP 784-128-10, batch 256',
    layers: () => [l.dense({ units: 128, inputShape: [784], activation: 'relu' }), l.dense({ units: 10, activation: 'softmax' })],
    x: (n) => tf.randomUniform([n, 784]),
    batch: 256,
  },
  { what: 'CNN, batch 64', layers: cnn, x: (n) => tf.randomUniform([n, 28, 28, 1]), batch: 64 },
  { what: 'CNN, batch 256', layers: cnn, x: (n) => tf.randomUniform([n, 28, 28, 1]), batch: 256 },
  {
    what: 'embedding and LSTM, batch 64',
    layers: () => [
      l.embedding({ inputDim: 2000, outputDim: 32, inputLength: 40 }),
      l.lstm({ units: 64, recurrentInitializer: 'glorotNormal' }),
      l.dense({ units: 10, activation: 'softmax' }),
    ],
    x: (n) => tf.randomUniform([n, 40], 0, 2000, 'int32'),
    batch: 64,
  },
]

/** The most bytes at any kernel of a step, the third of three. */
async function peak({ layers, x, batch }: Case, optimizer: tf.Optimizer): Promise<number> {
  const model = tl.sequential({ layers: layers() })
  model.compile({ optimizer, loss: 'categoricalCrossentropy' })
  const data = x(batch)
  const labels = tf.cast(tf.oneHot(tf.randomUniform([batch], 0, 10, 'int32') as tf.Tensor1D, 10), 'float32')
  for (let i = 0; i < 2; i++) await model.trainOnBatch(data, labels)
  const engine = tf.engine() as unknown as { runKernel: (...given: unknown[]) => unknown; state: { numBytes: number } }
  const own = engine.runKernel
  let most = 0
  engine.runKernel = (...given) => {
    const result = own.apply(engine, given)
    most = Math.max(most, engine.state.numBytes)
    return result
  }
  await model.trainOnBatch(data, labels)
  engine.runKernel = own
  model.dispose()
  tf.dispose([data, labels])
  return most
}

export async function run(): Promise<BenchTable> {
  await tf.setBackend('wasm')
  await tf.ready()
  registerWasmKernels()
  const rows: Record<string, string | number>[] = []
  const megabytes = (bytes: number): number => Number((bytes / 1e6).toPrecision(3))
  for (const one of cases) {
    const stock = await peak(one, tf.train.adam(1e-3))
    const options = { l2NormClip: 1, noiseMultiplier: 1, expectedBatchSize: one.batch }
    const tensors = await peak(one, dpOptimizer(tf.train.adam(1e-3), options))
    const all = tensors + arenaBytes()
    rows.push({
      what: one.what,
      'stock MB': megabytes(stock),
      'private MB': megabytes(all),
      ratio: Number((all / stock).toFixed(2)),
    })
  }
  return { name: 'most memory during a step of training, wasm', rows }
}
