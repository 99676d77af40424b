/**
 * A network that learns the digits, with one more weight for every canary: a canary pulls at its own weight and at nothing else, as hard as
 * it can. What noise and clipping leave of the pull is then plain in the weight, which makes it the strongest canary
 * there is for an auditor who sees the model (Steinke, Nasr and Jagielski 2023, section 6, "Dirac canaries").
 */
import * as tf from '@tensorflow/tfjs-core'
import { loadDigits } from '../../examples/digits/load.ts'
import { tensors } from '../tfjs/backends.ts'
import { coins } from './canaries.ts'

export type Crafted = {
  readonly isIn: readonly boolean[]
  readonly count: number
  readonly x: { readonly pixels: tf.Tensor; readonly canary: tf.Tensor; readonly pull: tf.Tensor }
  readonly y: tf.Tensor
  readonly variables: tf.Variable[]
  readonly loss: (x: Inputs, y: tf.Tensor) => tf.Scalar
  /** How far each canary's weight has been pulled. */
  readonly scores: () => Float32Array
  readonly dispose: () => void
}

type Inputs = { readonly pixels: tf.Tensor; readonly canary: tf.Tensor; readonly pull: tf.Tensor }

export type CraftedOptions = {
  readonly canaries: number
  /** Digits among them. */
  readonly digits: number
  /** The norm of a canary's gradient. */
  readonly pull: number
  readonly seed: number
}

export function crafted({ canaries, digits, pull, seed }: CraftedOptions): Crafted {
  const { toss } = coins(seed)
  const isIn = Array.from({ length: canaries }, toss)
  const chosen = [...isIn.keys()].filter((i) => isIn[i] === true)
  const count = digits + chosen.length
  const { train } = loadDigits()
  const pixels = new Float32Array(count * 64)
  pixels.set(train.pixels.subarray(0, digits * 64))
  const labels = new Float32Array(count * 10)
  labels.set(train.oneHot.subarray(0, digits * 10))
  const none = new Array<number>(digits).fill(0)
  const x = {
    pixels: tf.tensor(pixels, [count, 64]),
    canary: tf.tensor([...none, ...chosen], [count], 'int32'),
    pull: tf.tensor([...none, ...chosen.map(() => pull)], [count]),
  }
  const y = tf.tensor(labels, [count, 10])
  const { normal } = tensors(seed)
  const weights = (...shape: number[]): tf.Variable => tf.tidy(() => tf.variable(tf.mul(normal(...shape), 0.2)))
  const [w, b, u, c] = [weights(64, 16), weights(16), weights(16, 10), weights(10)] as const
  const pulled = tf.variable(tf.zeros([canaries]))
  const loss = (given: Inputs, target: tf.Tensor): tf.Scalar => {
    const hidden = tf.relu(tf.add(tf.matMul(given.pixels as tf.Tensor2D, w as tf.Tensor2D), b))
    const logits = tf.add(tf.matMul(hidden as tf.Tensor2D, u as tf.Tensor2D), c)
    // A canary has no label, and so no loss of this kind.
    const digitLoss = tf.neg(tf.sum(tf.mul(target, tf.logSoftmax(logits)), 1))
    const canaryLoss = tf.neg(tf.mul(given.pull, tf.gather(pulled, given.canary as tf.Tensor1D)))
    return tf.mean(tf.add(digitLoss, canaryLoss))
  }
  const variables = [w, b, u, c, pulled]
  return {
    ...{ isIn, count, x, y, variables, loss },
    scores: () => pulled.dataSync() as Float32Array,
    dispose: () => tf.dispose([variables, x, y]),
  }
}
