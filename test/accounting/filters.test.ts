import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { epsilon } from '../../src/accounting/epsilon.ts'
import { addCosts, decimal, free } from '../../src/accounting/filters/costs.ts'
import { type FilterOptions, type PrivacyFilter, privacyFilter } from '../../src/accounting/filters/filter.ts'
import { type PrivacyOdometer, privacyOdometer } from '../../src/accounting/filters/odometer.ts'
import { rdp } from '../../src/accounting/rdp.ts'
import { InvalidParameterError, UnsupportedEventError } from '../../src/errors.ts'
import {
  approximate,
  composed,
  discreteGaussian,
  discreteLaplace,
  exponential,
  gaussian,
  gdp,
  laplace,
  nonPrivate,
  type PrivacyEvent,
  poissonSampled,
  pure,
  randomizedResponse,
  repeated,
  zcdp,
} from '../../src/events/index.ts'
import { bitLength, compare, fromNumber, of } from '../../src/numeric/rational.ts'

const times = (n: number, event: PrivacyEvent): PrivacyEvent => repeated({ times: n, event })

/** How often an event fits one after another. */
function fits(start: PrivacyFilter, event: PrivacyEvent, most = 1000): number {
  let state = start
  for (let n = 0; n < most; n++) {
    const spent = state.spend(event)
    if (!spent.allowed) {
      expect(spent.next).toBe(state)
      return n
    }
    state = spent.next
  }
  return most
}

describe('sums', () => {
  test('a budget of 1 holds ten times 0.1 and no more, in every form', () => {
    const one = privacyFilter({ kind: 'pure', limit: { epsilon: 1 } })
    for (const event of [
      pure({ epsilon: 0.1 }),
      exponential({ epsilon: 0.1 }),
      laplace({ noiseMultiplier: 10 }),
      discreteLaplace({ scale: 30, sensitivity: 3 }),
    ]) {
      expect(fits(one, event)).toBe(10)
      expect(one.spend(times(10, event)).allowed).toBe(true)
      expect(one.spend(composed([times(7, event), times(3, event), pure({ epsilon: 1e-300 })])).allowed).toBe(false)
    }
    expect(
      fits(privacyFilter({ kind: 'pure', limit: { epsilon: 1 }, relation: 'replace-one' }), laplace({ noiseMultiplier: 10 })),
    ).toBe(5)
    expect(
      fits(
        privacyFilter({ kind: 'pure', limit: { epsilon: 1 }, relation: 'replace-one' }),
        randomizedResponse({ epsilon: 0.25 }),
      ),
    ).toBe(4)
    expect(fits(privacyFilter({ kind: 'zcdp', limit: { rho: 0.3 } }), zcdp({ rho: 0.1 }))).toBe(3)
    expect(fits(privacyFilter({ kind: 'gdp', limit: { mu: 0.3 } }), gdp({ mu: 0.1 }))).toBe(9)
  })

  test('Gaussians by their exact rho and mu', () => {
    const rho = privacyFilter({ kind: 'zcdp', limit: { rho: 0.5 } })
    expect(fits(rho, gaussian({ noiseMultiplier: 3 }))).toBe(9)
    expect(fits(rho, discreteGaussian({ stddev: 6, sensitivity: 2 }))).toBe(9)
    expect(fits(rho, gdp({ mu: 0.1 }))).toBe(100)
    expect(fits(privacyFilter({ kind: 'gdp', limit: { mu: 1 } }), gaussian({ noiseMultiplier: 7 }))).toBe(49)
    expect(
      fits(privacyFilter({ kind: 'gdp', limit: { mu: 1 }, relation: 'replace-one' }), gaussian({ noiseMultiplier: 14 })),
    ).toBe(49)
    const { next } = rho.spend(gaussian({ noiseMultiplier: 2 }))
    expect([next.spent, next.remaining, next.limit]).toEqual([
      { rho: 0.125, delta: 0 },
      { rho: 0.375, delta: 0 },
      { rho: 0.5, delta: 0 },
    ])
  })

  test('epsilon and delta each have their own limit', () => {
    const both = privacyFilter({ kind: 'approximate', limit: { epsilon: 1, delta: 1e-5 } })
    expect(fits(both, approximate({ epsilon: 0.01, delta: 1e-6 }))).toBe(10)
    expect(fits(both, approximate({ epsilon: 0.25, delta: 1e-9 }))).toBe(4)
    expect(both.spend(nonPrivate()).allowed).toBe(false)
    const { next } = both.spend(approximate({ epsilon: 0.5, delta: 1e-6 }))
    // The double 1e-6 lies below the decimal: up is the next one.
    expect(next.spent).toEqual({ epsilon: 0.5, delta: 1.0000000000000002e-6 })
    expect(next.remaining['epsilon']).toBe(0.5)
    expect(next.remaining['delta']).toBeCloseTo(9e-6, 18)
    expect(
      fits(privacyFilter({ kind: 'zcdp', limit: { rho: 10, delta: 1e-6 } }), approximate({ epsilon: 0.1, delta: 5e-7 })),
    ).toBe(2)
  })

  test('randomised: spent is the sum of what was allowed, never above the limit, whatever the order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 40 }), (thousandths) => {
        let state = privacyFilter({ kind: 'pure', limit: { epsilon: 1 } })
        let exact = 0
        for (const n of thousandths) {
          const { allowed, next } = state.spend(pure({ epsilon: n / 1000 }))
          expect(allowed).toBe(exact + n <= 1000)
          if (allowed) exact += n
          state = next
        }
        expect(state.spent['epsilon']).toBeCloseTo(exact / 1000, 12)
        expect(compare(fromNumber(state.spent['epsilon'] as number), of(BigInt(exact), 1000n))).toBeGreaterThanOrEqual(0)
        expect(compare(fromNumber(state.remaining['epsilon'] as number), of(BigInt(1000 - exact), 1000n))).toBeLessThanOrEqual(0)
      }),
      { seed: 31 },
    )
  })

  test('thousands of different noises stay short fractions, rounded up', () => {
    let state = privacyFilter({ kind: 'pure', limit: { epsilon: 100 } })
    let sum = 0
    for (let i = 0; i < 3000; i++) {
      const noiseMultiplier = 50 + Math.sqrt(i)
      sum += 1 / noiseMultiplier
      state = state.spend(laplace({ noiseMultiplier })).next
    }
    expect(state.spent['epsilon']).toBeCloseTo(sum, 10)
    let cost = free
    for (let i = 3n; i < 9000n; i += 2n) cost = addCosts(cost, { spent: of(1n, i), failure: free.failure })
    expect(bitLength(cost.spent.denominator)).toBeLessThanOrEqual(1040)
  })

  test('decimals are what doubles print as', () => {
    for (const [value, numerator, denominator] of [
      [0.1, 1n, 10n],
      [1e-7, 1n, 10_000_000n],
      [123.25, 493n, 4n],
      [5e22, 50_000_000_000_000_000_000_000n, 1n],
      [0, 0n, 1n],
    ] as const) {
      expect(decimal(value)).toEqual({ numerator, denominator })
    }
    expect(() => decimal(Number.NaN)).toThrow(InvalidParameterError)
  })
})

