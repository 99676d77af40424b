import { describe, expect, test } from 'vitest'
import { delta, epsilon } from '../../src/accounting/index.ts'
import type { Relation } from '../../src/accounting/relation.ts'
import { InvalidParameterError, UnsupportedEventError } from '../../src/errors.ts'
import {
  approximate,
  composed,
  discreteGaussian,
  fixedSizeSampled,
  gaussian,
  gdp,
  laplace,
  mixtureOfGaussians,
  nonPrivate,
  type PrivacyEvent,
  poissonSampled,
  pure,
  randomizedResponse,
  repeated,
  skellam,
  zcdp,
} from '../../src/events/index.ts'

/** The default accountant where nothing can be computed, or nothing need be. */

const infinity = Number.POSITIVE_INFINITY
const noisy = gaussian({ noiseMultiplier: 1 })
const steps = (event: PrivacyEvent, times = 3): PrivacyEvent => repeated({ times, event })

describe('delta = 0', () => {
  test('an unbounded loss has an infinite epsilon, with a reason, and does not throw', () => {
    for (const event of [
      noisy,
      gdp({ mu: 0.1 }),
      steps(noisy),
      poissonSampled({ samplingRate: 0.01, event: noisy }),
      steps(poissonSampled({ samplingRate: 0.01, event: noisy }), 1000),
      discreteGaussian({ stddev: 2, sensitivity: 1 }),
      mixtureOfGaussians({ stddev: 1, sensitivities: [0, 1, 2], probabilities: [0.5, 0.3, 0.2] }),
      composed([pure({ epsilon: 1 }), noisy]),
    ]) {
      const answer = epsilon(event, { delta: 0 })
      expect(answer, event.kind).toMatchObject({ upper: infinity, accountant: 'tight' })
      expect(answer.reason, event.kind).toMatch(/unbounded|infinite privacy loss/)
    }
  })

  test('a bounded loss has its sum', () => {
    const event = composed([steps(laplace({ noiseMultiplier: 4 })), pure({ epsilon: 0.5 })])
    const { lower, upper } = epsilon(event, { delta: 0 })
    expect(lower).toBeLessThanOrEqual(1.25)
    expect(upper).toBeGreaterThanOrEqual(1.25)
    expect(upper - lower).toBeLessThan(1e-12)
  })
})

describe('an infinite loss', () => {
  test('more likely than delta: an infinite epsilon, with a reason', () => {
    for (const event of [
      steps(approximate({ epsilon: 0.1, delta: 1e-6 }), 100),
      composed([noisy, approximate({ epsilon: 0, delta: 1e-4 })]),
      steps(nonPrivate()),
      poissonSampled({ samplingRate: 0.1, event: gaussian({ noiseMultiplier: 0 }) }),
      laplace({ noiseMultiplier: 0 }),
      // No chance of contributing nothing: nothing is hidden, in either direction.
      mixtureOfGaussians({ stddev: 0, sensitivities: [1, 2], probabilities: [0.5, 0.5] }),
    ]) {
      const answer = epsilon(event, { delta: 1e-5 })
      expect(answer, event.kind).toMatchObject({ upper: infinity, lower: infinity })
      expect(answer.reason, event.kind).toContain('infinite privacy loss exceeds delta')
      expect(delta(event, { epsilon: 40 }).upper).toBeGreaterThan(0.99e-4)
    }
  })

  test('less likely than delta: a finite one', () => {
    const event = steps(approximate({ epsilon: 0.1, delta: 1e-6 }), 5)
    expect(epsilon(event, { delta: 1e-5 }).upper).toBeLessThanOrEqual(0.5)
    expect(delta(event, { epsilon: 3 }).upper).toBeCloseTo(1 - (1 - 1e-6) ** 5, 15)
  })
})

describe('an event without a pair', () => {
  const cases: readonly [event: PrivacyEvent, relation: Relation, path: string, words: string][] = [
    [zcdp({ rho: 0.1 }), 'add-or-remove', '', "'rdp'"],
    [composed([noisy, skellam({ variance: 100, l1Sensitivity: 1, l2Sensitivity: 1 })]), 'add-or-remove', 'events[1]', "'rdp'"],
    [
      composed([noisy, steps(poissonSampled({ samplingRate: 0.1, event: zcdp({ rho: 0.1 }) }))]),
      'add-or-remove',
      'events[1].event.event',
      "'rdp'",
    ],
    [randomizedResponse({ epsilon: 1 }), 'add-or-remove', '', "'replace-one'"],
    [fixedSizeSampled({ sampleSize: 10, populationSize: 100, event: noisy }), 'add-or-remove', '', "'replace-one'"],
  ]
  test.each(cases)('%j, %s: refused at %j', (event, relation, path, words) => {
    for (const ask of [() => epsilon(event, { delta: 1e-5, relation }), () => delta(event, { epsilon: 1, relation })]) {
      let thrown: unknown
      try {
        ask()
      } catch (error) {
        thrown = error
      }
      expect(thrown).toBeInstanceOf(UnsupportedEventError)
      expect((thrown as UnsupportedEventError).path).toBe(path)
      expect((thrown as UnsupportedEventError).message).toContain(words)
    }
  })
})

test('parameters out of range are named', () => {
  for (const [ask, parameter] of [
    [() => epsilon(noisy, { delta: -1e-9 }), 'delta'],
    [() => epsilon(noisy, { delta: 1 }), 'delta'],
    [() => epsilon(noisy, { delta: Number.NaN }), 'delta'],
    [() => delta(noisy, { epsilon: -1 }), 'epsilon'],
    [() => delta(noisy, { epsilon: Number.NaN }), 'epsilon'],
    [() => epsilon(noisy, { delta: 0.1, tolerance: 0 }), 'tolerance'],
    [() => epsilon(noisy, { delta: 0.1, relation: 'replace' as Relation }), 'relation'],
    [() => epsilon(noisy, { delta: 0.1, steps: 3 } as unknown as { delta: number }), 'steps'],
  ] as const) {
    let thrown: unknown
    try {
      ask()
    } catch (error) {
      thrown = error
    }
    expect(thrown, parameter).toBeInstanceOf(InvalidParameterError)
    expect((thrown as InvalidParameterError).parameter).toBe(parameter)
  }
})

test("a wide bracket's upper end is at most what Renyi divergences imply", () => {
  const event = repeated({
    times: 82,
    event: poissonSampled({ samplingRate: 1.111e-6, event: gaussian({ noiseMultiplier: 98.42 }) }),
  })
  const tight = delta(event, { epsilon: 0 })
  const { upper } = delta(event, { epsilon: 0, accountant: 'rdp' })
  expect(tight.upper).toBeLessThanOrEqual(upper)
  expect(tight.lower).toBeLessThanOrEqual(tight.upper)
  expect(tight.lower).toBeGreaterThan(0)
})
