import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { gaussianDelta } from '../../src/accounting/analytic-gaussian.ts'
import { delta } from '../../src/accounting/delta.ts'
import { epsilon } from '../../src/accounting/epsilon.ts'
import { groupEvent, groupRenyi } from '../../src/accounting/group.ts'
import { InvalidParameterError, UnsupportedEventError } from '../../src/errors.ts'
import {
  approximate,
  composed,
  discreteGaussian,
  discreteLaplace,
  exponential,
  fixedSizeSampled,
  gaussian,
  gdp,
  laplace,
  mixtureOfGaussians,
  nonPrivate,
  type PrivacyEvent,
  permuteAndFlip,
  poissonSampled,
  pure,
  randomAllocation,
  randomizedResponse,
  repeatAndSelect,
  repeated,
  skellam,
  tree,
  truncatedPoissonSampled,
  zcdp,
} from '../../src/events/index.ts'
import { binomialProbability } from '../../src/numeric/binomial.ts'

/** Int (p - e^epsilon q)+ over the line, on a fine grid. */
function hockeyStick(p: (x: number) => number, q: (x: number) => number, epsilon: number, reach: number): number {
  const n = 12_000
  const h = (2 * reach) / n
  let total = 0
  for (let i = 0; i <= n; i++) {
    const x = -reach + i * h
    total += Math.max(0, p(x) - Math.exp(epsilon) * q(x)) * h
  }
  return total
}

const mixed = (k: number, q: number, density: (x: number) => number): ((x: number) => number) => {
  const weights = Array.from({ length: k + 1 }, (_, i) => binomialProbability(i, k, q))
  return (x) => weights.reduce((total, weight, i) => total + weight * density(x - i), 0)
}

