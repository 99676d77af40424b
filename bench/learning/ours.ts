/** Our side of the comparison: the digits learned by `trainPrivately`. */
import * as tf from '@tensorflow/tfjs-core'
import { type Digits, loadDigits } from '../../examples/digits/load.ts'
import type { PrivacyEvent } from '../../src/events/kinds.ts'
import { insecureSeeded } from '../../src/testing/index.ts'
import { trainPrivately } from '../../src/tfjs/index.ts'
import cases from './cases.json' with { type: 'json' }
import { imageShape, type ModelName, models } from './models.ts'

export type Outcome = { readonly accuracy: number; readonly event: PrivacyEvent }

/** What is promised, at the learning rate that suits it, and the noise that keeps the promise. */
export type Goal = { readonly epsilon: number; readonly learningRate: number; readonly noiseMultiplier: number }

/** The part that both sides learn from: so many that the batch size divides them, as Opacus rounds its sampling rate otherwise. */
export function learners(): { readonly train: Digits; readonly test: Digits } {
  const { train, test } = loadDigits()
  const count = cases.examples
  const [pixels, oneHot] = [train.pixels.slice(0, count * 64), train.oneHot.slice(0, count * 10)]
  return { train: { count, pixels, oneHot, labels: train.labels.slice(0, count) }, test }
}

export async function learn(name: ModelName, { learningRate, noiseMultiplier }: Goal, seed: number): Promise<Outcome> {
  const { train, test } = learners()
  const { batchSize, epochs, delta, l2NormClip, momentum } = cases
  const model = models[name](seed)
  model.compile({ optimizer: tf.train.momentum(learningRate, momentum), loss: 'categoricalCrossentropy' })
  const table = (values: Float32Array, shape: readonly number[]): { values: Float32Array; shape: readonly number[] } => ({
    values,
    shape: [train.count, ...shape],
  })
  const { event } = await trainPrivately(
    model,
    { x: table(train.pixels, imageShape[name]), y: table(train.oneHot, [10]) },
    { sampling: 'poisson', batchSize, epochs, noiseMultiplier, delta, l2NormClip, insecureRandom: insecureSeeded(seed) },
  )
  const accuracy = tf.tidy(() => {
    const images = tf.tensor(test.pixels, [test.count, ...imageShape[name]])
    const answers = tf.argMax(model.predict(images) as tf.Tensor, 1).dataSync()
    return answers.filter((answer, i) => answer === test.labels[i]).length / test.count
  })
  model.dispose()
  return { accuracy, event }
}