describe('Renyi at one order', () => {
  test('lets a fixed schedule go on as far as its curve, no further', () => {
    const step = poissonSampled({ samplingRate: 0.02, event: gaussian({ noiseMultiplier: 1 }) })
    const [one] = rdp(step, { orders: [8] }) as [number]
    const state = privacyFilter({ kind: 'rdp', limit: { order: 8, divergence: 100.5 * one } })
    expect(fits(state, step)).toBe(100)
    expect(state.spend(times(100, step)).allowed).toBe(true)
    expect(state.spend(times(101, step)).allowed).toBe(false)
    expect(state.limit).toEqual({ order: 8, divergence: 100.5 * one })
  })
})

describe('profile', () => {
  const limit = { epsilon: 2, delta: 1e-5 }

  test('is for fixed schedules, and says so', () => {
    const state = privacyFilter({ kind: 'profile', limit, schedule: 'fixed' })
    expect(state.adaptive).toBe(false)
    expect(privacyFilter({ kind: 'pure', limit: { epsilon: 1 } }).adaptive).toBe(true)
    expect(() => privacyFilter({ kind: 'profile', limit } as never)).toThrow(/unproven/)
    const step = times(100, poissonSampled({ samplingRate: 0.01, event: gaussian({ noiseMultiplier: 0.8 }) }))
    let [now, n] = [state, 0]
    for (; ; n++) {
      const spent = now.spend(step)
      if (!spent.allowed) {
        expect(spent.reason).toContain('would pass epsilon 2')
        expect(spent.next).toBe(now)
        break
      }
      now = spent.next
    }
    const at = (k: number): number => epsilon(times(k, step), { delta: 1e-5 }).upper
    expect(n).toBeGreaterThan(0)
    expect(at(n)).toBeLessThanOrEqual(2)
    expect(at(n + 1)).toBeGreaterThan(2)
    expect(now.spent['epsilon']).toBeCloseTo(at(n), 5)
    expect(now.remaining['epsilon']).toBeCloseTo(2 - at(n), 5)
  })
})

