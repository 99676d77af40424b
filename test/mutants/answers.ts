/** Answers that are changed too rarely, or not as they should be. */
import { pure } from '../../src/events/index.ts'
import {
  hadamardResponse,
  localHashing,
  optimizedUnaryEncoding,
  randomizedResponse,
  rappor,
  subsetSelection,
  symmetricUnaryEncoding,
} from '../../src/mechanisms/index.ts'
import { seededBits } from '../random/support.ts'
import { type Mutant, mutant, seeded } from './mutant.ts'

const claim = pure({ epsilon: 1 })
const options = (seed: number, categories = 4) => ({ epsilon: 1, categories, ...seeded(seed) })
const coins = (seed: number): ((probability: number) => boolean) => {
  const bits = seededBits(seed)
  return (probability) => bits.bits(53) < probability * 2 ** 53
}
const e = Math.E

export const answerMutants: readonly Mutant[] = [
  mutant<number>({
    claim,
    neighbours: [0, 3],
    name: 'randomised response that is off by one',
    why: 'a lie is drawn from one category too few, and one answer is never a lie',
    broken: (seed) => {
      const [coin, bits] = [coins(seed), seededBits(seed + 1)]
      return (truth) => (coin(e / (e + 3)) ? truth : bits.below(3))
    },
    sound: (seed) => randomizedResponse(options(seed)).release as (truth: number) => number,
    draws: 2_000,
  }),
  mutant<number>({
    claim,
    neighbours: [0, 3],
    name: 'randomised response of four categories with the coin of two',
    why: 'e / (1 + e) for the truth: each other answer is a third of the rest',
    broken: (seed) => {
      const [coin, bits] = [coins(seed), seededBits(seed + 1)]
      return (truth) => (coin(e / (1 + e)) ? truth : (truth + 1 + bits.below(3)) % 4)
    },
    sound: (seed) => randomizedResponse(options(seed)).release as (truth: number) => number,
    draws: 5_000,
  }),
  mutant<number>({
    claim,
    neighbours: [0, 3],
    name: 'unary encoding that spends epsilon on each bit',
    why: 'another truth changes two of them',
    broken: (seed) => {
      const coin = coins(seed)
      return (truth) => [0, 1, 2, 3].map((i) => (coin(e / (1 + e)) === (i === truth) ? 1 : 0))
    },
    sound: (seed) => symmetricUnaryEncoding(options(seed)).release,
    draws: 10_000,
  }),
  mutant<number>({
    claim,
    neighbours: [0, 3],
    name: 'optimised unary encoding with its two probabilities mixed up',
    why: 'p = 1 - q for q = 1/2, and q = p: the fair coin for zeros, and e / (1 + e)^2 for ones',
    broken: (seed) => {
      const coin = coins(seed)
      return (truth) => [0, 1, 2, 3].map((i) => (coin(i === truth ? 1 - 1 / (1 + e) ** 2 : 1 / 2) ? 1 : 0))
    },
    sound: (seed) => optimizedUnaryEncoding(options(seed)).release,
    draws: 10_000,
  }),
  mutant<number>({
    claim,
    neighbours: [0, 7],
    name: 'subset selection with the truth always in the set',
    why: 'a set without it never comes',
    broken: (seed) => {
      const bits = seededBits(seed)
      return (truth) => [truth, (truth + 1 + bits.below(7)) % 8].sort()
    },
    sound: (seed) => subsetSelection(options(seed, 8)).release,
    draws: 5_000,
  }),
  mutant<number>({
    claim,
    neighbours: [0, 1],
    name: 'Hadamard response that uses row 0',
    why: 'a row of ones has no other half: the lie of that category is drawn from nothing',
    broken: (seed) => {
      const { release } = hadamardResponse(options(seed, 3))
      return (truth) => (truth === 0 ? seededBits(seed).below(1) : release(truth - 1))
    },
    sound: (seed) => hadamardResponse(options(seed, 3)).release,
    draws: 2_000,
  }),
  mutant<number>({
    claim,
    neighbours: [0, 3],
    name: 'local hashing that sends the hash',
    why: 'hashing is no noise',
    broken: (seed) => {
      const bits = seededBits(seed)
      // By a multiplication of a function that everybody knows.
      return (truth) => {
        const a = 1 + bits.below(6)
        return [a, ((a * truth) % 7) % 4]
      }
    },
    sound: (seed) => {
      const { release } = localHashing(options(seed))
      return (truth) => release(truth)[2]
    },
    draws: 5_000,
  }),
  mutant<string>({
    claim,
    neighbours: ['a', 'b'],
    name: 'RAPPOR without a memory',
    why: 'a new one for each report: ten of them average the noise away',
    broken: (seed) => {
      const { release } = rappor({ epsilon: 1, bits: 6, hashes: 1, cohorts: 1, p: 0, q: 1, ...seeded(seed) })
      return (text) => countOf(Array.from({ length: 10 }, () => release(text).bits))
    },
    sound: (seed) => {
      const { memoize, report } = rappor({ epsilon: 1, bits: 6, hashes: 1, cohorts: 1, p: 0, q: 1, ...seeded(seed) })
      return (text) => {
        const memory = memoize(text)
        return countOf(Array.from({ length: 10 }, () => report(memory).bits))
      }
    },
    draws: 5_000,
  }),
]

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** How often each bit of six is set. */
const countOf = (reports: readonly string[]): number[] =>
  [0, 1, 2, 3, 4, 5].map((i) => reports.filter((text) => ((letters.indexOf(text) >> i) & 1) === 1).length)
