import * as tf from '@tensorflow/tfjs-core'
import * as tl from '@tensorflow/tfjs-layers'
import { beforeAll, describe, expect, it } from 'vitest'
import { delta, epsilon } from '../../src/accounting/index.ts'
import { InvalidParameterError } from '../../src/errors.ts'
import { insecureSeeded } from '../../src/testing/index.ts'
import { type DpOptimizer, type DpOptimizerOptions, dpOptimizer } from '../../src/tfjs/index.ts'
import { tensors, useBackend } from './backends.ts'

const { layers: l } = tl
const { normal, integers, oneHot } = tensors(5)
const seeded = { insecureRandom: insecureSeeded(7) }
const settings: DpOptimizerOptions = { l2NormClip: 1, noiseMultiplier: 1, expectedBatchSize: 8, ...seeded }
const values = (tensor: tf.Tensor): number[] => [...tensor.dataSync()]

/** Hands on what it was given, for a look at it. */
class Listener extends tf.Optimizer {
  readonly seen: Record<string, number[]>[] = []
  override applyGradients(gradients: tf.NamedTensorMap | { name: string; tensor: tf.Tensor }[]): void {
    const list = Array.isArray(gradients) ? gradients : Object.entries(gradients).map(([name, tensor]) => ({ name, tensor }))
    this.seen.push(Object.fromEntries(list.map(({ name, tensor }) => [name, values(tensor)])))
  }
  override getConfig(): tf.serialization.ConfigDict {
    return {}
  }
}

beforeAll(() => useBackend('cpu'))

/** The sum of the clipped gradients of squared errors of a small network over the given examples. */
function sumOver(x: tf.Tensor, y: tf.Tensor, weights: tf.Variable[], options: Partial<DpOptimizerOptions> = {}): number[] {
  const listener = new Listener()
  const optimizer = dpOptimizer(listener, { ...settings, noiseMultiplier: 0, expectedBatchSize: 1, ...options })
  const [w, u] = weights as [tf.Variable, tf.Variable]
  const loss = (): tf.Scalar => tf.mean(tf.square(tf.sub(tf.matMul(tf.tanh(tf.matMul(x, w)), u), y)))
  optimizer.minimize(loss, false, weights)
  return Object.values(listener.seen[0] as Record<string, number[]>).flat()
}
const size = (vector: readonly number[]): number => Math.hypot(...vector)

describe('what one example can change', () => {
  // Examples that pull the same way, far, or not at all; one that is huge, one that is nothing.
  const adversaries = (): readonly [tf.Tensor, tf.Tensor] => [
    tf.concat([normal(6, 4), tf.mul(normal(2, 4), 1e4), tf.zeros([1, 4]), tf.ones([3, 4])], 0),
    tf.concat([tf.mul(normal(6, 2), 100), tf.mul(normal(2, 2), 1e6), tf.zeros([1, 2]), tf.mul(tf.ones([3, 2]), 1000)], 0),
  ]
  it.each(['flat', 'per-layer', 'automatic'] as const)('%s clipping: taken out or exchanged', (clipping) => {
    const weights = [tf.variable(normal(4, 3), true, `one_${clipping}/w`), tf.variable(normal(3, 2), true, `two_${clipping}/w`)]
    const [x, y] = adversaries()
    const [n = 0] = x.shape
    const options = { clipping, l2NormClip: 0.5 }
    const whole = sumOver(x, y, weights, options)
    let worst = 0
    for (let i = 0; i < n; i++) {
      const others = tf.tensor1d(
        Array.from({ length: n }, (_, j) => j).filter((j) => j !== i),
        'int32',
      )
      const without = sumOver(tf.gather(x, others), tf.gather(y, others), weights, options)
      worst = Math.max(worst, size(whole.map((value, j) => value - (without[j] as number))))
    }
    expect(worst).toBeLessThan(0.5)
    expect(worst).toBeGreaterThan(0.49)
    const exchanged = sumOver(
      tf.concat([tf.slice(x, 1), tf.mul(normal(1, 4), 1e3)], 0),
      tf.concat([tf.slice(y, 1), normal(1, 2)], 0),
      weights,
      options,
    )
    expect(size(whole.map((value, j) => value - (exchanged[j] as number)))).toBeLessThan(1)
  })
  it('what is short enough is not touched, unless automatic', () => {
    const weights = [tf.variable(normal(4, 3)), tf.variable(normal(3, 2))]
    const [x, y] = [normal(5, 4), normal(5, 2)]
    const [w, u] = weights as [tf.Variable, tf.Variable]
    const { grads } = tf.variableGrads(() => tf.mean(tf.square(tf.sub(tf.matMul(tf.tanh(tf.matMul(x, w)), u), y))), weights)
    const plain = weights.flatMap(({ name }) => values(tf.mul(grads[name] as tf.Tensor, 5)))
    const found = sumOver(x, y, weights, { l2NormClip: 1e6 })
    expect(size(found.map((value, i) => value - (plain[i] as number))) / size(plain)).toBeLessThan(1e-6)
    const equal = sumOver(tf.slice(x, 0, 1), tf.slice(y, 0, 1), weights, { l2NormClip: 3, clipping: 'automatic' })
    expect(size(equal)).toBeGreaterThan(2.9)
  })
  it('an example that is not finite adds nothing, and takes nothing from the others', () => {
    const weights = [tf.variable(normal(4, 3)), tf.variable(normal(3, 2))]
    const [x, y] = [normal(5, 4), normal(5, 2)]
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, 1e38]) {
      const spoiled = tf.concat([x, tf.fill([1, 4], bad)], 0)
      const found = sumOver(spoiled, tf.concat([y, tf.fill([1, 2], bad)], 0), weights)
      expect(found.every(Number.isFinite)).toBe(true)
      const clean = sumOver(x, y, weights)
      expect(size(found.map((value, i) => value - (clean[i] as number)))).toBeLessThan(1e-6)
    }
    const optimizer = dpOptimizer(tf.train.sgd(0.1), settings)
    const w = tf.variable(normal(4, 1))
    const spoiled = tf.concat([x, tf.fill([1, 4], Number.NaN)], 0)
    optimizer.minimize(() => tf.mean(tf.matMul(spoiled, w)), false, [w])
    expect(optimizer.diagnostics).toEqual({ batchSize: 6, clipped: expect.any(Number), unsound: 1 })
    expect(values(w).every(Number.isFinite)).toBe(true)
  })
})