/**
 * Everything that an adaptive sequence of binary randomised responses may release, with the losses: at each step `choose` sees all past
 * answers and names the next epsilon, or undefined to stop.
 */
function outcomes(
  choose: (answers: readonly boolean[]) => number | undefined,
): { p: number; q: number; losses: number[]; answers: boolean[] }[] {
  const done: { p: number; q: number; losses: number[]; answers: boolean[] }[] = []
  const go = (p: number, q: number, losses: number[], answers: boolean[]): void => {
    const e = choose(answers)
    if (e === undefined) {
      done.push({ p, q, losses, answers })
      return
    }
    const truth = Math.exp(e) / (1 + Math.exp(e))
    const loss = losses[losses.length - 1] ?? 0
    go(p * truth, q * (1 - truth), [...losses, loss + e], [...answers, true])
    go(p * (1 - truth), q * truth, [...losses, loss - e], [...answers, false])
  }
  go(1, 1, [], [])
  return done
}

/** Strategies of an attacker: spend more after losses have been kind, less, or at random. */
const strategies: readonly ((answers: readonly boolean[]) => number)[] = [
  () => 0.3,
  (answers) => (answers.filter(Boolean).length * 2 > answers.length ? 0.5 : 0.15),
  (answers) => (answers[answers.length - 1] === false ? 0.6 : 0.2),
  (answers) => 0.1 + 0.05 * answers.filter((a) => !a).length,
]

describe('adaptive choice, enumerated to the end', () => {
  test.each([
    ['pure', { kind: 'pure', limit: { epsilon: 2 } }, 2, 0],
    ['advanced', { kind: 'advanced', limit: { epsilon: 2, delta: 0.05 } }, 2, 0.05],
    ['zcdp', { kind: 'zcdp', limit: { rho: 0.4 } }, undefined, 0],
    ['gdp', { kind: 'gdp', limit: { mu: 1 } }, undefined, 0],
    ['rdp', { kind: 'rdp', limit: { order: 3, divergence: 0.9 } }, undefined, 0],
  ] as const)('%s holds what it promises', (_, given, epsilonLimit, deltaLimit) => {
    for (const strategy of strategies) {
      const start = privacyFilter({ ...given, relation: 'replace-one' } as FilterOptions)
      const states = new Map<string, PrivacyFilter>()
      const all = outcomes((answers) => {
        if (answers.length >= 11) return undefined
        const key = answers.map(Number).join('')
        const state = answers.length === 0 ? start : (states.get(key.slice(0, -1)) as PrivacyFilter)
        const e = strategy(answers)
        const spent = state.spend(randomizedResponse({ epsilon: e }))
        states.set(key, spent.next)
        return spent.allowed ? e : undefined
      })
      expect(all.reduce((sum, { p }) => sum + p, 0)).toBeCloseTo(1, 12)
      const delta = (e: number): number => all.reduce((sum, { p, q }) => sum + Math.max(0, p - Math.exp(e) * q), 0)
      const renyi = (a: number): number => Math.log(all.reduce((sum, { p, q }) => sum + p ** a * q ** (1 - a), 0)) / (a - 1)
      if (epsilonLimit !== undefined) expect(delta(epsilonLimit)).toBeLessThanOrEqual(deltaLimit + 1e-12)
      if (given.kind === 'zcdp') for (const a of [1.1, 2, 5, 30]) expect(renyi(a)).toBeLessThanOrEqual(0.4 * a + 1e-12)
      if (given.kind === 'rdp') expect(renyi(3)).toBeLessThanOrEqual(0.9 + 1e-12)
      if (given.kind === 'gdp') {
        for (const e of [0, 0.5, 1.5]) expect(delta(e)).toBeLessThanOrEqual(epsilonCurve(1, e) + 1e-12)
      }
      // Something was spent.
      expect(all.length).toBeGreaterThan(3)
    }
  })

  test('the odometer is passed at any time with at most its probability', () => {
    for (const strategy of strategies) {
      for (const delta of [0.3, 0.05]) {
        const start = privacyOdometer({ kind: 'renyi', delta, orders: [2, 4, 9], relation: 'replace-one' })
        const states = new Map<string, PrivacyOdometer>([['', start]])
        let passed = 0
        let near = 0
        const all = outcomes((answers) => (answers.length < 10 ? strategy(answers) : undefined))
        for (const { p, losses, answers } of all) {
          let key = ''
          let state = start
          let broken = false
          losses.forEach((loss, i) => {
            const e = strategy(answers.slice(0, i))
            key += Number(answers[i])
            state = states.get(key) ?? state.record(randomizedResponse({ epsilon: e }))
            states.set(key, state)
            if (loss > state.epsilon) broken = true
            near = Math.max(near, loss / state.epsilon)
          })
          if (broken) passed += p
        }
        expect(passed).toBeLessThanOrEqual(delta)
        expect(near).toBeGreaterThan(0.4)
      }
    }
  })
})

