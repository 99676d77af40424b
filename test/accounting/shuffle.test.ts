import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { shuffleDelta, shuffleEpsilon } from '../../src/accounting/shuffle/shuffle.ts'
import { InvalidParameterError } from '../../src/errors.ts'
import { binomialProbability } from '../../src/numeric/binomial.ts'

type Weights = Map<string, number>
const add = (weights: Weights, key: string, weight: number): void => {
  weights.set(key, (weights.get(key) ?? 0) + weight)
}
const hockeyStick = (p: Weights, q: Weights, epsilon: number): number => {
  let delta = 0
  for (const [key, weight] of p) delta += Math.max(0, weight - Math.exp(epsilon) * (q.get(key) ?? 0))
  return delta
}

/** The counts of the variation-ratio theorem as published, the common part left out. */
function pairOfCounts(n: number, localEpsilon: number, totalVariation: number): [Weights, Weights] {
  const p = Math.exp(localEpsilon)
  const a = totalVariation / (p - 1)
  const [P, Q]: [Weights, Weights] = [new Map(), new Map()]
  for (let c = 0; c < n; c++) {
    for (let k = 0; k <= c; k++) {
      const weight = binomialProbability(c, n - 1, Math.min(1, 2 * a)) * binomialProbability(k, c, 0.5)
      for (const [x, y, inP, inQ] of [
        [k + 1, c - k, a * p, a],
        [k, c - k + 1, a, a * p],
        [k, c - k, 1 - a - a * p, 1 - a - a * p],
      ] as const) {
        add(P, `${x},${y}`, weight * inP)
        add(Q, `${x},${y}`, weight * inQ)
      }
    }
  }
  return [P, Q]
}

/** (1 / n) E (f_1 + ... + f_n)+ of blanket.ts, all counts of the values of f in turn. */
function blanketByCounts(n: number, localEpsilon: number, epsilon: number, a: number, factor: number, common: number): number {
  const [p, e] = [Math.exp(localEpsilon), Math.exp(epsilon)]
  let total = 0
  for (let t = 0; t <= n; t++) {
    const ofT = binomialProbability(t, n, Math.min(1, 2 * a))
    for (let h = 0; h <= n - t; h++) {
      const ofH = binomialProbability(h, n - t, 2 * a < 1 ? Math.min(1, common / (1 - 2 * a)) : 0)
      for (let k = 0; k <= t && ofH > 0; k++) {
        const sum = k * (p - e) + (t - k) * (1 - e * p) + h * factor * (1 - e)
        if (sum > 0) total += (ofT * ofH * binomialProbability(k, t, 0.5) * sum) / n
      }
    }
  }
  return total
}

/** The law of how often each answer is given, where each user draws from its own row. */
function histogram(rows: readonly (readonly number[])[]): Weights {
  let law: Weights = new Map([['', 1]])
  const counts = (key: string, answer: number, size: number): string => {
    const old = key === '' ? new Array<number>(size).fill(0) : key.split(',').map(Number)
    old[answer] = (old[answer] as number) + 1
    return old.join(',')
  }
  for (const row of rows) {
    const next: Weights = new Map()
    for (const [key, weight] of law)
      for (const [answer, p] of row.entries()) add(next, counts(key, answer, row.length), weight * p)
    law = next
  }
  return law
}

const responses = (k: number, epsilon: number): number[][] =>
  Array.from({ length: k }, (_, input) =>
    Array.from({ length: k }, (_, output) => (output === input ? Math.exp(epsilon) : 1) / (Math.exp(epsilon) + k - 1)),
  )