describe('noise', () => {
  it('has the stated deviation in every element, of variables that the loss never reaches too', () => {
    const listener = new Listener()
    const optimizer = dpOptimizer(listener, { ...settings, l2NormClip: 0.5, noiseMultiplier: 3, expectedBatchSize: 10 })
    const [w, idle] = [tf.variable(tf.zeros([100, 100])), tf.variable(tf.zeros([5000]))]
    const x = tf.zeros([4, 100])
    optimizer.minimize(() => tf.mean(tf.matMul(x, w)), false, [w, idle])
    for (const name of [w.name, idle.name]) {
      const noise = listener.seen[0]?.[name] as number[]
      const deviation = Math.sqrt(noise.reduce((sum, z) => sum + z * z, 0) / noise.length)
      expect(deviation / ((0.5 * 3) / 10)).toBeGreaterThan(0.97)
      expect(deviation / ((0.5 * 3) / 10)).toBeLessThan(1.03)
      expect(Math.abs(noise.reduce((sum, z) => sum + z, 0) / noise.length)).toBeLessThan(0.01)
      expect(new Set(noise).size).toBeGreaterThan(noise.length * 0.99)
    }
  })
  it('is divided by a constant, whatever the size of the batch', () => {
    const w = tf.variable(normal(3, 1))
    const gradient = (rows: number): number[] => {
      const listener = new Listener()
      const x = tf.ones([rows, 3])
      dpOptimizer(listener, { ...settings, noiseMultiplier: 0, expectedBatchSize: 4 }).minimize(
        () => tf.mean(tf.matMul(x, w)),
        false,
        [w],
      )
      return listener.seen[0]?.[w.name] as number[]
    }
    expect((gradient(8)[0] as number) / (gradient(2)[0] as number)).toBeCloseTo(4, 6)
  })
})