/** delta(epsilon) of mu-GDP. */
const epsilonCurve = (mu: number, e: number): number => {
  const n = 4000
  let total = 0
  for (let i = 0; i < n; i++) {
    const x = -9 + (20 * (i + 0.5)) / n
    const density = (m: number): number => Math.exp(-((x - m) ** 2) / 2) / Math.sqrt(2 * Math.PI)
    total += (Math.max(0, density(mu) - Math.exp(e) * density(0)) * 20) / n
  }
  return total
}

describe('odometer', () => {
  test('basic adds up', () => {
    const start = privacyOdometer({ kind: 'basic' })
    expect([start.epsilon, start.delta]).toEqual([0, 0])
    const after = start.record(pure({ epsilon: 0.1 })).record(approximate({ epsilon: 0.2, delta: 1e-6 }))
    expect(after.epsilon).toBeCloseTo(0.3, 15)
    expect(after.epsilon).toBeGreaterThanOrEqual(0.3)
    expect(after.delta).toBe(1.0000000000000002e-6)
    expect(start.epsilon).toBe(0)
  })

  test('costs a little more than the best order for a time that is fixed up front', () => {
    const step = times(1000, poissonSampled({ samplingRate: 0.01, event: gaussian({ noiseMultiplier: 1 }) }))
    let state = privacyOdometer({ kind: 'renyi', delta: 1e-5 })
    expect([state.epsilon, state.delta, state.order]).toEqual([0, 1e-5, undefined])
    let before = 0
    for (let i = 0; i < 5; i++) {
      state = state.record(step)
      expect(state.epsilon).toBeGreaterThan(before)
      before = state.epsilon
    }
    const fixed = epsilon(times(5, step), { delta: 1e-5, accountant: 'rdp' }).upper
    expect(state.epsilon).toBeGreaterThan(fixed)
    expect(state.epsilon).toBeLessThan(1.5 * fixed)
    expect(state.order).toBe(5)
  })

  test('failures add to delta, and what reveals all is infinite', () => {
    const state = privacyOdometer({ kind: 'renyi', delta: 1e-6 }).record(approximate({ epsilon: 0.1, delta: 1e-7 }))
    expect(state.delta).toBeCloseTo(1.1e-6, 12)
    expect(state.delta).toBeGreaterThanOrEqual(1.1e-6)
    const gone = state.record(nonPrivate())
    expect(gone.epsilon).toBe(Number.POSITIVE_INFINITY)
    expect(gone.order).toBeUndefined()
    expect(privacyOdometer({ kind: 'renyi', delta: 0.1 }).record(times(0, nonPrivate())).epsilon).toBe(0)
  })
})

describe('advanced', () => {
  test('allows what the theorem allows', () => {
    // r + 2 sqrt(r log(1 / slack)) at r = n e tanh(e / 2), on either side of the last n.
    const [e, slack] = [0.1, 5e-7]
    const cost = (n: number): number => {
      const r = n * e * Math.tanh(e / 2)
      return r + 2 * Math.sqrt(r * Math.log(1 / slack))
    }
    const n = fits(privacyFilter({ kind: 'advanced', limit: { epsilon: 2, delta: 1e-6 } }), pure({ epsilon: e }))
    expect(cost(n)).toBeLessThanOrEqual(2)
    expect(cost(n + 1)).toBeGreaterThan(2)
    const state = privacyFilter({ kind: 'advanced', limit: { epsilon: 2, delta: 1e-6, slack: 4e-7 } })
    expect(state.remaining['delta']).toBe(6e-7)
    expect(fits(state, approximate({ epsilon: 0.01, delta: 2e-7 }))).toBe(3)
  })
})

