import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { InvalidParameterError } from '../../src/errors.ts'
import {
  binomialAtLeast,
  binomialAtMost,
  binomialLogAtLeast,
  binomialLogAtMost,
  binomialLogProbability,
  binomialProbability,
} from '../../src/numeric/binomial.ts'
import vectors from '../vectors/numeric-binomial.json' with { type: 'json' }

const u = 2 ** -53
type Row = readonly [k: number, n: number, p: number, one: string, least: string, most: string]
const rows = vectors.rows as unknown as readonly Row[]
const read = (text: string): number => Number(text.replace('inf', 'Infinity'))

/** The error of a logarithm in units of u (1 + |log|); that of a probability, relative to it, in the same units. */
const ofLog = (actual: number, truth: number): number =>
  actual === truth ? 0 : Math.abs(actual - truth) / (u * (1 + Math.abs(truth)))
const ofProbability = (actual: number, logTruth: number): number => {
  const truth = Math.exp(logTruth)
  return truth < 1e-300
    ? actual <= 1e-300
      ? 0
      : Number.POSITIVE_INFINITY
    : Math.abs(actual / truth - 1) / (u * (1 + Math.abs(logTruth)))
}

describe('the binomial distribution', () => {
  test('agrees with 80 digits in the middle and in both tails', () => {
    expect(rows.length).toBeGreaterThan(200)
    let [worstLog, worst] = [0, 0]
    for (const [k, n, p, one, least, most] of rows) {
      worstLog = Math.max(
        worstLog,
        ofLog(binomialLogProbability(k, n, p), read(one)),
        ofLog(binomialLogAtLeast(k, n, p), read(least)),
        ofLog(binomialLogAtMost(k, n, p), read(most)),
      )
      worst = Math.max(
        worst,
        ofProbability(binomialProbability(k, n, p), read(one)),
        ofProbability(binomialAtLeast(k, n, p), read(least)),
        ofProbability(binomialAtMost(k, n, p), read(most)),
      )
    }
    expect(worstLog).toBeLessThan(12)
    expect(worst).toBeLessThan(12)
  })

  test('gives the log of a tail near one relative to itself', () => {
    // P(X >= 1) = P(X <= 99) = 1 - 2^-100.
    expect(binomialLogAtLeast(1, 100, 0.5) / -(2 ** -100)).toBeCloseTo(1, 12)
    expect(binomialLogAtMost(99, 100, 0.5) / -(2 ** -100)).toBeCloseTo(1, 12)
  })

  test('has tails that meet, at any k in or out of the range', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 3000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: -5, max: 3005 }),
        (n, p, k) => {
          expect(binomialAtLeast(k, n, p) + binomialAtMost(k - 1, n, p)).toBeCloseTo(1, 11)
          const stepped = binomialAtLeast(k + 1, n, p) + binomialProbability(k, n, p)
          expect(Math.abs(stepped - binomialAtLeast(k, n, p))).toBeLessThanOrEqual(1e-11 * stepped + 1e-300)
        },
      ),
      { seed: 5 },
    )
  })

  test('is certain outside the range', () => {
    for (const [k, n, p] of [
      [0, 4, 0.3],
      [-3, 4, 0.3],
      [0, 4, 0],
      [4, 4, 1],
    ] as const) {
      expect(binomialAtLeast(k, n, p)).toBe(1)
      expect(binomialLogAtMost(n - k, n, 1 - p)).toBe(0)
      expect(binomialAtMost(k - 1, n, p)).toBe(0)
      expect(binomialAtLeast(n - k + 1, n, 1 - p)).toBe(0)
    }
    expect(binomialProbability(5, 4, 0.3)).toBe(0)
    expect(binomialProbability(-1, 4, 0.3)).toBe(0)
  })

  test('stays symmetric where the mean is a trillion', () => {
    const n = 2 * 10 ** 12
    expect(binomialAtLeast(n / 2, n, 0.5)).toBeCloseTo(0.5 + 0.5 * binomialProbability(n / 2, n, 0.5), 13)
    expect(binomialAtLeast(n / 2 + 7e6, n, 0.5) / binomialAtMost(n / 2 - 7e6, n, 0.5)).toBeCloseTo(1, 9)
  })

  test('refuses what is no binomial', () => {
    for (const [k, n, p] of [
      [0.5, 3, 0.5],
      [1, -1, 0.5],
      [1, 3, 1.5],
      [1, 3, Number.NaN],
      [Number.NaN, 3, 0.5],
      [1, 2 ** 54, 0.5],
    ] as const) {
      for (const f of [binomialProbability, binomialAtLeast, binomialAtMost, binomialLogAtLeast, binomialLogAtMost]) {
        expect(() => f(k, n, p)).toThrow(InvalidParameterError)
      }
    }
  })
})