describe('in tfjs', () => {
  const model = (): tl.LayersModel =>
    tl.sequential({
      layers: [l.dense({ units: 6, inputShape: [4], activation: 'relu' }), l.dense({ units: 3, activation: 'softmax' })],
    })
  const bases: [string, () => tf.Optimizer][] = [
    ['sgd', () => tf.train.sgd(0.1)],
    ['momentum', () => tf.train.momentum(0.1, 0.9)],
    ['adagrad', () => tf.train.adagrad(0.1)],
    ['adadelta', () => tf.train.adadelta(0.1)],
    ['rmsprop', () => tf.train.rmsprop(0.01)],
    ['adam', () => tf.train.adam(0.01)],
    ['adamax', () => tf.train.adamax(0.01)],
  ]
  it.each(bases)('%s: with no noise and no clipping, the same steps as without this', async (_, base) => {
    const [plain, ours] = [model(), model()]
    ours.setWeights(plain.getWeights())
    plain.compile({ optimizer: base(), loss: 'categoricalCrossentropy' })
    const options = { ...settings, l2NormClip: 1e6, noiseMultiplier: 0, expectedBatchSize: 8 }
    ours.compile({ optimizer: dpOptimizer(base(), options), loss: 'categoricalCrossentropy' })
    const [x, y] = [normal(24, 4), oneHot(24, 3)]
    for (const one of [plain, ours]) await one.fit(x, y, { batchSize: 8, epochs: 3, shuffle: false, verbose: 0 })
    for (const [i, weight] of plain.getWeights().entries()) {
      expect(values(tf.max(tf.abs(tf.sub(weight, ours.getWeights()[i] as tf.Tensor))))[0]).toBeLessThan(2e-4)
    }
  })
  it('trains in fit, fitDataset and trainOnBatch, on batches of any size, and leaves no tensor behind', async () => {
    const ours = model()
    const optimizer = dpOptimizer(tf.train.adam(0.01), settings)
    ours.compile({ optimizer, loss: 'categoricalCrossentropy', metrics: ['accuracy'] })
    const [x, y] = [normal(21, 4), oneHot(21, 3)]
    await ours.fit(x, y, { batchSize: 8, epochs: 1, verbose: 0 })
    expect(optimizer.steps).toBe(3)
    const before = tf.memory().numTensors
    const { history } = await ours.fit(x, y, { batchSize: 8, epochs: 30, verbose: 0 })
    expect(history['loss']).toHaveLength(30)
    for (let i = 0; i < 10; i++) await ours.trainOnBatch(x, y)
    expect(tf.memory().numTensors).toBe(before)
    expect(optimizer.event).toEqual({ kind: 'repeated', times: 103, event: { kind: 'gaussian', noiseMultiplier: 1 } })
    const dataset = {
      size: 2,
      iterator: async () => {
        let left = 2
        const next = async (): Promise<unknown> =>
          left-- > 0 ? { value: { xs: tf.clone(x), ys: tf.clone(y) }, done: false } : { value: null, done: true }
        return { next }
      },
    }
    await ours.fitDataset(dataset as never, { epochs: 2, verbose: 0 })
    expect(optimizer.steps).toBe(107)
  })
  it('learns', async () => {
    const ours = model()
    ours.compile({
      optimizer: dpOptimizer(tf.train.adam(0.05), { ...settings, noiseMultiplier: 0.5, expectedBatchSize: 100 }),
      loss: 'categoricalCrossentropy',
    })
    const x = normal(400, 4)
    const y = tf.cast(tf.oneHot(tf.cast(tf.argMax(tf.slice(x, [0, 0], [-1, 3]), 1), 'int32') as tf.Tensor1D, 3), 'float32')
    await ours.fit(x, y, { batchSize: 100, epochs: 25, verbose: 0 })
    const right = tf.mean(tf.cast(tf.equal(tf.argMax(ours.predict(x) as tf.Tensor, 1), tf.argMax(y, 1)), 'float32'))
    expect(values(right)[0]).toBeGreaterThan(0.85)
  })
  it('is saved and loaded with its model, and goes on counting', async () => {
    const ours = model()
    ours.compile({
      optimizer: dpOptimizer(tf.train.adam(0.01), { ...settings, noiseMultiplier: 1.5 }),
      loss: 'categoricalCrossentropy',
    })
    const [x, y] = [normal(16, 4), oneHot(16, 3)]
    await ours.fit(x, y, { batchSize: 8, epochs: 2, verbose: 0 })
    let artifacts: tf.io.ModelArtifacts | undefined
    const save = tf.io.withSaveHandler(async (given) => {
      artifacts = given
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } }
    })
    await ours.save(save, { includeOptimizer: true })
    const again = await tl.loadLayersModel(tf.io.fromMemory(artifacts as tf.io.ModelArtifacts))
    const optimizer = again.optimizer as DpOptimizer
    expect(optimizer.getClassName()).toBe('DpOptimizer')
    expect(optimizer.iterations).toBe(4)
    await again.fit(x, y, { batchSize: 8, epochs: 1, verbose: 0 })
    expect(optimizer.event).toEqual({ kind: 'repeated', times: 6, event: { kind: 'gaussian', noiseMultiplier: 1.5 } })
    expect(optimizer.provenance).toBe('secure')
  })
  it('an embedding of a million rows', () => {
    const table = tf.variable(tf.zeros([1_000_000, 2]))
    const before = values(tf.slice(table, [0, 0], [1, 2]))
    const optimizer = dpOptimizer(tf.train.sgd(1), settings)
    const ids = integers(1_000_000, 4, 3)
    optimizer.minimize(() => tf.mean(tf.square(tf.sub(tf.sum(tf.gather(table, ids), 1), 1))), false, [table])
    expect(values(tf.slice(table, [0, 0], [1, 2]))).not.toEqual(before)
    table.dispose()
  })
})

