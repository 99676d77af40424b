import * as tf from '@tensorflow/tfjs-core'
import * as tl from '@tensorflow/tfjs-layers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { InvalidParameterError, UnsupportedModelError } from '../../src/errors.ts'
import type { AnalysisOptions } from '../../src/tfjs/analysis.ts'
import { withoutArena } from '../../src/tfjs/host/arena.ts'
import { perExample } from '../../src/tfjs/per-example.ts'
import { tensors, useBackend, useVariant, variants } from './backends.ts'
import { compare, modelProblem } from './brute-force.ts'

const { normal, integers, oneHot } = tensors(4)
const positive = (...shape: number[]): tf.Tensor => tf.add(tf.abs(normal(...shape)), 0.5)

type Loss = (x: tf.Tensor, y: tf.Tensor) => tf.Tensor
/** A program of its own: variables, data and a loss, written with operations. */
type Program = {
  readonly learned: tf.Tensor[]
  readonly x: tf.Tensor
  readonly y: tf.Tensor
  readonly loss: (...learned: tf.Variable[]) => Loss
}

function problem({ learned, x, y, loss }: Program, options: AnalysisOptions = {}): Parameters<typeof compare>[0] {
  const variables = learned.map((value) => tf.variable(value))
  const of = loss(...variables)
  const [batchSize = 0] = x.shape
  return {
    batchSize,
    variables,
    options,
    loss: () => of(x, y) as tf.Scalar,
    lossOf: (i) => of(tf.slice(x, i, 1), tf.slice(y, i, 1)) as tf.Scalar,
  }
}

const m = (a: tf.Tensor, b: tf.Tensor, ta = false, tb = false): tf.Tensor => tf.matMul(a, b, ta, tb)
const mse = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => tf.mean(tf.square(tf.sub(a, b)))
const regression = { x: () => normal(6, 5), y: () => normal(6, 3) }

beforeAll(() => useBackend('cpu'))

