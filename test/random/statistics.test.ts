import { describe, expect, it } from 'vitest'
import {
  discreteGaussianSampler,
  discreteLaplaceSampler,
  type ExactNumber,
  type FloatAdder,
  gaussianAdder,
  gridLaplace,
  laplaceAdder,
  referenceDiscreteGaussianSampler,
  referenceDiscreteLaplaceSampler,
} from '../../src/random/index.ts'
import { insecureSeeded } from '../../src/testing/index.ts'
import { chiSquared, fullSize } from './support.ts'

const draws = fullSize ? 4_000_000 : 100_000
/** In standard deviations. The streams are seeded: what passes once passes always. */
const limit = 4.5

const laplace = (scale: number) => {
  const ratio = Math.exp(-1 / scale)
  return (x: number): number => ((1 - ratio) / (1 + ratio)) * ratio ** Math.abs(x)
}
const gaussian = (variance: number) => {
  let total = 0
  const reach = Math.ceil(12 * Math.sqrt(variance)) + 1
  for (let x = -reach; x <= reach; x++) total += Math.exp((-x * x) / (2 * variance))
  return (x: number): number => Math.exp((-x * x) / (2 * variance)) / total
}

/** Frequencies, signs, and independence of neighbours. */
function check(sample: () => number, law: (x: number) => number, count: number, binWidth = 1): void {
  const counts = new Map<number, number>()
  let [positive, negative, last, product, square] = [0, 0, 0, 0, 0]
  for (let i = 0; i < count; i++) {
    const x = sample()
    const bin = Math.floor(x / binWidth)
    counts.set(bin, (counts.get(bin) ?? 0) + 1)
    if (x > 0) positive += 1
    if (x < 0) negative += 1
    product += x * last
    square += x * x
    last = x
  }
  expect(Math.abs(chiSquared(counts, law, count))).toBeLessThan(limit)
  expect(Math.abs(positive - negative) / Math.sqrt(positive + negative)).toBeLessThan(limit)
  expect(Math.abs(product / square) * Math.sqrt(count)).toBeLessThan(limit)
}

const scales: [string, ExactNumber, number][] = [
  ['0.3', 0.3, 0.3],
  ['1', 1, 1],
  ['7/2', { numerator: 7, denominator: 2 }, 3.5],
  ['10', 10n, 10],
  ['50.25', 50.25, 50.25],
  ['300', 300, 300],
]

describe.each(scales)('discrete noise of scale %s', (_, scale, value) => {
  it('is Laplace, fast', () => {
    const { sample } = discreteLaplaceSampler({ scale, insecureRandom: insecureSeeded(21) })
    check(sample, laplace(value), draws)
  })
  it('is Laplace, plain', () => {
    const { sample } = referenceDiscreteLaplaceSampler({ scale, insecureRandom: insecureSeeded(22) })
    check(sample, laplace(value), draws / 10)
  })
  it('is Gaussian, fast', () => {
    const { sample } = discreteGaussianSampler({ stddev: scale, insecureRandom: insecureSeeded(23) })
    check(sample, gaussian(value * value), draws)
  })
  it('is Gaussian, plain', () => {
    const { sample } = referenceDiscreteGaussianSampler({ stddev: scale, insecureRandom: insecureSeeded(24) })
    check(sample, gaussian(value * value), draws / 10)
  })
})

describe.each(scales)('many draws of scale %s', (_, scale, value) => {
  // The sharpest test of a scale: one in error by 0.5 % is five deviations out.
  const draw = (sampler: { fill: (target: Float64Array) => Float64Array }): Float64Array =>
    sampler.fill(new Float64Array(600_000))
  const expectMean = (found: Float64Array, statistic: (x: number) => number, law: (x: number) => number): void => {
    let [first, second] = [0, 0]
    for (let x = -20 * Math.ceil(value); x <= 20 * Math.ceil(value); x++) {
      first += law(x) * statistic(x)
      second += law(x) * statistic(x) ** 2
    }
    let sum = 0
    for (const x of found) sum += statistic(x)
    expect(Math.abs(sum / found.length - first) / Math.sqrt((second - first * first) / found.length)).toBeLessThan(limit)
  }
  it('have the mean magnitude of Laplace noise', () => {
    expectMean(draw(discreteLaplaceSampler({ scale, insecureRandom: insecureSeeded(26) })), Math.abs, laplace(value))
  })
  it('have the variance of Gaussian noise', () => {
    expectMean(
      draw(discreteGaussianSampler({ stddev: scale, insecureRandom: insecureSeeded(27) })),
      (x) => x * x,
      gaussian(value * value),
    )
  })
})

/** P(noise <= x) of the continuous laws. The complementary error function by its continued fraction or series. */
const laplaceBelow = (x: number): number => (x < 0 ? Math.exp(x) / 2 : 1 - Math.exp(-x) / 2)
const gaussianBelow = (x: number): number => {
  const t = Math.abs(x)
  let sum = 0
  let term = t
  for (let k = 1; k < 300; k += 2) {
    sum += term
    term *= (t * t) / (k + 2)
  }
  const half = (sum * Math.exp((-t * t) / 2)) / Math.sqrt(2 * Math.PI)
  return x < 0 ? 0.5 - half : 0.5 + half
}

