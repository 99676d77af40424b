import { afterAll, describe, expect, test } from 'vitest'
import { flatten } from '../../src/accounting/flatten.ts'
import { gaussianEquivalent } from '../../src/accounting/gdp.ts'
import { defaultOrders, delta, epsilon, rdp } from '../../src/accounting/index.ts'
import { renyiDelta, renyiEpsilon } from '../../src/accounting/rdp/accountant.ts'
import type { Conversion } from '../../src/accounting/rdp/conversion.ts'
import type { Curve } from '../../src/accounting/rdp/renyi.ts'
import {
  approximate,
  discreteGaussian,
  exponential,
  fixedSizeSampled,
  gaussian,
  gdp,
  type PrivacyEvent,
  permuteAndFlip,
  poissonSampled,
  pure,
  repeatAndSelect,
  repeated,
  tree,
} from '../../src/events/index.ts'
import calibration from '../vectors/golden/calibration.json' with { type: 'json' }
import limits from '../vectors/golden/gdp-prv.json' with { type: 'json' }
import peers from '../vectors/golden/peer-tests.json' with { type: 'json' }
import conversions from '../vectors/golden/rdp-epsilon.json' with { type: 'json' }
import values from '../vectors/golden/rdp-values.json' with { type: 'json' }
import truths from '../vectors/golden/truths.json' with { type: 'json' }
import { eventOf, eventsOf, type Figure, figure, type GoldenEvent, orderLists, relation, response } from './golden-events.ts'
import { wangBalleKasiviswanathan } from './without-replacement.ts'

type Case = {
  readonly params: Readonly<Record<string, unknown>>
  readonly expected: Readonly<Record<string, unknown>>
  readonly tolerance: { readonly rel?: number; readonly abs?: number }
}

/** Cases of a file that are not for these accountants, by the reason why; printed at the end. */
const notHere = new Map<string, number>()
const elsewhere = (file: string, reason: string): void => {
  const key = `${file}: ${reason}`
  notHere.set(key, (notHere.get(key) ?? 0) + 1)
}
afterAll(() => {
  console.log(['not applicable here:', ...[...notHere].map(([reason, count]) => `  ${count} of ${reason}`)].join('\n'))
})

const list = (of: unknown): number[] => (of as readonly Figure[]).map(figure)
const num = (of: unknown): number => figure(of as Figure)

function near(value: number, wanted: number, rel: number, abs = 0): void {
  if (value === wanted) return
  const error = Math.abs(value - wanted)
  if (!(error <= rel * Math.abs(wanted) + abs)) throw new Error(`${value}, wanted ${wanted}, off by ${error / Math.abs(wanted)}`)
}
function between(low: number, value: number, high: number): void {
  if (!(value >= low && value <= high)) throw new Error(`${value} is not in [${low}, ${high}]`)
}
const each = (a: readonly number[], b: readonly number[], check: (x: number, y: number, i: number) => void): void => {
  expect(a.length).toBe(b.length)
  a.forEach((x, i) => {
    check(x, b[i] as number, i)
  })
}

