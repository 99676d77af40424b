import { describe, expect, it } from 'vitest'
import { delta } from '../../src/accounting/index.ts'
import { discreteGaussian, discreteLaplace, gaussian, laplace } from '../../src/mechanisms/index.ts'
import { insecureSeeded } from '../../src/testing/index.ts'
import { seededBits } from '../random/support.ts'
import { attacks, audit } from './support.ts'

const draws = 60_000
const grain = [20, 30, 38, 40, 41, 42, 45, 50, 51, 52, 53]
const halves = [-2, -1, 0, 0.25, 0.5, 1, 2, 3]

/** Uniform on (0, 1), as a programmer would draw it. */
function uniform(seed: number): () => number {
  const bits = seededBits(seed)
  return () => (bits.bits(53) + 0.5) / 2 ** 53
}

describe('an audit finds no more than is claimed', () => {
  it.each([0.3, 1, 2])('laplace, numbers, epsilon %d', (epsilon) => {
    const { release } = laplace({ sensitivity: 1, epsilon, insecureRandom: insecureSeeded(11) })
    const found = audit([() => release(0), () => release(1)], attacks(halves, grain), { draws })
    expect(found.epsilon).toBeLessThan(epsilon)
    expect(found.epsilon).toBeGreaterThan(epsilon - 0.15)
  })
  it('laplace, neighbours that are no multiples of the step, far from zero', () => {
    const { release } = laplace({ sensitivity: 0.1, epsilon: 1, insecureRandom: insecureSeeded(12) })
    const x = 1000 / 3
    const points = halves.map((half) => x + half / 10)
    expect(audit([() => release(x), () => release(x + 0.1)], attacks(points, grain), { draws }).epsilon).toBeLessThan(1)
  })
  it('laplace, bigints and vectors', () => {
    const { release } = laplace({ sensitivity: 2, epsilon: 1, insecureRandom: insecureSeeded(13) })
    const bigints = audit([() => Number(release(0n)), () => Number(release(2n))], attacks([-1, 0, 1, 2]), { draws })
    expect(bigints.epsilon).toBeLessThan(1)
    expect(bigints.epsilon).toBeGreaterThan(0.7)
    const sum = (values: number[]): number => values.reduce((a, b) => Math.max(a, b))
    const vectors = audit([() => sum(release([0, 0])), () => sum(release([1, 1]))], attacks(halves, grain), { draws })
    expect(vectors.epsilon).toBeLessThan(1)
  })
  it('gaussian', () => {
    const { release, event } = gaussian({ l2Sensitivity: 1, stddev: 1, insecureRandom: insecureSeeded(14) })
    const found = audit([() => release(0), () => release(1)], attacks(halves, grain), { draws })
    expect(found.mu).toBeLessThan(1 / event.noiseMultiplier)
    expect(found.mu).toBeGreaterThan(0.93)
  })
  it('discreteLaplace', () => {
    const { release } = discreteLaplace({ sensitivity: 2, epsilon: 1, insecureRandom: insecureSeeded(15) })
    const found = audit([() => release(0), () => release(2)], attacks([-2, -1, 0, 1, 2, 3]), { draws })
    expect(found.epsilon).toBeLessThan(1)
    expect(found.epsilon).toBeGreaterThan(0.85)
  })
  it('discreteGaussian', () => {
    const { release, event } = discreteGaussian({ sensitivity: 1, rho: 0.5, insecureRandom: insecureSeeded(16) })
    const claimed = delta(event, { epsilon: 0.5 }).upper
    const found = audit([() => release(0), () => release(1)], attacks([-2, -1, 0, 1, 2, 3]), { draws, delta: claimed })
    expect(found.epsilon).toBeLessThan(0.5)
    expect(found.epsilon).toBeGreaterThan(0.3)
  })
})

describe('an audit catches what is broken', () => {
  it('a scale of 0.9 times what it should be', () => {
    const broken = laplace({ sensitivity: 1, scale: 0.9, insecureRandom: insecureSeeded(21) }).release
    expect(audit([() => broken(0), () => broken(1)], attacks(halves), { draws: 2 * draws }).epsilon).toBeGreaterThan(1)
    const counts = discreteLaplace({ sensitivity: 1, scale: 0.9, insecureRandom: insecureSeeded(22) }).release
    expect(audit([() => counts(0), () => counts(1)], attacks([0, 1]), { draws: 2 * draws }).epsilon).toBeGreaterThan(1)
    const normal = gaussian({ l2Sensitivity: 1, stddev: 0.9, insecureRandom: insecureSeeded(23) }).release
    expect(audit([() => normal(0), () => normal(1)], attacks(halves), { draws }).mu).toBeGreaterThan(1)
  })
  it('epsilon and sensitivity swapped', () => {
    const broken = laplace({ sensitivity: 0.5, epsilon: 2, insecureRandom: insecureSeeded(24) }).release
    expect(audit([() => broken(0), () => broken(2)], attacks([0, 1, 2]), { draws }).epsilon).toBeGreaterThan(0.5)
  })
  it('the textbook on doubles, by its last bits alone', () => {
    const next = uniform(25)
    const textbook = (x: number): number => {
      const u = next() - 0.5
      return x - Math.sign(u) * Math.log(1 - 2 * Math.abs(u))
    }
    const found = audit([() => textbook(0), () => textbook(1)], attacks([], grain), { draws })
    expect(found.epsilon).toBeGreaterThan(3)
    const boxMuller = (x: number): number => x + Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next())
    expect(audit([() => boxMuller(0), () => boxMuller(1)], attacks([], grain), { draws }).mu).toBeGreaterThan(2)
  })
  it('a number rounded after noise that was drawn for it unrounded', () => {
    // Bits of the datum below the step survive: what gridLaplace rounds away first.
    const { release } = laplace({ sensitivity: 1, epsilon: 1, insecureRandom: insecureSeeded(26) })
    const broken = (x: number): number => x + release(0)
    expect(audit([() => broken(0), () => broken(1 / 3)], attacks([], grain), { draws }).epsilon).toBeGreaterThan(3)
  })
  it('noise that is drawn once and used twice', () => {
    const { release } = discreteLaplace({ sensitivity: 1, epsilon: 1, insecureRandom: insecureSeeded(27) })
    const noise = release(0)
    expect(audit([() => noise, () => 1 + noise], attacks([noise]), { draws: 1000 }).epsilon).toBeGreaterThan(1)
  })
})
