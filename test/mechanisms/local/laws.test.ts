import { describe, expect, it } from 'vitest'
import { delta, epsilon as epsilonOf } from '../../../src/accounting/index.ts'
import type { RandomizedResponseEvent } from '../../../src/events/index.ts'
import {
  hadamardResponse,
  type LocalMechanism,
  type LocalOptions,
  localHashing,
  optimizedUnaryEncoding,
  subsetSelection,
  symmetricUnaryEncoding,
} from '../../../src/mechanisms/index.ts'
import { hadamardRates } from '../../../src/mechanisms/local/hadamard-response.ts'
import { hashingRates } from '../../../src/mechanisms/local/local-hashing.ts'
import { subsetRates } from '../../../src/mechanisms/local/subset-selection.ts'
import { type Epsilon, readEpsilon } from '../../../src/mechanisms/local/truth-rate.ts'
import { optimizedRates, symmetricRates } from '../../../src/mechanisms/local/unary.ts'
import type { Rational } from '../../../src/numeric/rational.ts'
import { type Asked, hockeyStick, judge, lawOf, meanOf, worstRatio } from './support.ts'

type Make = (options: LocalOptions) => LocalMechanism<RandomizedResponseEvent, unknown>
type Case = {
  readonly name: string
  readonly make: Make
  /** What a release of a category asks of its source. */
  readonly asks: (epsilon: Epsilon, categories: number, category: number) => readonly (readonly Asked[])[]
}

const unary =
  (ratesOf: (epsilon: Epsilon) => { readonly truth: Rational; readonly other: Rational }): Case['asks'] =>
  (epsilon, categories, category) => {
    const { truth, other } = ratesOf(epsilon)
    return [Array.from({ length: categories }, (_, i) => ({ coin: i === category ? truth : other }))]
  }

const cases: readonly Case[] = [
  { name: 'symmetric unary', make: symmetricUnaryEncoding as Make, asks: unary(symmetricRates) },
  { name: 'optimised unary', make: optimizedUnaryEncoding as Make, asks: unary(optimizedRates) },
  {
    name: 'subset selection',
    make: subsetSelection as Make,
    asks: (epsilon, categories) => {
      const { size, truth } = subsetRates(epsilon, categories)
      return [[...Array.from({ length: size }, (_, i) => ({ below: categories - 1 - i })), { coin: truth }]]
    },
  },
  {
    name: 'Hadamard response',
    make: hadamardResponse as Make,
    asks: (epsilon, categories) => {
      const { blocks, width, truth } = hadamardRates(epsilon, categories)
      return [[{ below: width / 2 }, { below: blocks * width - width / 2 }, { coin: truth }]]
    },
  },
]

const settings: readonly (readonly [epsilon: number, categories: number])[] = [
  [0.1, 2],
  [0.5, 3],
  [1, 5],
  [1.7, 6],
  [3, 7],
  [8, 4],
]

/** The exact laws of the reports of every category. */
function lawsOf({ make, asks }: Case, epsilon: number, categories: number): Map<string, Rational>[] {
  return Array.from({ length: categories }, (_, category) =>
    lawOf(asks(readEpsilon(epsilon), categories, category)[0] as readonly Asked[], (insecureRandom) =>
      make({ epsilon, categories, insecureRandom }).release(category),
    ),
  )
}

describe.each(cases)('$name', (which) => {
  it.each(settings)('at epsilon %d, %d categories: private exactly, and no more than it need be', (epsilon, categories) => {
    const { holds, slack } = judge(worstRatio(lawsOf(which, epsilon, categories)), epsilon)
    expect(holds).toBe(true)
    expect(slack).toBeLessThan(1e-15)
  })
  it.each(settings)('at epsilon %d, %d categories: the event covers it', (epsilon, categories) => {
    const laws = lawsOf(which, epsilon, categories)
    const { event, guarantee } = which.make({ epsilon, categories })
    expect(guarantee).toEqual({ epsilon, delta: 0 })
    expect(epsilonOf(event, { delta: 0, relation: 'replace-one' }).upper).toBeCloseTo(epsilon, 12)
    for (const part of [0, 0.2, 0.7, 0.95]) {
      const exact = hockeyStick(laws, part * epsilon)
      const covered = delta(event, { epsilon: part * epsilon, relation: 'replace-one' }).upper
      expect(exact).toBeLessThanOrEqual(covered * (1 + 1e-12))
      // One category more would not cover it.
      const next = { ...event, categories: event.categories + 1 }
      expect(exact).toBeGreaterThan(delta(next, { epsilon: part * epsilon, relation: 'replace-one' }).lower * (1 - 1e-12))
    }
  })
  it.each(settings)(
    'at epsilon %d, %d categories: estimates have no bias and the variance that is told',
    (epsilon, categories) => {
      const mechanism = which.make({ epsilon, categories })
      lawsOf(which, epsilon, categories).forEach((law, truth) => {
        const shares = (report: unknown): number[] => mechanism.estimate([report]).map(({ share }) => share)
        const squares = meanOf(law, (report) => shares(report).map((share) => share ** 2))
        meanOf(law, shares).forEach((mean, category) => {
          expect(mean).toBeCloseTo(category === truth ? 1 : 0, 10)
          const variance = (squares[category] as number) - mean ** 2
          const told = mechanism.error({ share: category === truth ? 1 : 0 }).stddev ** 2
          if (which.name !== 'Hadamard response') expect(variance / told).toBeCloseTo(1, 8)
        })
      })
    },
  )
})

describe('local hashing', () => {
  it.each(settings.slice(0, 5))('at epsilon %d, %d categories: private exactly, for every hash', (epsilon, categories) => {
    const { values, truth } = hashingRates(readEpsilon(epsilon))
    for (const [a, b] of [
      [0, 0],
      [1, 0],
      [2147483646, 2147483646],
      [123456789, 987654321],
      [2 ** 30, 3],
    ] as const) {
      const laws = Array.from({ length: categories }, (_, category) =>
        // a and b are the upper 31 bits of a word each.
        lawOf([{ word: 2 * a }, { word: 2 * b }, { below: values - 1 }, { coin: truth }], (insecureRandom) =>
          localHashing({ epsilon, categories, insecureRandom }).release(category),
        ),
      )
      const { holds } = judge(worstRatio(laws), epsilon)
      expect(holds).toBe(true)
      const { event } = localHashing({ epsilon, categories })
      expect(event.categories).toBe(values)
      expect(hockeyStick(laws, epsilon / 2)).toBeLessThanOrEqual(
        delta(event, { epsilon: epsilon / 2, relation: 'replace-one' }).upper * (1 + 1e-12),
      )
    }
  })
})
