import { describe, expect, test } from 'vitest'
import { calibrate, noiseMultiplierFor } from '../../src/accounting/calibrate.ts'
import { epsilon } from '../../src/accounting/epsilon.ts'
import { InvalidParameterError, NumericalError } from '../../src/errors.ts'
import {
  approximate,
  discreteGaussian,
  discreteLaplace,
  dpSgd,
  gaussian,
  laplace,
  type PrivacyEvent,
  poissonSampled,
  repeated,
} from '../../src/events/index.ts'
import golden from '../vectors/golden/calibration.json' with { type: 'json' }

type Case = {
  readonly params: Record<string, string | number>
  readonly expected: Record<string, string | number>
  readonly tolerance: { readonly rel?: number; readonly abs?: number }
}
const cases = golden.cases as unknown as readonly Case[]
const num = (value: unknown): number => value as number
const sampled = (samplingRate: number, event: PrivacyEvent): PrivacyEvent =>
  samplingRate === 1 ? event : poissonSampled({ samplingRate, event })
const steps = (q: number, noiseMultiplier: number, times: number): PrivacyEvent =>
  repeated({ times, event: sampled(q, gaussian({ noiseMultiplier })) })

/** The family whose parameter is the size of the noise, by the mechanism's name. */
const noises: Record<string, (sensitivity: number) => (size: number) => PrivacyEvent> = {
  gaussian: (sensitivity) => (stddev) => gaussian({ noiseMultiplier: stddev / sensitivity }),
  subsampled_gaussian: (sensitivity) => (stddev) => gaussian({ noiseMultiplier: stddev / sensitivity }),
  laplace: (sensitivity) => (scale) => laplace({ noiseMultiplier: scale / sensitivity }),
  discrete_laplace: (sensitivity) => (scale) => discreteLaplace({ scale, sensitivity }),
  discrete_gaussian: (sensitivity) => (stddev) => discreteGaussian({ stddev, sensitivity }),
}

describe('golden/calibration.json', () => {
  const elsewhere = cases.filter(({ params }) => String(params['kind']).includes('optimal_composition'))

  test('every case is mapped, but those of optimal composition, which are held by rdp-golden.test.ts', () => {
    expect(elsewhere).toHaveLength(8)
    const mapped = cases.filter(
      ({ params: { kind } }) =>
        ['noise_multiplier', 'steps', 'sampling_probability'].includes(String(kind)) ||
        /^smallest_(.*)_noise$|^(.*)_from_privacy_guarantee$/.test(String(kind)),
    )
    expect(mapped.length + elsewhere.length).toBe(cases.length)
  })

  test('noise_multiplier: above the certified least, and below what others need', () => {
    for (const { params, expected } of cases.filter((one) => one.params['kind'] === 'noise_multiplier')) {
      const promise = { epsilon: num(params['epsilon']), delta: num(params['delta']), tolerance: 1e-5 }
      const family = (sigma: number): PrivacyEvent => steps(num(params['q']), sigma, num(params['steps']))
      const found = calibrate(family, promise)
      expect(found.epsilon).toBeLessThanOrEqual(promise.epsilon)
      const { sigma_lo: least, 'pld_1e-4': fine, 'pld_1e-3': coarse } = expected
      if (least !== undefined) expect(found.parameter).toBeGreaterThanOrEqual(num(least) * (1 - 1e-6))
      // dp_accounting's own answer at its grid of 1e-4, or at 1e-3 where it was not run finer.
      expect(found.parameter).toBeLessThanOrEqual(num(fine ?? coarse) * (1 + 1e-4))
      // Not by luck: a thousandth less noise breaks the promise.
      expect(epsilon(family(found.parameter * 0.999), { delta: promise.delta, tolerance: 1e-5 }).lower).toBeGreaterThan(
        promise.epsilon,
      )
    }
  })

  test('steps and sampling_probability: families that lose privacy upwards', () => {
    for (const { params, expected } of cases) {
      const { kind, q, sigma } = params
      const promise = { epsilon: num(params['epsilon']), delta: num(params['delta']), increasing: true, tolerance: 1e-5 }
      if (kind === 'steps') {
        const family = (times: number): PrivacyEvent => steps(num(q), num(sigma), times)
        const { parameter } = calibrate(family, { ...promise, integer: true, start: 64 })
        expect(parameter).toBeGreaterThanOrEqual(num(expected['pld_1e-3']) - 1)
        expect(epsilon(family(parameter + 1), { delta: promise.delta, tolerance: 1e-5 }).upper).toBeGreaterThan(promise.epsilon)
      }
      if (kind === 'sampling_probability') {
        const { parameter } = calibrate((rate) => steps(rate, num(sigma), num(params['steps'])), { ...promise, max: 1 })
        expect(parameter).toBeGreaterThanOrEqual(num(expected['pld_1e-3']) * (1 - 1e-3))
        expect(parameter).toBeLessThanOrEqual(num(expected['pld_1e-3']) * 1.02)
      }
    }
  })

  test.each(
    cases
      .filter(({ params }) => /^smallest_|_from_privacy_guarantee$/.test(String(params['kind'])))
      .map((one) => [JSON.stringify(one.params), one] as const),
  )('%s', (_, { params, expected, tolerance }) => {
    const kind = String(params['kind'])
    const name = kind.replace(/^smallest_|_noise$|_from_privacy_guarantee$/g, '')
    const times = num(params['queries'] ?? 1)
    const q = num(params['q'] ?? 1)
    const member = (noises[name] as (typeof noises)[string])(num(params['sensitivity']))
    const relation = params['relation'] === 'replace_one' ? ('replace-one' as const) : ('add-or-remove' as const)
    const delta = num(params['delta'])
    const found = calibrate((size) => repeated({ times, event: sampled(q, member(size)) }), {
      epsilon: num(params['epsilon']),
      delta,
      relation,
      tolerance: 1e-4,
    })
    // The discrete Laplace of that library is known by the inverse of its scale.
    const theirs = name === 'discrete_laplace' ? 1 / num(expected['dp_accounting']) : num(expected['dp_accounting'])
    const slack = (tolerance.rel ?? 0) + 2e-4
    expect(found.epsilon).toBeLessThanOrEqual(num(params['epsilon']))
    expect(found.parameter).toBeLessThanOrEqual(theirs * (1 + slack))
    // Laplace noise "from a guarantee" is set there for a delta of 0, whatever the delta: ours may be less.
    const usesDelta = delta === 0 || !/laplace_from/.test(kind)
    if (usesDelta) expect(found.parameter).toBeGreaterThanOrEqual(theirs * (1 - slack))
  })
})

