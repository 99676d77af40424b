import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { tensors, useBackend } from './backends.ts'
import { compare } from './brute-force.ts'

const { normal } = tensors(22)
const mse = (a: tf.Tensor, b: tf.Tensor): tf.Scalar => tf.mean(tf.square(tf.sub(a, b)))

beforeAll(() => useBackend('cpu'))

/** Programs in which sizes coincide or elements take detours: right, not refused. */
describe('what keeps examples apart in other words, against a loop over single examples', () => {
  type Loss = (v: tf.Variable[], x: tf.Tensor, y: tf.Tensor) => tf.Tensor
  const programs: [string, learned: () => tf.Tensor[], x: () => tf.Tensor, y: () => tf.Tensor, Loss][] = [
    [
      'a penalty on gradients',
      () => [normal(5, 4), normal(4, 1)],
      () => normal(6, 5),
      () => normal(6, 1),
      ([a, b], x, y) => {
        const net = (x: tf.Tensor): tf.Tensor => tf.matMul(tf.softplus(tf.matMul(x, a as tf.Tensor)), b as tf.Tensor)
        const slopes = tf.grad((x) => tf.sum(net(x)))(x)
        const penalty = tf.mean(tf.square(tf.sub(tf.sqrt(tf.sum(tf.square(slopes), 1)), 1)))
        return tf.add(mse(net(x), y), tf.mul(0.3, penalty))
      },
    ],
    [
      'nested tidies, clones and a kept tensor',
      () => [normal(5, 3)],
      () => normal(6, 5),
      () => normal(6, 3),
      ([v], x, y) => tf.tidy(() => mse(tf.clone(tf.tidy(() => tf.clone(tf.matMul(tf.clone(x), tf.clone(v as tf.Tensor))))), y)),
    ],
    [
      'reshapes and transposes of the same variable in another order',
      () => [normal(6, 4)],
      () => normal(5, 6),
      () => normal(5, 4),
      ([v], x, y) => {
        const one = tf.reshape(tf.transpose(v as tf.Tensor), [6, 4])
        const two = tf.transpose(tf.reshape(v as tf.Tensor, [4, 6]))
        return tf.add(mse(tf.matMul(x, one), y), mse(tf.sin(tf.matMul(x, two)), y))
      },
    ],
    [
      'a part of a split, and the same part turned',
      () => [normal(4, 8)],
      () => normal(5, 4),
      () => normal(5, 4),
      ([v], x, y) => {
        const [part] = tf.split(v as tf.Tensor, 2, 1) as [tf.Tensor, tf.Tensor]
        return mse(tf.matMul(tf.tanh(tf.matMul(x, part)), part, false, true), y)
      },
    ],
    [
      'parts of two splits that overlap',
      () => [normal(4, 4)],
      () => normal(5, 4),
      () => normal(5, 2),
      ([v], x, y) => {
        const [one] = tf.split(v as tf.Tensor, 2, 1) as [tf.Tensor, tf.Tensor]
        const [, two] = tf.split(tf.transpose(v as tf.Tensor), 2, 1) as [tf.Tensor, tf.Tensor]
        return tf.add(mse(tf.matMul(x, one), y), mse(tf.sin(tf.matMul(x, two)), y))
      },
    ],
    [
      'as many of everything as examples, transposed',
      () => [normal(4, 4), normal(4)],
      () => normal(4, 4, 4),
      () => normal(4, 4),
      ([v, b], x, y) => {
        const h = tf.tanh(tf.add(tf.reshape(tf.matMul(tf.reshape(x, [-1, 4]), v as tf.Tensor), x.shape), b as tf.Tensor))
        const byTime = tf.transpose(h, [1, 0, 2])
        const mixed = tf.sub(byTime, tf.mean(byTime, 0, true))
        return mse(tf.sum(tf.transpose(tf.mul(mixed, tf.softmax(mixed)), [1, 2, 0]), 2), y)
      },
    ],
    [
      'examples in the middle of an axis',
      () => [normal(3, 2)],
      () => normal(5, 4, 3),
      () => normal(5, 8),
      ([v], x, y) => {
        const n = x.shape[0] as number
        const rows = tf.reshape(tf.transpose(x, [1, 0, 2]), [4 * n, 3])
        const out = tf.reshape(tf.tanh(tf.matMul(rows, v as tf.Tensor)), [4, n, 2])
        return mse(tf.reshape(tf.transpose(out, [1, 0, 2]), [n, 8]), y)
      },
    ],
    [
      'images of one example one after the other',
      () => [normal(2, 2, 1, 3), normal(3), normal(2, 2, 3, 1)],
      () => normal(3, 2, 5, 5, 1),
      () => normal(3, 6),
      ([v, b, d], x, y) => {
        const images = tf.reshape(x, [-1, 5, 5, 1]) as tf.Tensor4D
        const seen = tf.relu(tf.add(tf.conv2d(images, v as tf.Tensor4D, 1, 'same'), b as tf.Tensor)) as tf.Tensor4D
        const deeper = tf.depthwiseConv2d(seen, d as tf.Tensor4D, 2, 'valid')
        return mse(tf.reshape(tf.mean(deeper, [1, 2]), [-1, 6]), y)
      },
    ],
    [
      'products over features',
      () => [normal(5, 4)],
      () => normal(6, 5),
      () => normal(6),
      ([v], x, y) => mse(tf.prod(tf.matMul(x, v as tf.Tensor), 1), y),
    ],
  ]
  it.each(programs)('%s', (_, learned, x, y, loss) => {
    const [data, labels] = [x(), y()]
    const variables = learned().map((value) => tf.variable(value))
    const found = compare({
      batchSize: data.shape[0] as number,
      variables,
      loss: () => loss(variables, data, labels) as tf.Scalar,
      lossOf: (i) => loss(variables, tf.slice(data, i, 1), tf.slice(labels, i, 1)) as tf.Scalar,
    })
    expect(found.leaked).toBe(0)
    expect(found.norms).toBeLessThan(5e-6)
    expect(found.clippedSum).toBeLessThan(5e-6)
  })
  it('a penalty on gradients of what tfjs itself differentiates but once, against the formula', () => {
    const [a, b] = [tf.variable(normal(5, 4)), tf.variable(normal(4, 1))]
    const data = normal(6, 5)
    const net = (x: tf.Tensor): tf.Tensor => tf.matMul(tf.tanh(tf.matMul(x, a)), b)
    const withPenalty = (slopes: tf.Tensor, x: tf.Tensor): tf.Scalar =>
      tf.add(tf.mean(net(x)), tf.mean(tf.sum(tf.square(slopes), 1)))
    const byFormula = (x: tf.Tensor): tf.Scalar => {
      const h = tf.tanh(tf.matMul(x, a))
      return withPenalty(tf.matMul(tf.mul(tf.sub(1, tf.mul(h, h)), tf.transpose(b)), a, false, true), x)
    }
    const found = compare({
      batchSize: 6,
      variables: [a, b],
      loss: () => withPenalty(tf.grad((x) => tf.sum(net(x)))(data), data),
      lossOf: (i) => byFormula(tf.slice(data, i, 1)),
    })
    expect(Math.max(found.norms, found.clippedSum)).toBeLessThan(5e-6)
  })
  it('a row of an index that is learned: nothing flows to the index', () => {
    const [table, v] = [tf.variable(normal(3, 4)), tf.variable(normal(5, 3))]
    const [data, labels] = [normal(6, 5), normal(6, 4)]
    const picked = (rows: tf.Tensor, codes: tf.Tensor, y: tf.Tensor): tf.Scalar =>
      tf.add(mse(tf.mean(tf.gather(table, rows), 1), y), tf.mean(tf.abs(codes)))
    const nearest = (codes: tf.Tensor): tf.Tensor => tf.cast(tf.round(tf.clipByValue(codes, 0, 2)), 'int32')
    const found = compare({
      batchSize: 6,
      variables: [table, v],
      loss: () => {
        const codes = tf.matMul(data, v)
        return picked(nearest(codes), codes, labels)
      },
      lossOf: (i) => {
        const codes = tf.matMul(tf.slice(data, i, 1), v)
        return picked(tf.tensor2d(nearest(codes).arraySync() as number[][], [1, 3], 'int32'), codes, tf.slice(labels, i, 1))
      },
    })
    expect(Math.max(found.norms, found.clippedSum)).toBeLessThan(5e-6)
  })
})
