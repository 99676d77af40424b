import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { epsilon } from '../../src/accounting/index.ts'
import { type Budget, type LedgerStore, memoryStore, openBudget } from '../../src/budget/index.ts'
import { BudgetExceededError, InvalidParameterError, LedgerError, SchemaError, UnsupportedEventError } from '../../src/errors.ts'
import { approximate, composed, gaussian, gdp, nonPrivate, pure, repeated, zcdp } from '../../src/events/index.ts'
import { laplace, permuteAndFlip } from '../../src/mechanisms/index.ts'
import { insecureSeeded } from '../../src/testing/index.ts'
import { counting, entriesOf, meddled, rejection } from './support.ts'

const tenth = pure({ epsilon: 0.1 })

describe('spend', () => {
  it('ten times 0.1 are 1, and then no more', async () => {
    const store = memoryStore()
    const budget = await openBudget({ epsilon: 1 }, { store })
    for (let i = 1; i <= 10; i++) {
      const receipt = await budget.spend(tenth, { label: `question ${i}` })
      expect(receipt).toMatchObject({ sequence: i, label: `question ${i}`, event: tenth, cost: { epsilon: 0.1 } })
      expect(receipt.time).toMatch(/^\d{4}-\d\d-\d\dT/)
    }
    const error = await rejection(budget.spend(pure({ epsilon: 1e-300 }), { label: 'one more' }))
    expect(error).toBeInstanceOf(BudgetExceededError)
    expect(error.message).toBe('the budget of epsilon 1 would be exceeded: epsilon 1 spent, epsilon 1e-300 requested')
    expect(budget.remaining()).toEqual({ epsilon: 0 })
    expect(budget.spent()).toEqual({ epsilon: 1 })
    expect(await entriesOf(store)).toHaveLength(11)
    await budget.spend(pure({ epsilon: 0 }), { label: 'nothing' })
  })

  it.each([
    [{ epsilon: 1 }, tenth, 10, { epsilon: 0 }],
    [{ epsilon: 1, delta: 1e-5 }, approximate({ epsilon: 0.1, delta: 2e-6 }), 5, { epsilon: 0.5, delta: 0 }],
    [{ rho: 0.5 }, gaussian({ noiseMultiplier: 2 }), 4, { rho: 0, delta: 0 }],
    [{ rho: 0.5, delta: 1e-6 }, approximate({ epsilon: 0.1, delta: 5e-7 }), 2, undefined],
    [{ mu: 1 }, gdp({ mu: 0.5 }), 4, { mu: 0 }],
    [{ order: 2, divergence: 1 }, gaussian({ noiseMultiplier: 2 }), 3, undefined],
  ] as const)('limit %o holds %o %i times', async (limit, event, times, left) => {
    const budget = await openBudget(limit)
    expect(budget.limit).toEqual(limit)
    for (let i = 0; i < times; i++) await budget.spend(event, { label: 'x' })
    expect(await rejection(budget.spend(event, { label: 'x' }))).toBeInstanceOf(BudgetExceededError)
    if (left !== undefined) expect(budget.remaining()).toEqual(left)
  })

  it('counts by the relation', async () => {
    const budget = await openBudget({ rho: 0.5 }, { relation: 'replace-one' })
    await budget.spend(gaussian({ noiseMultiplier: 2 }), { label: 'x' })
    expect([budget.relation, budget.remaining()]).toEqual(['replace-one', { rho: 0, delta: 0 }])
  })

  it('refuses what it can not count, and spends nothing', async () => {
    const store = memoryStore()
    const budget = await openBudget({ epsilon: 1 }, { store })
    for (const event of [
      gaussian({ noiseMultiplier: 1 }),
      nonPrivate(),
      composed([tenth, approximate({ epsilon: 0, delta: 0.1 })]),
    ]) {
      expect(await rejection(budget.spend(event, { label: 'x' }))).toBeInstanceOf(UnsupportedEventError)
    }
    expect(await rejection(budget.spend({ kind: 'unheard' } as never, { label: 'x' }))).toBeInstanceOf(UnsupportedEventError)
    for (const bad of [
      {},
      { label: '' },
      { label: 'x', key: '' },
      { label: 1 },
      { label: 'x'.repeat(1001) },
      { label: 'x', kee: 'a' },
      null,
    ]) {
      expect(await rejection(budget.spend(tenth, bad as never))).toBeInstanceOf(InvalidParameterError)
    }
    expect(await rejection(budget.spend(pure({ epsilon: 0.1 }), undefined as never))).toBeInstanceOf(InvalidParameterError)
    expect(budget.spent()).toEqual({ epsilon: 0 })
    expect(await entriesOf(store)).toHaveLength(1)
  })

  it('with a key is one spend however often it is asked for, also at once and by others', async () => {
    const store = memoryStore()
    const budget = await openBudget({ epsilon: 1 }, { store })
    const asked = { label: 'x', key: 'a' }
    const [first, second] = await Promise.all([budget.spend(tenth, asked), budget.spend(tenth, asked)])
    expect(second).toEqual(first)
    await budget.spend(tenth, { label: 'y' })
    const other = await openBudget({ epsilon: 1 }, { store })
    expect(await other.spend(tenth, asked)).toEqual(first)
    expect(other.spent()).toEqual({ epsilon: 0.2 })
    for (const [event, options, what] of [
      [pure({ epsilon: 0.2 }), asked, 'event'],
      [tenth, { label: 'z', key: 'a' }, 'label'],
    ] as const) {
      const error = await rejection(budget.spend(event, options))
      expect(error).toBeInstanceOf(InvalidParameterError)
      expect(error.message).toBe(`"key" must be one that was not used before with another ${what}, got "a"`)
    }
    // What was spent was released by others' hands; noise of ours would be a second answer.
    const mechanism = counting(tenth)
    expect((await rejection(budget.release(mechanism, 1, asked))).message).toContain('another purpose')
    expect(mechanism.draws()).toBe(0)
    const [spent, released] = await Promise.allSettled([
      budget.spend(tenth, { label: 'x', key: 'b' }),
      budget.release(mechanism, 1, { label: 'x', key: 'b' }),
    ])
    expect([spent.status, released.status, mechanism.draws()]).toEqual(['fulfilled', 'rejected', 0])
  })
})

