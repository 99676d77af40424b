import * as tf from '@tensorflow/tfjs-core'
import * as tl from '@tensorflow/tfjs-layers'
import { beforeAll, expect, it } from 'vitest'
import { loadDigits } from '../../examples/digits/load.ts'
import { areaUnderFrontier, rocFrontier } from '../../src/accounting/audit-scores.ts'
import { oneRunEpsilon } from '../../src/accounting/index.ts'
import { insecureSeeded } from '../../src/testing/index.ts'
import { trainPrivately } from '../../src/tfjs/index.ts'
import { useBackend } from '../tfjs/backends.ts'
import { coins, guess, significance } from './canaries.ts'

const canaries = 600
const [epsilon, delta] = [1, 1e-5]

beforeAll(() => useBackend('wasm'))

/** What somebody learns of who was in, who can only ask the model: how well it knows images whose labels are wrong. */
async function attack(noise: { targetEpsilon: number } | { noiseMultiplier: number }, l2NormClip: number) {
  const { train } = loadDigits()
  const { toss, below } = coins(11)
  const isIn = Array.from({ length: canaries }, toss)
  const oneHot = train.oneHot.slice()
  for (let i = 0; i < canaries; i++) {
    const wrong = ((train.labels[i] as number) + 1 + below(9)) % 10
    oneHot.fill(0, i * 10, (i + 1) * 10)
    oneHot[i * 10 + wrong] = 1
  }
  const chosen = tf.tensor1d(
    Array.from({ length: train.count }, (_, i) => i).filter((i) => i >= canaries || isIn[i] === true),
    'int32',
  )
  const [images, targets] = [tf.tensor2d(train.pixels, [train.count, 64]), tf.tensor2d(oneHot, [train.count, 10])]
  const [x, y] = [tf.gather(images, chosen), tf.gather(targets, chosen)]
  const model = tl.sequential({
    layers: [
      tl.layers.dense({
        units: 128,
        activation: 'relu',
        inputShape: [64],
        kernelInitializer: tl.initializers.glorotUniform({ seed: 1 }),
      }),
      tl.layers.dense({ units: 10, activation: 'softmax', kernelInitializer: tl.initializers.glorotUniform({ seed: 2 }) }),
    ],
  })
  model.compile({ optimizer: tf.train.adam(0.005), loss: 'categoricalCrossentropy' })
  const options = { sampling: 'poisson', batchSize: 100, epochs: 60, delta, l2NormClip, ...noise } as const
  await trainPrivately(model, { x, y }, { ...options, insecureRandom: insecureSeeded(12) })
  const losses = tf.tidy(() => {
    const known = tf.sum(tf.mul(model.predict(images) as tf.Tensor, targets), 1)
    return tf.neg(tf.log(tf.add(known, 1e-7))).dataSync()
  })
  tf.dispose([chosen, images, targets, x, y])
  model.dispose()
  const scores = isIn.map((_, i) => -(losses[i] as number))
  const frontier = rocFrontier(
    scores.filter((_, i) => isIn[i] === true),
    scores.filter((_, i) => isIn[i] === false),
  )
  const proven = oneRunEpsilon({ ...guess(scores, isIn, canaries / 3), significance, delta })
  if (process.env['TELL'] !== undefined)
    console.log(noise, `epsilon >= ${proven.toFixed(2)}`, `area ${areaUnderFrontier(frontier).toFixed(3)}`)
  return { proven, area: areaUnderFrontier(frontier) }
}

it('tells no more of images with wrong labels than was promised', async () => {
  const { proven, area } = await attack({ targetEpsilon: epsilon }, 1)
  expect(proven).toBeLessThanOrEqual(epsilon)
  // By chance it is a half; this is an estimate, and proves nothing.
  expect(area).toBeLessThan(0.6)
})

it('tells them apart where training had neither noise nor clipping', async () => {
  const { proven, area } = await attack({ noiseMultiplier: 0 }, 1e3)
  expect(proven).toBeGreaterThan(epsilon)
  expect(area).toBeGreaterThan(0.8)
})
