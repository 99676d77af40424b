import * as tf from '@tensorflow/tfjs-core'
import * as tl from '@tensorflow/tfjs-layers'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { AnalysisOptions } from '../../src/tfjs/analysis.ts'
import { perExample } from '../../src/tfjs/per-example.ts'
import { tensors, useBackend } from './backends.ts'
import { compare, modelProblem, type Problem } from './brute-force.ts'

const { normal, integers } = tensors(21)
const mse = (a: tf.Tensor, b: tf.Tensor): tf.Scalar => tf.mean(tf.square(tf.sub(a, b)))
const attempt = (f: () => tf.Tensor, variables: tf.Variable[], options: AnalysisOptions = {}): (() => void) => {
  return () => perExample(f as () => tf.Scalar, variables, options, () => ({})).loss.dispose()
}

let [x, y]: tf.Tensor[] = []
let w: tf.Variable
beforeAll(() => useBackend('cpu'))
beforeEach(() => {
  x = normal(6, 5)
  y = normal(6, 3)
  w = tf.variable(normal(5, 3))
})
const predicted = (): tf.Tensor => tf.matMul(x as tf.Tensor, w)
const loss = (): tf.Scalar => mse(predicted(), y as tf.Tensor)

describe('ways past the tape are refused', () => {
  it('a number made of values that were read as the loss was computed', () => {
    const data = x as tf.Tensor
    const reads: [string, () => number][] = [
      ['outside data', () => Math.max(...data.dataSync())],
      ['what data went into', () => tf.mean(data).dataSync()[0] as number],
      ['arraySync', () => tf.max(predicted()).arraySync() as number],
      ['bufferSync', () => tf.relu(data).bufferSync().get(0, 0) as number],
      ['toString', () => data.toString().length],
    ]
    for (const [name, value] of reads) {
      const before = tf.memory().numTensors
      expect(
        attempt(() => tf.add(loss(), tf.mul(value(), tf.sum(w))), [w]),
        name,
      ).toThrow('reads values of data')
      expect(tf.memory().numTensors, name).toBe(before)
    }
    // Read off the tape of what does not lead to the loss, too; and what has no data in it may be read.
    const size = tf.scalar(0.5)
    attempt(() => tf.add(loss(), tf.mul(size.dataSync()[0] as number, tf.sum(w))), [w], { constants: [size] })()
    attempt(() => tf.add(loss(), tf.mul(tf.max(w).dataSync()[0] as number, tf.sum(w))), [w])()
    expect(Object.hasOwn(tf.engine(), 'readSync')).toBe(false)
  })
  it('a variable made of data', () => {
    expect(
      attempt(() => {
        const copy = tf.variable(x as tf.Tensor)
        return tf.add(loss(), tf.mean(tf.matMul(copy, w)))
      }, [w]),
    ).toThrow('made while the loss is computed')
  })
  it('a second tensor on the memory of data', () => {
    type Maker = { makeTensorFromTensorInfo: (info: tf.TensorInfo, backend: tf.KernelBackend) => tf.Tensor }
    const alias = ({ dataId, dtype }: tf.Tensor): tf.Tensor =>
      (tf.engine() as unknown as Maker).makeTensorFromTensorInfo({ dataId, dtype, shape: [2, 15] }, tf.backend())
    expect(attempt(() => tf.add(loss(), tf.mul(tf.sum(w), tf.mean(alias(x as tf.Tensor)))), [w])).toThrow('memory of another')
  })
  it('a buffer of batches that was taken for frozen weights, from its second batch on', () => {
    const buffer = tf.variable(normal(2, 5), false)
    const f = (): tf.Scalar => tf.add(loss(), tf.mean(tf.matMul(buffer, w)))
    attempt(f, [w])()
    attempt(f, [w])()
    buffer.assign(normal(2, 5))
    expect(attempt(f, [w])).toThrow('changes from step to step')
    attempt(f, [w], { constants: [buffer] })()
  })
  it('weights that private steps learned may change while they are frozen', () => {
    const other = tf.variable(normal(3, 3))
    const f = (): tf.Scalar => mse(tf.matMul(predicted(), other), y as tf.Tensor)
    attempt(f, [w, other])()
    attempt(f, [w])()
    other.assign(normal(3, 3))
    attempt(f, [w])()
  })
  it('a write to a variable, even one that is taken back', () => {
    const scale = tf.variable(tf.scalar(1), false)
    const kept = tf.keep(tf.clone(scale))
    expect(
      attempt(() => {
        scale.assign(tf.mean(x as tf.Tensor))
        return tf.mul(loss(), scale)
      }, [w]),
    ).toThrow('writes to it')
    expect(
      attempt(() => {
        scale.assign(tf.mean(x as tf.Tensor))
        const result = tf.add(loss(), tf.mul(scale, tf.sum(w)))
        scale.assign(kept)
        return result
      }, [w]),
    ).toThrow(/writes to it/)
  })
  it('custom gradients of others: what they close over is not seen, nor is what they do to gradients', () => {
    const data = x as tf.Tensor
    const closing = tf.customGrad((v, save) => {
      ;(save as tf.GradSaveFunc)([v as tf.Tensor])
      const value = tf.mul(tf.mean(data), tf.sum(v as tf.Tensor))
      return { value, gradFunc: (dy: tf.Tensor) => tf.mul(dy, tf.mul(tf.mean(data), tf.onesLike(w))) }
    })
    expect(attempt(() => tf.add(loss(), closing(w)), [w])).toThrow('custom gradient')
    // An identity whose gradient is scaled by the whole batch; a fused product likewise.
    const scaling = tf.customGrad((h) => ({
      value: tf.clone(h as tf.Tensor),
      gradFunc: (dy: tf.Tensor) => tf.div(dy, tf.norm(dy)),
    }))
    expect(attempt(() => mse(scaling(predicted()), y as tf.Tensor), [w])).toThrow('custom gradient')
    const product = tf.customGrad((v) => ({
      value: tf.fused.matMul({ a: data, b: v as tf.Tensor }),
      gradFunc: () => tf.onesLike(w),
    }))
    expect(attempt(() => mse(product(w), y as tf.Tensor), [w])).toThrow('custom gradient')
    // Nor does the name of a kernel help.
    expect(attempt(() => mse(tf.tidy('Relu', () => scaling(predicted())) as tf.Tensor, y as tf.Tensor), [w])).toThrow(
      'custom gradient',
    )
  })
  it('a loss that was there before; a variable as the loss, which is left alone', () => {
    const before = tf.scalar(3)
    const variable = tf.variable(tf.scalar(2))
    expect(attempt(() => before, [w], { batchSize: 6 })).toThrow('computed by the function')
    expect(attempt(() => variable, [variable], { batchSize: 6 })).toThrow('computed by the function')
    expect([before.isDisposed, variable.isDisposed]).toEqual([false, false])
  })
  it('a stateful layer', () => {
    const { layers: l } = tl
    const model = tl.sequential({
      layers: [l.simpleRNN({ units: 3, stateful: true, batchInputShape: [4, 2, 5] }), l.dense({ units: 2 })],
    })
    const of = (): Problem => modelProblem(model, normal(4, 2, 5), normal(4, 2))
    const [first, second] = [of(), of()]
    expect(() => {
      attempt(first.loss, [...first.variables])()
      attempt(second.loss, [...second.variables])()
    }).toThrow('stateful')
  })
})

