import { describe, expect, it } from 'vitest'
import { oneRunEpsilon } from '../../src/accounting/audit-bounds.ts'
import { calibrate } from '../../src/accounting/calibrate.ts'
import { delta } from '../../src/accounting/delta.ts'
import { epsilon } from '../../src/accounting/epsilon.ts'
import { privacyOdometer } from '../../src/accounting/filters/odometer.ts'
import { groupEvent } from '../../src/accounting/group.ts'
import { rdp } from '../../src/accounting/rdp.ts'
import { relations } from '../../src/accounting/relation.ts'
import { shuffleEpsilon } from '../../src/accounting/shuffle/shuffle.ts'
import { treeSensitivitySquared } from '../../src/accounting/tree.ts'
import { InvalidParameterError, UnsupportedEventError } from '../../src/errors.ts'
import {
  discreteLaplace,
  exponential,
  gaussian,
  laplace,
  type PrivacyEvent,
  permuteAndFlip,
  poissonSampled,
  pure,
  randomAllocation,
} from '../../src/events/index.ts'

const most = 2 ** 53 - 1

describe('at the ends of the doubles', () => {
  const revealing: readonly PrivacyEvent[] = [
    pure({ epsilon: Number.MAX_VALUE }),
    exponential({ epsilon: Number.MAX_VALUE }),
    permuteAndFlip({ epsilon: Number.MAX_VALUE }),
    laplace({ noiseMultiplier: Number.MIN_VALUE }),
    gaussian({ noiseMultiplier: Number.MIN_VALUE }),
    discreteLaplace({ scale: Number.MIN_VALUE, sensitivity: 1 }),
  ]
  it.each(revealing)('$kind: nothing is claimed', (event) => {
    for (const budget of [0, 1e-300, 1e-5]) expect(epsilon(event, { delta: budget }).upper).toBeGreaterThan(1e290)
    expect(delta(event, { epsilon: 1 }).upper).toBe(1)
    const sampled = poissonSampled({ samplingRate: 0.5, event })
    expect(delta(sampled, { epsilon: 1 }).upper).toBeGreaterThanOrEqual(0.5)
    for (const relation of relations) {
      for (const divergence of rdp(event, { orders: [1, 1.5, 64, 1e9, Number.POSITIVE_INFINITY], relation })) {
        expect(divergence).toBeGreaterThan(1e290)
      }
    }
  })
  it('the Renyi divergence of a large claim is no more than the claim', () => {
    expect(rdp(pure({ epsilon: 1e308 }), { orders: [2, 1e9] })).toEqual([1e308, 1e308])
    expect(rdp(exponential({ epsilon: 1e308 }), { orders: [1e9] })).toEqual([1e308])
  })
  it('next to a large epsilon the rarer loss of an exponential mechanism is not lost', () => {
    for (const epsilon of [1e10, 1e16, 1e100]) {
      for (const divergence of rdp(exponential({ epsilon }), { orders: [1, 1.5, 64, 1e9] })) {
        expect(divergence / epsilon).toBeGreaterThan(1 - 1e-8)
        expect(divergence / epsilon).toBeLessThanOrEqual(1)
      }
    }
  })
  it('an odometer goes on', () => {
    const spent = privacyOdometer({ kind: 'renyi', delta: 1e-5 }).record(pure({ epsilon: Number.MAX_VALUE }))
    expect(spent.record(spent.epsilon > 1 ? gaussian({ noiseMultiplier: 1 }) : pure({ epsilon: 1 })).epsilon).toBe(
      Number.POSITIVE_INFINITY,
    )
  })
  it.each([Number.MIN_VALUE, 1e-4, 1e5, Number.MAX_VALUE])('random allocation with noise %d is refused', (noiseMultiplier) => {
    const event = randomAllocation({ steps: 10, event: gaussian({ noiseMultiplier }) })
    expect(() => epsilon(event, { delta: 1e-5 })).toThrow(UnsupportedEventError)
    expect(epsilon(event, { delta: 1e-5, accountant: 'rdp' }).upper).toBeGreaterThanOrEqual(0)
  })
})

describe('with counts that no search can walk through', () => {
  it.each([
    { steps: 1e9, participations: 2, separation: 1e6 },
    { steps: most, participations: 1000, separation: 1e9 },
  ])('a tree of $steps steps has a bound', (shape) => {
    const levels = Math.floor(Math.log2(shape.steps)) + 1
    const found = treeSensitivitySquared(shape)
    expect(found).toBeGreaterThanOrEqual(levels * shape.participations)
    expect(found).toBeLessThanOrEqual(levels * shape.participations ** 2)
  })
  it('of more than a billion users a billion are mixed', () => {
    const given = { localEpsilon: 1, delta: 1e-6 }
    const { upper } = shuffleEpsilon({ ...given, population: 1e9 })
    expect(shuffleEpsilon({ ...given, population: most })).toEqual({ upper, bound: 'blanket' })
  })
  it('audits take ten million guesses', () => {
    const seen = { canaries: most, correct: 9_000_000, significance: 0.05, delta: 1e-20 }
    expect(oneRunEpsilon({ ...seen, guesses: 10_000_000 })).toBeGreaterThan(2)
    expect(() => oneRunEpsilon({ ...seen, guesses: 10_000_001 })).toThrow(InvalidParameterError)
  })
  it('groups of a Poisson sample a million', () => {
    const event = poissonSampled({ samplingRate: 1e-4, event: gaussian({ noiseMultiplier: 1 }) })
    expect(groupEvent(event, { records: 1e6 }).event.kind).toBe('mixtureOfGaussians')
    expect(() => groupEvent(event, { records: 1e6 + 1 })).toThrow(InvalidParameterError)
    expect(groupEvent(gaussian({ noiseMultiplier: 1 }), { records: most }).event.kind).toBe('gaussian')
  })
})

describe('what stands for an option', () => {
  const family = (noiseMultiplier: number): PrivacyEvent => gaussian({ noiseMultiplier })
  it('null is none', () => {
    for (const name of ['tolerance', 'start', 'min', 'max', 'increasing']) {
      expect(() => calibrate(family, { epsilon: 1, delta: 1e-5, [name]: null })).toThrow(InvalidParameterError)
    }
    expect(() => shuffleEpsilon({ localEpsilon: 1, population: 10, delta: 1e-5, bound: null as never })).toThrow(/"bound"/)
  })
  it('nor is a hole in a list', () => {
    expect(() => rdp(pure({ epsilon: 1 }), { orders: new Array(1) })).toThrow(/"orders\[0\]"/)
    expect(() => privacyOdometer({ kind: 'renyi', delta: 1e-5, orders: new Array(2) })).toThrow(/"orders\[0\]"/)
  })
})