describe('calibrate', () => {
  test('finds the analytic Gaussian', () => {
    const { parameter, epsilon: reached } = calibrate((s) => gaussian({ noiseMultiplier: s }), { epsilon: 1, delta: 1e-5 })
    expect(parameter).toBeGreaterThanOrEqual(3.730631634815941)
    expect(parameter).toBeLessThan(3.730631634815941 * (1 + 2e-9))
    expect(reached).toBeLessThanOrEqual(1)
    expect(reached).toBeGreaterThan(1 - 1e-8)
  })

  test('under replacement a record counts twice', () => {
    const one = calibrate((s) => gaussian({ noiseMultiplier: s }), { epsilon: 1, delta: 1e-5, relation: 'replace-one' })
    expect(one.parameter / 2).toBeCloseTo(3.730631634815941, 7)
  })

  test('never tries less than half of the least noise, nor more than twice on the way up', () => {
    const tried: number[] = []
    const { parameter } = calibrate(
      (s) => {
        tried.push(s)
        return steps(0.01, s, 10_000)
      },
      { epsilon: 0.5, delta: 1e-6, start: 100 },
    )
    expect(Math.min(...tried)).toBeGreaterThan(parameter / 2)
    expect(tried.length).toBeLessThan(20)
    // From below there is no other way than up, through less noise than is needed.
    const upward: number[] = []
    calibrate(
      (s) => {
        upward.push(s)
        return steps(0.01, s, 10_000)
      },
      { epsilon: 0.5, delta: 1e-6, start: 2 },
    )
    expect(Math.max(...upward)).toBeLessThan(4 * parameter)
  })

  test('by another accountant, with its own looser figure', () => {
    const tight = calibrate((s) => steps(0.01, s, 1000), { epsilon: 1, delta: 1e-5 })
    const renyi = calibrate((s) => steps(0.01, s, 1000), { epsilon: 1, delta: 1e-5, accountant: 'rdp' })
    expect(renyi.parameter).toBeGreaterThan(tight.parameter)
    expect(renyi.parameter).toBeLessThan(1.1 * tight.parameter)
  })

  test('where everything keeps the promise: the end of the range, or far more than was asked', () => {
    expect(calibrate((q) => steps(q, 50, 10), { epsilon: 5, delta: 1e-5, increasing: true, max: 1 }).parameter).toBe(1)
    const spare = calibrate((s) => steps(1e-9, s, 10), { epsilon: 1, delta: 1e-3 })
    expect(spare.parameter).toBeLessThan(1)
    expect(spare.epsilon).toBe(0)
  })

  test('where nothing does: says what was reached', () => {
    const hopeless = () => approximate({ epsilon: 3, delta: 0 })
    expect(() => calibrate(hopeless, { epsilon: 1, delta: 1e-5 })).toThrow(NumericalError)
    expect(() => calibrate(hopeless, { epsilon: 1, delta: 1e-5 })).toThrow(/there it is 2\.99999$/)
    expect(() => calibrate((q) => steps(q, 1, 10), { epsilon: 0.01, delta: 1e-9, increasing: true, min: 0.5, max: 1 })).toThrow(
      NumericalError,
    )
  })

  test('whole numbers, and none at all where not even one is allowed', () => {
    // The upper bound of ten losses of 0.1 is an ulp or two above 1.
    const { parameter, epsilon: reached } = calibrate((times) => repeated({ times, event: laplace({ noiseMultiplier: 10 }) }), {
      epsilon: 1 + 1e-12,
      delta: 0,
      increasing: true,
      integer: true,
    })
    expect(parameter).toBe(10)
    expect(reached).toBeCloseTo(1, 9)
    const none = calibrate((times) => repeated({ times, event: laplace({ noiseMultiplier: 0.1 }) }), {
      epsilon: 1,
      delta: 0,
      increasing: true,
      integer: true,
    })
    expect(none).toEqual({ parameter: 0, epsilon: 0 })
  })

  test('a promise of epsilon 0 can be kept at a delta', () => {
    const { parameter, epsilon: reached } = calibrate((s) => gaussian({ noiseMultiplier: s }), { epsilon: 0, delta: 0.01 })
    expect(reached).toBe(0)
    // delta(0) = 2 Phi(1 / (2 s)) - 1 = 0.01
    expect(parameter).toBeCloseTo(39.8936, 3)
  })

  test('refuses what makes no sense', () => {
    const family = (s: number) => gaussian({ noiseMultiplier: s })
    const promise = { epsilon: 1, delta: 1e-5 }
    expect(() => calibrate(3 as unknown as typeof family, promise)).toThrow(InvalidParameterError)
    for (const bad of [
      { epsilon: -1 },
      { epsilon: Number.NaN },
      { delta: 1 },
      { increasing: 1 as unknown as boolean },
      { integer: 'yes' as unknown as boolean },
      { tolerance: 0 },
      { start: -1 },
      { min: 2, max: 1 },
      { start: 5, max: 4 },
      { relation: 'other' as 'replace-one' },
      { guess: 1 } as object,
    ]) {
      expect(() => calibrate(family, { ...promise, ...bad })).toThrow(InvalidParameterError)
    }
  })
})