describe('release', () => {
  it('is a debit, noise, and the answer in its own type', async () => {
    const store = memoryStore()
    const budget = await openBudget({ epsilon: 1 }, { store })
    const mechanism = laplace({ sensitivity: 1, epsilon: 0.1, insecureRandom: insecureSeeded(1) })
    const number: number = await budget.release(mechanism, 1000, { label: 'a number' })
    expect(Math.abs(number - 1000)).toBeLessThan(300)
    const doubles: Float64Array = await budget.release(mechanism, Float64Array.of(1, 2), { label: 'doubles', key: 'd' })
    const big: bigint = await budget.release(mechanism, 7n, { label: 'a bigint', key: 'b' })
    const index: number = await budget.release(permuteAndFlip({ sensitivity: 1, epsilon: 0.1 }), [1, 2, 3], {
      label: 'best',
      key: 'p',
    })
    expect([index >= 0, typeof big, doubles instanceof Float64Array]).toEqual([true, 'bigint', true])
    // Later, elsewhere: the same values, and nothing spent.
    const other = await openBudget({ epsilon: 1 }, { store })
    const before = other.spent()
    expect(await other.release(mechanism, Float64Array.of(5, 6), { label: 'doubles', key: 'd' })).toEqual(doubles)
    expect(await other.release(mechanism, 8n, { label: 'a bigint', key: 'b' })).toBe(big)
    expect(other.spent()).toEqual(before)
    expect((await other.history()).map(({ label, provenance }) => [label, provenance])).toEqual([
      ['a number', 'insecure-seeded'],
      ['doubles', 'insecure-seeded'],
      ['a bigint', 'insecure-seeded'],
      ['best', 'secure'],
    ])
    const secure = laplace({ sensitivity: 1, epsilon: 0.1 })
    expect((await rejection(other.release(secure, 7n, { label: 'a bigint', key: 'b' }))).message).toContain('another provenance')
  })

  it('is durable debit first, and one draw for calls at once', async () => {
    const store = memoryStore()
    const budget = await openBudget({ epsilon: 1 }, { store })
    const seen: number[] = []
    const mechanism = counting(tenth, () => {
      seen.push(budget.spent()['epsilon'] as number)
      return Math.random()
    })
    const all = await Promise.all(Array.from({ length: 5 }, () => budget.release(mechanism, 1, { label: 'x', key: 'k' })))
    expect([new Set(all).size, mechanism.draws(), seen]).toEqual([1, 1, [0.1]])
  })

  it('of two processes with one key one answer gets out', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const store = memoryStore()
      const slow = (): LedgerStore => meddled(store, { before: () => new Promise((done) => setTimeout(done, (seed * 7) % 3)) })
      const budgets = await Promise.all([1, 2, 3].map(() => openBudget({ epsilon: 1 }, { store: slow() })))
      const values = await Promise.all(
        budgets.map((budget, i) =>
          budget.release(
            counting(tenth, () => i),
            1,
            { label: 'x', key: 'k' },
          ),
        ),
      )
      expect(new Set(values).size).toBe(1)
      expect(budgets.map((budget) => budget.spent())).toEqual(budgets.map(() => ({ epsilon: 0.1 })))
    }
  })

  it('draws again under the same debit where nothing was stored', async () => {
    const store = memoryStore()
    let failing = false
    const broken = meddled(store, {
      before: (call) => {
        if (call === 'append' && failing) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' })
      },
    })
    const budget = await openBudget({ epsilon: 1 }, { store: broken })
    const mechanism = counting(tenth, () => {
      failing = !failing
      return 42
    })
    const error = await rejection(budget.release(mechanism, 1, { label: 'x', key: 'k' }))
    expect(error).toBeInstanceOf(LedgerError)
    expect([error.name, error.code, error.message]).toEqual([
      'LedgerError',
      'LEDGER',
      'the ledger could not be written, nothing was released: ENOSPC, no space left',
    ])
    expect(await budget.release(mechanism, 1, { label: 'x', key: 'k' }).catch((e) => e)).toBeInstanceOf(LedgerError)
    failing = false
    expect(
      await budget.release(
        counting(tenth, () => 43),
        1,
        { label: 'x', key: 'k' },
      ),
    ).toBe(43)
    expect(budget.spent()).toEqual({ epsilon: 0.1 })
    expect((await entriesOf(store)).map(({ type }) => type)).toEqual(['ledger', 'debit', 'release'])
  })

  it('refuses what is no mechanism, and over the limit draws nothing', async () => {
    const budget = await openBudget({ epsilon: 0.05 })
    for (const bad of [null, 1, {}, { event: tenth }, { release: () => 1 }, { event: null, release: () => 1 }]) {
      expect(await rejection(budget.release(bad as never, 1, { label: 'x' }))).toBeInstanceOf(InvalidParameterError)
    }
    const mechanism = counting(tenth)
    expect(await rejection(budget.release(mechanism, 1, { label: 'x', key: 'k' }))).toBeInstanceOf(BudgetExceededError)
    expect(mechanism.draws()).toBe(0)
    const odd = await openBudget({ epsilon: 1 })
    const error = await rejection(
      odd.release(
        counting(tenth, () => () => 1),
        1,
        { label: 'x', key: 'k' },
      ),
    )
    expect(error.message).toBe('"mechanism" must be one that releases plain data, for the ledger to keep, got "function"')
  })
})

