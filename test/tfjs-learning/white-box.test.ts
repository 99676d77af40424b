import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { epsilon, oneRunEpsilon, oneRunGdp } from '../../src/accounting/index.ts'
import { gaussian, poissonSampled, repeated } from '../../src/events/builders.ts'
import { insecureSeeded } from '../../src/testing/index.ts'
import { dpOptimizer, type LossProgram, trainPrivately } from '../../src/tfjs/index.ts'
import { scale } from '../audit/scale.ts'
import { useBackend } from '../tfjs/backends.ts'
import { guess, significance } from './canaries.ts'
import { type Crafted, crafted } from './crafted.ts'

// What is claimed, and what the sabotaged ones claim too.
const [norm, delta] = [1, 1e-6]
const canaries = 5000 * scale
const guesses = canaries / 10
const digits = 200

beforeAll(() => useBackend('wasm'))

/** Figures for the guide, on demand. */
const tell = (what: string, found: { readonly epsilon: number; readonly mu: number }, claimed: number): void => {
  if (process.env['TELL'] === undefined) return
  console.log(
    `${what}: epsilon >= ${found.epsilon.toFixed(2)} is proven, ${claimed.toFixed(2)} is claimed, mu >= ${found.mu.toFixed(2)}`,
  )
}

type Sabotage = { readonly noise?: number; readonly clip?: number }

/** Canaries that pull twenty times as hard as is allowed; `noise` and `clip` multiply what is right. */
function proven(train: (run: Crafted, sabotage: Sabotage) => void | Promise<void>) {
  return async (seed: number, sabotage: Sabotage = {}): Promise<{ readonly epsilon: number; readonly mu: number }> => {
    const run = crafted({ canaries, digits, pull: 20 * norm, seed })
    try {
      await train(run, sabotage)
      const seen = guess(run.scores(), run.isIn, guesses)
      return { epsilon: oneRunEpsilon({ ...seen, significance, delta }), mu: oneRunGdp({ ...seen, significance }) }
    } finally {
      run.dispose()
    }
  }
}

describe('every example in every step: the audit of dpOptimizer', () => {
  const [steps, noiseMultiplier] = [4, 4]
  const claimed = epsilon(repeated({ times: steps, event: gaussian({ noiseMultiplier }) }), { delta }).upper
  const audit = proven(({ x, y, count, variables, loss }, { noise = 1, clip = 1 }) => {
    const optimizer = dpOptimizer(tf.train.sgd(1), {
      l2NormClip: norm * clip,
      // The noise itself is what was claimed, however the clipping is broken.
      noiseMultiplier: (noiseMultiplier * noise) / clip,
      expectedBatchSize: count,
      insecureRandom: insecureSeeded(3),
    })
    for (let i = 0; i < steps; i++) optimizer.minimize(() => loss(x, y), false, variables)
  })
  it('proves something, and no more than was claimed', async () => {
    const found = [await audit(1), await audit(2), await audit(3)]
    // So many Gaussian releases of so much noise are mu-GDP, exactly.
    const mu = Math.sqrt(steps) / noiseMultiplier
    for (const each of found) {
      tell('dpOptimizer as it is', each, claimed)
      expect(each.epsilon).toBeLessThanOrEqual(claimed)
      expect(each.mu).toBeLessThanOrEqual(mu)
      expect(each.mu).toBeGreaterThan(mu / 3)
    }
  })
  it.each([
    ['has no noise', { noise: 0 }],
    ['has a third of the noise', { noise: 1 / 3 }],
    ['does not clip', { clip: 1e3 }],
    ['clips at three times the norm', { clip: 3 }],
  ])('catches one that %s', async (what, sabotage) => {
    const found = await audit(1, sabotage)
    tell(`one that ${what}`, found, claimed)
    expect(found.epsilon).toBeGreaterThan(claimed)
  })
})

describe('batches by Poisson sampling: the audit of trainPrivately', () => {
  const [batchShare, steps] = [0.5, 8]
  const sampled = (noiseMultiplier: number) =>
    repeated({ times: steps, event: poissonSampled({ samplingRate: batchShare, event: gaussian({ noiseMultiplier }) }) })
  const noiseMultiplier = 3
  const claimed = epsilon(sampled(noiseMultiplier), { delta }).upper
  const audit = proven(async ({ x, y, count, variables, loss }, { noise = 1, clip = 1 }) => {
    const report = await trainPrivately(
      { variables, loss: loss as LossProgram['loss'] },
      { x, y },
      {
        ...{ sampling: 'poisson', batchSize: Math.floor(batchShare * count), steps, delta, optimizer: tf.train.sgd(1) },
        ...{ l2NormClip: norm * clip, noiseMultiplier: (noiseMultiplier * noise) / clip, insecureRandom: insecureSeeded(4) },
      },
    )
    // An odd number of examples makes for a rate a little under a half.
    if (noise === 1 && clip === 1) expect(report.epsilon / claimed).toBeCloseTo(1, 2)
  })
  it('proves something, and no more than was claimed', async () => {
    for (const seed of [1, 2, 3]) {
      const found = await audit(seed)
      tell('trainPrivately as it is', found, claimed)
      expect(found.epsilon).toBeLessThanOrEqual(claimed)
      expect(found.epsilon).toBeGreaterThan(claimed / 5)
    }
  })
  it.each([
    ['has no noise', { noise: 0 }],
    ['has a third of the noise', { noise: 1 / 3 }],
    ['does not clip', { clip: 1e3 }],
  ])('catches one that %s', async (what, sabotage) => {
    const found = await audit(1, sabotage)
    tell(`one that ${what}`, found, claimed)
    expect(found.epsilon).toBeGreaterThan(claimed)
  })
})
