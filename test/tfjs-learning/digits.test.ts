import { beforeAll, expect, it } from 'vitest'
import cases from '../../bench/learning/cases.json' with { type: 'json' }
import { type ModelName, models } from '../../bench/learning/models.ts'
import { learn } from '../../bench/learning/ours.ts'
import learned from '../../bench/results/learning.json' with { type: 'json' }
import { drawing, loadDigits } from '../../examples/digits/load.ts'
import { epsilon } from '../../src/accounting/index.ts'
import { useBackend } from '../tfjs/backends.ts'

beforeAll(() => useBackend('wasm'))

it('reads the digits', () => {
  const { train, test } = loadDigits()
  expect([train.count, test.count]).toEqual([1198, 599])
  const all = [...train.labels, ...test.labels]
  // As scikit-learn counts them.
  expect(Array.from({ length: 10 }, (_, digit) => all.filter((label) => label === digit).length)).toEqual([
    178, 182, 177, 183, 181, 182, 181, 179, 174, 180,
  ])
  expect(Math.max(...train.pixels)).toBe(1)
  // The sum of all pixels of load_digits.
  const sum = [...train.pixels, ...test.pixels].reduce((a, b) => a + b, 0)
  expect(16 * sum).toBe(561_718)
  expect(drawing(train, 0)).toHaveLength(8)
})

it.each(cases.models as ModelName[])('learns them about as well as Opacus did, in one run: %s', async (name) => {
  const row = learned.rows.find((one) => one.model === name && Math.round(one['epsilon at most']) === 8)
  if (row === undefined) throw new Error('bench/results/learning.json has no such row')
  const { learningRate, noiseMultiplier } = row
  const { accuracy, event } = await learn(name, { epsilon: 8, learningRate, noiseMultiplier }, 1)
  expect(epsilon(event, { delta: cases.delta }).upper).toBe(row['epsilon at most'])
  // Three points, and three standard deviations of a single run.
  expect(100 * accuracy).toBeGreaterThan(row['Opacus %'] - 3 - 3 * row['spread of Opacus'])
  expect(models[name](1).countParams()).toBe({ mlp: 2410, cnn: 1898 }[name])
})

it('was within 3 points of Opacus wherever both were measured, at the same epsilon', () => {
  expect(learned.rows).toHaveLength(6)
  for (const row of learned.rows) {
    expect(Math.abs(row.difference)).toBeLessThan(3)
    expect(Math.abs(row['by dp_accounting'] / row['epsilon at most'] - 1)).toBeLessThan(1e-6)
  }
})
