import { describe, expect, it } from 'vitest'
import { epsilon } from '../../src/accounting/index.ts'
import { exponential, noisyMax, permuteAndFlip, topK } from '../../src/mechanisms/index.ts'
import { insecureSeeded } from '../../src/testing/index.ts'
import { chiSquared } from '../random/support.ts'
import { audit } from './support.ts'

const draws = 40_000

function frequencies(release: () => number, times = draws): Map<number, number> {
  const counts = new Map<number, number>()
  for (let i = 0; i < times; i++) {
    const chosen = release()
    counts.set(chosen, (counts.get(chosen) ?? 0) + 1)
  }
  return counts
}

describe('noisyMax', () => {
  it('is permute-and-flip or the exponential mechanism, by the noise', () => {
    const same = (noise: 'exponential' | 'gumbel' | undefined, make: typeof exponential | typeof permuteAndFlip): void => {
      const [ours, theirs] = [
        noisyMax({ sensitivity: 1, epsilon: 1, noise, insecureRandom: insecureSeeded(71) }),
        make({ sensitivity: 1, epsilon: 1, insecureRandom: insecureSeeded(71) }),
      ]
      expect(ours.event).toEqual(theirs.event)
      for (let i = 0; i < 50; i++) expect(ours.release([0, 1, 2, 1])).toBe(theirs.release([0, 1, 2, 1]))
    }
    same('exponential', permuteAndFlip)
    same(undefined, permuteAndFlip)
    same('gumbel', exponential)
  })
  it('has the law of Laplace noise', () => {
    // Of two sums of scale 1 the one that is behind by g wins with probability e^-g (2 + g) / 4.
    const { release } = noisyMax({ sensitivity: 1, epsilon: 2, noise: 'laplace', insecureRandom: insecureSeeded(72) })
    for (const gap of [0, 0.5, 2]) {
      const behind = (Math.exp(-gap) * (2 + gap)) / 4
      const counts = frequencies(() => release([0, gap]))
      expect(Math.abs(chiSquared(counts, (i) => (i === 0 ? behind : 1 - behind), draws))).toBeLessThan(4.5)
    }
  })
  it.each([false, true])('is as private as it says (monotonic: %s), and not twice as private', (monotonic) => {
    const here = [0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    const there = monotonic ? here.map(() => 0) : here.map((score) => 1 - score)
    const attack = (sensitivity: number): number => {
      const insecureRandom = insecureSeeded(73)
      const { release } = noisyMax({ sensitivity, epsilon: 1, noise: 'laplace', monotonic, insecureRandom })
      const questions = [['is 1', (y: number) => y === 1] as const]
      return audit([() => release(here), () => release(there)], questions, { draws: 60_000 }).epsilon
    }
    expect(attack(1)).toBeLessThan(1)
    expect(attack(1)).toBeGreaterThan(0.4)
    expect(attack(0.4)).toBeGreaterThan(1)
  })
  it('compares sums exactly where doubles could not', () => {
    const { release, error } = noisyMax({ sensitivity: 1, epsilon: 1, noise: 'laplace', insecureRandom: insecureSeeded(74) })
    // 2^53 and its neighbours are some noise apart, and far beyond 2^53 steps.
    const counts = frequencies(() => release([2 ** 53, 2 ** 53 + 2, 2 ** 53 - 1]), 3000)
    expect(counts.get(1) as number).toBeGreaterThan(counts.get(0) as number)
    expect(counts.get(0) as number).toBeGreaterThan(counts.get(2) as number)
    expect(counts.get(2) as number).toBeGreaterThan(100)
    expect(release([1e308, Number.POSITIVE_INFINITY, Number.NaN])).toBe(1)
    expect(release([null, 'x', 500] as never)).toBe(2)
    expect(error({ confidence: 0.9, candidates: 10 }).shortfall).toBeCloseTo(4 * Math.log(100), 8)
    let beyond = 0
    const { shortfall } = error({ confidence: 0.5, candidates: 40 })
    const scores = Array.from({ length: 40 }, (_, i) => -i)
    for (let i = 0; i < 2000; i++) if (release(scores) > shortfall) beyond += 1
    expect(beyond).toBeLessThan(1000)
  })
  it('refuses what makes no sense', () => {
    const refused = (options: object, name: string): void => {
      expect(() => noisyMax({ sensitivity: 1, epsilon: 1, noise: 'laplace', ...options })).toThrow(`"${name}"`)
    }
    refused({ noise: 'normal' }, 'noise')
    refused({ epsilon: 2 ** -1060 }, 'epsilon')
    refused({ sensitivity: 1e-300, epsilon: 1e300 }, 'epsilon')
    refused({ epsilon: 10n ** 400n }, 'epsilon')
  })
})

describe('topK', () => {
  const scores = [0, 3, 1, 2]
  it.each(['exponential', 'permuteAndFlip'] as const)('selects one after another: %s', (select) => {
    const { release } = topK({ k: 2, sensitivity: 1, epsilon: 2, monotonic: true, select, insecureRandom: insecureSeeded(75) })
    const one = select === 'exponential' ? exponential : permuteAndFlip
    const single = one({ sensitivity: 1, epsilon: 1, monotonic: true, insecureRandom: insecureSeeded(76) })
    const byHand = (): number => {
      const first = single.release(scores)
      const left = scores.map((_, i) => i).filter((i) => i !== first)
      return 10 * first + (left[single.release(left.map((i) => scores[i] as number))] as number)
    }
    const found = frequencies(() => release(scores).reduce((code, i) => 10 * code + i))
    const reference = frequencies(byHand, 4 * draws)
    expect(found.size).toBe(12)
    // Two samples: the variance is 1 + 1/4 of that of one.
    expect(Math.abs(chiSquared(found, (x) => (reference.get(x) ?? 0) / (4 * draws), draws))).toBeLessThan(5)
  })
  it('says what it is', () => {
    const mechanism = topK({ k: 3, sensitivity: 1, epsilon: 1 })
    expect(mechanism.event.times).toBe(3)
    expect(mechanism.guarantee).toEqual({ epsilon: 1, delta: 0 })
    expect(epsilon(mechanism.event, { delta: 0 }).upper).toBeLessThanOrEqual(1 + 1e-12)
    // Many selections compose to less than their sum.
    const many = topK({ k: 50, sensitivity: 1, epsilon: 5 })
    expect(epsilon(many.event, { delta: 1e-6 }).upper).toBeLessThan(2)
    expect(mechanism.error()).toEqual(mechanism.error({ candidates: 4, confidence: 0.95 }))
    expect(mechanism.error({ confidence: 0.9, candidates: 10 }).shortfall).toBeCloseTo(6 * Math.log(300), 10)
  })
  it('returns each index once, and all of them where there are fewer than k', () => {
    const { release } = topK({ k: 5, sensitivity: 1, epsilon: 1, insecureRandom: insecureSeeded(77) })
    expect(release([5, 5, 5]).sort()).toEqual([0, 1, 2])
    expect(new Set(release([1, 2, 3, 4, 5, 6, 7]))).toHaveProperty('size', 5)
    expect(release([0, 1e6, 3e6, 2e6, 5e6, 4e6, 6e6])).toEqual([6, 4, 5, 2, 3])
    expect(() => release([])).toThrow('scores')
    expect(() => topK({ k: 0, sensitivity: 1, epsilon: 1 })).toThrow('k')
    expect(() => topK({ k: 3, sensitivity: 1, epsilon: 5e-324 })).toThrow('epsilon')
  })
})
