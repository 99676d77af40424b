/** Noise that is right, on a number that a person can move further than was thought. */
import { pure } from '../../src/events/index.ts'
import { count, laplace, mean, sum } from '../../src/index.ts'
import { type Mutant, mutant, seeded } from './mutant.ts'

const total = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)
const noisy = (seed: number, sensitivity = 1): ((x: number) => number) =>
  laplace({ sensitivity, epsilon: 1, ...seeded(seed) }).release
const claim = pure({ epsilon: 1 })

type Visit = { readonly user: string }
const visits = (...users: readonly string[]): Visit[] => users.map((user) => ({ user }))

/** A sum in single precision: what was summed so far, and what comes after. */
type Long = { readonly before: number; readonly after: readonly number[] }
const summed = ({ before, after }: Long, round: (x: number) => number): number => after.reduce((a, b) => round(a + b), before)

export const dataMutants: readonly Mutant[] = [
  mutant<readonly number[]>({
    claim,
    neighbours: [
      [1, 1],
      [1, 1, 9],
    ],
    name: 'values clamped to the largest of them',
    why: 'bounds that depend on the data bound nothing',
    broken: (seed) => {
      const release = noisy(seed)
      return (values) => release(total(values.map((value) => Math.min(value, Math.max(...values)))))
    },
    sound: (seed) => {
      const { release } = sum({ lower: 0, upper: 1, epsilon: 1, ...seeded(seed) })
      return (values) => release(values)
    },
    draws: 2_000,
  }),
  mutant<readonly number[]>({
    claim,
    neighbours: [[1], [1, 1]],
    name: 'a mean that divides by the true count',
    why: 'noise for the sum alone, and the count is told by its width',
    broken: (seed) => {
      const release = noisy(seed)
      return (values) => release(total(values)) / values.length
    },
    sound: (seed) => {
      const { release } = mean({ lower: 0, upper: 1, epsilon: 1, ...seeded(seed) })
      return (values) => release(values)
    },
    draws: 60_000,
  }),
  mutant<readonly Visit[]>({
    claim,
    neighbours: [visits('a'), visits('a', 'b', 'b', 'b')],
    name: 'a count without contribution bounds',
    why: 'one person has three records',
    broken: (seed) => {
      const { release } = count({ epsilon: 1, ...seeded(seed) })
      return (rows) => release(rows).value
    },
    sound: (seed) => {
      const { release } = count<Visit>({ epsilon: 1, unit: ({ user }) => user, ...seeded(seed) })
      return (rows) => release(rows).value
    },
    draws: 10_000,
  }),
  mutant<Long>({
    claim,
    // A million records of at most 16 before; then one of 16 or none, and 16 of 1.25. Past 2^24 these count as 2, below it as 1.
    neighbours: [
      { before: 2 ** 24 - 16, after: new Array<number>(16).fill(1.25) },
      { before: 2 ** 24 - 16, after: [16, ...new Array<number>(16).fill(1.25)] },
    ],
    name: 'a sum of floats',
    why: 'Casacuberta et al. 2022: rounding moves the sum by twice what a record may',
    broken: (seed) => {
      const release = noisy(seed, 16)
      return (data) => release(summed(data, Math.fround))
    },
    sound: (seed) => {
      const release = noisy(seed, 16)
      // Exact, as everything here is a multiple of 1/4 below 2^53.
      return (data) => release(summed(data, (x) => x))
    },
    draws: 5_000,
  }),
  mutant<readonly number[]>({
    claim,
    neighbours: [[1], [1, Number.NaN]],
    name: 'an error for what is no number',
    why: 'an exception that depends on the data shows it',
    broken: (seed) => {
      const release = noisy(seed)
      return (values) => {
        if (values.some(Number.isNaN)) throw new RangeError('not a number')
        return release(total(values))
      }
    },
    sound: (seed) => {
      const { release } = sum({ lower: 0, upper: 1, epsilon: 1, ...seeded(seed) })
      return (values) => release(values)
    },
    draws: 1_000,
  }),
  mutant<readonly number[]>({
    claim,
    neighbours: [[], [1]],
    name: 'no noise where there is no data',
    why: 'a guard for the empty case that leaves early',
    broken: (seed) => {
      const release = noisy(seed)
      return (values) => (values.length === 0 ? 0 : release(total(values)))
    },
    sound: (seed) => {
      const { release } = sum({ lower: 0, upper: 1, epsilon: 1, ...seeded(seed) })
      return (values) => release(values)
    },
    draws: 1_000,
  }),
  mutant<readonly string[]>({
    claim,
    neighbours: [
      ['a', 'a'],
      ['a', 'a', 'rare'],
    ],
    name: 'a histogram of the keys that came up',
    why: 'noise on each count, but a key is there or not',
    broken: (seed) => {
      const release = noisy(seed)
      return (keys) =>
        Object.fromEntries([...new Set(keys)].map((key) => [key, release(keys.filter((other) => other === key).length)]))
    },
    sound: (seed) => {
      const release = noisy(seed)
      return (keys) =>
        Object.fromEntries(['a', 'rare'].map((key) => [key, release(keys.filter((other) => other === key).length)]))
    },
    draws: 5_000,
  }),
]