describe('rdp-values.json', () => {
  const check: Readonly<Record<string, (c: Case) => void>> = {
    gaussian: ({ params, expected, tolerance }) => {
      const event = gaussian({ noiseMultiplier: num(params['sigma']) })
      each(rdp(event, at(params)), list(expected['dp_accounting']), (v, w) => near(v, w, tolerance.rel as number))
    },
    poisson_gaussian: ({ params, expected }) => {
      const event = eventOf({ type: 'poisson_gaussian', ...params }) as PrivacyEvent
      // The file asks for 1e-9; its truths have all the digits of a double.
      each(rdp(event, at(params)), list(expected['truth']), (v, w) => near(v, w, 2e-13))
    },
    poisson_composed_gaussians: ({ params, expected, tolerance }) => {
      const events = list(params['sigmas']).map((noiseMultiplier) => gaussian({ noiseMultiplier }))
      const event = poissonSampled({ samplingRate: num(params['q']), event: { kind: 'composed', events } })
      each(rdp(event, at(params)), list(expected['dp_accounting']), (v, w) => near(v, w, tolerance.rel as number))
    },
    without_replacement_gaussian: ({ params, expected, tolerance }) => {
      const [m, n, sigma] = [num(params['m']), num(params['n']), num(params['sigma'])]
      const event = fixedSizeSampled({ sampleSize: m, populationSize: n, event: gaussian({ noiseMultiplier: 2 * sigma }) })
      const orders = list(params['orders'])
      const ours = rdp(event, at(params))
      each(ours, list(expected['dp_accounting']), (v, theirs, i) => {
        const order = orders[i] as number
        // The bound that the peer has, by our own hand, so that it is known to speak of the same thing; ours is never above it.
        if (order <= 64 && m < n) near(wangBalleKasiviswanathan(m / n, sigma, order), theirs, tolerance.rel as number)
        between(0.05 * theirs, v, theirs * (1 + 1e-12))
      })
    },
    laplace: same((params) => eventOf({ type: 'laplace', ...params })),
    randomized_response: same((params) => response(num(params['noise_parameter']), num(params['num_buckets']))),
    tree_aggregation_single_epoch: same((params) => eventOf({ type: 'tree_aggregation_single_epoch', ...params })),
    tree_aggregation_no_restart: ({ params, expected, tolerance }) => {
      const event = tree({
        noiseMultiplier: num(params['sigma']),
        steps: num(params['total_steps']),
        participations: num(params['max_participation']),
        // There it counts the steps in between.
        separation: num(params['min_separation']) + 1,
      })
      each(rdp(event, at(params)), list(expected['tf_privacy']), (v, w) => near(v, w, tolerance.rel as number))
    },
    zcdp: same((params) => eventOf({ type: 'zcdp', ...params })),
    discrete_gaussian: ({ params, expected, tolerance }) => {
      const event = discreteGaussian({ stddev: num(params['sigma']), sensitivity: num(params['sensitivity']) })
      // The peer has the bound a d^2 / 2s^2, which is attained at whole orders and missed by 1e-8 between them.
      each(rdp(event, at(params)), list(expected['dp_accounting']), (v, w, i) => {
        if (Number.isInteger(list(params['orders'])[i])) near(v, w, tolerance.rel as number)
        else between(w * (1 - 1e-6), v, w * (1 + 1e-14))
      })
    },
    permute_and_flip: same((params) => permuteAndFlip({ epsilon: num(params['epsilon']) })),
    exponential_mechanism: ({ params, expected }) => {
      const event = exponential({ epsilon: num(params['epsilon']) })
      // The peer has min(x + epsilon^2 a / 8, epsilon); ours is the exact supremum.
      each(rdp(event, at(params)), list(expected['dp_accounting']), (v, w) => between(0.5 * w, v, w * (1 + 1e-12)))
    },
    pure_dp: same((params) => pure({ epsilon: num(params['epsilon']) })),
    repeat_and_select_gaussian: ({ params, expected }) => {
      const shape = num(params['shape'])
      const event = repeatAndSelect({
        event: gaussian({ noiseMultiplier: num(params['sigma']) }),
        mean: num(params['mean']),
        shape: shape === Number.POSITIVE_INFINITY ? 'poisson' : shape,
      })
      // The peer minimises over its list of orders, we over all.
      each(rdp(event, at(params)), list(expected['dp_accounting']), (v, w) => between(0.2 * w, v, w * (1 + 1e-6)))
    },
  }
  function at(params: Case['params']): { orders: number[]; relation: ReturnType<typeof relation> } {
    const mixed = params['mechanism'] === 'without_replacement_gaussian'
    return { orders: list(params['orders']), relation: mixed ? 'replace-one' : relation(params['relation']) }
  }
  function same(make: (params: Case['params']) => PrivacyEvent | undefined): (c: Case) => void {
    return ({ params, expected, tolerance }) => {
      const event = make(params)
      if (event === undefined) throw new Error(`no event for ${JSON.stringify(params)}`)
      const { orders, ...rest } = at(params)
      each(rdp(event, { orders, ...rest }), list(expected['dp_accounting']), (v, w, i) => {
        // Near order 1 the peer forms log(1 + tiny) from a sum near 1.
        near(v, w, tolerance.rel as number, 4e-16 / ((orders[i] as number) - 1))
      })
    }
  }
  for (const [i, c] of (values.cases as unknown as Case[]).entries()) {
    const mechanism = c.params['mechanism'] as string
    if (mechanism === 'zcdp' && c.params['xi'] !== 0) {
      elsewhere('rdp-values.json', '(xi, rho)-zCDP with xi > 0, for which there is no event')
      continue
    }
    test(`${i} ${mechanism}`, () => {
      ;(check[mechanism] as (c: Case) => void)(c)
    })
  }
})