describe('groupEvent', () => {
  test('maps each kind as its table says, rounded to the safe side', () => {
    const at = (event: PrivacyEvent, records = 3): PrivacyEvent =>
      groupEvent(event, { records, relation: 'replace-special' }).event
    expect(at(gaussian({ noiseMultiplier: 1 }))).toEqual(gaussian({ noiseMultiplier: 0.3333333333333333 }))
    expect(at(laplace({ noiseMultiplier: 6 }))).toEqual(laplace({ noiseMultiplier: 2 }))
    expect(at(tree({ noiseMultiplier: 3, steps: 8 }))).toEqual(tree({ noiseMultiplier: 1, steps: 8 }))
    expect(at(discreteGaussian({ stddev: 2, sensitivity: 5 }))).toEqual(discreteGaussian({ stddev: 2, sensitivity: 15 }))
    expect(at(discreteLaplace({ scale: 2, sensitivity: 1 }))).toEqual(discreteLaplace({ scale: 2, sensitivity: 3 }))
    expect(at(skellam({ variance: 9, l1Sensitivity: 2, l2Sensitivity: 1 }))).toEqual(
      skellam({ variance: 9, l1Sensitivity: 6, l2Sensitivity: 3 }),
    )
    expect(at(exponential({ epsilon: 0.5 }))).toEqual(exponential({ epsilon: 1.5 }))
    expect(at(permuteAndFlip({ epsilon: 0.5 }))).toEqual(permuteAndFlip({ epsilon: 1.5 }))
    expect(at(randomizedResponse({ epsilon: 1 }))).toEqual(repeated({ times: 3, event: randomizedResponse({ epsilon: 1 }) }))
    expect(at(pure({ epsilon: 0.1 }))).toEqual(pure({ epsilon: 0.30000000000000004 }))
    expect(at(zcdp({ rho: 0.5 }))).toEqual(zcdp({ rho: 4.5 }))
    expect(at(gdp({ mu: 0.5 }))).toEqual(gdp({ mu: 1.5 }))
    expect(at(nonPrivate())).toEqual(nonPrivate())
    expect(at(composed([pure({ epsilon: 1 }), repeated({ times: 4, event: gdp({ mu: 1 }) })]))).toEqual(
      composed([pure({ epsilon: 3 }), repeated({ times: 4, event: gdp({ mu: 3 }) })]),
    )
    expect(at(repeatAndSelect({ mean: 2, shape: 1, event: pure({ epsilon: 1 }) }))).toEqual(
      repeatAndSelect({ mean: 2, shape: 1, event: pure({ epsilon: 3 }) }),
    )
    const unsampled = gaussian({ noiseMultiplier: 2 })
    const six = gaussian({ noiseMultiplier: 6 })
    expect(at(fixedSizeSampled({ sampleSize: 5, populationSize: 100, event: six }))).toEqual(unsampled)
    expect(at(randomAllocation({ steps: 50, event: six }))).toEqual(unsampled)
  })

  test('one record is left as it is', () => {
    const event = truncatedPoissonSampled({
      samplingRate: 0.1,
      populationSize: 50,
      maximumBatch: 7,
      event: gaussian({ noiseMultiplier: 1 }),
    })
    const { event: same, bounds } = groupEvent(event, { records: 1 })
    expect(same).toBe(event)
    expect(bounds).toEqual([])
  })

  test('(epsilon, delta) for two records is (2 epsilon, delta (1 + e^epsilon)), and no less', () => {
    const { event } = groupEvent(approximate({ epsilon: 0.7, delta: 1e-6 }), { records: 2 })
    expect(event).toEqual({ kind: 'approximate', epsilon: 1.4, delta: expect.closeTo(1e-6 * (1 + Math.exp(0.7)), 17) })
    expect((event as { delta: number }).delta).toBeGreaterThanOrEqual(1e-6 * (1 + Math.exp(0.7)))
    const at = (epsilon: number, deltaOf: number, records: number): PrivacyEvent =>
      groupEvent(approximate({ epsilon, delta: deltaOf }), { records }).event
    expect(at(0, 1e-6, 5)).toEqual(approximate({ epsilon: 0, delta: 5e-6 }))
    expect(at(3, 0, 500)).toEqual(approximate({ epsilon: 1500, delta: 0 }))
    expect(at(3, 1e-6, 500)).toEqual(approximate({ epsilon: 1500, delta: 1 }))
  })

  test('what overflows is no claim', () => {
    expect(groupEvent(pure({ epsilon: 1e308 }), { records: 2 }).event).toEqual(nonPrivate())
    expect(groupEvent(zcdp({ rho: 1e305 }), { records: 1000 }).event).toEqual(nonPrivate())
    expect(() => groupEvent(discreteLaplace({ scale: 1, sensitivity: 2 ** 40 }), { records: 2 ** 20 })).toThrow(
      InvalidParameterError,
    )
  })

  test('names the bounds used, with the place of the first', () => {
    const { bounds, records, relation } = groupEvent(
      composed([
        gaussian({ noiseMultiplier: 1 }),
        gaussian({ noiseMultiplier: 2 }),
        repeated({ times: 2, event: zcdp({ rho: 1 }) }),
      ]),
      { records: 2 },
    )
    expect(records).toBe(2)
    expect(relation).toBe('add-or-remove')
    expect(bounds).toEqual([
      { kind: 'gaussian', path: 'events[0]', exact: true, bound: expect.stringContaining('k-fold') },
      { kind: 'zcdp', path: 'events[2].event', exact: false, bound: 'k^2 rho' },
    ])
  })

  test('a Gaussian for k records is k times as far away', () => {
    const { event } = groupEvent(repeated({ times: 4, event: gaussian({ noiseMultiplier: 10 }) }), { records: 5 })
    expect(delta(event, { epsilon: 0.8 }).upper).toBeCloseTo(gaussianDelta(1, 0.8), 12)
  })

  test('a Poisson-sampled Gaussian is its mixture: the hockey-stick by integration, both directions', () => {
    for (const [k, q, sigma] of [
      [2, 0.1, 1],
      [5, 0.3, 2],
      [3, 0.9, 0.8],
    ] as const) {
      const { event, bounds } = groupEvent(poissonSampled({ samplingRate: q, event: gaussian({ noiseMultiplier: sigma }) }), {
        records: k,
      })
      expect(bounds).toMatchObject([{ kind: 'poissonSampled', exact: true }])
      const normal = (x: number): number => Math.exp(-0.5 * (x / sigma) ** 2) / (sigma * Math.sqrt(2 * Math.PI))
      for (const at of [0.1, 0.7]) {
        const reach = k + 9 * sigma
        const truth = Math.max(
          hockeyStick(mixed(k, q, normal), normal, at, reach),
          hockeyStick(normal, mixed(k, q, normal), at, reach),
        )
        const { lower, upper } = delta(event, { epsilon: at })
        expect(upper).toBeGreaterThanOrEqual(truth * (1 - 1e-5))
        expect(lower).toBeLessThanOrEqual(truth * (1 + 1e-5))
        expect(upper / lower).toBeLessThan(1.0001)
      }
    }
  })

  test('several Gaussians on one sample, and a sample of a sample', () => {
    const inner = composed([gaussian({ noiseMultiplier: 5 }), repeated({ times: 3, event: gaussian({ noiseMultiplier: 10 }) })])
    const { event } = groupEvent(
      poissonSampled({ samplingRate: 0.5, event: poissonSampled({ samplingRate: 0.5, event: inner }) }),
      { records: 2 },
    )
    expect(event).toMatchObject({ kind: 'mixtureOfGaussians', sensitivities: [0, 1, 2] })
    const { stddev, probabilities } = event as { stddev: number; probabilities: readonly number[] }
    expect(stddev).toBeCloseTo(1 / Math.sqrt(0.04 + 0.03), 12)
    expect(stddev).toBeLessThanOrEqual(1 / Math.sqrt(0.04 + 0.03))
    expect(probabilities[1]).toBeCloseTo(0.375, 12)
    expect(probabilities[2]).toBeCloseTo(0.0625, 12)
    expect(
      groupEvent(poissonSampled({ samplingRate: 0, event: gaussian({ noiseMultiplier: 1 }) }), { records: 3 }).event,
    ).toEqual(poissonSampled({ samplingRate: 0, event: gaussian({ noiseMultiplier: 1 }) }))
    const nothing = poissonSampled({
      samplingRate: 0.1,
      event: composed([repeated({ times: 0, event: gaussian({ noiseMultiplier: 1 }) })]),
    })
    expect(epsilon(groupEvent(nothing, { records: 3 }).event, { delta: 1e-9 }).upper).toBeLessThan(1e-9)
  })

  test('the weights of a mixture dominate the binomial, and are a distribution', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 3000 }),
        fc.oneof(fc.double({ min: 1e-9, max: 1, noNaN: true }), fc.constantFrom(1e-300, 1e-4, 0.5, 1 - 2 ** -53, 1)),
        (k, q) => {
          const { event } = groupEvent(poissonSampled({ samplingRate: q, event: gaussian({ noiseMultiplier: 1 }) }), {
            records: k,
          })
          if (event.kind !== 'mixtureOfGaussians') throw new Error(event.kind)
          const { sensitivities, probabilities } = event
          expect(probabilities.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 11)
          // Exact tails by sums of rising probabilities, to 1e-12 of themselves.
          let tail = 0
          let exact = 0
          let next = k
          for (let i = sensitivities.length - 1; i >= 1; i--) {
            tail += probabilities[i] as number
            for (; next >= (sensitivities[i] as number); next--) exact += binomialProbability(next, k, q)
            expect(tail).toBeGreaterThanOrEqual(exact * (1 - 1e-12))
            expect(tail).toBeLessThanOrEqual(exact * (1 + 1e-10) + 1e-56)
          }
        },
      ),
      { seed: 23, numRuns: 60 },
    )
  })

  test('other noise on a Poisson sample is covered by the chance that one joins', () => {
    const scale = 2
    const density = (x: number): number => Math.exp(-Math.abs(x) / scale) / (2 * scale)
    for (const [k, q] of [
      [2, 0.2],
      [4, 0.6],
    ] as const) {
      const { event, bounds } = groupEvent(poissonSampled({ samplingRate: q, event: laplace({ noiseMultiplier: scale }) }), {
        records: k,
      })
      expect(bounds.map(({ exact }) => exact)).toEqual([false, true])
      for (const at of [0, 0.2, 0.6]) {
        const truth = Math.max(
          hockeyStick(mixed(k, q, density), density, at, 60),
          hockeyStick(density, mixed(k, q, density), at, 60),
        )
        const { upper } = delta(event, { epsilon: at })
        expect(upper).toBeGreaterThanOrEqual(truth * (1 - 1e-5))
        expect(upper).toBeLessThan(3 * truth + 0.1)
      }
    }
  })

  test('a larger group is never more private', () => {
    const events = [
      repeated({ times: 20, event: poissonSampled({ samplingRate: 0.05, event: gaussian({ noiseMultiplier: 2 }) }) }),
      poissonSampled({ samplingRate: 0.3, event: discreteLaplace({ scale: 4, sensitivity: 1 }) }),
      composed([pure({ epsilon: 0.1 }), gdp({ mu: 0.3 })]),
    ]
    for (const event of events) {
      let before = 0
      for (const records of [1, 2, 3, 5]) {
        const { upper } = epsilon(groupEvent(event, { records }).event, { delta: 1e-6, accountant: 'rdp' })
        expect(upper).toBeGreaterThan(before)
        before = upper
      }
    }
  })

  test('refuses what it has no bound for, by its path', () => {
    const noise = gaussian({ noiseMultiplier: 1 })
    const sampledNoise = poissonSampled({ samplingRate: 0.1, event: noise })
    for (const [event, path, relation] of [
      [mixtureOfGaussians({ stddev: 1, sensitivities: [0, 1], probabilities: [0.5, 0.5] }), '', 'add-or-remove'],
      [
        repeated({
          times: 2,
          event: truncatedPoissonSampled({ samplingRate: 0.1, populationSize: 9, maximumBatch: 3, event: noise }),
        }),
        'event',
        'add-or-remove',
      ],
      [composed([noise, sampledNoise]), 'events[1]', 'replace-one'],
      [fixedSizeSampled({ sampleSize: 1, populationSize: 9, event: noise }), '', 'add-or-remove'],
      [
        randomAllocation({ steps: 3, event: composed([noise, repeated({ times: 2, event: laplace({ noiseMultiplier: 1 }) })]) }),
        'event.events[1].event',
        'add-or-remove',
      ],
    ] as const) {
      try {
        groupEvent(event, { records: 2, relation })
        throw new Error('not refused')
      } catch (error) {
        expect(error).toBeInstanceOf(UnsupportedEventError)
        expect((error as UnsupportedEventError).path).toBe(path)
      }
    }
    for (const bad of [{ records: 0 }, { records: 1.5 }, { records: 2, relation: 'swap' }, { k: 2 }, { records: Number.NaN }]) {
      expect(() => groupEvent(noise, bad as never)).toThrow(InvalidParameterError)
    }
  })
})

