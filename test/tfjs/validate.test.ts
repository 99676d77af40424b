import * as tf from '@tensorflow/tfjs-core'
import * as tl from '@tensorflow/tfjs-layers'
import { beforeAll, describe, expect, it } from 'vitest'
import { UnsupportedModelError } from '../../src/errors.ts'
import { insecureSeeded } from '../../src/testing/index.ts'
import { dpOptimizer, fix, validate } from '../../src/tfjs/index.ts'
import { tensors, useBackend } from './backends.ts'

const { layers: l } = tl
const { normal } = tensors(53)
const values = (tensor: tf.Tensor): number[] => [...tensor.dataSync()]
const options = { l2NormClip: 1, noiseMultiplier: 1, expectedBatchSize: 6, insecureRandom: insecureSeeded(3) }

/** Keeps what it is given apart, and nobody knows. */
class Halving extends l.Layer {
  static className = 'Halving'
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.div(Array.isArray(inputs) ? (inputs[0] as tf.Tensor) : inputs, 2)
  }
}
tf.serialization.registerClass(Halving)

beforeAll(() => useBackend('cpu'))

describe('validate', () => {
  it('has nothing to say of a model without trouble, dropout included', () => {
    const model = tl.sequential({
      layers: [
        l.conv2d({ filters: 2, kernelSize: 3, inputShape: [6, 6, 1], activation: 'relu' }),
        l.maxPooling2d({ poolSize: 2 }),
        l.flatten(),
        l.dropout({ rate: 0.5 }),
        l.dense({ units: 2, activation: 'softmax' }),
      ],
    })
    expect(validate(model)).toEqual([])
    model.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy' })
    expect(validate(model)).toEqual([])
  })
  it('names what mixes examples, in wrappers and in models within models', () => {
    const inner = tl.sequential({
      layers: [l.dense({ units: 3, inputShape: [4] }), l.batchNormalization({ name: 'hidden' })],
      name: 'inner',
    })
    const model = tl.sequential({
      layers: [
        l.timeDistributed({ layer: inner as never, batchInputShape: [2, 5, 4] }),
        l.timeDistributed({ layer: l.batchNormalization({ name: 'wrapped' }) }),
        l.lstm({ units: 2, stateful: true, name: 'memory' }),
        new Halving({ name: 'own' }),
      ],
    })
    const found = validate(model)
    expect(found.map(({ severity, layer, kind }) => [severity, layer, kind])).toEqual([
      ['error', 'hidden', 'BatchNormalization'],
      ['error', 'wrapped', 'BatchNormalization'],
      ['error', 'memory', 'LSTM'],
      ['warning', 'own', 'Halving'],
    ])
    expect(found[0]?.remedy).toContain('fix(model)')
    expect(found[3]?.remedy).toContain('selfTest')
    expect(() => validate({} as never)).toThrow('"model"')
  })
  it.each(['sequential', 'functional'])('says that releasing after compile has no effect, and it has none: %s', async (kind) => {
    const dense = l.dense({ units: 3, inputShape: [4], name: `frozen_${kind}` })
    const last = l.dense({ units: 1, name: `last_${kind}`, trainable: false })
    const middle = l.dense({ units: 2 })
    let model: tl.LayersModel = tl.sequential({ layers: [dense, middle, last] })
    if (kind === 'functional') {
      const input = tl.input({ shape: [4] })
      model = tl.model({ inputs: input, outputs: last.apply(middle.apply(dense.apply(input))) as tl.SymbolicTensor })
    }
    model.compile({ optimizer: dpOptimizer(tf.train.sgd(1), options), loss: 'meanSquaredError' })
    expect(validate(model)).toEqual([])
    dense.trainable = false
    last.trainable = true
    expect(validate(model)).toMatchObject([
      { severity: 'warning', layer: `last_${kind}`, problem: expect.stringContaining('does not learn') },
    ])
    // Freezing works at once, releasing does not.
    const weights = (layer: tl.layers.Layer): number[] => [...(layer.getWeights()[0] as tf.Tensor).dataSync()]
    const before = [dense, last].map(weights)
    await model.fit(tf.randomNormal([8, 4]), tf.randomNormal([8, 1]), { batchSize: 4, epochs: 1, verbose: 0 })
    expect([dense, last].map(weights)).toEqual(before)
    model.compile({ optimizer: dpOptimizer(tf.train.sgd(1), options), loss: 'meanSquaredError' })
    expect(validate(model)).toEqual([])
  })
})

