import { describe, expect, expectTypeOf, it } from 'vitest'
import { epsilon } from '../../src/accounting/index.ts'
import { InvalidParameterError } from '../../src/errors.ts'
import { randomizedResponse } from '../../src/mechanisms/index.ts'
import { insecureSeeded } from '../../src/testing/index.ts'
import { chiSquared, words } from '../random/support.ts'
import { audit } from './support.ts'

const draws = 40_000

describe('randomised response', () => {
  it.each([
    [2, 1],
    [2, 0.01],
    [3, 0.5],
    [10, 2],
    [40, 4],
  ])('has exactly its law, %d categories at epsilon %d', (categories, asked) => {
    const { release } = randomizedResponse({ epsilon: asked, categories, insecureRandom: insecureSeeded(51) })
    for (const truth of [0, categories - 1]) {
      const counts = new Map<number, number>()
      for (let i = 0; i < draws; i++) {
        const answer = release(truth)
        counts.set(answer, (counts.get(answer) ?? 0) + 1)
      }
      const law = (j: number): number => {
        if (j < 0 || j >= categories) return 0
        return (j === truth ? Math.exp(asked) : 1) / (Math.exp(asked) + categories - 1)
      }
      expect(Math.abs(chiSquared(counts, law, draws))).toBeLessThan(4.5)
    }
  })
  it('is as private as it says, and off by one category is not', () => {
    const { release, event, guarantee } = randomizedResponse({ epsilon: 1, categories: 4, insecureRandom: insecureSeeded(52) })
    const questions = [0, 1, 2, 3].map((j) => [`is ${j}`, (y: number) => y === j] as const)
    const found = audit([() => release(0), () => release(3)], questions, { draws: 60_000 })
    expect(found.epsilon).toBeLessThan(1)
    expect(found.epsilon).toBeGreaterThan(0.9)
    expect(guarantee).toEqual({ epsilon: 1, delta: 0 })
    expect(epsilon(event, { delta: 0, relation: 'replace-one' }).upper).toBeCloseTo(1, 12)
    // Broken: a lie is drawn from one category too few, and one answer is never a lie.
    const broken = (truth: number): number => (release(truth) === truth ? truth : release(2) % 3)
    expect(audit([() => broken(0), () => broken(3)], questions, { draws: 60_000 }).epsilon).toBeGreaterThan(1)
  })
  it('asks for more digits where a coin is undecided', () => {
    const release = (...more: number[]): number =>
      randomizedResponse({ epsilon: 1, insecureRandom: words(0, Math.floor(2 ** 32 / Math.E), ...more).random }).release(1)
    expect(release(0, 0)).toBe(0)
    expect(release(0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff)).toBe(1)
  })
  it('takes true and false, numbers and lists, and counts what is no category as 0', () => {
    const make = (categories = 2) => randomizedResponse({ epsilon: 50, categories, insecureRandom: insecureSeeded(53) })
    expect(make().release(true)).toBe(true)
    expect(make().release(false)).toBe(false)
    expect(make(9).release([8, 3, 0])).toEqual([8, 3, 0])
    expect(make(9).release([9, -1, 0.5, Number.NaN, null, -0] as number[])).toEqual([0, 0, 0, 0, 0, 0])
    expectTypeOf(make().release(true)).toEqualTypeOf<boolean>()
    expectTypeOf(make().release(1)).toEqualTypeOf<number>()
    expectTypeOf(make().release([1])).toEqualTypeOf<number[]>()
    expect(() => make(3).release(true)).toThrow(InvalidParameterError)
    expect(() => make().release('secret' as never)).toThrow('answer')
    expect(() => make().release('secret' as never)).not.toThrow('secret')
  })
  it('estimates shares without bias, within intervals that hold', () => {
    const truth = [0.6, 0.3, 0.1, 0]
    const answers = truth.flatMap((share, j) => Array.from({ length: share * 2000 }, () => j))
    const { release, estimate, error } = randomizedResponse({ epsilon: 1, categories: 4, insecureRandom: insecureSeeded(54) })
    const totals = [0, 0, 0, 0]
    let [held, widths, square] = [0, 0, 0]
    const rounds = 150
    for (let i = 0; i < rounds; i++) {
      const counts = [0, 0, 0, 0]
      for (const j of release(answers)) counts[j] = (counts[j] as number) + 1
      estimate(counts, { confidence: 0.9 }).forEach(({ share, low, high }, j) => {
        totals[j] = (totals[j] as number) + share / rounds
        if (low <= (truth[j] as number) && (truth[j] as number) <= high) held += 1
        widths = Math.max(widths, high - low)
        square += (share - (truth[j] as number)) ** 2 / (4 * rounds)
      })
    }
    totals.forEach((share, j) => {
      expect(Math.abs(share - (truth[j] as number))).toBeLessThan(0.02)
    })
    expect(held / (4 * rounds)).toBeGreaterThan(0.88)
    const known = error({ responses: 2000, confidence: 0.9 })
    expect(widths / 2).toBeLessThan(known.halfWidth)
    expect(Math.sqrt(square)).toBeLessThan(known.stddev)
    expect(Math.sqrt(square)).toBeGreaterThan(known.stddev / 1.5)
  })
  it('says its error for one response, and the fewer the worse', () => {
    const { error } = randomizedResponse({ epsilon: Math.log(3) })
    expect(error()).toEqual(error({ responses: 1, confidence: 0.95 }))
    // p = 3/4, q = 1/4: the slope is 1/2, and the variance at most 1/4.
    expect(error().stddev).toBeCloseTo(1, 12)
    expect(error({ responses: 100 }).stddev).toBeCloseTo(0.1, 12)
    expect(error({ responses: 100 }).halfWidth).toBeCloseTo(2 * Math.sqrt(Math.log(40) / 200), 12)
    // A truth that is rarer than one half even where everybody has it.
    const p = 3 / 12
    expect(randomizedResponse({ epsilon: Math.log(3), categories: 10 }).error().stddev).toBeCloseTo(
      Math.sqrt(p * (1 - p)) / (2 / 12),
      12,
    )
  })
  it('refuses what makes no sense', () => {
    for (const [options, name] of [
      [{ epsilon: 0 }, 'epsilon'],
      [{ epsilon: 10n ** 400n }, 'epsilon'],
      [{ epsilon: 1, categories: 1 }, 'categories'],
      [{ epsilon: 1, categories: null }, 'categories'],
    ] as const) {
      expect(() => randomizedResponse(options as never)).toThrow(`"${name}"`)
    }
    const { estimate, error } = randomizedResponse({ epsilon: 1 })
    for (const counts of [[1], [1, 2, 3], [0, 0], [1, -1], [0.5, 1], 'x', null]) {
      expect(() => estimate(counts as number[])).toThrow('counts')
    }
    expect(() => error({ responses: 0 })).toThrow('responses')
  })
})