describe('schedule', () => {
  const schedule = [gaussian({ noiseMultiplier: 2 }), repeated({ times: 3, event: gaussian({ noiseMultiplier: 4 }) })]
  const whole = epsilon(composed(schedule), { delta: 1e-5 }).upper

  it('fits as a whole or not at all, and is spent in its order', async () => {
    const store = memoryStore()
    expect(await rejection(openBudget({ epsilon: whole * 0.999, delta: 1e-5 }, { store, schedule }))).toBeInstanceOf(
      BudgetExceededError,
    )
    expect(await entriesOf(store)).toEqual([])
    const limit = { epsilon: whole, delta: 1e-5 }
    const budget = await openBudget(limit, { store, schedule })
    expect(budget.remaining()).toEqual({ events: 2 })
    expect((await rejection(budget.spend(schedule[1] as never, { label: 'x' }))).message).toContain('number 1 of the schedule')
    await budget.spend(gaussian({ noiseMultiplier: 2 }), { label: 'first', key: 'a' })
    expect((await budget.epsilon({ delta: 1e-5 })).standing).toBe('report')
    const other = await openBudget(limit, { store, schedule })
    await other.spend(gaussian({ noiseMultiplier: 2 }), { label: 'first', key: 'a' })
    await other.spend(schedule[1] as never, { label: 'second' })
    const error = await rejection(budget.spend(schedule[1] as never, { label: 'x' }))
    expect(error).toBeInstanceOf(BudgetExceededError)
    expect([budget.spent(), budget.remaining()]).toEqual([{ events: 2 }, { events: 0 }])
    expect(await budget.epsilon({ delta: 1e-5 })).toMatchObject({ standing: 'guarantee', upper: whole, guaranteed: whole })
  })
  it('of pure events at delta 0 is not kept out by a last bit', async () => {
    const budget = await openBudget({ epsilon: 1, delta: 0 }, { schedule: Array.from({ length: 10 }, () => tenth) })
    expect(budget.remaining()).toEqual({ events: 10 })
  })
  it('wants epsilon and delta, and events', async () => {
    for (const limit of [{ epsilon: 1 }, { rho: 1 }, { mu: 1 }]) expect(() => openBudget(limit, { schedule })).toThrow('schedule')
    expect(() => openBudget({ epsilon: 1, delta: 0 }, { schedule: [] })).toThrow('schedule')
    expect(() => openBudget({ epsilon: 1, delta: 0 }, { schedule: [{ kind: 'pur' } as never] })).toThrow(UnsupportedEventError)
  })
})