describe('rdp-epsilon.json', () => {
  const curveOf = (orders: readonly number[], divergences: readonly number[]): Curve => {
    const known = new Map(orders.map((order, i) => [order - 1, divergences[i] as number]))
    return { failure: 0, renyi: (z) => known.get(z) as number }
  }
  type EpsilonRow = Readonly<Record<string, Figure>>

  const check: Readonly<Record<string, (c: Case) => void>> = {
    epsilon_from_rdp: ({ params, expected }) => {
      const orders = list(params['orders']).filter((order) => order > 1)
      const curve = curveOf(list(params['orders']), list(params['rdp']))
      list(params['deltas']).forEach((target, i) => {
        const row = (expected['epsilons'] as EpsilonRow[])[i] as EpsilonRow
        const by = (conversion: Conversion): number => renyiEpsilon(curve, target, { orders, conversion }).value
        const optimal = by('optimal')
        if (row['optimal'] !== undefined) near(optimal, num(row['optimal']), 1e-5, 1e-12)
        if (row['dp_accounting'] !== undefined)
          expect(optimal).toBeLessThanOrEqual(num(row['dp_accounting']) * (1 + 1e-10) + 1e-12)
        if (row['dp_accounting'] !== undefined) near(by('canonne-kamath-steinke'), num(row['dp_accounting']), 1e-10, 1e-12)
        if (row['mironov_old'] !== undefined && curve.renyi((orders[0] as number) - 1) !== 0) {
          near(by('mironov'), num(row['mironov_old']), 1e-10, 1e-12)
        }
      })
    },
    delta_from_rdp: ({ params, expected }) => {
      const all = list(params['orders'])
      const orders = all.filter((order) => order > 1)
      const divergences = list(params['rdp'])
      const curve = curveOf(all, divergences)
      list(params['epsilons']).forEach((target, i) => {
        const row = (expected['deltas'] as EpsilonRow[])[i] as EpsilonRow
        const theirs = num(row['dp_accounting'])
        const classic = renyiDelta(curve, target, { orders, conversion: 'canonne-kamath-steinke' }).value
        // (For small D the peer forms 1 - e^-D by subtraction, and loses digits.)
        const small = Math.sqrt(Math.min(...divergences)) < 1e-3
        near(classic, theirs, small ? 1e-7 : 1e-9, 1e-300)
        expect(renyiDelta(curve, target, { orders, conversion: 'optimal' }).value).toBeLessThanOrEqual(
          theirs * (1 + (small ? 1e-7 : 1e-9)) + 1e-300,
        )
      })
    },
    end_to_end: endToEnd,
    events: endToEnd,
  }

  function endToEnd({ params, expected }: Case): void {
    const event = eventsOf(params['events'] as GoldenEvent[]) as PrivacyEvent
    const orders = orderLists[params['orders'] as string] as readonly number[]
    const common = { accountant: 'rdp', relation: relation(params['relation']), orders } as const
    const withoutReplacement = (params['events'] as GoldenEvent[]).some(({ type }) => type === 'without_replacement_gaussian')
    for (const row of expected['epsilons'] as EpsilonRow[]) {
      const target = num(row['delta'])
      const by = (conversion: Conversion): number => epsilon(event, { ...common, delta: target, conversion }).upper
      const optimal = by('optimal')
      expect(optimal).toBeLessThanOrEqual(num(row['dp_accounting']) * (1 + 1e-9))
      // Its curve there is a looser bound than ours.
      if (row['optimal'] !== undefined && !withoutReplacement) near(optimal, num(row['optimal']), 1e-5)
      if (row['exact_rdp_epsilon'] !== undefined) near(by('canonne-kamath-steinke'), num(row['exact_rdp_epsilon']), 1e-9)
      if (row['mironov_old_exact_rdp'] !== undefined) near(by('mironov'), num(row['mironov_old_exact_rdp']), 1e-9)
      // Searching all orders is at least as good.
      const all = epsilon(event, { accountant: 'rdp', relation: common.relation, delta: target })
      expect(all.upper).toBeLessThanOrEqual(optimal * (1 + 1e-9))
    }
    for (const row of (expected['deltas'] ?? []) as EpsilonRow[]) {
      const ours = delta(event, { ...common, epsilon: num(row['epsilon']) }).upper
      expect(ours).toBeLessThanOrEqual(num(row['dp_accounting']) * (1 + 1e-9) + 1e-300)
    }
  }

  for (const [i, c] of (conversions.cases as unknown as Case[]).entries()) {
    const kind = c.params['kind'] as string
    test(`${i} ${kind}`, () => {
      ;(check[kind] as (c: Case) => void)(c)
    })
  }
})

