import { describe, expect, it } from 'vitest'
import { epsilon } from '../../src/accounting/index.ts'
import { aboveThreshold, type SparseVector, sparseVector } from '../../src/mechanisms/index.ts'
import { insecureSeeded } from '../../src/testing/index.ts'
import { sparseVectorMutants } from '../mutants/sparse-vector.ts'
import { chiSquared } from '../random/support.ts'
import { attacks, audit } from './support.ts'

const code = (mechanism: SparseVector, queries: readonly number[]): number =>
  mechanism.release(queries).reduce((sum, { above }, i) => sum + (above ? 2 ** i : 0), 0)

describe('sparseVector', () => {
  it('has the law of algorithm 7', () => {
    // By the midpoint rule over the threshold's noise: e1 : e2 = 1 : 4^(2/3) of 1, two positives.
    const e1 = 1 / (1 + 4 ** (2 / 3))
    const [b1, b2] = [1 / e1, 4 / (1 - e1)]
    const beyond = (x: number): number => (x > 0 ? Math.exp(-x / b2) / 2 : 1 - Math.exp(x / b2) / 2)
    const queries = [1, -2, 3]
    const masses = new Map<number, number>()
    const n = 4000
    for (let i = 0; i < n; i++) {
      const u = (i + 0.5) / n - 0.5
      const bar = 0.5 - b1 * Math.sign(u) * Math.log(1 - 2 * Math.abs(u))
      const walk = (at: number, left: number, sum: number, mass: number): void => {
        if (at === queries.length || left === 0) {
          masses.set(sum, (masses.get(sum) ?? 0) + mass / n)
          return
        }
        const above = beyond(bar - (queries[at] as number))
        walk(at + 1, left - 1, sum + 2 ** at, mass * above)
        walk(at + 1, left, sum, mass * (1 - above))
      }
      walk(0, 2, 0, 1)
    }
    const insecureRandom = insecureSeeded(81)
    const mechanism = sparseVector({ threshold: 0.5, positives: 2, sensitivity: 1, epsilon: 1, insecureRandom })
    const counts = new Map<number, number>()
    const draws = 60_000
    for (let i = 0; i < draws; i++) {
      const found = code(mechanism, queries)
      counts.set(found, (counts.get(found) ?? 0) + 1)
    }
    expect(counts.has(7)).toBe(false)
    expect(Math.abs(chiSquared(counts, (x) => masses.get(x) ?? 0, draws))).toBeLessThan(4.5)
  })
  it.each([false, true])('is as private as it says (monotonic: %s), and not twice as private', (monotonic) => {
    const up = [0, 0, 0, 0, 1, 1, 1, 1]
    const there = monotonic ? up.map(() => 0) : up.map((q) => 1 - q)
    const rank = (mechanism: SparseVector, queries: number[]): number =>
      mechanism.release(queries).reduce((sum, { above }, i) => sum + (above ? (i < 4 ? -1 : 1) : 0), 0)
    const attack = (sensitivity: number): number => {
      const insecureRandom = insecureSeeded(82)
      const mechanism = sparseVector({ threshold: 2, positives: 4, sensitivity, epsilon: 2, monotonic, insecureRandom })
      return audit([() => rank(mechanism, up), () => rank(mechanism, there)], attacks([-3, -2, -1, 0, 1, 2, 3]), {
        draws: 30_000,
      }).epsilon
    }
    expect(attack(1)).toBeLessThan(2)
    expect(attack(1)).toBeGreaterThan(0.2)
    expect(attack(0.1)).toBeGreaterThan(2)
  })
  it('ends itself, and its noise is not to be had again', () => {
    const insecureRandom = insecureSeeded(83)
    const mechanism = sparseVector({ threshold: 0, positives: 2, sensitivity: 1, epsilon: 10, insecureRandom })
    const session = mechanism.start()
    expect(Object.isFrozen(session)).toBe(true)
    expect(session.remaining()).toBe(2)
    expect(session.next(-1e9)).toEqual({ above: false })
    expect(session.next(1e9)).toEqual({ above: true })
    expect(session.remaining()).toBe(1)
    expect(session.next(Number.POSITIVE_INFINITY)).toEqual({ above: true })
    expect(session.remaining()).toBe(0)
    expect(() => session.next(-1e9)).toThrow('start()')
    expect(() => session.next(1e9)).toThrow('start()')
    expect(mechanism.release(Float64Array.of(-1e9, 1e9, -1e9, 1e9, 1e9))).toHaveLength(4)
    expect(mechanism.release(new Set([-1e9, -1e8]))).toEqual([{ above: false }, { above: false }])
    expect(aboveThreshold({ threshold: 5, sensitivity: 1, epsilon: 100 }).release([0, 9, 0])).toHaveLength(2)
    // One threshold noise for a session, another one for the next: bare verdicts at the threshold agree within a session and not between them.
    const many = sparseVector({ threshold: 0, positives: 1000, sensitivity: 1, epsilon: 1, monotonic: true, insecureRandom })
    const shares = Array.from(
      { length: 40 },
      () => many.release(new Array<number>(500).fill(0)).filter(({ above }) => above).length,
    )
    expect(Math.max(...shares) - Math.min(...shares)).toBeGreaterThan(50)
  })
  it('gives noisy answers where asked to, and says what they are worth', () => {
    const insecureRandom = insecureSeeded(84)
    const mechanism = sparseVector({
      threshold: 50,
      positives: 5,
      sensitivity: 1,
      epsilon: 2,
      answerEpsilon: 0.5,
      insecureRandom,
    })
    const verdicts = mechanism.release([1e6, 0, 1e6, 1e6, -40, 1e6, 1e6])
    const answers = verdicts.flatMap(({ answer }) => answer ?? [])
    expect(answers).toHaveLength(5)
    for (const answer of answers) expect(Math.abs(answer - 1e6)).toBeLessThan(200)
    expect(new Set(answers)).toHaveProperty('size', 5)
    expect(mechanism.event.kind).toBe('composed')
    expect(mechanism.guarantee).toEqual({ epsilon: 2, delta: 0 })
    expect(epsilon(mechanism.event, { delta: 0 }).upper).toBeCloseTo(2, 12)
    const { answerHalfWidth } = mechanism.error({ confidence: 0.9 })
    expect(answerHalfWidth).toBeCloseTo(10 * Math.log(10), 6)
    expect(aboveThreshold({ threshold: 0, sensitivity: 1, epsilon: 1 }).event).toEqual({ kind: 'pure', epsilon: 1 })
  })
  it('errs no further than it says', () => {
    const mechanism = sparseVector({
      threshold: 100,
      positives: 3,
      sensitivity: 1,
      epsilon: 1,
      insecureRandom: insecureSeeded(85),
    })
    const { halfWidth } = mechanism.error({ confidence: 0.8, queries: 20 })
    // As in the paper, log-wise: threshold and query each get half of the risk.
    const e1 = 1 / (1 + 6 ** (2 / 3))
    expect(halfWidth).toBeCloseTo((1 / e1) * Math.log(10) + (6 / (1 - e1)) * Math.log(200), 6)
    const queries = Array.from({ length: 20 }, (_, i) => 100 + (i < 17 ? -1 : 1) * halfWidth)
    let wrong = 0
    for (let i = 0; i < 4000; i++) {
      const verdicts = mechanism.release(queries)
      if (verdicts.some(({ above }, j) => above !== j >= 17)) wrong += 1
    }
    expect(wrong / 4000).toBeLessThan(0.2)
  })
  it('takes any data, and refuses parameters that make no sense', () => {
    const { release } = aboveThreshold({ threshold: 5, sensitivity: 1, epsilon: 100, insecureRandom: insecureSeeded(86) })
    expect(release([Number.NaN, null, 'x', Number.NEGATIVE_INFINITY] as never).map(({ above }) => above)).toEqual([
      false,
      false,
      false,
      false,
    ])
    for (const wrong of ['secret', null, 5, {}]) {
      expect(() => release(wrong as never)).toThrow('queries')
      expect(() => release(wrong as never)).not.toThrow('secret')
    }
    const refused = (options: object, name: string): void => {
      expect(() => sparseVector({ threshold: 0, positives: 1, sensitivity: 1, epsilon: 1, ...options })).toThrow(`"${name}"`)
    }
    refused({ answerEpsilon: 1 }, 'answerEpsilon')
    refused({ answerEpsilon: 5e-324, positives: 2 }, 'answerEpsilon')
    refused({ positives: 0 }, 'positives')
    refused({ threshold: Number.NaN }, 'threshold')
    refused({ epsilon: 2 ** -60 }, 'epsilon')
    refused({ epsilon: 1e-300, sensitivity: 1e300 }, 'epsilon')
  })
})

describe('what Lyu, Su and Li found broken', () => {
  it.each(sparseVectorMutants.map((mutant) => [mutant.name, mutant] as const))('%s', (_, mutant) => {
    const release = mutant.make(87)
    const [here, there] = mutant.neighbours
    const questions = attacks([-8, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 8])
    const found = audit([() => release(here), () => release(there)], questions, { draws: 60_000 })
    expect(found.epsilon).toBeGreaterThan(mutant.claimedEpsilon)
  })
})