describe('the same ledger', () => {
  it('is opened on its own terms only', async () => {
    const store = memoryStore()
    await openBudget({ epsilon: 1, delta: 1e-5 }, { store })
    const again = (limit: object, options: object = {}): Promise<Error> =>
      rejection(openBudget(limit as never, { store, ...options }))
    expect((await again({ epsilon: 2, delta: 1e-5 })).message).toBe(
      '"limit" must be epsilon 1, delta 0.00001, as the ledger has it, got "epsilon 2, delta 0.00001"',
    )
    expect((await again({ rho: 2 })).message).toContain('got "rho 2"')
    expect((await again({ epsilon: 1 })).message).toContain('got "epsilon 1"')
    expect((await again({ epsilon: 1, delta: 1e-5 }, { relation: 'replace-one' })).message).toBe(
      '"relation" must be \'add-or-remove\', as the ledger has it, got "replace-one"',
    )
    expect((await again({ epsilon: 1, delta: 1e-5 }, { schedule: [tenth] })).message).toBe(
      '"schedule" must be as the ledger has it, no schedule, got "a schedule of 1 events"',
    )
    await openBudget({ delta: 1e-5, epsilon: 1 }, { store })
  })
  it('is opened once by two at once', async () => {
    const store = memoryStore()
    await Promise.all([openBudget({ epsilon: 1 }, { store }), openBudget({ epsilon: 1 }, { store })])
    expect(await entriesOf(store)).toHaveLength(1)
  })

  const header = { type: 'ledger', format: 1, at: 'now', limit: { epsilon: 1 }, relation: 'add-or-remove' }
  const spend = { type: 'spend', at: 'now', label: 'x', event: tenth, cost: ['1/10', '0'], total: ['1/10', '0'] }
  const debit = { ...spend, type: 'debit', key: 'a' }
  const release = { type: 'release', at: 'now', key: 'a', of: 1, value: 1 }
  it.each([
    [1, ['nonsense']],
    [1, [[]]],
    [1, [spend]],
    [1, [{ ...header, format: 2 }]],
    [1, [{ ...header, at: undefined }]],
    [1, [{ ...header, limit: 1 }]],
    [1, [{ ...header, limit: { epsilon: -1 } }]],
    [1, [{ ...header, relation: undefined }]],
    [1, [{ ...header, relation: 'zebra' }]],
    [1, [{ ...header, schedule: 1 }]],
    [2, [header, header]],
    [2, [header, { ...spend, type: 'x' }]],
    [2, [header, { ...spend, label: 1 }]],
    [2, [header, { ...spend, key: 1 }]],
    [2, [header, { ...spend, event: 1 }]],
    [2, [header, { ...spend, cost: ['1/10'] }]],
    [2, [header, { ...spend, cost: ['-1/10', '0'] }]],
    [2, [header, { ...spend, cost: ['1/0', '0'] }]],
    [2, [header, { ...spend, cost: [1, '0'] }]],
    [2, [header, { ...spend, total: ['2/10', '0'] }]],
    [2, [header, { ...spend, cost: ['3', '0'], total: ['3', '0'] }]],
    [3, [header, spend, spend]],
    [3, [header, debit, { ...debit, total: ['1/5', '0'] }]],
    [2, [header, release]],
    [3, [header, spend, release]],
    [3, [header, debit, { ...release, of: 2 }]],
    [3, [header, debit, { ...release, of: '1' }]],
    [3, [header, debit, { ...release, key: 2 }]],
    [3, [header, debit, { ...release, value: undefined }]],
    [4, [header, debit, release, release]],
  ])('refuses an unreadable one by its line (%i)', async (line, entries) => {
    const store = memoryStore()
    await store.append(
      0,
      entries.map((entry) => JSON.stringify(entry)),
    )
    const error = await rejection(openBudget({ epsilon: 1 }, { store }))
    expect(error).toBeInstanceOf(SchemaError)
    expect(error.message).toContain(`line ${line}:`)
    expect((error as SchemaError).issues[0]?.path).toBe(`line ${line}`)
  })
  it('refuses what is not JSON, and an event that is none when it is read', async () => {
    const store = memoryStore()
    await store.append(0, [JSON.stringify(header), '{'])
    expect((await rejection(openBudget({ epsilon: 1 }, { store }))).message).toContain('line 2: it is not JSON')
    const other = memoryStore()
    await other.append(
      0,
      [header, { ...spend, event: { kind: 'x' } }].map((entry) => JSON.stringify(entry)),
    )
    const budget = await openBudget({ epsilon: 1 }, { store: other })
    expect((await rejection(budget.history())).message).toContain('line 2')
  })
})

