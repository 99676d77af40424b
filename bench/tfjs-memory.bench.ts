/**
 * The most memory that tensors and the arena hold during a step of training: `dpOptimizer`'s beside the stock one, on wasm.
 */
import '@tensorflow/tfjs'
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-wasm'
import { arenaBytes } from '../src/tfjs/host/arena.ts'
import { dpOptimizer, registerWasmKernels } from '../src/tfjs/index.ts'
import type { BenchTable } from './table.ts'
import { type BenchModel, benchModels, compiled, labels } from './tfjs-models.ts'

/** The most bytes at any kernel of a step, the third of three. */
async function peak(one: BenchModel, optimizer: tf.Optimizer): Promise<number> {
  const model = compiled(one, optimizer)
  const [data, classes] = [one.x(one.batch), labels(one.batch)]
  for (let i = 0; i < 2; i++) await model.trainOnBatch(data, classes)
  const engine = tf.engine() as unknown as { runKernel: (...given: unknown[]) => unknown; state: { numBytes: number } }
  const own = engine.runKernel
  let most = 0
  engine.runKernel = (...given) => {
    const result = own.apply(engine, given)
    most = Math.max(most, engine.state.numBytes)
    return result
  }
  await model.trainOnBatch(data, classes)
  engine.runKernel = own
  model.dispose()
  tf.dispose([data, classes])
  return most
}

export async function run(): Promise<BenchTable> {
  await tf.setBackend('wasm')
  await tf.ready()
  registerWasmKernels()
  const rows: Record<string, string | number>[] = []
  const megabytes = (bytes: number): number => Number((bytes / 1e6).toPrecision(3))
  for (const one of Object.values(benchModels)) {
    const stock = await peak(one, tf.train.adam(1e-3))
    const options = { l2NormClip: 1, noiseMultiplier: 1, expectedBatchSize: one.batch }
    const tensors = await peak(one, dpOptimizer(tf.train.adam(1e-3), options))
    const all = tensors + arenaBytes()
    rows.push({
      what: one.what,
      'stock MB': megabytes(stock),
      'private MB': megabytes(all),
      ratio: Number((all / stock).toFixed(2)),
    })
  }
  return { name: 'most memory during a step of training, wasm', rows }
}
