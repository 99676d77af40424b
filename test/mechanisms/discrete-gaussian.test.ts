import { describe, expect, expectTypeOf, it } from 'vitest'
import { delta, gaussianStddev } from '../../src/accounting/index.ts'
import type { DiscreteGaussianEvent, ZcdpEvent } from '../../src/events/index.ts'
import { discreteGaussianDelta } from '../../src/mechanisms/discrete-gaussian-stddev.ts'
import { discreteGaussian } from '../../src/mechanisms/index.ts'
import { insecureSeeded } from '../../src/testing/index.ts'
import { attacks, audit } from './support.ts'

describe('discreteGaussian for epsilon and delta', () => {
  it.each([
    [1, 1e-5, 1],
    [0.1, 1e-6, 1],
    [10, 1e-5, 1],
    [0, 0.2, 1],
    [2, 1e-9, 17],
    [0.5, 0.9, 1],
  ])('has the least noise, by the accountant: epsilon %d, delta %d, sensitivity %d', (epsilon, failure, sensitivity) => {
    const { event, guarantee } = discreteGaussian({ sensitivity, epsilon, delta: failure })
    expect(guarantee).toEqual({ epsilon, delta: failure })
    const spent = (stddev: number): { upper: number; lower: number } => delta({ ...event, stddev }, { epsilon })
    expect(spent(event.stddev).lower).toBeLessThanOrEqual(failure)
    expect(spent(event.stddev).upper).toBeLessThanOrEqual(failure * (1 + 1e-6))
    if (event.stddev > 0.01) expect(spent(event.stddev * (1 - 1e-4)).upper).toBeGreaterThan(failure * (1 - 1e-6))
  })
  it('agrees with the accountant on delta, and lies next to continuous noise where it is large', () => {
    for (const [stddev, sensitivity, epsilon] of [
      [0.3, 1, 3],
      [1, 1, 0.5],
      [5, 3, 1],
      [40, 10, 0.3],
    ] as const) {
      const reference = delta({ kind: 'discreteGaussian', stddev, sensitivity }, { epsilon }).upper
      expect(discreteGaussianDelta(stddev, sensitivity, epsilon) / reference).toBeCloseTo(1, 6)
    }
    const options = { epsilon: 1, delta: 1e-6 }
    const large = discreteGaussian({ sensitivity: 100_000, ...options }).event.stddev
    const continuous = gaussianStddev({ l2Sensitivity: 100_000, ...options })
    expect(large / continuous).toBeGreaterThan(1)
    expect(large / continuous).toBeLessThan(1.0001)
    // Both sides of the border between sum and integral.
    const [below, above] = [discreteGaussianDelta(4095.9, 1000, 1), discreteGaussianDelta(4096, 1000, 1)]
    expect(above / below).toBeGreaterThan(0.999)
    expect(above / below).toBeLessThan(1.01)
  })
})

describe('discreteGaussian for vectors', () => {
  it('has the event of its rho', () => {
    const mechanism = discreteGaussian({ l2Sensitivity: 3, rho: 0.5, insecureRandom: insecureSeeded(141) })
    expectTypeOf(mechanism.event).toEqualTypeOf<ZcdpEvent>()
    expectTypeOf(discreteGaussian({ sensitivity: 1, rho: 1 }).event).toEqualTypeOf<DiscreteGaussianEvent>()
    expect(mechanism.event).toEqual({ kind: 'zcdp', rho: 0.5 })
    expect(mechanism.error().stddev).toBeCloseTo(3, 10)
    expect(discreteGaussian({ l2Sensitivity: Math.SQRT2, stddev: 2 }).event.rho).toBeCloseTo(0.25, 14)
  })
  it('hides changes of many coordinates, as much as it says', () => {
    const attack = (l2Sensitivity: number): number => {
      const { release } = discreteGaussian({ l2Sensitivity, rho: 0.5, insecureRandom: insecureSeeded(142) })
      const seen = (values: number[]): number => release(values).reduce((sum, value) => sum + value, 0)
      return audit([() => seen([0, 0, 0, 0]), () => seen([1, 1, 1, 1])], attacks([-4, -2, 0, 2, 4, 6]), { draws: 60_000 }).mu
    }
    expect(attack(2)).toBeLessThan(1)
    expect(attack(2)).toBeGreaterThan(0.9)
    expect(attack(1.5)).toBeGreaterThan(1)
  })
  it('refuses what makes no sense', () => {
    const refused = (options: object, name: string): void => {
      expect(() => discreteGaussian(options as never)).toThrow(`"${name}"`)
    }
    refused({ rho: 1 }, 'sensitivity')
    refused({ sensitivity: 1, l2Sensitivity: 1, rho: 1 }, 'l2Sensitivity')
    refused({ l2Sensitivity: 1, epsilon: 1, delta: 0.1 }, 'epsilon')
    refused({ sensitivity: 1, rho: 1, delta: 0.1 }, 'delta')
    refused({ sensitivity: 1, epsilon: 1 }, 'delta')
    refused({ sensitivity: 1, epsilon: 701, delta: 0.1 }, 'epsilon')
    refused({ sensitivity: 1 }, 'rho')
  })
})