test('what a filter has no currency for is refused by its path', () => {
  const sampled = poissonSampled({ samplingRate: 0.1, event: zcdp({ rho: 1 }) })
  for (const [given, event, path] of [
    [{ kind: 'pure', limit: { epsilon: 1 } }, composed([pure({ epsilon: 0.1 }), gaussian({ noiseMultiplier: 1 })]), 'events[1]'],
    [{ kind: 'pure', limit: { epsilon: 1 } }, times(2, approximate({ epsilon: 0.1, delta: 1e-9 })), 'event'],
    [{ kind: 'pure', limit: { epsilon: 1 } }, laplace({ noiseMultiplier: 0 }), ''],
    [{ kind: 'zcdp', limit: { rho: 1 } }, gaussian({ noiseMultiplier: 0 }), ''],
    [{ kind: 'zcdp', limit: { rho: 1 } }, nonPrivate(), ''],
    [{ kind: 'zcdp', limit: { rho: 1 } }, composed([randomizedResponse({ epsilon: 1 })]), 'events[0]'],
    [{ kind: 'gdp', limit: { mu: 1 } }, composed([gdp({ mu: 0.1 }), zcdp({ rho: 0.1 })]), 'events[1]'],
    [{ kind: 'gdp', limit: { mu: 1 } }, approximate({ epsilon: 0.1, delta: 1e-9 }), ''],
    [{ kind: 'gdp', limit: { mu: 1 } }, composed([sampled]), 'events[0].event'],
    [{ kind: 'rdp', limit: { order: 2, divergence: 1 } }, times(3, approximate({ epsilon: 0.1, delta: 1e-9 })), 'event'],
    [{ kind: 'rdp', limit: { order: 2, divergence: 1 } }, composed([randomizedResponse({ epsilon: 1 })]), 'events[0]'],
    [{ kind: 'advanced', limit: { epsilon: 1, delta: 0.1 } }, gaussian({ noiseMultiplier: 1 }), ''],
  ] as const) {
    const state = privacyFilter(given as FilterOptions)
    let thrown: unknown
    try {
      state.spend(event)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(UnsupportedEventError)
    expect((thrown as UnsupportedEventError).path).toBe(path)
  }
  expect(privacyFilter({ kind: 'zcdp', limit: { rho: 1 } }).spend(times(0, nonPrivate())).allowed).toBe(true)
})

test('what is no filter or odometer is refused', () => {
  for (const bad of [
    undefined,
    {},
    { kind: 'epsilon', limit: { epsilon: 1 } },
    { kind: 'pure' },
    { kind: 'pure', limit: { epsilon: -1 } },
    { kind: 'pure', limit: { epsilon: Number.NaN } },
    { kind: 'pure', limit: { epsilon: 1, delta: 0.1 } },
    { kind: 'pure', limit: { epsilon: 1 }, schedule: 'fixed' },
    { kind: 'pure', limit: { epsilon: 1 }, relation: 'swap' },
    { kind: 'approximate', limit: { epsilon: 1, delta: 1 } },
    { kind: 'advanced', limit: { epsilon: 1, delta: 0 } },
    { kind: 'advanced', limit: { epsilon: 1, delta: 1e-6, slack: 1e-5 } },
    { kind: 'rdp', limit: { order: 1, divergence: 1 } },
    { kind: 'gdp', limit: { mu: '1' } },
    { kind: 'profile', limit: { epsilon: 1, delta: 1e-6 }, schedule: 'adaptive' },
  ]) {
    expect(() => privacyFilter(bad as never)).toThrow(InvalidParameterError)
  }
  for (const bad of [
    undefined,
    {},
    { kind: 'renyi' },
    { kind: 'renyi', delta: 0 },
    { kind: 'renyi', delta: 0.1, orders: [] },
    { kind: 'renyi', delta: 0.1, orders: [1] },
    { kind: 'basic', delta: 0.1 },
  ]) {
    expect(() => privacyOdometer(bad as never)).toThrow(InvalidParameterError)
  }
  expect(() => privacyFilter({ kind: 'pure', limit: { epsilon: 1 } }).spend({ kind: 'pure', epsilon: -1 } as never)).toThrow(
    InvalidParameterError,
  )
})