describe('schedules and accounts', () => {
  it('every step counts at the noise that it had', () => {
    const w = tf.variable(normal(4, 1))
    const x = normal(8, 4)
    const steps: number[] = []
    const optimizer = dpOptimizer(tf.train.sgd(0.1), {
      ...settings,
      noiseMultiplier: (step) => (step < 2 ? 2 : 4),
      l2NormClip: (step) => {
        steps.push(step)
        return 1 / (step + 1)
      },
    })
    expect(epsilon(optimizer.event, { delta: 1e-5 }).upper).toBeLessThan(1e-9)
    for (let i = 0; i < 5; i++) optimizer.minimize(() => tf.mean(tf.matMul(x, w)), false, [w])
    expect(steps).toEqual([0, 1, 2, 3, 4])
    const gaussian = (noiseMultiplier: number, times: number): unknown => ({
      kind: 'repeated',
      times,
      event: { kind: 'gaussian', noiseMultiplier },
    })
    expect(optimizer.event).toEqual({ kind: 'composed', events: [gaussian(2, 2), gaussian(4, 3)] })
    expect(() => optimizer.getConfig()).toThrow('"l2NormClip"')
  })
  it('without noise there is no privacy', () => {
    const w = tf.variable(normal(4, 1))
    const x = normal(8, 4)
    const optimizer = dpOptimizer(tf.train.sgd(0.1), { ...settings, noiseMultiplier: 0 })
    optimizer.minimize(() => tf.mean(tf.matMul(x, w)), false, [w])
    expect(optimizer.event).toEqual({ kind: 'nonPrivate' })
    expect(delta(optimizer.event, { epsilon: 1 }).upper).toBe(1)
  })
  it('a refused step is no step', () => {
    const w = tf.variable(normal(4, 1))
    const x = normal(8, 4)
    const optimizer = dpOptimizer(tf.train.sgd(0.1), settings)
    expect(() => optimizer.minimize(() => tf.max(tf.matMul(x, w)), false, [w])).toThrow('Max')
    expect(optimizer.steps).toBe(0)
    const negative = dpOptimizer(tf.train.sgd(0.1), { ...settings, l2NormClip: () => -1 })
    expect(() => negative.minimize(() => tf.mean(tf.matMul(x, w)), false, [w])).toThrow('"l2NormClip"')
  })
  it('refuses what it can not be built from', () => {
    const wrong: [Partial<Record<keyof DpOptimizerOptions | 'clip', unknown>>, string][] = [
      [{ l2NormClip: 0 }, 'l2NormClip'],
      [{ noiseMultiplier: -1 }, 'noiseMultiplier'],
      [{ expectedBatchSize: 0 }, 'expectedBatchSize'],
      [{ expectedBatchSize: undefined }, 'expectedBatchSize'],
      [{ clipping: 'round' }, 'clipping'],
      [{ constants: 3 }, 'constants'],
      [{ reduction: 'max' }, 'reduction'],
      [{ batchSize: 0 }, 'batchSize'],
      [{ clip: 1 }, 'clip'],
      [{ past: [{ noiseMultiplier: 1 }] }, 'past[0].times'],
    ]
    for (const [options, name] of wrong) {
      expect(() => dpOptimizer(tf.train.sgd(1), { ...settings, ...options } as DpOptimizerOptions), name).toThrow(`"${name}"`)
    }
    expect(() => dpOptimizer(dpOptimizer(tf.train.sgd(1), settings), settings)).toThrow(InvalidParameterError)
    expect(() => dpOptimizer({} as tf.Optimizer, settings)).toThrow('"optimizer"')
  })
})