describe.each(variants)(
  'programs of operations, against a loop over single examples, on %s %s kernels of our own',
  (...variant) => {
    beforeAll(() => useVariant(variant))
    afterAll(async () => {
      withoutArena(false)
      await useBackend('cpu')
    })
    const programs: [string, () => Program, AnalysisOptions?][] = [
      [
        'tf.losses',
        () => ({
          learned: [normal(5, 4), normal(4), normal(4, 3)],
          x: normal(6, 5),
          y: oneHot(6, 3),
          loss: (w, b, u) => (x, y) =>
            tf.losses.softmaxCrossEntropy(y, m(tf.relu(tf.add(m(x, w as tf.Tensor), b as tf.Tensor)), u as tf.Tensor)),
        }),
      ],
      [
        'weights on the left, operands transposed',
        () => ({
          learned: [normal(4, 5), normal(3, 4)],
          x: normal(6, 5),
          y: normal(6, 3),
          loss: (w, u) => (x, y) => mse(m(tf.tanh(m(w as tf.Tensor, x, false, true)), u as tf.Tensor, true, true), y),
        }),
      ],
      [
        'weights on the left, transposed themselves',
        () => ({
          learned: [normal(5, 4), normal(4, 3)],
          x: normal(6, 5),
          y: normal(6, 3),
          loss: (w, u) => (x, y) => mse(m(tf.tanh(m(w as tf.Tensor, x, true, true)), u as tf.Tensor, true, false), y),
        }),
      ],
      [
        'scale, shift and quotient',
        () => ({
          learned: [positive(5), tf.scalar(1.3), positive(1, 5)],
          x: normal(6, 5),
          y: normal(6, 5),
          loss: (g, s, d) => (x, y) => mse(tf.div(tf.mul(tf.mul(x, g as tf.Tensor), s as tf.Tensor), d as tf.Tensor), y),
        }),
      ],
      [
        'powers, maxima and differences of parameters',
        () => ({
          // Of these kernels tfjs itself doesn't sum the gradient over broadcast axes.
          learned: [positive(5), normal(1, 5), normal(5)],
          x: positive(6, 5),
          y: normal(6, 5),
          loss: (p, t, c) => (x, y) => mse(tf.sub(c as tf.Tensor, tf.maximum(tf.pow(x, p as tf.Tensor), t as tf.Tensor)), y),
        }),
      ],
      [
        'weights tied with their transpose',
        () => ({
          learned: [normal(5, 3)],
          x: normal(6, 5),
          y: normal(6, 5),
          loss: (w) => (x, y) => mse(m(tf.tanh(m(x, w as tf.Tensor)), w as tf.Tensor, false, true), y),
        }),
      ],
      [
        'weight normalisation: parameters computed from parameters',
        () => ({
          learned: [normal(5, 3), positive(3)],
          ...{ x: regression.x(), y: regression.y() },
          loss: (v, g) => (x, y) =>
            mse(m(x, tf.mul(g as tf.Tensor, tf.div(v as tf.Tensor, tf.sqrt(tf.sum(tf.square(v as tf.Tensor), 0))))), y),
        }),
      ],
      [
        'a low-rank update of frozen weights',
        () => {
          const frozen = tf.variable(normal(5, 3), false)
          return {
            learned: [normal(5, 2), normal(2, 3)],
            ...{ x: regression.x(), y: regression.y() },
            loss: (a, b) => (x, y) => mse(m(x, tf.add(frozen, m(a as tf.Tensor, b as tf.Tensor))), y),
          }
        },
      ],
      [
        'self-attention',
        () => ({
          learned: [normal(6, 6), normal(6, 6), normal(6, 6), normal(6, 2)],
          x: normal(4, 5, 6),
          y: normal(4, 2),
          loss: (q, k, v, o) => (x, y) => {
            const [n = 0] = x.shape
            const by = (w: tf.Tensor): tf.Tensor => tf.reshape(m(tf.reshape(x, [n * 5, 6]), w), [n, 5, 6])
            const weights = tf.softmax(tf.div(m(by(q as tf.Tensor), by(k as tf.Tensor), false, true), Math.sqrt(6)))
            return mse(m(tf.mean(m(weights, by(v as tf.Tensor)), 1), o as tf.Tensor), y)
          },
        }),
      ],
      [
        'a sum over the batch',
        () => ({
          learned: [normal(5, 3)],
          x: normal(6, 5),
          y: normal(6, 3),
          loss: (w) => (x, y) => tf.sum(tf.square(tf.sub(m(x, w as tf.Tensor), y))),
        }),
      ],
      [
        'a sum divided by the number of examples',
        () => ({
          learned: [normal(5, 3)],
          x: normal(6, 5),
          y: normal(6, 3),
          loss: (w) => (x, y) => tf.div(tf.sum(tf.square(tf.sub(m(x, w as tf.Tensor), y))), x.shape[0] as number),
        }),
      ],
      [
        'two means added, one of them scaled',
        () => ({
          learned: [normal(5, 3)],
          x: normal(6, 5),
          y: normal(6, 3),
          loss: (w) => (x, y) => tf.add(mse(m(x, w as tf.Tensor), y), tf.mul(0.5, tf.mean(tf.abs(m(x, w as tf.Tensor))))),
        }),
      ],
      [
        'slices, stacks, tiles, gathers',
        () => ({
          learned: [normal(5, 4), normal(7, 2)],
          x: normal(6, 5),
          y: normal(6, 4),
          loss: (w, table) => (x, y) => {
            const h = m(x, w as tf.Tensor)
            const [left, right] = tf.split(h, 2, 1) as [tf.Tensor, tf.Tensor]
            const stacked = tf.reshape(tf.stack([tf.reverse(left, 1), right], 1), [-1, 4])
            const tiled = tf.tile(tf.slice(stacked, [0, 1], [-1, 2]), [1, 2])
            const picked = tf.gather(tiled, tf.tensor1d([3, 0, 1, 1], 'int32'), 1)
            const rows = tf.gather(
              table as tf.Tensor,
              tf.cast(tf.clipByValue(tf.abs(tf.slice(x, [0, 0], [-1, 2])), 0, 6), 'int32'),
            )
            return mse(
              tf.add(
                tf.pad(tf.cumsum(picked, 1), [
                  [0, 0],
                  [0, 0],
                ]),
                tf.reshape(rows, [-1, 4]),
              ),
              y,
            )
          },
        }),
      ],
    ]
    it.each(programs)('%s', (_, make, options) => {
      const found = compare(problem(make(), options))
      expect(found.leaked).toBe(0)
      expect(found.norms).toBeLessThan(5e-6)
      expect(found.clippedSum).toBeLessThan(5e-6)
    })
  },
)

