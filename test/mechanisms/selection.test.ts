import { describe, expect, it } from 'vitest'
import { InvalidParameterError } from '../../src/errors.ts'
import { exponential, permuteAndFlip } from '../../src/mechanisms/index.ts'
import { insecureSeeded } from '../../src/testing/index.ts'
import { chiSquared, words } from '../random/support.ts'
import { audit } from './support.ts'

const draws = 40_000

/** The law of permute-and-flip over all orders. */
function permuted(weights: readonly number[]): number[] {
  const masses = weights.map(() => 0)
  const walk = (left: readonly number[], mass: number): void => {
    for (const i of left) {
      const here = mass / left.length
      masses[i] = (masses[i] as number) + here * (weights[i] as number)
      walk(
        left.filter((j) => j !== i),
        here * (1 - (weights[i] as number)),
      )
    }
  }
  walk(
    weights.map((_, i) => i),
    1,
  )
  return masses
}
function proportional(weights: readonly number[]): number[] {
  const total = weights.reduce((sum, w) => sum + w, 0)
  return weights.map((w) => w / total)
}

describe.each([
  ['exponential', exponential, proportional],
  ['permuteAndFlip', permuteAndFlip, permuted],
] as const)('%s', (kind, make, lawOf) => {
  it.each([[[0, 1, 2, 3]], [[5, 5, 5]], [[0.25, -7, 0.3, 0.3, 1e-9]], [[42]]])('has exactly its law on %j', (scores) => {
    const { release } = make({ sensitivity: 0.5, epsilon: 0.75, insecureRandom: insecureSeeded(61) })
    const best = Math.max(...scores)
    const masses = lawOf(scores.map((score) => Math.exp(-0.75 * (best - score))))
    const counts = new Map<number, number>()
    for (let i = 0; i < draws; i++) {
      const chosen = release(scores)
      counts.set(chosen, (counts.get(chosen) ?? 0) + 1)
    }
    if (scores.length === 1) expect(counts.get(0)).toBe(draws)
    else expect(Math.abs(chiSquared(counts, (i) => masses[i] ?? 0, draws))).toBeLessThan(4.5)
  })
  it('is as private as it says, and at half the sensitivity it is not', () => {
    const here = [0, 1, 0, 0, 0, 0, 0, 0, 0, 0]
    const there = here.map((score) => 1 - score)
    const questions = [[`is 1`, (y: number) => y === 1] as const]
    const attack = (sensitivity: number): number => {
      const { release } = make({ sensitivity, epsilon: 1, insecureRandom: insecureSeeded(62) })
      return audit([() => release(here), () => release(there)], questions, { draws: 60_000 }).epsilon
    }
    expect(attack(1)).toBeLessThan(1)
    expect(attack(1)).toBeGreaterThan(0.5)
    expect(attack(0.5)).toBeGreaterThan(1)
  })
  it('asks for more digits where a coin is undecided', () => {
    // The first candidate; then the first 32 bits of e^-1, of which the next are 0.7 of a unit; the last one or nothing picks the second.
    const undecided = [0, Math.floor(2 ** 32 / Math.E)]
    const chosen = (...more: number[]): number =>
      make({ sensitivity: 0.5, epsilon: 1, insecureRandom: words(...undecided, ...more).random }).release([0, 1])
    expect(chosen(0, 0)).toBe(0)
    expect(chosen(0xffffffff, 0xffffffff, 0xffffffff)).toBe(1)
  })
  it('falls short no further than it says', () => {
    const { release, error } = make({ sensitivity: 2, epsilon: 0.5, insecureRandom: insecureSeeded(63) })
    const scores = Array.from({ length: 100 }, (_, i) => -i)
    const { shortfall } = error({ confidence: 0.9, candidates: 100 })
    expect(shortfall).toBeCloseTo(8 * Math.log(1000), 10)
    let beyond = 0
    for (let i = 0; i < 5000; i++) if (release(scores) > shortfall) beyond += 1
    expect(beyond / 5000).toBeLessThan(0.1)
    expect(error()).toEqual(error({ confidence: 0.95, candidates: 2 }))
  })
  it('takes any scores, and only types are refused', () => {
    const mechanism = make({ sensitivity: 1, epsilon: 1, insecureRandom: insecureSeeded(64) })
    const { release, event, guarantee } = mechanism
    expect(event).toEqual({ kind, epsilon: 1 })
    expect(guarantee).toEqual({ epsilon: 1, delta: 0 })
    expect(Object.isFrozen(mechanism)).toBe(true)
    expect(release([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, Number.NaN])).toBe(1)
    expect(release(Float64Array.of(-1e300, Number.NaN, -1e300))).toBe(1)
    expect(release(Float32Array.of(0, 1000, 0))).toBe(1)
    expect(release([null, 500, 'x'] as never)).toBe(1)
    for (const wrong of [[], new Float64Array(0), 'secret', null, 5, {}]) {
      expect(() => release(wrong as never)).toThrow(InvalidParameterError)
      expect(() => release(wrong as never)).not.toThrow('secret')
    }
  })
  it('refuses what makes no sense before any data', () => {
    for (const [options, name] of [
      [{ sensitivity: 0, epsilon: 1 }, 'sensitivity'],
      [{ sensitivity: 1, epsilon: 0 }, 'epsilon'],
      [{ sensitivity: 1, epsilon: 10n ** 400n }, 'epsilon'],
      [{ sensitivity: 1e300, epsilon: 1e-300 }, 'epsilon'],
      [{ sensitivity: 1e-300, epsilon: 1 }, 'epsilon'],
    ] as const) {
      expect(() => make(options)).toThrow(`"${name}"`)
    }
    expect(() => make({ sensitivity: 1, epsilon: 1 }).error({ candidates: 0 })).toThrow('candidates')
  })
})

it('permute-and-flip falls short less', () => {
  const scores = [0, 1, 2, 3, 4]
  const [flip, weigh] = [permuteAndFlip, exponential].map((make) => {
    const { release } = make({ sensitivity: 1, epsilon: 1, insecureRandom: insecureSeeded(65) })
    let total = 0
    for (let i = 0; i < draws; i++) total += 4 - release(scores)
    return total / draws
  }) as [number, number]
  expect(flip).toBeLessThan(weigh - 0.05)
})