describe('what was spent', () => {
  it('is read as an array or one by one', async () => {
    const budget = await openBudget({ rho: 1 })
    const events = [gaussian({ noiseMultiplier: 2 }), zcdp({ rho: 0.25 })]
    for (const event of events) await budget.spend(event, { label: event.kind, key: event.kind })
    const history = await budget.history()
    expect(history.map(({ time: _, ...rest }) => rest)).toEqual([
      {
        sequence: 1,
        label: 'gaussian',
        key: 'gaussian',
        event: events[0],
        cost: { rho: 0.125, delta: 0 },
        spent: { rho: 0.125, delta: 0 },
      },
      {
        sequence: 2,
        label: 'zcdp',
        key: 'zcdp',
        event: events[1],
        cost: { rho: 0.25, delta: 0 },
        spent: { rho: 0.375, delta: 0 },
      },
    ])
    const one: unknown[] = []
    for await (const entry of budget.history()) one.push(entry)
    expect(one).toEqual(history)
    expect(Object.isFrozen(history[0])).toBe(true)
  })
  it('has a tight epsilon, with what it may be called', async () => {
    const budget = await openBudget({ rho: 1 })
    const event = gaussian({ noiseMultiplier: 4 })
    for (let i = 0; i < 5; i++) await budget.spend(event, { label: 'x' })
    const report = await budget.epsilon({ delta: 1e-5 })
    expect(report).toMatchObject({ ...epsilon(repeated({ times: 5, event }), { delta: 1e-5 }), delta: 1e-5, standing: 'report' })
    expect(report.guaranteed).toBe(epsilon(composed([zcdp({ rho: 1 })]), { delta: 1e-5, accountant: 'rdp' }).upper)
    expect(report.guaranteed).toBeGreaterThan(report.upper)
    expect(report.meaning).toContain('only if no event')
    expect((await budget.epsilon({ delta: 1e-5, accountant: 'rdp' })).accountant).toBe('rdp')
    await budget.spend(zcdp({ rho: 0.1 }), { label: 'x' })
    expect((await budget.epsilon({ delta: 1e-5 })).accountant).toBe('rdp')
    expect(await rejection(budget.epsilon({ delta: 1e-5, accountant: 'tight' }))).toBeInstanceOf(UnsupportedEventError)
    expect(await rejection(budget.epsilon({ delta: 2 }))).toBeInstanceOf(InvalidParameterError)
    expect(await rejection(budget.epsilon({ delta: 0.1, relation: 'replace-one' } as never))).toBeInstanceOf(
      InvalidParameterError,
    )
  })
  it.each([
    [{ epsilon: 2 }, 0, 2],
    [{ epsilon: 2, delta: 1e-6 }, 1e-6, 2],
    [{ epsilon: 2, delta: 1e-6 }, 1e-7, Number.POSITIVE_INFINITY],
    [{ mu: 1 }, 1e-5, epsilon(gdp({ mu: 1 }), { delta: 1e-5 }).upper],
    [{ order: 2, divergence: 1 }, 1e-5, 1 + Math.log(1 / 2) - Math.log(2e-5)],
  ] as const)('the limit %o at delta %f is epsilon %f', async (limit, delta, guaranteed) => {
    expect((await (await openBudget(limit)).epsilon({ delta })).guaranteed).toBeCloseTo(guaranteed, 10)
  })
})

