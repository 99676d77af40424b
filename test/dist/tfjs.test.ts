import { execFileSync } from 'node:child_process'
import { describe, expect, inject, it } from 'vitest'

const consumer = inject('consumer')
const node = (code: string, cwd: string): string =>
  execFileSync(process.execPath, ['--input-type=module', '-e', code], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })

describe('indistinct/tfjs', () => {
  it('trains where TensorFlow.js is', () => {
    // By its own name this package finds the built entry point, and TensorFlow.js among its development dependencies.
    const out = node(
      `
      import * as tf from '@tensorflow/tfjs'
      import { dpOptimizer } from 'indistinct/tfjs'
      import { epsilon } from 'indistinct/accounting'
      const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3] })] })
      const optimizer = dpOptimizer(tf.train.sgd(0.1), { l2NormClip: 1, noiseMultiplier: 4, expectedBatchSize: 8 })
      model.compile({ optimizer, loss: 'meanSquaredError' })
      await model.fit(tf.randomNormal([16, 3]), tf.randomNormal([16, 2]), { batchSize: 8, epochs: 2, verbose: 0 })
      console.log(JSON.stringify([optimizer.event, epsilon(optimizer.event, { delta: 1e-5 }).upper < 3, optimizer.provenance]))
    `,
      process.cwd(),
    )
    expect(JSON.parse(out.trim().split('\n').at(-1) as string)).toEqual([
      { kind: 'repeated', times: 4, event: { kind: 'gaussian', noiseMultiplier: 4 } },
      true,
      'secure',
    ])
  })
  it('names what is missing where it is not, and the other entry points do without', () => {
    const out = node(
      `
      const { mean } = await import('indistinct')
      console.log(typeof mean)
      try { await import('indistinct/tfjs') } catch (error) { console.log(error.message) }
    `,
      consumer,
    )
    expect(out).toMatch(/^function\n.*@tensorflow\/tfjs-core/)
  })
})
