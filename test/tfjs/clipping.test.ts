import * as tf from '@tensorflow/tfjs-core'
import * as tl from '@tensorflow/tfjs-layers'
import { beforeAll, describe, expect, it } from 'vitest'
import { splitNoise } from '../../src/clipping/index.ts'
import { insecureSeeded } from '../../src/testing/index.ts'
import { clipFactors } from '../../src/tfjs/clip-factors.ts'
import { type DpOptimizer, type DpOptimizerOptions, dpOptimizer } from '../../src/tfjs/index.ts'
import { tensors, useBackend } from './backends.ts'

const { normal } = tensors(41)
const values = (tensor: tf.Tensor): number[] => [...tensor.dataSync()]
const settings = (more: object = {}): DpOptimizerOptions =>
  ({ l2NormClip: 2, noiseMultiplier: 1, expectedBatchSize: 20, insecureRandom: insecureSeeded(7), ...more }) as DpOptimizerOptions

beforeAll(() => useBackend('cpu'))

describe('norms of their own for layers', () => {
  const squares = new Map([
    ['a/kernel', [9, 0.01]],
    ['a/bias', [16, 0]],
    ['b/kernel', [4, 100]],
  ])
  it('share the whole in the proportion that is given', () => {
    const { of, clipped } = clipFactors(squares, 2, { clipping: { perLayer: { a: 4, b: 3 } }, norm: 10 })
    // a: 8 of 10 for a norm of 5; b: 6 of 10 for norms of 2 and 10.
    expect([...of('a/kernel')]).toEqual([1, 1])
    expect(of('a/bias')).toBe(of('a/kernel'))
    expect(of('b/kernel')[0]).toBe(1)
    expect(of('b/kernel')[1]).toBeCloseTo(0.6, 5)
    expect(of('b/kernel')[1]).toBeLessThan(0.6)
    expect(clipped).toBe(1)
  })
  it('are the norms where their squares add up to that of the whole', () => {
    const { of } = clipFactors(squares, 2, { clipping: { perLayer: { a: 3, b: 4 } }, norm: 5 })
    expect(of('a/kernel')[0]).toBeCloseTo(3 / 5, 5)
    expect(of('b/kernel')[1]).toBeCloseTo(4 / 10, 5)
  })
  it('a layer that is not named is refused, one too many only takes its share', () => {
    expect(() => clipFactors(squares, 2, { clipping: { perLayer: { a: 3 } }, norm: 5 })).toThrow('"b" too')
    const { of } = clipFactors(squares, 2, { clipping: { perLayer: { a: 3, b: 4, c: 12 } }, norm: 13 })
    expect(of('a/kernel')[0]).toBeCloseTo(3 / 5, 5)
    for (const hidden of ['toString', '__proto__']) {
      const named = new Map([[`${hidden}/w`, [1, 1]]])
      expect(() => clipFactors(named, 2, { clipping: { perLayer: { a: 3 } }, norm: 5 })).toThrow(`"${hidden}" too`)
    }
  })
  it('what one example adds stays within the whole', () => {
    const weights = [tf.variable(normal(4, 3), true, 'first/w'), tf.variable(normal(3, 2), true, 'second/w')] as const
    const [x, y] = [tf.mul(normal(1, 4), 100), tf.mul(normal(1, 2), 100)]
    let size = 0
    let apart: number[] = []
    class Listener extends tf.Optimizer {
      override applyGradients(gradients: tf.NamedTensorMap | { name: string; tensor: tf.Tensor }[]): void {
        const list = gradients as { name: string; tensor: tf.Tensor }[]
        apart = list.map(({ tensor }) => Math.hypot(...values(tensor)))
        size = Math.hypot(...apart)
      }
      override getConfig(): tf.serialization.ConfigDict {
        return {}
      }
    }
    const more = { noiseMultiplier: 0, expectedBatchSize: 1, clipping: { perLayer: { first: 1, second: 2 } } }
    dpOptimizer(new Listener(), settings(more)).minimize(
      () => tf.mean(tf.square(tf.sub(tf.matMul(tf.tanh(tf.matMul(x, weights[0])), weights[1]), y))),
      false,
      [...weights],
    )
    expect(size).toBeLessThan(2)
    expect(apart[1]).toBeCloseTo((2 * 2) / Math.sqrt(5), 3)
  })
})