describe('a store that fails', () => {
  const failures = (store: LedgerStore): { store: LedgerStore; fail: (what?: 'read' | 'append' | 'after') => void } => {
    let failing: string | undefined
    const fail = (what: string): void => {
      if (failing === what) throw new Error('input/output error')
    }
    return {
      store: meddled(store, { before: fail, after: () => fail('after') }),
      fail: (what) => {
        failing = what
      },
    }
  }
  it('refuses, reads again, and counts what turns out to be written', async () => {
    const { store, fail } = failures(memoryStore())
    const budget = await openBudget({ epsilon: 1 }, { store })
    fail('append')
    expect((await rejection(budget.spend(tenth, { label: 'x' }))).message).toContain('could not be written')
    fail('read')
    expect((await rejection(budget.spend(tenth, { label: 'x' }))).message).toContain('could not be read')
    fail('after')
    expect(await rejection(budget.spend(tenth, { label: 'x', key: 'a' }))).toBeInstanceOf(LedgerError)
    fail()
    expect(budget.spent()).toEqual({ epsilon: 0 })
    // It was written after all.
    await budget.spend(tenth, { label: 'x', key: 'a' })
    expect(budget.spent()).toEqual({ epsilon: 0.1 })
  })
  it('is no reason to give half an answer', async () => {
    const { store, fail } = failures(memoryStore())
    fail('append')
    expect(await rejection(openBudget({ epsilon: 1 }, { store }))).toBeInstanceOf(LedgerError)
    fail()
    const budget = await openBudget({ epsilon: 1 }, { store })
    fail('read')
    expect(await rejection(budget.refresh())).toBeInstanceOf(LedgerError)
    expect(await rejection(budget.history())).toBeInstanceOf(LedgerError)
  })
  it('that keeps nothing is found out', async () => {
    const store = { read: async () => [], append: async () => true }
    expect((await rejection(openBudget({ epsilon: 1 }, { store }))).message).toBe(
      'the store does not keep what is appended to it',
    )
  })
  it('that loses entries is told so', async () => {
    const entries = memoryStore()
    let lost = false
    const budget = await openBudget(
      { epsilon: 1 },
      { store: { ...entries, read: async (from) => (lost ? [] : entries.read(from)) } },
    )
    await budget.spend(tenth, { label: 'x', key: 'a' })
    lost = true
    expect((await rejection(budget.spend(tenth, { label: 'x', key: 'a' }))).message).toBe(
      'the ledger has lost entries that it had',
    )
    expect((await rejection(budget.history())).message).toBe('the ledger has lost entries that it had')
  })
})

describe('a snapshot', () => {
  const stateOf = (version: number, tenths: number): string => JSON.stringify([version, 1, `${tenths}/10`, '0', []])
  it.each([
    [2, stateOf(2, 1), true],
    [2, stateOf(2, 9), false],
    [2, stateOf(1, 1), false],
    [2, stateOf(2, 1).replace('1/10', '-1/10'), false],
    [2, stateOf(2, 99), false],
    [3, stateOf(3, 1), false],
    [0, stateOf(0, 0), false],
    [2, 'nonsense', false],
    [2, '[2,1,"1/10","0",5]', false],
  ])('at %i saying %s is used: %o', async (version, state, used) => {
    const store = memoryStore()
    await (await openBudget({ epsilon: 1 }, { store })).spend(tenth, { label: 'x' })
    const reads: number[] = []
    const budget = await openBudget(
      { epsilon: 1 },
      {
        store: {
          append: store.append,
          read: (from, most) => {
            reads.push(from)
            return store.read(from, most)
          },
          loadSnapshot: async () => ({ version, state }),
        },
      },
    )
    expect(budget.spent()).toEqual({ epsilon: 0.1 })
    // Entry 0 is read for the terms; from there on only where the snapshot is of no use.
    expect(reads.slice(1).includes(0)).toBe(!used)
  })
})