describe('what mixes examples is refused, by kernel and variable', () => {
  const w = (): tf.Tensor[] => [normal(5, 3)]
  const refusals: [string, (w: tf.Tensor) => Loss, kernel: string, why: RegExp][] = [
    [
      'centring by the mean of the batch',
      (v) => (x, y) => mse(m(tf.sub(x, tf.mean(x, 0)), v), y),
      'Sub',
      /reduced over the batch/,
    ],
    [
      'a denominator counted from data',
      (v) => (x, y) => tf.losses.meanSquaredError(y, m(x, v), tf.cast(tf.greater(y, 0), 'float32')),
      'RealDiv',
      /reduced/,
    ],
    [
      'each example against every other',
      (v) => (x) => tf.mean(tf.logSumExp(m(m(x, v), m(x, v), false, true), 1)),
      'BatchMatMul',
      /multiplies examples with each other/,
    ],
    ['the maximum of the batch', (v) => (x, y) => tf.max(tf.square(tf.sub(m(x, v), y))), 'Max', /other than a sum or a mean/],
    ['the root of a mean', (v) => (x, y) => tf.sqrt(mse(m(x, v), y)), 'Sqrt', /reduced over the batch/],
    [
      'a softmax over the batch',
      (v) => (x, y) => tf.mean(tf.mul(tf.softmax(tf.transpose(m(x, v))), tf.transpose(y))),
      'Softmax',
      /along the examples/,
    ],
    ['examples accumulated', (v) => (x, y) => mse(tf.cumsum(m(x, v), 0), y), 'Cumsum', /accumulates/],
    ['examples in reverse', (v) => (x, y) => mse(tf.reverse(m(x, v), 0), y), 'Reverse', /order/],
    ['one example for all', (v) => (x, y) => mse(tf.tile(tf.slice(m(x, v), 0, 1), [6, 1]), y), 'Slice', /cuts/],
    ['examples joined', (v) => (x) => tf.mean(tf.concat([m(x, v), m(x, v)], 0)), 'Concat', /joins/],
    [
      'examples gathered',
      (v) => (x) => tf.mean(tf.gather(m(x, v), tf.tensor1d([1, 0, 3], 'int32'))),
      'GatherV2',
      /gathers examples/,
    ],
    ['a kernel that nobody vouches for', (v) => (x) => tf.mean(tf.topk(m(x, v), 2).values), 'TopK', /not known/],
    ['a product of two means', (v) => (x, y) => tf.mul(mse(m(x, v), y), tf.mean(m(x, v))), 'Multiply', /depend on each other/],
    ['a mean and a sum', (v) => (x, y) => tf.add(mse(m(x, v), y), tf.sum(m(x, v))), 'Add', /adds a mean/],
    [
      'a weight of the loss that is learned',
      (v) => (x, y) => tf.mul(mse(m(x, v), y), tf.sum(v)),
      'Multiply',
      /depend on each other/,
    ],
    ['no reduction at all', (v) => (x) => tf.reshape(tf.slice(m(x, v), [0, 0], [1, 1]), []), 'Slice', /cuts/],
  ]
  it.each(refusals)('%s', (_, loss, kernel, why) => {
    const given = problem({ learned: w(), x: normal(6, 5), y: normal(6, 3), loss: (v) => loss(v as tf.Tensor) })
    const before = tf.memory().numTensors
    let refusal: unknown
    try {
      perExample(given.loss, given.variables, {}, () => ({}))
    } catch (error) {
      refusal = error
    }
    expect(refusal).toBeInstanceOf(UnsupportedModelError)
    expect(refusal).toMatchObject({ kernel })
    expect((refusal as Error).message).toMatch(why)
    expect((refusal as UnsupportedModelError).variable).toMatch(/^\d+$/)
    expect(tf.memory().numTensors).toBe(before)
  })
  it('data that was given another way round than by example', () => {
    const table = normal(5, 4)
    const given = problem({
      learned: w(),
      x: normal(6, 5),
      y: normal(6, 3),
      loss: (v) => (x, y) => tf.add(mse(m(x, v as tf.Tensor), y), tf.mean(m(table, v as tf.Tensor, true))),
    })
    expect(() => perExample(given.loss, given.variables, {}, () => ({}))).toThrow(InvalidParameterError)
    expect(() => perExample(given.loss, given.variables, { batchSize: 6 }, () => ({}))).toThrow(
      'its first axis does not count the 6 examples',
    )
    const { loss } = perExample(given.loss, given.variables, { constants: [table] }, () => ({}))
    expect(loss.shape).toEqual([])
  })
  it('a scale that may count examples, until it is said what it is', () => {
    const given = problem({
      learned: w(),
      x: normal(6, 5),
      y: normal(6, 3),
      loss: (v) => (x, y) => tf.mul(tf.sum(tf.sub(m(x, v as tf.Tensor), y)), 0.25),
    })
    expect(() => perExample(given.loss, given.variables, {}, () => ({}))).toThrow('"reduction" must be')
    perExample(given.loss, given.variables, { reduction: 'sum' }, () => ({})).loss.dispose()
    const mean = problem({ learned: w(), x: normal(6, 5), y: normal(6, 3), loss: (v) => (x, y) => mse(m(x, v as tf.Tensor), y) })
    expect(() => perExample(mean.loss, mean.variables, { reduction: 'sum' }, () => ({}))).toThrow(
      "'mean', which is what the loss does",
    )
  })
  it('a loss without data, one that is no number, one inside another gradient', () => {
    const v = tf.variable(normal(2))
    const x = normal(3, 2)
    const attempt = (f: () => tf.Tensor, options: AnalysisOptions = {}): unknown =>
      perExample(f as () => tf.Scalar, [v], options, () => ({}))
    expect(() => attempt(() => tf.sum(v))).toThrow('"batchSize" must be given')
    expect(() => attempt(() => tf.sum(v), { batchSize: 3 })).toThrow('no tensor of data')
    expect(() => attempt(() => tf.mul(x, v))).toThrow('one number')
    expect(() => attempt(() => tf.mean(x))).toThrow('no trainable variable meets the data')
    expect(() =>
      tf.variableGrads(() => {
        attempt(() => tf.mean(tf.mul(x, v)))
        return tf.sum(v) as tf.Scalar
      }),
    ).toThrow('inside another gradient')
    expect(() =>
      attempt(() => {
        throw new Error('of its own')
      }),
    ).toThrow('of its own')
    expect(Object.hasOwn(tf.engine(), 'runKernel')).toBe(false)
  })
  it('BatchNormalization, frozen or not; a stateful layer', async () => {
    const { layers: l } = tl
    for (const trainable of [true, false]) {
      const model = tl.sequential({
        layers: [l.dense({ units: 4, inputShape: [6] }), l.batchNormalization({ trainable }), l.dense({ units: 2 })],
      })
      const given = modelProblem(model, normal(5, 6), normal(5, 2))
      expect(() => perExample(given.loss, given.variables, {}, () => ({}))).toThrow(/BatchNormalization|batch_normalization/)
    }
    const w2 = tf.variable(normal(3, 3))
    const x = normal(4, 3)
    let state = normal(4, 3)
    const step = (): tf.Scalar => {
      state = tf.keep(tf.tanh(tf.add(m(x, w2), state)))
      return tf.mean(tf.square(state))
    }
    perExample(step, [w2], {}, () => ({})).loss.dispose()
    expect(() => perExample(step, [w2], {}, () => ({}))).toThrow('stateful')
    expect(integers(2, 1).shape).toEqual([1])
  })
})
