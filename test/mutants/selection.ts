/** Selection that shows too much of the scores. */
import { pure } from '../../src/events/index.ts'
import { exponential, laplace, noisyMax, permuteAndFlip } from '../../src/mechanisms/index.ts'
import { type Mutant, mutant, seeded } from './mutant.ts'

type Scores = readonly number[]
const two = { claim: pure({ epsilon: 1 }), neighbours: [[1, 0] as Scores, [0, 1] as Scores] } as const
const options = (seed: number) => ({ sensitivity: 1, epsilon: 1, ...seeded(seed) })

export const selectionMutants: readonly Mutant[] = [
  mutant<Scores>({
    ...two,
    name: 'permute-and-flip without the flip',
    why: 'the best is always taken',
    broken: () => (scores) => scores.indexOf(Math.max(...scores)),
    sound: (seed) => permuteAndFlip(options(seed)).release,
    draws: 1_000,
  }),
  mutant<Scores>({
    ...two,
    neighbours: [
      [1, ...new Array<number>(9).fill(0)],
      [0, ...new Array<number>(9).fill(1)],
    ],
    name: 'the exponential mechanism without its factor of 2',
    why: 'e^(epsilon score), though all scores can move, each its own way',
    broken: (seed) => exponential({ ...options(seed), sensitivity: 0.5 }).release,
    sound: (seed) => exponential(options(seed)).release,
    draws: 5_000,
  }),
  mutant<Scores>({
    ...two,
    neighbours: [
      [1, ...new Array<number>(15).fill(0)],
      [0, ...new Array<number>(15).fill(1)],
    ],
    name: 'noisy max that shows the noisy scores',
    why: 'the place is paid for, the scores are not',
    broken: (seed) => {
      const { release } = laplace({ sensitivity: 1, epsilon: 0.5, l0Sensitivity: 1, ...seeded(seed) })
      return (scores) => release([...scores])
    },
    sound: (seed) => noisyMax({ ...options(seed), noise: 'laplace' }).release,
    draws: 20_000,
  }),
]