describe('the published classics', () => {
  const run = (samplingRate: number, noiseMultiplier: number, times: number): PrivacyEvent =>
    repeated({ times, event: poissonSampled({ samplingRate, event: gaussian({ noiseMultiplier }) }) })
  const at = (event: PrivacyEvent, orders: readonly number[], conversion: Conversion): number =>
    epsilon(event, { delta: 1e-5, accountant: 'rdp', orders, conversion }).upper

  test('q = 0.1, sigma = 1.1, 100 steps, delta = 1e-5 on the classic orders', () => {
    const event = run(0.1, 1.1, 100)
    expect(at(event, defaultOrders, 'mironov').toFixed(6)).toBe('7.418557')
    expect(at(event, defaultOrders, 'canonne-kamath-steinke').toFixed(6)).toBe('6.613704')
    expect(at(event, defaultOrders, 'optimal').toFixed(5)).toBe('6.61355')
  })

  test('MNIST: 60 000 examples in batches of 256', () => {
    const tf = orderLists['tf_privacy'] as readonly number[]
    const first = run(256 / 60000, 1.1, 14063)
    expect(at(first, tf, 'mironov').toFixed(5)).toBe('3.00921')
    expect(at(first, tf, 'canonne-kamath-steinke').toFixed(5)).toBe('2.59708')
    const second = run(256 / 60000, 1.3, 3516)
    expect(at(second, tf, 'mironov').toFixed(5)).toBe('1.19226')
    expect(at(second, tf, 'canonne-kamath-steinke').toFixed(5)).toBe('0.95456')
  })
})