describe('groupRenyi', () => {
  test('is exact for Gaussians and capped by the largest loss', () => {
    for (const [records, order] of [
      [1, 3],
      [2, 1.5],
      [7, 20],
    ] as const) {
      const curve = (a: number): number => 0.3 * a
      expect(groupRenyi(curve, { records, order }) / (0.3 * records ** 2 * order)).toBeCloseTo(1, 13)
      expect(groupRenyi(curve, { records, order })).toBeGreaterThanOrEqual(0.3 * records ** 2 * order)
    }
    expect(groupRenyi((a) => Math.min(a, 0.5), { records: 4, order: Number.POSITIVE_INFINITY })).toBe(2)
    expect(groupRenyi((a) => Math.min(a, 0.5), { records: 4, order: 30 })).toBe(2)
  })

  test('covers chains of random distributions', () => {
    const weights = fc.array(fc.double({ min: 0.05, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 })
    const normalised = weights.map((w) => w.map((x) => x / w.reduce((a, b) => a + b, 0)))
    const renyi = (p: readonly number[], q: readonly number[], a: number): number =>
      a === Number.POSITIVE_INFINITY
        ? Math.max(...p.map((x, i) => Math.log(x / (q[i] as number))))
        : Math.log(p.reduce((sum, x, i) => sum + x ** a * (q[i] as number) ** (1 - a), 0)) / (a - 1)
    fc.assert(
      fc.property(
        fc.array(normalised, { minLength: 2, maxLength: 5 }),
        fc.double({ min: 1.05, max: 12, noNaN: true }),
        (chain, order) => {
          const curve = (a: number): number => {
            let most = 0
            for (let i = 1; i < chain.length; i++) {
              const [p, q] = [chain[i - 1] as number[], chain[i] as number[]]
              most = Math.max(most, renyi(p, q, a), renyi(q, p, a))
            }
            return most
          }
          const truth = renyi(chain[0] as number[], chain[chain.length - 1] as number[], order)
          expect(groupRenyi(curve, { records: chain.length - 1, order })).toBeGreaterThanOrEqual(truth - 1e-12)
        },
      ),
      { seed: 29 },
    )
  })

  test('refuses what is no order', () => {
    for (const bad of [{ records: 2, order: 1 }, { records: 2, order: Number.NaN }, { records: 0, order: 2 }, { records: 2 }]) {
      expect(() => groupRenyi((a) => a, bad as never)).toThrow(InvalidParameterError)
    }
  })
})