describe('a scale that follows the batch is refused, or has to be named', () => {
  const n = 6
  const total = (): tf.Tensor => tf.sum(tf.square(tf.sub(predicted(), y as tf.Tensor)))
  it('a mean times the number of examples', () => {
    expect(attempt(() => tf.mul(loss(), n), [w])).toThrow('"reduction" must be')
    expect(attempt(() => tf.mul(tf.scalar(3 * n), loss()), [w])).toThrow('"reduction" must be')
    expect(attempt(() => tf.div(tf.mul(total(), 1 / n), 1 / n), [w])).toThrow('"reduction" must be')
    expect(attempt(() => tf.mul(tf.div(total(), n), n), [w])).toThrow('"reduction" must be')
    attempt(() => tf.mul(loss(), n), [w], { reduction: 'mean' })()
    attempt(() => tf.add(loss(), tf.mul(loss(), n)), [w], { reduction: 'mean' })()
    attempt(() => tf.mul(loss(), 7), [w])()
  })
  it('a constant divisor that happens to be the size of the batch', () => {
    const divided = (): tf.Tensor => tf.div(total(), tf.scalar(n))
    attempt(divided, [w])()
    attempt(divided, [w], { reduction: 'sum' })()
    attempt(divided, [w], { reduction: 'mean' })()
    attempt(() => tf.add(divided(), loss()), [w])()
    attempt(() => tf.add(tf.mul(total(), 0.3), divided()), [w], { reduction: 'sum' })()
    expect(attempt(() => tf.add(total(), divided()), [w])).toThrow('adds a mean')
    expect(attempt(() => tf.add(tf.mul(total(), 0.3), total()), [w])).toThrow('adds a mean')
  })
  it('a term repeated as often as there are examples', () => {
    expect(attempt(() => tf.sum(tf.add(total(), tf.zeros([2 * n]))), [w])).toThrow('repeats a value')
    expect(attempt(() => tf.sum(tf.mul(loss(), tf.ones([2 * n]))), [w])).toThrow('repeats a value')
  })
  it('of a single example the mean is the sum', () => {
    const one = { x: normal(1, 5), y: normal(1, 3) }
    const f = (): tf.Tensor => {
      const terms = tf.square(tf.sub(tf.matMul(one.x, w), one.y))
      return tf.add(tf.mean(tf.sum(terms, 0)), tf.mul(tf.sum(terms), 0.5))
    }
    attempt(f, [w], { reduction: 'sum' })()
    attempt(f, [w], { reduction: 'mean' })()
    const of = (): tf.Scalar => f() as tf.Scalar
    const found = compare({ batchSize: 1, loss: of, lossOf: of, variables: [w] })
    expect(Math.max(found.norms, found.clippedSum)).toBeLessThan(5e-6)
  })
  it('weights of the losses of tfjs', () => {
    const weighted = (
      weights: tf.Tensor | undefined,
      how: 'SUM' | 'MEAN' | 'NONE' | 'SUM_BY_NONZERO_WEIGHTS',
    ): (() => tf.Tensor) => {
      const numbers = { NONE: 0, MEAN: 1, SUM: 2, SUM_BY_NONZERO_WEIGHTS: 3 }
      return () => tf.losses.absoluteDifference(y as tf.Tensor, predicted(), weights, numbers[how])
    }
    const byExample = tf.abs(normal(6, 1))
    for (const how of ['SUM', 'MEAN', 'SUM_BY_NONZERO_WEIGHTS'] as const) attempt(weighted(undefined, how), [w])()
    attempt(weighted(byExample, 'SUM'), [w])()
    expect(attempt(weighted(byExample, 'MEAN'), [w])).toThrow('reduced over the batch')
    expect(attempt(weighted(byExample, 'SUM_BY_NONZERO_WEIGHTS'), [w])).toThrow('reduced over the batch')
    expect(attempt(weighted(byExample, 'NONE'), [w])).toThrow('one number')
    attempt(weighted(tf.scalar(2), 'MEAN'), [w])()
    expect(attempt(weighted(tf.scalar(2), 'SUM_BY_NONZERO_WEIGHTS'), [w])).toThrow('reduced over the batch')
  })
})

