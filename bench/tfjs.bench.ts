/**
 * A step of training: `dpOptimizer`'s beside the stock one of TensorFlow.js, the same model, batch and base optimizer, in turns. Stock wasm
 * lacks the kernels that a CNN and an embedding are trained with; it has ours here. Some minutes, most of them stock steps on the cpu.
 */
import '@tensorflow/tfjs'
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-wasm'
import * as tl from '@tensorflow/tfjs-layers'
import { dpOptimizer, registerWasmKernels } from '../src/tfjs/index.ts'
import { type BenchTable, figure, interleave } from './table.ts'

const { layers: l } = tl

type Case = {
  readonly what: string
  readonly layers: () => tl.layers.Layer[]
  readonly x: (n: number) => tf.Tensor
  readonly batch: number
  /** The most that a private step is to take, in stock steps: on wasm. */
  readonly goal: number
  /** Turns on the cpu backend, where stock steps take seconds. */
  readonly cpuRounds: number
}

const images = (n: number): tf.Tensor => tf.randomUniform([n, 28, 28, 1])
/** Of the MNIST tutorial of TensorFlow Privacy. */
const cnn = (): tl.layers.Layer[] => [
  l.conv2d({ filters: 16, kernelSize: 8, strides: 2, padding: 'same', activation: 'relu', inputShape: [28, 28, 1] }),
  l.maxPooling2d({ poolSize: 2, strides: 1 }),
  l.conv2d({ filters: 32, kernelSize: 4, strides: 2, activation: 'relu' }),
  l.maxPooling2d({ poolSize: 2, strides: 1 }),
  l.flatten(),
  l.dense({ units: 32, activation: 'relu' }),
  l.dense({ units: 10, activation: 'softmax' }),
]
const mlp = (): tl.layers.Layer[] => [
  l.dense({ units: 128, inputShape: [784], activation: 'relu' }),
  l.dense({ units: 10, activation: 'softmax' }),
]
const lstm = (): tl.layers.Layer[] => [
  l.embedding({ inputDim: 2000, outputDim: 32, inputLength: 40 }),
  l.lstm({ units: 64, recurrentInitializer: 'glorotNormal' }),
  l.dense({ units: 10, activation: 'softmax' }),
]
const words = (n: number): tf.Tensor => tf.randomUniform([n, 40], 0, 2000, 'int32')

const cases: readonly Case[] = [
  { what: 'MLP 784-128-10, B 256', layers: mlp, x: (n) => tf.randomUniform([n, 784]), batch: 256, goal: 0.5, cpuRounds: 7 },
  { what: 'CNN, B 64', layers: cnn, x: images, batch: 64, goal: 0.7, cpuRounds: 3 },
  { what: 'CNN, B 256', layers: cnn, x: images, batch: 256, goal: 0.7, cpuRounds: 1 },
  { what: 'Embedding + LSTM, B 64, T 40', layers: lstm, x: words, batch: 64, goal: 0.7, cpuRounds: 3 },
]

/** One step of each kind on one batch. */
function rivals({ layers, x, batch }: Case): {
  readonly stock: () => unknown
  readonly ours: () => unknown
  dispose: () => void
} {
  const data = x(batch)
  const labels = tf.tidy(() => tf.cast(tf.oneHot(tf.randomUniform([batch], 0, 10, 'int32') as tf.Tensor1D, 10), 'float32'))
  const trained = (optimizer: tf.Optimizer): tl.Sequential => {
    const model = tl.sequential({ layers: layers() })
    model.compile({ optimizer, loss: 'categoricalCrossentropy' })
    return model
  }
  const options = { l2NormClip: 1, noiseMultiplier: 1, expectedBatchSize: batch }
  const [stock, ours] = [trained(tf.train.adam(1e-3)), trained(dpOptimizer(tf.train.adam(1e-3), options))]
  return {
    stock: () => stock.trainOnBatch(data, labels),
    ours: () => ours.trainOnBatch(data, labels),
    dispose: () => {
      stock.dispose()
      ours.dispose()
      tf.dispose([data, labels])
    },
  }
}

export async function run(): Promise<BenchTable> {
  const rows: Record<string, string | number>[] = []
  // tfjs says on its first step by cpu that there are faster ways.
  tf.env().set('PROD', true)
  for (const backend of ['wasm', 'cpu']) {
    await tf.setBackend(backend)
    await tf.ready()
    registerWasmKernels()
    for (const one of cases) {
      const { stock, ours, dispose } = rivals(one)
      const turns = backend === 'wasm' ? { rounds: 15, minTimeMs: 100 } : { rounds: one.cpuRounds, minTimeMs: 1 }
      const { opsPerSecond, ratio } = await interleave({ stock, ours }, turns)
      rows.push({
        what: `${one.what}, ${backend}`,
        'stock ms': figure(1000 / opsPerSecond.stock),
        'private ms': figure(1000 / opsPerSecond.ours),
        ratio: figure(1 / ratio.ours),
        goal: backend === 'wasm' ? one.goal : 1,
      })
      dispose()
    }
  }
  return { name: 'a step of training: private over stock', rows }
}
