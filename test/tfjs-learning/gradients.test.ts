import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { loadDigits } from '../../examples/digits/load.ts'
import { epsilon, oneRunEpsilon } from '../../src/accounting/index.ts'
import { gaussian, repeated } from '../../src/events/builders.ts'
import { gaussianAdder } from '../../src/random/index.ts'
import { insecureSeeded } from '../../src/testing/index.ts'
import { dpOptimizer } from '../../src/tfjs/index.ts'
import { tensors, useBackend } from '../tfjs/backends.ts'
import { coins, guess, significance } from './canaries.ts'

// Canaries are images of noise with a label by chance, in the data of an ordinary network. The auditor sees the gradients that the
// base optimizer is given, and asks how much of each canary's own gradient is in them.

const [norm, delta, steps, noiseMultiplier] = [1, 1e-6, 4, 6]
const claimed = epsilon(repeated({ times: steps, event: gaussian({ noiseMultiplier }) }), { delta }).upper
// More of them hide one another.
const canaries = 1000
const digits = 200
// Each pixel comes sixteen times: the more inputs, the less two images of noise have in common.
const [tiles, width] = [16, 64 * 16]

beforeAll(() => useBackend('wasm'))

type Weights = readonly [w: tf.Tensor, b: tf.Tensor, u: tf.Tensor, c: tf.Tensor]

/** By hand, so that the auditor shares no code with what is audited. */
function gradientsOf(x: tf.Tensor, y: tf.Tensor, [w, b, u, c]: Weights) {
  const before = tf.add(tf.matMul(x, w), b)
  const hidden = tf.relu(before)
  const top = tf.sub(tf.softmax(tf.add(tf.matMul(hidden, u), c) as tf.Tensor2D), y)
  const bottom = tf.mul(tf.matMul(top, u, false, true), tf.step(before))
  const rows = (a: tf.Tensor, d: tf.Tensor): tf.Tensor => tf.sum(tf.mul(a, d), 1)
  const squares = tf.add(
    tf.mul(rows(top, top), tf.add(rows(hidden, hidden), 1)),
    tf.mul(rows(bottom, bottom), tf.add(rows(x, x), 1)),
  )
  const factors = tf.minimum(1, tf.div(norm, tf.sqrt(squares)))
  const clipped = (rowsOf: tf.Tensor): tf.Tensor => tf.mul(rowsOf, tf.expandDims(factors, 1))
  return {
    /** The sum of the clipped gradients. */
    sum: (): Weights => {
      const [t, s] = [clipped(top), clipped(bottom)]
      return [tf.matMul(x, s, true), tf.sum(s, 0), tf.matMul(hidden, t, true), tf.sum(t, 0)]
    },
    /** The inner product of each clipped gradient with a direction. */
    along: ([dw, db, du, dc]: Weights): tf.Tensor =>
      tf.mul(factors, tf.add(rows(top, tf.add(tf.matMul(hidden, du), dc)), rows(bottom, tf.add(tf.matMul(x, dw), db)))),
  }
}

const named = (given: tf.NamedTensorMap | { name: string; tensor: tf.Tensor }[]): tf.NamedTensorMap =>
  Array.isArray(given) ? Object.fromEntries(given.map(({ name, tensor }) => [name, tensor])) : given

/** Plain descent that lets the auditor look at each gradient before it is taken. */
class Watched extends tf.Optimizer {
  readonly #sgd = tf.train.sgd(0.5)
  constructor(readonly look: (gradients: tf.Tensor[]) => void) {
    super()
  }
  override applyGradients(given: tf.NamedTensorMap | { name: string; tensor: tf.Tensor }[]): void {
    const gradients = named(given)
    this.look(Object.values(gradients))
    this.#sgd.applyGradients(gradients)
  }
  override getConfig(): tf.serialization.ConfigDict {
    return {}
  }
}

type Made = (watched: Watched, batch: number) => tf.Optimizer

