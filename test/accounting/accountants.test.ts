import { describe, expect, test } from 'vitest'
import { type Accountant, accountants, type PrivacyBound } from '../../src/accounting/bound.ts'
import { flatten } from '../../src/accounting/flatten.ts'
import { gaussianEquivalent } from '../../src/accounting/gdp.ts'
import { defaultOrders, delta, type EpsilonOptions, epsilon, rdp } from '../../src/accounting/index.ts'
import { type Relation, relations } from '../../src/accounting/relation.ts'
import { concentrated } from '../../src/accounting/zcdp.ts'
import { InvalidParameterError, UnsupportedEventError } from '../../src/errors.ts'
import {
  approximate,
  composed,
  discreteLaplace,
  exponential,
  fixedSizeSampled,
  gaussian,
  gdp,
  laplace,
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
import { examples } from '../properties/arbitrary-event.ts'
import { thrown } from '../thrown.ts'

const g = (noiseMultiplier: number): PrivacyEvent => gaussian({ noiseMultiplier })
const steps = repeated({ times: 100, event: poissonSampled({ samplingRate: 0.1, event: g(1.1) }) })
const at = (event: PrivacyEvent, options: Partial<EpsilonOptions>): PrivacyBound => epsilon(event, { delta: 1e-5, ...options })

describe('what an answer holds', () => {
  test('frozen, with the accountant, the relation and the order', () => {
    const answer = at(steps, { accountant: 'rdp' })
    expect(Object.isFrozen(answer)).toBe(true)
    expect(answer).toMatchObject({ lower: 0, accountant: 'rdp', relation: 'add-or-remove' })
    expect(answer.order).toBeCloseTo(3.6219, 3)
    expect(answer.upper).toBeCloseTo(6.6130904514, 9)
    expect(delta(steps, { epsilon: answer.upper, accountant: 'rdp' }).upper).toBeCloseTo(1e-5, 12)
  })

  test('nothing released costs nothing, whoever is asked', () => {
    for (const accountant of accountants) {
      for (const relation of relations) {
        expect(epsilon(composed([]), { delta: 0, accountant, relation })).toMatchObject({ upper: 0, lower: 0 })
        expect(delta(composed([]), { epsilon: 0, accountant, relation })).toMatchObject({ upper: 0, lower: 0 })
      }
    }
  })

  test('a release without privacy is infinite, with a reason', () => {
    for (const accountant of accountants) {
      const answer = at(composed([pure({ epsilon: 1 }), nonPrivate()]), { accountant })
      expect(answer.upper, accountant).toBe(Number.POSITIVE_INFINITY)
      expect(answer.reason, accountant).toBeTypeOf('string')
      expect(delta(nonPrivate(), { epsilon: 3, accountant }).upper, accountant).toBe(1)
    }
    expect(at(nonPrivate(), { accountant: 'rdp' }).reason).toBe('no Renyi divergence is finite')
    expect(at(nonPrivate(), { accountant: 'gdp' }).reason).toBe('a part hides nothing')
  })

  test('delta = 0: infinite with a reason where the loss has no bound, else the bound', () => {
    for (const accountant of ['rdp', 'zcdp', 'gdp'] as const) {
      expect(at(g(1), { delta: 0, accountant })).toMatchObject({
        upper: Number.POSITIVE_INFINITY,
        reason: 'the loss has no bound, and delta is 0',
      })
    }
    const three = repeated({ times: 3, event: laplace({ noiseMultiplier: 4 }) })
    for (const accountant of ['rdp', 'basic', 'advanced'] as const) {
      expect(at(three, { delta: 0, accountant }).upper).toBeCloseTo(0.75, 13)
      expect(at(three, { delta: 0, accountant }).upper).toBeGreaterThanOrEqual(0.75)
    }
    expect(at(three, { delta: 0, accountant: 'rdp' }).order).toBe(Number.POSITIVE_INFINITY)
    expect(at(three, { delta: 0, accountant: 'rdp', orders: [2, 8] })).toMatchObject({ upper: Number.POSITIVE_INFINITY })
  })

  test('failures more frequent than delta are infinite, with a reason', () => {
    const event = repeated({ times: 100, event: approximate({ epsilon: 0.1, delta: 1e-6 }) })
    for (const accountant of ['rdp', 'zcdp', 'gdp', 'basic', 'advanced'] as const) {
      const answer = at(event, { accountant })
      expect(answer.upper, accountant).toBe(Number.POSITIVE_INFINITY)
      expect(answer.reason, accountant).toMatch(/^with probability up to 0\.0000?\d* ?.*nothing is guaranteed/)
      expect(at(event, { accountant, delta: 1e-3 }).upper, accountant).toBeLessThan(Number.POSITIVE_INFINITY)
      expect(delta(event, { epsilon: 50, accountant }).upper, accountant).toBeGreaterThanOrEqual(0.99e-4)
    }
  })

  test('warns when the best order is at an end of the list, and only then', () => {
    expect(at(steps, { accountant: 'rdp', orders: [2, 3] }).warning).toContain('the best order, 3, is the largest')
    expect(at(steps, { accountant: 'rdp', orders: [8, 16] }).warning).toContain('the best order, 8, is the smallest')
    expect(delta(steps, { epsilon: 3, accountant: 'rdp', orders: [40, 50] }).warning).toContain('smallest')
    expect(at(steps, { accountant: 'rdp', orders: [2, 3.6, 8] }).warning).toBeUndefined()
    expect(at(steps, { accountant: 'rdp' }).warning).toBeUndefined()
    expect(
      at(pure({ epsilon: 1 }), { delta: 0, accountant: 'rdp', orders: [2, Number.POSITIVE_INFINITY] }).warning,
    ).toBeUndefined()
  })
})

describe('the ways from Renyi to epsilon', () => {
  test('the newer is never above the older, and all orders are never above a list', () => {
    for (const event of [steps, g(0.3), g(40), laplace({ noiseMultiplier: 1 }), zcdp({ rho: 1e-6 })]) {
      for (const target of [1e-12, 1e-5, 0.1, 0.7]) {
        const by = (conversion: EpsilonOptions['conversion'], orders?: readonly number[]): number =>
          epsilon(event, {
            delta: target,
            accountant: 'rdp',
            ...(conversion ? { conversion } : {}),
            ...(orders ? { orders } : {}),
          }).upper
        const all = (['optimal', 'canonne-kamath-steinke', 'mironov'] as const).map((conversion) => {
          expect(by(conversion)).toBeLessThanOrEqual(by(conversion, defaultOrders) * (1 + 1e-9))
          return by(conversion)
        })
        for (const [i, value] of all.entries()) expect(value).toBeGreaterThanOrEqual((all[i - 1] ?? 0) * (1 - 1e-12))
        expect(by(undefined)).toBe(all[0])
      }
    }
  })

  test('both directions agree', () => {
    for (const conversion of ['optimal', 'canonne-kamath-steinke', 'mironov'] as const) {
      for (const target of [1e-30, 1e-5, 1e-2]) {
        const { upper } = epsilon(steps, { delta: target, accountant: 'rdp', conversion })
        const back = delta(steps, { epsilon: upper, accountant: 'rdp', conversion }).upper
        expect(Math.abs(back / target - 1)).toBeLessThan(1e-7)
      }
    }
  })

  test('delta at epsilon 0 is a distance in total variation', () => {
    // From one order alone it is not exact: the Gaussian pair's is 0.3829.
    const { upper } = delta(g(1), { epsilon: 0, accountant: 'rdp' })
    expect(upper).toBeGreaterThan(0.38292)
    expect(upper).toBeLessThan(0.486)
  })

  test('a tiny loss has a tiny epsilon, not a negative or a zero one', () => {
    const event = poissonSampled({ samplingRate: 1e-9, event: g(1) })
    const { upper } = at(event, { accountant: 'rdp', delta: 1e-12 })
    expect(upper).toBeGreaterThan(0)
    expect(upper).toBeLessThan(at(event, { accountant: 'rdp', delta: 1e-12, conversion: 'canonne-kamath-steinke' }).upper)
    expect(at(event, { accountant: 'rdp', delta: 0.5 }).upper).toBe(0)
  })
})

describe('rdp', () => {
  test('from the Kullback-Leibler divergence to the largest loss', () => {
    expect(rdp(laplace({ noiseMultiplier: 1 }), { orders: [1, Number.POSITIVE_INFINITY] })).toEqual([
      expect.closeTo(1 / Math.E, 15),
      1,
    ])
    expect(rdp(steps, { orders: [Number.POSITIVE_INFINITY, 1e300] }).every((d) => d > 1e100)).toBe(true)
    expect(Object.isFrozen(rdp(steps, { orders: [2] }))).toBe(true)
  })

  test('is infinite where a guarantee may fail', () => {
    expect(rdp(approximate({ epsilon: 1, delta: 1e-30 }), { orders: [1, 2] })).toEqual([Infinity, Infinity])
  })

  test('the default orders are the classic ones', () => {
    expect([defaultOrders.length, defaultOrders[0], defaultOrders[98], defaultOrders[99], defaultOrders.at(-1)]).toEqual([
      151, 1.1, 10.9, 12, 63,
    ])
    expect(Object.isFrozen(defaultOrders)).toBe(true)
  })
})

describe('bad input', () => {
  const invalid = (f: () => unknown, parameter: string): void => {
    const error = thrown(f)
    expect(error).toBeInstanceOf(InvalidParameterError)
    expect((error as InvalidParameterError).parameter).toBe(parameter)
  }
  test('is refused by name', () => {
    for (const bad of [1, 1.2, -1e-9, Number.NaN, Number.POSITIVE_INFINITY, '1e-5', undefined]) {
      invalid(() => epsilon(steps, { delta: bad as number }), 'delta')
    }
    expect(thrown(() => epsilon(steps, { delta: 1.2 })).message).toBe('"delta" must be in [0, 1), got 1.2')
    for (const bad of [-1, Number.NaN, Number.POSITIVE_INFINITY, null]) {
      invalid(() => delta(steps, { epsilon: bad as number }), 'epsilon')
    }
    invalid(() => at(steps, { accountant: 'renyi' as Accountant }), 'accountant')
    invalid(() => at(steps, { relation: 'replace' as Relation }), 'relation')
    invalid(() => at(steps, { tolerance: 0 }), 'tolerance')
    invalid(() => at(steps, { accountant: 'rdp', orders: [] }), 'orders')
    invalid(() => at(steps, { accountant: 'rdp', orders: [2, 0.5] }), 'orders[1]')
    invalid(() => at(steps, { accountant: 'rdp', orders: [Number.NaN] }), 'orders[0]')
    invalid(() => at(steps, { accountant: 'rdp', conversion: 'old' as 'mironov' }), 'conversion')
    invalid(() => at(steps, { accountant: 'zcdp', orders: [2] }), 'orders')
    invalid(() => at(steps, { conversion: 'mironov' }), 'conversion')
    invalid(() => rdp(steps, {} as { orders: number[] }), 'orders')
    invalid(() => rdp(steps, { orders: [2], relation: '' as Relation }), 'relation')
    expect(thrown(() => epsilon(steps, { delta: 1e-5, acountant: 'rdp' } as EpsilonOptions)).message).toContain('"accountant"')
    expect(thrown(() => rdp(steps, { orders: [2], order: 2 } as { orders: number[] })).message).toContain('"orders"')
    invalid(() => at({ kind: 'gaussian', noiseMultiplier: -1 }, { accountant: 'rdp' }), 'noiseMultiplier')
  })

  test('events without a bound are refused with their place and a way out', () => {
    const response = randomizedResponse({ epsilon: 1 })
    const inside = composed([g(1), poissonSampled({ samplingRate: 0.5, event: composed([zcdp({ rho: 1 }), response]) })])
    const cases: [PrivacyEvent, Partial<EpsilonOptions>, string, string][] = [
      [composed([g(1), response]), { accountant: 'rdp' }, 'events[1]', "'replace-one'"],
      [inside, { accountant: 'rdp' }, 'events[1].event.events[1]', "'replace-special'"],
      [response, { accountant: 'zcdp' }, '', "'replace-one'"],
      [response, { accountant: 'gdp' }, '', "'replace-special'"],
      [response, { accountant: 'basic' }, '', "'replace-one'"],
      [examples.mixtureOfGaussians, { accountant: 'rdp', relation: 'replace-one' }, '', "'add-or-remove'"],
      [examples.mixtureOfGaussians, { accountant: 'gdp', relation: 'replace-one' }, '', "'add-or-remove'"],
      [
        fixedSizeSampled({ sampleSize: 1, populationSize: 5, event: pure({ epsilon: 1 }) }),
        { accountant: 'rdp' },
        'event',
        "'replace-one'",
      ],
      [
        truncatedPoissonSampled({ samplingRate: 0.1, populationSize: 10, maximumBatch: 5, event: zcdp({ rho: 1 }) }),
        { accountant: 'rdp' },
        '',
        'Gaussian or Laplace',
      ],
      [
        repeatAndSelect({ mean: 2, shape: 1, event: approximate({ epsilon: 1, delta: 1e-9 }) }),
        { accountant: 'rdp' },
        'event',
        'under selection',
      ],
      [examples.repeatAndSelect, { accountant: 'zcdp' }, '', "accountant 'rdp'"],
      [examples.truncatedPoissonSampled, { accountant: 'advanced' }, '', "accountant 'rdp'"],
      [composed([pure({ epsilon: 1 }), g(1)]), { accountant: 'basic' }, 'events[1]', "accountants 'tight' and 'rdp'"],
      [
        fixedSizeSampled({ sampleSize: 1, populationSize: 5, event: pure({ epsilon: 1 }) }),
        { accountant: 'basic' },
        '',
        "'tight'",
      ],
    ]
    for (const [event, options, path, words] of cases) {
      const error = thrown(() => at(event, options))
      expect(error, JSON.stringify(event)).toBeInstanceOf(UnsupportedEventError)
      expect((error as UnsupportedEventError).path).toBe(path)
      expect(error.message).toContain(words)
    }
  })
})

describe('basic composition', () => {
  test('adds guarantees up', () => {
    const event = composed([
      repeated({ times: 3, event: laplace({ noiseMultiplier: 2 }) }),
      discreteLaplace({ scale: 4, sensitivity: 2 }),
      exponential({ epsilon: 0.25 }),
      permuteAndFlip({ epsilon: 0.125 }),
      repeated({ times: 4, event: approximate({ epsilon: 0.5, delta: 1e-7 }) }),
    ])
    const sum = 1.5 + 0.5 + 0.25 + 0.125 + 2
    const { upper, lower } = at(event, { accountant: 'basic' })
    expect(upper).toBeGreaterThanOrEqual(sum)
    expect(upper).toBeLessThan(sum * (1 + 1e-14))
    expect(lower).toBe(0)
    expect(at(event, { accountant: 'basic', relation: 'replace-one' }).upper).toBeCloseTo(sum + 2, 12)
    expect(delta(event, { epsilon: upper, accountant: 'basic' }).upper).toBeCloseTo(4e-7, 20)
    expect(delta(event, { epsilon: 4, accountant: 'basic' })).toMatchObject({ upper: 1 })
    expect(delta(event, { epsilon: 4, accountant: 'basic' }).reason).toContain('nothing below their sum')
  })

  test('of samples, amplified where a theorem says so', () => {
    const inner = composed([pure({ epsilon: 1 }), approximate({ epsilon: 0.5, delta: 0.01 })])
    const q = 0.125
    const amplified = Math.log1p(q * Math.expm1(1.5))
    const poisson = poissonSampled({ samplingRate: q, event: inner })
    const fixed = fixedSizeSampled({ sampleSize: 1, populationSize: 8, event: inner })
    const budget = { accountant: 'basic', delta: 0.1 } as const
    expect(at(poisson, budget).upper).toBeCloseTo(amplified, 13)
    expect(at(poisson, { ...budget, relation: 'replace-one' }).upper).toBe(1.5)
    expect(at(fixed, { ...budget, relation: 'replace-one' }).upper).toBeCloseTo(amplified, 13)
    expect(at(fixed, { ...budget, relation: 'replace-special' }).upper).toBe(1.5)
    expect(at(randomAllocation({ steps: 8, event: inner }), budget).upper).toBe(1.5)
    for (const [event, relation] of [
      [poisson, 'add-or-remove'],
      [poisson, 'replace-one'],
      [fixed, 'replace-one'],
    ] as const) {
      expect(delta(event, { epsilon: 2, accountant: 'basic', relation }).upper).toBeCloseTo(0.01 * q, 15)
    }
  })

  test('of randomised response', () => {
    const event = randomizedResponse({ epsilon: 2, categories: 5 })
    expect(at(event, { accountant: 'basic', relation: 'replace-one' }).upper).toBe(2)
    const e2 = Math.exp(2)
    const special = Math.max(Math.log((5 * e2) / (e2 + 4)), Math.log((e2 + 4) / 5))
    expect(at(event, { accountant: 'basic', relation: 'replace-special' }).upper).toBeCloseTo(special, 13)
    const many = randomizedResponse({ epsilon: 0.5, categories: 1000 })
    expect(at(many, { accountant: 'basic', relation: 'replace-special' }).upper).toBeCloseTo(
      rdp(many, { orders: [Number.POSITIVE_INFINITY], relation: 'replace-special' })[0] as number,
      13,
    )
  })
})

describe('zCDP', () => {
  test('the table', () => {
    const rho = (event: PrivacyEvent, relation: Relation = 'add-or-remove'): number =>
      concentrated(flatten(event), relation, '').rho
    expect(rho(g(2))).toBeCloseTo(1 / 8, 14)
    expect(rho(g(2), 'replace-one')).toBeCloseTo(1 / 2, 14)
    expect(rho(gdp({ mu: 0.5 }), 'replace-one')).toBeCloseTo(1 / 8, 14)
    expect(rho(pure({ epsilon: 2 }))).toBeCloseTo(2 * Math.tanh(1), 14)
    expect(rho(exponential({ epsilon: 2 }))).toBeCloseTo(0.5, 14)
    expect(rho(tree({ noiseMultiplier: 1, steps: 7 }))).toBeCloseTo(1.5, 14)
    expect(rho(poissonSampled({ samplingRate: 0.1, event: composed([g(2), zcdp({ rho: 1 })]) }))).toBeCloseTo(9 / 8, 14)
    expect(rho(composed([g(2), repeated({ times: 10, event: pure({ epsilon: 1 }) })]))).toBeCloseTo(
      1 / 8 + 10 * Math.tanh(0.5),
      13,
    )
    expect(rho(skellam({ variance: 100, l1Sensitivity: 1, l2Sensitivity: 1 }))).toBeCloseTo(0.01 + 9 / 4e4, 14)
    expect(rho(g(0))).toBe(Number.POSITIVE_INFINITY)
    expect(rho(skellam({ variance: 0, l1Sensitivity: 1, l2Sensitivity: 1 }))).toBe(Number.POSITIVE_INFINITY)
    expect(rho(composed([gdp({ mu: 0 }), nonPrivate()]))).toBe(Number.POSITIVE_INFINITY)
  })

  test('rho bounds the Renyi curve of every event that has one', () => {
    const orders = [1, 1.01, 1.5, 2, 3.7, 12, 150]
    let compared = 0
    for (const event of [...Object.values(examples), laplace({ noiseMultiplier: 0.2 }), exponential({ epsilon: 7 })]) {
      for (const relation of relations) {
        try {
          const { rho, failure } = concentrated(flatten(event), relation, '')
          if (failure > 0) continue
          rdp(event, { orders, relation }).forEach((d, i) => {
            // The Skellam curve is a chord below order 2.
            expect(d, `${event.kind} ${relation}`).toBeLessThanOrEqual((orders[i] as number) * rho * (1 + 1e-12))
          })
          compared++
        } catch (error) {
          if (!(error instanceof UnsupportedEventError)) throw error
        }
      }
    }
    expect(compared).toBeGreaterThan(35)
  })
})

describe('GDP', () => {
  test('is exact for Gaussians, from both sides', () => {
    const event = composed([g(2), gdp({ mu: 0.5 }), tree({ noiseMultiplier: 3, steps: 4 })])
    const mu = Math.sqrt(1 / 4 + 1 / 4 + 3 / 9)
    expect(gaussianEquivalent(flatten(event), 'add-or-remove')).toEqual({ mu: expect.closeTo(mu, 14), failure: 0, exact: true })
    const { upper, lower } = at(event, { accountant: 'gdp' })
    expect(lower).toBeLessThanOrEqual(upper)
    expect(upper / lower - 1).toBeLessThan(1e-11)
    const exact = at(gdp({ mu }), { accountant: 'gdp' })
    expect(Math.abs(upper / exact.upper - 1)).toBeLessThan(1e-11)
    expect(at(composed([g(0), g(1)]), { accountant: 'gdp' })).toMatchObject({ upper: Infinity, reason: 'a part hides nothing' })
  })

  test('what is pure touches its Gaussian in one point', () => {
    const { mu } = gaussianEquivalent(flatten(pure({ epsilon: 1 })), 'add-or-remove')
    // delta(0) of both is tanh(epsilon / 2) there.
    expect(delta(gdp({ mu }), { epsilon: 0, accountant: 'gdp' }).upper).toBeCloseTo(Math.tanh(0.5), 12)
    for (const e of [0.1, 0.5, 0.9, 2]) {
      const own = Math.max(0, (Math.E - Math.exp(e)) / (1 + Math.E))
      expect(delta(pure({ epsilon: 1 }), { epsilon: e, accountant: 'gdp' }).upper).toBeGreaterThanOrEqual(own)
    }
  })

  test('the central limit is an estimate beside a bound, for what it knows', () => {
    const answer = at(steps, { accountant: 'gdp' })
    expect(answer.estimate).toBeLessThan(5.9126517)
    expect(answer.upper).toBeGreaterThan(5.9126517)
    expect(answer.lower).toBe(0)
    expect(answer.warning).toContain('central limit')
    for (const event of [
      poissonSampled({ samplingRate: 0.1, event: laplace({ noiseMultiplier: 1 }) }),
      examples.mixtureOfGaussians,
      composed([steps, examples.mixtureOfGaussians]),
      randomAllocation({ steps: 4, event: g(1) }),
    ]) {
      expect(at(event, { accountant: 'gdp' }).estimate).toBeUndefined()
    }
    expect(at(steps, { accountant: 'gdp', relation: 'replace-one' }).estimate).toBeUndefined()
    expect(delta(steps, { epsilon: 5, accountant: 'gdp' }).estimate).toBeLessThan(1e-4)
    // So little noise that the limit overflows.
    expect(at(poissonSampled({ samplingRate: 0.1, event: g(0.01) }), { accountant: 'gdp' }).estimate).toBeUndefined()
  })
})
