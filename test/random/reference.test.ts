import { describe, expect, it } from 'vitest'
import { of } from '../../src/numeric/rational.ts'
import {
  drawBernoulli,
  drawBernoulliExp,
  drawDiscreteGaussian,
  drawDiscreteLaplace,
  squareRoot,
} from '../../src/random/reference.ts'
import vectors from '../vectors/random-reference.json' with { type: 'json' }
import { enumerate, seededBits } from './support.ts'

/** Checks that a probability is within what an enumeration leaves open. */
const within = (mass: number | undefined, unknown: number, probability: number): void => {
  expect(mass ?? 0).toBeLessThan(probability + 1e-12)
  expect((mass ?? 0) + unknown).toBeGreaterThan(probability - 1e-12)
}

describe('the plain path, enumerated over every sequence of its choices', () => {
  it('has rational coins', () => {
    const { masses, unknown } = enumerate((choices) => drawBernoulli(choices, of(3n, 7n)), 0)
    expect(masses.get(true)).toBeCloseTo(3 / 7, 14)
    expect(unknown).toBe(0)
  })
  it.each([
    [0n, 1n],
    [1n, 1n],
    [1n, 2n],
    [2n, 3n],
    [3n, 2n],
    [5n, 2n],
    [3n, 1n],
  ])('has coins of probability exp(-%i/%i)', (n, d) => {
    const { masses, unknown } = enumerate((choices) => drawBernoulliExp(choices, { numerator: n, denominator: d }), 1e-7)
    expect(unknown).toBeLessThan(2e-3)
    within(masses.get(true), unknown, Math.exp(-Number(n) / Number(d)))
    within(masses.get(false), unknown, 1 - Math.exp(-Number(n) / Number(d)))
  })
  it.each([
    [1n, 1n],
    [2n, 1n],
    [1n, 2n],
  ])('has discrete Laplace noise of scale %i/%i', (t, s) => {
    const { masses, unknown } = enumerate((choices) => drawDiscreteLaplace(choices, of(t, s)), 2e-6)
    expect(unknown).toBeLessThan(0.1)
    const ratio = Math.exp(-Number(s) / Number(t))
    for (let x = -6; x <= 6; x++) {
      const law = ((1 - ratio) / (1 + ratio)) * ratio ** Math.abs(x)
      within(masses.get(BigInt(x)), unknown, law)
      // Draws that begin again have the same law again, so what is known has the shape of the whole.
      if (Math.abs(x) < 2) expect(Math.abs((masses.get(BigInt(x)) as number) / (1 - unknown) / law - 1)).toBeLessThan(0.1)
    }
    expect(masses.get(2n)).toBe(masses.get(-2n))
  })
})

describe('the plain path, against a transcription in Python', () => {
  it.each(vectors.laplace)('draws the same Laplace noise of scale $numerator/$denominator', (vector) => {
    const bits = seededBits(BigInt(vector.seed))
    const scale = of(BigInt(vector.numerator), BigInt(vector.denominator))
    expect(vector.draws.map(() => drawDiscreteLaplace(bits, scale).toString())).toEqual(vector.draws)
  })
  it.each(vectors.gaussian)('draws the same Gaussian noise of variance $numerator/$denominator', (vector) => {
    const bits = seededBits(BigInt(vector.seed))
    const variance = of(BigInt(vector.numerator), BigInt(vector.denominator))
    expect(vector.draws.map(() => drawDiscreteGaussian(bits, variance).toString())).toEqual(vector.draws)
  })
})

describe('the integer square root', () => {
  it('is the floor', () => {
    for (let n = 0n; n < 2000n; n++) {
      const root = squareRoot(n)
      expect(root * root <= n && (root + 1n) * (root + 1n) > n).toBe(true)
    }
    for (const root of [1n << 40n, (1n << 200n) + 1n, 10n ** 99n]) {
      expect([squareRoot(root * root - 1n), squareRoot(root * root), squareRoot(root * root + 2n * root)]).toEqual([
        root - 1n,
        root,
        root,
      ])
    }
  })
})
