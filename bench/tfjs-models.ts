/** The models whose steps of training are measured: what goes in, and how much of it. */
import * as tf from '@tensorflow/tfjs-core'
import * as tl from '@tensorflow/tfjs-layers'

const { layers: l } = tl

export type BenchModel = {
  readonly what: string
  readonly layers: () => tl.layers.Layer[]
  readonly x: (n: number) => tf.Tensor
  readonly batch: number
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

export const benchModels: Readonly<Record<'mlp' | 'smallCnn' | 'cnn' | 'lstm', BenchModel>> = {
  mlp: { what: 'MLP 784-128-10, B 256', layers: mlp, x: (n) => tf.randomUniform([n, 784]), batch: 256 },
  smallCnn: { what: 'CNN, B 64', layers: cnn, x: images, batch: 64 },
  cnn: { what: 'CNN, B 256', layers: cnn, x: images, batch: 256 },
  lstm: {
    what: 'Embedding + LSTM, B 64, T 40',
    layers: lstm,
    x: (n) => tf.randomUniform([n, 40], 0, 2000, 'int32'),
    batch: 64,
  },
}

/** One-hot labels of ten classes, at random. */
export const labels = (n: number): tf.Tensor =>
  tf.tidy(() => tf.cast(tf.oneHot(tf.randomUniform([n], 0, 10, 'int32') as tf.Tensor1D, 10), 'float32'))

export function compiled({ layers }: BenchModel, optimizer: tf.Optimizer): tl.Sequential {
  const model = tl.sequential({ layers: layers() })
  model.compile({ optimizer, loss: 'categoricalCrossentropy' })
  return model
}
