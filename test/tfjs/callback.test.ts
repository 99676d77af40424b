import * as tf from '@tensorflow/tfjs-core'
import * as tl from '@tensorflow/tfjs-layers'
import { beforeAll, describe, expect, it } from 'vitest'
import { epsilon } from '../../src/accounting/index.ts'
import { BudgetExceededError } from '../../src/errors.ts'
import { dpSgd, gaussian, repeated } from '../../src/events/index.ts'
import { insecureSeeded } from '../../src/testing/index.ts'
import { type DpOptimizer, dpOptimizer, privacyCallback } from '../../src/tfjs/index.ts'
import { tensors, useBackend } from './backends.ts'

const { normal } = tensors(31)
const delta = 1e-5
const compiled = (noiseMultiplier: number | ((step: number) => number) = 2): tl.LayersModel => {
  const model = tl.sequential({ layers: [tl.layers.dense({ units: 1, inputShape: [3] })] })
  const settings = { l2NormClip: 1, expectedBatchSize: 10, insecureRandom: insecureSeeded(1) }
  model.compile({ optimizer: dpOptimizer(tf.train.sgd(0.1), { ...settings, noiseMultiplier }), loss: 'meanSquaredError' })
  return model
}
const data = (rows = 25): [tf.Tensor, tf.Tensor] => [normal(rows, 3), normal(rows, 1)]
const steps = (model: tl.LayersModel): number => (model.optimizer as DpOptimizer).steps
const epochs = (times: number, noiseMultiplier = 2): number =>
  epsilon(repeated({ times, event: gaussian({ noiseMultiplier }) }), { delta }).upper

beforeAll(() => useBackend('cpu'))

describe('in fit', () => {
  it('an epoch is one Gaussian release: no amplification, whatever the batch size', async () => {
    const model = compiled()
    const callback = privacyCallback({ model, delta })
    const { history } = await model.fit(...data(), { batchSize: 10, epochs: 4, verbose: 0, callbacks: callback })
    expect(history['epsilon']).toEqual([1, 2, 3, 4].map((times) => epochs(times)))
    const recipe = { examples: 25, batchSize: 10, epochs: 4, noiseMultiplier: 2, sampling: 'shuffled' } as const
    expect(callback.event()).toEqual(dpSgd(recipe))
    expect(callback.epsilon()).toBe(history['epsilon']?.at(-1))
    await model.fit(...data(), { batchSize: 10, epochs: 1, verbose: 0, callbacks: [callback] })
    expect(callback.epsilon()).toBe(epochs(5))
  })
  it('stops before the budget is passed', async () => {
    const model = compiled()
    const callbacks = privacyCallback({ model, delta, stopAt: epochs(3) + 1e-9 })
    const { history } = await model.fit(...data(), { batchSize: 10, epochs: 10, verbose: 0, callbacks })
    expect(history['epsilon']).toHaveLength(3)
    expect(steps(model)).toBe(9)
    await expect(model.fit(...data(), { batchSize: 10, epochs: 1, verbose: 0, callbacks })).rejects.toThrow(BudgetExceededError)
    expect(steps(model)).toBe(9)
  })
  it('does not begin what is too much from the start', async () => {
    const model = compiled()
    const before = [...(model.getWeights()[0] as tf.Tensor).dataSync()]
    const callbacks = privacyCallback({ model, delta, stopAt: epochs(1) / 2 })
    await expect(model.fit(...data(), { batchSize: 10, epochs: 2, verbose: 0, callbacks })).rejects.toThrow('an epoch')
    expect([...(model.getWeights()[0] as tf.Tensor).dataSync()]).toEqual(before)
  })
  it('a schedule counts at the least noise of each epoch', async () => {
    const model = compiled((step) => (step === 4 ? 1 : 4))
    const callback = privacyCallback({ model, delta })
    await model.fit(...data(), { batchSize: 10, epochs: 3, verbose: 0, callbacks: callback })
    const events = [
      repeated({ times: 2, event: gaussian({ noiseMultiplier: 4 }) }),
      repeated({ times: 1, event: gaussian({ noiseMultiplier: 1 }) }),
    ]
    expect(callback.event()).toEqual({ kind: 'composed', events })
    const stopping = compiled((step) => (step === 4 ? 1 : 4))
    const callbacks = privacyCallback({ model: stopping, delta, stopAt: epochs(1, 1) })
    await stopping.fit(...data(), { batchSize: 10, epochs: 3, verbose: 0, callbacks })
    // The second epoch would have had a step of little noise.
    expect(steps(stopping)).toBe(3)
  })
  it('an epoch that was broken off counts, and so do steps that it did not see', async () => {
    const model = compiled()
    const [x, y] = data()
    await model.trainOnBatch(x, y)
    const callback = privacyCallback({ model, delta })
    expect(callback.epsilon()).toBe(epochs(1))
    const stop = {
      onBatchEnd: (batch: number) => {
        model.stopTraining = batch === 1
      },
    }
    await model.fit(x, y, { batchSize: 10, epochs: 1, verbose: 0, callbacks: [callback, stop] as never })
    expect(callback.epsilon()).toBe(epochs(2))
  })
})

describe('in fitDataset', () => {
  const dataset = (batches: number): never => {
    const [x, y] = data(10)
    return {
      size: batches,
      iterator: async () => {
        let left = batches
        const next = async (): Promise<unknown> =>
          left-- > 0 ? { value: { xs: tf.clone(x), ys: tf.clone(y) }, done: false } : { value: null, done: true }
        return { next }
      },
    } as never
  }
  it('every step counts, unless it is said that examples come once', async () => {
    const model = compiled()
    const callback = privacyCallback({ model, delta })
    await model.fitDataset(dataset(3), { epochs: 2, verbose: 0, callbacks: callback as never })
    expect(callback.epsilon()).toBe(epochs(6))
    const other = compiled()
    const once = privacyCallback({ model: other, delta, sampling: 'shuffled' })
    await other.fitDataset(dataset(3), { epochs: 2, verbose: 0, callbacks: once as never })
    expect(once.epsilon()).toBe(epochs(2))
  })
  it('stops within an epoch', async () => {
    const model = compiled()
    const callbacks = privacyCallback({ model, delta, stopAt: epochs(4) }) as never
    await model.fitDataset(dataset(3), { epochs: 5, verbose: 0, callbacks })
    expect(steps(model)).toBe(4)
  })
})

describe('what it refuses', () => {
  it('Poisson, and says why; models without noise; nonsense', async () => {
    const model = compiled()
    expect(() => privacyCallback({ model, delta, sampling: 'poisson' as never })).toThrow('cuts batches from a list')
    expect(() => privacyCallback({ model, delta, sampling: 'full' as never })).toThrow('"sampling"')
    expect(() => privacyCallback({ model: {} as never, delta })).toThrow('"model"')
    expect(() => privacyCallback({ model, delta: 1 })).toThrow('"delta"')
    expect(() => privacyCallback({ model, delta, stopAt: -1 })).toThrow('"stopAt"')
    expect(() => privacyCallback({ model, delta, stop: 1 } as never)).toThrow('"stop"')
    const plain = tl.sequential({ layers: [tl.layers.dense({ units: 1, inputShape: [3] })] })
    plain.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })
    const callbacks = privacyCallback({ model: plain, delta })
    await expect(plain.fit(...data(), { verbose: 0, callbacks })).rejects.toThrow('dpOptimizer')
  })
})