describe('the blanket bound', () => {
  test('is the expectation that it says, rounded up', () => {
    for (const [population, localEpsilon, categories] of [
      [40, 1, 2],
      [40, 1, 100],
      [40, 1, 5],
      [5, 2, 3],
      [1, 1.5, 2],
      [2, 0.3, 4],
      [60, 3, 10],
    ] as const) {
      const p = Math.exp(localEpsilon)
      const a = 1 / (p + categories - 1)
      const totalVariation = (p - 1) * a
      for (const epsilon of [0, 0.01, 0.1, 0.29]) {
        for (const [given, truth] of [
          [{}, blanketByCounts(population, localEpsilon, epsilon, 1 / (p + 1), p, 0)],
          [{ categories }, blanketByCounts(population, localEpsilon, epsilon, a, 1, (categories - 2) * a)],
          [{ totalVariation }, blanketByCounts(population, localEpsilon, epsilon, a, p, (1 - a * (p + 1)) / p)],
        ] as const) {
          const { upper, bound } = shuffleDelta({ localEpsilon, population, epsilon, ...given })
          expect(bound).toBe('blanket')
          expect(upper).toBeGreaterThanOrEqual(truth * (1 - 1e-13))
          // Where there is a common value, spreading it costs some percent of delta.
          expect(upper).toBeLessThanOrEqual(truth * 1.05 + 1e-14)
          if (categories === 2 || !('categories' in given || 'totalVariation' in given))
            expect(upper).toBeLessThanOrEqual(truth * (1 + 1e-9) + 1e-14)
        }
      }
    }
  })

  test('without more knowledge is that of Feldman, McMillan and Talwar: the pair of counts at the largest distance', () => {
    for (const [population, localEpsilon] of [
      [30, 1],
      [80, 3],
    ] as const) {
      const [p, q] = pairOfCounts(population, localEpsilon, Math.tanh(localEpsilon / 2))
      for (const epsilon of [0, 0.1, 0.5]) {
        expect(shuffleDelta({ localEpsilon, population, epsilon }).upper / hockeyStick(p, q, epsilon)).toBeCloseTo(1, 9)
      }
    }
  })

  test('covers randomised response on every data set, where the pair of counts does not', () => {
    const [k, localEpsilon, population] = [4, 1.3, 6]
    const rows = responses(k, localEpsilon)
    const totalVariation = Math.expm1(localEpsilon) / (Math.exp(localEpsilon) + k - 1)
    const [p, q] = pairOfCounts(population, localEpsilon, totalVariation)
    let largest = 0
    for (const inputs of [
      [2, 2, 2, 2, 2],
      [2, 2, 3, 2, 3],
      [0, 1, 2, 3, 3],
      [0, 0, 0, 0, 0],
      [0, 1, 0, 1, 0],
    ]) {
      const others = inputs.map((input) => rows[input] as number[])
      for (const epsilon of [0, 0.2, 0.6, 1]) {
        const truth = hockeyStick(
          histogram([rows[0] as number[], ...others]),
          histogram([rows[1] as number[], ...others]),
          epsilon,
        )
        expect(shuffleDelta({ localEpsilon, population, categories: k, epsilon }).upper).toBeGreaterThanOrEqual(truth)
        expect(shuffleDelta({ localEpsilon, population, totalVariation, epsilon }).upper).toBeGreaterThanOrEqual(truth)
        expect(shuffleDelta({ localEpsilon, population, epsilon }).upper).toBeGreaterThanOrEqual(truth)
        if (epsilon === 0.6) largest = Math.max(largest, truth)
      }
    }
    expect(largest).toBeCloseTo(0.060015655919609064, 12)
    expect(hockeyStick(p, q, 0.6)).toBeCloseTo(0.05537563445381019, 12)
    expect(shuffleDelta({ localEpsilon, population, categories: k, epsilon: 0.6 }).upper).toBeLessThan(0.0638)
  })

  test('covers random randomisers on random data sets, by enumeration', () => {
    const weight = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 3, noNaN: true }),
        fc.array(fc.tuple(weight, weight, weight), { minLength: 3, maxLength: 3 }),
        fc.array(fc.nat(2), { minLength: 0, maxLength: 6 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (spread, shape, inputs, share) => {
          // Rows of e^(spread w), normalised: their ratios say how private they are.
          const rows = shape.map((row) => {
            const raw = row.map((w) => Math.exp(spread * w))
            const total = raw.reduce((a, b) => a + b, 0)
            return raw.map((w) => w / total)
          })
          let localEpsilon = 0
          for (const a of rows)
            for (const b of rows)
              for (const [i, p] of a.entries()) localEpsilon = Math.max(localEpsilon, Math.log(p / (b[i] as number)))
          localEpsilon *= 1 + 1e-12
          const others = inputs.map((input) => rows[input] as number[])
          const population = others.length + 1
          const epsilon = share * localEpsilon
          const truth = hockeyStick(
            histogram([rows[0] as number[], ...others]),
            histogram([rows[1] as number[], ...others]),
            epsilon,
          )
          expect(shuffleDelta({ localEpsilon, population, epsilon }).upper).toBeGreaterThanOrEqual(truth - 1e-13)
          // Knowing the distance of the two rows helps, and is still a bound.
          let totalVariation = 0
          for (const a of rows)
            for (const b of rows)
              totalVariation = Math.max(
                totalVariation,
                a.reduce((t, p, i) => t + Math.abs(p - (b[i] as number)) / 2, 0),
              )
          totalVariation = Math.min(totalVariation * (1 + 1e-12), Math.tanh(localEpsilon / 2))
          expect(shuffleDelta({ localEpsilon, population, epsilon, totalVariation }).upper).toBeGreaterThanOrEqual(truth - 1e-13)
        },
      ),
      { seed: 17, numRuns: 200 },
    )
  })

  test('gives the figures of the papers and of a brute-force sum', () => {
    const epsilon = (localEpsilon: number, population: number, delta: number): number =>
      shuffleEpsilon({ localEpsilon, population, delta }).upper
    expect(epsilon(4, 1e5, 1e-6)).toBeCloseTo(0.11815306654684683, 9)
    expect(epsilon(1, 1e3, 1e-6)).toBeCloseTo(0.1486706163687, 9)
    expect(epsilon(4, 1e6, 1e-8)).toBeCloseTo(0.04507296202979, 9)
    const given = { localEpsilon: 4, population: 100_000, delta: 1e-6 }
    expect(shuffleEpsilon({ ...given, bound: 'feldman-2023' })).toEqual({
      upper: expect.closeTo(0.40779, 5),
      bound: 'feldman-2023',
    })
    expect(shuffleEpsilon({ ...given, bound: 'feldman-2021' })).toEqual({
      upper: expect.closeTo(0.53463, 5),
      bound: 'feldman-2021',
    })
  })

  test('epsilon stands where delta is met', () => {
    for (const [localEpsilon, population, delta, totalVariation] of [
      [0.5, 1000, 1e-5, undefined],
      [2, 20_000, 1e-9, 0.4],
      [2, 20_000, 1e-9, 'categories'],
      [6, 50_000, 1e-7, undefined],
      [1, 12, 1e-3, 0.1],
    ] as const) {
      const known = totalVariation === undefined ? {} : totalVariation === 'categories' ? { categories: 7 } : { totalVariation }
      const given = { localEpsilon, population, ...known }
      const { upper } = shuffleEpsilon({ ...given, delta })
      expect(shuffleDelta({ ...given, epsilon: upper }).upper).toBeLessThanOrEqual(
        delta * (totalVariation === undefined ? 1 + 1e-8 : 1.02),
      )
      expect(shuffleDelta({ ...given, epsilon: upper * (1 - 1e-6) }).upper).toBeGreaterThan(
        delta * (totalVariation === undefined ? 1 : 0.98),
      )
    }
  })

  test('is never looser than the closed forms, nor than no shuffling', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 10, noNaN: true }),
        fc.integer({ min: 1, max: 200_000 }),
        fc.constantFrom(1e-3, 1e-6, 1e-10),
        (localEpsilon, population, delta) => {
          const given = { localEpsilon, population, delta }
          const numeric = shuffleEpsilon(given).upper
          const newer = shuffleEpsilon({ ...given, bound: 'feldman-2023' }).upper
          const older = shuffleEpsilon({ ...given, bound: 'feldman-2021' }).upper
          expect(numeric).toBeLessThanOrEqual(newer)
          expect(newer).toBeLessThanOrEqual(localEpsilon)
          expect(older).toBeLessThanOrEqual(localEpsilon)
          // More users hide each other better.
          expect(shuffleEpsilon({ ...given, population: 2 * population }).upper).toBeLessThanOrEqual(numeric * (1 + 1e-9))
          // Less private answers stay less private.
          expect(shuffleEpsilon({ ...given, localEpsilon: 1.2 * localEpsilon }).upper).toBeGreaterThanOrEqual(
            numeric * (1 - 1e-9),
          )
        },
      ),
      { seed: 19, numRuns: 60 },
    )
  })

  test('has its limits right', () => {
    expect(shuffleEpsilon({ localEpsilon: 0, population: 10, delta: 1e-6 }).upper).toBe(0)
    expect(shuffleEpsilon({ localEpsilon: 2, population: 10, delta: 1e-6, totalVariation: 0 }).upper).toBe(0)
    expect(shuffleDelta({ localEpsilon: 2, population: 10, epsilon: 0.1, totalVariation: 0 }).upper).toBe(0)
    expect(shuffleDelta({ localEpsilon: 1, population: 10, epsilon: 1 }).upper).toBe(0)
    expect(shuffleDelta({ localEpsilon: 0, population: 10, epsilon: 0 }).upper).toBe(0)
    // A lone user is not hidden: delta(0) of randomised response is its total variation, and a large delta needs no epsilon.
    expect(shuffleDelta({ localEpsilon: 1, population: 1, epsilon: 0 }).upper).toBeCloseTo(Math.tanh(0.5), 10)
    expect(shuffleEpsilon({ localEpsilon: 1, population: 1, delta: 0.47 }).upper).toBe(0)
    expect(shuffleEpsilon({ localEpsilon: 300, population: 1000, delta: 1e-6 }).upper).toBeLessThanOrEqual(300)
    // Past their range the closed forms claim nothing.
    expect(shuffleEpsilon({ localEpsilon: 9, population: 10_000, delta: 1e-6, bound: 'feldman-2023' }).upper).toBe(9)
    expect(shuffleEpsilon({ localEpsilon: 6, population: 10_000, delta: 1e-6, bound: 'feldman-2021' }).upper).toBe(6)
  })

  test('refuses what is no shuffle', () => {
    const given = { localEpsilon: 1, population: 100, delta: 1e-6 }
    for (const bad of [
      { ...given, localEpsilon: -1 },
      { ...given, localEpsilon: Number.NaN },
      { ...given, localEpsilon: 400 },
      { ...given, population: 0 },
      { ...given, population: 1.5 },
      { ...given, delta: 0 },
      { ...given, delta: 1 },
      { ...given, totalVariation: 0.5 },
      { ...given, totalVariation: -0.1 },
      { ...given, totalVariation: 0.1, categories: 3 },
      { ...given, categories: 1 },
      { ...given, bound: 'clones' },
      { ...given, users: 3 },
    ]) {
      expect(() => shuffleEpsilon(bad as never)).toThrow(InvalidParameterError)
    }
    expect(() => shuffleDelta({ localEpsilon: 1, population: 10, epsilon: -1 })).toThrow(InvalidParameterError)
  })
})
