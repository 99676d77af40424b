import { describe, expect, it } from 'vitest'
import { delta, epsilon } from '../../src/accounting/index.ts'
import { poissonSampler } from '../../src/mechanisms/distributed/poisson.ts'
import { skellam } from '../../src/mechanisms/index.ts'
import { fromNumber, of } from '../../src/numeric/rational.ts'
import { insecureSeeded } from '../../src/testing/index.ts'
import { chiSquared, seededBits, words } from '../random/support.ts'
import { attacks, audit } from './support.ts'

function logFactorial(n: number): number {
  let sum = 0
  for (let i = 2; i <= n; i++) sum += Math.log(i)
  return sum
}
const poissonMass = (mu: number) => {
  const known: number[] = []
  return (k: number): number => {
    if (k < 0) return 0
    known[k] ??= Math.exp(k * Math.log(mu) - mu - logFactorial(k))
    return known[k] as number
  }
}
/** e^-v I_k(v), by its integral. */
const skellamMass = (v: number) => {
  const n = 4000
  const table = Array.from({ length: n }, (_, j) => [((j + 0.5) * Math.PI) / n, 0] as [number, number])
  for (const row of table) row[1] = Math.exp(-v * (1 - Math.cos(row[0]))) / n
  return (k: number): number => table.reduce((sum, [angle, value]) => sum + value * Math.cos(k * angle), 0)
}
function frequencies(draw: () => number, draws: number): Map<number, number> {
  const counts = new Map<number, number>()
  for (let i = 0; i < draws; i++) {
    const k = draw()
    counts.set(k, (counts.get(k) ?? 0) + 1)
  }
  return counts
}

describe('Poisson variates', () => {
  it.each([0.001, 0.3, 0.999, 1, 2.99, 5.5, 30, 123.25, 3000])('have exactly their law: mean %d', (mu) => {
    const draw = poissonSampler(seededBits(121), fromNumber(mu))
    expect(Math.abs(chiSquared(frequencies(draw, 100_000), poissonMass(mu), 100_000))).toBeLessThan(4.5)
  })
  it('take a rational mean', () => {
    const draw = poissonSampler(seededBits(122), of(10n, 3n))
    expect(Math.abs(chiSquared(frequencies(draw, 100_000), poissonMass(10 / 3), 100_000))).toBeLessThan(4.5)
  })
  it.each([1e6 + 0.5, 1e9])('have the moments and the shape of large means: %d', (mu) => {
    const draw = poissonSampler(seededBits(123), fromNumber(mu))
    const n = 40_000
    const bins = new Map<number, number>()
    let [sum, square] = [0, 0]
    for (let i = 0; i < n; i++) {
      const z = (draw() - mu) / Math.sqrt(mu)
      sum += z
      square += z * z
      const bin = Math.floor(z * 4)
      bins.set(bin, (bins.get(bin) ?? 0) + 1)
    }
    expect(Math.abs(sum / Math.sqrt(n))).toBeLessThan(4)
    expect(Math.abs((square / n - 1) * Math.sqrt(n / 2))).toBeLessThan(4)
    const normal = (x: number): number => {
      let total = 0
      for (let i = 0; i < 50; i++) total += Math.exp(-((x + (i + 0.5) / 200) ** 2) / 2) / 200 / Math.sqrt(2 * Math.PI)
      return total
    }
    expect(Math.abs(chiSquared(bins, (bin) => normal(bin / 4), n))).toBeLessThan(5)
  })
  it('are judged exactly where a word leaves it open, near and far', () => {
    // Mean 1: three values to a word. A word for side and block, one for the place in it, one uniform; then two more for each digit of 64 bits.
    const mu = of(1n)
    const drawn = (...list: number[]): number => poissonSampler(words(...list).bits, mu)()
    const keep = [2, 0, 0]
    // The upper side (an even word), block 0: 2 = 1 more than the mode by offset 1, R = 1/2, C = 1: half of the words keep it.
    const [half, offsetOne] = [0x80000000, 0x80000000]
    expect(drawn(2, offsetOne, half - 2)).toBe(2)
    expect(drawn(2, offsetOne, half + 2, ...keep)).toBe(1)
    expect(drawn(2, offsetOne, half, 0xffffffff, 0xffffffff, ...keep)).toBe(1)
    expect(drawn(2, offsetOne, half - 1, 0xffffffff, 0xfffffff0)).toBe(2)
    // Block 20, past the checkpoints: 41 with R = 1 / 41!, which only a uniform number of zeros keeps.
    const far = 2 ** 21
    expect(drawn(far, 0, 5, ...keep)).toBe(1)
    expect(drawn(far, 0, 0, 5, 5, ...keep)).toBe(1)
    expect(drawn(far, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)).toBe(41)
    // The lower side: 0 is there, -1 is not.
    expect(drawn(3, 0, 100)).toBe(0)
    expect(drawn(3, offsetOne, 0, 1, 1, ...keep)).toBe(1)
    // More blocks than a word has digits: coins go on.
    expect(drawn(0, 0x80000000, 0, 0, 0xffffffff, 0xffffffff, ...keep)).toBe(1)
  })
})

