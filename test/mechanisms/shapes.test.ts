import { describe, expect, it } from 'vitest'
import { staircase, truncatedLaplace } from '../../src/mechanisms/index.ts'
import { lazyCoin } from '../../src/mechanisms/shapes/lazy-coin.ts'
import { leastReach, suffices } from '../../src/mechanisms/shapes/truncated-laplace.ts'
import { fromNumber, of } from '../../src/numeric/rational.ts'
import { encloseExpNeg } from '../../src/random/exp-enclosure.ts'
import { insecureSeeded } from '../../src/testing/index.ts'
import { chiSquared, words } from '../random/support.ts'
import { attacks, audit } from './support.ts'

const draws = 60_000

function frequencies(draw: () => number): Map<number, number> {
  const counts = new Map<number, number>()
  for (let i = 0; i < draws; i++) {
    const z = draw()
    counts.set(z, (counts.get(z) ?? 0) + 1)
  }
  return counts
}

/** Probabilities from weights, of 0 to `most` and their negatives. */
function lawOf(weight: (m: number) => number, most: number): (z: number) => number {
  let total = -weight(0)
  for (let m = most; m >= 0; m--) total += 2 * weight(m)
  return (z) => weight(Math.abs(z)) / total
}
const moments = (law: (z: number) => number, most: number): { mean: number; square: number; tail: (h: number) => number } => {
  let [mean, square] = [0, 0]
  for (let z = -most; z <= most; z++) {
    mean += Math.abs(z) * law(z)
    square += z * z * law(z)
  }
  const tail = (h: number): number => {
    let sum = 0
    for (let z = most; z > h; z--) sum += 2 * law(z)
    return sum
  }
  return { mean, square, tail }
}

it('a coin is thrown by enclosures, digit by digit', () => {
  const thrown = (...list: number[]): boolean => lazyCoin(words(...list).bits, (precision) => encloseExpNeg(1n, 1n, precision))()
  const first = Math.floor(2 ** 32 / Math.E)
  expect(thrown(first - 1)).toBe(true)
  expect(thrown(first + 1)).toBe(false)
  expect(thrown(first, 0, 0)).toBe(true)
  expect(thrown(first, 0xffffffff, 0xffffffff)).toBe(false)
})