describe('noiseMultiplierFor', () => {
  const recipe = { examples: 100_000, batchSize: 1000, steps: 10_000, sampling: 'poisson' } as const

  test('q=0.01, 10 000 steps, epsilon 2: 2.1273754', () => {
    const found = noiseMultiplierFor({ ...recipe, epsilon: 2, delta: 1e-5 })
    expect(found.noiseMultiplier).toBeCloseTo(2.1273754, 6)
    expect(found.epsilon).toBeLessThanOrEqual(2)
    expect(epsilon(dpSgd({ ...recipe, noiseMultiplier: found.noiseMultiplier }), { delta: 1e-5 }).upper).toBe(found.epsilon)
  })

  test('for each way to batch', () => {
    const short = { examples: 1000, batchSize: 100, epochs: 2, epsilon: 3, delta: 1e-5 } as const
    const shuffled = noiseMultiplierFor({ ...short, sampling: 'shuffled' }).noiseMultiplier
    const full = noiseMultiplierFor({ ...short, sampling: 'full', batchSize: 1000 }).noiseMultiplier
    // Two passes of everything, either way.
    expect(shuffled).toBe(full)
    expect(noiseMultiplierFor({ ...short, sampling: 'poisson' }).noiseMultiplier).toBeLessThan(shuffled)
  })

  test('refuses a recipe with the noise in it, and broken ones', () => {
    expect(() => noiseMultiplierFor({ ...recipe, epsilon: 2, delta: 1e-5, noiseMultiplier: 1 } as never)).toThrow(
      InvalidParameterError,
    )
    expect(() => noiseMultiplierFor({ ...recipe, epsilon: 2, delta: 1e-5, batchSize: 0 })).toThrow(InvalidParameterError)
  })
})