describe('gdp-prv.json', () => {
  for (const [i, c] of (limits.cases as unknown as Case[]).entries()) {
    const { params, expected, tolerance } = c
    const kind = params['kind'] as string
    if (kind === 'prv') {
      elsewhere('gdp-prv.json', 'numerical composition, for the tight accountant')
      continue
    }
    test(`${i} ${kind}`, () => {
      if (kind === 'gdp_dual') {
        const event = gdp({ mu: num(params['mu']) })
        for (const row of expected['delta'] as Readonly<Record<string, Figure>>[]) {
          const { lower, upper } = delta(event, { epsilon: num(row['epsilon']), accountant: 'gdp' })
          near(upper, num(row['opacus']), tolerance.rel as number, tolerance.abs)
          near(lower, upper, 1e-10, 1e-300)
        }
        for (const row of expected['epsilon'] as Readonly<Record<string, Figure>>[]) {
          const { lower, upper } = epsilon(event, { delta: num(row['delta']), accountant: 'gdp' })
          if (row['dp_accounting'] !== undefined) near(upper, num(row['dp_accounting']), 1e-7, 1e-9)
          near(lower, upper, 1e-9)
        }
        return
      }
      const [q, sigma, times] = [num(params['q']), num(params['sigma']), num(params['steps'])]
      if (q === 1) {
        // Nothing is sampled: no limit is needed, and the peer's is not the truth.
        expect(
          gaussianEquivalent(flatten(repeated({ times, event: gaussian({ noiseMultiplier: sigma }) })), 'add-or-remove'),
        ).toEqual({
          mu: expect.closeTo(Math.sqrt(times) / sigma, 12),
          failure: 0,
          exact: true,
        })
        return
      }
      const poisson = repeated({ times, event: poissonSampled({ samplingRate: q, event: gaussian({ noiseMultiplier: sigma }) }) })
      const population = 1e12
      const fixedSize = repeated({
        times,
        event: fixedSizeSampled({
          sampleSize: Math.round(q * population),
          populationSize: population,
          event: gaussian({ noiseMultiplier: 2 * sigma }),
        }),
      })
      near(gaussianEquivalent(flatten(poisson), 'add-or-remove').limit as number, num(expected['mu_poisson']), 1e-9)
      near(gaussianEquivalent(flatten(fixedSize), 'replace-one').limit as number, num(expected['mu_uniform']), 1e-9)
      for (const row of expected['epsilon'] as Readonly<Record<string, Figure>>[]) {
        const there = epsilon(poisson, { delta: num(row['delta']), accountant: 'gdp' })
        near(there.estimate as number, num(row['poisson']), 1e-9, 1e-9)
        expect(there.warning).toContain('may lie below the truth')
        expect(there.upper).toBeGreaterThan(num(row['poisson']))
        const other = epsilon(fixedSize, { delta: num(row['delta']), accountant: 'gdp', relation: 'replace-one' })
        near(other.estimate as number, num(row['uniform']), 1e-9, 1e-9)
      }
    })
  }
})

describe('truths.json', () => {
  for (const c of truths.cases as unknown as Case[]) {
    const { params, expected } = c
    if (params['kind'] !== 'rdp_sgm') elsewhere('truths.json', 'hockey-sticks and compositions, for the tight accountant')
    else {
      test(`D_${params['alpha']} at q = ${params['q']}, sigma = ${params['sigma']}`, () => {
        const event = eventOf({ type: 'poisson_gaussian', ...params }) as PrivacyEvent
        near(rdp(event, { orders: [num(params['alpha'])] })[0] as number, num(expected['value']), 2e-13)
      })
    }
  }
})

