import * as tf from '@tensorflow/tfjs-core'
import * as tl from '@tensorflow/tfjs-layers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { insecureSeeded } from '../../src/testing/index.ts'
import { dpOptimizer } from '../../src/tfjs/dp-optimizer.ts'
import { withoutArena } from '../../src/tfjs/host/arena.ts'
import { perExample } from '../../src/tfjs/per-example.ts'
import { tensors, useBackend, useVariant, variants } from './backends.ts'
import { compare } from './brute-force.ts'

const { layers: l } = tl
const { normal } = tensors(31)
const quiet = { l2NormClip: 1, noiseMultiplier: 0, insecureRandom: insecureSeeded(1) }

describe.each(variants)('traps of tfjs, on %s %s kernels of our own', (...variant) => {
  beforeAll(() => useVariant(variant))
  afterAll(() => withoutArena(false))

  it('dilated convolutions, whose gradient tfjs refuses: against filters with holes in them', () => {
    const filters = [tf.variable(normal(2, 2, 1, 2)), tf.variable(normal(2, 2, 2, 2))] as tf.Variable<tf.Rank.R4>[]
    const data = normal(5, 7, 7, 1) as tf.Tensor4D
    const places = tf.oneHot(tf.tensor1d([0, 2, 6, 8], 'int32'), 9)
    const holed = (filter: tf.Tensor): tf.Tensor4D => {
      const [, , from, to] = filter.shape as [number, number, number, number]
      const rows = tf.matMul(tf.cast(places, 'float32'), tf.reshape(filter, [4, from * to]), true)
      return tf.reshape(rows, [3, 3, from, to])
    }
    const net = (x: tf.Tensor4D, convolve: (x: tf.Tensor4D, filter: tf.Tensor4D) => tf.Tensor4D): tf.Scalar =>
      tf.mean(tf.square(filters.reduce((h, filter) => convolve(tf.tanh(h), filter as unknown as tf.Tensor4D), x)))
    const loss = (): tf.Scalar => net(data, (h, filter) => tf.conv2d(h, filter, 1, 'valid', 'NHWC', 2))
    const found = compare({
      batchSize: 5,
      variables: filters,
      loss,
      lossOf: (i) => net(tf.slice(data, i, 1), (h, filter) => tf.conv2d(h, holed(filter), 1, 'valid')),
    })
    expect(Math.max(found.norms, found.clippedSum)).toBeLessThan(5e-6)
  })

  it('one example that is no number adds nothing, and the others what they would', async () => {
    const sums: number[][] = []
    const values = normal(4, 6, 6, 1).dataSync()
    const labels = normal(4, 2)
    const filter = normal(3, 3, 1, 2)
    for (const poison of [Number.NaN, Number.POSITIVE_INFINITY, 0]) {
      const w = tf.variable(filter) as unknown as tf.Variable<tf.Rank.R4>
      const data = Float32Array.from(values, (x, i) => (i === 80 && poison !== 0 ? poison : x))
      const x = tf.tensor4d(data, [4, 6, 6, 1])
      const keep = tf.tensor1d([1, 1, poison === 0 ? 0 : 1, 1])
      const optimizer = dpOptimizer(tf.train.sgd(1), { ...quiet, expectedBatchSize: 4 })
      const { value, grads } = optimizer.computeGradients(() => {
        const h = tf.mean(tf.relu(tf.conv2d(x, w as unknown as tf.Tensor4D, 1, 'same')), [1, 2])
        return tf.mean(tf.mul(keep, tf.sum(tf.square(tf.sub(h, labels)), 1)))
      }, [w])
      sums.push([...(grads[w.name] as tf.Tensor).dataSync()])
      if (poison !== 0) expect(optimizer.diagnostics?.unsound).toBe(1)
      tf.dispose([value, grads])
      w.dispose()
    }
    const [nan, infinite, without] = sums as [number[], number[], number[]]
    for (const [i, x] of without.entries()) {
      expect(Math.abs((nan[i] as number) - x)).toBeLessThan(1e-6)
      expect(Math.abs((infinite[i] as number) - x)).toBeLessThan(1e-6)
    }
  })

  it('the last, smaller batch of an epoch is divided by what was expected, not by its size', async () => {
    const model = tl.sequential({ layers: [l.dense({ units: 1, inputShape: [3], useBias: false, kernelInitializer: 'zeros' })] })
    model.compile({ optimizer: dpOptimizer(tf.train.sgd(1), { ...quiet, expectedBatchSize: 4 }), loss: 'meanSquaredError' })
    // Every example's gradient is far above the norm: each of the seven adds a fourth of a unit.
    await model.fit(tf.ones([7, 3]), tf.fill([7, 1], 1e4), { batchSize: 4, shuffle: false, verbose: 0, epochs: 1 })
    const moved = tf.norm(model.getWeights()[0] as tf.Tensor).dataSync()[0] as number
    expect(moved).toBeCloseTo(7 / 4, 5)
  })

  it('a layer of fused dilated convolutions', () => {
    const model = tl.sequential({
      layers: [
        l.conv2d({ filters: 2, kernelSize: 2, inputShape: [6, 5, 1], dilationRate: [2, 1], padding: 'same' }),
        l.conv2d({ filters: 2, kernelSize: 2, dilationRate: [1, 2], activation: 'relu' }),
        l.conv2d({ filters: 1, kernelSize: 2, dilationRate: 2 }),
      ],
    })
    const data = normal(4, 6, 5, 1)
    const variables = model.trainableWeights.map((weight) => (weight as unknown as { val: tf.Variable }).val)
    const loss = (x: tf.Tensor): tf.Scalar => tf.mean(tf.square(model.apply(x, { training: true }) as tf.Tensor))
    const norms = (x: tf.Tensor): Float32Array => {
      const { loss: value, result } = perExample(
        () => loss(x),
        variables,
        {},
        ({ squaredNorms }) => tf.sqrt(tf.addN([...squaredNorms.values()])),
      )
      value.dispose()
      return result.dataSync() as Float32Array
    }
    const [all, alone] = [norms(data), [0, 1, 2, 3].map((i) => norms(tf.slice(data, i, 1))[0] as number)]
    for (const [i, norm] of alone.entries()) expect((all[i] as number) / norm).toBeCloseTo(1, 5)
  })

  it('a layer that was frozen after compile stays as it is, as in tfjs', async () => {
    const frozen = l.dense({ units: 2, inputShape: [3] })
    const model = tl.sequential({ layers: [frozen, l.dense({ units: 1 })] })
    model.compile({ optimizer: dpOptimizer(tf.train.sgd(1), { ...quiet, expectedBatchSize: 4 }), loss: 'meanSquaredError' })
    frozen.trainable = false
    const before = [...(frozen.getWeights()[0] as tf.Tensor).dataSync()]
    await model.trainOnBatch(normal(4, 3), normal(4, 1))
    expect([...(frozen.getWeights()[0] as tf.Tensor).dataSync()]).toEqual(before)
  })
})

describe('large and empty', () => {
  beforeAll(() => useBackend('wasm'))
  it('ten million parameters', () => {
    const w = tf.variable(tf.zeros([10_000, 1000]))
    const x = normal(2, 10_000)
    const { loss, result } = perExample(
      () => tf.mean(tf.matMul(x, w)),
      [w],
      {},
      ({ squaredNorms }) => tf.sqrt(squaredNorms.get(w.name) as tf.Tensor),
    )
    const lengths = tf.div(tf.norm(x, 2, 1), Math.sqrt(1000)).dataSync()
    for (const [i, norm] of result.dataSync().entries()) expect(norm / (lengths[i] as number)).toBeCloseTo(1, 5)
    tf.dispose([loss, result, w])
  })
  it('an empty batch', () => {
    const w = tf.variable(normal(3, 2))
    const x = tf.zeros([0, 3])
    expect(() =>
      perExample(
        () => tf.mean(tf.square(tf.matMul(x, w))),
        [w],
        {},
        () => ({}),
      ),
    ).toThrow('without examples')
  })
})
