import { describe, expect, it } from 'vitest'
import { epsilon } from '../../src/accounting/index.ts'
import { InvalidParameterError } from '../../src/errors.ts'
import {
  automaticBounds,
  count,
  distinctCount,
  histogram,
  mean,
  quantile,
  quantiles,
  type Statistic,
  selectPartitions,
  sum,
  variance,
} from '../../src/statistics/index.ts'
import { insecureSeeded } from '../../src/testing/index.ts'

type Any = Statistic<(data: never) => unknown, never, unknown, unknown>
type Row = { id?: unknown; x?: unknown }
const seeded = (): { insecureRandom: ReturnType<typeof insecureSeeded> } => ({ insecureRandom: insecureSeeded(5) })
const byRow = { unit: (row: Row) => row.id as string, value: (row: Row) => row.x as number }
const bounds = { lower: 0, upper: 10 }
const privacies = [{ epsilon: 0.5 }, { epsilon: 0.5, delta: 1e-6 }, { rho: 0.1 }] as const
type Make = (options: object) => Any
const all: [string, object, Make][] = [
  ['count', {}, (o) => count(o as never) as Any],
  ['sum', bounds, (o) => sum(o as never) as Any],
  ['mean', bounds, (o) => mean(o as never) as Any],
  ['variance', bounds, (o) => variance(o as never) as Any],
  ['distinctCount', {}, (o) => distinctCount(o as never) as Any],
  ['automaticBounds', {}, (o) => automaticBounds(o as never) as Any],
  ['histogram', { edges: [0, 5, 10] }, (o) => histogram(o as never) as Any],
]
const perUnit = (name: string): string => (name === 'distinctCount' ? 'valuesPerUnit' : 'recordsPerUnit')
const accessorsOf = (name: string): object => (name === 'count' ? { unit: byRow.unit } : byRow)

describe.each(all)('%s', (name, own, make) => {
  const release = (options: object, data: unknown): unknown => make({ ...own, ...options, ...seeded() }).release(data as never)
  it.each(privacies)('is frozen and says what it is: %j', (privacy) => {
    const statistic = make({ ...own, ...privacy, ...seeded() })
    for (const part of [
      statistic,
      statistic.event,
      statistic.guarantee,
      statistic.error((name === 'mean' || name === 'variance' ? { records: 9 } : {}) as never),
    ]) {
      expect(Object.isFrozen(part)).toBe(true)
    }
    expect(statistic.provenance).toBe('insecure-seeded')
    const found = release(privacy, [1, 2, 3])
    expect(Object.isFrozen(found)).toBe(true)
    const first = (Array.isArray(found) ? found[0] : found) as { value: number; lower: number; upper: number; confidence: number }
    if (name !== 'automaticBounds') expect(first.confidence).toBe(0.95)
    expect(first.lower).toBeLessThanOrEqual(first.upper)
    if ('epsilon' in privacy) {
      expect(statistic.guarantee).toMatchObject(privacy)
      const { upper } = epsilon(statistic.event as never, { delta: 'delta' in privacy ? privacy.delta : 0 })
      expect(upper).toBeLessThanOrEqual(privacy.epsilon * (1 + 1e-6))
      expect(upper).toBeGreaterThan(privacy.epsilon * 0.999)
    } else expect(statistic.guarantee).toEqual(privacy)
  })
  it('throws on no value, whatever rows and functions do', () => {
    const rows: unknown[] = [
      { id: 'a', x: 1 },
      null,
      undefined,
      7,
      'x',
      { id: Symbol('s'), x: {} },
      {
        get id() {
          throw new Error('secret')
        },
      },
      { id: 1n, x: 2n },
    ]
    expect(release({ epsilon: 1, ...accessorsOf(name) }, rows)).toBeDefined()
    for (const data of [
      [],
      [Number.NaN],
      [null, 'x', {}, undefined],
      new Float64Array(0),
      Int8Array.of(1),
      { values: [1], units: ['a'] },
    ]) {
      expect(release({ epsilon: 1 }, data)).toBeDefined()
    }
    const hostile: unknown[] = [1, 2]
    Object.defineProperty(hostile, 1, {
      get: () => {
        throw new Error('secret')
      },
    })
    expect(release({ epsilon: 1 }, hostile)).toBeDefined()
  })
  it('gives the same for rows and for columns', () => {
    const ids = ['a', 'a', 'b', null, 'c', 'c', 'c']
    const numbers = [1, 9, 2, 3, Number.NaN, 4, 5]
    const rows = ids.map((id, i) => ({ id, x: numbers[i] }))
    const options = { epsilon: 1, [perUnit(name)]: 2 }
    const byColumns = release(options, { values: numbers, units: ids })
    expect(release({ ...options, ...accessorsOf(name) }, rows)).toEqual(byColumns)
    const typed = release({ epsilon: 1 }, { values: Float32Array.from(numbers), units: Int32Array.of(1, 1, 2, 4, 3, 3, 3) })
    expect(typed).toEqual(release({ epsilon: 1 }, { values: numbers, units: [1, 1, 2, 4, 3, 3, 3] }))
  })
  it('refuses shapes, without showing them', () => {
    for (const data of [
      'secret',
      null,
      undefined,
      5,
      new Map(),
      new DataView(new ArrayBuffer(8)),
      {},
      { values: 'secret' },
      { value: [1] },
      { values: [1], units: [] },
    ]) {
      expect(() => release({ epsilon: 1 }, data)).toThrow(InvalidParameterError)
      expect(() => release({ epsilon: 1 }, data)).not.toThrow('secret')
    }
    expect(() => release({ epsilon: 1, [perUnit(name)]: 2 }, [1, 2])).toThrow('units')
  })
  it('refuses what makes no sense before any data', () => {
    for (const [options, word] of [
      [{}, 'epsilon'],
      [{ epsilon: 0 }, 'epsilon'],
      [{ epsilon: 1, rho: 1 }, 'rho'],
      [{ rho: 1, delta: 1e-5 }, 'delta'],
      [{ rho: 1e-200 }, 'rho'],
      [{ epsilon: 1, confidence: 1 }, 'confidence'],
      [{ epsilon: 1, [perUnit(name)]: 0 }, perUnit(name)],
      [{ epsilon: 1, unit: 'id' }, 'unit'],
      [{ epsilon: 1, records: 1 }, 'records'],
    ] as const) {
      expect(() => make({ ...own, ...options }), JSON.stringify(options)).toThrow(`"${word}"`)
    }
  })
})

