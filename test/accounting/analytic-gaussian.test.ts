import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { gaussianDelta, gaussianLogDelta, gaussianStddev } from '../../src/accounting/analytic-gaussian.ts'
import { closedForm, gaussianForm } from '../../src/accounting/closed-form.ts'
import { centred, type MixturePair } from '../../src/accounting/contour/mixture-pair.ts'
import { InvalidParameterError } from '../../src/errors.ts'
import { divUp } from '../../src/numeric/directed.ts'
import golden from '../vectors/golden/analytic-gaussian.json' with { type: 'json' }
import truths from '../vectors/golden/truths.json' with { type: 'json' }

type Case = { readonly params: Record<string, unknown>; readonly expected: Record<string, unknown> }
const num = (value: unknown): number =>
  value === 'Infinity' ? Number.POSITIVE_INFINITY : value === '-Infinity' ? Number.NEGATIVE_INFINITY : (value as number)

describe('golden/analytic-gaussian.json', () => {
  const cases = golden.cases as unknown as readonly Case[]
  const of = (kind: string): readonly Case[] => cases.filter(({ params }) => params['kind'] === kind)
  /** Why a case has no counterpart here. */
  const notApplicable = (params: Case['params']): string | undefined => {
    const [first] = (params['args'] ?? []) as readonly unknown[]
    if (params['function'] === 'get_sigma_gaussian' && first === 'Infinity') return 'an infinite epsilon is no promise: refused'
    return undefined
  }

  test('every case has a kind of ours', () => {
    expect(of('sigma').length + of('epsilon').length + of('delta').length + of('degenerate').length).toBe(cases.length)
    expect(of('degenerate').filter(({ params }) => notApplicable(params) !== undefined)).toHaveLength(1)
  })

  test('sigma: on the private side, within 1e-13 of the truth', () => {
    for (const { params, expected } of of('sigma')) {
      const truth = num(expected['truth'])
      const stddev = gaussianStddev({ epsilon: num(params['epsilon']), delta: num(params['delta']), l2Sensitivity: 1 })
      expect(stddev).toBeGreaterThanOrEqual(truth)
      expect(stddev / truth - 1).toBeLessThan(1e-13)
    }
  })

  test('epsilon: a bracket of 1e-12, relatively, around the truth', () => {
    for (const { params, expected } of of('epsilon')) {
      const truth = num(expected['truth'])
      const { lower, upper } = gaussianForm(1 / num(params['sigma']), 2 ** -53).epsilon(num(params['delta']))
      expect(lower).toBeLessThanOrEqual(truth)
      expect(upper).toBeGreaterThanOrEqual(truth)
      expect(upper - lower).toBeLessThanOrEqual(1e-12 * truth)
    }
  })

  test('delta: its logarithm to 1e-15, and a bracket around it', () => {
    for (const { params, expected } of of('delta')) {
      const log = num(expected['log_truth'])
      const mu = 1 / num(params['sigma'])
      const epsilon = num(params['epsilon'])
      expect(Math.abs(gaussianLogDelta(mu, epsilon) - log)).toBeLessThanOrEqual(1e-15 * Math.max(1, Math.abs(log)))
      const { lower, upper } = gaussianForm(mu, 2 ** -53).delta(epsilon)
      expect(lower).toBeLessThanOrEqual(Math.exp(log) * (1 + 1e-15))
      expect(upper).toBeGreaterThanOrEqual(Math.exp(log) * (1 - 1e-15))
      if (log > -700) expect(upper - lower).toBeLessThan(1e-11 * upper)
    }
  })

  test('degenerate ones', () => {
    for (const { params, expected } of of('degenerate')) {
      if (notApplicable(params) !== undefined) continue
      const [first, delta] = (params['args'] as readonly unknown[]).map(num) as [number, number]
      if (params['function'] === 'get_sigma_gaussian') {
        expect(gaussianStddev({ epsilon: first, delta, l2Sensitivity: 1 })).toBe(num(expected['dp_accounting']))
      }
      // get_epsilon_gaussian of 0, 1 and infinite noise: in tight.test.ts, by events.
    }
  })
})