describe('skellam', () => {
  const options = { l1Sensitivity: 1, l2Sensitivity: 1 }
  it.each([0.1, 3, 64])('has exactly its law: variance %d', (variance) => {
    const { release, error } = skellam({ ...options, variance, insecureRandom: insecureSeeded(124) })
    const mass = skellamMass(variance)
    expect(
      Math.abs(
        chiSquared(
          frequencies(() => release(7) - 7, 60_000),
          mass,
          60_000,
        ),
      ),
    ).toBeLessThan(4.5)
    for (const confidence of [0.5, 0.95, 0.999]) {
      const { halfWidth, stddev } = error({ confidence })
      expect(stddev).toBe(Math.sqrt(variance))
      let inside = mass(0)
      for (let k = 1; k <= halfWidth; k++) inside += 2 * mass(k)
      expect(inside).toBeGreaterThanOrEqual(confidence - 1e-9)
      if (halfWidth > 0) expect(inside - 2 * mass(halfWidth)).toBeLessThan(confidence)
    }
  })
  it('adds up from shares', () => {
    const variance = 10
    const { share } = skellam({ ...options, variance, parties: 7, insecureRandom: insecureSeeded(125) })
    const sum = (): number => {
      let total = 0
      for (let i = 0; i < 7; i++) total += share(1)
      return total - 7
    }
    expect(Math.abs(chiSquared(frequencies(sum, 60_000), skellamMass(variance), 60_000))).toBeLessThan(4.5)
    expect(
      Math.abs(
        chiSquared(
          frequencies(() => share(0), 60_000),
          skellamMass(variance / 7),
          60_000,
        ),
      ),
    ).toBeLessThan(4.5)
  })
  it('gives the epsilon and delta that were asked for', () => {
    for (const [asked, failure, l1, l2] of [
      [1, 1e-5, 1, 1],
      [0.5, 1e-6, 40, 10],
      [6, 1e-8, 100, 12],
    ] as const) {
      const mechanism = skellam({ l1Sensitivity: l1, l2Sensitivity: l2, epsilon: asked, delta: failure })
      expect(mechanism.guarantee).toEqual({ epsilon: asked, delta: failure })
      const found = epsilon(mechanism.event, { delta: failure, accountant: 'rdp' }).upper
      // The accountant has other orders than whole ones, and not all of those.
      expect(found).toBeLessThanOrEqual(asked * (1 + 1e-6))
      expect(found).toBeGreaterThan(0.9 * asked)
    }
  })
  it('is as private as it says, and not where the variance is a quarter', () => {
    const { event } = skellam({ ...options, variance: 4 })
    const claimed = delta(event, { epsilon: 0.5, accountant: 'rdp' }).upper
    const attack = (variance: number): number => {
      const { release } = skellam({ ...options, variance, insecureRandom: insecureSeeded(126) })
      return audit([() => release(0), () => release(1)], attacks([-3, -2, -1, 0, 1, 2, 3, 4]), { draws: 60_000, delta: claimed })
        .epsilon
    }
    expect(attack(4)).toBeLessThan(0.5)
    expect(attack(0.5)).toBeGreaterThan(0.5)
  })
  it('takes every shape, and refuses what makes no sense', () => {
    const { release, share, event, guarantee } = skellam({
      ...options,
      variance: 4,
      parties: 3,
      insecureRandom: insecureSeeded(127),
    })
    expect(typeof release(3n)).toBe('bigint')
    expect(share(Float32Array.of(1, Number.NaN))).toHaveLength(2)
    expect(Number.isInteger(release(Number.POSITIVE_INFINITY))).toBe(true)
    expect(event.variance).toBe(4)
    expect(guarantee).toEqual({})
    const large = skellam({ ...options, variance: 1e8, insecureRandom: insecureSeeded(128) })
    expect(large.error({ confidence: 0.95 }).halfWidth).toBe(Math.ceil(1.959963984540054e4) + 1)
    expect(Math.abs(large.release(0))).toBeLessThan(8e4)
    const refused = (given: object, name: string): void => {
      expect(() => skellam({ ...options, variance: 1, ...given })).toThrow(`"${name}"`)
    }
    refused({ variance: 0 }, 'variance')
    refused({ variance: 2 ** 44 }, 'variance')
    refused({ delta: 0.1 }, 'delta')
    refused({ epsilon: 1 }, 'epsilon')
    refused({ variance: undefined, epsilon: 1e-9, delta: 1e-9 }, 'epsilon')
    refused({ variance: undefined, epsilon: 1e9, delta: 0.1, l2Sensitivity: 1e-9, l1Sensitivity: 1e-9 }, 'epsilon')
    refused({ parties: 0 }, 'parties')
    refused({ l1Sensitivity: 0 }, 'l1Sensitivity')
  })
})