it('a histogram without known categories needs epsilon and delta', () => {
  expect(() => histogram({ epsilon: 1 })).toThrow('"delta"')
  expect(() => histogram({ rho: 1 })).toThrow('"rho"')
  expect(() => histogram({ epsilon: 1, edges: [0, 1], categories: [1] })).toThrow('"edges"')
  expect(() => histogram({ epsilon: 1, edges: [0, 1, 1] })).toThrow('edges[2]')
  expect(() => histogram({ epsilon: 1, categories: [1, 1] })).toThrow('"categories"')
  expect(() => histogram({ epsilon: 1, categories: [{}] as never })).toThrow('categories[0]')
})
it('the error of a mean needs the number of records', () => {
  const { error } = mean({ lower: 0, upper: 1, epsilon: 1 })
  expect(() => error()).toThrow('"records"')
  expect(() => error({ records: 0 })).toThrow('"records"')
  expect(error({ records: 1 })).toEqual({ confidence: 0.95, stddev: expect.any(Number), halfWidth: expect.any(Number) })
})

describe.each([
  ['quantile', (o: object) => quantile({ at: 0.5, ...bounds, ...o } as never) as Any],
  ['quantiles', (o: object) => quantiles({ at: [0.2, 0.8, 0.5], ...bounds, ...o } as never) as Any],
  ['selectPartitions', (o: object) => selectPartitions({ delta: 0.1, ...o } as never) as Any],
] as const)('%s', (name, make) => {
  const rows = [{ id: 'a', x: 1 }, null, undefined, 7, 'x', { id: Symbol('s'), x: {} }, { id: 'b', x: 4 }]
  const accessors = name === 'selectPartitions' ? { unit: byRow.unit, category: byRow.value } : byRow
  it('is frozen, and throws on no value', () => {
    const statistic = make({ epsilon: 1, ...accessors, ...seeded() })
    for (const part of [statistic, statistic.event, statistic.guarantee, statistic.error(), statistic.release(rows as never)]) {
      expect(Object.isFrozen(part)).toBe(true)
    }
    expect(statistic.provenance).toBe('insecure-seeded')
    expect(statistic.guarantee).toEqual({ epsilon: 1, delta: name === 'selectPartitions' ? 0.1 : 0 })
    const { upper } = epsilon(statistic.event as never, { delta: name === 'selectPartitions' ? 0.1 : 0 })
    expect(upper).toBeLessThanOrEqual(1 + 1e-9)
    expect(upper).toBeGreaterThan(0.99)
    for (const data of [[], [Number.NaN], [null, 'x', {}], new Float64Array(0), Int8Array.of(1)]) {
      expect(make({ epsilon: 1, ...seeded() }).release(data as never)).toBeDefined()
    }
  })
  it('refuses shapes and options that make no sense', () => {
    expect(() => make({ epsilon: 1 }).release('secret' as never)).toThrow(InvalidParameterError)
    for (const [options, word] of [
      [{}, 'epsilon'],
      [{ epsilon: 0 }, 'epsilon'],
      [{ epsilon: 1e300 }, name === 'selectPartitions' ? 'none' : 'epsilon'],
      [{ epsilon: 1, rho: 1 }, 'rho'],
      [{ epsilon: 1, unit: 3 }, 'unit'],
    ] as const) {
      if (word !== 'none') expect(() => make(options), JSON.stringify(options)).toThrow(`"${word}"`)
    }
  })
})
it('quantiles refuse grids and shares that are none', () => {
  const ask = (o: object): unknown => quantile({ at: 0.5, ...bounds, epsilon: 1, ...o } as never)
  expect(() => ask({ step: 11 })).toThrow('"step"')
  expect(() => ask({ step: 1e-9 })).toThrow('"step"')
  expect(() => ask({ at: 1.5 })).toThrow('"at"')
  expect(() => quantiles({ at: [], ...bounds, epsilon: 1 })).toThrow('"at"')
  expect(() => quantiles({ at: [0.5, 2], ...bounds, epsilon: 1 })).toThrow('at[1]')
  expect(() => selectPartitions({ epsilon: 1e-5, delta: 1e-5 })).toThrow('"epsilon"')
})