describe('fix', () => {
  it('of a sequential model: LayerNormalization with the same scale and offset, and every other weight', async () => {
    const model = tl.sequential({
      layers: [
        l.conv2d({ filters: 3, kernelSize: 3, inputShape: [6, 6, 1], name: 'conv' }),
        l.batchNormalization({ name: 'bn', epsilon: 0.01, gammaRegularizer: tl.regularizers.l2({ l2: 0.1 }) }),
        l.flatten(),
        l.dense({ units: 4, trainable: false, name: 'frozen' }),
        l.batchNormalization({ name: 'bn2', scale: false, trainable: false }),
        l.dense({ units: 2, name: 'out' }),
      ],
    })
    model.setWeights(model.getWeights().map((weight) => normal(...weight.shape)))
    const fixed = fix(model)
    expect(model.layers[1]?.getClassName()).toBe('BatchNormalization')
    expect(fixed.layers.map((layer) => layer.getClassName())).toEqual([
      ...['Conv2D', 'LayerNormalization', 'Flatten', 'Dense', 'LayerNormalization', 'Dense'],
    ])
    expect(fixed.layers.map(({ name }) => name)).toEqual(model.layers.map(({ name }) => name))
    expect(fixed.layers.map(({ trainable }) => trainable)).toEqual(model.layers.map(({ trainable }) => trainable))
    expect(fixed.layers[1]?.getConfig()).toMatchObject({
      epsilon: 0.01,
      axis: [3],
      gammaRegularizer: { config: { l2: expect.closeTo(0.1, 6) } },
    })
    for (const name of ['conv', 'frozen', 'out', 'bn', 'bn2']) {
      const [ours, theirs] = [fixed, model].map((one) => one.getLayer(name).getWeights().map(values))
      if (name === 'bn2') expect(ours).toEqual([[1, 1, 1, 1], theirs?.[0]])
      else expect(ours).toEqual(name === 'bn' ? theirs?.slice(0, 2) : theirs)
    }
    expect(validate(fixed)).toEqual([])
    fixed.compile({ optimizer: dpOptimizer(tf.train.sgd(0.1), options), loss: 'meanSquaredError' })
    await fixed.trainOnBatch(normal(6, 6, 6, 1), normal(6, 2))
  })
  it('of a functional model with branches, and of models in it', () => {
    const input = tl.input({ shape: [4], name: 'in' })
    const inner = tl.sequential({ layers: [l.dense({ units: 3, inputShape: [4] }), l.batchNormalization()], name: 'inner' })
    const left = inner.apply(input) as tl.SymbolicTensor
    const right = l.batchNormalization().apply(l.dense({ units: 3 }).apply(input)) as tl.SymbolicTensor
    const joined = l.add().apply([left, right]) as tl.SymbolicTensor
    const model = tl.model({ inputs: input, outputs: [joined, l.dense({ units: 1 }).apply(joined) as tl.SymbolicTensor] })
    const fixed = fix(model)
    expect(validate(fixed)).toEqual([])
    expect(fixed.outputs).toHaveLength(2)
    const dense = (one: tl.LayersModel): number[][] =>
      (one.getLayer('inner') as unknown as tl.LayersModel).layers[0]?.getWeights().map(values) as number[][]
    expect(dense(fixed)).toEqual(dense(model))
    expect((fixed.predict(normal(2, 4)) as tf.Tensor[]).map(({ shape }) => shape)).toEqual([
      [2, 3],
      [2, 1],
    ])
  })
  it('leaves alone what has no trouble, and refuses what it can not mend by name', () => {
    const fine = tl.sequential({ layers: [l.dense({ units: 1, inputShape: [2] })] })
    expect(fix(fine)).toBe(fine)
    const stateful = tl.sequential({
      layers: [l.gru({ units: 2, stateful: true, batchInputShape: [2, 5, 3], name: 'memory' }), l.batchNormalization()],
    })
    expect(() => fix(stateful)).toThrow(UnsupportedModelError)
    expect(() => fix(stateful)).toThrow('"memory"')
    class Unwritten extends l.Layer {
      static className = 'Unwritten'
      override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
        return Array.isArray(inputs) ? (inputs[0] as tf.Tensor) : inputs
      }
    }
    const own = tl.sequential({
      layers: [l.dense({ units: 1, inputShape: [2] }), new Unwritten({ name: 'own' }), l.batchNormalization({ name: 'bn' })],
    })
    expect(() => fix(own)).toThrow(/"own", "bn" can't be built again/)
  })
})