describe('a norm that follows a quantile', () => {
  const adaptive = { clipping: { adaptive: { targetQuantile: 0.5, countStddev: 1 } } }
  /** Gradients of norms 1 to 20. */
  const rows = (): tf.Tensor2D => tf.tensor2d(Array.from({ length: 20 }, (_, i) => [i + 1]))
  const train = (optimizer: DpOptimizer, w: tf.Variable, times: number, pieces = 1): void => {
    const x = rows()
    for (let i = 0; i < times; i++) {
      for (let piece = 0; piece < pieces; piece++) {
        const part = tf.slice(x, (piece * 20) / pieces, 20 / pieces)
        optimizer.accumulate(() => tf.mean(tf.matMul(part, w as unknown as tf.Tensor2D)), [w])
      }
      optimizer.step()
    }
  }
  it('finds it, from below and from above, in one piece or several', () => {
    for (const [start, pieces] of [
      [0.5, 1],
      [200, 4],
    ] as const) {
      const w = tf.variable(tf.zeros([1, 1]))
      const optimizer = dpOptimizer(tf.train.sgd(0), settings({ l2NormClip: start, ...adaptive }))
      train(optimizer, w, 60, pieces)
      expect(optimizer.l2NormClip).toBeGreaterThan(7)
      expect(optimizer.l2NormClip).toBeLessThan(14)
      expect(optimizer.diagnostics).toMatchObject({ batchSize: 20, unsound: 0 })
      expect(optimizer.event).toEqual({ kind: 'repeated', times: 60, event: { kind: 'gaussian', noiseMultiplier: 1 } })
    }
  })
  it('noise on the sum is what is left of the noise beside the count’s', () => {
    const w = tf.variable(tf.zeros([100, 100]))
    const optimizer = dpOptimizer(tf.train.sgd(1), settings({ expectedBatchSize: 1, ...adaptive }))
    const x = tf.zeros([2, 100])
    optimizer.minimize(() => tf.mean(tf.matMul(x as tf.Tensor2D, w as unknown as tf.Tensor2D)), false, [w])
    const noise = values(w)
    const deviation = Math.sqrt(noise.reduce((sum, z) => sum + z * z, 0) / noise.length)
    const { sumNoiseMultiplier } = splitNoise({ noiseMultiplier: 1, countStddev: 1 })
    expect(sumNoiseMultiplier).toBeGreaterThan(1.15)
    expect(Math.abs(deviation / (2 * sumNoiseMultiplier) - 1)).toBeLessThan(0.03)
  })
  it('is saved where it has got to', async () => {
    const model = tl.sequential({ layers: [tl.layers.dense({ units: 1, inputShape: [1], useBias: false })] })
    const optimizer = dpOptimizer(tf.train.sgd(0), settings({ l2NormClip: 1, ...adaptive }))
    model.compile({ optimizer, loss: 'meanSquaredError' })
    await model.fit(rows(), rows(), { batchSize: 20, epochs: 5, verbose: 0 })
    const { l2NormClip, clipping } = optimizer.getConfig()
    expect(l2NormClip).toBe(optimizer.l2NormClip)
    expect(l2NormClip).not.toBe(1)
    expect(clipping).toEqual(adaptive.clipping)
  })
})

describe('what can not be a clipping', () => {
  it.each<[string, object]>([
    ['clipping', { clipping: 'round' }],
    ['clipping', { clipping: {} }],
    ['clipping', { clipping: { perLayer: { a: 1 }, adaptive: { targetQuantile: 0.5 } } }],
    ['clipping.perLayer', { clipping: { perLayer: [1] } }],
    ['clipping.perLayer.a', { clipping: { perLayer: { a: 0 } } }],
    ['clipping.layers', { clipping: { layers: 1 } }],
    ['clipping.adaptive.quantile', { clipping: { adaptive: { quantile: 1 } } }],
    ['targetQuantile', { clipping: { adaptive: { targetQuantile: 1 } } }],
    ['noiseMultiplier', { clipping: { adaptive: { targetQuantile: 0.5 } }, noiseMultiplier: () => 1 }],
    ['l2NormClip', { clipping: { adaptive: { targetQuantile: 0.5 } }, l2NormClip: () => 1 }],
    ['countStddev', { clipping: { adaptive: { targetQuantile: 0.5, countStddev: 0.4 } } }],
  ])('%s', (name, wrong) => {
    expect(() => dpOptimizer(tf.train.sgd(1), settings(wrong))).toThrow(`"${name}"`)
  })
  it('idle examples that are more than there are', () => {
    const w = tf.variable(tf.zeros([1, 1]))
    const x = tf.ones([2, 1])
    const optimizer = dpOptimizer(tf.train.sgd(1), settings())
    const f = (): tf.Scalar => tf.mean(tf.matMul(x as tf.Tensor2D, w as unknown as tf.Tensor2D))
    expect(() => optimizer.accumulate(f, [w], { idle: 3 })).toThrow('"idle"')
    expect(() => optimizer.accumulate(f, [w], { idle: -1 })).toThrow('"idle"')
    optimizer.accumulate(f, [w], { idle: 1 })
    optimizer.accumulate(f, [w], { idle: 2 })
    optimizer.step()
    expect(optimizer.diagnostics?.batchSize).toBe(1)
  })
})