describe('delta of the Gaussian', () => {
  /** By the integral over x of the part of the normal density that epsilon does not excuse. */
  function byDefinition(mu: number, epsilon: number): number {
    const from = epsilon / mu + mu / 2
    const h = 1e-3
    let sum = 0
    // The integrand vanishes at `from` like a root does not: linearly, so the midpoint rule serves.
    for (let x = from + h / 2; x < from + 14; x += h) {
      sum += Math.exp(-((x - mu) ** 2) / 2) * -Math.expm1(mu * (from - x))
    }
    return (h * sum) / Math.sqrt(2 * Math.PI)
  }

  test('agrees with its definition in every regime', () => {
    for (const [mu, epsilon] of [
      [1, 1],
      [0.01, 0],
      [0.01, 0.05],
      [1e-3, 7e-3],
      [5, 0],
      [5, 10],
      [5, 40],
      [0.3, 2.9],
      [2, 2],
      [1.9, 0.1],
    ] as const) {
      expect(gaussianDelta(mu, epsilon) / byDefinition(mu, epsilon)).toBeCloseTo(1, 5)
    }
  })

  test('is smooth where its forms meet', () => {
    // Third differences of the logarithm, in steps of 2^-6, across all switches; noise of 1e-14 would show.
    for (const mu of [0.5, 1, 2, 4]) {
      const at = (k: number): number => gaussianLogDelta(mu, k / 64)
      for (let k = 0; k < 64 * 12; k++) {
        const third = at(k + 3) - 3 * at(k + 2) + 3 * at(k + 1) - at(k)
        expect(Math.abs(third)).toBeLessThan(2e-5)
      }
      for (let k = 0; k < 64 * 12; k++) expect(at(k + 1)).toBeLessThan(at(k))
    }
  })

  test('falls below every double, and its logarithm goes on', () => {
    expect(gaussianDelta(1, 50)).toBe(0)
    // by mpmath with 60 digits
    expect(gaussianLogDelta(1, 50)).toBeCloseTo(-1233.8690831424055, 11)
    expect(gaussianLogDelta(1e-160, 1)).toBe(-Number.MAX_VALUE)
    for (const mu of [1e-320, 1e-200, 1e-60, 1e-20]) expect(gaussianDelta(mu, 100)).toBe(0)
    expect(gaussianLogDelta(1e-320, 100)).toBe(-Number.MAX_VALUE)
    expect(gaussianLogDelta(1e-50, 1) / 5e99).toBeCloseTo(-1, 14)
    for (const mu of [1e3, 1e20, 1e40, 1e160, 1e308]) expect(gaussianDelta(mu, 1)).toBe(1)
    expect(gaussianForm(1e-160, 0).delta(1)).toEqual({ lower: 0, upper: Number.MIN_VALUE })
    expect(gaussianDelta(1e-160, 1)).toBe(0)
  })
})

describe('gaussianStddev', () => {
  test('never gives too little noise: what it returns is private when looked at again', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -6, max: 4, noNaN: true }),
        fc.double({ min: 0.01, max: 300, noNaN: true }),
        fc.double({ min: -20, max: 20, noNaN: true }),
        (logEpsilon, digits, logSensitivity) => {
          const epsilon = 10 ** logEpsilon
          const delta = 10 ** -digits
          const l2Sensitivity = 10 ** logSensitivity
          const stddev = gaussianStddev({ epsilon, delta, l2Sensitivity })
          expect(gaussianLogDelta(divUp(l2Sensitivity, stddev), epsilon)).toBeLessThanOrEqual(Math.log(delta))
          expect(gaussianLogDelta((l2Sensitivity / stddev) * (1 + 1e-11), epsilon)).toBeGreaterThan(Math.log(delta))
        },
      ),
      { seed: 3, numRuns: 300 },
    )
  })

  test('where others give too little: epsilon 0 and a delta of 1e-20 take 3.99e19', () => {
    expect(gaussianStddev({ epsilon: 0, delta: 1e-20, l2Sensitivity: 1 })).toBeCloseTo(3.98942280401433e19, -7)
    expect(gaussianStddev({ epsilon: 0, delta: 1e-12, l2Sensitivity: 1 }) / 398942280401.4327).toBeCloseTo(1, 12)
  })

  test('at the ends of the doubles', () => {
    expect(gaussianStddev({ epsilon: 0, delta: 5e-324, l2Sensitivity: 1e-200 })).toBeGreaterThan(1e122)
    expect(gaussianStddev({ epsilon: 1e300, delta: 0.5, l2Sensitivity: 1 })).toBeGreaterThan(0)
    expect(gaussianStddev({ epsilon: 1, delta: 1e-5, l2Sensitivity: 1e300 }) / 1e300).toBeCloseTo(3.730631634816, 9)
    expect(gaussianStddev({ epsilon: 1, delta: 0, l2Sensitivity: 1 })).toBe(Number.POSITIVE_INFINITY)
    expect(gaussianStddev({ epsilon: 0, delta: 1, l2Sensitivity: 1 })).toBe(0)
  })

  test('refuses what is no promise', () => {
    for (const bad of [
      { epsilon: -1, delta: 0.1, l2Sensitivity: 1 },
      { epsilon: Number.POSITIVE_INFINITY, delta: 0.1, l2Sensitivity: 1 },
      { epsilon: 1, delta: 1.1, l2Sensitivity: 1 },
      { epsilon: 1, delta: Number.NaN, l2Sensitivity: 1 },
      { epsilon: 1, delta: 0.1, l2Sensitivity: 0 },
      { epsilon: 1, delta: 0.1, l2Sensitivity: 1, sensitivity: 1 },
    ]) {
      expect(() => gaussianStddev(bad)).toThrow(InvalidParameterError)
    }
  })
})