describe.each([20, 25, 36, 40, 42, 46, 60].map((bits) => [bits]))('discrete noise of scale 2^%i, in bins', (bits) => {
  const inBins = (below: (x: number) => number) => (bin: number) => below((bin + 1) / 20) - below(bin / 20)
  const scale = 2n ** BigInt(bits) + 12345n
  it('is Laplace', () => {
    const { sample, sampleBigint } = discreteLaplaceSampler({ scale, insecureRandom: insecureSeeded(31) })
    const draw = bits < 46 ? sample : () => Number(sampleBigint())
    check(draw, inBins(laplaceBelow), draws / (bits < 46 ? 1 : 4), Number(scale) / 20)
  })
  it('is Gaussian', () => {
    const { sample, sampleBigint } = discreteGaussianSampler({ stddev: scale, insecureRandom: insecureSeeded(32) })
    const draw = bits < 46 ? sample : () => Number(sampleBigint())
    check(draw, inBins(gaussianBelow), draws / (bits < 46 ? 1 : 4), Number(scale) / 20)
  })
  it('has uniform low bits', () => {
    const { sampleBigint } = discreteGaussianSampler({ stddev: scale, insecureRandom: insecureSeeded(33) })
    const counts = new Map<number, number>()
    for (let i = 0; i < draws / 4; i++) {
      const low = Number(sampleBigint() & 63n)
      counts.set(low, (counts.get(low) ?? 0) + 1)
    }
    expect(Math.abs(chiSquared(counts, () => 1 / 64, draws / 4))).toBeLessThan(limit)
  })
})

describe('sums of doubles and noise', () => {
  const adders: [string, (options: object) => FloatAdder, (x: number) => number][] = [
    ['Gaussian', (o) => gaussianAdder({ stddev: 2.7, ...o }), gaussianBelow],
    ['Laplace', (o) => laplaceAdder({ scale: 2.7, ...o }), laplaceBelow],
    ['grid Laplace', (o) => gridLaplace({ l1Sensitivity: 2.7, epsilon: 1, ...o }), laplaceBelow],
  ]
  it.each(adders)('%s noise has its law around every x', (_, build, below) => {
    for (const x of [0, 1234.567, -1e-9]) {
      const { release } = build({ insecureRandom: insecureSeeded(41) })
      check(
        () => release(x) - x,
        (bin) => below((bin + 1) / 20) - below(bin / 20),
        draws,
        2.7 / 20,
      )
    }
  })
  it('have the variance of the noise', () => {
    const zeros = new Float64Array(600_000)
    for (const [build, variance, fourth] of [
      [gaussianAdder({ stddev: 2.7, insecureRandom: insecureSeeded(44) }), 2.7 ** 2, 3 * 2.7 ** 4],
      [laplaceAdder({ scale: 2.7, insecureRandom: insecureSeeded(45) }), 2 * 2.7 ** 2, 24 * 2.7 ** 4],
      [gridLaplace({ l1Sensitivity: 2.7, epsilon: 1, insecureRandom: insecureSeeded(46) }), 2 * 2.7 ** 2, 24 * 2.7 ** 4],
    ] as const) {
      let sum = 0
      for (const x of build.releaseInto(zeros, new Float64Array(zeros.length))) sum += x * x
      expect(Math.abs(sum / zeros.length - variance) / Math.sqrt((fourth - variance ** 2) / zeros.length)).toBeLessThan(limit)
    }
  })
  it.each(adders)('%s noise leaves nothing of x in the last bits', (_, build) => {
    // x lies a third of a step past the grid; sums fall on all residues of the grid alike, and on nothing but the grid.
    const insecureRandom = insecureSeeded(42)
    const { release, step } = build({ insecureRandom })
    const counts = new Map<number, number>()
    for (let i = 0; i < draws / 2; i++) {
      const steps = release(1 + step / 3) / step
      if (!Number.isInteger(steps)) expect.unreachable('a release off the grid')
      const residue = ((steps % 32) + 32) % 32
      counts.set(residue, (counts.get(residue) ?? 0) + 1)
    }
    expect(Math.abs(chiSquared(counts, () => 1 / 32, draws / 2))).toBeLessThan(limit)
  })
  it('fine noise on a coarse grid is rounded to the probability of each cell', () => {
    // Past 2^53 steps doubles are the coarser grid: here 2^-10 apart, with noise of 2^-10 and x between two of them, for all it knows.
    const stddev = 2 ** -10
    const { release } = gaussianAdder({ stddev, insecureRandom: insecureSeeded(43) })
    const x = 2 ** 42 + 5 * stddev
    const counts = new Map<number, number>()
    for (let i = 0; i < draws; i++) {
      const cell = (release(x) - x) / stddev
      counts.set(cell, (counts.get(cell) ?? 0) + 1)
    }
    expect(Math.abs(chiSquared(counts, (cell) => gaussianBelow(cell + 0.5) - gaussianBelow(cell - 0.5), draws))).toBeLessThan(
      limit,
    )
  })
})
