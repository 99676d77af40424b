import { defaultOrders, epsilon, noiseMultiplierFor } from '../../src/accounting/index.ts'
import { discreteGaussian, discreteLaplace, gaussian, laplace } from '../../src/mechanisms/index.ts'
import { erfcx } from '../../src/numeric/error-function.ts'
import { realFft } from '../../src/numeric/fft.ts'
import { lgamma } from '../../src/numeric/gamma.ts'
import { normalLogCdf } from '../../src/numeric/normal.ts'
import { normalQuantile } from '../../src/numeric/normal-quantile.ts'
import { histogram, mean, quantile } from '../../src/statistics/index.ts'
import { sgd, threeGaussians, various } from '../accounting-events.ts'

/** One task, done here as `peers.py` does it there; `measure` gives operations a second. */
export type Task = {
  readonly task: string
  readonly what: string
  readonly measure: () => number
  /** An upper bound that the peers answer too. */
  readonly value?: () => number
}

/** Operations a second of `call`, each of which does `perCall` of them, after a warm-up, for about half a second. */
function rate(call: () => unknown, perCall = 1): number {
  const warm = performance.now()
  do call()
  while (performance.now() - warm < 200)
  let calls = 0
  const start = performance.now()
  let took: number
  do {
    call()
    calls += 1
    took = performance.now() - start
  } while (took < 500)
  return (calls * perCall) / took / 1e-3
}

const many = 1000
/** A scalar operation, repeated so that the clock is not what is measured. */
const scalar = (operation: () => number): number =>
  rate(() => {
    let sink = 0
    for (let i = 0; i < many; i++) sink += operation()
    return sink
  }, many)

const overRange = (f: (x: number) => number, low: number, high: number): number => {
  const size = 100_000
  const [x, y] = [Float64Array.from({ length: size }, (_, i) => low + ((high - low) * i) / (size - 1)), new Float64Array(size)]
  return rate(() => {
    for (let i = 0; i < size; i++) y[i] = f(x[i] as number)
  }, size)
}

const fft = (bits: number): number => {
  const plan = realFft(2 ** bits)
  const signal = Float64Array.from({ length: 2 ** bits }, (_, i) => Math.sin(i * i))
  const data = new Float64Array(2 ** bits)
  return rate(() => {
    // Ours works in place; theirs leaves the signal alone.
    data.set(signal)
    plan.forward(data)
  })
}

const answer = (task: string, what: string, value: () => number): Task => ({ task, what, measure: () => rate(value), value })
const recipe = sgd(0.01, 1, 10_000)
const dpSgdEpsilon = (): number => epsilon(recipe, { delta: 1e-5 }).upper

/** 1e6 numbers from 0 to 100 of 1e5 units, by a multiplicative generator. */
function table(): { readonly values: Float64Array; readonly units: Int32Array } {
  let state = 1
  const below = (bound: number): number => {
    state = (state * 48271) % 2147483647
    return state % bound
  }
  return {
    values: Float64Array.from({ length: 1e6 }, () => below(100_000) / 1000),
    units: Int32Array.from({ length: 1e6 }, () => below(100_000)),
  }
}
const average = mean({ lower: 0, upper: 100, epsilon: 1 })
const ranges = histogram({ edges: Array.from({ length: 21 }, (_, i) => 5 * i), epsilon: 1 })
const median = quantile({ at: 0.5, lower: 0, upper: 100, epsilon: 1 })
const statistic = (task: string, what: string, release: (data: ReturnType<typeof table>) => unknown): Task => ({
  task: `statistics-${task}`,
  what,
  measure: () => {
    const data = table()
    return rate(() => release(data))
  },
})

const scalarRelease = (task: string, what: string, make: () => { readonly release: (x: number) => number }): Task => ({
  task,
  what: `${what}, one a call`,
  measure: () => {
    const { release } = make()
    return scalar(() => release(0))
  },
})

export const tasks: readonly Task[] = [
  statistic('mean', 'mean of 1e6 numbers', ({ values }) => average.release(values)),
  statistic('mean-bounded', 'the same, one record of each of 1e5 units', (data) => average.release(data)),
  statistic('histogram', 'histogram of 1e6 numbers in 20 ranges', ({ values }) => ranges.release(values)),
  statistic('histogram-bounded', 'the same, one record of each of 1e5 units', (data) => ranges.release(data)),
  statistic('median', 'median of 1e6 numbers', ({ values }) => median.release(values)),
  scalarRelease('discrete-laplace', 'a whole number with Laplace noise, scale 10', () =>
    discreteLaplace({ sensitivity: 1, epsilon: 0.1 }),
  ),
  scalarRelease('discrete-gaussian', 'a whole number with Gaussian noise, stddev 10', () =>
    discreteGaussian({ sensitivity: 1, stddev: 10 }),
  ),
  scalarRelease('float-laplace', 'a float64 with Laplace noise, scale 10', () => laplace({ sensitivity: 1, epsilon: 0.1 })),
  scalarRelease('float-gaussian', 'a float64 with Gaussian noise, stddev 10', () => gaussian({ l2Sensitivity: 1, stddev: 10 })),
  {
    task: 'gaussian-vector',
    what: 'a vector of 1e6 float64 with Gaussian noise (elements a second)',
    measure: () => {
      const vector = new Float64Array(1e6)
      const { release } = gaussian({ l2Sensitivity: 1, stddev: 1 })
      return rate(() => release(vector), 1e6)
    },
  },
  ...[12, 16, 20].map((bits) => ({
    task: `fft-2^${bits}`,
    what: `real FFT of 2^${bits} doubles`,
    measure: () => fft(bits),
  })),
  { task: 'erfcx', what: 'erfcx on [0, 30]', measure: () => overRange(erfcx, 0, 30) },
  { task: 'log-cdf', what: 'log of the normal cdf on [-30, 5]', measure: () => overRange(normalLogCdf, -30, 5) },
  { task: 'quantile', what: 'normal quantile on (0, 1)', measure: () => overRange(normalQuantile, 1e-9, 1 - 1e-9) },
  { task: 'lgamma', what: 'lgamma on [0.01, 200]', measure: () => overRange(lgamma, 0.01, 200) },
  answer('accounting-epsilon', 'epsilon of DP-SGD: q 0.01, sigma 1, 1e4 steps, delta 1e-5', dpSgdEpsilon),
  answer('accounting-epsilon-finer', 'the same', dpSgdEpsilon),
  answer(
    'accounting-noise',
    'its noise for epsilon 2',
    () =>
      noiseMultiplierFor({ epsilon: 2, delta: 1e-5, examples: 10_000, batchSize: 100, steps: 10_000, sampling: 'poisson' })
        .noiseMultiplier,
  ),
  answer('accounting-20-events', '20 different runs, 50 steps each', () => epsilon(various(20, 50), { delta: 1e-5 }).upper),
  answer('accounting-mixture', 'a mixture of three Gaussians, 100 times', () => epsilon(threeGaussians, { delta: 1e-5 }).upper),
  answer(
    'accounting-rdp',
    'RDP epsilon, classic orders',
    () => epsilon(recipe, { delta: 1e-5, accountant: 'rdp', orders: defaultOrders }).upper,
  ),
  answer('accounting-rdp-all', 'RDP epsilon, all orders', () => epsilon(recipe, { delta: 1e-5, accountant: 'rdp' }).upper),
]