describe('closed forms of one release', () => {
  const pair = (q: number, stddev: number, side: string): MixturePair => {
    const mixture = { means: [0, 1], weights: [1 - q, q] }
    return side === 'remove' ? { stddev, p: mixture, q: centred } : { stddev, p: centred, q: mixture }
  }
  const form = (q: number, stddev: number, side: string) =>
    closedForm({ parts: [{ pair: pair(q, stddev, side), times: 1 }], gaussian: 0 })

  test('hockey_stick of golden/truths.json, one sampled step in either direction', () => {
    const cases = (truths.cases as unknown as readonly Case[]).filter(
      ({ params }) => params['kind'] === 'hockey_stick' && params['direction'] !== 'replace' && num(params['q']) < 1,
    )
    // q = 1 is not sampled, and replacing has no closed form; both go to the laws.
    expect(cases).toHaveLength(60)
    let narrow = 0
    for (const { params, expected } of cases) {
      const epsilon = num(params['epsilon'])
      const truth = num(expected['value'])
      const found = form(num(params['q']), num(params['sigma']), params['direction'] as string)?.delta(epsilon)
      expect(found?.lower as number).toBeLessThanOrEqual(truth * (1 + 2 ** -52))
      expect(found?.upper as number).toBeGreaterThanOrEqual(truth * (1 - 2 ** -52))
      if ((found?.upper as number) - (found?.lower as number) <= 1e-11 * truth) narrow++
    }
    expect(narrow).toBeGreaterThan(55)
  })

  test('epsilon leads back to delta', () => {
    for (const side of ['remove', 'add']) {
      for (const [q, stddev] of [
        [0.01, 1],
        [0.3, 0.5],
        [1e-6, 0.3],
        [0.9, 20],
      ] as const) {
        for (const delta of [1e-12, 1e-5, 1e-3]) {
          const known = form(q, stddev, side)
          const found = known?.epsilon(delta)
          expect(known?.delta(found?.upper as number).upper as number).toBeLessThanOrEqual(delta * (1 + 1e-13))
          if (found?.lower !== 0)
            expect(known?.delta(found?.lower as number).lower as number).toBeGreaterThanOrEqual(delta * (1 - 1e-13))
          expect(found?.upper as number).toBeGreaterThanOrEqual(found?.lower as number)
        }
      }
    }
  })

  test('the loss of adding a record ends at -log(1 - q)', () => {
    const known = form(0.25, 0.05, 'add')
    const end = -Math.log(0.75)
    expect(known?.delta(end * (1 + 1e-12))).toEqual({ lower: 0, upper: 0 })
    // Just below the end delta is 1 - e^epsilon (1 - q), hardly more than rounding: bounded, not denied.
    const close = known?.delta(end * (1 - 2 ** -52))
    expect(close?.upper as number).toBeGreaterThan(0)
    expect(close?.upper as number).toBeLessThan(1e-14)
    expect(known?.epsilon(1e-15).upper as number).toBeLessThanOrEqual(end * (1 + 1e-12))
    expect(form(0.25, 0.05, 'remove')?.delta(end).lower as number).toBeGreaterThan(0.2)
  })

  test('nothing else has one', () => {
    const one = { pair: pair(0.5, 1, 'remove'), times: 1 }
    expect(closedForm({ parts: [], gaussian: 0 })).toBeUndefined()
    expect(closedForm({ parts: [one], gaussian: 1 })).toBeUndefined()
    expect(closedForm({ parts: [{ ...one, times: 2 }], gaussian: 0 })).toBeUndefined()
    expect(closedForm({ parts: [one, one], gaussian: 0 })).toBeUndefined()
    const three = { means: [0, 1, 2], weights: [0.5, 0.25, 0.25] }
    expect(closedForm({ parts: [{ pair: { stddev: 1, p: three, q: centred }, times: 1 }], gaussian: 0 })).toBeUndefined()
    const replaced = { stddev: 1, p: { means: [0, 1], weights: [0.5, 0.5] }, q: { means: [0, -1], weights: [0.5, 0.5] } }
    expect(closedForm({ parts: [{ pair: replaced, times: 1 }], gaussian: 0 })).toBeUndefined()
  })
})
