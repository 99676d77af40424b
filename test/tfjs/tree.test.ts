import * as tf from '@tensorflow/tfjs-core'
import * as tl from '@tensorflow/tfjs-layers'
import { beforeAll, describe, expect, it } from 'vitest'
import { epsilon, treeSensitivitySquared } from '../../src/accounting/index.ts'
import { openBudget } from '../../src/budget/index.ts'
import { tree } from '../../src/events/index.ts'
import { gaussianAdder } from '../../src/random/index.ts'
import { insecureSeeded } from '../../src/testing/index.ts'
import { type Checkpoint, type LossProgram, type TrainOptions, trainPrivately } from '../../src/tfjs/index.ts'
import { treeSum } from '../../src/tfjs/tree-sum.ts'
import { tensors, useBackend } from './backends.ts'

const { normal } = tensors(23)
const values = (tensor: tf.Tensor): number[] => [...tensor.dataSync()]
const seeded = (seed = 3) => ({ insecureRandom: insecureSeeded(seed) })
const settings = (more: object = {}): TrainOptions =>
  ({
    mechanism: 'tree',
    batchSize: 10,
    epochs: 2,
    noiseMultiplier: 1,
    delta: 1e-5,
    l2NormClip: 1,
    optimizer: tf.train.sgd(1),
    ...seeded(),
    ...more,
  }) as TrainOptions

beforeAll(() => useBackend('cpu'))

describe('prefix sums by a tree', () => {
  it('are the sums themselves where noise is nothing', () => {
    const { add } = treeSum(gaussianAdder({ stddev: 1e-9, ...seeded() }))
    let [a, b] = [0, 0]
    for (let step = 1; step <= 21; step++) {
      a += step
      b -= 1 / step
      const [first, second] = add(Float64Array.of(step, -1 / step))
      expect(first).toBeCloseTo(a, 6)
      expect(second).toBeCloseTo(b, 6)
    }
  })
  it('have the variance of Honaker’s estimate, and share the noise of nodes that they share', () => {
    // Level by level: 1, 2/3, 3/4 of ... as in the header: v_l = 1 / (1 + 1 / (2 v_(l-1))).
    const v = [1]
    for (let level = 1; level < 5; level++) v.push(1 / (1 + 1 / (2 * (v[level - 1] as number))))
    const runs = 4000
    const { add } = treeSum(gaussianAdder({ stddev: 1, ...seeded(9) }))
    const zero = new Float64Array(runs)
    const totals = Array.from({ length: 13 }, () => add(zero))
    const moment = (a: Float64Array, b: Float64Array): number => a.reduce((sum, x, i) => sum + x * (b[i] as number), 0) / runs
    for (const [step, total] of totals.entries()) {
      const expected = v.filter((_, level) => ((step + 1) >> level) & 1).reduce((sum, one) => sum + one, 0)
      expect(Math.abs(moment(total, total) / expected - 1)).toBeLessThan(0.1)
    }
    // After 12 steps the nodes of 8 and 4 are known; after 13 one more leaf.
    const [twelve, thirteen] = [totals[11], totals[12]] as [Float64Array, Float64Array]
    const grown = thirteen.map((x, i) => x - (twelve[i] as number))
    expect(Math.abs(moment(grown, grown) - 1)).toBeLessThan(0.1)
    expect(Math.abs(moment(grown, twelve))).toBeLessThan(0.1)
  })
  it('every node is released once, with noise of its own', () => {
    let drawn = 0
    const { add } = treeSum({
      provenance: 'secure',
      step: 1,
      release: (x) => x,
      releaseInto: (source, target) => {
        drawn++
        target.set(source)
        return target
      },
    })
    for (let step = 1; step <= 11; step++) add(Float64Array.of(1))
    // 11 leaves, 5 pairs, 2 fours, 1 eight: as many as the account says one record can be in, summed over leaves.
    expect(drawn).toBe(11 + 5 + 2 + 1)
    expect(treeSensitivitySquared({ steps: 11 })).toBe(4)
  })
})