describe('staircase', () => {
  const levels = (r: number, d: number, epsilon: number) => (m: number) => Math.exp(-epsilon * Math.floor((m + d - r) / d))
  it.each([
    [5, 1, 0.5, 3],
    [5, 1, 0.05, 1],
    [3, 0.2, 0.99, 3],
    [1, 1, 0.3, 1],
    [4, 6, 0.25, 1],
  ])('has exactly its law on the integers: D = %d, epsilon %d, gamma %d', (d, epsilon, gamma, r) => {
    const insecureRandom = insecureSeeded(91)
    const { release, error } = staircase({ sensitivity: d, epsilon, gamma, integers: true, insecureRandom })
    const most = Math.ceil((d * 45) / epsilon)
    const law = lawOf(levels(r, d, epsilon), most)
    expect(
      Math.abs(
        chiSquared(
          frequencies(() => release(0)),
          law,
          draws,
        ),
      ),
    ).toBeLessThan(4.5)
    const { square, tail } = moments(law, most)
    expect(error().stddev).toBeCloseTo(Math.sqrt(square), 10)
    for (const confidence of [0.3, 0.5, 0.9, 0.95, 0.999]) {
      const { halfWidth } = error({ confidence })
      expect(tail(halfWidth)).toBeLessThanOrEqual((1 - confidence) * (1 + 1e-9))
      if (halfWidth > 0) expect(tail(halfWidth - 2)).toBeGreaterThan(1 - confidence)
    }
  })
  it('has the top that makes the expected error least', () => {
    for (const [d, epsilon] of [
      [7, 0.3],
      [20, 2],
      [9, 5],
    ] as const) {
      const mean = (r: number): number =>
        moments(lawOf(levels(r, d, epsilon), Math.ceil((d * 45) / epsilon)), Math.ceil((d * 45) / epsilon)).mean
      const best = Math.min(...Array.from({ length: d }, (_, i) => mean(i + 1)))
      const { release } = staircase({ sensitivity: d, epsilon, integers: true, insecureRandom: insecureSeeded(92) })
      let sum = 0
      for (let i = 0; i < draws; i++) sum += Math.abs(release(0))
      expect(sum / draws / best).toBeCloseTo(1, 1)
    }
  })
  it('errs on numbers as Geng and Viswanath say, less than Laplace noise', () => {
    for (const epsilon of [0.5, 4, 8]) {
      const { release } = staircase({ sensitivity: 2, epsilon, insecureRandom: insecureSeeded(93) })
      let sum = 0
      for (let i = 0; i < draws; i++) sum += Math.abs(release(0.1) - 0.1)
      const theirs = (2 * Math.exp(epsilon / 2)) / Math.expm1(epsilon)
      expect(sum / draws / theirs).toBeGreaterThan(0.96)
      expect(sum / draws / theirs).toBeLessThan(1.04)
      expect(theirs).toBeLessThan(2 / epsilon)
    }
  })
  it.each([0.5, 2])('is as private as it says, and not twice as private: epsilon %d', (epsilon) => {
    const points = [-2, -1, -0.5, -0.25, 0, 0.25, 0.5, 0.75, 1, 1.5, 2]
    const attack = (sensitivity: number, options: object, there: number): number => {
      const { release } = staircase({ sensitivity, epsilon, ...options, insecureRandom: insecureSeeded(94) })
      const far = 1000 / 3
      return audit([() => release(far) - far, () => release(far + there) - far], attacks(points, [40, 41, 42, 43, 45]), { draws })
        .epsilon
    }
    expect(attack(1, {}, 1)).toBeLessThan(epsilon)
    expect(attack(1, {}, 0.3)).toBeLessThan(epsilon)
    expect(attack(1, { gamma: 0.5 }, 1)).toBeGreaterThan(epsilon * 0.8)
    expect(attack(0.5, {}, 1)).toBeGreaterThan(epsilon)
  })
  it('is not for changes of many coordinates, as its header says', () => {
    const { release } = staircase({ sensitivity: 1, epsilon: 1, gamma: 0.5, insecureRandom: insecureSeeded(95) })
    const inside = (values: readonly number[]): number => values.filter((value) => Math.abs(value) < 0.5).length
    const here = new Array<number>(10).fill(0)
    const there = here.map(() => 0.1)
    const found = audit([() => inside(release(here)), () => inside(release(there))], attacks([2, 4, 6, 8]), { draws: 20_000 })
    expect(found.epsilon).toBeGreaterThan(0.1)
  })
  it('takes any epsilon and any data', () => {
    const insecureRandom = insecureSeeded(96)
    for (const epsilon of [1e-6, 1, 50, 300, 700]) {
      const { release, error } = staircase({ sensitivity: 1, epsilon, insecureRandom })
      const value = release(Math.PI)
      expect(Math.abs(value - Math.PI)).toBeLessThanOrEqual(error({ confidence: 1 - 1e-9 }).halfWidth)
    }
    const { release, event, guarantee } = staircase({ sensitivity: 1, epsilon: 2, insecureRandom })
    expect(event).toEqual({ kind: 'pure', epsilon: 2 })
    expect(guarantee).toEqual({ epsilon: 2, delta: 0 })
    expect(Math.abs(release(Number.NaN))).toBeLessThan(50)
    expect(release(Number.POSITIVE_INFINITY)).toBe(Number.MAX_VALUE)
    expect(release(Float32Array.of(3.4e38))[0]).toBeLessThan(Number.POSITIVE_INFINITY)
    expect(typeof release(10n)).toBe('bigint')
    expect(release([1, 2, 3])).toHaveLength(3)
    for (const [options, name] of [
      [{ sensitivity: 0.5, integers: true }, 'sensitivity'],
      [{ sensitivity: 1e-300 }, 'sensitivity'],
      [{ epsilon: 701 }, 'epsilon'],
      [{ epsilon: 10n ** 400n }, 'epsilon'],
      [{ gamma: 1 }, 'gamma'],
      [{ integers: 1 }, 'integers'],
    ] as const) {
      expect(() => staircase({ sensitivity: 1, epsilon: 1, ...(options as object) })).toThrow(`"${name}"`)
    }
  })
})

