import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { delta, epsilon } from '../../src/accounting/index.ts'
import { composeClaims } from '../../src/accounting/optimal-composition.ts'
import { approximate, composed, laplace, type PrivacyEvent, pure, randomizedResponse, repeated } from '../../src/events/index.ts'

type Guarantee = readonly [epsilon: number, delta: number, times: number]

/** The definition, sign by sign. */
function bySigns(guarantees: readonly Guarantee[], at: number): number {
  const each = guarantees.flatMap(([eps, , times]) => Array.from({ length: times }, () => eps))
  let total = 0
  for (let mask = 0; mask < 2 ** each.length; mask++) {
    let loss = 0
    let probability = 1
    each.forEach((eps, i) => {
      const plus = ((mask >> i) & 1) === 1
      loss += plus ? eps : -eps
      probability *= plus ? 1 / (1 + Math.exp(-eps)) : 1 / (1 + Math.exp(eps))
    })
    if (loss > at) total += probability * -Math.expm1(at - loss)
  }
  const sound = guarantees.reduce((product, [, d, times]) => product * (1 - d) ** times, 1)
  return 1 - sound * (1 - total)
}

const eventOf = (guarantees: readonly Guarantee[]): PrivacyEvent =>
  composed(guarantees.map(([eps, d, times]) => repeated({ times, event: approximate({ epsilon: eps, delta: d }) })))

const guarantees = fc.array(
  fc.tuple(
    fc.double({ min: 0.01, max: 2, noNaN: true }),
    fc.oneof(fc.constant(0), fc.double({ min: 1e-9, max: 0.05, noNaN: true })),
    fc.integer({ min: 1, max: 4 }),
  ),
  { minLength: 1, maxLength: 3 },
)

describe('optimal composition', () => {
  test('is the sum over all signs', () => {
    fc.assert(
      fc.property(guarantees, fc.double({ min: 0, max: 5, noNaN: true }), (list, at) => {
        const { lower, upper } = delta(eventOf(list), { epsilon: at, accountant: 'advanced' })
        const truth = bySigns(list, at)
        expect(lower).toBeLessThanOrEqual(truth * (1 + 1e-13) + 1e-15)
        expect(upper).toBeGreaterThanOrEqual(truth * (1 - 1e-13) - 1e-15)
        expect(upper - lower).toBeLessThanOrEqual(1e-9 * truth + 1e-300)
      }),
      { numRuns: 200 },
    )
  })

  test('epsilon is the least that keeps delta', () => {
    fc.assert(
      fc.property(
        guarantees,
        fc.double({ min: -12, max: -0.5, noNaN: true }).map((x) => 10 ** x),
        (list, target) => {
          const event = eventOf(list)
          const { lower, upper } = epsilon(event, { delta: target, accountant: 'advanced' })
          if (upper === Number.POSITIVE_INFINITY) expect(bySigns(list, 1e3)).toBeGreaterThan(target * (1 - 1e-10))
          else {
            expect(delta(event, { epsilon: upper, accountant: 'advanced' }).upper).toBeLessThanOrEqual(target)
            expect(upper - lower).toBeLessThanOrEqual(1e-6 * upper + 1e-9)
            if (lower > 1e-9) expect(bySigns(list, lower * (1 - 1e-9))).toBeGreaterThanOrEqual(target * (1 - 1e-6))
          }
        },
      ),
      { numRuns: 200 },
    )
  })

  test('never above basic composition or Renyi accounting, at most pure composition', () => {
    for (const [times, eps] of [
      [3, 1],
      [100, 0.1],
      [10000, 0.01],
      [1000000, 0.001],
    ] as const) {
      const event = repeated({ times, event: pure({ epsilon: eps }) })
      for (const target of [1e-12, 1e-6, 0.01]) {
        const { upper } = epsilon(event, { delta: target, accountant: 'advanced' })
        expect(upper).toBeLessThanOrEqual(times * eps)
        expect(upper).toBeLessThanOrEqual(epsilon(event, { delta: target, accountant: 'rdp' }).upper * (1 + 1e-9))
      }
      expect(epsilon(event, { delta: 0, accountant: 'advanced' }).upper).toBeCloseTo(times * eps, 9)
    }
  })

  test('says what is attained, and 0 below what need not be', () => {
    expect(epsilon(pure({ epsilon: 1 }), { delta: 0.01, accountant: 'advanced' }).lower).toBeGreaterThan(0.9)
    expect(epsilon(laplace({ noiseMultiplier: 1 }), { delta: 0.01, accountant: 'advanced' }).lower).toBe(0)
    const response = (categories: number): number =>
      epsilon(randomizedResponse({ epsilon: 1, categories }), { delta: 0.01, accountant: 'advanced', relation: 'replace-one' })
        .lower
    expect(response(2)).toBeGreaterThan(0.9)
    expect(response(3)).toBe(0)
  })

  test('two releases of randomised response, by hand', () => {
    // Losses 2, 0, -2 with probabilities p^2, 2 p (1 - p), (1 - p)^2.
    const p = 1 / (1 + Math.exp(-1))
    const event = repeated({ times: 2, event: randomizedResponse({ epsilon: 1 }) })
    const at = (e: number): number => delta(event, { epsilon: e, accountant: 'advanced', relation: 'replace-one' }).upper
    expect(at(0)).toBeCloseTo(p * p * (1 - Math.exp(-2)), 10)
    expect(at(1)).toBeCloseTo(p * p * (1 - Math.exp(-1)), 10)
    expect(at(2)).toBe(0)
    expect(
      epsilon(event, { delta: p * p * (1 - Math.exp(-1)), accountant: 'advanced', relation: 'replace-one' }).upper,
    ).toBeCloseTo(1, 9)
  })

  test('more different losses than can be listed are left to the certified accountant', () => {
    const claims = Array.from({ length: 24 }, (_, i) => ({
      claim: { epsilon: 0.1 + i / 1000, delta: 0, attained: true },
      times: 1,
    }))
    expect(composeClaims(claims)).toBeUndefined()
    expect(composeClaims(claims.slice(0, 20))).toBeDefined()
    const event = composed(claims.map(({ claim: { epsilon: eps } }) => pure({ epsilon: eps })))
    const { lower, upper } = epsilon(event, { delta: 1e-6, accountant: 'advanced', tolerance: 1e-3 })
    const even = repeated({ times: 24, event: pure({ epsilon: 0.1115 }) })
    const middle = epsilon(even, { delta: 1e-6, accountant: 'advanced' }).upper
    expect(lower).toBeLessThan(middle * 1.01)
    expect(upper).toBeGreaterThan(middle * 0.99)
    expect(delta(event, { epsilon: upper, accountant: 'advanced', tolerance: 1e-3 }).upper).toBeLessThan(1.1e-6)
  })

  test('nothing, and failures alone', () => {
    expect(epsilon(pure({ epsilon: 0 }), { delta: 0, accountant: 'advanced' })).toMatchObject({ upper: 0, lower: 0 })
    const event = repeated({ times: 3, event: approximate({ epsilon: 0, delta: 0.1 }) })
    expect(delta(event, { epsilon: 1, accountant: 'advanced' }).upper).toBeCloseTo(1 - 0.9 ** 3, 9)
    expect(epsilon(event, { delta: 0.3, accountant: 'advanced' }).upper).toBe(0)
    expect(epsilon(event, { delta: 0.2, accountant: 'advanced' })).toMatchObject({ upper: Number.POSITIVE_INFINITY })
  })
})
