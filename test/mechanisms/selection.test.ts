import { describe, expect, it } from 'vitest'
import { InvalidParameterError } from '../../src/errors.ts'
import { exponential, permuteAndFlip } from '../../src/mechanisms/index.ts'
import { drawByLevels } from '../../src/mechanisms/selection/draws.ts'
import { of } from '../../src/numeric/rational.ts'
import { encloseExpNeg } from '../../src/random/exp-enclosure.ts'
import { insecureSeeded } from '../../src/testing/index.ts'
import { chiSquared, seededBits, words } from '../random/support.ts'
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
  it('counts monotonic scores twice, and is as private where all move in one direction', () => {
    const there = [1, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    const here = there.map((score) => score + 1).with(0, 1)
    const questions = [[`is 0`, (y: number) => y === 0] as const]
    const attack = (neighbour: number[]): number => {
      const { release } = make({ sensitivity: 1, epsilon: 1, monotonic: true, insecureRandom: insecureSeeded(66) })
      return audit([() => release(there), () => release(neighbour)], questions, { draws: 60_000 }).epsilon
    }
    expect(attack(here)).toBeLessThan(1)
    expect(attack(here)).toBeGreaterThan(0.5)
    // One down, the others up: such scores are not monotonic.
    expect(attack(here.with(0, 0))).toBeGreaterThan(1)
    const twice = make({ sensitivity: 1, epsilon: 1, monotonic: true }).error().shortfall
    expect(2 * twice).toBeCloseTo(make({ sensitivity: 1, epsilon: 1 }).error().shortfall, 12)
    expect(() => make({ sensitivity: 1, epsilon: 1, monotonic: 1 as never })).toThrow('monotonic')
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

it('the exponential mechanism has its law where candidates are many, near and far', () => {
  const bits = seededBits(67)
  const scores = Float64Array.from({ length: 300 }, (_, i) => (i < 3 ? -0.3 * i : i < 50 ? -1.5 - i / 20 : -70 - i))
  const weights = proportional([...scores].map((score) => Math.exp(0.8 * score)))
  const counts = new Map<number, number>()
  for (let i = 0; i < draws; i++) {
    const chosen = drawByLevels(bits, scores, { exact: of(8n, 10n), near: 0.8 })
    counts.set(chosen, (counts.get(chosen) ?? 0) + 1)
  }
  expect(Math.abs(chiSquared(counts, (i) => weights[i] ?? 0, draws))).toBeLessThan(4.5)
  const { release } = exponential({ sensitivity: 1, epsilon: 1, insecureRandom: insecureSeeded(68) })
  expect(release(new Float64Array(10_000).fill(-1e300).fill(7, 5000, 5001))).toBe(5000)
})

describe('coins that are undecided at first', () => {
  const undecided = Math.floor(2 ** 32 / Math.E)
  it('permuteAndFlip asks for more digits', () => {
    // The next digits of e^-1 are 0.7 of a unit. Where both coins show heads, one more word chooses.
    const chosen = (...more: number[]): number =>
      permuteAndFlip({ sensitivity: 0.5, epsilon: 1, insecureRandom: words(undecided, ...more).random }).release([0, 1])
    expect(chosen(0, 0, 0)).toBe(0)
    expect(chosen(0, 0, 0xffffffff)).toBe(1)
    expect(chosen(0xffffffff, 0xffffffff)).toBe(1)
  })
  it('exponential does too, one by one and by levels', () => {
    const chosen = (...script: number[]): number =>
      exponential({ sensitivity: 0.5, epsilon: 1, insecureRandom: words(...script).random }).release([0, 1])
    expect(chosen(0, undecided, 0, 0)).toBe(0)
    expect(chosen(0, undecided, 0xffffffff, 0xffffffff, 0xffffffff)).toBe(1)
    // Seven words for the level, one for a candidate of it.
    const proposed = (i: number): number[] => [0, 0, 0, 0, 0, 0, 0, i === 0 ? 0 : 0xffffffff]
    const byLevels = (...script: number[]): number =>
      drawByLevels(words(...script).bits, Float64Array.of(0, 1), { exact: of(1n), near: 1 })
    expect(byLevels(...proposed(0), undecided, 0, 0)).toBe(0)
    expect(byLevels(...proposed(0), undecided, 0xffffffff, 0xffffffff, ...proposed(1), 0)).toBe(1)
  })
  it('and where the weight of a whole level ends', () => {
    const digits = (value: bigint): number[] =>
      Array.from({ length: 6 }, (_, i) => Number((value >> BigInt(1 + 32 * (5 - i))) & 0xffffffffn)).concat(
        Number(value & 1n) * 0x80000000,
      )
    const [low] = encloseExpNeg(5n, 1n, 256)
    const whole = low >> 64n
    const rest = low & 0xffffffffffffffffn
    // Level 0 holds one candidate, of 2^192 + 1 places; the last place of level 5 comes next to last.
    const last = digits((1n << 192n) + 1n + whole)
    const chosen = (...more: number[]): number =>
      drawByLevels(words(...last, ...more).bits, Float64Array.of(5.5, 0), { exact: of(1n), near: 1 })
    const halves = (value: bigint): number[] => [Number(value >> 32n), Number(value & 0xffffffffn)]
    expect(chosen(...halves(rest - 4n), 0xffffffff, 0)).toBe(1)
    expect(chosen(...halves(rest + 4n), ...digits(0n), 0, 0)).toBe(0)
  })
})