describe('truncatedLaplace', () => {
  const lawFor = (d: number, epsilon: number, reach: number) =>
    lawOf((m) => (m > reach ? 0 : Math.exp((-m * epsilon) / d)), reach)
  it.each([
    [1, 1, 1e-5],
    [3, 0.5, 0.01],
    [4, 2, 1e-9],
    [5, 0.1, 0.3],
    [2, 20, 1e-3],
    [7, 0.01, 0.49],
  ])('reaches as far as it must and no further: D = %d, epsilon %d, delta %d', (d, epsilon, delta) => {
    const reach = Number(leastReach(BigInt(d), fromNumber(epsilon), delta))
    const lost = (far: number): number => {
      const law = lawFor(d, epsilon, far)
      let worst = 0
      for (let shift = 1; shift <= d; shift++) {
        let sum = 0
        for (let z = -far; z <= far; z++)
          sum += Math.max(0, law(z) - Math.exp(epsilon) * (Math.abs(z - shift) > far ? 0 : law(z - shift)))
        worst = Math.max(worst, sum)
      }
      return worst
    }
    expect(lost(reach)).toBeLessThanOrEqual(delta * (1 + 1e-9))
    if (reach > d - 1) expect(lost(reach - 1)).toBeGreaterThan(delta)
    expect(suffices(BigInt(reach), BigInt(d), fromNumber(epsilon), delta)).toBe(true)
    const insecureRandom = insecureSeeded(101)
    const { release, bound, error } = truncatedLaplace({ sensitivity: d, epsilon, delta, integers: true, insecureRandom })
    expect(bound).toBe(reach)
    const law = lawFor(d, epsilon, reach)
    const counts = frequencies(() => release(0))
    expect(Math.max(...counts.keys())).toBeLessThanOrEqual(reach)
    if (counts.size > 1) expect(Math.abs(chiSquared(counts, law, draws))).toBeLessThan(4.5)
    const { square, tail } = moments(law, reach)
    expect(error().stddev).toBeCloseTo(Math.sqrt(square), 10)
    expect(tail(error({ confidence: 0.9 }).halfWidth)).toBeLessThanOrEqual(0.1)
  })
  it('has the bound and the variance of the paper on numbers', () => {
    const [sensitivity, epsilon, delta] = [2, 0.5, 1e-4]
    const insecureRandom = insecureSeeded(102)
    const { bound, error, release } = truncatedLaplace({ sensitivity, epsilon, delta, insecureRandom })
    const far = (sensitivity / epsilon) * Math.log1p(Math.expm1(epsilon) / (2 * delta))
    expect(bound / far).toBeCloseTo(1, 9)
    const end = (far * epsilon) / sensitivity
    const variance = 2 * (sensitivity / epsilon) ** 2 * (1 - (Math.exp(-end) * (end * end + 2 * end)) / 2 / -Math.expm1(-end))
    expect(error().stddev ** 2 / variance).toBeCloseTo(1, 8)
    let sum = 0
    for (let i = 0; i < draws; i++) {
      const z = release(0.3) - 0.3
      expect(Math.abs(z)).toBeLessThanOrEqual(bound)
      sum += z * z
    }
    expect(sum / draws / variance).toBeCloseTo(1, 1)
    // Nearly flat noise: a reach of less than one scale.
    const flat = truncatedLaplace({ sensitivity: 1, epsilon: 0.001, delta: 0.2, insecureRandom: insecureSeeded(103) })
    expect(flat.error().stddev).toBeCloseTo(flat.bound / Math.sqrt(3), 2)
    expect(Math.abs(flat.release(5) - 5)).toBeLessThan(flat.bound)
    expect(flat.error({ confidence: 0.5 }).halfWidth / flat.bound).toBeCloseTo(0.5, 2)
  })
  it('is as private as it says, and not where half of the sensitivity is claimed', () => {
    const attack = (sensitivity: number, delta: number): number => {
      const { release } = truncatedLaplace({ sensitivity, epsilon: 1, delta: 0.01, insecureRandom: insecureSeeded(104) })
      const points = [-4, -3.5, -3, -2, -1, 0, 0.5, 1, 2, 3, 4, 4.5, 5]
      return audit([() => release(0), () => release(1)], attacks(points, [40, 41, 42]), { draws, delta }).epsilon
    }
    expect(attack(1, 0.01)).toBeLessThan(1)
    expect(attack(1, 0.01)).toBeGreaterThan(0.7)
    expect(attack(1, 0)).toBeGreaterThan(2)
    expect(attack(0.5, 0.01)).toBeGreaterThan(1)
  })
  it('hides changes of several coordinates that add up to the sensitivity', () => {
    const [d, epsilon, delta] = [6, 1, 0.05]
    const law = lawFor(d, epsilon, Number(leastReach(6n, of(1n), delta)))
    const far = Number(leastReach(6n, of(1n), delta))
    // Of two coordinates that move by 2 and 4: what is out of reach.
    let lost = 0
    for (let x = -far; x <= far; x++) {
      for (let y = -far; y <= far; y++) {
        const there = x - 2 < -far || y - 4 < -far ? 0 : law(x - 2) * law(y - 4)
        lost += Math.max(0, law(x) * law(y) - Math.exp(epsilon) * there)
      }
    }
    expect(lost).toBeLessThanOrEqual(delta)
    const insecureRandom = insecureSeeded(105)
    const wide = truncatedLaplace({ sensitivity: 1, epsilon: 1, delta: 0.01, l0Sensitivity: 5, insecureRandom })
    expect(wide.release(new Float64Array(5))).toHaveLength(5)
    expect(wide.bound).toBeGreaterThan(truncatedLaplace({ sensitivity: 1, epsilon: 1, delta: 0.01 }).bound)
  })
  it('refuses what makes no sense', () => {
    for (const [options, name] of [
      [{ sensitivity: 0.5, integers: true }, 'sensitivity'],
      [{ sensitivity: 1e-300 }, 'sensitivity'],
      [{ epsilon: 701 }, 'epsilon'],
      [{ delta: 0 }, 'delta'],
      [{ delta: 1 }, 'delta'],
      [{ l0Sensitivity: 0 }, 'l0Sensitivity'],
    ] as const) {
      expect(() => truncatedLaplace({ sensitivity: 1, epsilon: 1, delta: 0.1, ...(options as object) })).toThrow(`"${name}"`)
    }
  })
})
