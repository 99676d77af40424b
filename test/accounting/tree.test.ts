import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { treeSensitivitySquared } from '../../src/accounting/tree.ts'
import { InvalidParameterError } from '../../src/errors.ts'
import { nextDown } from '../../src/numeric/directed.ts'

/** The sum of squares over the complete dyadic nodes, straight from the definition. */
function sumOfSquares(steps: number, leaves: readonly number[]): number {
  let total = 0
  for (let size = 1; size <= steps; size *= 2) {
    for (let start = 0; start + size <= steps; start += size) {
      total += leaves.filter((leaf) => leaf >= start && leaf < start + size).length ** 2
    }
  }
  return total
}

/** The maximum over all placements. */
function bruteForce(steps: number, participations: number, separation: number): number {
  let best = 0
  const leaves: number[] = []
  const place = (from: number): void => {
    if (leaves.length === participations) {
      best = Math.max(best, sumOfSquares(steps, leaves))
      return
    }
    for (let leaf = from; leaf < steps; leaf++) {
      leaves.push(leaf)
      place(leaf + separation)
      leaves.pop()
    }
  }
  place(0)
  return best
}

/** The level-by-level bound of the module's header, in plain doubles. */
function levelBound(steps: number, participations: number, separation: number): number {
  let total = 0
  for (let size = 1; size <= steps; size *= 2) {
    const most = Math.ceil(size / separation)
    const used = Math.min(participations, most * Math.floor(steps / size))
    total += Math.floor(used / most) * most ** 2 + (used % most) ** 2
  }
  return total
}

describe('treeSensitivitySquared', () => {
  test('is the number of levels for one participation, as in dp_accounting', () => {
    for (const [steps, levels] of [
      [1, 1],
      [2, 2],
      [3, 2],
      [1023, 10],
      [1024, 11],
      [1600, 11],
      [2 ** 53 - 1, 53],
    ] as const) {
      expect(treeSensitivitySquared({ steps })).toBe(levels)
    }
  })

  test('gives the values of TF-Privacy (its min_separation counts the steps between, one less than the distance)', () => {
    for (const [steps, participations, separation, square] of [
      [16, 4, 4, 36],
      [64, 3, 11, 35],
      [100, 8, 6, 164],
      [24, 8, 3, 88],
      [200, 5, 31, 72],
    ] as const) {
      expect(treeSensitivitySquared({ steps, participations, separation })).toBe(square)
    }
  })

  test('is the maximum over all placements, on every small tree', () => {
    for (let steps = 1; steps <= 21; steps++) {
      for (let separation = 1; separation <= steps; separation++) {
        for (let participations = 1; (participations - 1) * separation < steps && participations <= 6; participations++) {
          const shape = { steps, participations, separation }
          expect({ shape, square: treeSensitivitySquared(shape) }).toEqual({
            shape,
            square: bruteForce(steps, participations, separation),
          })
        }
      }
    }
  })

  test('is the level bound itself where the separation is a power of two, however large the tree', () => {
    for (const [steps, participations, separation] of [
      [2 ** 20, 2 ** 10, 2 ** 10],
      [2 ** 30, 2 ** 26, 16],
      [2 ** 40, 2 ** 40, 1],
    ] as const) {
      const square = treeSensitivitySquared({ steps, participations, separation })
      expect(square).toBe(levelBound(steps, participations, separation))
    }
    // A full tree: at each level, 2^(40 - l) nodes of 2^l leaves.
    expect(treeSensitivitySquared({ steps: 2 ** 40, participations: 2 ** 40 })).toBe(2 ** 40 * (2 ** 41 - 1))
  })

  test('lies between any placement and the level bound, and close to the best regular one', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20_000 }),
        fc.integer({ min: 1, max: 500 }),
        fc.integer({ min: 1, max: 200 }),
        fc.nat(),
        (steps, separation, wanted, seed) => {
          const participations = Math.min(wanted, Math.ceil(steps / separation))
          const slack = steps - 1 - (participations - 1) * separation
          const start = seed % (slack + 1)
          const leaves = Array.from({ length: participations }, (_, i) => start + i * separation)
          const square = treeSensitivitySquared({ steps, participations, separation })
          expect(square).toBeGreaterThanOrEqual(sumOfSquares(steps, leaves))
          expect(square).toBeLessThanOrEqual(levelBound(steps, participations, separation))
        },
      ),
      { numRuns: 60, seed: 3 },
    )
  })

  test('a search that carries fewer choices stays within a percent of the maximum', () => {
    // The exact search, run once without a limit, gives 1213 and 15327.
    expect(treeSensitivitySquared({ steps: 3000, participations: 30, separation: 97 })).toBeGreaterThanOrEqual(1213)
    expect(treeSensitivitySquared({ steps: 3000, participations: 30, separation: 97 })).toBeLessThan(1213 * 1.02)
    const dense = treeSensitivitySquared({ steps: 10_000, participations: 100, separation: 97 })
    expect(dense).toBeLessThan(15_327 * 1.01)
    expect(dense).toBeGreaterThan(15_300)
  })

  test('rounds up past 2^53', () => {
    const steps = 2 ** 53 - 1
    let exact = 0n
    for (let size = 1n; size <= BigInt(steps); size *= 2n) exact += (BigInt(steps) / size) * size * size
    const square = treeSensitivitySquared({ steps, participations: steps })
    expect(BigInt(square)).toBeGreaterThan(exact)
    expect(BigInt(nextDown(square))).toBeLessThan(exact)
  })

  test('refuses what does not fit', () => {
    for (const shape of [
      { steps: 10, participations: 4, separation: 4 },
      { steps: 0 },
      { steps: 1.5 },
      { steps: 10, separation: 0 },
      { steps: Number.NaN },
      { steps: 10, participants: 2 },
    ]) {
      expect(() => treeSensitivitySquared(shape as never)).toThrow(InvalidParameterError)
    }
  })
})
