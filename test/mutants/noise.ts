/** Noise that is not what it should be. */
import { gdp, pure } from '../../src/events/index.ts'
import { discreteLaplace, gaussian, laplace } from '../../src/mechanisms/index.ts'
import { seededBits } from '../random/support.ts'
import { type Mutant, mutant, seeded } from './mutant.ts'

/** Uniform on (0, 1), as a programmer would draw it. */
const uniform = (seed: number): (() => number) => {
  const bits = seededBits(seed)
  return () => (bits.bits(53) + 0.5) / 2 ** 53
}
const ofLaplace = (seed: number): ((x: number) => number) => laplace({ sensitivity: 1, epsilon: 1, ...seeded(seed) }).release
const ofGaussian = (seed: number): ((x: number) => number) => gaussian({ l2Sensitivity: 1, stddev: 1, ...seeded(seed) }).release
const ofIntegers = (seed: number): ((x: number) => number) =>
  discreteLaplace({ sensitivity: 1, epsilon: 1, ...seeded(seed) }).release
const one = { claim: pure({ epsilon: 1 }), neighbours: [0, 1] } as const

export const noiseMutants: readonly Mutant[] = [
  mutant<number>({
    ...one,
    name: 'Laplace noise of 0.9 times its scale',
    why: 'a constant that was rounded, or noise quoted by its standard deviation',
    broken: (seed) => laplace({ sensitivity: 1, scale: 0.9, ...seeded(seed) }).release,
    sound: ofLaplace,
    draws: 100_000,
  }),
  mutant<number>({
    ...one,
    name: 'discrete Laplace noise of 0.9 times its scale',
    why: 'the same on integers',
    broken: (seed) => discreteLaplace({ sensitivity: 1, scale: 0.9, ...seeded(seed) }).release,
    sound: ofIntegers,
    draws: 60_000,
  }),
  mutant<number>({
    claim: gdp({ mu: 1 }),
    neighbours: [0, 1],
    name: 'Gaussian noise of 0.9 times its standard deviation',
    why: 'the same for mu',
    broken: (seed) => gaussian({ l2Sensitivity: 1, stddev: 0.9, ...seeded(seed) }).release,
    sound: ofGaussian,
    draws: 80_000,
  }),
  mutant<number>({
    claim: pure({ epsilon: 0.5 }),
    neighbours: [0, 2],
    name: 'epsilon and sensitivity swapped',
    why: 'two numbers in the wrong order',
    broken: (seed) => laplace({ sensitivity: 0.5, epsilon: 2, ...seeded(seed) }).release,
    sound: (seed) => laplace({ sensitivity: 2, epsilon: 0.5, ...seeded(seed) }).release,
    draws: 5_000,
  }),
  mutant<number>({
    ...one,
    name: 'epsilon multiplied where it divides',
    why: 'scale = sensitivity * epsilon',
    claim: pure({ epsilon: 0.5 }),
    broken: (seed) => laplace({ sensitivity: 1, scale: 0.5, ...seeded(seed) }).release,
    sound: (seed) => laplace({ sensitivity: 1, epsilon: 0.5, ...seeded(seed) }).release,
    draws: 5_000,
  }),
  mutant<number>({
    ...one,
    name: 'a sign and a magnitude, and minus zero not rejected',
    why: 'zero comes twice as often as it should',
    broken: (seed) => {
      const [next, bits] = [uniform(seed), seededBits(seed + 1)]
      return (x) => x + (bits.coin() === 1 ? -1 : 1) * Math.floor(-Math.log(next()))
    },
    sound: ofIntegers,
    draws: 10_000,
  }),
  mutant<number>({
    ...one,
    name: 'noise without a sign',
    why: 'what is below the truth never comes',
    broken: (seed) => {
      const { release } = discreteLaplace({ sensitivity: 1, epsilon: 1, ...seeded(seed) })
      return (x) => x + Math.abs(release(0))
    },
    sound: ofIntegers,
    draws: 5_000,
  }),
  mutant<number>({
    ...one,
    name: "the textbook's Laplace noise on doubles",
    why: 'Mironov 2012: the logarithm leaves holes, and sums tell the exponent of what was added',
    broken: (seed) => {
      const next = uniform(seed)
      return (x) => {
        const u = next() - 0.5
        return x - Math.sign(u) * Math.log(1 - 2 * Math.abs(u))
      }
    },
    sound: ofLaplace,
    draws: 20_000,
  }),
  mutant<number>({
    claim: gdp({ mu: 1 }),
    neighbours: [0, 1],
    name: "Box and Muller's Gaussian noise on doubles",
    why: 'the last bits again',
    broken: (seed) => {
      const next = uniform(seed)
      return (x) => x + Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next())
    },
    sound: ofGaussian,
    draws: 20_000,
  }),
  mutant<number>({
    ...one,
    neighbours: [0, 1 / 3],
    claim: pure({ epsilon: 1 / 3 }),
    name: 'noise on a grid, added to a number that is not on it',
    why: 'the bits of the number below the grid survive',
    broken: (seed) => {
      const { release } = laplace({ sensitivity: 1, epsilon: 1, ...seeded(seed) })
      return (x) => x + release(0)
    },
    // A grid is 2^-40 of the noise: a third of the sensitivity costs no more than a third of epsilon and a step.
    sound: (seed) => laplace({ sensitivity: 1, epsilon: 1 / 3, ...seeded(seed) }).release,
    draws: 5_000,
  }),
  mutant<number>({
    claim: gdp({ mu: 1 }),
    neighbours: [0, 0.7],
    name: 'Gaussian noise rounded before it is added',
    why: 'rounding is of the noise, and not of the sum',
    broken: (seed) => {
      const { release } = gaussian({ l2Sensitivity: 1, stddev: 1, ...seeded(seed) })
      return (x) => x + Math.round(release(0) * 1024) / 1024
    },
    sound: ofGaussian,
    draws: 5_000,
  }),
  mutant<number>({
    ...one,
    name: 'a tail that is cut off',
    why: 'noise that is never above 4: past it only one of the two remains',
    broken: (seed) => {
      const { release } = laplace({ sensitivity: 1, epsilon: 1, ...seeded(seed) })
      return (x) => x + Math.max(-4, Math.min(4, release(0)))
    },
    sound: ofLaplace,
    draws: 10_000,
  }),
  mutant<readonly number[]>({
    claim: pure({ epsilon: 1 }),
    neighbours: [
      [0, 0],
      [1, 0],
    ],
    name: 'noise used twice',
    why: 'one draw for two numbers: their difference is bare',
    broken: (seed) => {
      const { release } = laplace({ sensitivity: 1, epsilon: 1, ...seeded(seed) })
      return (values) => {
        const noise = release(0)
        return values.map((value) => value + noise)
      }
    },
    sound: (seed) => {
      const { release } = laplace({ sensitivity: 1, epsilon: 1, ...seeded(seed) })
      return (values) => release([...values])
    },
    draws: 5_000,
  }),
  mutant<number>({
    ...one,
    name: 'a seed that is a constant',
    why: 'left over from a test: the same noise every time',
    broken: () => (x) => discreteLaplace({ sensitivity: 1, epsilon: 1, ...seeded(42) }).release(x),
    sound: ofIntegers,
    draws: 500,
  }),
  mutant<readonly number[]>({
    claim: pure({ epsilon: 1 }),
    neighbours: [
      [0, 0, 0, 0],
      [1, 1, 1, 1],
    ],
    name: 'the largest change for the sum of changes',
    why: 'a record moves four numbers by 1, noise is for one',
    broken: (seed) => {
      const { release } = laplace({ sensitivity: 1, epsilon: 1, ...seeded(seed) })
      return (values) => release([...values])
    },
    sound: (seed) => {
      const { release } = laplace({ sensitivity: 4, epsilon: 1, ...seeded(seed) })
      return (values) => release([...values])
    },
    draws: 5_000,
  }),
]
