/**
 * What every public sampler of the random room gives for a seed: the same on every engine, in every version.
 *
 *     npx tsx test/vectors/random-known-answers.ts > test/vectors/random-known-answers.json
 *
 * These are this package's own answers, a record and not a truth; that they are right is for the other tests to show.
 */
import { pathToFileURL } from 'node:url'
import * as random from '../../src/random/index.ts'
import { insecureSeeded } from '../../src/testing/index.ts'

const source = (seed: number) => ({ insecureRandom: insecureSeeded(seed) })
const times = <T>(count: number, draw: () => T): string[] => Array.from({ length: count }, () => String(draw()))

/** Text, as JSON has no bigints and no exact doubles; String of a double is exact and unique. */
export function answers(): Record<string, string[]> {
  const exact = [0.01, 0.7, 1, 12.5, 1000, 2 ** 20, 23726566.406062886, 2 ** 36, 2 ** 40, 2 ** 45]
  const wide = [2n ** 60n, 10n ** 40n]
  const data = Float64Array.from({ length: 60 }, (_, i) => (i - 30) / 7)
  return {
    ...Object.fromEntries(
      exact.map((scale) => [
        `discrete Laplace ${scale}`,
        times(60, random.discreteLaplaceSampler({ scale, ...source(1) }).sample),
      ]),
    ),
    ...Object.fromEntries(
      exact.map((stddev) => [
        `discrete Gaussian ${stddev}`,
        times(60, random.discreteGaussianSampler({ stddev, ...source(2) }).sample),
      ]),
    ),
    ...Object.fromEntries(
      wide.map((scale) => [
        `discrete Laplace ${scale}`,
        times(30, random.discreteLaplaceSampler({ scale, ...source(3) }).sampleBigint),
      ]),
    ),
    ...Object.fromEntries(
      wide.map((stddev) => [
        `discrete Gaussian ${stddev}`,
        times(30, random.discreteGaussianSampler({ stddev, ...source(4) }).sampleBigint),
      ]),
    ),
    'Gaussian adder 0.3': [...random.gaussianAdder({ stddev: 0.3, ...source(5) }).releaseInto(data, new Float64Array(60))].map(
      String,
    ),
    'Laplace adder 1/3': [
      ...random.laplaceAdder({ scale: { numerator: 1, denominator: 3 }, ...source(6) }).releaseInto(data, new Float64Array(60)),
    ].map(String),
    'grid Laplace 1 / 0.1': [
      ...random
        .gridLaplace({ l1Sensitivity: 1, epsilon: 0.1, l0Sensitivity: 3, ...source(7) })
        .releaseInto(data, new Float64Array(60)),
    ].map(String),
    'Gaussian adder 1, floats': [
      ...random.gaussianAdder({ stddev: 1, ...source(8) }).releaseInto(data, new Float32Array(60)),
    ].map(String),
    'uniform below 1000': (() => {
      const random8 = source(9)
      return times(60, () => random.uniformInteger({ below: 1000, ...random8 }))
    })(),
    'exp(-1/3)': (() => {
      const random9 = source(10)
      return times(60, () => random.bernoulliExp({ numerator: 1, denominator: 3, ...random9 }))
    })(),
    'coin of 0.3': times(60, random.bernoulliSampler({ probability: 0.3, ...source(11) }).sample),
    shuffle: random.shuffle([...Array(30).keys()], source(12)).map(String),
    subset: random.sampleWithoutReplacement({ size: 30, population: 1e9, ...source(13) }).map(String),
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  console.log(
    JSON.stringify({ source: 'test/vectors/random-known-answers.ts: recorded from this package', answers: answers() }, null, 1),
  )
}