describe('training by trees', () => {
  /** A loss whose gradient is minus the mean of the data: steps add up clipped data. */
  const adder = (w: tf.Variable): LossProgram => ({
    variables: [w],
    loss: (x: tf.Tensor2D) => tf.neg(tf.mean(tf.sum(tf.mul(x, w), 1))) as tf.Scalar,
  })
  it('takes batches in the order of the data, each epoch anew, and follows prefix sums', async () => {
    const w = tf.variable(tf.zeros([2]))
    const rows = Float32Array.from({ length: 50 }, (_, i) => 0.01 * (i + 1))
    const x = tf.tensor2d(rows, [25, 2])
    const at: number[] = []
    const more = { noiseMultiplier: 1e-6, onStep: () => at.push((values(w)[0] as number) * 10) }
    const report = await trainPrivately(adder(w), { x, y: x }, settings(more))
    const batch = (from: number, to: number): number => {
      let sum = 0
      for (let i = from; i < to; i++) sum += rows[2 * i] as number
      return sum
    }
    const prefix = [batch(0, 10), batch(0, 20), batch(0, 25)]
    const whole = prefix[2] as number
    const expected = [...prefix, ...prefix.map((sum) => whole + sum)]
    expect(at).toHaveLength(6)
    for (const [i, value] of at.entries()) expect(value).toBeCloseTo(expected[i] as number, 3)
    expect(report.event).toEqual({ kind: 'repeated', times: 2, event: tree({ noiseMultiplier: 1e-6, steps: 3 }) })
    expect(report.relation).toBe('replace-special')
  })
  it('noise at the end of an epoch is that of few nodes', async () => {
    const w = tf.variable(tf.zeros([5000]))
    const x = tf.zeros([80, 5000])
    await trainPrivately(adder(w), { x, y: x }, settings({ epochs: 1, noiseMultiplier: 3, l2NormClip: 0.5 }))
    const noise = values(w)
    const variance = noise.reduce((sum, z) => sum + z * z, 0) / noise.length
    // One node of eight steps, at Honaker's variance.
    const v = [1]
    for (let level = 1; level < 4; level++) v.push(1 / (1 + 1 / (2 * (v[level - 1] as number))))
    expect(variance / ((v[3] as number) * 0.15 ** 2)).toBeGreaterThan(0.92)
    expect(variance / ((v[3] as number) * 0.15 ** 2)).toBeLessThan(1.08)
    // Another tree for another epoch: noise adds up.
    await trainPrivately(adder(w), { x, y: x }, settings({ epochs: 2, noiseMultiplier: 3, l2NormClip: 0.5 }))
    const twice = values(w).map((z, i) => z - (noise[i] as number))
    const both = twice.reduce((sum, z) => sum + z * z, 0) / twice.length
    expect(both / (2 * (v[3] as number) * 0.15 ** 2)).toBeGreaterThan(0.92)
    expect(both / (2 * (v[3] as number) * 0.15 ** 2)).toBeLessThan(1.08)
  })
  it('is accounted for by its trees, the last one cut off', async () => {
    const w = tf.variable(tf.zeros([2]))
    const x = normal(25, 2)
    const report = await trainPrivately(adder(w), { x, y: x }, settings({ epochs: undefined, steps: 8 }))
    const [whole, rest] = [tree({ noiseMultiplier: 1, steps: 3 }), tree({ noiseMultiplier: 1, steps: 2 })]
    const event = { kind: 'composed', events: [{ kind: 'repeated', times: 2, event: whole }, rest] } as const
    expect(report.event).toEqual(event)
    expect(report.epsilon).toBe(epsilon(event, { delta: 1e-5, relation: 'replace-special' }).upper)
    const short = await trainPrivately(adder(w), { x, y: x }, settings({ epochs: undefined, steps: 2 }))
    expect(short.event).toEqual(rest)
    const more = { targetEpsilon: 5, noiseMultiplier: undefined, relation: 'replace-one' }
    const target = await trainPrivately(adder(w), { x, y: x }, settings(more))
    expect(target.epsilon).toBeLessThanOrEqual(5)
    expect(target.epsilon).toBeGreaterThan(4.99)
  })
  it('learns, with momentum, in pieces, and leaves nothing behind', async () => {
    const x = normal(200, 3)
    const y = tf.matMul(x, tf.tensor2d([1, -2, 0.5], [3, 1]))
    const model = tl.sequential({ layers: [tl.layers.dense({ units: 1, inputShape: [3] })] })
    const more = { batchSize: 40, noiseMultiplier: 0.5, loss: 'meanSquaredError', maxPhysicalBatch: 15 }
    await trainPrivately(model, { x, y }, settings({ ...more, epochs: 10, optimizer: tf.train.momentum(0.05, 0.9) }))
    const [loss] = values(model.evaluate(x, y) as tf.Scalar)
    expect(loss).toBeLessThan(0.2)
    const again = settings({ ...more, optimizer: tf.train.sgd(0.1) })
    const before = tf.memory().numTensors
    await trainPrivately(model, { x, y }, again)
    expect(tf.memory().numTensors).toBe(before)
  })
  it('pays tree by tree, and goes on where a tree has ended', async () => {
    const w = tf.variable(tf.zeros([2]))
    const x = normal(25, 2)
    const budget = await openBudget({ mu: 10 }, { relation: 'replace-special' })
    const states: Checkpoint[] = []
    const checkpoint = (state: Checkpoint): void => void states.push(state)
    const whole = await trainPrivately(adder(w), { x, y: x }, settings({ budget, checkpoint }))
    expect((await budget.history()).map(({ event }) => event)).toEqual(
      [1, 2].map(() => ({ kind: 'repeated', times: 1, event: tree({ noiseMultiplier: 1, steps: 3 }) })),
    )
    expect(states.map(({ step }) => step)).toEqual([3, 6])
    const rest = await trainPrivately(adder(w), { x, y: x }, settings({ resume: states[0] }))
    expect(rest.event).toEqual(whole.event)
    expect(rest.epsilon).toBe(whole.epsilon)
    const cut = { ...(states[0] as Checkpoint), step: 2, past: [{ noiseMultiplier: 1, times: 2 }] }
    await expect(trainPrivately(adder(w), { x, y: x }, settings({ resume: cut }))).rejects.toThrow('"resume"')
    const adaptive = { clipping: { adaptive: { targetQuantile: 0.5 } } }
    await expect(trainPrivately(adder(w), { x, y: x }, settings(adaptive))).rejects.toThrow('"clipping"')
  })
})