describe('calibration.json', () => {
  for (const c of calibration.cases as unknown as Case[]) {
    const { params, expected } = c
    const kind = params['kind'] as string
    const guarantees = (eps: number): PrivacyEvent =>
      repeated({ times: num(params['count']), event: approximate({ epsilon: eps, delta: num(params['delta']) }) })
    if (kind === 'optimal_composition') {
      test(`${kind} ${params['epsilon']} x ${params['count']}`, () => {
        const { upper, lower } = epsilon(guarantees(num(params['epsilon'])), {
          delta: num(params['total_delta']),
          accountant: 'advanced',
        })
        if (expected['dp_accounting'] === 'none') expect(upper).toBe(Number.POSITIVE_INFINITY)
        else {
          // The theorem lists epsilons (k - 2 i) epsilon; between two of them, delta is known too.
          const theirs = num(expected['dp_accounting'])
          between(theirs - 2 * num(params['epsilon']), upper, theirs * (1 + 1e-9))
          between(upper * (1 - 1e-8), lower, upper)
        }
      })
    } else if (kind === 'epsilon_from_optimal_composition') {
      test(`${kind} ${params['total_epsilon']}`, () => {
        const at = (eps: number): number =>
          epsilon(guarantees(eps), { delta: num(params['total_delta']), accountant: 'advanced' }).upper
        const theirs = num(expected['dp_accounting'])
        expect(at(theirs)).toBeLessThanOrEqual(num(params['total_epsilon']) * (1 + 1e-5))
        expect(at(1.1 * theirs)).toBeGreaterThan(num(params['total_epsilon']))
      })
    } else if (kind === 'steps' || kind === 'noise_multiplier' || kind === 'sampling_probability') {
      const { q, sigma, steps } = params
      const theirs = num(expected['rdp'])
      if (Number.isNaN(theirs)) {
        elsewhere('calibration.json', 'the peer found no answer by its Renyi accountant')
        continue
      }
      test(`${kind} by the Renyi accountant, epsilon ${params['epsilon']}`, () => {
        const event = (parameter: number): PrivacyEvent =>
          repeated({
            times: num(kind === 'steps' ? parameter : steps),
            event: poissonSampled({
              samplingRate: num(kind === 'sampling_probability' ? parameter : q),
              event: gaussian({ noiseMultiplier: num(kind === 'noise_multiplier' ? parameter : sigma) }),
            }),
          })
        // What satisfies the peer, whose curve is never below ours, satisfies us.
        expect(epsilon(event(theirs), { delta: num(params['delta']), accountant: 'rdp' }).upper).toBeLessThanOrEqual(
          num(params['epsilon']) * (1 + 1e-6),
        )
      })
    } else elsewhere('calibration.json', 'one mechanism calibrated by its own delta, for the tight accountant and calibrate')
  }
})