function audit(seed: number, optimizerOf: Made): number {
  const { toss, below } = coins(seed)
  const isIn = Array.from({ length: canaries }, toss)
  const { train } = loadDigits()
  const { normal } = tensors(seed)
  const images = normal(canaries, width)
  const numbers = tf.tensor1d(
    Array.from({ length: canaries }, () => below(10)),
    'int32',
  )
  // oneHot of dtype float32 is not to be trusted on wasm.
  const labels = tf.cast(tf.oneHot(numbers, 10), 'float32')
  const chosen = tf.tensor1d(
    [...isIn.keys()].filter((i) => isIn[i] === true),
    'int32',
  )
  const known = [
    tf.tile(tf.tensor2d(train.pixels.subarray(0, digits * 64), [digits, 64]), [1, tiles]),
    tf.tensor2d(train.oneHot.subarray(0, digits * 10), [digits, 10]),
  ] as const
  const x = tf.concat([known[0], tf.gather(images, chosen)], 0)
  const y = tf.concat([known[1], tf.gather(labels, chosen)], 0)
  const weights = [normal(width, 64), normal(64), normal(64, 10), normal(10)].map((t) => tf.variable(tf.mul(t, 0.05)))
  const [w, b, u, c] = weights as [tf.Variable, tf.Variable, tf.Variable, tf.Variable]
  const scores = new Float64Array(canaries)
  const batch = digits + chosen.size
  const watched = new Watched((gradients) => {
    const along = tf.tidy(() => {
      const [sought, others] = [gradientsOf(images, labels, [w, b, u, c]), gradientsOf(...known, [w, b, u, c])]
      // What is there beyond the digits, and beyond half of all canaries: those that are in stand out, those that are out are missing.
      const [all, rest] = [sought.sum(), others.sum()]
      const beyond = gradients.map((g, i) =>
        tf.sub(tf.mul(g, batch), tf.add(tf.div(all[i] as tf.Tensor, 2), rest[i] as tf.Tensor)),
      )
      return sought.along(beyond as unknown as Weights).dataSync()
    })
    for (const [i, value] of along.entries()) scores[i] = (scores[i] as number) + value
  })
  const optimizer = optimizerOf(watched, batch)
  const loss = (): tf.Scalar => {
    const logits = tf.add(tf.matMul(tf.relu(tf.add(tf.matMul(x, w), b)), u), c)
    return tf.neg(tf.mean(tf.sum(tf.mul(y, tf.logSoftmax(logits)), 1)))
  }
  for (let i = 0; i < steps; i++) optimizer.minimize(loss, false, weights)
  tf.dispose([images, numbers, labels, chosen, x, y, ...known, ...weights])
  const proven = oneRunEpsilon({ ...guess(scores, isIn, canaries / 10), significance, delta })
  if (process.env['TELL'] !== undefined)
    console.log(`by gradients: epsilon >= ${proven.toFixed(2)}, ${claimed.toFixed(2)} claimed`)
  return proven
}

const made =
  ({ noise = 1, clip = 1 }): Made =>
  (watched, expectedBatchSize) => {
    const amounts = { l2NormClip: norm * clip, noiseMultiplier: (noiseMultiplier * noise) / clip, expectedBatchSize }
    return dpOptimizer(watched, { ...amounts, insecureRandom: insecureSeeded(3) })
  }

/** What many a home-made version does: clips the gradient of the mean, as optimizers for stable training do. */
class ClipsTheMean extends tf.Optimizer {
  constructor(
    readonly base: tf.Optimizer,
    readonly batch: number,
  ) {
    super()
  }
  override applyGradients(list: tf.NamedTensorMap | { name: string; tensor: tf.Tensor }[]): void {
    const given = named(list)
    const size = Math.hypot(...Object.values(given).map((g) => tf.tidy(() => tf.norm(g).dataSync()[0] as number)))
    const adder = gaussianAdder({ stddev: (noiseMultiplier * norm) / this.batch, insecureRandom: insecureSeeded(5) })
    const noisy = Object.entries(given).map(([name, g]) => {
      const clipped = tf.tidy(() => tf.mul(g, Math.min(1, norm / size)).dataSync() as Float32Array)
      return [name, tf.tensor(adder.releaseInto(clipped, new Float32Array(g.size)), g.shape)]
    })
    this.base.applyGradients(Object.fromEntries(noisy))
  }
  override getConfig(): tf.serialization.ConfigDict {
    return {}
  }
}

describe('images of noise in an ordinary network, sought for in its gradients', () => {
  it.each([1, 2, 3])('proves no more than was claimed: run %i', (seed) => {
    const found = audit(seed, made({}))
    expect(found).toBeLessThanOrEqual(claimed)
  })
  it.each([
    ['has no noise', made({ noise: 0 })],
    ['does not clip', made({ clip: 1e3 })],
    ['clips the mean, and not each example', ((watched, batch) => new ClipsTheMean(watched, batch)) satisfies Made],
  ] as const)('catches one that %s', (_, optimizerOf) => {
    expect(audit(1, optimizerOf)).toBeGreaterThan(claimed)
  })
})