describe('close', () => {
  it('waits for what was asked for, and is the end', async () => {
    const store = memoryStore()
    let closed = 0
    const budget = await openBudget({ epsilon: 1 }, { store: { ...store, close: async () => void closed++ } })
    const asked = [budget.spend(tenth, { label: 'x' }), budget.release(counting(tenth), 1, { label: 'x', key: 'k' })]
    await Promise.all([budget.close(), budget.close()])
    await Promise.all(asked)
    expect([await entriesOf(store), closed]).toMatchObject([{ length: 4 }, 1])
    for (const call of [
      () => budget.spend(tenth, { label: 'x' }),
      () => budget.release(counting(tenth), 1, { label: 'x' }),
      () => budget.refresh(),
      () => budget.history(),
      () => budget.epsilon({ delta: 0 }),
    ]) {
      expect((await rejection(call())).message).toBe('the budget is closed')
    }
  })
})

it('refuses wrong parameters at once', () => {
  for (const bad of [
    undefined,
    null,
    1,
    {},
    { epsilon: -1 },
    { epsilon: '1' },
    { rho: Number.NaN },
    { order: 1, divergence: 1 },
    { order: 2 },
    { epsilon: 1, rho: 1 },
    { delta: 0.1 },
  ]) {
    expect(() => openBudget(bad as never)).toThrow(InvalidParameterError)
  }
  for (const bad of [1, { stor: 1 }, { store: {} }, { store: null }, { relation: 'x' }, { schedule: {} }]) {
    expect(() => openBudget({ epsilon: 1, delta: 0 }, bad as never)).toThrow(InvalidParameterError)
  }
})

describe('any interleaving', () => {
  type Step = { readonly who: number; readonly hundredths: number; readonly key: number | undefined; readonly wait: number }
  const step: fc.Arbitrary<Step> = fc.record({
    who: fc.nat({ max: 2 }),
    hundredths: fc.integer({ min: 0, max: 40 }),
    key: fc.option(fc.nat({ max: 3 }), { nil: undefined }),
    wait: fc.nat({ max: 3 }),
  })

  it('never passes the limit, gives one answer for a key, and replays to the same bits', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.infiniteStream(fc.nat({ max: 5 })), async (steps, whims) => {
        const ledger = memoryStore()
        let calm = true
        const whim = async (): Promise<void> => {
          if (calm) return
          const { value } = whims.next()
          for (let i = 0; i < value; i++) await Promise.resolve()
          if (value === 5) throw new Error('a whim')
        }
        const budgets: Budget[] = await Promise.all(
          [0, 1, 2].map(() => openBudget({ epsilon: 1 }, { store: meddled(ledger, { before: whim, after: whim }) })),
        )
        calm = false
        const answers = new Map<string, unknown>()
        let granted = 0
        await Promise.all(
          steps.map(async ({ who, hundredths, key, wait }) => {
            for (let i = 0; i < wait; i++) await Promise.resolve()
            const event = pure({ epsilon: hundredths / 100 })
            const budget = budgets[who] as Budget
            try {
              if (key === undefined) {
                await budget.spend(event, { label: 'x' })
                granted += hundredths
                return
              }
              const name = `${key} ${hundredths}`
              const value = await budget
                .release(
                  counting(event, () => ({})),
                  1,
                  { label: 'x', key: name },
                )
                .then(() => budget.release(counting(event, Math.random), 1, { label: 'y', key: `second ${name}` }))
              expect(answers.get(name) ?? value).toBe(value)
              if (!answers.has(name)) granted += 2 * hundredths
              answers.set(name, value)
            } catch (error) {
              expect(error instanceof BudgetExceededError || error instanceof LedgerError).toBe(true)
            }
          }),
        )
        calm = true
        await Promise.all(budgets.map((budget) => budget.refresh()))
        const replayed = await openBudget({ epsilon: 1 }, { store: ledger })
        for (const budget of budgets) expect(budget.spent()).toEqual(replayed.spent())
        const entries = (await entriesOf(ledger)).filter(({ type }) => type === 'spend' || type === 'debit')
        const written = entries.reduce((sum, { event }) => sum + Math.round((event as { epsilon: number }).epsilon * 100), 0)
        expect(written).toBeLessThanOrEqual(100)
        expect(granted).toBeLessThanOrEqual(written)
        for (const [name, value] of answers) {
          const event = pure({ epsilon: Number(name.split(' ')[1]) / 100 })
          expect(await replayed.release(counting(event), 1, { label: 'y', key: `second ${name}` })).toBe(value)
        }
      }),
      { numRuns: 300 },
    )
  })
})