describe('what mixes examples in other words', () => {
  const refusals: [string, () => tf.Tensor][] = [
    ['gather with batch dimensions', () => tf.mean(tf.gather(predicted(), integers(3, 6, 2), 1, 1))],
    ['einsum', () => tf.mean(tf.einsum('ij,kj->ik', predicted(), predicted()))],
    ['dot', () => tf.dot(tf.reshape(tf.slice(predicted(), [0, 0], [-1, 1]), [6]), tf.ones([6])) as tf.Tensor],
    ['the norm of all', () => tf.norm(predicted())],
    ['moments', () => tf.mean(tf.sub(predicted(), tf.moments(predicted(), 0).mean))],
    ['a spectrum', () => tf.mean(tf.real(tf.spectral.fft(tf.complex(predicted(), predicted()))))],
    ['a reshape that merges examples', () => tf.mean(tf.square(tf.sum(tf.reshape(predicted(), [3, 6]), 1)))],
    [
      'as many columns as examples',
      () =>
        tf.mean(
          tf.softmax(
            tf.transpose(
              tf.pad(predicted(), [
                [0, 0],
                [0, 3],
              ]),
            ),
          ),
        ),
    ],
    [
      'examples against columns',
      () =>
        tf.mean(
          tf.add(
            tf.sum(predicted(), 1),
            tf.pad(predicted(), [
              [0, 0],
              [0, 3],
            ]),
          ),
        ),
    ],
    ['a stride backwards', () => tf.mean(tf.square(tf.stridedSlice(predicted(), [-1, 0], [-7, 3], [-1, 1])))],
    ['a slice with masks', () => tf.mean(tf.square(tf.stridedSlice(predicted(), [1, 0], [6, 3], [1, 1], 1, 1, 0, 0, 1)))],
    ['a slice that drops an axis', () => tf.mean(tf.square(tf.stridedSlice(predicted(), [0, 0], [6, 1], [1, 1], 0, 0, 0, 0, 2)))],
    ['a running product', () => tf.mean(tf.cumprod(predicted(), 0))],
    ['sums in reverse', () => tf.mean(tf.square(tf.cumsum(predicted(), 0, true, true)))],
    [
      'a choice between an example and the first one',
      () => tf.mean(tf.where(tf.greater(predicted(), 0), predicted(), tf.tile(tf.slice(predicted(), 0, 1), [6, 1]))),
    ],
    ['rows of each other', () => tf.mean(tf.matMul(tf.softmax(tf.matMul(predicted(), predicted(), false, true)), predicted()))],
    [
      'examples as a batch of matrices and as rows',
      () => tf.mean(tf.square(tf.matMul(tf.reshape(predicted(), [6, 1, 3]), tf.reshape(predicted(), [1, 6, 3]), false, true))),
    ],
    ['segments', () => tf.mean(tf.square(tf.unsortedSegmentSum(predicted(), tf.tensor1d([0, 0, 1, 1, 2, 2], 'int32'), 3)))],
    ['the best examples', () => tf.mean(tf.topk(tf.transpose(predicted()), 2).values)],
    ['a variance', () => tf.moments(predicted()).variance],
    [
      'a gradient in the loss: of a term with a product of examples',
      () => tf.mean(tf.square(tf.grad((h) => tf.square(tf.mean(h)))(predicted()))),
    ],
  ]
  it.each(refusals)('%s', (_, f) => {
    const before = tf.memory().numTensors
    expect(attempt(f, [w])).toThrow(/examples|not known|batch|moves axes/)
    expect(tf.memory().numTensors).toBe(before)
  })
  it('a mask that happens to be as long as the batch is refused with a word on what to do', () => {
    const v = tf.variable(normal(3, 3))
    const sequences = normal(4, 4, 3)
    const mask = (): tf.Tensor => tf.linalg.bandPart(tf.tensor2d(Array<number>(16).fill(1), [4, 4]), -1, 0)
    const of = (mask: () => tf.Tensor) => (): tf.Tensor => {
      const h = tf.reshape(tf.matMul(tf.reshape(sequences, [16, 3]), v), [4, 4, 3])
      return tf.mean(tf.matMul(tf.mul(tf.matMul(h, h, false, true), mask()), h))
    }
    expect(attempt(of(mask), [v])).toThrow(/taken for data.*"constants"/)
    const outside = mask()
    attempt(
      of(() => outside),
      [v],
      { constants: [outside] },
    )()
  })
})
