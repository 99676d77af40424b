/**
 * Private selection over 10 000 candidates, in milliseconds, wherever the best one is; and the draws of other mechanisms, in microseconds.
 */
import {
  exponential,
  noisyMax,
  permuteAndFlip,
  skellam,
  smoothSensitivity,
  sparseVector,
  staircase,
  treeCounter,
  truncatedLaplace,
} from '../src/mechanisms/index.ts'
import { type BenchTable, figure, measure } from './table.ts'

const n = 10_000
const scores: Readonly<Record<string, Float64Array>> = {
  'all equal': new Float64Array(n),
  'one far ahead': new Float64Array(n).fill(1000, 777, 778),
  'one a little ahead': Float64Array.from({ length: n }, (_, i) => (i === 777 ? 10 : (i % 100) / 100)),
  'spread out': Float64Array.from({ length: n }, (_, i) => ((i * 7919) % n) / 100),
}

export async function run(): Promise<BenchTable> {
  const options = { sensitivity: 1, epsilon: 1 }
  const selections = {
    exponential: exponential(options),
    permuteAndFlip: permuteAndFlip(options),
    'noisyMax, Laplace': noisyMax({ ...options, noise: 'laplace' }),
  }
  const rows: Record<string, string | number>[] = []
  for (const [name, { release }] of Object.entries(selections)) {
    for (const [shape, values] of Object.entries(scores)) {
      rows.push({ what: `${name}, ${shape}`, milliseconds: figure(1000 / (await measure(() => release(values)))) })
    }
  }
  const counter = treeCounter({ steps: 1 << 30, sensitivity: 1, epsilon: 1 }).start()
  const session = sparseVector({ ...options, threshold: 1e9, positives: 1 }).start()
  const noise = skellam({ l1Sensitivity: 1, l2Sensitivity: 1, variance: 1e6 })
  const smooth = smoothSensitivity({ epsilon: 1, leastBound: 0.01 })
  const draws: Readonly<Record<string, () => unknown>> = {
    'staircase, a number': () => steps.release(1),
    'truncatedLaplace, a number': () => bounded.release(1),
    'treeCounter, a step': () => counter.add(1),
    'sparseVector, a query': () => session.next(1),
    'skellam of variance 10^6, a number': () => noise.release(1),
    'smoothSensitivity, a number': () => smooth.release(1, 1),
  }
  const steps = staircase(options)
  const bounded = truncatedLaplace({ ...options, delta: 1e-6 })
  for (const [what, draw] of Object.entries(draws)) rows.push({ what, microseconds: figure(1e6 / (await measure(draw))) })
  return { name: 'Selection among 10 000, and other mechanisms', rows }
}
