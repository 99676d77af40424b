import { describe, expect, it } from 'vitest'
import { treeSensitivitySquared } from '../../src/accounting/index.ts'
import { treeCounter } from '../../src/mechanisms/index.ts'
import { insecureSeeded } from '../../src/testing/index.ts'
import { attacks, audit } from './support.ts'

const zeros = (n: number): number[] => new Array<number>(n).fill(0)

describe('treeCounter', () => {
  it.each([
    ['rho', { rho: 0.5 }],
    ['epsilon', { epsilon: 1 }],
  ] as const)('errs as much as it says at each step, by %s', (_, privacy) => {
    const steps = 23
    const counter = treeCounter({ steps, sensitivity: 3, ...privacy, insecureRandom: insecureSeeded(111) })
    const runs = 8000
    const values = Array.from({ length: steps }, (_, i) => i * i - 100)
    const squares = zeros(steps)
    const beyond = zeros(steps)
    const errors = Array.from({ length: steps }, (_, i) => counter.error({ confidence: 0.9, step: i + 1 }))
    for (let run = 0; run < runs; run++) {
      let truth = 0
      counter.release(values).forEach((total, i) => {
        truth += values[i] as number
        squares[i] = (squares[i] as number) + (total - truth) ** 2 / runs
        if (Math.abs(total - truth) > (errors[i]?.halfWidth as number)) beyond[i] = (beyond[i] as number) + 1 / runs
      })
    }
    for (let i = 0; i < steps; i++) {
      // Rounding adds 1/12.
      expect(Math.sqrt(squares[i] as number) / Math.hypot(errors[i]?.stddev as number, 0.29)).toBeCloseTo(1, 1)
      expect(beyond[i] as number).toBeLessThan(0.1)
    }
    const worst = Math.max(...errors.map(({ stddev }) => stddev))
    expect(counter.error().stddev).toBeCloseTo(worst, 12)
    expect(counter.error({ confidence: 0.9 }).halfWidth).toBeCloseTo(Math.max(...errors.map(({ halfWidth }) => halfWidth)), 12)
  })
  it('has the least accurate step right for any number of steps', () => {
    for (let steps = 1; steps <= 70; steps++) {
      const counter = treeCounter({ steps, sensitivity: 1, rho: 1 })
      const all = Array.from({ length: steps }, (_, i) => counter.error({ step: i + 1 }).stddev)
      expect(counter.error().stddev).toBe(Math.max(...all))
    }
  })
  it('mixes what is known of a node: variances 1, 2/3, 4/7 and towards a half', () => {
    const counter = treeCounter({ steps: 2 ** 20, sensitivity: 1, rho: 0.01 })
    const variance = (step: number): number => (counter.error({ step }).stddev / counter.error({ step: 1 }).stddev) ** 2
    expect(variance(2)).toBeCloseTo(2 / 3, 12)
    expect(variance(4)).toBeCloseTo(4 / 7, 12)
    expect(variance(2 ** 20)).toBeCloseTo(1 / 2, 5)
    expect(variance(3)).toBeCloseTo(5 / 3, 12)
  })
  it('says what it is', () => {
    const pure = treeCounter({ steps: 1000, sensitivity: 2, epsilon: 0.5, participations: 3 })
    expect(pure.event).toEqual({ kind: 'discreteLaplace', scale: 120, sensitivity: 60 })
    expect(pure.guarantee).toEqual({ epsilon: 0.5, delta: 0 })
    const concentrated = treeCounter({ steps: 1000, sensitivity: 2, rho: 0.5, participations: 3 })
    expect(concentrated.event).toEqual({ kind: 'zcdp', rho: 0.5 })
    expect(concentrated.guarantee).toEqual({ rho: 0.5 })
    const squares = treeSensitivitySquared({ steps: 1000, participations: 3 })
    expect(concentrated.error({ step: 1 }).stddev).toBeCloseTo(2 * Math.sqrt(squares), 8)
    expect(Object.isFrozen(pure)).toBe(true)
  })
  it.each([
    ['rho', { rho: 0.5 }],
    ['epsilon', { epsilon: 1 }],
  ] as const)('is as private as it says, and not twice as private: %s', (_, privacy) => {
    // The record at the first of seven steps: in the leaf, a pair and the first four. A weighted sum of totals finds all three.
    const attack = (sensitivity: number): { epsilon: number; mu: number } => {
      const insecureRandom = insecureSeeded(112)
      const { release } = treeCounter({ steps: 7, sensitivity, ...privacy, insecureRandom })
      const seen = (values: number[]): number => {
        const [first, second, , fourth] = release(values) as [number, number, number, number]
        return first + second + fourth
      }
      const points = [-20, -10, -5, 0, 5, 10, 15, 20, 30, 40, 60]
      return audit([() => seen(zeros(7)), () => seen(zeros(7).with(0, 10))], attacks(points), { draws: 30_000 })
    }
    if ('epsilon' in privacy) {
      expect(attack(10).epsilon).toBeLessThan(1)
      expect(attack(10).epsilon).toBeGreaterThan(0.3)
      expect(attack(2).epsilon).toBeGreaterThan(1)
    } else {
      expect(attack(10).mu).toBeLessThan(1)
      expect(attack(10).mu).toBeGreaterThan(0.75)
      expect(attack(7).mu).toBeGreaterThan(1)
    }
  })
  it('takes any data, and ends', () => {
    const counter = treeCounter({ steps: 3, sensitivity: 1, epsilon: 50, insecureRandom: insecureSeeded(113) })
    const stream = counter.start()
    expect(stream.step()).toBe(0)
    expect(Math.abs(stream.add(Number.NaN))).toBeLessThan(5)
    expect(Math.abs(stream.add('x' as never))).toBeLessThan(5)
    expect(stream.add(Number.POSITIVE_INFINITY)).toBeGreaterThan(2 ** 52)
    expect(stream.step()).toBe(3)
    expect(() => stream.add(1)).toThrow('start()')
    expect(() => counter.release(zeros(4))).toThrow('add')
    expect(counter.release(new Set([1e6]))[0] as number).toBeGreaterThan(999_000)
    for (const wrong of ['secret', null, 5, {}]) {
      expect(() => counter.release(wrong as never)).toThrow('values')
      expect(() => counter.release(wrong as never)).not.toThrow('secret')
    }
    for (const [options, name] of [
      [{ steps: 0 }, 'steps'],
      [{ sensitivity: 0.5 }, 'sensitivity'],
      [{ participations: 9 }, 'participations'],
      [{ sensitivity: 2 ** 52 }, 'participations'],
      [{ rho: 1 }, 'rho'],
      [{ epsilon: undefined }, 'epsilon'],
      [{ epsilon: 5e-324 }, 'epsilon'],
      [{ epsilon: undefined, rho: 0 }, 'rho'],
    ] as const) {
      expect(() => treeCounter({ steps: 8, sensitivity: 1, epsilon: 1, ...(options as object) })).toThrow(`"${name}"`)
    }
    expect(() => counter.error({ step: 4 })).toThrow('step')
  })
})
