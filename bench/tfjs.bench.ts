/**
 * A step of training: `dpOptimizer`'s beside the stock one of TensorFlow.js, the same model, batch and base optimizer, in turns. Stock wasm
 * lacks the kernels that a CNN and an embedding are trained with; it has ours here. Some minutes, most of them stock steps on the cpu.
 */
import '@tensorflow/tfjs'
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-wasm'
import { dpOptimizer, registerWasmKernels } from '../src/tfjs/index.ts'
import { type BenchTable, figure, interleave } from './table.ts'
import { type BenchModel, benchModels, compiled, labels } from './tfjs-models.ts'

type Case = BenchModel & {
  /** The most that a private step is to take, in stock steps: on wasm. */
  readonly goal: number
  /** Turns on the cpu backend, where stock steps take seconds. */
  readonly cpuRounds: number
}

const { mlp, smallCnn, cnn, lstm } = benchModels
const cases: readonly Case[] = [
  { ...mlp, goal: 0.5, cpuRounds: 7 },
  { ...smallCnn, goal: 0.7, cpuRounds: 3 },
  { ...cnn, goal: 0.7, cpuRounds: 1 },
  { ...lstm, goal: 0.7, cpuRounds: 3 },
]

/** One step of each kind on one batch. */
function rivals(model: Case): {
  readonly stock: () => unknown
  readonly ours: () => unknown
  dispose: () => void
} {
  const { x, batch } = model
  const [data, classes] = [x(batch), labels(batch)]
  const options = { l2NormClip: 1, noiseMultiplier: 1, expectedBatchSize: batch }
  const [stock, ours] = [compiled(model, tf.train.adam(1e-3)), compiled(model, dpOptimizer(tf.train.adam(1e-3), options))]
  return {
    stock: () => stock.trainOnBatch(data, classes),
    ours: () => ours.trainOnBatch(data, classes),
    dispose: () => {
      stock.dispose()
      ours.dispose()
      tf.dispose([data, classes])
    },
  }
}

export async function run(): Promise<BenchTable> {
  const rows: Record<string, string | number>[] = []
  // tfjs says on its first step by cpu that there are faster ways.
  tf.env().set('PROD', true)
  for (const backend of ['wasm', 'cpu']) {
    await tf.setBackend(backend)
    await tf.ready()
    registerWasmKernels()
    for (const one of cases) {
      const { stock, ours, dispose } = rivals(one)
      const turns = backend === 'wasm' ? { rounds: 15, minTimeMs: 100 } : { rounds: one.cpuRounds, minTimeMs: 1 }
      const { opsPerSecond, ratio } = await interleave({ stock, ours }, turns)
      rows.push({
        what: `${one.what}, ${backend}`,
        'stock ms': figure(1000 / opsPerSecond.stock),
        'private ms': figure(1000 / opsPerSecond.ours),
        ratio: figure(1 / ratio.ours),
        goal: backend === 'wasm' ? one.goal : 1,
      })
      dispose()
    }
  }
  return { name: 'a step of training: private over stock', rows }
}