describe('peer-tests.json', () => {
  const name = ({ params }: Case): string => (params['test'] as string).split(/[:/]/).at(-1) as string
  for (const [i, c] of (peers.cases as unknown as (Case & { readonly level: string })[]).entries()) {
    const { params, expected, tolerance } = c
    const fixed = (params['fixed'] ?? {}) as Readonly<Record<string, unknown>>
    const close = (value: number, wanted: number): void => near(value, wanted, tolerance.rel ?? 0, tolerance.abs ?? 0)
    const title = `${i} ${name(c)}`
    const responses = /test_compute_rdp_randomized_response/.test(title)
    if (responses) {
      test(title, () => {
        const p = num(params['noise_parameter'] ?? params['noise_param'] ?? fixed['noise_parameter'])
        const k = num(params['num_buckets'] ?? fixed['num_buckets'])
        const orders = list(params['alphas'] ?? params['orders'] ?? fixed['orders'])
        const named = [params['rel'] ?? fixed['relation'] ?? fixed['relations']].flat() as string[]
        for (const one of named) {
          const ours = rdp(response(p, k), { orders, relation: relation(one) })
          const wanted =
            expected['expected_rdps'] === undefined ? [num(expected['expected_rdp'])] : list(expected['expected_rdps'])
          each(ours, wanted, close)
        }
      })
    } else if (title.includes('test_compute_rdp_poisson_sampled_gaussian')) {
      test(title, () => {
        const event = eventOf({ type: 'poisson_gaussian', ...params }) as PrivacyEvent
        const orders = list(params['orders'])
        each(rdp(event, { orders }), list(expected['rdp']), (v, w, i) => {
          // The peer's literals are inflated between whole orders.
          if (Number.isInteger(orders[i]) || orders[i] === Number.POSITIVE_INFINITY) close(v, w)
          else between(0.9 * w, v, w * (1 + 1e-4))
        })
      })
    } else if (title.includes('test_compute_log_a_equals_mp')) {
      test(title, () => {
        const order = num(params['order'])
        const event = eventOf({ type: 'poisson_gaussian', q: params['q'], sigma: params['sigma'] }) as PrivacyEvent
        close((order - 1) * (rdp(event, { orders: [order] })[0] as number), num(expected['log_a']))
      })
    } else if (title.includes('test_advanced_composition')) {
      test(title, () => {
        const event = repeated({
          times: num(params['num_queries']),
          event: approximate({ epsilon: num(params['epsilon']), delta: num(params['delta']) }),
        })
        const { upper } = epsilon(event, { delta: num(params['total_delta']), accountant: 'advanced' })
        if (expected['expected_total_epsilon'] === null) expect(upper).toBe(Number.POSITIVE_INFINITY)
        else
          between(
            num(expected['expected_total_epsilon']) - 2 * num(params['epsilon']),
            upper,
            num(expected['expected_total_epsilon']) + 1e-7,
          )
      })
    } else if (title.includes('test_compute_dp_sgd_privacy') && expected['expected_order'] !== undefined) {
      test(title, () => {
        const [n, batch, epochs] = [num(params['n']), num(params['batch_size']), num(params['epochs'])]
        const event = repeated({
          times: Math.ceil((epochs * n) / batch),
          event: poissonSampled({
            samplingRate: batch / n,
            event: gaussian({ noiseMultiplier: num(params['noise_multiplier']) }),
          }),
        })
        const answer = epsilon(event, {
          delta: num(params['delta']),
          accountant: 'rdp',
          orders: orderLists['tf_privacy'] as readonly number[],
          conversion: 'canonne-kamath-steinke',
        })
        near(answer.upper, num(expected['expected_eps']), 1e-11, tolerance.abs)
        expect(answer.order).toBe(num(expected['expected_order']))
      })
    } else if (
      params['accountant'] === 'rdp' &&
      params['history'] === undefined &&
      params['quantity'] !== 'get_noise_multiplier'
    ) {
      const target = params['delta'] ?? 0
      if (num(target) >= 1) {
        elsewhere('peer-tests.json', 'delta is 1, which nothing can fail')
        continue
      }
      test(title, () => {
        const event = eventsOf(params['events'] as GoldenEvent[]) as PrivacyEvent
        const named = params['orders']
        const orders =
          typeof named === 'string' ? (orderLists[named] as readonly number[]) : list(named).filter((order) => order >= 1)
        const common = {
          accountant: 'rdp',
          relation: relation(params['relation']),
          orders,
          conversion: 'canonne-kamath-steinke',
        } as const
        if (params['quantity'] === 'get_epsilon') {
          const { upper } = epsilon(event, { ...common, delta: num(params['delta']) })
          close(upper, num(expected['value']))
        } else close(delta(event, { ...common, epsilon: num(params['epsilon']) }).upper, num(expected['value']))
      })
    } else if (params['history'] !== undefined && params['accountant'] === 'rdp') {
      test(title, () => {
        const event = eventsOf(
          (params['history'] as GoldenEvent[]).map((h) => ({ ...h, type: 'poisson_gaussian' })),
        ) as PrivacyEvent
        const { upper } = epsilon(event, {
          delta: num(params['delta']),
          accountant: 'rdp',
          orders: defaultOrders,
          conversion: 'canonne-kamath-steinke',
        })
        close(upper, num(expected['value']))
      })
    } else if (params['history'] !== undefined && params['accountant'] === 'gdp') {
      test(title, () => {
        const event = eventsOf(
          (params['history'] as GoldenEvent[]).map((h) => ({ ...h, type: 'poisson_gaussian' })),
        ) as PrivacyEvent
        expect(epsilon(event, { delta: num(params['delta']), accountant: 'gdp' }).estimate).toBeLessThanOrEqual(
          num(expected['value']),
        )
      })
    } else if (params['quantity'] === 'get_noise_multiplier' && params['accountant'] === 'rdp') {
      test(title, () => {
        const rate = num(params['sample_rate'])
        const event = repeated({
          times: Math.floor(num(params['epochs']) / rate),
          event: poissonSampled({ samplingRate: rate, event: gaussian({ noiseMultiplier: num(expected['value']) }) }),
        })
        const { upper } = epsilon(event, {
          delta: num(params['target_delta']),
          accountant: 'rdp',
          orders: defaultOrders,
          conversion: 'canonne-kamath-steinke',
        })
        between(num(params['target_epsilon']) - 0.05, upper, num(params['target_epsilon']))
      })
    } else
      elsewhere(
        'peer-tests.json',
        'a test of privacy loss distributions, their parts or their calibration, for the tight accountant',
      )
  }
})
